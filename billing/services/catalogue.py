"""The catalogue: what is sold, brought up to a file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import select

from billing.domain.catalogue import AddOnEntry, Catalogue, read_catalogue
from billing.domain.cycles import Interval
from billing.domain.models import AddOn, Plan, Price
from billing.domain.models.base import new_id
from billing.work import Billing, Work

PriceKey = tuple[str, str, Interval, str]


def apply(billing: Billing, path: Path) -> int:
    """Brings what is on sale up to the file; answers how many prices are new.

    A price that changed is a new one: those who have the old one keep it (product, line 42). Raises
    CatalogueInvalid, with nothing changed, where the file cannot be read as a catalogue.
    """
    catalogue = read_catalogue(path)
    wanted = dict(_wanted(catalogue))
    with billing.work("catalogue.apply") as work:
        on_sale = {_key(price): price for price in work.session.scalars(select(Price).where(Price.on_sale))}
        for add_on_id, add_on in catalogue.add_ons.items():
            _keep_names(work, add_on_id, add_on)
        for key, price in on_sale.items():
            if wanted.get(key) != price.minor:
                price.on_sale = False
        work.session.flush()  # the old prices leave before the new ones come: one on sale of each kind
        fresh = [key for key, minor in wanted.items() if key not in on_sale or on_sale[key].minor != minor]
        work.session.add_all(_price(key, wanted[key]) for key in fresh)
        return len(fresh)


def _wanted(catalogue: Catalogue) -> Iterator[tuple[PriceKey, int]]:
    """The prices that the file wants on sale."""
    for add_on_id, add_on in catalogue.add_ons.items():
        for plan_id, plan in add_on.plans.items():
            for interval, amount in plan.prices().items():
                yield (add_on_id, plan_id, interval, catalogue.currency), catalogue.minor(amount)


def _keep_names(work: Work, add_on_id: str, add_on: AddOnEntry) -> None:
    work.session.merge(AddOn(id=add_on_id, name=add_on.name))
    for rank, (plan_id, plan) in enumerate(add_on.plans.items()):
        work.session.merge(Plan(add_on_id=add_on_id, id=plan_id, name=plan.name, rank=rank))


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
