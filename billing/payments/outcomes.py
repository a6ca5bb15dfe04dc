"""Outcomes: what the gateway said of an attempt is written once, booked, and told."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import structlog

from billing.locks import lock_property, lock_subscription_of, lock_subscriptions_of
from billing.models import Payment, PaymentAttempt, PaymentMethod, Subscription
from billing.models.payments import FAILED, UNDECIDED, WITHDRAWN, AttemptState, PaymentKind, PaymentState
from billing.payments.settlement import Settlement
from billing.ports import Answer, Outcome
from billing.queries.payment_attempts import attempts_of_payment
from billing.queries.payments import THESE_PAYMENTS, payment_to_settle
from billing.values.actors import Actor
from billing.values.buyers import profile_as_kept
from billing.values.events import (
    AuthenticationNeeded,
    CreditNoteIssued,
    Event,
    LatePaymentCredited,
    PaymentFailed,
    PaymentReceived,
    SubscriptionEnded,
    SubscriptionStarted,
    UnissuedPaymentCredited,
)
from billing.values.polling import poll_after_silence, poll_later
from billing.work import Billing, Work

# Whether a payer has done what the bank wants is asked more often than daily.
POLL_PAYER_EVERY = timedelta(hours=6)
STATES = {
    Answer.SUCCEEDED: AttemptState.SUCCEEDED,
    Answer.DECLINED: AttemptState.DECLINED,
    Answer.DECLINED_FOR_GOOD: AttemptState.DECLINED_FOR_GOOD,
    Answer.ACTION_REQUIRED: AttemptState.ACTION_REQUIRED,
    Answer.NOT_TRIED: AttemptState.NOT_TRIED,
}
log = structlog.get_logger()


class PaymentKey(NamedTuple):
    """Which payment."""

    workspace_id: str
    id: str

    @property
    def named(self) -> dict[str, str]:
        """As the parameters of a statement."""
        return {"workspace_id": self.workspace_id, "payment_id": self.id}


def settlement(work: Work, billing: Billing, key: PaymentKey) -> Settlement:
    """The payment with its subscription, both locked, the subscription first as everywhere, and its newest try."""
    lock_subscription_of(work.session, key.workspace_id, key.id)
    found = work.session.execute(payment_to_settle(), key.named).one()
    return Settlement(work.session, work.issuer, billing.retry_days, work.now, *found)


def settlements(work: Work, billing: Billing, keys: Sequence[PaymentKey]) -> dict[PaymentKey, Settlement]:
    """The same for many, but for those whose subscription somebody else holds: nobody waits who holds others."""
    held = lock_subscriptions_of(work.session, keys)
    if not held:
        return {}
    about = (work.session, work.issuer, billing.retry_days, work.now)
    found = [
        Settlement(*about, *row)
        for row in work.session.execute(payment_to_settle(THESE_PAYMENTS), {"keys": held})
    ]
    return {PaymentKey(one.payment.workspace_id, one.payment.id): one for one in found}


def keep_outcome(
    billing: Billing, key: PaymentKey, attempt_key: str, outcome: Outcome | None, *, withdrawn: bool = False
) -> None:
    """Writes what the gateway said, once, and does what follows from it. What was `withdrawn` is no failure.

    Money that came is booked whatever was decided about its try before.
    """
    with billing.work("payment.outcome") as work:
        settling = settlement(work, billing, key)  # kept until its facts are written, or they are read again
        write_outcome(work, settling, attempt_key, outcome, withdrawn=withdrawn)


def write_outcome(
    work: Work,
    settling: Settlement,
    attempt_key: str,
    outcome: Outcome | None,
    *,
    withdrawn: bool = False,
) -> None:
    """The same for a payment that is held already."""
    attempt = settling.attempt
    if attempt is None or attempt.key != attempt_key or attempt.state not in UNDECIDED:
        if outcome is not None and outcome.answer is Answer.SUCCEEDED:
            _book_late(work, settling, attempt_key, outcome)
        if withdrawn and attempt is not None and attempt.key == attempt_key:
            _close(settling, attempt, outcome)
        return
    if outcome is None or (withdrawn and outcome.answer is Answer.ACTION_REQUIRED):
        _wait(attempt, work.now)
        return
    told_before = attempt.state is AttemptState.ACTION_REQUIRED
    attempt.state, attempt.gateway_id = STATES[outcome.answer], outcome.gateway_id
    attempt.reason, attempt.action_url = outcome.reason, outcome.action_url
    if attempt.state is AttemptState.ACTION_REQUIRED:
        _wait_for_payer(work, settling, attempt, told_before=told_before)
        return
    attempt.decided_at, attempt.poll_at = work.now, None
    if outcome.is_void:
        settling.payment.gateway_id = None  # the next try opens another payment at the gateway
    if attempt.state is AttemptState.SUCCEEDED and _is_booked(settling, outcome, attempt):
        attempt.state, attempt.reason = AttemptState.DECLINED, WITHDRAWN  # another try brought the money
    elif withdrawn and attempt.state is not AttemptState.SUCCEEDED:
        attempt.reason = WITHDRAWN
    else:
        # When the bank asked for its payer, the day of the schedule was over by that.
        scheduled = attempt.scheduled and not told_before
        _tell_or_go_on(work, settling, _decide(settling, attempt, scheduled=scheduled))
    settling.close_at_gateway()


def _tell_or_go_on(work: Work, settling: Settlement, events: list[Event]) -> None:
    """Where the backup is up, what failed is told with what comes of that; the audit log has each try."""
    tell(work, settling, events)
    payment, attempt = settling.payment, settling.attempt
    if events or payment.state is not PaymentState.OPEN or attempt is None or attempt.state not in FAILED:
        return
    work.actor, work.property_id = work.actor or by_schedule(payment), payment.property_id
    work.record("payment.failed", payment.id, after={"minor": payment.minor, "decline": attempt.reason})


def _decide(settling: Settlement, attempt: PaymentAttempt, *, scheduled: bool) -> list[Event]:
    """What follows from a definite answer."""
    reason = attempt.why or ""
    if attempt.state is AttemptState.SUCCEEDED:
        return settling.succeed(attempt.card)
    if attempt.state is AttemptState.NOT_TRIED:
        return settling.not_tried(reason)
    return settling.fail(reason, scheduled=scheduled)


def _book_late(work: Work, settling: Settlement, attempt_key: str, outcome: Outcome) -> None:
    """The money of a try that was given up, or that another one replaced: it pays its invoice, or becomes credit."""
    payment = settling.payment
    of_it = {"workspace_id": payment.workspace_id, "payment_id": payment.id}
    for attempt in work.session.scalars(attempts_of_payment(), of_it):
        if attempt.key != attempt_key or attempt.state is AttemptState.SUCCEEDED:
            continue
        if _is_booked(settling, outcome, attempt):
            continue
        attempt.state, attempt.gateway_id = AttemptState.SUCCEEDED, outcome.gateway_id
        attempt.decided_at, attempt.poll_at = work.now, None
        log.warning("money came for a try that was decided before", attempt=attempt.id)
        tell(work, settling, settling.succeed(attempt.card))


def _close(settling: Settlement, attempt: PaymentAttempt, outcome: Outcome | None) -> None:
    """What was opened at the gateway for a try that is over takes no money any more, or must be asked again."""
    if outcome is None:
        if attempt.poll_at is not None:
            poll_after_silence(attempt, attempt.sent_at, settling.at)
        return
    attempt.poll_at = None
    if settling.payment.state is PaymentState.OPEN:
        settling.payment.gateway_id = None


def _is_booked(settling: Settlement, outcome: Outcome, but: PaymentAttempt) -> bool:
    """Whether another try brought this very money: two tries share the gateway's one payment."""
    payment = settling.payment
    if payment.state is PaymentState.OPEN:
        return False
    of_it = {"workspace_id": payment.workspace_id, "payment_id": payment.id}
    return any(
        one.state is AttemptState.SUCCEEDED and one.gateway_id == outcome.gateway_id and one.id != but.id
        for one in settling.session.scalars(attempts_of_payment(), of_it)
    )


