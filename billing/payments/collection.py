"""Collecting: the intent is committed, the gateway is asked with no transaction open, the outcome is kept."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from billing.locks import lock_subscription_of
from billing.models import Payment, PaymentAttempt, PaymentMethod
from billing.models.base import new_id
from billing.models.payments import UNDECIDED, AttemptState, PaymentKind, PaymentState
from billing.payments.settlement import Settlement, last_attempt
from billing.ports import Answer, ChargeOrder, GatewayUnavailable, Outcome
from billing.queries.payments import payment_to_charge, payment_to_settle, store_gateway_id
from billing.values.actors import Actor
from billing.values.events import AuthenticationNeeded, Event, PaymentFailed, PaymentReceived
from billing.values.polling import POLL_AFTER, POLL_DAILY, poll_later
from billing.values.snapshots import PaymentSnapshot
from billing.work import Billing, Work

# Whether a payer has done what the bank wants is asked more often than daily.
POLL_PAYER_EVERY = timedelta(hours=6)
STATES = {
    Answer.SUCCEEDED: AttemptState.SUCCEEDED,
    Answer.DECLINED: AttemptState.DECLINED,
    Answer.DECLINED_FOR_GOOD: AttemptState.DECLINED_FOR_GOOD,
    Answer.ACTION_REQUIRED: AttemptState.ACTION_REQUIRED,
}
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class PaymentKey:
    """Which payment."""

    workspace_id: str
    id: str

    @property
    def named(self) -> dict[str, str]:
        """As the parameters of a statement."""
        return {"workspace_id": self.workspace_id, "payment_id": self.id}


def collect(billing: Billing, key: PaymentKey) -> PaymentSnapshot:
    """Tries to collect an open payment once, with the card that its subscription has now.

    Does nothing where it is decided, or where an earlier try is not: that one blocks until it is known.
    """
    collect_once(billing, key, scheduled=False)
    return payment_status(billing, key)


def collect_once(billing: Billing, key: PaymentKey, *, scheduled: bool) -> None:
    """The same, where nobody waits to hear. A try of the schedule counts, one that a person asked for does not."""
    order = _commit_intent(billing, key, scheduled=scheduled)
    if order is not None:
        keep_outcome(billing, key, order.key, _ask(billing, key, order))


def payment_status(billing: Billing, key: PaymentKey) -> PaymentSnapshot:
    """Where the payment stands."""
    with billing.read("payment.standing") as work:
        payment = work.session.get_one(Payment, (key.workspace_id, key.id))
        return snapshot(payment, last_attempt(work.session, payment))


def snapshot(payment: Payment, attempt: PaymentAttempt | None) -> PaymentSnapshot:
    """The payment and its newest try, as one value."""
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
        reason=attempt.reason if attempt else None,
        for_good=attempt is not None and attempt.state is AttemptState.DECLINED_FOR_GOOD,
        action_url=attempt.action_url if attempt and waiting_for == "authentication" else None,
        next_try_at=payment.next_try_at,
    )


def settlement(work: Work, billing: Billing, key: PaymentKey) -> Settlement:
    """The payment with its subscription, both locked, the subscription first as everywhere, and its newest try."""
    lock_subscription_of(work.session, key.workspace_id, key.id)
    found = work.session.execute(payment_to_settle(), key.named).one()
    return Settlement(work.session, work.issuer, billing.retry_days, work.now, *found)


def _commit_intent(billing: Billing, key: PaymentKey, *, scheduled: bool) -> ChargeOrder | None:
    """The last look, and the row that says what is about to be asked of the gateway."""
    with billing.work("payment.collect") as work:
        lock_subscription_of(work.session, key.workspace_id, key.id)
        payment, before, method = work.session.execute(payment_to_charge(), key.named).one()
        if payment.state is not PaymentState.OPEN:
            return None
        if payment.minor == 0:
            settling = settlement(work, billing, key)
            tell(work, settling, settling.succeed(""))
            return None
        if before is not None and before.state in UNDECIDED:
            if scheduled and before.state is AttemptState.ACTION_REQUIRED:
                _fail_unasked(work, billing, key, before.reason, scheduled=True)
            return None
        hopeless = scheduled and before and before.state is AttemptState.DECLINED_FOR_GOOD
        if method is None or (hopeless and before and before.token == method.token):
            reason = before.reason if before and method else "no_payment_method"
            _fail_unasked(work, billing, key, reason, scheduled=scheduled)
            return None
        attempt = _attempt(payment, before, method, work.now, scheduled=scheduled)
        work.session.add(attempt)
        if payment.kind is not PaymentKind.RENEWAL:
            payment.next_try_at = None  # the schedule only begins what was cut off before its one try
        return order_of(payment, attempt)


def _attempt(
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
    )


def _fail_unasked(
    work: Work, billing: Billing, key: PaymentKey, reason: str | None, *, scheduled: bool
) -> None:
    settling = settlement(work, billing, key)
    tell(work, settling, settling.fail(reason or "", scheduled=scheduled))


def _ask(billing: Billing, key: PaymentKey, order: ChargeOrder) -> Outcome | None:
    try:
        return billing.gateway.charge(opened_at_gateway(billing, key, order))
    except GatewayUnavailable:
        return None


def opened_at_gateway(billing: Billing, key: PaymentKey, order: ChargeOrder) -> ChargeOrder:
    """The order with the gateway's own payment: one for each of ours, and stored before it can move money."""
    if order.payment_id is not None:
        return order
    opened = billing.gateway.open(order)
    with billing.work("payment.open") as work:
        # Past the ORM, which takes three times as long for one update.
        ours = {"workspace": key.workspace_id, "payment": key.id, "opened": opened}
        kept = work.session.connection().execute(store_gateway_id(), ours)
        return replace(order, payment_id=kept.scalar_one())


