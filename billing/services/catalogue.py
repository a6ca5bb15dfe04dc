"""The catalogue: what is sold, brought up to a file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import select

from billing.domain.catalogue import AddOnEntry, Catalogue, read_catalogue
from billing.domain.cycles import Interval
from billing.domain.models import AddOn, Plan, Price
from billing.domain.models.base import new_id
from billing.domain.models.catalogue import ChangePolicy
from billing.work import Billing, Work

PriceKey = tuple[str, str, Interval, str]
# What makes a price: minor units and the days that a new subscription is free.
Terms = tuple[int, int]


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
            if wanted.get(key) != (price.minor, price.trial_days):
                price.on_sale = False
        work.session.flush()  # the old prices leave before the new ones come: one on sale of each kind
        fresh = [key for key in wanted if key not in on_sale or not on_sale[key].on_sale]
        work.session.add_all(_price(key, wanted[key]) for key in fresh)
        return len(fresh)


def _wanted(catalogue: Catalogue) -> Iterator[tuple[PriceKey, Terms]]:
    """The prices that the file wants on sale."""
    for add_on_id, add_on in catalogue.add_ons.items():
        for plan_id, plan in add_on.plans.items():
            for interval, amount in plan.prices().items():
                key = (add_on_id, plan_id, interval, catalogue.currency)
                yield key, (catalogue.minor(amount), plan.trial_days)


def _keep_names(work: Work, add_on_id: str, add_on: AddOnEntry) -> None:
    policy = ChangePolicy(add_on.change_policy)
    kept = AddOn(id=add_on_id, name=add_on.name, change_policy=policy, transferable=add_on.transferable)
    work.session.merge(kept)
    for rank, (plan_id, plan) in enumerate(add_on.plans.items()):
        row = Plan(add_on_id=add_on_id, id=plan_id, name=plan.name, rank=rank, quota=plan.quota)
        work.session.merge(row)


def _key(price: Price) -> PriceKey:
    return price.add_on_id, price.plan_id, price.interval, price.currency


def _price(key: PriceKey, terms: Terms) -> Price:
    add_on_id, plan_id, interval, currency = key
    minor, trial_days = terms
    return Price(
        id=new_id("price"),
        add_on_id=add_on_id,
        plan_id=plan_id,
        interval=interval,
        currency=currency,
        minor=minor,
        trial_days=trial_days,
        on_sale=True,
    )
