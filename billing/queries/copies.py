"""Copies of the books: what tells that these are one, and payments that are taken over from the lost ones."""

from __future__ import annotations

from datetime import datetime
from functools import cache

from sqlalchemy import ScalarSelect, Select, Update, bindparam, func, select, tuple_, update

from billing.models import AdoptedPayment, GatewayLook, Hold, Payment, Workspace
from billing.models.payments import PaymentState
from billing.queries.keys import among


@cache
def holds() -> Select[Hold]:
    """All holds on these books, the newest first. One holds them, whichever gateway they were to be worked with."""
    return select(Hold).order_by(Hold.since.desc())


@cache
def newest_payment() -> Select[datetime | None]:
    """When the newest payment of all workspaces of which the gateway knows was opened.

    A copy that cannot reach the gateway opens payments, too, and those tell nothing of where the copy begins.
    """
    return select(func.max(Payment.created_at)).where(Payment.gateway_id.is_not(None))


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
def payments_among() -> Select[str, str, PaymentState, str | None]:
    """Those of the payments `keys` (workspace, id) that stand in the books: key, state, and the gateway's name."""
    key = (Payment.workspace_id, Payment.id)
    return select(*key, Payment.state, Payment.gateway_id).where(among(*key))


@cache
def adopted_among() -> Select[str, str]:
    """Those of the payments `keys` (workspace, id) that were adopted into the books."""
    key = (AdoptedPayment.workspace_id, AdoptedPayment.payment_id)
    return select(*key).where(among(*key))


def adopted_by_payment() -> ScalarSelect[str]:
    """Within a statement about payments: what the gateway calls that by which lost books collected the payment."""
    of_it = (AdoptedPayment.workspace_id == Payment.workspace_id, AdoptedPayment.payment_id == Payment.id)
    return select(AdoptedPayment.gateway_id).where(*of_it).scalar_subquery()


@cache
def take_over() -> Update:
    """Gives each open payment that was collected with lost books the gateway's payment by which it was.

    Another that these books know was taken back, or never opened: the money came by this one.
    """
    keys = select(AdoptedPayment.workspace_id, AdoptedPayment.payment_id)
    return (
        update(Payment)
        .where(tuple_(Payment.workspace_id, Payment.id).in_(keys), Payment.state == PaymentState.OPEN)
        .values(gateway_id=adopted_by_payment())
        .execution_options(synchronize_session=False)
    )