def _wait(attempt: PaymentAttempt, now: datetime) -> None:
    if attempt.state is not AttemptState.ACTION_REQUIRED:
        attempt.state = AttemptState.UNKNOWN
    poll_after_silence(attempt, attempt.sent_at, now)
    log.warning("the gateway is silent", attempt=attempt.id, polls=attempt.polls)


def _wait_for_payer(work: Work, settling: Settlement, attempt: PaymentAttempt, *, told_before: bool) -> None:
    poll_later(attempt, attempt.sent_at, work.now, POLL_PAYER_EVERY)
    payment, card = settling.payment, settling.subscription.payment_method
    if is_of_another_card(attempt, card) and (card is None or card.token != payment.refused_token):
        attempt.poll_at = work.now  # it gives way at once
    if told_before:
        return
    if payment.kind is PaymentKind.RENEWAL:
        if attempt.scheduled and settling.tries.backup_up() is not None:
            return  # it is the last day: the backup takes its place at once
        failed = settling.fail(attempt.reason or "", scheduled=attempt.scheduled)
        if payment.state is not PaymentState.OPEN:
            tell(work, settling, failed)  # it was the schedule's last try
            return
    needed = needed_from_payer(settling, attempt)
    tell(work, settling, [needed])
    # Who restarts a plan pays for it as soon as it is paid: theirs is the bank's question too.
    asked = payment.requested_by if payment.kind is PaymentKind.RESTART else None
    work.tell_payers(needed, settling.subscription, payer=asked)


