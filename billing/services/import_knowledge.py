"""What is known here of the lines of an import: properties, people, plans, cards, and what was imported before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from billing.models import ImportedSubscription, PaymentMethod, Person, Plan, Price, Property
from billing.models.base import new_id
from billing.queries import imports as queries
from billing.values.actors import Role
from billing.values.cycles import Interval
from billing.values.imports import Running
from billing.work import Work

Key = tuple[str, ...]


@dataclass
class Known:
    """Of one batch of lines; what they become is noted in it as well, so that none is had twice."""

    properties: dict[Key, Property] = field(default_factory=dict)
    people: dict[Key, tuple[Person, Role]] = field(default_factory=dict)
    running: dict[Key, str] = field(default_factory=dict)
    cards: dict[Key, PaymentMethod] = field(default_factory=dict)
    plans: dict[Key, Plan] = field(default_factory=dict)
    new_prices: list[Price] = field(default_factory=list)
    _on_sale: dict[tuple[str, str, Interval, str], Price] = field(default_factory=dict)
    _prices: dict[tuple[str, str, Interval, str, int], Price] = field(default_factory=dict)

    @classmethod
    def of(cls, work: Work, lines: Sequence[Running], *, lock: bool) -> Known:
        """What stands in the books; with `lock` the properties stay as they are to the end of the transaction."""
        known, session = cls(), work.session
        keys = sorted({(one.workspace_id, one.property_id) for one in lines})
        statement = queries.locked_properties() if lock else queries.properties()
        for prop in session.scalars(statement, {"keys": keys}):
            known.properties[prop.workspace_id, prop.id] = prop
        members = {(one.workspace_id, one.property_id, one.user_id) for one in lines}
        for property_id, person, role in session.execute(queries.people(), {"keys": sorted(members)}):
            known.people[person.workspace_id, property_id, person.user_id] = (person, role)
        for *has, subscription_id in session.execute(queries.running_of(), {"keys": keys}):
            known.running[tuple(has)] = subscription_id
        tokens = {(one.workspace_id, one.property_id, one.card) for one in lines if one.card}
        for card in session.scalars(queries.cards(), {"keys": sorted(tokens)}):
            known.cards[card.workspace_id, card.property_id, card.token] = card
        known._read_catalogue(work)
        return known

    def price(self, plan: Plan, interval: Interval, currency: str, minor: int | None) -> Price | None:
        """The price on sale, or the one of that amount: that which others have already, or else a new one.

        A new one is not on sale: who has it keeps it, as with a price that was replaced. None where nothing is sold.
        """
        key = (plan.add_on_id, plan.id, interval, currency)
        if minor is None:
            return self._on_sale.get(key)
        found = self._prices.get((*key, minor))
        if found is None:
            found = self._prices[*key, minor] = _kept_price(plan, interval, currency, minor)
            self.new_prices.append(found)
        return found

    def _read_catalogue(self, work: Work) -> None:
        for plan in work.session.scalars(queries.all_plans()):
            self.plans[plan.add_on_id, plan.id] = plan
        for price in work.session.scalars(queries.all_prices()):
            key = (price.add_on_id, price.plan_id, price.interval, price.currency)
            if price.on_sale:
                self._on_sale[key] = price
            self._prices.setdefault((*key, price.minor), price)


def imported_before(work: Work, keys: Sequence[Key]) -> dict[Key, ImportedSubscription]:
    """Those of the keys (workspace, reference) that stand in the books."""
    rows = work.session.scalars(queries.imported(), {"keys": sorted(set(keys))})
    return {(row.workspace_id, row.reference): row for row in rows}


def _kept_price(plan: Plan, interval: Interval, currency: str, minor: int) -> Price:
    return Price(
        id=new_id("price"),
        plan=plan,
        add_on_id=plan.add_on_id,
        plan_id=plan.id,
        interval=interval,
        currency=currency,
        minor=minor,
        trial_days=0,
        on_sale=False,
    )
