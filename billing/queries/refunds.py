"""Refunds: by the gateway's name for them or their key, and what of a payment was given back."""

from __future__ import annotations

from functools import cache

from sqlalchemy import Select, bindparam, func, select

from billing.models import Payment, Refund
from billing.models.refunds import RefundState

OF_PAYMENT = (
    Refund.workspace_id == bindparam("workspace_id"),
    Refund.payment_id == bindparam("payment_id"),
)


@cache
def refunds_at_gateway() -> Select[str, str]:
    """The keys of what the gateway calls `gateway_id`."""
    return select(Refund.workspace_id, Refund.id).where(Refund.gateway_id == bindparam("gateway_id"))


@cache
def refund_of_key() -> Select[Refund]:
    """The refund that was asked for under `key`."""
    return select(Refund).where(
        Refund.workspace_id == bindparam("workspace_id"), Refund.key == bindparam("key")
    )


@cache
def refunded() -> Select[int | None, int | None]:
    """Of `payment_id`, in minor units: what was given back or is going back, and what of it was promised."""
    return select(func.sum(Refund.minor), func.sum(Refund.promised_minor)).where(
        *OF_PAYMENT, Refund.state != RefundState.FAILED
    )


@cache
def refunded_by_state() -> Select[RefundState, int]:
    """The sums of the refunds of `payment_id` by their state, in minor units."""
    return select(Refund.state, func.sum(Refund.minor)).where(*OF_PAYMENT).group_by(Refund.state)


@cache
def refunded_since() -> Select[str | None]:
    """What the gateway calls the payments of all workspaces whose refunds were decided at `since` or later."""
    return (
        select(Payment.gateway_id)
        .join(Refund, (Refund.workspace_id == Payment.workspace_id) & (Refund.payment_id == Payment.id))
        .where(Payment.gateway_id.is_not(None), Refund.decided_at >= bindparam("since"))
        .distinct()
    )
