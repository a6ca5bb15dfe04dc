"""What `verify` finds: nothing on a desk that has been lived in, and every fault that is planted there."""

from __future__ import annotations

import shutil
from base64 import b64decode
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, bindparam, select, text, update
from typer.testing import CliRunner

from billing.__main__ import program
from billing.adapters.gateways.sandbox import Behaviour
from billing.bootstrap import LOCALES
from billing.i18n import Translator, catalogue
from billing.invariants import BOOKED_FOR, CHECKS, DUE, NEXT_TRY, OWN, TOLD
from billing.invariants.documents import FROZEN, IN_EURO, SENTENCES
from billing.invariants.periods import ANCHORED, OFF_ANCHOR
from billing.models import Base, Invoice
from billing.models.base import Json, UtcDateTime
from billing.services import (
    changes,
    credit_notes,
    invoices,
    payment_methods,
    refunds,
    seals,
    subscriptions,
    transfers,
    verify,
)
from billing.services.chain import CHANGED, SEALED, SEALS_AT_A_TIME
from billing.services.chain import SENTENCES as SENTENCES_OF_THE_CHAIN
from billing.services.verify import INVARIANTS
from billing.values.actors import Actor
from billing.values.cycles import Interval
from billing.values.hashes import digest_of
from billing.values.refusals import PaymentDeclined
from tests.billing.desk import Desk
from tests.billing.lives import WORKSPACE, Lives, at
from tests.billing.plants import (
    AT_ITS_END,
    BILLED,
    ENDED,
    FIRST_INVOICE,
    FORGED,
    LAST_INVOICE,
    PAID,
    PLAIN,
    PLANTS,
    SERIES,
    UNPAID,
    UNSEALED,
)
from tests.conftest import ON_BOTH, own_database

pytestmark = pytest.mark.slow

OF_INVOICES = "name = 'invoices 2026'"
WHAT_IT_FINDS = Path(__file__).parents[2] / "docs" / "verify.md"
CARRIED_ONCE = "what is carried to the next invoice is charged once"
CREDIT = "(SELECT invoice_id FROM invoice_lines WHERE kind = 'credit')"

