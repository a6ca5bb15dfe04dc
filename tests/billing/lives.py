"""Whole lives of subscriptions: a clock that goes from one moment of the agenda to the next, doing the due work."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from billing import Actor, Billing
from billing.adapters.gateways.sandbox import SandboxGateway
from billing.bootstrap import make_billing
from billing.models import Payment, PaymentAttempt, Posting
from billing.models.ledger import Account
from billing.models.payments import AttemptState
from billing.services import agenda, catalogue, due_work, members, payment_methods, properties, purchases
from billing.services.verify import Finding, verify
from billing.settings import BillingSettings
from billing.values.addresses import BillingAddress
from billing.values.companies import Company
from billing.values.cycles import Interval
from billing.values.snapshots import CardSnapshot, SubscriptionSnapshot
from tests.billing.desk import MILANO, Clock, engine_of
from tests.postgresql import let_rest

WORKSPACE = "T0001"
VISA = CardSnapshot("Visa", "4242", 12, 2035)
CATALOGUE = """
version = 1
currency = "EUR"

[add_ons.plain]
name = "Plain"
plans.small = { name = "Small", month = "29.00", year = "290.00" }
plans.large = { name = "Large", month = "99.00", year = "990.00" }

[add_ons.flexible]
name = "Flexible"
change_policy = "prorate"
plans.small = { name = "Small", month = "10.00", year = "100.00" }
plans.large = { name = "Large", month = "20.00", year = "200.00" }

[add_ons.anew]
name = "Anew"
change_policy = "reset"
plans.small = { name = "Small", month = "10.00", year = "100.00" }
plans.large = { name = "Large", month = "20.00", year = "200.00" }

[add_ons.tried]
name = "Tried"
change_policy = "prorate"
plans.small = { name = "Small", month = "10.00", year = "100.00", trial_days = 14 }
plans.large = { name = "Large", month = "20.00", year = "200.00", trial_days = 14 }
"""


def at(local: str, zone: str = "Europe/Rome") -> datetime:
    """The moment of a wall clock: at("2026-01-31 10:00", "Europe/Rome")."""
    return datetime.fromisoformat(local).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


@dataclass(frozen=True)
class Charge:
    """Money that the gateway collected: when, how many minor units, and for what."""

    at: datetime
    minor: int
    subscription_id: str


@dataclass(frozen=True)
class Lives:
    """A billing desk with a pretend gateway, a clock, and one owner."""

    billing: Billing
    clock: Clock
    gateway: SandboxGateway
    owner: Actor

    @classmethod
    @contextmanager
    def open(cls, database_url: str, folder: Path, begins_at: datetime) -> Iterator[Lives]:
        clock, gateway = Clock(begins_at), SandboxGateway()
        made = make_billing(BillingSettings(database_url=database_url), clock, gateway)
        # One worker: what happens first must not be left to chance.
        billing = replace(made, workers=1, engine=engine_of(database_url))
        (folder / "catalogue.toml").write_text(CATALOGUE, encoding="utf-8")
        catalogue.apply(billing, folder / "catalogue.toml")
        properties.register_workspace(billing, WORKSPACE, "Esempio", "it")
        owner = Actor(WORKSPACE, "UOWNER")
        members.meet(billing, owner, "Giulia Rossi", "giulia@example.com")
        yield cls(billing, clock, gateway, owner)
        let_rest(billing.engine, database_url)

    def property_in(self, zone: str, name: str = "Piazza", country: str = "IT") -> str:
        made = properties.create(self.billing, self.owner, name, zone, country, is_workspace_owner=True)
        properties.announce_in(self.billing, self.owner, made.id, "CBILLING")
        return made.id

    def card(self, property_id: str, token: str = "tok_succeeds") -> str:
        return payment_methods.keep(self.billing, self.owner, property_id, token, VISA)

    def buy(
        self,
        property_id: str,
        card: str,
        add_on: str = "plain",
        plan: str = "small",
        interval: Interval = Interval.MONTH,
        quantity: int = 1,
        address: BillingAddress = MILANO,
        company: Company | None = None,
    ) -> SubscriptionSnapshot:
        order = purchases.Order(
            property_id, add_on, plan, interval, card, address, quantity=quantity, company=company
        )
        key = f"{property_id} {add_on} {self.clock.now.isoformat()}"
        return purchases.purchase(self.billing, self.owner, order, key=key).subscription

    def live_until(self, moment: datetime) -> None:
        """Turns the clock to each moment of the schedule up to that one, and does the due work there and then."""
        while (coming := self.next_moment()) is not None and coming <= moment:
            self.turn_to(coming)
        self.turn_to(moment)

    def turn_to(self, moment: datetime) -> None:
        """Turns the clock and does what is due; nothing of it may fail."""
        self.clock.now = moment
        report = due_work.run_due(self.billing)
        assert report.left == 0, report

    def charges(self) -> list[Charge]:
        """What was charged and when, as the tries to collect tell it."""
        with self.billing.read("test") as work:
            rows = work.session.execute(
                select(PaymentAttempt.decided_at, Payment.minor, Payment.subscription_id)
                .join(
                    Payment,
                    (Payment.workspace_id == PaymentAttempt.workspace_id)
                    & (Payment.id == PaymentAttempt.payment_id),
                )
                .where(PaymentAttempt.state == AttemptState.SUCCEEDED)
                .order_by(PaymentAttempt.decided_at, Payment.subscription_id)
            )
            return [Charge(when, minor, subscription_id) for when, minor, subscription_id in rows if when]

    def cash(self) -> int:
        """What the gateway holds, as the ledger tells it."""
        with self.billing.read("test") as work:
            cash = select(func.sum(Posting.minor)).where(Posting.account == Account.CASH)
            return int(work.session.scalar(cash) or 0)

    def collected(self) -> int:
        """What the gateway holds, as the gateway tells it."""
        return sum(order.amount.minor for order in self.gateway.charged())

    def findings(self) -> tuple[Finding, ...]:
        return verify(self.billing)

    def next_moment(self) -> datetime | None:
        """When the schedule has something to do next."""
        return agenda.next_due(self.billing, WORKSPACE)
