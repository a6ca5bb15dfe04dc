"""What waits for another admin of its property."""

from __future__ import annotations

from functools import cache

from sqlalchemy import Select, bindparam, select

from billing.models import PurchaseRequest
from billing.models.base import UtcDateTime
from billing.models.purchase_requests import RequestState


@cache
def requests_open() -> Select[PurchaseRequest]:
    """Those of `property_id` that can be decided `now`, oldest first, at most `size`."""
    return (
        select(PurchaseRequest)
        .where(
            PurchaseRequest.workspace_id == bindparam("workspace_id"),
            PurchaseRequest.property_id == bindparam("property_id"),
            PurchaseRequest.state == RequestState.OPEN,
            PurchaseRequest.expires_at > bindparam("now", type_=UtcDateTime()),
        )
        .order_by(PurchaseRequest.requested_at, PurchaseRequest.id)
        .limit(bindparam("size"))
    )


@cache
def request_of_key() -> Select[PurchaseRequest]:
    """What that person asked for with the form of that key."""
    return select(PurchaseRequest).where(
        PurchaseRequest.workspace_id == bindparam("workspace_id"),
        PurchaseRequest.requested_by == bindparam("requested_by"),
        PurchaseRequest.key == bindparam("key"),
    )
