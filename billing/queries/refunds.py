"""Refunds: by the gateway's name for them or their key, and what of a payment was given back."""

from __future__ import annotations

from functools import cache

from sqlalchemy import Select, bindparam, func, select

from billing.models import CreditNote, Payment, Refund
from billing.models.refunds import RefundState
from billing.values.disputes import DisputeState

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


@cache
def going_back() -> Select[int | None]:
    """What is on its way back of the payments of `property_id`, in minor units of whatever currency."""
    return select(func.sum(Refund.minor)).where(
        Refund.workspace_id == bindparam("workspace_id"),
        Refund.property_id == bindparam("property_id"),
        Refund.state == RefundState.OPEN,
    )


@cache
def promised_unsent() -> Select[int]:
    """What credit notes of `property_id` have promised to cards and nobody has tried to send, in minor units.

    Not what a bank took back after a dispute, or has refused: that cannot be sent.
    """
    sent = (
        select(func.sum(Refund.promised_minor))
        .where(
            Refund.workspace_id == Payment.workspace_id,
            Refund.payment_id == Payment.id,
        )
        .correlate(Payment)
        .scalar_subquery()
    )
    promised = (
        select(func.sum(CreditNote.refund_minor))
        .where(
            CreditNote.workspace_id == Payment.workspace_id,
            CreditNote.invoice_id == Payment.invoice_id,
        )
        .correlate(Payment)
        .scalar_subquery()
    )
    of_each = (
        select((promised - func.coalesce(sent, 0)).label("minor"))
        .select_from(Payment)
        .where(
            Payment.workspace_id == bindparam("workspace_id"),
            Payment.property_id == bindparam("property_id"),
            Payment.dispute.is_distinct_from(DisputeState.LOST),
        )
        .subquery()
    )
    unsent = func.coalesce(func.sum(of_each.c.minor), 0)
    return select(unsent).where(of_each.c.minor > 0)
