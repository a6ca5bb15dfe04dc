"""VAT in euros is sealed and verified: changed, taken away or slipped in, it is found."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from billing.adapters import database
from billing.proving import notes_of_desk
from billing.services import credit_notes, exchange_rates, seals
from billing.services.chain import SEALED
from billing.services.credit_notes import Wanted
from billing.services.verify import verify
from tests.billing.desk import Desk
from tests.billing.dollars import RATES, buy, unguarded

# Columns of later migrations, whose absence stands in the way of who buys with the models of today.
OF_TODAY = (
    ("number_series", "last_at", "TIMESTAMP"),
    ("payment_attempts", "minor", "BIGINT"),
    ("properties", "has_budget", "BOOLEAN DEFAULT FALSE NOT NULL"),
    ("properties", "approval_minor", "BIGINT"),
    *(
        ("subscriptions", name, "TIMESTAMP WITH TIME ZONE")
        for name in ("early_reminder_end_at", "late_reminder_end_at", "kept_end_at")
    ),
    ("subscriptions", "reminded_card_id", "VARCHAR(40)"),
    ("subscriptions", "backup_method_id", "VARCHAR(40)"),
    ("payments", "refused_token", "VARCHAR(255)"),
)


@pytest.mark.parametrize(("cents", "faults"), [(1013, 0), (1015, 0), (1016, 1)])
def test_verify_takes_no_more_than_the_cent_of_a_credit_note_that_adding_up_needs(
    at: Desk, cents: int, faults: int
) -> None:
    buy(at)
    note = credit_notes.issue(at.billing, at.invoices()[0].number, Wanted("61.00"))
    with unguarded(at):
        at.execute("UPDATE euro_taxes SET cents = :cents WHERE document_id = :id", cents=cents, id=note.id)
        assert len(verify(at.billing)) == faults


@pytest.mark.parametrize("table", ["euro_taxes", "exchange_rates"])
def test_neither_a_rate_nor_what_came_of_it_can_be_changed(at: Desk, table: str) -> None:
    buy(at)
    for act in (f"UPDATE {table} SET rate = '2'", f"DELETE FROM {table}"):
        with pytest.raises(DBAPIError, match="only grows"):
            at.execute(act)
    assert exchange_rates.keep(at.billing, [replace(RATES[0], rate=Decimal(9))]) == 0
    assert exchange_rates.newest(at.billing)[1] == RATES[0]


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ("cents = 2029", "and by its rate of 1.0850 it is 20.28 EUR."),
        ("tax_minor = 2201", "is that of another amount or currency."),
        ("currency = 'CHF'", "is that of another amount or currency."),
    ],
)
def test_verify_holds_it_against_the_document(at: Desk, change: str, found: str) -> None:
    buy(at)
    with unguarded(at):
        at.execute(f"UPDATE euro_taxes SET {change}")
        (finding,) = verify(at.billing)
        assert finding.what.endswith(found)


def test_verify_holds_a_credit_note_s_rate_against_its_invoice_s(at: Desk) -> None:
    buy(at)
    note = credit_notes.issue(at.billing, at.invoices()[0].number, Wanted("61.00", False))
    with unguarded(at):
        at.execute("UPDATE euro_taxes SET rate = '1.1', cents = 1000 WHERE document_id = :id", id=note.id)
        (finding,) = verify(at.billing)
        assert finding.what.endswith("in euros by 1.1, and the invoice that it corrects by 1.0850.")


SLIPPED_IN = (
    "INSERT INTO euro_taxes SELECT workspace_id, 'inv_none', 'USD', 1, 1, '1', day, 'ECB' FROM euro_taxes"
)


def sealed(desk: Desk) -> list[tuple[str, bool]]:
    """The documents whose euros were noted, in that order, and whether they are in a seal yet."""
    rows = desk.rows("SELECT row_id, seal FROM sealed_rows WHERE kind = 'euro_taxes' ORDER BY number")
    return [(row.row_id, row.seal is not None) for row in rows]


def found_by_the_chain(desk: Desk) -> list[tuple[str, str]]:
    found = [finding for finding in verify(desk.billing) if finding.invariant == SEALED]
    return [(finding.where[-1], finding.what) for finding in found]


def test_its_row_is_sealed_and_the_chain_says_when_it_was_changed_or_taken_away_or_slipped_in(
    at: Desk,
) -> None:
    buy(at)
    buy(at)
    first, second = (invoice.id for invoice in at.invoices())
    assert sealed(at) == [(first, False), (second, False)]
    assert seals.seal(at.billing) == 1
    assert sealed(at) == [(first, True), (second, True)]
    assert verify(at.billing) == ()
    with unguarded(at):
        # Both rate and euros, so that they agree.
        at.execute("UPDATE euro_taxes SET rate = '1.1', cents = 2000 WHERE document_id = :id", id=first)
        changed = (first, "The row of euro_taxes was altered after it was sealed in seal 1.")
        assert [finding.where[-1] for finding in verify(at.billing)] == [first]
        assert found_by_the_chain(at) == [changed]
        at.execute("DELETE FROM euro_taxes WHERE document_id = :id", id=second)
        taken = (second, "The row of euro_taxes is gone; it was in seal 1.")
        assert found_by_the_chain(at)[:2] == [changed, taken]
        at.execute(SLIPPED_IN)
        slipped_in = ("inv_none", "The row of euro_taxes was not noted as it was written: it is in no seal.")
        assert found_by_the_chain(at) == [changed, taken, slipped_in], (
            "though as many are there as were noted"
        )


def test_what_was_written_before_the_upgrade_was_finished_is_sealed_then_and_once(at: Desk) -> None:
    engine = at.billing.engine
    at.execute("DELETE FROM finished_upgrades")
    buy(at)
    (before,) = (invoice.id for invoice in at.invoices())
    assert seals.seal(at.billing) == 1
    assert (sealed(at), verify(at.billing)) == ([], ()), "the version before could not seal it"
    database.migrate(engine)
    # A file is upgraded when its processes are ended; of a server only its operator knows, and `check` reminds them.
    is_file = engine.dialect.name == "sqlite"
    assert sealed(at) == ([(before, False)] if is_file else [])
    assert [str(note).endswith("migrate --finish.") for note in notes_of_desk(at.billing)] == [True] * (
        not is_file
    )
    assert verify(at.billing) == ()
    for _ in range(2):
        database.migrate(engine, finish=True)
        assert (sealed(at), notes_of_desk(at.billing)) == ([(before, False)], [])
    buy(at)
    after = at.invoices()[1].id
    assert seals.seal(at.billing) == 1
    assert (sealed(at), verify(at.billing)) == ([(before, True), (after, True)], ())
    with unguarded(at):
        at.execute(f"{SLIPPED_IN} LIMIT 1")
        database.migrate(engine, finish=True)
        assert [where for where, _ in found_by_the_chain(at)] == ["sealed_rows", "inv_none"], "no way past it"
        at.execute("UPDATE euro_taxes SET source = 'me' WHERE document_id = :id", id=before)
        assert (
            before,
            "The row of euro_taxes was altered after it was sealed in seal 2.",
        ) in found_by_the_chain(at)


def test_each_is_noted_once_on_the_way_down_and_up_again(at: Desk) -> None:
    buy(at)
    assert seals.seal(at.billing) == 1
    buy(at)
    config = Config(toml_file=database.ROOT / "pyproject.toml")
    config.attributes["engine"] = at.billing.engine
    command.downgrade(config, "0057")
    for table, column, kind in OF_TODAY:
        at.execute(f"ALTER TABLE {table} ADD COLUMN {column} {kind}")
    buy(at)
    for table, column, _ in OF_TODAY:
        at.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
    command.upgrade(config, "head")
    database.migrate(at.billing.engine, finish=True)
    ids = sorted(invoice.id for invoice in at.invoices())
    assert sorted(sealed(at)) == [(ids[0], True), (ids[1], False), (ids[2], False)]
    assert seals.seal(at.billing) == 1
    assert verify(at.billing) == ()


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_document_that_is_being_issued_as_the_upgrade_is_finished_is_noted_once(at: Desk) -> None:
    engine = at.billing.engine
    at.execute("DELETE FROM finished_upgrades")
    buy(at)
    waits = "SELECT 1 FROM pg_locks WHERE relation = 'euro_taxes'::regclass AND mode = 'ShareLock' AND NOT granted"
    with ThreadPoolExecutor(1) as pool:
        with engine.begin() as writing:
            writing.execute(text(SLIPPED_IN))
            finishing = pool.submit(database.migrate, engine, finish=True)
            while not at.rows(waits):
                assert not finishing.done()
        finishing.result()
    assert sorted(row_id for row_id, _ in sealed(at)) == sorted(["inv_none", at.invoices()[0].id])
