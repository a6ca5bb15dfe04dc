"""What waits for a person: open payments that the payer was told of, to be told again as they stand."""

from __future__ import annotations

from billing.models import Subscription
from billing.models.payments import FAILED, AttemptState, PaymentState
from billing.payments.collection import NO_CARD
from billing.payments.outcomes import needed_from_payer
from billing.payments.settlement import Settlement
from billing.queries.payment_attempts import last_attempt, last_said
from billing.queries.payments import open_payments
from billing.values.events import Event
from billing.work import Billing, Work


def what_waits(work: Work, billing: Billing, subscription: Subscription) -> list[Event]:
    """The bank's questions, and what failed and is still to be paid, oldest first."""
    about = (work.session, work.issuer, billing.retry_days, work.now)
    found = [
        as_it_stands(Settlement(*about, one, last_attempt(work.session, one), subscription, None))
        for one in work.session.scalars(open_payments(), subscription.key).all()
    ]
    return [event for event in found if event is not None]


def as_it_stands(settling: Settlement, *, is_reminder: bool = False) -> Event | None:
    """What was told of it, as of now; None where nobody was told that it waits for somebody."""
    attempt = last_said(settling.session, settling.payment, settling.attempt)
    if settling.payment.state is not PaymentState.OPEN:
        return None
    if attempt is not None and attempt.state is AttemptState.ACTION_REQUIRED:
        return needed_from_payer(settling, attempt)
    if attempt is None:
        reason = NO_CARD if settling.payment.tries else None
    else:
        reason = attempt.reason or "" if attempt.state in FAILED else None
    return None if reason is None else settling.tries.failure(reason, is_reminder=is_reminder)
