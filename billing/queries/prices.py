"""Prices: the one for which a plan is sold now."""

from __future__ import annotations

from functools import cache

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import joinedload

from billing.models import Plan, Price


@cache
def on_sale() -> Select[Price]:
    """The price of `plan_id` of `add_on_id` for that `interval` and `currency`, with its plan and add-on."""
    return (
        select(Price)
        .where(
            Price.add_on_id == bindparam("add_on_id"),
            Price.plan_id == bindparam("plan_id"),
            Price.interval == bindparam("interval"),
            Price.currency == bindparam("currency"),
            Price.on_sale,
        )
        .options(joinedload(Price.plan).joinedload(Plan.add_on))
    )
