"""Due work in bulk does what the one-at-a-time rule does: two twins of each kind, one worked each way."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count

import psycopg
import pytest
from sqlalchemy import make_url, select, text, update
from structlog.testing import capture_logs

from billing.adapters import database
from billing.adapters.gateways.sandbox import Behaviour
from billing.models import Base, Subscription
from billing.models.base import new_ids
from billing.renewals import bulk, bulk_endings
from billing.renewals.single import catch_up
from billing.services import changes, due_work, properties, subscriptions
from billing.services.changes import PlanSelection
from billing.services.verify import verify
from billing.values.cycles import Interval
from billing.values.snapshots import PropertySnapshot
from tests.billing.desk import WORKSPACE, Desk, at_once, furnish
from tests.conftest import own_database
from tests.crashes import grant_credit

SPRING_2025 = datetime(2025, 3, 31, 9, 30, tzinfo=UTC)
JANUARY = datetime(2026, 1, 31, 9, 30, tzinfo=UTC)
MARCH_1 = datetime(2026, 3, 1, tzinfo=UTC)
MARCH_27 = datetime(2026, 3, 27, tzinfo=UTC)
NOW = datetime(2026, 4, 4, tzinfo=UTC)
MONTHLY = "live-chat/basic/month"


class Kinds:
    """What the population is made of: each kind is prepared for one property."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.owner = desk, desk.owner()
        self.wishes: list[tuple[str, PlanSelection]] = []
        self.unwanted: list[str] = []

    def buy(
        self, of: PropertySnapshot, what: str = MONTHLY, token: str = "tok_visa", quantity: int = 1
    ) -> str:
        return self.desk.buy(self.owner, of, what, token, quantity).id

    def plain(self, of: PropertySnapshot) -> None:
        self.buy(of)

    def several(self, of: PropertySnapshot) -> None:
        self.buy(of, quantity=3)

    def in_no_channel(self, of: PropertySnapshot) -> None:
        properties.announce_in(self.desk.billing, self.owner, of.id, None)
        self.buy(of)

    def without_address(self, of: PropertySnapshot) -> None:
        self.desk.subscribed(self.owner, of, address=None)

    def without_card(self, of: PropertySnapshot) -> None:
        self.desk.execute("UPDATE subscriptions SET payment_method_id = NULL WHERE id = :s", s=self.buy(of))

    def past_due(self, of: PropertySnapshot) -> None:
        self.buy(of, token="tok_fails")

    def cancelled_past_due(self, of: PropertySnapshot) -> None:
        self.unwanted.append(self.buy(of, token="tok_fails"))

    def cancelled(self, of: PropertySnapshot) -> None:
        subscriptions.cancel(self.desk.billing, self.owner, self.buy(of), "Too dear")

    def cancelled_in_no_channel(self, of: PropertySnapshot) -> None:
        self.cancelled(of)
        properties.announce_in(self.desk.billing, self.owner, of.id, None)

    def planned(self, of: PropertySnapshot) -> None:
        wish = PlanSelection("basic", Interval.MONTH)
        self.change(self.buy(of, "live-chat/pro/month"), wish)

    def with_credit(self, of: PropertySnapshot) -> None:
        self.change(self.buy(of, "live-chat/basic/year"), PlanSelection("basic", Interval.MONTH))

    def with_a_rest(self, of: PropertySnapshot) -> None:
        """0.30 of its next renewal, too little to charge: the one after it has it on top."""
        self.buy(of)
        grant_credit(self.desk, of.id, 1190)

    def untaxed(self, of: PropertySnapshot) -> None:
        bought = self.buy(of)
        self.desk.execute("UPDATE subscriptions SET address = NULL WHERE id = :s", s=bought)
        self.desk.execute("UPDATE properties SET country = 'FR' WHERE id = :p", p=of.id)

    def trial(self, of: PropertySnapshot) -> None:
        self.buy(of, "knowledge-base/standard/month")

    def cancelled_trial(self, of: PropertySnapshot) -> None:
        trial = self.buy(of, "knowledge-base/standard/month")
        subscriptions.cancel(self.desk.billing, self.owner, trial, "not_used")

    def change(self, subscription_id: str, wish: PlanSelection) -> None:
        self.wishes.append((subscription_id, wish))

    def grant(self) -> None:
        """Changes come a while after the purchase: two cycles cannot begin at one moment."""
        for subscription_id, wish in self.wishes:
            changes.change(self.desk.billing, self.owner, subscription_id, wish, key=self.desk.key())
        self.wishes.clear()

    def drop(self) -> None:
        """What is past due by now is cancelled, and its invoice stays open."""
        for subscription_id in self.unwanted:
            subscriptions.cancel(self.desk.billing, self.owner, subscription_id, "Too dear")


