"""The catalogue: what is sold, read from a file."""

from __future__ import annotations

import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import select

from billing.domain.cycles import Interval
from billing.domain.errors import CatalogueInvalid
from billing.domain.models import AddOn, Plan, Price
from billing.domain.models.base import new_id
from billing.domain.money import decimals
from billing.work import Billing, Work

PriceKey = tuple[str, str, Interval, str]


def apply(billing: Billing, path: Path) -> int:
    """Brings what is on sale up to the file; answers how many prices are new.

    A price that changed is a new one: those who have the old one keep it (product, line 42). Raises
    CatalogueInvalid, with nothing changed, where the file cannot be read as a catalogue.
    """
    try:
        catalogue = tomllib.loads(path.read_text(encoding="utf-8"))
        currency = catalogue["currency"]
        add_ons = catalogue["add_ons"]
    except (OSError, tomllib.TOMLDecodeError, KeyError) as fault:
        raise CatalogueInvalid(str(fault)) from fault
    with billing.work("catalogue.apply") as work:
        on_sale = {_key(price): price for price in work.session.scalars(select(Price).where(Price.on_sale))}
        wanted: dict[PriceKey, int] = {}
        for add_on_id, add_on in add_ons.items():
            wanted |= _add_on(work, add_on_id, add_on, currency)
        for key, price in on_sale.items():
            if wanted.get(key) != price.minor:
                price.on_sale = False
        work.session.flush()  # the old prices leave before the new ones come: one on sale of each kind
        fresh = [key for key, minor in wanted.items() if key not in on_sale or on_sale[key].minor != minor]
        work.session.add_all(_price(key, wanted[key]) for key in fresh)
        return len(fresh)


def _key(price: Price) -> PriceKey:
    return price.add_on_id, price.plan_id, price.interval, price.currency


def _price(key: PriceKey, minor: int) -> Price:
    add_on_id, plan_id, interval, currency = key
    return Price(
        id=new_id("price"),
        add_on_id=add_on_id,
        plan_id=plan_id,
        interval=interval,
        currency=currency,
        minor=minor,
        on_sale=True,
    )


def _add_on(work: Work, add_on_id: str, add_on: dict[str, Any], currency: str) -> dict[PriceKey, int]:
    """Writes the add-on and its plans; answers the prices that the file wants on sale."""
    wanted: dict[PriceKey, int] = {}
    try:
        work.session.merge(AddOn(id=add_on_id, name=add_on["name"]))
        for rank, (plan_id, plan) in enumerate(add_on["plans"].items()):
            work.session.merge(Plan(add_on_id=add_on_id, id=plan_id, name=plan["name"], rank=rank))
            for interval in Interval:
                if interval in plan:
                    wanted[add_on_id, plan_id, interval, currency] = _minor(plan[interval], currency)
    except (KeyError, TypeError, AttributeError) as fault:
        raise CatalogueInvalid(f"{add_on_id}: {fault}") from fault
    return wanted


def _minor(amount: object, currency: str) -> int:
    """Minor units of an amount written as text, "29.00": a number in the file would be a float."""
    if not isinstance(amount, str):
        raise CatalogueInvalid(f'write {amount} in quotes: "{amount}"')
    minor = Decimal(amount).scaleb(decimals(currency))
    if minor != minor.to_integral_value() or minor < 0:
        raise CatalogueInvalid(f"{amount} {currency}")
    return int(minor)