# What was changed past the services is not what was sealed, nor what was told.
BESIDE = {SEALED, TOLD}
# What is done to the rows, and what is found then. Some faults break two truths at once.
FAULTS = PLANTS | {
    "what was told of a plan is lost": (
        f"UPDATE facts SET state = '{{}}' WHERE subject_id = {PLAIN}",
        {TOLD},
    ),
    "nothing was told of a plan": (f"DELETE FROM facts WHERE subject_id = {PLAIN}", {TOLD}),
    "an invoice in euros has its VAT in euros, too": (
        "INSERT INTO euro_taxes SELECT workspace_id, id, 'USD', 1, 1, '1', issued_on, 'ECB' FROM invoices LIMIT 1",
        {IN_EURO},
    ),
    "more was taken back of a credit than it gave": (
        "INSERT INTO credit_note_lines SELECT workspace_id, (SELECT min(id) FROM credit_notes), 9, invoice_id, "
        "position, net_minor - 1 FROM invoice_lines WHERE kind = 'credit' ORDER BY invoice_id LIMIT 1",
        {"credits stay within what was billed", "credit notes are booked once", FROZEN},
    ),
    "more was charged than was carried": (
        "INSERT INTO postings SELECT workspace_id, 'ent_carried', 1, property_id, 'carried', currency, -5, at, "
        f"NULL, NULL, NULL, NULL FROM postings WHERE entry_id = {PAID} AND account = 'cash';"
        "INSERT INTO postings SELECT workspace_id, 'ent_carried', 2, property_id, 'bad_debt', currency, 5, at, "
        f"NULL, NULL, NULL, NULL FROM postings WHERE entry_id = {PAID} AND account = 'cash'",
        {CARRIED_ONCE, BOOKED_FOR},
    ),
    "an invoice charges what was never carried to it": (
        f"UPDATE payments SET minor = minor + 5, carried_minor = -5 WHERE id = {UNPAID}",
        {CARRIED_ONCE},
    ),
    "what was charged is carried to the next invoice too": (
        f"UPDATE payments SET carried_minor = 30 WHERE id = {PAID}",
        {"payments are booked", "payments fit their invoice"},
    ),
    "a posting is missing": (
        f"DELETE FROM postings WHERE account = 'tax' AND entry_id = {FIRST_INVOICE}",
        {"entries sum to zero", "invoices are booked once"},
    ),
    "an amount was changed": (
        f"UPDATE postings SET minor = minor + 1 WHERE account = 'cash' AND entry_id = {PAID}",
        {"entries sum to zero", "payments are booked"},
    ),
    "a whole entry is missing": (
        f"DELETE FROM postings WHERE entry_id = {FIRST_INVOICE}",
        {"invoices are booked once"},
    ),
    "an invoice is booked twice": (
        "INSERT INTO postings SELECT workspace_id, 'ent_again', line, property_id, account, currency, minor, at, "
        f"entry_id, payment_id, refund_id, credit_note_id FROM postings WHERE entry_id = {FIRST_INVOICE}",
        {"invoices are booked once"},
    ),
    "a payment was not booked": (
        f"DELETE FROM postings WHERE entry_id = {PAID}",
        {"payments are booked"},
    ),
    "a charge went through twice": (
        "INSERT INTO payment_attempts SELECT workspace_id, 'att_again', payment_id, number + 1, state, scheduled, "
        "token, card, sent_at, decided_at, gateway_id, reason, action_url, poll_at, polls, customer, minor "
        "FROM payment_attempts "
        f"WHERE payment_id = {PAID}",
        {"payments are booked"},
    ),
    "money for a payment that is still open": (
        f"UPDATE payments SET state = 'open', decided_at = NULL WHERE id = {PAID}",
        {"payments are booked", NEXT_TRY},
    ),
    "money was given back and not booked": (
        "INSERT INTO refunds (workspace_id, id, property_id, payment_id, key, state, currency, minor, requested_by, "
        "requested_at, polls) SELECT workspace_id, 'ref_lost', property_id, id, 'lost', 'succeeded', currency, 100, "
        f"requested_by, created_at, 0 FROM payments WHERE id = {PAID}",
        {"refunds are booked"},
    ),
    "the credit balance is below zero": (
        "INSERT INTO postings SELECT workspace_id, 'ent_credit', 1, property_id, 'credit', currency, 100000, at, "
        f"NULL, NULL, NULL, NULL FROM postings WHERE invoice_id = {FIRST_INVOICE} AND account = 'cash' UNION ALL "
        "SELECT workspace_id, 'ent_credit', 2, property_id, 'cash', currency, -100000, at, NULL, NULL, NULL, NULL "
        f"FROM postings WHERE invoice_id = {FIRST_INVOICE} AND account = 'cash'",
        {"credit is not overdrawn", BOOKED_FOR},
    ),
    "a number is missing": (
        f"UPDATE invoices SET sequence = sequence + 1 WHERE id = {LAST_INVOICE};"
        f"UPDATE number_series SET last = last + 1 WHERE {OF_INVOICES}",
        {"numbers run without a gap", SERIES},
    ),
    "a sequence was given twice": (
        f"UPDATE invoices SET sequence = sequence - 1 WHERE id = {LAST_INVOICE};"
        f"UPDATE number_series SET last = last - 1 WHERE {OF_INVOICES}",
        {"numbers run without a gap", SERIES},
    ),
    "a number was given twice": (
        f"UPDATE invoices SET number = '2026-000001' WHERE id = {LAST_INVOICE}",
        {"numbers are given once", SERIES, FROZEN},
    ),
    "the counter went ahead": (
        "UPDATE number_series SET last = last + 1",
        {"counters stand at the last number"},
    ),
    "the counter is gone": ("DELETE FROM number_series", {"counters stand at the last number"}),
    "a document was changed": (
        f"UPDATE invoices SET document = '{{}}' WHERE id = {FIRST_INVOICE}",
        {FROZEN},
    ),
    "a total was changed": (
        f"UPDATE invoices SET currency = 'USD' WHERE id = {FIRST_INVOICE}",
        {FROZEN, OWN},
    ),
    "a line was changed": (
        f"UPDATE invoice_lines SET last_day = first_day WHERE invoice_id = {FIRST_INVOICE}",
        {FROZEN},
    ),
    "a line is missing": (
        f"DELETE FROM invoice_lines WHERE invoice_id = {FIRST_INVOICE}",
        {FROZEN, "invoices are booked once"},
    ),
    "a period was charged twice": (
        "UPDATE invoice_lines SET period_start_at = (SELECT min(period_start_at) FROM invoice_lines "
        f"WHERE subscription_id = {PLAIN}) WHERE subscription_id = {PLAIN} AND invoice_id = (SELECT max(invoice_id) "
        f"FROM invoice_lines WHERE subscription_id = {PLAIN})",
        {"a period is charged once", "cycles do not overlap", BILLED},
    ),
    "paid periods overlap": (
        "UPDATE invoice_lines SET period_end_at = :later WHERE period_start_at = (SELECT min(period_start_at) "
        f"FROM invoice_lines WHERE subscription_id = {PLAIN}) AND subscription_id = {PLAIN}",
        {"cycles do not overlap"},
    ),
    "a credit note was not booked": (
        "DELETE FROM postings WHERE credit_note_id IS NOT NULL",
        {"credit notes are booked once"},
    ),
    "a credit note says that it went somewhere else": (
        "UPDATE credit_notes SET refund_minor = refund_minor + 1, balance_minor = balance_minor - 1",
        {"credit notes are booked once"},
    ),
    "a credit note was changed": (
        "UPDATE credit_notes SET document = '{}'",
        {FROZEN},
    ),
    "the line of a credit note was changed": (
        "UPDATE credit_note_lines SET net_minor = net_minor + 1",
        {FROZEN, "credit notes are booked once"},
    ),
    "the number of a credit note is missing": (
        "UPDATE credit_notes SET sequence = sequence + 1;"
        "UPDATE number_series SET last = last + 1 WHERE name = 'credit notes 2026'",
        {"numbers run without a gap", SERIES},
    ),
    "credit notes gave back more than their invoice": (
        "UPDATE credit_notes SET total_minor = 1000000, balance_minor = 1000000",
        {"credit notes stay within their invoice", "credit notes are booked once", FROZEN},
    ),
    "what a credit note gave back was given back again": (
        "UPDATE credit_note_lines SET net_minor = 1000000",
        {"credits stay within what was billed", "credit notes are booked once", FROZEN},
    ),
    "an unpaid invoice was credited and is owed all the same": (
        "UPDATE credit_notes SET owed_minor = balance_minor, balance_minor = 0",
        {"payments fit their invoice", "credit notes are booked once"},
    ),
    "an invoice has no payment": (
        f"DELETE FROM postings WHERE entry_id = {PAID};"
        f"DELETE FROM payment_attempts WHERE payment_id = {PAID};"
        f"UPDATE payments SET state = 'failed', invoice_id = NULL WHERE id = {PAID}",
        {"invoices have a payment", "payments fit their invoice"},
    ),
    "a payment is for another amount": (
        f"UPDATE payments SET minor = minor + 1, credit_minor = credit_minor - 1 WHERE id = {PAID}",
        {"payments are booked"},
    ),
    "a paid payment has lost its invoice": (
        "UPDATE payments SET invoice_id = NULL "
        "WHERE id = (SELECT min(id) FROM payments WHERE state = 'paid' AND kind = 'purchase')",
        {"invoices have a payment", "payments fit their invoice"},
    ),
    "more was given back than was billed": (
        f"UPDATE invoice_lines SET net_minor = -100000 WHERE kind = 'credit' AND invoice_id = {CREDIT}",
        {"credits stay within what was billed", "invoices are booked once", FROZEN},
    ),
    "something was billed after the end": (
        f"UPDATE subscriptions SET ended_at = period_start_at WHERE id = {ENDED}",
        {"nothing is billed after the end"},
    ),
    "the due work is late": (
        f"UPDATE subscriptions SET period_end_at = :two_hours_ago WHERE id = {PLAIN}",
        {DUE, AT_ITS_END, ANCHORED},
    ),
    "nobody knows the time zone": (
        f"UPDATE subscriptions SET anchor_zone = 'Nowhere/None' WHERE id = {PLAIN}",
        {ANCHORED},
    ),
    "a renewal is quarantined": (
        f"UPDATE subscriptions SET quarantined_at = :two_hours_ago WHERE id = {PLAIN}",
        {"no renewal is quarantined"},
    ),
    "whoever held a message is gone": (
        "UPDATE outbox SET claimed_until = '2020-01-01 00:00:00' WHERE number = 1",
        {"claims are fresh"},
    ),
    "a message has been waiting for days": (
        "UPDATE outbox SET queued_at = '2020-01-01 00:00:00' WHERE number = 1",
        {"messages arrive within a day"},
    ),
    "a message that was not taken has been waiting for days": (
        "UPDATE outbox SET queued_at = '2020-01-01 00:00:00', last_error = 'ratelimited' WHERE number = 1",
        {"messages arrive within a day"},
    ),
    "a message was given up": (
        "UPDATE outbox SET dead_at = '2020-01-04 00:00:00', tries = 80, last_error = 'internal_error' "
        "WHERE number = 1",
        {"messages arrive within a day"},
    ),
    "a message is a dead letter": (
        "UPDATE outbox SET quarantined_at = '2020-01-01 00:00:00', dead_at = '2020-01-04 00:00:00', "
        "last_error = 'a fact of the unknown kind Later' WHERE number = 1",
        {"messages can be read"},
    ),
    "a try was sent and nobody asked after it": (
        "UPDATE payment_attempts SET state = 'sent', sent_at = :two_hours_ago, poll_at = NULL "
        "WHERE state = 'action_required'",
        {"the gateway is asked"},
    ),
    "two tries are in flight": (
        "INSERT INTO payment_attempts SELECT workspace_id, 'att_again', payment_id, number + 1, state, scheduled, "
        "token, card, sent_at, decided_at, gateway_id, reason, action_url, poll_at, polls, customer, minor "
        "FROM payment_attempts "
        "WHERE state = 'action_required'",
        {"one try at a time"},
    ),
    "two changes are pending": (
        "INSERT INTO planned_changes SELECT workspace_id, 'chg_again', subscription_id, price_id, quantity, "
        "payment_id, new_cycle, state, requested_by, requested_at, decided_at, replaces_id FROM planned_changes "
        "WHERE state = 'pending'",
        {"one pending change"},
    ),
    "a change is pending for what has ended": (
        f"UPDATE planned_changes SET subscription_id = {ENDED} WHERE state = 'pending'",
        {"pending changes can come", OWN},
    ),
}


