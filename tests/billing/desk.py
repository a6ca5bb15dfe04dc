"""The desk that billing's tests work at: real database, real services, a clock that is turned by hand."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache
from pathlib import Path
from threading import Barrier
from typing import Any

from sqlalchemy import Dialect, Engine, event, or_, select, text

from billing import Actor, Billing
from billing.adapters import database
from billing.adapters.gateways.sandbox import SandboxGateway
from billing.bootstrap import make_billing
from billing.models import AuditEntry, Base, Invoice, OutboxMessage, Payment
from billing.models.clock import from_now
from billing.renewals.single import DueReport
from billing.services import (
    catalogue,
    due_work,
    members,
    payment_methods,
    properties,
    purchases,
    subscriptions,
)
from billing.settings import BillingSettings
from billing.values.actors import Role
from billing.values.addresses import BillingAddress
from billing.values.cycles import Interval
from billing.values.errors import Refusal
from billing.values.snapshots import CardSnapshot, PropertySnapshot, SubscriptionSnapshot
from tests import lock_order
from tests.postgresql import let_rest, wake_sessions
from tests.serving import wait_for_pools

CATALOGUE = Path(__file__).with_name("catalogue.toml")
WORKSPACE = "T0001"
OPENED_AT = datetime(2026, 1, 31, 9, 30, tzinfo=UTC)
VISA = CardSnapshot("Visa", "4242", 12, 2030)
MILANO = BillingAddress("Esempio S.r.l.", "Via Roma 1", "Milano", "IT", postal_code="20121", region="MI")


def at_once(*acts: Callable[[], object]) -> list[Any]:
    """Runs the acts in threads that start together: what each answered, or the refusal that it met."""
    gate = Barrier(len(acts))

    def run(act: Callable[[], object]) -> object:
        gate.wait(timeout=20)
        try:
            return act()
        except Refusal as refusal:
            return refusal

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


@contextmanager
def both_look_before_either_writes(engine: Engine, table: str) -> Iterator[None]:
    """Two who read that table within it go on when both have: neither sees what the other is about to write."""
    both_have_looked = Barrier(2)

    def wait_for_the_other(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith("SELECT") and f"FROM {table}" in statement:
            both_have_looked.wait(timeout=30)

    event.listen(engine, "after_cursor_execute", wait_for_the_other)
    try:
        yield
    finally:
        event.remove(engine, "after_cursor_execute", wait_for_the_other)


# Who came by, and the hash of a document's first drawing: what a reader leaves behind.
KEPT_OF_READING = ("persons", "drawings")
# That something was written is no more than what was written.
NOTED = ("sealed_rows", "seals")


@lru_cache(maxsize=4)
def engine_of(database_url: str) -> Engine:
    """An engine remembers the statements that it has compiled: tests with the same address share it."""
    engine = database.connect(database_url)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", never_wait_for_the_disk)
    else:
        wake_sessions(engine, database_url)
        lock_order.watch(engine)
    return engine


def never_wait_for_the_disk(connection: Any, _record: object) -> None:
    """No test takes the power away: who is killed has written, and what is written outlives them without that."""
    connection.execute("PRAGMA synchronous=OFF")


@cache
def _reading_all(dialect: Dialect, but_columns: tuple[str, ...]) -> dict[str, str]:
    """What reads each table, but for those columns of it."""
    return {
        table.name: str(select(*(c for c in table.c if c.name not in but_columns)).compile(dialect=dialect))
        for table in Base.metadata.sorted_tables
    }


def rows_of_tables(
    engine: Engine, but: Collection[str] = (), but_columns: tuple[str, ...] = ()
) -> dict[str, list[str]]:
    """All rows of the tables at one moment, as their driver has them: nothing is made of them but text."""
    with engine.begin() as connection:
        driver: Any = connection.connection.driver_connection
        return {
            name: sorted(map(repr, driver.execute(sql).fetchall()))
            for name, sql in _reading_all(engine.dialect, but_columns).items()
            if name not in but
        }


@lru_cache(maxsize=4)
def settings_of(database_url: str) -> BillingSettings:
    """The desk's. To read the environment for each test would take as long as a purchase."""
    return BillingSettings(database_url=database_url, seller_name="Venditore S.p.A.")