# What the bulk way takes, and what it leaves.
RENEWED = ("plain", "several", "in_no_channel", "without_address", "without_card")
ENDED = ("cancelled", "cancelled_in_no_channel", "cancelled_trial", "cancelled_past_due")
LEFT = ("past_due", "planned", "with_credit", "with_a_rest", "untaxed", "trial")


def populate(desk: Desk) -> dict[str, tuple[str, str]]:
    """Two properties of each kind, with what is due in them at `NOW`: their ids by kind."""
    kinds, numbers, twins = Kinds(desk), count(1), {}

    def prepare(kind: str, act: Callable[[PropertySnapshot], object]) -> None:
        both = [desk.property_of(kinds.owner, f"Twin {next(numbers):03}") for _ in range(2)]
        for one in both:
            act(one)
        twins[kind] = (both[0].id, both[1].id)

    desk.gateway.least = 50
    desk.gateway.expect("tok_fails", *[Behaviour.SUCCEEDS] * 4, *[Behaviour.DECLINES] * 18)
    desk.clock.now = SPRING_2025
    prepare("yearly", lambda of: kinds.buy(of, "live-chat/basic/year"))
    desk.clock.now = JANUARY
    for kind in (
        "plain",
        "several",
        "in_no_channel",
        "without_address",
        "past_due",
        "cancelled_past_due",
        "with_credit",
        "with_a_rest",
    ):
        prepare(kind, getattr(kinds, kind))
    desk.turn(hours=1)
    kinds.grant()
    desk.turn_to(MARCH_1)
    kinds.drop()
    for kind in ("cancelled", "cancelled_in_no_channel", "without_card", "planned", "untaxed"):
        prepare(kind, getattr(kinds, kind))
    desk.turn(hours=1)
    kinds.grant()
    desk.execute("UPDATE payments SET next_try_at = '2026-06-01 00:00:00+00:00' WHERE state = 'open'")
    desk.clock.now = MARCH_27
    prepare("trial", kinds.trial)
    prepare("cancelled_trial", kinds.cancelled_trial)
    desk.clock.now = NOW
    return twins


# What differs between twins by its nature; `verify` looks at it instead.
OWN = ("number", "sequence", "document_hash", "key")
# By the clock of the database, which is not turned.
OWN_MOMENTS = ("outbox.queued_at", "outbox.due_at")
TABLES = (
    "subscriptions",
    "invoices",
    "invoice_lines",
    "postings",
    "payments",
    "audit_entries",
    "outbox",
    "facts",
)
ID = re.compile(r"\b(prop|sub|inv|cn|pay|ent|aud|pm|chg|evt)_[0-9A-Z]{26}\b")
NUMBER = re.compile(r"\b\d{4}-\d{6}\b")


def rows_of(desk: Desk, property_id: str) -> list[str]:
    """All rows about the property, each with its ids, name and number taken out."""
    name, bought = desk.rows(
        "SELECT p.name, s.id FROM properties p JOIN subscriptions s ON s.property_id = p.id WHERE p.id = :p",
        p=property_id,
    )[0]
    rows = []
    with desk.billing.engine.connect() as connection:
        for table in (Base.metadata.tables[name] for name in TABLES):
            kept = (column for column in table.c if column.name not in OWN and str(column) not in OWN_MOMENTS)
            for row in connection.execute(select(*kept)):
                said = f"{table.name} {tuple(row)}"  # a row shortens what is long
                if property_id in said or bought in said:
                    rows.append(NUMBER.sub("NUMBER", ID.sub(r"\1", said)).replace(name, "NAME"))
    return sorted(rows)