@pytest.fixture(scope="module", params=ON_BOTH)
def lived_in(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lives]:
    """A desk with a paid change, a pending one, an end, a credit, and a card that asks its payer to confirm."""
    folder = tmp_path_factory.mktemp("lived-in")
    template = request.getfixturevalue(f"migrated_{request.param}")
    with ExitStack() as stack:
        if request.param == "sqlite":
            url = f"sqlite:///{shutil.copy(template, folder / 'desk.sqlite3')}"
        else:
            url = stack.enter_context(own_database(request.getfixturevalue("postgresql_server"), template))
        lives = stack.enter_context(Lives.open(url, folder, at("2026-01-31 10:00")))
        live(lives)
        yield lives


def live(lives: Lives) -> None:
    home, other = lives.property_in("Europe/Rome"), lives.property_in("America/New_York", "Corso")
    plain, flexible = (lives.buy(home, lives.card(home), add_on).id for add_on in ("plain", "flexible"))
    yearly = lives.buy(home, lives.card(home), "anew", interval=Interval.YEAR).id
    asking = lives.buy(other, lives.card(other, "tok_asking"), "anew").id
    ending = lives.buy(other, lives.card(other), "flexible").id
    lives.live_until(at("2026-02-10 12:00"))
    change(lives, flexible, changes.PlanSelection("large", Interval.MONTH))
    subscriptions.cancel(lives.billing, lives.owner, ending, "dear")
    lives.live_until(at("2026-04-20 12:00"))
    change(lives, yearly, changes.PlanSelection("large", Interval.YEAR))
    change(lives, flexible, changes.PlanSelection("small", Interval.MONTH))
    lives.buy(home, lives.card(home), "tried")
    live_elsewhere(lives, other)
    lives.gateway.expect("tok_asking", Behaviour.ASKS_FOR_ACTION)
    lives.live_until(at("2026-04-30 18:00"))
    change(lives, plain, changes.PlanSelection("large", Interval.MONTH))
    lives.buy(other, lives.card(other, "tok_asks_for_action"), "flexible")
    assert subscriptions.look_at(lives.billing, lives.owner, asking).status == "past_due"
    credit_notes.issue(lives.billing, "2026-000002", credit_notes.Wanted("1.22"))


