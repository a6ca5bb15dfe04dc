"""Locks, taken by all in one order: the subscription, its property, its payment, the number series."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.domain.models.properties import PROPERTY_LOCK, Property
from billing.domain.models.subscriptions import Subscription

# What a session of a rehearsal carries.
REHEARSING = "rehearsing"


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


def hold_property(session: Session, workspace_id: str, property_id: str) -> Property:
    """Locks the property to the end of the transaction and reads it anew, once however often it is asked for."""
    key = (workspace_id, property_id)
    held: set[tuple[str, str]] = session.info.setdefault("held properties", set())
    if key in held:
        return session.get_one(Property, key)
    held.add(key)
    return session.get_one(Property, key, with_for_update=PROPERTY_LOCK, populate_existing=True)


def write(session: Session) -> None:
    """Writes what was changed, because what follows needs it there; a rehearsal, which is taken back, need not."""
    if not session.info.get(REHEARSING):
        session.flush()
