"""Subscriptions as a reader sees them."""

from __future__ import annotations

from billing.models.open_payments import Cards, OpenPayment
from billing.models.payments import PaymentKind
from billing.models.states import OWING
from billing.models.subscriptions import Subscription
from billing.values.acts import Act
from billing.values.shares import NextCharge
from billing.values.snapshots import Dunning, PendingSnapshot, SubscriptionSnapshot


def snapshot_of(
    subscription: Subscription,
    comes: NextCharge | None,
    pending: PendingSnapshot | None,
    allowed: frozenset[Act],
) -> SubscriptionSnapshot:
    """What a reader sees of it; `comes` is its next charge."""
    card, receipts_to = subscription.payment_method, subscription.receipts_address
    backup = subscription.backup_method
    return SubscriptionSnapshot(
        id=subscription.id,
        property_id=subscription.property_id,
        property_name=subscription.prop.name,
        time_zone=subscription.prop.time_zone,
        add_on_id=subscription.add_on_id,
        add_on=subscription.price.plan.add_on.name,
        plan=subscription.price.plan.name,
        interval=subscription.price.interval,
        quantity=subscription.quantity,
        status=str(subscription.status),
        price=subscription.price.amount,
        purchased_at=subscription.purchased_at,
        period_end_at=subscription.period_end_at,
        next_charge_at=subscription.period_end_at if subscription.renews else None,
        next_charge=comes.amount if comes else None,
        next_credit=comes.credit if comes else None,
        next_carried=comes.carried if comes else None,
        card=card.snapshot() if card else None,
        address=subscription.address,
        company=subscription.company,
        has_own_buyer=subscription.has_own_buyer,
        property_has_profile=subscription.prop.address is not None,
        billing_admin_id=subscription.billing_admin_id,
        billing_admin_name=subscription.billing_admin.name,
        receipts_to=receipts_to,
        cancelled_by=subscription.cancelled_by,
        cancel_reason=subscription.cancel_reason,
        ends_at=subscription.period_end_at if subscription.is_cancelled else None,
        ended_at=subscription.ended_at,
        pending=pending,
        allowed=allowed,
        version=subscription.version,
        receipts_refused_at=subscription.receipts_refused_at,
        allowance=subscription.price.plan.allowance(subscription.quantity),
        receipts_lost_by=None if receipts_to else subscription.receipts_to_user_id,
        backup=backup.snapshot() if backup else None,
        backup_id=backup.id if backup else "",
    )


def dunning_of(
    subscription: Subscription, payment: OpenPayment | None, retry_days: tuple[int, ...]
) -> Dunning | None:
    """What becomes by itself of the renewal that it owes; one that is on its way for the first time is not owed."""
    if payment is None or payment.kind is not PaymentKind.RENEWAL:
        return None
    if subscription.status not in OWING:
        return None
    return payment.dunning(Cards(subscription.payment_method, subscription.backup_method), retry_days)