def live_elsewhere(lives: Lives, other: str) -> None:
    """A purchase that was declined, a transfer, a refund, and a drawing."""
    third = lives.property_in("Europe/Rome", "Viale")
    with suppress(PaymentDeclined):
        lives.buy(third, lives.card(third, "tok_declines"), "flexible")
    moved = lives.buy(third, lives.card(third), "plain", "large").id
    (paid,) = invoices.listed(lives.billing, lives.owner, moved).invoices
    credit_notes.issue(lives.billing, paid.number, credit_notes.Wanted("12.20", refund=True))
    operator = Actor(WORKSPACE, "", "operator")
    refunds.refund(lives.billing, operator, paid.number, key="test", amount=Decimal("12.20"))
    invoices.as_file(lives.billing, lives.owner, paid.id, "it")
    transfers.transfer(lives.billing, lives.owner, moved, other)
    payment_methods.choose(lives.billing, lives.owner, moved, lives.card(other))


def change(lives: Lives, subscription_id: str, wish: changes.PlanSelection) -> None:
    changes.change(lives.billing, lives.owner, subscription_id, wish, key=lives.clock.now.isoformat())


@pytest.fixture(scope="module")
def lawless(lived_in: Lives) -> Lives:
    """The same rows without the triggers, keys and indexes that keep such faults out; and a copy of each table."""
    driver = lived_in.billing.engine.raw_connection()
    cursor, cascade = driver.cursor(), ""
    if lived_in.billing.engine.dialect.name == "sqlite":
        cursor.execute("PRAGMA foreign_keys=OFF")
    else:
        cascade = "CASCADE"
    for table in Base.metadata.tables:
        cursor.execute(f"CREATE TABLE kept_{table} AS SELECT * FROM {table}")
        cursor.execute(f"DROP TABLE {table} {cascade}")
        cursor.execute(f"CREATE TABLE {table} AS SELECT * FROM kept_{table}")
    driver.commit()
    driver.close()
    return lived_in


