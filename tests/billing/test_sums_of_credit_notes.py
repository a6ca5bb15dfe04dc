"""The sums and the VAT of credit notes: line by line, to a cent, in whatever parts an invoice is credited."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st

from billing.invoicing.creditable import Credit, Credited, credit_of, creditable_total
from billing.services import changes, companies, purchases
from billing.services.changes import PlanSelection
from billing.services.verify import verify
from billing.values.companies import Company
from billing.values.cycles import Interval
from billing.values.documents import InvoiceDocument
from billing.values.money import Money
from billing.values.refusals import CreditOutOfBounds
from billing.values.tax import Treatment, groups
from billing.values.tax_groups import TaxGroup
from tests.billing.credited import issue, notes_of
from tests.billing.desk import MILANO, Desk
from tests.billing.sample_invoice import ENGLISH, INVOICE, MONTHLY, text_of, with_lines
from tests.billing.test_cases import expected_of
from tests.billing.test_einvoices import sending

NOTHING_GIVEN = Credited({}, {}, ())


def test_two_vat_treatments_of_one_invoice_are_mirrored_line_by_line(desk: Desk) -> None:
    """Bought before its SDI code was known, upgraded as a public office: only the rest has the office pay its VAT."""
    owner = desk.owner()
    order = replace(desk.order(owner, desk.property_of(owner)), company=Company(codice_fiscale="80012000826"))
    plan = purchases.purchase(desk.billing, owner, order, key="one").subscription
    typed = {"legal_name": "Comune di Esempio", "codice_fiscale": "80012000826", "sdi_code": "UFABC1"}
    companies.change(desk.billing, owner, plan.id, typed, desk.plan(plan.id).version, MILANO)
    changes.change(desk.billing, owner, plan.id, PlanSelection("pro", Interval.MONTH), key="up")
    upgrade = desk.invoices()[-1]
    assert upgrade.total_minor == 2000 - 1220
    note = issue(desk, "", upgrade.number)
    said = note.read_document()
    assert [(line.net_minor, line.tax_rate, line.tax_note) for line in said.lines] == [
        (-1000, 2200, ""),
        (2000, 2200, "split_payment"),
    ]
    assert said.taxes == (TaxGroup(2200, -1000, -220), TaxGroup(2200, 2000, 0, "split_payment"))
    assert note.total_minor == 780
    assert issue(desk, "", "2026-000001").total_minor == 1220
    assert verify(desk.billing) == ()


def test_the_vat_that_a_public_office_pays_adds_up_over_all_parts_that_are_credited(desk: Desk) -> None:
    """2.20 on 10.00: 0.73 on each third would leave a cent of it for good."""
    at = sending(desk)
    owner = at.owner()
    office = Company(codice_fiscale="80012000158", sdi_code="UFABC1")
    order = replace(at.order(owner, at.property_of(owner)), company=office)
    purchases.purchase(at.billing, owner, order, key="one")
    for amount in ("3.33", "3.33", ""):
        issue(at, amount)
    notes = [note.read_document() for note in notes_of(at)]
    assert [(note.total.minor, note.withheld.minor) for note in notes] == [(333, 73), (333, 74), (334, 73)]
    kept = [note.document["taxes"][0].get("rounding_minor") for note in notes_of(at)]
    assert kept == [None, 1, None], "the release before reads what needs none"
    rows = at.rows("SELECT content FROM einvoices ORDER BY progressive")
    said = [bytes(row.content).decode().split("<Imposta>")[1].split("<")[0] for row in rows]
    assert said == ["2.20", "0.73", "0.74", "0.73"]
    assert "VAT 22% €3.33 €0.74" in text_of(notes[1], ENGLISH)
    assert verify(at.billing) == ()


def document_of(*lines: tuple[int, int]) -> InvoiceDocument:
    """An invoice of lines of such net amounts and rates."""
    made = [replace(MONTHLY, net_minor=net, tax_rate=rate) for net, rate in lines]
    taxes = groups((Treatment(line.tax_rate), line.net_minor) for line in made)
    return replace(INVOICE, lines=tuple(made), taxes=taxes)


def credited(document: InvoiceDocument, amounts: list[int]) -> list[Credit]:
    """Credits of so many cents, one after the other, and at last of all that is left."""
    given, credits = NOTHING_GIVEN, []
    for minor in (*amounts, None):
        amount = Money(minor, "EUR") if minor is not None else None
        credits.append(credit := credit_of(document, given, amount))
        noted = Counter(given.noted)
        for position, line in credit.lines:
            noted[position] += line.net_minor
        given = Credited({}, noted, (*given.taxes, *credit.taxes))
    assert creditable_total(document, given).minor == 0
    return credits


def test_two_partial_ones_add_up_exactly_to_the_invoice() -> None:
    """LAG-13."""
    asked, expected = expected_of("LAG-13")
    document = document_of(*[(net, asked["tax_percent"] * 100) for net in asked["items"]])
    assert document.total.minor == asked["invoice_total_minor"]
    credits = credited(document, expected["totals"][:1])
    assert [credit.total for credit in credits] == expected["totals"]
    assert [sum(group.tax_minor for group in credit.taxes) for credit in credits] == expected["taxes"]
    assert sum(credit.total for credit in credits) == expected["sum"]


LINES = st.lists(
    st.tuples(st.integers(1, 100_000), st.sampled_from([0, 400, 1000, 2200])), min_size=1, max_size=5
)


@settings(deadline=None)
@drawn(LINES, st.lists(st.integers(1, 60_000), max_size=6))
def test_however_an_invoice_is_credited_its_parts_add_up_and_none_is_below_zero(
    lines: list[tuple[int, int]], amounts: list[int]
) -> None:
    document = document_of(*lines)
    fitting, left = [], document.total.minor - 1
    for amount in amounts:
        if amount <= left:
            fitting.append(amount)
            left -= amount
    credits = credited(document, fitting)
    assert [credit.total for credit in credits[:-1]] == fitting
    assert sum(credit.total for credit in credits) == document.total.minor
    back: Counter[int] = Counter()
    for credit in credits:
        assert credit.lines
        assert all(group.net_minor >= 0 and group.tax_minor >= 0 for group in credit.taxes)
        assert sum(line.net_minor for _, line in credit.lines) == sum(g.net_minor for g in credit.taxes)
        for position, line in credit.lines:
            back[position] += line.net_minor
    assert [back[position] for position in range(1, len(lines) + 1)] == [net for net, _ in lines]


@settings(deadline=None)
@drawn(st.lists(st.integers(1, 500), min_size=1, max_size=3), st.lists(st.integers(1, 300), max_size=9))
def test_however_a_public_office_is_credited_the_vat_that_it_withheld_adds_up(
    nets: list[int], amounts: list[int]
) -> None:
    """None of it is in a total, and yet the last part takes what rounding left, which SdI takes of any part."""
    split = Treatment(2200, "split_payment")
    lines = tuple(replace(MONTHLY, net_minor=net, tax_note=split.note) for net in nets)
    document = replace(INVOICE, lines=lines, taxes=groups((split, net) for net in nets))
    fitting, left = [], document.total.minor - 1
    for amount in amounts:
        if amount <= left:
            fitting.append(amount)
            left -= amount
    parts = [group for credit in credited(document, fitting) for group in credit.taxes]
    assert sum(group.withheld_minor for group in parts) == document.withheld.minor
    assert all(abs(group.rounding_minor) <= 1 and group.withheld_minor >= 0 for group in parts)


def test_what_was_given_back_with_another_vat_is_owed_again_with_that() -> None:
    document = document_of((-500, 2200), (1000, 0))
    credit = credit_of(document, NOTHING_GIVEN, None)
    assert (document.total.minor, credit.total) == (390, 390)
    assert [(position, line.net_minor) for position, line in credit.lines] == [(1, -500), (2, 1000)]
    assert credit.taxes == (TaxGroup(0, 1000, 0), TaxGroup(2200, -500, -110))
    part = credit_of(document, NOTHING_GIVEN, Money(389, "EUR"))
    assert [(position, line.net_minor) for position, line in part.lines] == [(2, 389)]


def test_another_currency_is_refused() -> None:
    with pytest.raises(CreditOutOfBounds):
        credit_of(with_lines(MONTHLY), NOTHING_GIVEN, Money(1, "USD"))
