"""The catalogue: what is sold, brought up to a versioned file, with what that changes shown first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from billing.facts import write_facts
from billing.models import AddOn, CatalogueVersion, Plan, Price
from billing.models.base import new_id
from billing.models.catalogue import ChangePolicy
from billing.models.resources import entitlement_resource
from billing.queries.catalogue import add_ons, newest_version, plans
from billing.queries.listings import last_of_living, told_other_quota
from billing.queries.prices import all_on_sale
from billing.values.catalogue import AddOnEntry, Catalogue, read_catalogue
from billing.values.cycles import Interval
from billing.values.errors import CatalogueInvalid, Unfit
from billing.values.facts import FactType
from billing.values.money import Money
from billing.work import Billing, Work

PriceKey = tuple[str, str, Interval, str]
# So many plans at a time are looked at, and told where their quota is another one.
BATCH_SIZE = 1_000
# What makes a price: minor units and the days that a new subscription is free.
Terms = tuple[int, int]


@dataclass(frozen=True, slots=True)
class CatalogueChange:
    """One thing that a file changes: what, and how it was and will be; None where it is not there or not sold."""

    what: str
    before: str | None
    after: str | None


def preview(billing: Billing, path: Path) -> tuple[CatalogueChange, ...]:
    """What applying the file would change, by the code that applies it. Raises CatalogueInvalid."""
    with billing.dry_run("catalogue.preview") as work:
        return _bring_up(work, read_catalogue(path))


def apply(billing: Billing, path: Path, *, batch_size: int = BATCH_SIZE) -> tuple[CatalogueChange, ...]:
    """Brings what is on sale up to the file; answers what that changed.

    A price that changed is a new one: those who have the old one keep it (product, line 42). Raises
    CatalogueInvalid, with nothing changed, where the file cannot be read as a catalogue, is older than the one in
    force, or says other things under the same version. Who has another quota by it is told to the seller's product.
    """
    with billing.work("catalogue.apply") as work:
        changes = _bring_up(work, read_catalogue(path))
    _tell_quotas(billing, batch_size)
    return changes


def _bring_up(work: Work, catalogue: Catalogue) -> tuple[CatalogueChange, ...]:
    before = _said(work)
    _keep_version(work, catalogue)
    for add_on_id, add_on in catalogue.add_ons.items():
        _keep_names(work, add_on_id, add_on)
    _keep_prices(work, dict(_wanted(catalogue)))
    work.session.flush()
    after = _said(work)
    return tuple(
        CatalogueChange(" ".join(what), before.get(what), after.get(what))
        for what in sorted(before.keys() | after.keys())
        if before.get(what) != after.get(what)
    )


def _keep_version(work: Work, catalogue: Catalogue) -> None:
    version, digest = catalogue.version, catalogue.digest()
    newest = work.session.scalars(newest_version()).one()
    if version < newest:
        raise CatalogueInvalid(
            Unfit("version: {newest} is in force, this file is {version}", newest=newest, version=version)
        )
    if version > newest:
        work.session.add(CatalogueVersion(version=version, applied_at=work.now, digest=digest))
    elif work.session.get_one(CatalogueVersion, version).digest != digest:
        raise CatalogueInvalid(
            Unfit(
                "version: {version} is in force and says other things; make this one {next}",
                version=version,
                next=version + 1,
            )
        )


def _keep_names(work: Work, add_on_id: str, add_on: AddOnEntry) -> None:
    policy = ChangePolicy(add_on.change_policy)
    kept = AddOn(
        id=add_on_id,
        name=add_on.name,
        change_policy=policy,
        transferable=add_on.transferable,
        most=add_on.most,
    )
    work.session.merge(kept)
    for rank, (plan_id, plan) in enumerate(add_on.plans.items()):
        row = Plan(add_on_id=add_on_id, id=plan_id, name=plan.name, rank=rank, quota=plan.quota)
        work.session.merge(row)


def _keep_prices(work: Work, wanted: dict[PriceKey, Terms]) -> None:
    on_sale = {_key(price): price for price in work.session.scalars(all_on_sale())}
    for key, price in on_sale.items():
        if wanted.get(key) != (price.minor, price.trial_days):
            price.on_sale = False
    work.session.flush()  # the old prices leave before the new ones come: one on sale of each kind
    fresh = [key for key in wanted if key not in on_sale or not on_sale[key].on_sale]
    work.session.add_all(_price(key, wanted[key]) for key in fresh)


def _wanted(catalogue: Catalogue) -> Iterator[tuple[PriceKey, Terms]]:
    """The prices that the file wants on sale."""
    for add_on_id, add_on in catalogue.add_ons.items():
        for plan_id, plan in add_on.plans.items():
            for interval, price in catalogue.prices(plan):
                if add_on.sold and plan.sold:
                    yield (add_on_id, plan_id, interval, price.currency), (price.minor, plan.trial_days)


def _tell_quotas(billing: Billing, size: int) -> None:
    """Tells what plans that live entitle to from now on, also where an earlier apply was cut off before it had.

    Batch by batch, each in a transaction that holds its plans: whoever changes one of them has told of it before, or
    reads the new quota.
    """
    after: dict[str, str] | None = {"after_workspace": "", "after_id": ""}
    while after is not None:
        with billing.work("catalogue.quotas") as work:
            after = _tell_batch(work, after, size)


def _tell_batch(work: Work, after: dict[str, str], size: int) -> dict[str, str] | None:
    """Looks at so many behind that key; answers the last one's, None where there are no more."""
    last = work.session.execute(last_of_living(), {**after, "skipped": size - 1}).mappings().first()
    rows = work.session.execute(told_other_quota(to_last=last is not None), {**after, **(last or {})})
    facts = [(FactType.ENTITLEMENTS_CHANGED, entitlement_resource(dict(row))) for row in rows.mappings()]
    write_facts(work.session, facts, work.now)
    return {"after_workspace": last["last_workspace"], "after_id": last["last_id"]} if last else None


def _said(work: Work) -> dict[tuple[str, ...], str]:
    """What the catalogue says now, each thing under its name."""
    said: dict[tuple[str, ...], str] = {}
    for add_on in work.session.scalars(add_ons()):
        said[add_on.id, "name"] = add_on.name
        said[add_on.id, "change_policy"] = str(add_on.change_policy)
        said[add_on.id, "transferable"] = "yes" if add_on.transferable else "no"
        said[add_on.id, "most"] = str(add_on.most)
    for plan in work.session.scalars(plans()):
        said[plan.add_on_id, plan.id, "name"] = plan.name
        said[plan.add_on_id, plan.id, "place"] = str(plan.rank + 1)
        if plan.quota is not None:
            said[plan.add_on_id, plan.id, "quota"] = str(plan.quota)
    for price in work.session.scalars(all_on_sale()):
        trial = f", {price.trial_days} days free" if price.trial_days else ""
        said[_key(price)] = f"{Money(price.minor, price.currency).decimal}{trial}"
    return said


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