@pytest.fixture
def rows(lawless: Lives) -> Iterator[Lives]:
    """The rows as they were lived, for one test to spoil."""
    yield lawless
    bringing_back = "; ".join(
        f"DELETE FROM {table}; INSERT INTO {table} SELECT * FROM kept_{table}"
        for table in Base.metadata.tables
    )
    with lawless.billing.engine.connect() as connection:
        driver: Any = connection.connection.driver_connection
        # In one trip: as many statements one by one push those of `verify` out of what the driver has prepared.
        if connection.dialect.name == "sqlite":
            driver.executescript(f"BEGIN; {bringing_back}; COMMIT")
        else:
            driver.execute(bringing_back, prepare=False)


def plant(lives: Lives, fault: str) -> None:
    now = lives.clock.now
    moments = {
        "later": now + timedelta(days=1),
        "in_half_a_day": now + timedelta(hours=12),
        "next_month": now + timedelta(days=31),
        "next_year": now + timedelta(days=400),
        "two_hours_ago": now - timedelta(hours=2),
    }
    values: dict[str, tuple[Any, Any]] = {name: (moment, UtcDateTime()) for name, moment in moments.items()}
    with lives.billing.engine.begin() as connection:
        altered = first_document(connection)[1] | {"buyer": {"name": "Somebody else"}}
        values["altered"] = (altered, Json)
        for sql in fault.split(";"):
            used = [bindparam(name, *value) for name, value in values.items() if f":{name}" in sql]
            assert connection.execute(text(sql).bindparams(*used)).rowcount >= 1, sql


