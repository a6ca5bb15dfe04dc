"""Facts: every act writes what became true, whoever listens; the feed is complete and in order."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import text
from typer.testing import CliRunner

from billing.__main__ import program
from billing.adapters import database
from billing.adapters.gateways.sandbox import Behaviour
from billing.facts import RecordingSession
from billing.models import Property
from billing.services import (
    changes,
    credit_notes,
    facts,
    installations,
    payments,
    properties,
    refunds,
    subscriptions,
    transfers,
)
from billing.services.changes import PlanSelection
from billing.services.verify import verify
from billing.values.actors import Actor
from billing.values.cycles import Interval
from billing.values.installations import Installation
from billing.values.refusals import NotFound
from billing.values.snapshots.facts import FactSnapshot
from tests.billing.desk import WORKSPACE, Desk, at_once


def behind(desk: Desk, last: str | None) -> list[FactSnapshot]:
    """All facts behind that one, read page by page."""
    found: list[FactSnapshot] = []
    while page := facts.listed(desk.billing, found[-1].id if found else last, size=3):
        found += page
    return found


class Told:
    """What each act adds to the feed."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.last = desk, None

    def by(self, act: Callable[[], object]) -> list[str]:
        act()
        new = behind(self.desk, self.last)
        self.last = new[-1].id if new else self.last
        return [str(fact.type) for fact in new]

    last: str | None


def test_every_act_says_what_became_true_though_no_channel_was_chosen(desk: Desk) -> None:
    told, billing, owner = Told(desk), desk.billing, desk.owner()
    assert told.by(lambda: desk.property_of(owner, channel=None)) == ["property.created"]
    home = properties.look_at(billing, owner)
    assert told.by(lambda: desk.buy(owner, home, "live-chat/basic/month", "tok_moody")) == [
        "invoice.issued",
        "invoice.paid",
        "subscription.created",
        "entitlements.changed",
    ]
    plan = properties.purchases(billing, owner).running[0].id
    ended = ["subscription.ended", "entitlements.changed"]
    changed = ["entitlements.changed"]

    def cancel() -> None:
        subscriptions.cancel(billing, owner, plan, "Too dear")

    def change(to: str) -> None:
        changes.change(billing, owner, plan, PlanSelection(to, Interval.MONTH), key=desk.key())

    desk.turn(days=5)
    assert told.by(cancel) == ["subscription.cancelled", *changed]
    assert told.by(lambda: subscriptions.undo_cancellation(billing, owner, plan)) == [
        "subscription.uncancelled",
        *changed,
    ]
    assert told.by(lambda: change("pro")) == [
        "invoice.issued",
        "invoice.paid",
        "subscription.changed",
        *changed,
    ]
    assert told.by(lambda: change("basic")) == []  # it comes with the next cycle
    desk.gateway.expect("tok_moody", *[Behaviour.DECLINES] * 9)
    assert told.by(lambda: desk.turn(days=27)) == [
        "invoice.issued",
        "subscription.changed",
        "subscription.renewed",
        *changed,
        "payment.failed",
        "subscription.past_due",
        *changed,
    ]
    desk.gateway.expect("tok_moody", Behaviour.SUCCEEDS)
    open_payment = payments.unpaid(billing, owner, plan)[0].id
    assert told.by(lambda: payments.pay_now(billing, owner, open_payment)) == [
        "invoice.paid",
        "subscription.changed",
        *changed,
    ]
    corso = desk.property_of(owner, "Corso", channel=None)
    told.by(lambda: None)
    assert told.by(lambda: transfers.transfer(billing, owner, plan, corso.id)) == [
        "subscription.transferred",
        *changed,
    ]
    cancel()
    told.by(lambda: None)
    assert told.by(lambda: desk.turn(days=31)) == ended
    number = desk.invoices()[0].number
    wanted = credit_notes.Wanted("1.00", refund=True)
    assert told.by(lambda: credit_notes.issue(billing, number, wanted)) == ["credit_note.issued"]
    operator = Actor(WORKSPACE, "", "operator")
    assert told.by(lambda: refunds.refund(billing, operator, number, key="once")) == ["payment.refunded"]
    assert told.by(lambda: properties.delete(billing, owner, home.id)) == ["property.deleted"]
    assert verify(billing) == ()