def hold(desk: Desk, property_ids: list[str], until: datetime | None) -> None:
    """Puts off what is due in them; None takes it back. Past the version, as twins must have the same."""
    put_off = update(Subscription).where(Subscription.property_id.in_(property_ids))
    with desk.billing.work("test") as work:
        work.session.execute(put_off.values(due_at=until or Subscription.period_end_at))


@pytest.mark.parametrize(
    ("database_url", "is_finished"),
    [
        ("sqlite", True),
        pytest.param("postgresql", True, marks=pytest.mark.postgresql),
        pytest.param("postgresql", False, marks=pytest.mark.postgresql),
    ],
    indirect=["database_url"],
)
def test_in_bulk_and_one_at_a_time_leave_the_same_rows(desk: Desk, is_finished: bool) -> None:
    """Before an upgrade is finished each row says all, as the version before reads it."""
    twins = populate(desk)
    if not is_finished:
        desk.execute("DELETE FROM finished_upgrades")
    singly = [one for _, one in twins.values()]
    hold(desk, singly, NOW + timedelta(days=1))
    assert bulk_endings.end_cancelled(desk.billing) == len(ENDED)
    assert bulk.renew(desk.billing) == len(RENEWED) + 1  # and the yearly one
    before = {kind: rows_of(desk, in_bulk) for kind, (in_bulk, _) in twins.items()}
    due_work.each_due(desk.billing, due_work.CYCLES)
    for kind, (in_bulk, _) in twins.items():
        assert (rows_of(desk, in_bulk) != before[kind]) == (kind in LEFT), kind
    hold(desk, singly, None)
    due_work.each_due(desk.billing, due_work.CYCLES)
    for kind, (in_bulk, single) in twins.items():
        assert rows_of(desk, in_bulk) == rows_of(desk, single), kind
    # the two that no tax rule fits wait, and nothing else is wrong
    assert [finding.invariant for finding in verify(desk.billing)] == ["due work is done"] * 2


def test_ids_of_rows_made_together_are_new_even_within_a_millisecond() -> None:
    made = [one for _ in range(500) for one in new_ids("inv", 3)]
    assert len(set(made)) == len(made)
    assert all(ID.fullmatch(one) for one in made)
    assert made[:3] == sorted(made[:3])


@pytest.mark.parametrize("size", [1, 2, 1_000])
def test_of_a_batch_that_fails_all_but_the_row_that_fails_is_done_in_bulk(desk: Desk, size: int) -> None:
    owner = desk.owner()
    bought = [desk.buy(owner, desk.property_of(owner, f"Shop {n}")) for n in range(7)]
    desk.turn(days=10)
    charged_before = desk.buy(owner, desk.property_of(owner, "Shop that was charged before"))
    desk.execute("UPDATE subscriptions SET period_index = -1 WHERE id = :s", s=charged_before.id)
    desk.execute(
        "UPDATE subscriptions SET due_at = (SELECT min(due_at) FROM subscriptions),"
        " period_end_at = (SELECT min(due_at) FROM subscriptions) WHERE id = :s",
        s=charged_before.id,
    )
    others = {one.id for one in bought}
    desk.clock.now = bought[0].period_end_at
    with capture_logs() as logged:
        assert bulk.renew(desk.billing, size=size) == 7
    assert {one["event"] for one in logged} == {"a batch failed"}
    report = desk.turn_to(desk.clock.now)
    assert (report.renewed, report.left) == (0, 1)
    assert {one.subscription_id for one in desk.invoices() if one.issued_at == desk.clock.now} == others
    assert sorted(invoice.sequence for invoice in desk.invoices()) == list(range(1, 16))


def test_batch_after_batch_ends_what_is_cancelled(desk: Desk) -> None:
    owner = desk.owner()
    bought = [desk.buy(owner, desk.property_of(owner, f"Shop {n}")) for n in range(6)]
    for one in bought[:5]:
        subscriptions.cancel(desk.billing, owner, one.id, "Too dear")
    desk.clock.now = bought[0].period_end_at
    assert bulk_endings.end_cancelled(desk.billing, size=2) == 5
    assert bulk_endings.end_cancelled(desk.billing) == 0
    assert [desk.plan(one.id).status for one in bought] == ["ended"] * 5 + ["active"]