def order_of(payment: Payment, attempt: PaymentAttempt) -> ChargeOrder:
    return ChargeOrder(
        key=attempt.key,
        payment_key=f"{payment.workspace_id}-{payment.id}",
        token=attempt.token,
        amount=payment.amount,
        description=payment.about,
        customer=attempt.customer,
        payment_id=payment.gateway_id,
        payer_is_there=not attempt.scheduled,
    )


def keep_outcome(billing: Billing, key: PaymentKey, attempt_key: str, outcome: Outcome | None) -> None:
    """Writes what the gateway said, once, and does what follows from it."""
    with billing.work("payment.outcome") as work:
        settling = settlement(work, billing, key)
        attempt = settling.attempt
        if attempt is None or attempt.key != attempt_key or attempt.state not in UNDECIDED:
            return  # somebody else heard the answer first
        if outcome is None:
            _wait(attempt, work.now)
            return
        told_before = attempt.state is AttemptState.ACTION_REQUIRED
        attempt.state, attempt.gateway_id = STATES[outcome.answer], outcome.gateway_id
        attempt.reason, attempt.action_url = outcome.reason, outcome.action_url
        if attempt.state is AttemptState.ACTION_REQUIRED:
            _wait_for_payer(work, settling, attempt, told_before=told_before)
            return
        attempt.decided_at, attempt.poll_at = work.now, None
        if attempt.state is AttemptState.SUCCEEDED:
            tell(work, settling, settling.succeed(attempt.card))
        else:
            tell(work, settling, settling.fail(outcome.reason or "", scheduled=attempt.scheduled))


def _wait(attempt: PaymentAttempt, now: datetime) -> None:
    waits_for_payer = attempt.state is AttemptState.ACTION_REQUIRED
    if not waits_for_payer:
        attempt.state = AttemptState.UNKNOWN
    poll_later(attempt, attempt.sent_at, now, POLL_PAYER_EVERY if waits_for_payer else POLL_DAILY)
    log.warning("the gateway is silent", attempt=attempt.id, polls=attempt.polls)


def _wait_for_payer(work: Work, settling: Settlement, attempt: PaymentAttempt, *, told_before: bool) -> None:
    poll_later(attempt, attempt.sent_at, work.now, POLL_PAYER_EVERY)
    if told_before:
        return
    payment = settling.payment
    if payment.kind is PaymentKind.RENEWAL:
        failed = settling.fail(attempt.reason or "", scheduled=attempt.scheduled)
        if payment.state is not PaymentState.OPEN:
            tell(work, settling, failed)  # it was the schedule's last try
            return
    needed = AuthenticationNeeded(
        **settling.subscription.about(),
        payment_id=payment.id,
        minor=payment.minor,
        currency=payment.currency,
        url=attempt.action_url or "",
    )
    tell(work, settling, [needed])
    work.tell_person(needed, payment.workspace_id, settling.subscription.billing_admin_id)
    work.mail_person(needed, payment.workspace_id, settling.subscription.billing_admin_id)


def tell(work: Work, settling: Settlement, events: list[Event]) -> None:
    """Tells and records what a decision about the payment brought about."""
    if not events:
        return
    payment = settling.payment
    for event in events:
        work.tell(event, settling.subscription.prop)
        if isinstance(event, PaymentReceived):
            work.mail_receipt(event, settling.subscription)
        if isinstance(event, PaymentFailed) and payment.kind is PaymentKind.RENEWAL:
            # Who pays is told each time, whether or not a channel was chosen (product, line 32).
            work.tell_person(event, payment.workspace_id, settling.subscription.billing_admin_id)
            work.mail_person(event, payment.workspace_id, settling.subscription.billing_admin_id)
    work.actor = work.actor or Actor(payment.workspace_id, payment.requested_by, "payment")
    work.property_id = payment.property_id
    work.record("payment." + str(payment.state), payment.id, after={"minor": payment.minor})
