"""Quotes: an act as it would be, in numbers, with the fingerprint that the act is held against."""

from __future__ import annotations

import hashlib
from datetime import datetime

from billing.invoicing.drafts import Draft, Upcoming
from billing.models import Payment
from billing.values.cycles import local_date
from billing.values.money import Money
from billing.values.refusals import PreviewChanged
from billing.values.snapshots import PendingSnapshot, Quote, SubscriptionSnapshot


def quote(
    subscription: SubscriptionSnapshot,
    draft: Draft | None,
    payment: Payment | None,
    takes_effect_at: datetime,
    comes: Upcoming,
    next_credit: int,
    replaces: PendingSnapshot | None = None,
) -> Quote:
    """What the act does to card, credit balance and dates; the balance will pay `next_credit` of what `comes`."""
    currency = comes.total.currency
    next_charge_at, next_charge = comes.period.start_at, comes.charge(next_credit)
    credit = payment.credit_minor if payment else 0
    said = (
        # not its id, which a purchase does not have before it is made
        (subscription.property_id, subscription.add_on_id, subscription.plan, subscription.interval.value),
        subscription.quantity,
        draft.fingerprint if draft else subscription.pending,
        payment.minor if payment else 0,
        credit,
        next_charge.minor,
        next_credit,
        replaces,
        local_date(next_charge_at, subscription.time_zone),
    )
    return Quote(
        subscription=subscription,
        document=draft.document if draft else None,
        charge_now=Money(payment.minor if payment else 0, currency),
        credit_used=Money(max(credit, 0), currency),
        carried=Money(payment.carried_minor if payment else 0, currency),
        credited=Money(max(-credit, 0), currency),
        takes_effect_at=takes_effect_at,
        next_charge_at=next_charge_at,
        next_charge=next_charge,
        next_credit=Money(next_credit, currency),
        fingerprint=hashlib.sha256(repr(said).encode()).hexdigest(),
        lost=draft.lost if draft else None,
        replaces=replaces,
    )


def refuse_if_changed(now: Quote, expected_quote: str | None) -> None:
    """Raises PreviewChanged where what would be done is not what the person was shown."""
    if expected_quote is not None and expected_quote != now.fingerprint:
        raise PreviewChanged(now)