def first_document(connection: Connection) -> tuple[str, dict[str, Any]]:
    row = connection.execute(select(Invoice.id, Invoice.document).order_by(Invoice.id)).first()
    assert row is not None
    return row.id, row.document


def test_a_desk_that_has_been_lived_in_is_clean(lived_in: Lives) -> None:
    assert lived_in.findings() == ()
    assert lived_in.cash() == lived_in.collected() - 12_20 > 0  # what was refunded


def test_a_desk_where_nothing_ever_happened_is_clean(database_url: str, tmp_path: Path) -> None:
    with Lives.open(database_url, tmp_path, at("2026-01-31 10:00")) as lives:
        assert lives.findings() == ()


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_is_found_and_called_by_its_name(fault: str, rows: Lives) -> None:
    sql, expected = FAULTS[fault]
    plant(rows, sql)
    findings = rows.findings()
    beside = BESIDE - expected
    assert {finding.invariant for finding in findings} - beside == expected, findings
    assert all(finding.where and finding.what.endswith(".") for finding in findings)
    assert expected <= set(INVARIANTS)


@pytest.mark.parametrize("fault", FORGED)
def test_a_document_whose_hash_was_made_anew_is_found_by_its_sums(fault: str, rows: Lives) -> None:
    change, expected = FORGED[fault]
    with rows.billing.engine.begin() as connection:
        id_, document = first_document(connection)
        change(document)
        forged = {"document": document, "document_hash": digest_of(document)}
        connection.execute(update(Invoice).where(Invoice.id == id_).values(forged))
    assert {finding.invariant for finding in rows.findings()} - {SEALED} == expected


@pytest.mark.parametrize("beyond", [2**64, 10**40], ids=str)
def test_a_document_with_a_number_beyond_all_amounts_is_one_that_was_altered(
    beyond: int, rows: Lives
) -> None:
    with rows.billing.engine.begin() as connection:
        id_, document = first_document(connection)
        document["lines"][0]["quantity"] = beyond
        connection.execute(update(Invoice).where(Invoice.id == id_).values(document=document))
    found = [one.what for one in rows.findings() if one.invariant == FROZEN]
    assert found == ["2026-000001 is not what its hash was made of."]


@pytest.mark.parametrize("fault", UNSEALED)
def test_what_was_changed_after_it_was_sealed_is_found_by_the_chain(fault: str, rows: Lives) -> None:
    plant(rows, UNSEALED[fault])
    found = [finding for finding in rows.findings() if finding.invariant == SEALED]
    assert found
    assert all(finding.where and finding.what.endswith(".") for finding in found)


