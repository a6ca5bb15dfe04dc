"""What falls due: plans end, begin their next cycle or their first paid one; what is owed is collected."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from threading import BoundedSemaphore
from typing import Any

import structlog
from sqlalchemy import ColumnElement, TextClause, and_, exists, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute, load_only

from billing import in_bulk
from billing.collecting import PaymentKey, ask_again, collect_once, give_up_expired, settlement, tell
from billing.domain.actors import Actor
from billing.domain.cycles import moment_text
from billing.domain.events import PlanChanged, SubscriptionEnded
from billing.domain.holding import hold_subscription
from billing.domain.models import (
    CardSetup,
    Payment,
    PaymentAttempt,
    PaymentMethod,
    PlannedChange,
    Refund,
    Subscription,
)
from billing.domain.models.card_setups import OPEN_SETUP_SQL
from billing.domain.models.changes import ChangeState
from billing.domain.models.payments import OPEN_SQL, TO_FORGET_SQL, AttemptState, PaymentKind
from billing.domain.models.refunds import OPEN_REFUND_SQL
from billing.domain.models.subscriptions import LIVING, LIVING_SQL, Status
from billing.domain.paying import credit_for, open_payment, payment_key_of
from billing.domain.settling import drop_pending_change, pending_change
from billing.heeding import heed
from billing.reading import WHOLE_SUBSCRIPTION
from billing.refunding import RefundKey, ask_refund
from billing.saving import SetupKey, ask_setup, forget_card
from billing.work import Billing, Work

CLAIM = 1_000
# One thread computes while the database writes for another: more only get in each other's way (a third is lost).
WRITING = 2
# After years of downtime a subscription catches up over several runs, and somebody is told.
MOST_PERIODS = 24
log = structlog.get_logger()
Key = tuple[datetime, str, str]


@dataclass(frozen=True, slots=True)
class DueReport:
    """What one run did: cycles begun, plans ended, payments tried or asked after, and what it had to leave."""

    renewed: int = 0
    ended: int = 0
    collected: int = 0
    left: int = 0

    def __add__(self, other: DueReport) -> DueReport:
        return DueReport(
            self.renewed + other.renewed,
            self.ended + other.ended,
            self.collected + other.collected,
            self.left + other.left,
        )


def run_due(billing: Billing) -> DueReport:
    """Does all that is due at or before now, period by period, however long nobody ran it.

    What is plain is done in bulk. All else is worked in transactions of its own, read again under a lock and
    checked again; one that fails waits longer each time and does not stop the others. Safe to run twice and in
    parallel. What is owed for former cycles is decided before the next one begins: it may be the end of the plan.
    """
    report = DueReport()
    for duty in (ASKED_OF_RENEWALS, RETRIES):
        report += each_due(billing, duty)
    report += _cycles(billing)
    heed(billing)
    for duty in (ASKED, EXPIRING, OWED, SETUPS, REFUNDS, FORGOTTEN):
        report += each_due(billing, duty)
    if report.left or not report.collected:
        return report
    # A payment whose outcome was heard late may have begun a cycle that is over by now.
    late = _cycles(billing)
    return report + late + (each_due(billing, OWED) if late.renewed else DueReport())


def _cycles(billing: Billing) -> DueReport:
    plain = DueReport(ended=in_bulk.end_cancelled(billing), renewed=in_bulk.renew(billing))
    return plain + each_due(billing, CYCLES)


def each_due(billing: Billing, duty: Duty) -> DueReport:
    """Does the duty for every row that is due, once, in the order of their moments.

    Where the gateway is waited for, several are worked at a time, those of one subscription one after the other. They
    take turns at the database.
    """
    report, after = DueReport(), None
    billing = replace(billing, turns=BoundedSemaphore(WRITING))
    with ThreadPoolExecutor(billing.workers if duty.asks_gateway else 1) as pool:
        while due := _due(billing, duty, after):
            in_turn: dict[tuple[str, str], list[str]] = {}
            for _, workspace_id, row_id, subject_id in due:
                in_turn.setdefault((workspace_id, subject_id), []).append(row_id)
            done = pool.map(partial(_work_off, billing, duty), (key[0] for key in in_turn), in_turn.values())
            report = sum(done, start=report)
            after = due[-1][:3]
    return report


def _work_off(billing: Billing, duty: Duty, workspace_id: str, ids: list[str]) -> DueReport:
    report = DueReport()
    for row_id in ids:
        try:
            report += duty.act(billing, workspace_id, row_id)
        except Exception:  # whatever it is, it is logged and the other rows go on (reliability, promise 9)
            log.exception("due work failed", id=row_id)
            report += DueReport(left=1)
    return report


def _due(billing: Billing, duty: Duty, after: Key | None) -> list[tuple[datetime, str, str, str]]:
    workspace_id = duty.due_at.class_.workspace_id
    key = (duty.due_at, workspace_id, duty.id)
    statement = select(*key, duty.subject_id).order_by(*key).limit(CLAIM).where(duty.which)
    if after is not None:
        statement = statement.where(tuple_(*key) > after)
    with billing.look("renewals.due") as work:
        rows = work.session.execute(statement.where(duty.due_at <= work.now))
        return [(row[0], row[1], row[2], row[3]) for row in rows]


def _catch_up(billing: Billing, workspace_id: str, subscription_id: str) -> DueReport:
    """Every period of one subscription that is due, each in its own transaction."""
    done = DueReport()
    while done.renewed < MOST_PERIODS:
        try:
            step = _next_step(billing, workspace_id, subscription_id)
        except Exception:  # whatever it is, it is logged, and this subscription waits longer each time
            log.exception("a cycle could not begin", subscription=subscription_id)
            _wait_longer(billing, workspace_id, subscription_id)
            return done + DueReport(left=1)
        if step is None:
            return done
        done += step
    log.error("more periods are due than are done at one go", subscription=subscription_id)
    return done + DueReport(left=1)


def _next_step(billing: Billing, workspace_id: str, subscription_id: str) -> DueReport | None:
    """Ends the subscription or begins its next period; None where nothing of it is due any more."""
    with billing.work("renewals.run") as work:
        subscription = _locked(work, workspace_id, subscription_id)
        if subscription is None or subscription.due_at > work.now or subscription.status not in LIVING:
            return None
        if subscription.is_cancelled:
            _end(work, subscription)
            return DueReport(ended=1)
        if subscription.status is Status.PAST_DUE and _is_being_tried(work, subscription):
            return None  # what the gateway is about to say may end it: the next run knows
        _renew(billing, work, subscription)
        return DueReport(renewed=1)


def _is_being_tried(work: Work, subscription: Subscription) -> bool:
    sent = (
        select(PaymentAttempt.id)
        .join(
            Payment,
            (Payment.workspace_id == PaymentAttempt.workspace_id) & (Payment.id == PaymentAttempt.payment_id),
        )
        .where(
            Payment.workspace_id == subscription.workspace_id,
            Payment.subscription_id == subscription.id,
            Payment.kind == PaymentKind.RENEWAL,
            PaymentAttempt.state == AttemptState.SENT,
        )
    )
    return work.session.scalar(sent.limit(1)) is not None


def _wait_longer(billing: Billing, workspace_id: str, subscription_id: str) -> None:
    """Reads of the row only what waiting needs: the rest may be what cannot be read."""
    with billing.work("renewals.wait") as work:
        statement = (
            select(Subscription)
            .where(Subscription.workspace_id == workspace_id, Subscription.id == subscription_id)
            .options(load_only(Subscription.due_failures, Subscription.version))
            .with_for_update(skip_locked=True)
        )
        if subscription := work.session.scalar(statement):
            subscription.wait_longer(work.now)


def _locked(work: Work, workspace_id: str, subscription_id: str) -> Subscription | None:
    """The subscription, unless another worker holds it: then that one does what is due."""
    if not hold_subscription(work.session, workspace_id, subscription_id, skip_locked=True):
        return None
    return work.session.get(Subscription, (workspace_id, subscription_id), options=WHOLE_SUBSCRIPTION)


def _end(work: Work, subscription: Subscription) -> None:
    subscription.end()
    drop_pending_change(work.session, subscription, work.now)
    ended = SubscriptionEnded(**subscription.about(), ended_at=subscription.period_end_at)
    work.tell(ended, subscription.of_property)
    _record(work, "subscription.end", subscription)


def _renew(billing: Billing, work: Work, subscription: Subscription) -> None:
    """Begins the next cycle: what was planned for it comes, its invoice is issued, and is to be collected."""
    change = _planned(billing, work, subscription)
    anchor, period, draft = work.issuer.drafter(work.now).next_cycle(subscription, change)
    subscription.renew(anchor, period)
    if change is not None:
        before = subscription.price.plan.name
        subscription.switch(change.price, change.quantity)
        change.decide(ChangeState.APPLIED, work.now)
        changed = PlanChanged(**subscription.about(), by="", before=before, change_id=change.id)
        work.tell(changed, subscription.of_property)
    draft = draft.with_credit(credit_for(work.session, subscription, draft.document.total))
    invoice = work.issuer.issue(work.session, subscription, draft, work.now)
    open_payment(
        work.session,
        subscription,
        PaymentKind.RENEWAL,
        draft,
        key=payment_key_of(subscription.workspace_id, invoice.id, "renewal", ""),
        requested_by=subscription.billing_admin_id,
        at=work.now,
        invoice=invoice,
    )
    _record(work, "subscription.renew", subscription)


def _planned(billing: Billing, work: Work, subscription: Subscription) -> PlannedChange | None:
    """The change that comes now. One whose payment is not decided yet is too late: it belonged to the old cycle."""
    change = pending_change(work.session, subscription)
    if change is None or change.payment_id is None:
        return change
    settling = settlement(work, billing, PaymentKey(change.workspace_id, change.payment_id))
    tell(work, settling, settling.fail("expired", scheduled=False))
    return None


def _collect(billing: Billing, workspace_id: str, payment_id: str) -> DueReport:
    collect_once(billing, PaymentKey(workspace_id, payment_id), scheduled=True)
    return DueReport(collected=1)


def _ask(billing: Billing, workspace_id: str, payment_id: str) -> DueReport:
    ask_again(billing, PaymentKey(workspace_id, payment_id))
    return DueReport(collected=1)


def _expire(billing: Billing, workspace_id: str, payment_id: str) -> DueReport:
    give_up_expired(billing, PaymentKey(workspace_id, payment_id))
    return DueReport()


def _ask_setup(billing: Billing, workspace_id: str, setup_id: str) -> DueReport:
    ask_setup(billing, SetupKey(workspace_id, setup_id))
    return DueReport()


def _ask_refund(billing: Billing, workspace_id: str, refund_id: str) -> DueReport:
    ask_refund(billing, RefundKey(workspace_id, refund_id))
    return DueReport()


def _forget(billing: Billing, workspace_id: str, payment_method_id: str) -> DueReport:
    return DueReport(left=0 if forget_card(billing, workspace_id, payment_method_id) else 1)


@dataclass(frozen=True, slots=True)
class Duty:
    """A kind of due work: which rows, when each is due, whose they are, and what is done for one."""

    due_at: InstrumentedAttribute[Any]
    id: InstrumentedAttribute[str]
    subject_id: InstrumentedAttribute[str]
    which: ColumnElement[bool] | TextClause
    act: Callable[[Billing, str, str], DueReport]
    asks_gateway: bool = False


# What they say is in the words of the partial indexes: PostgreSQL uses those for no other.
CYCLES = Duty(
    Subscription.due_at,
    Subscription.id,
    Subscription.id,
    LIVING_SQL & Subscription.set_aside_at.is_(None),
    _catch_up,
)
ASKED = Duty(
    PaymentAttempt.ask_at,
    PaymentAttempt.payment_id,
    PaymentAttempt.payment_id,
    PaymentAttempt.ask_at.is_not(None),
    _ask,
    asks_gateway=True,
)
ASKED_OF_RENEWALS = replace(
    ASKED,
    which=and_(
        ASKED.which,
        exists().where(
            Payment.workspace_id == PaymentAttempt.workspace_id,
            Payment.id == PaymentAttempt.payment_id,
            Payment.kind == PaymentKind.RENEWAL,
        ),
    ),
)
EXPIRING = Duty(
    Payment.expires_at,
    Payment.id,
    Payment.subscription_id,
    OPEN_SQL & Payment.expires_at.is_not(None),
    _expire,
    asks_gateway=True,
)
OWED = Duty(
    Payment.next_try_at,
    Payment.id,
    Payment.subscription_id,
    OPEN_SQL & Payment.next_try_at.is_not(None),
    _collect,
    asks_gateway=True,
)
RETRIES = replace(OWED, which=and_(OWED.which, Payment.tries > 0))
SETUPS = Duty(CardSetup.ask_at, CardSetup.id, CardSetup.id, OPEN_SETUP_SQL, _ask_setup, asks_gateway=True)
REFUNDS = Duty(Refund.ask_at, Refund.id, Refund.payment_id, OPEN_REFUND_SQL, _ask_refund, asks_gateway=True)
FORGOTTEN = Duty(
    PaymentMethod.removed_at, PaymentMethod.id, PaymentMethod.id, TO_FORGET_SQL, _forget, asks_gateway=True
)


def _record(work: Work, act: str, subscription: Subscription) -> None:
    work.actor = Actor(subscription.workspace_id, "", "schedule")
    work.property_id = subscription.property_id
    work.record(act, subscription.id, after={"period_end_at": moment_text(subscription.period_end_at)})
