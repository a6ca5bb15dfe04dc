"""Locks, taken by all in one order: the subscription, its property, its payment, the number series."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.domain.models.subscriptions import Subscription


def hold_subscription(
    session: Session, workspace_id: str, subscription_id: str, *, skip_locked: bool = False
) -> bool:
    """Locks the subscription to the end of the transaction; False where there is none, or it is to be skipped.

    The row is locked alone and read with what it refers to afterwards: a statement that joins and locks at once
    finds nothing when the one it waited for has changed a price, a card or the property.
    """
    held = (
        select(Subscription.id)
        .where(Subscription.workspace_id == workspace_id, Subscription.id == subscription_id)
        .with_for_update(skip_locked=skip_locked)
    )
    return session.scalar(held) is not None
