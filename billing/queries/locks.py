"""Locks on subscriptions: each locks the row alone and finds its id; it is read whole when it is locked."""

from __future__ import annotations

from functools import cache

from sqlalchemy import ColumnElement, Select, bindparam, select

from billing.models import Payment, Subscription
from billing.queries.keys import among


@cache
def subscription_lock(*, skip_locked: bool) -> Select[str]:
    """The subscription `id`."""
    return _locked(Subscription.id == bindparam("id"), skip_locked=skip_locked)


@cache
def subscription_lock_of_payment() -> Select[str]:
    """The subscription that the payment `id` is for."""
    paid_for = select(Payment.subscription_id).where(
        Payment.workspace_id == bindparam("workspace_id"), Payment.id == bindparam("id")
    )
    return _locked(Subscription.id == paid_for.scalar_subquery(), skip_locked=False)


@cache
def subscription_locks_of_payments() -> Select[str, str]:
    """The subscriptions that the payments with these `keys` are for: the keys of those that nobody else holds."""
    return (
        select(Payment.workspace_id, Payment.id)
        .select_from(Subscription)
        .join(Subscription.payments)
        .where(among(Payment.workspace_id, Payment.id))
        .with_for_update(of=Subscription, skip_locked=True)
    )


def _locked(which: ColumnElement[bool], *, skip_locked: bool) -> Select[str]:
    return (
        select(Subscription.id)
        .where(Subscription.workspace_id == bindparam("workspace_id"), which)
        .with_for_update(skip_locked=skip_locked)
    )