def test_a_plan_that_stays_unpaid_says_so_to_its_end_and_begins_anew(desk: Desk) -> None:
    told, owner = Told(desk), desk.owner()
    home = desk.property_of(owner, channel=None)
    desk.gateway.expect("tok_moody", Behaviour.SUCCEEDS, *[Behaviour.DECLINES] * 9)
    plan = desk.buy(owner, home, token="tok_moody").id
    desk.turn(days=28)
    assert told.by(lambda: [desk.turn(days=1) for _ in range(24)])[-4:] == [
        "payment.failed",
        "invoice.uncollectible",
        "subscription.ended",
        "entitlements.changed",
    ]
    assert [fact.state["status"] for fact in behind(desk, None) if fact.type == "invoice.uncollectible"] == [
        "uncollectible"
    ]
    desk.gateway.expect("tok_moody", Behaviour.SUCCEEDS)
    assert told.by(lambda: subscriptions.restart(desk.billing, owner, plan, key=desk.key()))[-2:] == [
        "subscription.restarted",
        "entitlements.changed",
    ]
    newest = behind(desk, None)[-1]
    assert (newest.state["state"], newest.state["until"], newest.version) == ("active", None, 6)
    versions = [fact.version for fact in behind(desk, None) if fact.subject == plan]
    assert versions == sorted(versions, key=lambda one: one or 0)


def test_where_the_desk_is_installed_and_taken_out_is_a_fact(desk: Desk) -> None:
    told = Told(desk)
    one = Installation(WORKSPACE, "Esempio", "it", workspace_id=WORKSPACE, installed_by="UOWNER")
    assert told.by(lambda: installations.keep(desk.billing, one)) == ["workspace.installed"]
    assert told.by(lambda: installations.put_to_sleep(desk.billing, WORKSPACE, desk.clock.now)) == [
        "workspace.uninstalled"
    ]


def test_a_purchase_that_fails_entitles_to_nothing_and_a_rehearsal_says_nothing(desk: Desk) -> None:
    told, owner = Told(desk), desk.owner()
    home = desk.property_of(owner)
    told.by(lambda: None)
    assert told.by(lambda: at_once(lambda: desk.buy(owner, home, token="tok_declines"))) == ["payment.failed"]
    plan = desk.buy(owner, home).id
    told.by(lambda: None)
    assert told.by(lambda: subscriptions.preview_cancel(desk.billing, owner, plan, "Dear")) == []


def test_an_event_that_never_was_is_no_place_in_the_feed(desk: Desk) -> None:
    with pytest.raises(NotFound):
        facts.listed(desk.billing, "evt_none")


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)  # SQLite has one writer
def test_no_reader_passes_what_is_being_written(desk: Desk) -> None:
    """The one that began first ends last: what was written behind it waits for it, in the feed alone."""
    owner, seen = desk.owner(), len(behind(desk, None))
    first = RecordingSession(desk.billing.engine)
    first.add(_shop("early", desk))
    first.record_facts(desk.clock.now)
    desk.property_of(owner, "Later")  # a whole transaction
    second = RecordingSession(desk.billing.engine)
    second.add(_shop("latest", desk))
    second.record_facts(desk.clock.now)
    assert len(behind(desk, None)) == seen
    assert verify(desk.billing) == ()  # who reads rows waits for nobody
    first.commit()
    assert [fact.state["name"] for fact in behind(desk, None)[seen:]] == ["early", "Later"]
    second.rollback()  # its number is lost, and nobody waits for it
    desk.property_of(owner, "Last")
    assert [fact.state["name"] for fact in behind(desk, None)[seen:]] == ["early", "Later", "Last"]
    first.close()
    second.close()


def _shop(name: str, desk: Desk) -> Property:
    return Property(
        workspace_id=WORKSPACE,
        id=f"prop_{name}",
        name=name,
        time_zone="UTC",
        country="IT",
        currency="EUR",
        muted_topics="",
        created_at=desk.clock.now,
    )


