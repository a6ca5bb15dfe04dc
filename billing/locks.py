"""Locks, taken by all in one order: the subscription, its property, its payment, the number series, a budget."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from billing.models.properties import PROPERTY_LOCK, Property
from billing.queries.locks import (
    subscription_lock,
    subscription_lock_of_payment,
    subscription_locks_of_payments,
)

# What a session of a rehearsal carries.
DRY_RUN = "rehearsing"


def lock_subscription(
    session: Session, workspace_id: str, subscription_id: str, *, skip_locked: bool = False
) -> bool:
    """Locks the subscription to the end of the transaction; False where there is none, or it is to be skipped.

    The row is locked alone and read with what it refers to afterwards: a statement that joins and locks at once
    finds nothing when the one it waited for has changed a price, a card or the property.
    """
    of_it = {"workspace_id": workspace_id, "id": subscription_id}
    return session.scalar(subscription_lock(skip_locked=skip_locked), of_it) is not None


def lock_subscription_of(session: Session, workspace_id: str, payment_id: str) -> None:
    """The same for the subscription that the payment is for, which it always was.

    A rehearsal, of which nothing remains, does without: it may hold the property already.
    """
    if session.info.get(DRY_RUN):
        return
    session.execute(subscription_lock_of_payment(), {"workspace_id": workspace_id, "id": payment_id})


def lock_subscriptions_of(session: Session, keys: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """The same for many payments. Answers with those whose subscription nobody else holds: nobody waits with many."""
    return [(key[0], key[1]) for key in session.execute(subscription_locks_of_payments(), {"keys": keys})]


def lock_property(session: Session, workspace_id: str, property_id: str) -> Property:
    """Locks the property to the end of the transaction and reads it anew, once however often it is asked for."""
    key = (workspace_id, property_id)
    held: set[tuple[str, str]] = session.info.setdefault("held properties", set())
    if key in held:
        return session.get_one(Property, key)
    held.add(key)
    return session.get_one(Property, key, with_for_update=PROPERTY_LOCK, populate_existing=True)


def write(session: Session) -> None:
    """Writes what was changed, because what follows needs it there; a rehearsal, which is taken back, need not."""
    if not session.info.get(DRY_RUN):
        session.flush()