def test_books_that_were_made_anew_are_not_those_whose_head_was_kept(rows: Lives) -> None:
    """The last invoice is gone without a trace: only whoever kept the head outside of these books can tell."""
    head = seals.head(rows.billing)
    assert verify.verify(rows.billing, head=head) == ()
    plant(rows, PLANTS["the last invoice was removed"][0])
    plant(rows, f"UPDATE number_series SET last = last - 1 WHERE {OF_INVOICES}")
    plant(rows, "DELETE FROM sealed_rows WHERE kind = 'invoices' AND row_id NOT IN (SELECT id FROM invoices)")
    plant(rows, "DELETE FROM seals;UPDATE sealed_rows SET seal = NULL, digest = NULL")
    assert seals.head(rows.billing) != head
    assert {finding.invariant for finding in rows.findings()} == {BILLED}
    (kept,) = [one for one in verify.verify(rows.billing, head=head) if one.invariant == SEALED]
    number = head.partition("-")[0]
    assert kept.what == f"The books were rewritten: seal {number} is not the one whose head was kept."


def test_a_head_goes_on_to_hold_while_more_is_written_and_sealed(rows: Lives) -> None:
    first = seals.head(rows.billing)
    with rows.billing.engine.begin() as connection:
        again = "INSERT INTO sealed_rows (number, kind, workspace_id, row_id, part) SELECT 100000, kind, "
        connection.execute(text(f"{again} workspace_id, 'aud_1', part FROM sealed_rows WHERE number = 1"))
        again = "INSERT INTO audit_entries SELECT workspace_id, 'aud_1', at, property_id, user_id, via, act, "
        rest = "subject_id, before, after, refused_as FROM audit_entries WHERE act = 'subscription.cancel'"
        connection.execute(text(again + rest))
        connection.execute(text("UPDATE sealed_rows SET kind = 'audit_entries' WHERE number = 100000"))
    second = seals.head(rows.billing)
    assert first != second
    assert verify.verify(rows.billing, head=first) == verify.verify(rows.billing, head=second) == ()


def test_a_chain_of_many_small_seals_is_read_to_its_end(rows: Lives) -> None:
    plant(rows, "DELETE FROM seals;UPDATE sealed_rows SET seal = NULL, digest = NULL")
    assert seals.seal(rows.billing, batches=2 * SEALS_AT_A_TIME, size=1) > SEALS_AT_A_TIME + 1
    seals.head(rows.billing)
    assert rows.findings() == ()
    altered, other = SEALS_AT_A_TIME + 1, "SELECT digest FROM sealed_rows WHERE seal = 1"
    plant(rows, f"UPDATE seals SET rows = {2 * seals.BATCH_SIZE} WHERE number = 2")
    plant(rows, f"UPDATE sealed_rows SET digest = ({other}) WHERE seal = {altered}")
    with rows.billing.engine.connect() as connection:
        kind = connection.scalar(text(f"SELECT kind FROM sealed_rows WHERE seal = {altered}"))
    assert [finding.what for finding in rows.findings()] == [
        "Seal 2 is not what it was made of, or does not follow the one before it.",
        f"Seal {altered} is not what it was made of, or does not follow the one before it.",
        CHANGED.format(kind=kind, seal=altered),
    ]


def test_digests_are_read_in_hexadecimal_and_in_base_64_and_make_the_same_seals(rows: Lives) -> None:
    """Rows that were sealed before the upgrade was finished stay as they are."""
    head = seals.head(rows.billing)
    with rows.billing.engine.begin() as connection:
        kept = connection.execute(text("SELECT number, digest FROM sealed_rows ORDER BY number")).all()
        assert {len(digest) for _, digest in kept} == {43}
        for number, digest in kept[::2]:
            connection.execute(
                text("UPDATE sealed_rows SET digest = :digest WHERE number = :number"),
                {"number": number, "digest": b64decode(f"{digest}=").hex()},
            )
    assert verify.verify(rows.billing, head=head) == ()