def test_many_writers_at_once_and_a_reader_lose_nothing(desk: Desk) -> None:
    owner = desk.owner()
    seen: list[FactSnapshot] = []

    def read() -> None:
        while len(seen) < 12:
            seen.extend(facts.listed(desk.billing, seen[-1].id if seen else None))

    def write(worker: int) -> None:
        for number in range(4):
            properties.create(
                desk.billing, owner, f"{worker} {number}", "Europe/Rome", "IT", is_workspace_owner=True
            )

    at_once(read, *[lambda worker=worker: write(worker) for worker in range(3)])
    assert [fact.id for fact in seen] == [fact.id for fact in behind(desk, None)]
    assert len({fact.subject for fact in seen}) == 12


def test_plans_that_were_there_before_stand_in_the_feed_as_they_are(desk: Desk) -> None:
    owner = desk.owner()
    plain, cancelled = (desk.buy(owner, desk.property_of(owner, name)).id for name in ("Piazza", "Corso"))
    subscriptions.cancel(desk.billing, owner, cancelled, "Troppo, 'caro'")
    desk.turn(days=31)
    written = {one.subject: one.state for one in behind(desk, None) if one.type != "entitlements.changed"}
    config = Config(toml_file=database.ROOT / "pyproject.toml")
    config.attributes["engine"] = desk.billing.engine
    command.downgrade(config, "0031")
    command.upgrade(config, "head")
    begun = behind(desk, None)
    assert {fact.subject: fact.state for fact in begun} == {one: written[one] for one in (plain, cancelled)}
    assert {fact.type for fact in begun} == {"subscription.changed"}


ID = re.compile(r"\b(prop|sub|inv|evt)_[0-9A-Z]{26}\b")
NUMBER = re.compile(r"\b\d{4}-\d{6}\b")


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_short_fact_says_what_a_long_one_says(desk: Desk) -> None:
    """Of two plans alike one is renewed while an upgrade is not finished, the other once it is."""
    owner = desk.owner()
    desk.buy(owner, desk.property_of(owner, "Home"))
    second = desk.buy(owner, desk.property_of(owner, "Corso"))
    last = behind(desk, None)[-1].id
    desk.execute("DELETE FROM finished_upgrades")
    desk.execute("UPDATE subscriptions SET due_at = '2099-01-01' WHERE id = :id", id=second.id)
    desk.turn(days=31)
    desk.execute("INSERT INTO finished_upgrades VALUES (:newest)", newest=database.newest_revision())
    desk.execute("UPDATE subscriptions SET due_at = period_end_at WHERE id = :id", id=second.id)
    desk.turn(days=0)
    assert [len(state) for (state,) in desk.rows("SELECT state FROM facts ORDER BY number")][-6:] == [
        *(8, 19, 8),
        *(0, 9, 0),
    ]
    said = [alike(fact) for fact in behind(desk, last)]
    assert len(said) == 6
    assert said[:3] == said[3:]
    assert verify(desk.billing) == ()


def alike(fact: FactSnapshot) -> str:
    """As it is told, without ids and numbers."""
    return NUMBER.sub("", ID.sub("", json.dumps(fact.as_event(), sort_keys=True)))


def test_facts_of_before_are_read_in_a_file_that_is_brought_up_to_date(desk: Desk) -> None:
    owner = desk.owner()
    desk.buy(owner, desk.property_of(owner))
    desk.turn(days=31)
    told = behind(desk, None)
    for fact in told:
        desk.execute(
            "UPDATE facts SET state = :state WHERE id = :id", id=fact.id, state=json.dumps(dict(fact.state))
        )
    assert behind(desk, None) == told
    assert verify(desk.billing) == ()


def test_tables_that_are_brought_up_to_date_keep_to_what_the_version_before_reads_until_told(
    bare_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", bare_database_url)
    engine = database.connect(bare_database_url)

    def migrated(*options: str) -> list[str]:
        assert CliRunner().invoke(program, ["migrate", *options]).exit_code == 0
        with engine.connect() as connection:
            return list(connection.scalars(text("SELECT revision FROM finished_upgrades")))

    newest = [database.newest_revision()]
    assert migrated() == newest  # nothing older has ever worked on tables that are new
    database.migrate(engine, "base")
    database.migrate(engine, "0056")
    # A file is upgraded when its processes are ended: nobody is asked.
    assert migrated() == migrated() == ([] if engine.dialect.name == "postgresql" else newest)
    assert migrated("--finish") == migrated("--finish") == migrated() == newest
    engine.dispose()
