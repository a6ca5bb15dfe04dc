"""Prices: the one for which a plan is sold now, and all for which something is."""

from __future__ import annotations

from functools import cache

from sqlalchemy import Select, bindparam, exists, select
from sqlalchemy.orm import joinedload

from billing.models import Plan, Price

WITH_ADD_ON = (joinedload(Price.plan).joinedload(Plan.add_on),)


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
        .options(*WITH_ADD_ON)
    )


@cache
def all_on_sale() -> Select[Price]:
    """Every price for which something is sold now."""
    return select(Price).where(Price.on_sale)


@cache
def currencies_on_sale() -> Select[str]:
    """The currencies in which anything is sold now, by their codes."""
    return select(Price.currency).where(Price.on_sale).distinct().order_by(Price.currency)


@cache
def any_in_another_currency() -> Select[bool]:
    """Whether there is or was a price in another currency than `currency`: who has an old one keeps it."""
    return select(exists().where(Price.currency != bindparam("currency")))


@cache
def on_sale_of_add_on() -> Select[Price]:
    """The prices for which `add_on_id` is sold now in that `currency`, each with its plan and add-on."""
    return (
        select(Price)
        .where(
            Price.add_on_id == bindparam("add_on_id"), Price.currency == bindparam("currency"), Price.on_sale
        )
        .options(*WITH_ADD_ON)
    )


@cache
def on_sale_but() -> Select[Price]:
    """All prices on sale in that `currency`, but those of the add-ons `owned`."""
    return (
        select(Price)
        .where(
            Price.currency == bindparam("currency"),
            Price.on_sale,
            Price.add_on_id.not_in(bindparam("owned", expanding=True)),
        )
        .options(*WITH_ADD_ON)
    )
