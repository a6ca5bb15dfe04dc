"""Quotes: an act as it would be, in numbers, with the fingerprint that the act is held against."""

from __future__ import annotations

import hashlib
from datetime import datetime

from billing.invoicing.drafts import Draft
from billing.models import Payment
from billing.values.cycles import local_date
from billing.values.documents import InvoiceDocument
from billing.values.money import Money
from billing.values.refusals import NeedsApproval, PreviewChanged
from billing.values.shares import NextCharge
from billing.values.snapshots import PendingSnapshot, Quote, SubscriptionSnapshot


def quote(
    subscription: SubscriptionSnapshot,
    draft: Draft | None,
    payment: Payment | None,
    takes_effect_at: datetime,
    comes: NextCharge,
    replaces: PendingSnapshot | None = None,
    invoice: InvoiceDocument | None = None,
    limit: Money | None = None,
) -> Quote:
    """What the act does to card, credit balance and dates, and the charge that comes after it.

    `invoice` is what of the draft is invoiced, where credit notes give back the rest. What is charged above `limit`
    needs another admin.
    """
    currency = comes.amount.currency
    charge_now = Money(payment.minor if payment else 0, currency)
    credit = payment.credit_minor if payment else 0
    said = (
        # not its id, which a purchase does not have before it is made
        (subscription.property_id, subscription.add_on_id, subscription.plan, subscription.interval.value),
        subscription.quantity,
        draft.fingerprint if draft else subscription.pending,
        charge_now.minor,
        credit,
        comes.amount.minor,
        comes.credit.minor,
        replaces,
        local_date(comes.at, subscription.time_zone),
    )
    return Quote(
        subscription=subscription,
        document=draft.document if draft else None,
        charge_now=charge_now,
        credit_used=Money(max(credit, 0), currency),
        carried=Money(payment.carried_minor if payment else 0, currency),
        credited=Money(max(-credit, 0), currency),
        takes_effect_at=takes_effect_at,
        next_charge_at=comes.at,
        next_charge=comes.amount,
        next_credit=comes.credit,
        next_carried=comes.carried,
        fingerprint=hashlib.sha256(repr(said).encode()).hexdigest(),
        lost=draft.lost if draft else None,
        replaces=replaces,
        invoice=invoice,
        above=limit if limit is not None and charge_now.minor > limit.minor else None,
    )


def refuse_if_changed(now: Quote, expected_quote: str | None) -> None:
    """Raises PreviewChanged where what would be done is not what the person was shown."""
    if expected_quote is not None and expected_quote != now.fingerprint:
        raise PreviewChanged(now)


def refuse_without_approval(now: Quote) -> None:
    """Raises NeedsApproval for what another admin has to approve: who asks for it alone does not do it."""
    if now.above is not None:
        raise NeedsApproval(now)