def test_several_workers_at_once_renew_and_end_each_once(desk: Desk) -> None:
    owner = desk.owner()
    bought = [desk.buy(owner, desk.property_of(owner, f"Shop {n}")) for n in range(24)]
    for one in bought[:8]:
        subscriptions.cancel(desk.billing, owner, one.id, "Too dear")
    desk.clock.now = bought[0].period_end_at
    reports = at_once(*[partial(due_work.run_due, desk.billing)] * 4)
    assert [sum(report.ended for report in reports), sum(report.renewed for report in reports)] == [8, 16]
    assert sum(report.left for report in reports) == 0
    assert sorted(invoice.sequence for invoice in desk.invoices()) == list(range(1, 41))
    assert verify(desk.billing) == ()


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)  # SQLite has one writer
@pytest.mark.parametrize("cancelled", [False, True], ids=["renewals", "ends"])
@pytest.mark.parametrize("in_bulk", [True, False], ids=["in bulk", "one at a time"])
def test_what_another_worker_holds_is_left_to_it_and_keeps_nobody_waiting(
    desk: Desk, cancelled: bool, in_bulk: bool
) -> None:
    owner = desk.owner()
    plans = [desk.buy(owner, desk.property_of(owner, name)) for name in ("Piazza", "Corso")]
    for plan in plans if cancelled else ():
        subscriptions.cancel(desk.billing, owner, plan.id, "Too dear")
    desk.clock.now = plans[0].period_end_at
    held, free = plans
    act = partial(due_work.run_plans, desk.billing)
    if not in_bulk:
        act = partial(catch_up, desk.billing, WORKSPACE, held.id)
    with desk.billing.engine.connect() as other, ThreadPoolExecutor(1) as pool:
        other.execute(text("SELECT id FROM subscriptions WHERE id = :id FOR UPDATE"), {"id": held.id})
        working = pool.submit(act)
        waits = bool(wait([working], timeout=20).not_done)
        other.rollback()
        done = working.result()
    assert not waits
    assert (done.ended if cancelled else done.renewed) == (1 if in_bulk else 0)
    ((is_living, period_end_at),) = desk.rows(
        "SELECT ended_at IS NULL, period_end_at FROM subscriptions WHERE id = :id", id=held.id
    )
    assert (is_living, period_end_at) == (True, held.period_end_at)
    worked = desk.plan(free.id)
    went_on = worked.status == "ended" if cancelled else worked.period_end_at > free.period_end_at
    assert went_on is in_bulk


def test_where_no_temporary_table_may_be_made_each_plan_is_renewed_by_itself_and_check_says_so(
    postgresql_server: str,
) -> None:
    with (
        own_database(postgresql_server, "template1") as url,
        psycopg.connect(url, autocommit=True) as superuser,
    ):
        name = make_url(url).database or ""
        superuser.execute(f"CREATE ROLE {name} LOGIN; GRANT CREATE ON SCHEMA public TO {name}")
        superuser.execute(f"REVOKE TEMPORARY ON DATABASE {name} FROM PUBLIC")
        as_owner = make_url(url).set(username=name).render_as_string(hide_password=False)
        engine = database.connect(as_owner)
        database.migrate(engine)
        engine.dispose()
        furnish(as_owner)
        with Desk.at(as_owner) as desk:
            buyer = desk.owner()
            desk.subscribed(buyer, desk.property_of(buyer))
            desk.turn(days=31)
            assert len(desk.invoices()) == 2
            fault = database.temporary_fault(desk.billing.engine)
            assert f"GRANT TEMPORARY ON DATABASE {name} TO {name}" in str(fault)
            superuser.execute(f"GRANT TEMPORARY ON DATABASE {name} TO {name}")
            assert database.temporary_fault(desk.billing.engine) is None
            desk.turn(days=31)
            assert len(desk.invoices()) == 3
        superuser.execute(f"DROP OWNED BY {name}; DROP ROLE {name}")