def test_what_is_no_head_is_refused_by_the_command(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    assert CliRunner().invoke(program, ["verify", "--against", "nothing"]).exit_code == 2
    assert CliRunner().invoke(program, ["verify", "--head"]).output == "\n"


def test_every_invariant_has_a_fault_that_it_finds() -> None:
    found = (found for _, found in (FAULTS | FORGED).values())
    assert set().union(*found) | {SEALED} == set(INVARIANTS)


def test_the_operator_can_read_what_is_found_of_each_fault() -> None:
    rows = [line.split(" | ") for line in WHAT_IT_FINDS.read_text(encoding="utf-8").splitlines()]
    told = {row[0].removeprefix("| "): row[1] for row in rows if len(row) == 2}
    expected = {fault: found for fault, (_, found) in (FAULTS | FORGED).items()}
    for fault, found in (expected | {fault: {SEALED} for fault in UNSEALED}).items():
        assert [each for each in found if f"*{each}*" not in told[fault]] == [], fault


def test_all_that_is_found_is_said_in_italian_too() -> None:
    italian = catalogue("it", LOCALES)
    said = {*INVARIANTS, *(check.what for check in CHECKS), OFF_ANCHOR, *SENTENCES, *SENTENCES_OF_THE_CHAIN}
    assert [sentence for sentence in said if italian.gettext(sentence) == sentence] == []


def test_what_was_done_while_the_books_were_verified_for_hours_is_not_to_come(desk: Desk) -> None:
    owner = desk.owner()
    plan = desk.subscribed(owner, desk.property_of(owner))

    def hours_later(done: int, _count: int) -> None:
        if not done:
            desk.clock.now += timedelta(hours=2)
            subscriptions.cancel(desk.billing, owner, plan.id, "dear")

    assert verify.verify(desk.billing, progress=hours_later) == ()
    assert desk.plan(plan.id).ends_at is not None


def test_documents_are_gone_through_in_batches(rows: Lives) -> None:
    assert verify.verify(rows.billing, batch=3) == ()
    plant(rows, "UPDATE invoices SET currency = 'USD'")
    found = [one for one in verify.verify(rows.billing, batch=3) if one.invariant == FROZEN]
    assert len(found) == len(set(found)) > 6
    assert len(found) == len(rows.gateway.charged()) + 1  # and the one that its payer did not confirm yet


def test_the_operator_is_told_and_the_command_ends_with_1(
    rows: Lives, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", rows.billing.engine.url.render_as_string(hide_password=False))
    coming = CliRunner().invoke(program, ["agenda", WORKSPACE])
    assert coming.exit_code == 0
    assert "\n2026-05-31 08:00 UTC  changes   Piazza: Plain Small  120.78 EUR  sub_" in coming.output
    plant(rows, "UPDATE number_series SET last = 99")
    told = CliRunner().invoke(program, ["verify"])
    count = len(rows.gateway.charged()) + 1
    fault = f"The counter stands at 99, the highest number is {count}."
    assert f"counters stand at the last number: invoices 2026: {fault}" in told.output.splitlines()
    assert told.exit_code == 1
    told = CliRunner().invoke(program, ["verify", "--language", "it"])
    fault = f"Il contatore è a 99, il numero più alto è {count}."
    assert f"i contatori sono fermi all’ultimo numero: invoices 2026: {fault}" in told.output.splitlines()


def test_what_was_never_tried_is_said_in_the_readers_language(rows: Lives) -> None:
    plant(rows, "UPDATE outbox SET queued_at = '2020-01-01 00:00:00' WHERE number = 1")
    (late,) = (one for one in verify.verify(rows.billing) if one.invariant == "messages arrive within a day")
    assert late.said(Translator(LOCALES, "it")).endswith(
        " 1: È in attesa dal 2020-01-01 00:00 UTC e non ne è mai stato tentato l’invio."
    )


def test_the_operator_is_told_what_holds(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    told = CliRunner().invoke(program, ["verify"])
    assert told.output.splitlines() == ["All checks passed:", *(f"- {each}" for each in INVARIANTS)]
    assert told.exit_code == 0
    coming = CliRunner().invoke(program, ["agenda", WORKSPACE])
    assert (coming.exit_code, coming.output) == (
        1,
        "Nothing was changed. There is no such workspace: one is known once somebody opened the app in it.\n",
    )
