"""Card setups: the one of a hosted page, and what the gateway calls a property."""

from __future__ import annotations

from functools import cache

from sqlalchemy import Select, bindparam, select

from billing.models import CardSetup


@cache
def setups_of_page() -> Select[str, str]:
    """The keys of what the gateway calls `gateway_id`."""
    return select(CardSetup.workspace_id, CardSetup.id).where(CardSetup.page_id == bindparam("gateway_id"))


@cache
def customer() -> Select[str | None]:
    """What the gateway calls `property_id` as its customer, by its newest hosted page."""
    return (
        select(CardSetup.customer)
        .where(
            CardSetup.workspace_id == bindparam("workspace_id"),
            CardSetup.property_id == bindparam("property_id"),
            CardSetup.customer.is_not(None),
        )
        .order_by(CardSetup.created_at.desc())
        .limit(1)
    )
