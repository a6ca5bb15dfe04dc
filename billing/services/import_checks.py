"""Whether a line can be imported: what it becomes here, by the rules by which it will be charged later."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from billing.invoicing.drafts import Drafter
from billing.invoicing.parties import Party, buyer_of
from billing.models import PaymentMethod, Person, Price, Property
from billing.payments.opening import refuse_unless_charged_exactly
from billing.ports import SavedCard
from billing.services.import_knowledge import Known
from billing.values.addresses import BillingAddress
from billing.values.charges import ChargeLimits
from billing.values.companies import Company
from billing.values.cycles import Anchor, Period, local_date, zone_of
from billing.values.errors import BadFields, NotAnAmount, Refusal, Unfit
from billing.values.imports import Running, field_fault
from billing.values.money import Money, read_amount

# What the gateway says of each saved card that a line names: the card, None where it has none, or a fault.
Cards = Mapping[str, SavedCard | Unfit]
Faults = tuple[Unfit | Refusal, ...]


class Wrong(Exception):
    """The line cannot be imported; it carries why."""

    def __init__(self, *faults: Unfit | Refusal) -> None:
        super().__init__()
        self.faults: Faults = faults


@dataclass(frozen=True, slots=True)
class Planned:
    """What a line becomes: everything of a subscription but its id. `charge` is its next one, with VAT."""

    running: Running
    prop: Property
    person: Person
    price: Price
    anchor: Anchor
    period: Period
    card: PaymentMethod | SavedCard | None
    address: BillingAddress | None
    company: Company | None
    charge: Money | None


@dataclass(frozen=True, slots=True)
class Checker:
    """Checks lines against what is known of them, at one moment."""

    known: Known
    cards: Cards
    drafter: Drafter
    limits: Callable[[str], ChargeLimits]
    now: datetime

    def planned(self, running: Running) -> Planned:
        """What becomes of the line. Raises Wrong."""
        prop, person = self._owner(running)
        price = self._price(running, prop)
        anchor, period = _period(running, prop, self.now)
        address, company = _buyer(running, prop)
        card = self._card(running)
        planned = Planned(running, prop, person, price, anchor, period, card, address, company, None)
        if running.cancelled:
            return planned
        return self._charged(planned)

    def _owner(self, running: Running) -> tuple[Property, Person]:
        prop = self.known.properties.get((running.workspace_id, running.property_id))
        if prop is None:
            raise Wrong(
                Unfit(
                    "{workspace} has no property {property}: `properties list {workspace}` names those it has",
                    workspace=running.workspace_id,
                    property=running.property_id,
                )
            )
        person, role = self.known.people.get((running.workspace_id, prop.id, running.user_id), (None, None))
        if person is None or role is None or not role.writes:
            raise Wrong(
                Unfit(
                    "{user} is no owner or admin of the property: `members list {workspace} {property}` names them",
                    user=running.user_id,
                    workspace=running.workspace_id,
                    property=running.property_id,
                )
            )
        if has := self.known.running.get((*prop.key.values(), running.add_on_id)):
            raise Wrong(
                Unfit(
                    "the property has {add_on} already, as {subscription}: take the line out, or end that one first",
                    add_on=running.add_on_id,
                    subscription=has,
                )
            )
        return prop, person

    def _price(self, running: Running, prop: Property) -> Price:
        plan = self.known.plans.get((running.add_on_id, running.plan_id))
        if plan is None:
            raise Wrong(
                Unfit(
                    "the catalogue has no plan {add_on} {plan}: `catalogue show` names those it has",
                    add_on=running.add_on_id,
                    plan=running.plan_id,
                )
            )
        if running.quantity > plan.add_on.most:
            raise Wrong(
                Unfit(
                    "quantity is {quantity}: at most {most} is sold",
                    quantity=running.quantity,
                    most=plan.add_on.most,
                )
            )
        minor = _own_price(running, prop.currency)
        price = self.known.price(plan, running.interval, prop.currency, minor)
        if price is None:
            raise Wrong(
                Unfit(
                    "{add_on} {plan} is not sold per {interval} in {currency}: give it a price in that column",
                    add_on=running.add_on_id,
                    plan=running.plan_id,
                    interval=running.interval,
                    currency=prop.currency,
                )
            )
        return price

    def _card(self, running: Running) -> PaymentMethod | SavedCard | None:
        if not running.card:
            return None
        kept = self.known.cards.get((running.workspace_id, running.property_id, running.card))
        if kept is not None:
            return kept
        card = self.cards[running.card]
        if isinstance(card, Unfit):
            raise Wrong(card)
        return card

    def _charged(self, planned: Planned) -> Planned:
        """Nothing is charged later that cannot be issued: the next invoice is drafted now."""
        running, prop, card = planned.running, planned.prop, planned.card
        party = Party(
            prop.name,
            prop.time_zone,
            prop.time_zone,
            buyer_of(planned.address, planned.company, planned.person.name_on_documents, prop.country),
            card.shown if card else "",
        )
        following = planned.anchor.period(planned.period.index + 1)
        try:
            draft = self.drafter.cycle_for(party, planned.price, running.quantity, following)
            draft.refuse_if_incomplete()
            refuse_unless_charged_exactly(draft.document.total, self.limits(prop.currency))
        except Refusal as refusal:
            raise Wrong(refusal) from None
        return replace(planned, charge=draft.document.total)


def _own_price(running: Running, currency: str) -> int | None:
    """The price of the line in minor units; None where it has none of its own."""
    if running.currency and running.currency != currency:
        raise Wrong(
            Unfit(
                "currency is {currency}, and the property pays in {other}",
                currency=running.currency,
                other=currency,
            )
        )
    if not running.price:
        return None
    try:
        return read_amount(running.price, currency).minor
    except NotAnAmount:
        raise Wrong(
            Unfit(
                "price is {price}: no amount above zero in {currency}, written without thousands",
                price=running.price,
                currency=currency,
            )
        ) from None


def _period(running: Running, prop: Property, now: datetime) -> tuple[Anchor, Period]:
    """The cycle in which it is, which must be the last one that was paid for.

    Cycles are counted in the property's zone. Where those between two moments are not, they may be in UTC, as
    Stripe counts: the clocks were put forward or back in between, or the day of the month is another there.
    """
    zone = prop.time_zone
    anchor, *others = _anchors(running, zone)
    if anchor.start_of(0) > now:
        raise Wrong(Unfit("anchor is still to come: it is the first day of the first cycle"))
    period = anchor.period_at(now)
    for one in (anchor, *others):
        if _is_paid_to(running.paid_through, (found := one.period_at(now)).end_at, zone):
            return one, found
    last_day = local_date(period.end_at, zone) - timedelta(days=1)
    paid = _day_of(running.paid_through, zone)
    if paid < local_date(now, zone):
        raise Wrong(
            Unfit(
                "paid_through is {paid}, which is over: renew it there, and write up to when that is paid",
                paid=paid,
            )
        )
    if paid > last_day and any(
        _is_paid_to(running.paid_through, anchor.start_of(period.index + cycles), zone)
        for cycles in range(2, 62)
    ):
        raise Wrong(
            Unfit(
                "paid_through is {paid}, and its cycle ends on {last_day}: import it in its last paid cycle",
                paid=paid,
                last_day=last_day,
            )
        )
    raise Wrong(
        Unfit(
            "paid_through is {paid}, and by its anchor the cycle ends on {last_day}: correct one of them",
            paid=paid,
            last_day=last_day,
        )
    )


def _anchors(running: Running, zone: str) -> list[Anchor]:
    """From which its cycles may be counted, the likeliest first."""
    began = running.anchor
    if not isinstance(began, datetime):
        return [Anchor(datetime.combine(began, time()), zone, running.interval)]
    zones = [zone, "UTC"] if isinstance(running.paid_through, datetime) else [zone]
    return [Anchor.at(began, each, running.interval) for each in zones]


def _is_paid_to(paid_through: date | datetime, end_at: datetime, zone: str) -> bool:
    """A day is the last one that was paid for, as invoices have it; a moment is the end itself."""
    if isinstance(paid_through, datetime):
        return paid_through == end_at
    return paid_through == local_date(end_at, zone) - timedelta(days=1)


def _day_of(paid_through: date | datetime, zone: str) -> date:
    if isinstance(paid_through, datetime):
        return paid_through.astimezone(zone_of(zone)).date()
    return paid_through


def _buyer(running: Running, prop: Property) -> tuple[BillingAddress | None, Company | None]:
    """For whom its invoices are; without an address, the person who pays."""
    try:
        address = BillingAddress.typed(**running.address) if running.address else None
        company = Company.typed(address.country if address else prop.country, **running.company)
    except BadFields as bad:
        raise Wrong(*(field_fault(name, fault) for name, fault in bad.faults.items())) from None
    return address, company
