"""What waits for another operator, in whatever workspace, with the customer and invoice that it is about."""

from __future__ import annotations

from functools import cache

from sqlalchemy import Select, bindparam, select

from billing.models import ApprovalRequest, Invoice, Property, Workspace


@cache
def requests_open() -> Select[ApprovalRequest, Property, str, Invoice]:
    """Those that can be decided `now`, oldest first, at most `size`."""
    return (
        _with_customer()
        .where(ApprovalRequest.decision.is_(None), ApprovalRequest.expires_at > bindparam("now"))
        .order_by(ApprovalRequest.requested_at, ApprovalRequest.id)
        .limit(bindparam("size"))
    )


@cache
def request_named() -> Select[ApprovalRequest, Property, str, Invoice]:
    """The request `id`."""
    return _with_customer().where(
        ApprovalRequest.workspace_id == bindparam("workspace_id"), ApprovalRequest.id == bindparam("id")
    )


@cache
def request_of_key() -> Select[str]:
    """The id of what that operator asked for by the form `key`."""
    return select(ApprovalRequest.id).where(
        ApprovalRequest.workspace_id == bindparam("workspace_id"),
        ApprovalRequest.requested_by == bindparam("requested_by"),
        ApprovalRequest.key == bindparam("key"),
    )


def _with_customer() -> Select[ApprovalRequest, Property, str, Invoice]:
    return (
        select(ApprovalRequest, Property, Workspace.name, Invoice)
        .join(Workspace, Workspace.id == ApprovalRequest.workspace_id)
        .join(
            Invoice,
            (Invoice.workspace_id == ApprovalRequest.workspace_id)
            & (Invoice.id == ApprovalRequest.invoice_id),
        )
        .join(
            Property,
            (Property.workspace_id == Invoice.workspace_id) & (Property.id == Invoice.property_id),
        )
    )