def is_of_another_card(attempt: PaymentAttempt, card: PaymentMethod | None) -> bool:
    """Whether a card was chosen since it was sent; not where the one that it was sent with was only removed."""
    return card is not None and attempt.token != card.token


def needed_from_payer(settling: Settlement, attempt: PaymentAttempt) -> AuthenticationNeeded:
    """What the bank wants of whoever pays."""
    payment = settling.payment
    backup, backup_at = settling.tries.backup_on_last_day()
    return AuthenticationNeeded(
        **settling.subscription.about(),
        payment_id=payment.id,
        minor=payment.minor,
        currency=payment.currency,
        url=attempt.action_url or "",
        backup_card=backup.shown if backup else "",
        backup_at=backup_at,
    )


def tell(work: Work, settling: Settlement, events: list[Event]) -> None:
    """Tells and records what a decision about the payment brought about."""
    if not events:
        return
    payment, owner = settling.payment, settling.owner
    for event in events:
        work.tell(event, owner)
        if isinstance(event, PaymentReceived | CreditNoteIssued):
            work.mail_receipt(event, settling.subscription)
        if isinstance(event, CreditNoteIssued):
            issued = {"number": event.number, "total": event.total_minor}
            work.record("credit_note.issue", event.credit_note_id, after=issued)
        if payment.kind is PaymentKind.RENEWAL and _concerns_payer(event, events):
            # Who pays is told each time, whether or not a channel was chosen (product, line 32).
            work.tell_payers(event, settling.subscription, mail=not isinstance(event, PaymentReceived))
        if isinstance(event, PaymentFailed) and payment.is_expired(work.now):
            # Whoever asked for it is there no more to see what came of it.
            work.tell_payers(event, settling.subscription, payer=payment.requested_by)
        if isinstance(event, UnissuedPaymentCredited):
            work.tell_admins(event, owner)
    _record(work, settling, events)


def by_schedule(payment: Payment) -> Actor:
    """Nobody, where the schedule did what its day had come for."""
    return Actor(payment.workspace_id, "", "schedule")


def _record(work: Work, settling: Settlement, events: list[Event]) -> None:
    """Into the audit log: what became of the payment, or of a try after which it is as open as before."""
    payment, attempt = settling.payment, settling.attempt
    failure = next((event for event in events if isinstance(event, PaymentFailed)), None)
    act = "payment." + str(payment.state)
    if any(isinstance(event, LatePaymentCredited | UnissuedPaymentCredited) for event in events):
        act, failure = "payment.credit", None
    elif any(isinstance(event, AuthenticationNeeded) for event in events):
        act = "payment.ask_bank"
    elif failure is not None and payment.state is PaymentState.OPEN:
        act = "payment.remind" if failure.is_reminder else "payment.failed"
    if payment.kind is PaymentKind.RENEWAL and attempt is not None and attempt.scheduled:
        work.actor = work.actor or by_schedule(payment)
    work.actor = work.actor or Actor(payment.workspace_id, payment.requested_by, "payment")
    work.property_id = payment.property_id
    why = {"decline": failure.backup_reason or failure.reason} if failure else {}
    work.record(act, payment.id, after={"minor": payment.minor, **why})
    _record_takeover(work, settling, events)
    if any(isinstance(event, SubscriptionStarted) for event in events):
        keep_profile(work, settling.subscription)


def _record_takeover(work: Work, settling: Settlement, events: Sequence[Event]) -> None:
    for event in events:
        if isinstance(event, PaymentReceived) and event.now_pays:
            cards = {"card": event.declined_card}, {"card": event.card}
            work.record("payment_method.choose", settling.subscription.id, *cards)


def keep_profile(work: Work, subscription: Subscription) -> None:
    """Who is named first is the billing profile of the property from then on, once something is bought for them."""
    address, company = subscription.address, subscription.company
    if address is None:
        return
    if subscription.prop.address is None:
        prop = lock_property(work.session, subscription.workspace_id, subscription.property_id)
        if prop.address is None:  # of two that are bought at one time the first one names it
            before = profile_as_kept(prop.address, prop.company)
            prop.address, prop.company = address, company
            work.record("profile.change", prop.id, before, profile_as_kept(address, company))
    subscription.bill(address, company)


def _concerns_payer(event: Event, together: list[Event]) -> bool:
    """An end for want of payment does; a failure where no end that tells of it comes in the same breath.

    So does a receipt of another card than the one that they chose.
    """
    if isinstance(event, PaymentReceived):
        return event.declined_card != ""
    if isinstance(event, PaymentFailed):
        return not any(isinstance(one, SubscriptionEnded) for one in together)
    return isinstance(event, SubscriptionEnded)
