"""Copies of the books: what tells that these are one, and payments that are taken over from the lost ones."""

from __future__ import annotations

from datetime import datetime
from functools import cache

from sqlalchemy import CompoundSelect, Select, Update, bindparam, func, select, tuple_, union, update

from billing.models import AdoptedPayment, GatewayLook, Hold, Payment, Workspace
from billing.models.payments import PaymentState


@cache
def hold_of() -> Select[Hold]:
    """The hold on the books of `gateway`, if there is one."""
    return select(Hold).where(Hold.gateway == bindparam("gateway"))


@cache
def newest_payment() -> Select[datetime | None]:
    """When the newest payment of all workspaces was opened."""
    return select(func.max(Payment.created_at))


@cache
def looked_up_to() -> Select[datetime]:
    """Up to when the books of `gateway` were looked through, by its clock; nothing where they never were."""
    return select(GatewayLook.up_to).where(GatewayLook.gateway == bindparam("gateway"))


@cache
def look_further() -> Update:
    """Up to `to`, unless another process looked further."""
    return (
        update(GatewayLook)
        .where(GatewayLook.gateway == bindparam("of"), GatewayLook.up_to < bindparam("to"))
        .values(up_to=bindparam("to"))
        .execution_options(synchronize_session=False)
    )


@cache
def workspaces_among() -> Select[str]:
    """Those of the workspaces `ids` that are known here."""
    return select(Workspace.id).where(Workspace.id.in_(bindparam("ids", expanding=True)))


@cache
def known_among() -> CompoundSelect[str, str]:
    """Workspace and id of those of the payments `keys` that stand in the books, or were adopted into them."""
    ours, adopted = (
        (Payment.workspace_id, Payment.id),
        (AdoptedPayment.workspace_id, AdoptedPayment.payment_id),
    )
    return union(
        *(select(*key).where(tuple_(*key).in_(bindparam("keys", expanding=True))) for key in (ours, adopted))
    )


@cache
def adopted_payment() -> Select[str]:
    """One adopted payment of whatever workspace, if there is any."""
    return select(AdoptedPayment.payment_id).limit(1)


@cache
def take_over() -> Update:
    """Gives each open payment that the gateway knows already under its id the gateway's payment."""
    adopted = select(AdoptedPayment.gateway_id).where(
        AdoptedPayment.workspace_id == Payment.workspace_id, AdoptedPayment.payment_id == Payment.id
    )
    keys = select(AdoptedPayment.workspace_id, AdoptedPayment.payment_id)
    return (
        update(Payment)
        .where(
            tuple_(Payment.workspace_id, Payment.id).in_(keys),
            Payment.gateway_id.is_(None),
            Payment.state == PaymentState.OPEN,
        )
        .values(gateway_id=adopted.scalar_subquery())
        .execution_options(synchronize_session=False)
    )
