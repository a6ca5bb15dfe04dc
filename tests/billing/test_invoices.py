"""Invoices: listed newest first, drawn from what was frozen, never changed by anybody."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from io import BytesIO

import pytest
from pypdf import PdfReader
from sqlalchemy.exc import DatabaseError

from billing.services import addresses, invoices, properties
from billing.values.addresses import BillingAddress
from tests.billing.desk import Desk

ROMA = BillingAddress("Esempio S.r.l.", "Piazza Navona 2", "Roma", "IT", "00186", "RM")
EIGHT_MONTHS_LATER = datetime(2026, 10, 1, tzinfo=UTC)


def test_they_are_listed_newest_first_in_pages(desk: Desk) -> None:
    owner = desk.owner()
    bought = desk.subscribed(owner, desk.property_of(owner))
    desk.turn_to(EIGHT_MONTHS_LATER)
    first = invoices.listed(desk.billing, owner, bought.id)
    assert [invoice.number for invoice in first.invoices] == [f"2026-{n:06}" for n in range(9, 1, -1)]
    assert (first.page, first.pages, first.count) == (1, 2, 9)
    assert (first.title, first.subscription_id) == ("AI Assist Growth", bought.id)
    second = invoices.listed(desk.billing, owner, bought.id, page=2)
    assert [invoice.number for invoice in second.invoices] == ["2026-000001"]


def test_a_page_that_does_not_exist_is_the_nearest_one(desk: Desk) -> None:
    owner = desk.owner()
    bought = desk.subscribed(owner, desk.property_of(owner))
    desk.turn_to(EIGHT_MONTHS_LATER)
    for asked, shown in ((3, 2), (999, 2), (0, 1), (-5, 1)):
        assert invoices.listed(desk.billing, owner, bought.id, asked).page == shown, asked


def test_exactly_one_full_page_is_one_page(desk: Desk) -> None:
    owner = desk.owner()
    bought = desk.subscribed(owner, desk.property_of(owner))
    desk.turn_to(datetime(2026, 9, 1, tzinfo=UTC))
    page = invoices.listed(desk.billing, owner, bought.id, page=2)
    assert (page.page, page.pages, page.count, len(page.invoices)) == (1, 1, 8, 8)


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("000002", [2]),
        *((written, [3, 1]) for written in ("35,38", " 35.38 € ", "EUR 35.38")),
        *((written, [2]) for written in ("1464", "1.464,00", "€1,464.00")),
        *(
            (written, [3])
            for written in ("2026-02", "February 2026", "febbraio 2026", "feb. 2026", "02/2026")
        ),
        ("2026-q1", [3, 2, 1]),
        ("", [3, 2, 1]),
        *((written, []) for written in ("35", "35,39", "marzo 2026", "ju 2026", "2025", "%", "febbraio")),
    ],
)
def test_an_invoice_is_found_by_its_number_its_amount_or_its_month(
    desk: Desk, typed: str, found: list[int]
) -> None:
    owner = desk.owner()
    other, piazza = desk.property_of(owner, "Corso"), desk.property_of(owner)
    desk.buy(owner, piazza, "ai-assist/growth/month")
    desk.buy(owner, piazza, "live-chat/max/year", quantity=3)
    desk.turn_to(datetime(2026, 2, 28, 10, tzinfo=UTC))
    desk.buy(owner, other, "ai-assist/growth/month")
    properties.choose(desk.billing, owner, piazza.id)
    shown = [int(one.number[-6:]) for one in invoices.find(desk.billing, owner, typed)]
    assert shown == found


def test_a_property_without_an_invoice_has_one_empty_page(desk: Desk) -> None:
    owner = desk.owner()
    desk.property_of(owner)
    page = invoices.listed(desk.billing, owner)
    assert (page.invoices, page.page, page.pages, page.count) == ((), 1, 1, 0)


def test_a_property_lists_the_invoices_of_all_its_subscriptions_and_no_others(desk: Desk) -> None:
    owner = desk.owner()
    corso = desk.property_of(owner, "Corso")
    desk.subscribed(owner, corso)
    piazza = desk.property_of(owner)
    desk.subscribed(owner, piazza)
    desk.subscribed(owner, piazza, "video-voice", "standard")
    page = invoices.listed(desk.billing, owner)
    assert page.property.name == "Piazza"
    assert [(i.number, i.add_on) for i in page.invoices] == [
        ("2026-000003", "Video and Voice"),
        ("2026-000002", "AI Assist"),
    ]


def test_a_file_has_the_same_bytes_before_and_after_the_address_was_changed(desk: Desk) -> None:
    owner = desk.owner()
    bought = desk.subscribed(owner, desk.property_of(owner))
    (issued,) = invoices.listed(desk.billing, owner, bought.id).invoices
    before = invoices.as_file(desk.billing, owner, issued.id, "it")
    addresses.change(desk.billing, owner, bought.id, ROMA, bought.version)
    desk.turn(days=31)
    after = invoices.as_file(desk.billing, owner, issued.id, "it")
    assert before == after
    assert (after.name, after.property_name, after.invoice) == (
        "2026-000001.pdf",
        "Piazza",
        replace(issued, state=None),
    )
    drawn = " ".join(page.extract_text() for page in PdfReader(BytesIO(after.content)).pages)
    assert "Via Roma 1" in drawn
    assert "Navona" not in drawn


def test_the_line_names_both_its_days(desk: Desk) -> None:
    owner = desk.owner()
    desk.subscribed(owner, desk.property_of(owner))
    desk.turn_to(datetime(2026, 4, 1, tzinfo=UTC))
    lines = [invoice.read_document().lines[0] for invoice in desk.invoices()]
    assert [(line.first_day, line.last_day) for line in lines] == [
        (date(2026, 1, 31), date(2026, 2, 27)),
        (date(2026, 2, 28), date(2026, 3, 30)),
        (date(2026, 3, 31), date(2026, 4, 29)),
    ]


@pytest.mark.parametrize("table", ["invoices", "invoice_lines", "audit_entries", "postings"])
def test_the_database_itself_refuses_to_change_what_only_grows(desk: Desk, table: str) -> None:
    owner = desk.owner()
    desk.subscribed(owner, desk.property_of(owner))
    before = desk.everything()
    assert before[table]
    for words in (
        f"UPDATE {table} SET workspace_id = 'T0002'",
        f"UPDATE {table} SET workspace_id = workspace_id WHERE workspace_id = 'T0001'",
        f"DELETE FROM {table}",
        f"DELETE FROM {table} WHERE workspace_id = 'T0001'",
    ):
        with pytest.raises(DatabaseError, match=f"{table} only grows"):
            desk.execute(words)
        assert desk.everything() == before


@pytest.mark.parametrize("table", ["invoices", "invoice_lines", "audit_entries", "postings"])
def test_no_other_words_of_sql_empty_or_replace_what_only_grows(desk: Desk, table: str) -> None:
    owner = desk.owner()
    desk.subscribed(owner, desk.property_of(owner))
    before = desk.everything()
    words = {
        "sqlite": f"REPLACE INTO {table} SELECT * FROM {table}",
        "postgresql": f"TRUNCATE {table} CASCADE",
    }
    with pytest.raises(DatabaseError, match="only grows"):
        desk.execute(words[desk.billing.engine.dialect.name])
    assert desk.everything() == before
