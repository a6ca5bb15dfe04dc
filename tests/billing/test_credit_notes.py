"""Credit notes: whole and in part, in a series of their own, never more than was billed, booked and frozen."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy.exc import DatabaseError
from typer.testing import CliRunner

from billing import Actor
from billing.__main__ import program
from billing.models import CreditNote
from billing.services import credit_notes, invoices, properties, purchases
from billing.services.credit_notes import Wanted
from billing.services.verify import verify
from billing.values.actors import VIA_API, Role
from billing.values.errors import BadFields, InvoiceIncomplete, NotAnAmount, NotSendable
from billing.values.money import Money, read_amount
from billing.values.refusals import CreditKeyReused, CreditOutOfBounds, NotAllowed, NotFound
from billing.values.tax_groups import TaxGroup
from tests.billing.credited import ALL, balances, bought, issue, notes_of, nothing_but_refusals_changed
from tests.billing.desk import WORKSPACE, Desk, at_once
from tests.billing.sample_invoice import ENGLISH, INVOICE, ITALIAN, text_of
from tests.billing.test_einvoices import ESEMPIO, sending


def test_a_whole_one_names_what_it_corrects_and_gives_all_of_it_to_the_credit_balance(desk: Desk) -> None:
    bought(desk)
    desk.clock.now += timedelta(days=3)
    note = issue(desk)
    document = note.read_document()
    assert (note.number, note.total_minor, note.issued_on) == ("CN-2026-000001", 1220, date(2026, 2, 3))
    assert document.corrects is not None
    assert (document.corrects.number, document.corrects.issued_on) == ("2026-000001", date(2026, 1, 31))
    assert document.taxes == (TaxGroup(2200, 1000, 220),)
    assert [(line.kind, line.net_minor) for line in document.lines] == [("credit", 1000)]
    assert document.buyer == desk.invoices()[0].read_document().buyer
    assert balances(desk) == {"cash": 1220, "receivable": 0, "revenue": 0, "tax": 0, "credit": -1220}
    assert desk.told()[-1] == "CreditNoteIssued"
    assert desk.audit("credit_note.issue")[0].after == {"number": "CN-2026-000001", "total": 1220}
    assert verify(desk.billing) == ()


def test_none_is_dated_before_its_invoice(desk: Desk) -> None:
    """The clock went back since: it takes no number, with e-invoices or without."""
    bought(desk)
    at = sending(desk)
    purchases.purchase(
        at.billing,
        at.owner(),
        replace(at.order(at.owner(), at.property_of(at.owner(), "Two")), company=ESEMPIO),
        key="k",
    )
    desk.clock.now -= timedelta(days=2)
    before = desk.everything(but=("audit_entries",))
    with pytest.raises(InvoiceIncomplete) as incomplete:
        issue(desk)
    with pytest.raises(NotSendable) as unsendable:
        issue(at, number="2026-000002")
    assert incomplete.value.field == "a date not before that of the document it corrects"
    assert unsendable.value.code == "00418"
    nothing_but_refusals_changed(desk, before)
    desk.clock.now += timedelta(days=2)
    assert [issue(desk).number, issue(at, number="2026-000002").number] == [
        "CN-2026-000001",
        "CN-2026-000002",
    ]


def test_what_it_gave_pays_the_next_invoice(desk: Desk) -> None:
    plan = bought(desk)
    issue(desk, "5.00")
    desk.turn_to(plan.period_end_at)
    assert desk.charged() == [1220, 720]
    assert desk.invoices()[-1].read_document().credit_minor == 500
    assert balances(desk)["credit"] == 0
    assert verify(desk.billing) == ()


def test_parts_of_it_add_up_to_the_invoice_and_no_cent_more(desk: Desk) -> None:
    bought(desk)
    parts = [issue(desk, amount) for amount in ("0.01", "3.33", "8.00")]
    with pytest.raises(CreditOutOfBounds) as refused:
        issue(desk, "0.87")
    assert refused.value.left == Money(86, "EUR")
    parts.append(issue(desk))
    groups = [note.read_document().taxes[0] for note in parts]
    assert [group.net_minor + group.tax_minor for group in groups] == [1, 333, 800, 86]
    assert (sum(group.net_minor for group in groups), sum(group.tax_minor for group in groups)) == (1000, 220)
    with pytest.raises(CreditOutOfBounds) as refused:
        issue(desk)
    assert refused.value.left == Money(0, "EUR")
    assert [note.number for note in parts] == [f"CN-2026-00000{n}" for n in range(1, 5)]
    assert verify(desk.billing) == ()


def test_twenty_at_once_never_give_back_more_than_was_billed(desk: Desk) -> None:
    bought(desk)
    answers = at_once(*[partial(credit_notes.issue, desk.billing, "2026-000001", Wanted("1.50"))] * 20)
    assert sum(isinstance(answer, CreditOutOfBounds) for answer in answers) == 12
    assert desk.rows("SELECT COUNT(*), SUM(total_minor), MAX(sequence) FROM credit_notes") == [(8, 1200, 8)]
    assert desk.rows("SELECT last FROM number_series WHERE name = 'credit notes 2026'") == [(8,)]
    assert verify(desk.billing) == ()


@pytest.mark.parametrize(
    "amount",
    [
        *(
            "",
            "0",
            "-1",
            "0.001",
            "much",
            "NaN",
            "Infinity",
            "12,20,1",
            "1.200",
            "1,200",
            "12.500",
            "1e3",
            "1_000",
            "٣",
            "5.",
            ".5",
        ),
    ],
)
def test_what_is_no_amount_above_zero_is_refused(amount: str) -> None:
    with pytest.raises(NotAnAmount):
        read_amount(amount, "EUR")


def test_an_amount_is_read_as_english_or_italians_write_it() -> None:
    assert read_amount("12.50", "EUR") == read_amount(" 12,5 ", "EUR") == Money(1250, "EUR")
    assert read_amount("500", "JPY") == Money(500, "JPY")
    assert read_amount("1.200", "KWD") == Money(1200, "KWD")  # which has three decimals
    with pytest.raises(NotAnAmount):
        read_amount("1,000", "JPY")


def test_what_is_refused_leaves_nothing_and_burns_no_number(desk: Desk) -> None:
    bought(desk)
    before = desk.everything(but=("audit_entries",))
    for name, wanted, refusal in (
        ("2026-000001", Wanted("12.21"), CreditOutOfBounds),
        ("2026-000001", Wanted("1.200"), NotAnAmount),
        ("2026-000001", Wanted("much"), NotAnAmount),
        ("2026-000009", ALL, NotFound),
        ("", ALL, NotFound),
        ("2026-000001", Wanted(reason="4242 4242 4242 4242"), BadFields),
        ("2026-000001", Wanted(reason="x" * 201), BadFields),
    ):
        with pytest.raises(refusal):
            credit_notes.issue(desk.billing, name, wanted)
        nothing_but_refusals_changed(desk, before)
    assert issue(desk).number == "CN-2026-000001"


@pytest.mark.parametrize(
    ("number", "amount"), [("2026-000002", "1.00"), ("2026-000002", ""), ("2026-000001", "2.00")]
)
def test_a_key_that_was_used_for_another_invoice_or_amount_is_refused_and_says_for_what(
    desk: Desk, number: str, amount: str
) -> None:
    bought(desk)
    bought(desk, "ai-bot/small/month")
    by = Actor(WORKSPACE, "key_1", VIA_API)

    def once(number: str, amount: str) -> str:
        return credit_notes.issue(desk.billing, number, Wanted(amount), by=by, key="k").number

    first = once("2026-000001", "1.00")
    assert once("2026-000001", "1.00") == once("2026-000001", "1,00") == once("2026-000001", "") == first
    with pytest.raises(CreditKeyReused) as refused:
        once(number, amount)
    assert (refused.value.key, refused.value.number) == ("k", "2026-000001")
    assert refused.value.amount == Money(100, "EUR")
    with pytest.raises(NotAnAmount):
        once("2026-000001", "1.200")
    assert len(notes_of(desk)) == 1


def test_it_stands_beside_its_invoice_and_the_invoice_stays_as_it_was(desk: Desk) -> None:
    owner = desk.owner()
    plan = bought(desk)
    (before,) = invoices.listed(desk.billing, owner, plan.id).invoices
    drawn_before = invoices.as_file(desk.billing, owner, before.id, "it").content
    notes = [issue(desk, "1.00"), issue(desk, "2.00")]
    (after,) = invoices.listed(desk.billing, owner, plan.id).invoices
    assert [(each.number, each.total.minor) for each in after.credit_notes] == [
        ("CN-2026-000001", 100),
        ("CN-2026-000002", 200),
    ]
    assert properties.purchases(desk.billing, owner).invoices[plan.id] == (after,)
    assert invoices.as_file(desk.billing, owner, before.id, "it").content == drawn_before
    file = credit_notes.as_file(desk.billing, owner, notes[0].id, "it")
    assert (file.name, file.property_name, file.invoice) == (
        "CN-2026-000001.pdf",
        "Piazza",
        after.credit_notes[0],
    )
    assert file == credit_notes.as_file(desk.billing, owner, notes[0].id, "it")


def test_its_file_is_for_those_who_may_read_the_invoices(desk: Desk) -> None:
    owner = desk.owner()
    piazza = desk.property_of(owner)
    desk.buy(owner, piazza)
    note = issue(desk)
    agent = desk.member(owner, piazza, "UAGENT", Role.AGENT)
    with pytest.raises(NotAllowed):
        credit_notes.as_file(desk.billing, agent, note.id, "it")
    for actor, some_id in (
        (desk.person("UNOBODY"), note.id),
        (owner, "cn_invented"),
        (Actor("T0002", owner.user_id), note.id),
    ):
        with pytest.raises(NotFound) as refused:
            credit_notes.as_file(desk.billing, actor, some_id, "it")
        assert refused.value.noun == "credit note"
    accountant = desk.member(owner, piazza, "UACCOUNTANT", Role.ACCOUNTANT)
    assert credit_notes.as_file(desk.billing, accountant, note.id, "it").content.startswith(b"%PDF-")


def test_the_drawing_cannot_be_taken_for_an_invoice(desk: Desk) -> None:
    bought(desk)
    whole = credit_notes.issue(
        desk.billing, "2026-000001", Wanted("5", refund=True, reason="Servizio non reso")
    )
    with desk.billing.read("test") as work:
        document = work.session.get_one(CreditNote, (WORKSPACE, whole.id)).read_document()
    italian, english = text_of(document, ITALIAN), text_of(document, ENGLISH)
    for words in (
        "Nota di credito 5,00 €",
        "A rettifica della fattura 2026-000001 del 31 gennaio 2026",
        "Numero nota di credito",
        "Servizio non reso",
        "Totale a credito",
        "5,00 € viene rimborsato sulla carta usata per il pagamento.",
    ):
        assert words in italian.replace("\xa0", " "), italian
    for words in (
        "Credit note €5.00",
        "Corrects invoice 2026-000001 of January 31, 2026",
        "Total credited €5.00",
    ):
        assert words in english, english
    assert "Invoice number" not in english
    assert "Credit note" not in text_of(INVOICE, ENGLISH)


@pytest.mark.parametrize("table", ["credit_notes", "credit_note_lines"])
def test_the_database_itself_refuses_to_change_or_delete_one(desk: Desk, table: str) -> None:
    bought(desk)
    issue(desk)
    before = desk.everything()
    emptied = {
        "sqlite": f"REPLACE INTO {table} SELECT * FROM {table}",
        "postgresql": f"TRUNCATE {table} CASCADE",
    }
    for words in (
        f"UPDATE {table} SET workspace_id = 'T0002'",
        f"DELETE FROM {table}",
        emptied[desk.billing.engine.dialect.name],
    ):
        with pytest.raises(DatabaseError, match="only grows"):
            desk.execute(words)
        assert desk.everything() == before


def test_the_operator_corrects_an_invoice_by_its_number(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    bought(desk)
    url = desk.billing.engine.url.render_as_string(hide_password=False)
    monkeypatch.setenv("DATABASE_URL", url)

    def run(*words: str) -> Any:
        return CliRunner().invoke(program, ["credit", *words])

    told = run("2026-000001", "--amount", "2,20", "--refund", "--reason", "Errore")
    assert told.exit_code == 0, told.output
    assert told.output.endswith("000001 credits 2.20 EUR of 2026-000001.\n")
    assert run("2026-000001", "--amount", "much").exit_code == 1
    assert run("2026-000009").exit_code == 1
    assert run("2026-000001").output.endswith("000002 credits 10.00 EUR of 2026-000001.\n")
    refused = run("2026-000001", "--amount", "1")
    assert refused.exit_code == 1
    assert "At most €0.00 of that invoice can be credited" in refused.output
