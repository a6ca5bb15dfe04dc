"""Collecting: the intent is committed, the gateway is asked with no transaction open, the outcome is kept."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from billing.invoicing.drafts import Draft
from billing.locks import lock_subscription_of
from billing.models import Payment, PaymentAttempt, PaymentMethod
from billing.models.base import new_id
from billing.models.open_payments import NO_CARDS, Cards, OpenPayment
from billing.models.payments import UNDECIDED, AttemptState, PaymentKind, PaymentState
from billing.payments.charging import ask, order_of
from billing.payments.outcomes import (
    PaymentKey,
    by_schedule,
    is_of_another_card,
    keep_outcome,
    settlement,
    tell,
)
from billing.payments.settlement import NOT_ISSUED
from billing.ports import Answer, ChargeOrder, GatewayUnavailable, Outcome
from billing.queries.payment_attempts import attempt_and_cards, last_attempt, last_said
from billing.queries.payments import payment_to_charge
from billing.values.declines import another_card_helps
from billing.values.errors import InvoiceIncomplete, NotSendable
from billing.values.polling import POLL_AFTER
from billing.values.refusals import NotIssued, PaymentDeclined
from billing.values.snapshots import Dunning, PaymentSnapshot
from billing.work import Billing, Work

NO_CARD = "no_payment_method"
# For how long somebody waits for the answer to a try that another has sent: what banks decide is there by then.
ANSWER_SECONDS, LOOK_AGAIN_SECONDS = 10.0, 0.1


@dataclass(frozen=True, slots=True)
class Intent:
    """What is about to be asked of the gateway: to collect, or first to take back a try that waits for its payer."""

    order: ChargeOrder
    withdraws: bool = False


def collect(billing: Billing, key: PaymentKey) -> PaymentSnapshot:
    """Tries to collect an open payment once, with the card that its subscription has now.

    Does nothing where it is decided, or where the gateway has not answered an earlier try: that one blocks until it
    is known. One that waits for its payer's bank gives way, since a person has chosen anew (billing rules, (2)).
    Where somebody else asks the gateway at this moment, with the same form or by the schedule, theirs is the answer.
    """
    collect_once(billing, key, scheduled=False)
    until = time.monotonic() + ANSWER_SECONDS
    while True:
        with billing.read("payment.standing") as work:
            payment = work.session.get_one(Payment, (key.workspace_id, key.id))
            attempt, cards = attempt_and_cards(work.session, payment)
            standing = snapshot(work.session, payment, attempt, cards, billing.retry_days)
            # Our own answer is kept by now, be it that there was none.
            is_being_asked = (
                attempt
                and attempt.state is AttemptState.SENT
                and work.now - attempt.sent_at < timedelta(seconds=ANSWER_SECONDS)
            )
        if not is_being_asked or time.monotonic() > until or billing.stopping.wait(LOOK_AGAIN_SECONDS):
            return standing


def collect_or_refuse(billing: Billing, key: PaymentKey) -> PaymentSnapshot:
    """The same for what a person asked for just now. Raises PaymentDeclined where it failed.

    Raises NotIssued where what was collected cannot be invoiced, and what refuses to issue it where nothing was.
    """
    paid = collect(billing, key)
    if paid.state == "failed":
        _refuse_unissued(billing, key)
        raise PaymentDeclined(paid.reason or "", paid.for_good)
    return paid


def _refuse_unissued(billing: Billing, key: PaymentKey) -> None:
    with billing.read("payment.unissued") as work:
        payment = work.session.get_one(Payment, (key.workspace_id, key.id))
        attempt = last_attempt(work.session, payment)
        if payment.minor == 0 or (attempt is not None and attempt.state is AttemptState.SUCCEEDED):
            raise NotIssued(payment.amount)
        if payment.draft is not None:
            Draft.from_json(payment.draft).refuse_if_incomplete()


def collect_once(billing: Billing, key: PaymentKey, *, scheduled: bool) -> None:
    """The same, where nobody waits to hear. A try of the schedule counts, one that a person asked for does not.

    The schedule leaves to its payer what waits for their bank, unless another card was chosen since. Where it has to
    go over to the backup, it does so at once, by a try of its own.
    """
    if _try(billing, key, scheduled=scheduled) and scheduled:
        _try(billing, key, scheduled=True)


def _try(billing: Billing, key: PaymentKey, *, scheduled: bool) -> bool:
    """One try, where there is one to be made: whether it was, and did not succeed."""
    intent = _commit_intent(billing, key, scheduled=scheduled)
    if intent is not None and intent.withdraws:
        withdraw(billing, key, intent.order)
        intent = _commit_intent(billing, key, scheduled=scheduled)
    if intent is None or intent.withdraws:
        return False
    outcome = ask(billing, key, intent.order)
    keep_outcome(billing, key, intent.order.key, outcome)
    return outcome is not None and outcome.answer is not Answer.SUCCEEDED


def withdraw(billing: Billing, key: PaymentKey, order: ChargeOrder) -> None:
    """Takes back a try that waits for its payer; who was just in time has paid. A silent gateway leaves it."""
    try:
        outcome = billing.gateway.withdraw(order) if order.payment_id else Outcome(Answer.DECLINED, "")
    except GatewayUnavailable:
        outcome = None
    keep_outcome(billing, key, order.key, outcome, withdrawn=True)


def payment_status(billing: Billing, key: PaymentKey) -> PaymentSnapshot:
    """Where the payment stands."""
    with billing.read("payment.standing") as work:
        payment = work.session.get_one(Payment, (key.workspace_id, key.id))
        return snapshot(work.session, payment, *attempt_and_cards(work.session, payment), billing.retry_days)


def snapshot(
    session: Session,
    payment: Payment,
    attempt: PaymentAttempt | None,
    cards: Cards = NO_CARDS,
    retry_days: tuple[int, ...] = (),
) -> PaymentSnapshot:
    """The payment, its newest try, and what becomes of it by itself with the cards that its subscription has now."""
    said = last_said(session, payment, attempt)
    still_open = OpenPayment.of(payment, said)
    dunning = still_open.dunning(cards, retry_days) if still_open else Dunning(None, None)
    backup = still_open.backup_up(cards, retry_days) if still_open and dunning.try_at else None
    waiting_for = None
    if payment.state is PaymentState.OPEN:
        waiting = {
            AttemptState.SENT: "gateway",
            AttemptState.UNKNOWN: "gateway",
            AttemptState.ACTION_REQUIRED: "authentication",
        }
        waiting_for = waiting.get(attempt.state, "schedule") if attempt else "schedule"
    return PaymentSnapshot(
        id=payment.id,
        subscription_id=payment.subscription_id,
        invoice_id=payment.invoice_id,
        kind=str(payment.kind),
        state=str(payment.state),
        amount=payment.amount,
        waiting_for=waiting_for,
        reason=attempt.why if attempt else None,
        for_good=_needs_another_card(attempt, said),
        action_url=attempt.action_url if attempt and waiting_for == "authentication" else None,
        try_at=dunning.try_at,
        ends_at=dunning.ends_at,
        next_card=backup.shown if backup else "",
    )


def _needs_another_card(attempt: PaymentAttempt | None, said: PaymentAttempt | None) -> bool:
    """Whether the card of the newest try is the one that was last `said` to be of no use."""
    if attempt is None or said is None or said.state is not AttemptState.DECLINED_FOR_GOOD:
        return False
    return attempt.token == said.token and another_card_helps(said.reason)


def _commit_intent(billing: Billing, key: PaymentKey, *, scheduled: bool) -> Intent | None:
    """The last look, and the row that says what is about to be asked of the gateway."""
    with billing.work("payment.collect") as work:
        lock_subscription_of(work.session, key.workspace_id, key.id)
        payment, before, *methods = work.session.execute(payment_to_charge(), key.named).one()
        cards = Cards(*methods)
        if payment.state is not PaymentState.OPEN or (scheduled and not is_due(payment, work.now)):
            return None
        is_tried = before is not None and before.state in UNDECIDED
        if payment.is_expired(work.now) and not is_tried:
            settling = settlement(work, billing, key)
            tell(work, settling, settling.expire())
            return None
        rest = payment.minor - billing.gateway.limits(payment.currency).chargeable(payment.minor)
        if rest and not is_tried:
            payment.carry(rest)
        if payment.minor == 0:
            settling = settlement(work, billing, key)
            tell(work, settling, settling.succeed(""))
            return None
        last = last_said(work.session, payment, before)
        method = _card_up(payment, last, cards, billing.retry_days) if scheduled else cards.first
        if before is not None and before.state in UNDECIDED:
            if before.state is not AttemptState.ACTION_REQUIRED:
                return None
            if not scheduled or is_of_another_card(before, method):
                return Intent(order_of(payment, before), withdraws=True)
        if method is None:
            _pass_over(work, billing, key, last if cards.first else None, scheduled=scheduled)
            return None
        if method is cards.backup and last is not None and _is_refused(last, cards):
            payment.refused_token = last.token
        if payment.draft is not None and not _can_be_issued(payment.draft):
            settling = settlement(work, billing, key)
            tell(work, settling, settling.fail(NOT_ISSUED, scheduled=False))
            return None
        attempt = next_try(payment, before, method, work.now, scheduled=scheduled)
        work.session.add(attempt)
        if payment.kind is not PaymentKind.RENEWAL:
            payment.next_try_at = None  # the schedule only begins what was cut off before its one try
        return Intent(order_of(payment, attempt))


def _is_refused(last: PaymentAttempt, cards: Cards) -> bool:
    return last.state is AttemptState.DECLINED_FOR_GOOD and not cards.charged_last(last)


def _card_up(
    payment: Payment, last: PaymentAttempt | None, cards: Cards, retry_days: tuple[int, ...]
) -> PaymentMethod | None:
    still_open = OpenPayment.of(payment, last)
    return still_open.card_up(cards, retry_days) if still_open else None


def is_due(payment: Payment, now: datetime) -> bool:
    """Whether its day has come: it may have been tried, and another day set, since the schedule found it."""
    return payment.next_try_at is not None and payment.next_try_at <= now


def _can_be_issued(draft: dict[str, Any]) -> bool:
    """The same question as before the first try: the draft may be of a version that asked less."""
    try:
        Draft.from_json(draft).refuse_if_incomplete()
    except (InvoiceIncomplete, NotSendable):
        return False
    return True


def next_try(
    payment: Payment, before: PaymentAttempt | None, method: PaymentMethod, now: datetime, *, scheduled: bool
) -> PaymentAttempt:
    """The next try, which is about to be sent."""
    return PaymentAttempt(
        workspace_id=payment.workspace_id,
        id=new_id("att"),
        payment_id=payment.id,
        number=before.number + 1 if before else 1,
        state=AttemptState.SENT,
        scheduled=scheduled,
        token=method.token,
        customer=method.customer,
        card=method.shown,
        sent_at=now,
        poll_at=now + POLL_AFTER[0],
        polls=0,
        minor=payment.minor,
    )


def _pass_over(
    work: Work, billing: Billing, key: PaymentKey, before: PaymentAttempt | None, *, scheduled: bool
) -> None:
    """Nothing can be tried: there is no card (no `before`), or what happened to it before would happen again."""
    settling = settlement(work, billing, key)
    if scheduled:
        work.actor = by_schedule(settling.payment)
    if scheduled and (before is not None or settling.payment.tries > 0):
        tell(work, settling, settling.skip((before and before.reason) or NO_CARD))
    else:
        tell(work, settling, settling.fail(NO_CARD, scheduled=scheduled))
