"""One subscription at a time: it ends, or its next period begins; what fails waits longer each time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy import Row
from sqlalchemy.exc import OperationalError

from billing.invoicing.drafts import Draft
from billing.locks import lock_subscription
from billing.models import PlannedChange, Property, Subscription
from billing.models.changes import ChangeState
from billing.models.payments import PaymentKind
from billing.models.subscriptions import Status
from billing.payments.opening import (
    open_payment,
    renewal_payment_id,
    shares_of,
)
from billing.payments.outcomes import PaymentKey, settlement, tell
from billing.payments.plan_changes import change_told, drop_as_it_ends, terms_of
from billing.queries.failed_work import failed_subscription, failing_one
from billing.queries.members import admins_of
from billing.queries.payments import undecided_renewal
from billing.queries.plan_changes import pending_change
from billing.queries.subscriptions import WHOLE_SUBSCRIPTION
from billing.values.actors import Actor
from billing.values.cycles import moment_text
from billing.values.events import RenewalOverdue, SubscriptionEnded
from billing.values.shares import Shares
from billing.work import Billing, Work

# After years of downtime a subscription catches up over several runs, and somebody is told.
MAX_PERIODS = 24
log = structlog.get_logger()


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


def catch_up(billing: Billing, workspace_id: str, subscription_id: str) -> DueReport:
    """Ends one subscription, or begins every period of it that is due, each in its own transaction."""
    done = DueReport()
    while done.renewed < MAX_PERIODS:
        if billing.stopping.is_set():
            return done
        try:
            step = _next_step(billing, workspace_id, subscription_id)
        except Exception as trouble:  # whatever it is, it is logged, and this one waits longer each time
            traceback = not isinstance(trouble, OperationalError)  # the database is away, and none helps
            log.error("a cycle could not begin", subscription=subscription_id, exc_info=traceback)
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
        if subscription is None or not subscription.is_due(work.now):
            return None
        if subscription.is_cancelled:
            _end(work, subscription)
            return DueReport(ended=1)
        if subscription.status is Status.PAST_DUE and _may_be_over(work, subscription):
            return None  # the next run knows
        _renew(billing, work, subscription)
        return DueReport(renewed=1)


def _may_be_over(work: Work, subscription: Subscription) -> bool:
    """What is owed for former cycles is decided before the next begins: the answer may be the end of the plan."""
    of_it = {
        "workspace_id": subscription.workspace_id,
        "subscription_id": subscription.id,
        "now": work.now,
    }
    return work.session.scalar(undecided_renewal(), of_it) is not None


def _wait_longer(billing: Billing, workspace_id: str, subscription_id: str) -> None:
    """Reads of the row only what waiting needs: the rest may be what cannot be read."""
    with billing.work("renewals.wait") as work:
        of_it = {"workspace_id": workspace_id, "subscription_id": subscription_id}
        subscription = work.session.scalar(failed_subscription(), of_it)
        # Done all the same: the answer to its COMMIT was lost, or another process was quicker.
        if subscription is None or not subscription.is_due(work.now):
            return
        if not subscription.wait_longer(work.now):
            return
        work.session.flush()
        _tell_admins(work, work.session.execute(failing_one(), of_it).one())
    log.error("a renewal is quarantined", workspace=workspace_id, subscription=subscription_id)


def _tell_admins(work: Work, failed: Row[Any]) -> None:
    """Once, in private and by mail: something must be put right, and nobody else can be asked."""
    overdue = RenewalOverdue(
        property_id=failed.property_id,
        property_name=failed.property_name,
        time_zone=failed.time_zone,
        subscription_id=failed.id,
        add_on=failed.add_on,
        plan=failed.plan,
        due_at=failed.period_end_at,
        cancelled=failed.cancelled_at is not None,
    )
    of_it = {"workspace_id": failed.workspace_id, "property_id": failed.property_id}
    for user_id in work.session.scalars(admins_of(), of_it):
        work.tell_person(overdue, failed.workspace_id, user_id)
        work.mail_person(overdue, failed.workspace_id, user_id)
    work.mail_contacts(overdue, work.session.get_one(Property, (failed.workspace_id, failed.property_id)))


def _locked(work: Work, workspace_id: str, subscription_id: str) -> Subscription | None:
    """The subscription, unless another worker holds it: then that one does what is due."""
    if not lock_subscription(work.session, workspace_id, subscription_id, skip_locked=True):
        return None
    return work.session.get(Subscription, (workspace_id, subscription_id), options=WHOLE_SUBSCRIPTION)


def _end(work: Work, subscription: Subscription) -> None:
    was = subscription.status
    subscription.end()
    for dropped in drop_as_it_ends(work.session, subscription, work.now):
        work.tell(dropped, subscription.prop)
    ended = SubscriptionEnded(**subscription.about(), ended_at=subscription.period_end_at, was=was)
    work.tell(ended, subscription.prop)
    _record(work, "subscription.end", subscription)


def _renew(billing: Billing, work: Work, subscription: Subscription) -> None:
    """Begins the next cycle: what was planned for it comes, its invoice is issued, and is to be collected."""
    change = _planned(billing, work, subscription)
    anchor, period, draft = work.drafter.next_cycle(subscription, change)
    subscription.renew(anchor, period)
    if change is not None:
        had = terms_of(subscription)
        subscription.switch(change.price, change.quantity)
        change.decide(ChangeState.APPLIED, work.now)
        changed = change_told(subscription, "", had, change_id=change.id)
        work.tell(changed, subscription.prop)
    limits = work.limits(draft.document.currency)
    shares = shares_of(work.session, limits, subscription, draft.document.total)
    draft = draft.shared(shares.credit, shares.carried)
    invoice = work.issuer.issue(work.session, subscription, draft, work.now)
    document = invoice.read_document()
    open_payment(
        work.session,
        subscription,
        PaymentKind.RENEWAL,
        Draft(document, draft.spans),
        Shares.of(document),
        key=invoice.id,
        requested_by=subscription.billing_admin_id,
        at=work.now,
        invoice=invoice,
        id_=renewal_payment_id(subscription.workspace_id, subscription.id, period),
    )
    _record(work, "subscription.renew", subscription)


def _planned(billing: Billing, work: Work, subscription: Subscription) -> PlannedChange | None:
    """The change that comes now. One whose payment is not decided yet is too late: it belonged to the old cycle."""
    change = pending_change(work.session, subscription)
    if change is None or change.payment_id is None:
        return change
    settling = settlement(work, billing, PaymentKey(change.workspace_id, change.payment_id))
    tell(work, settling, settling.expire())
    return pending_change(work.session, subscription)  # what it had dropped is planned again


def _record(work: Work, act: str, subscription: Subscription) -> None:
    work.actor = Actor(subscription.workspace_id, "", "schedule")
    work.property_id = subscription.property_id
    work.record(act, subscription.id, after={"period_end_at": moment_text(subscription.period_end_at)})
