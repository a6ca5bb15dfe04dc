"""Refunds: by the gateway's name for them."""

from __future__ import annotations

from functools import cache

from sqlalchemy import Select, bindparam, select

from billing.models import Refund


@cache
def refunds_at_gateway() -> Select[str, str]:
    """The keys of what the gateway calls `gateway_id`."""
    return select(Refund.workspace_id, Refund.id).where(Refund.gateway_id == bindparam("gateway_id"))
