"""Copies of the books: what tells that these are one, and payments that are taken over from the lost ones."""

from __future__ import annotations

from datetime import datetime
from functools import cache

from sqlalchemy import Select, Update, bindparam, func, select, tuple_, update

from billing.models import AdoptedPayment, Hold, Payment, Workspace
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
def workspaces_among() -> Select[str]:
    """Those of the workspaces `ids` that are known here."""
    return select(Workspace.id).where(Workspace.id.in_(bindparam("ids", expanding=True)))


@cache
def payments_among() -> Select[str, str]:
    """Workspace and id of those of the payments `keys` that stand in the books."""
    key = tuple_(Payment.workspace_id, Payment.id)
    return select(Payment.workspace_id, Payment.id).where(key.in_(bindparam("keys", expanding=True)))


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