def furnish(database_url: str) -> None:
    """Puts what every desk has into an empty database: the catalogue, and a workspace."""
    billing = replace(
        make_billing(settings_of(database_url), lambda: OPENED_AT), engine=engine_of(database_url)
    )
    catalogue.apply(billing, CATALOGUE)
    properties.register_workspace(billing, WORKSPACE, "Esempio", "it")
    let_rest(billing.engine, database_url)


@dataclass
class Clock:
    now: datetime

    def __call__(self) -> datetime:
        return self.now


@dataclass(frozen=True)
class Desk:
    """A billing desk, its clock, its pretend gateway, and short words for what tests do again and again."""

    billing: Billing
    clock: Clock
    gateway: SandboxGateway
    cards: dict[str, str] = field(default_factory=dict)
    keys: Iterator[int] = field(default_factory=itertools.count)

    @classmethod
    @contextmanager
    def open(cls, database_url: str, gateway: SandboxGateway | None = None) -> Iterator[Desk]:
        """At an empty database, which is furnished first."""
        furnish(database_url)
        with cls.at(database_url, gateway) as desk:
            yield desk

    @classmethod
    @contextmanager
    def at(cls, database_url: str, gateway: SandboxGateway | None = None) -> Iterator[Desk]:
        """At one that was furnished."""
        clock, gateway = Clock(OPENED_AT), gateway or SandboxGateway()
        billing = replace(
            make_billing(settings_of(database_url), clock, gateway), engine=engine_of(database_url)
        )
        yield cls(billing, clock, gateway)
        wait_for_pools()
        let_rest(billing.engine, database_url)

    def person(self, user_id: str, name: str = "Giulia Rossi", workspace_id: str = WORKSPACE) -> Actor:
        actor = Actor(workspace_id, user_id)
        members.meet(self.billing, actor, name, f"{user_id.lower()}@example.com")
        return actor

    def owner(self, user_id: str = "UOWNER") -> Actor:
        return self.person(user_id)

    def property_of(
        self, owner: Actor, name: str = "Piazza", channel: str | None = "CBILLING"
    ) -> PropertySnapshot:
        made = properties.create(self.billing, owner, name, "Europe/Rome", "IT", is_workspace_owner=True)
        properties.announce_in(self.billing, owner, made.id, channel)
        return made

    def member(self, owner: Actor, prop: PropertySnapshot, user_id: str, role: Role) -> Actor:
        actor = self.person(user_id, name=role.title())
        members.set_role(self.billing, owner, prop.id, user_id, role)
        return actor

    def card(self, owner: Actor, prop: PropertySnapshot, token: str = "tok_visa") -> str:
        """A saved card of the property; what it does stands in its token (`tok_declines`)."""
        kept = f"{prop.id} {token}"
        if kept not in self.cards:
            self.cards[kept] = payment_methods.keep(self.billing, owner, prop.id, token, VISA)
        return self.cards[kept]

    def key(self) -> str:
        """The key of one more confirmation."""
        return f"key {next(self.keys)}"

    def order(
        self,
        owner: Actor,
        prop: PropertySnapshot,
        what: str = "live-chat/basic/month",
        token: str = "tok_visa",
        quantity: int = 1,
    ) -> purchases.Order:
        """An order of `add-on/plan/interval`, to be paid by that card."""
        add_on, plan, interval = what.split("/")
        card = self.card(owner, prop, token)
        return purchases.Order(prop.id, add_on, plan, Interval(interval), card, MILANO, quantity=quantity)

    def buy(
        self,
        owner: Actor,
        prop: PropertySnapshot,
        what: str = "live-chat/basic/month",
        token: str = "tok_visa",
        quantity: int = 1,
    ) -> SubscriptionSnapshot:
        order = self.order(owner, prop, what, token, quantity)
        return purchases.purchase(self.billing, owner, order, key=self.key()).subscription

    def subscribed(
        self,
        owner: Actor,
        prop: PropertySnapshot,
        add_on: str = "ai-assist",
        plan: str = "growth",
        interval: Interval = Interval.MONTH,
        address: BillingAddress | None = MILANO,
    ) -> SubscriptionSnapshot:
        order = self.order(owner, prop, f"{add_on}/{plan}/{interval}")
        order = replace(order, address=address)
        return purchases.purchase(self.billing, owner, order, key=self.key()).subscription

    def plan(self, subscription_id: str) -> SubscriptionSnapshot:
        """The subscription as its owner sees it now."""
        return subscriptions.look_at(self.billing, Actor(WORKSPACE, "UOWNER"), subscription_id)

    def turn_to(self, moment: datetime) -> DueReport:
        """Turns the clock and does what is due, as the scheduler would."""
        self.wait(moment - self.clock.now)
        return due_work.run_due(self.billing)

    def turn(self, **span: float) -> DueReport:
        return self.turn_to(self.clock.now + timedelta(**span))

    def wait(self, span: timedelta) -> None:
        """Turns the clock, and with it the time for which messages are held or wait for their next try."""
        self.clock.now += span
        with self.billing.work("test") as work:
            waits = or_(OutboxMessage.tries > 0, OutboxMessage.last_error.is_not(None))
            tried = select(OutboxMessage).where(OutboxMessage.told_at.is_(None), waits)
            for message in work.session.scalars(tried):
                message.due_at -= span
                message.claimed_until = message.claimed_until and message.claimed_until - span

    def age_messages(self, span: timedelta) -> None:
        """What the outbox holds has been there for so much longer."""
        with self.billing.work("test") as work:
            for message in work.session.scalars(select(OutboxMessage)):
                message.queued_at -= span
                message.quarantined_at = message.quarantined_at and message.quarantined_at - span

    def tries_again_after(self, wait: timedelta, act: Callable[[], object]) -> bool:
        """Whether the act leaves the message that is due last to wait so long, by the database's clock."""
        tried = select(OutboxMessage.due_at).order_by(OutboxMessage.due_at.desc()).limit(1)
        with self.billing.read("test") as work:
            before = work.session.scalars(select(from_now())).one()
        act()
        with self.billing.read("test") as work:
            after, due_at = work.session.scalars(select(from_now())).one(), work.session.scalars(tried).one()
        return before + wait <= due_at <= after + wait

    def rows(self, sql: str, **values: Any) -> list[Any]:
        """What stands in the tables, read past all services."""
        with self.billing.engine.begin() as connection:  # at a rollback the driver forgets its statements
            return list(connection.execute(text(sql), values))

    def invoices(self) -> list[Invoice]:
        """All invoices, in the order in which they were issued."""
        with self.billing.read("test") as work:
            return list(work.session.scalars(select(Invoice).order_by(Invoice.issued_at, Invoice.sequence)))

    def payments(self) -> list[Payment]:
        """All payments, in the order in which they were opened."""
        with self.billing.read("test") as work:
            return list(work.session.scalars(select(Payment).order_by(Payment.created_at, Payment.id)))

    def charged(self) -> list[int]:
        """What was really collected, in minor units."""
        return [order.amount.minor for order in self.gateway.charged()]

    def told(self) -> list[str]:
        """The kinds of what the team was told in its channel, oldest first."""
        return [
            row.kind
            for row in self.rows("SELECT kind FROM outbox WHERE audience = 'slack_channel' ORDER BY number")
        ]

    def audit(self, act: str) -> list[AuditEntry]:
        """What the audit log says of the act, oldest first."""
        with self.billing.read("test") as work:
            entries = select(AuditEntry).where(AuditEntry.act == act).order_by(AuditEntry.at, AuditEntry.id)
            return list(work.session.scalars(entries))

    def execute(self, sql: str, **values: Any) -> None:
        """Changes rows past all services, as only a mistake or a disaster would."""
        with self.billing.engine.begin() as connection:
            connection.execute(text(sql), values)

    def everything(self, *, but: tuple[str, ...] = ()) -> dict[str, list[str]]:
        """All rows of all tables, to see what an act changed."""
        return rows_of_tables(self.billing.engine, (*but, *NOTED))
