"""The invoice's sheets: what hostile, long and many texts do to them."""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import replace
from itertools import combinations, pairwise
from typing import NamedTuple

import pytest

from billing.adapters.pdf import render_invoice
from billing.adapters.pdf.invoice import lay_out
from billing.adapters.pdf.sheet import MARGIN, TOP, WIDTH, Text
from billing.adapters.pdf.typeface import width
from billing.i18n import Translator
from billing.values.addresses import BillingAddress
from billing.values.documents import Buyer, Correction, LineKind
from billing.values.tax_groups import TaxGroup
from tests.billing.sample_invoice import ENGLISH, INVOICE, ITALIAN, MONTHLY, pages_of, text_of, with_lines


class Box(NamedTuple):
    """The space that a text takes, from its descenders to its capitals."""

    left: float
    bottom: float
    right: float
    top: float

    def touches(self, other: Box) -> bool:
        beside = self.right <= other.left + 0.01 or other.right <= self.left + 0.01
        return not beside and self.bottom < other.top and other.bottom < self.top


def box_of(text: Text) -> Box:
    size = text.style.size
    return Box(text.x, text.y - 0.2 * size, text.x + width(text.text, text.style), text.y + 0.7 * size)


@pytest.mark.parametrize(
    "hostile", ["A <B", "<img src=x>", "&amp; {0} {number} %s", "<b>bold</b>", "(\\) ( )Tj", "=cmd()"]
)
def test_markup_and_placeholders_in_a_name_are_printed_as_they_are(hostile: str) -> None:
    document = replace(
        with_lines(replace(MONTHLY, add_on=hostile, plan=hostile)),
        property_name=hostile,
        buyer=Buyer(hostile, (hostile,), "IT"),
        charged_to=f"{hostile} 4242",
    )
    assert text_of(document).count(hostile) == 7


def test_a_character_that_the_typefaces_lack_leaves_a_visible_sign() -> None:
    assert "Property Caffè ��" in text_of(replace(INVOICE, property_name="Caffè กร"))


def test_what_cannot_be_seen_is_left_out() -> None:
    hidden = "Pi\u200baz\u202eza\x00\x07 \ufe0fdel\nDuomo\ud800"
    assert "Property Piazza del Duomo�" in text_of(replace(INVOICE, property_name=hidden))


def drawn_with(word: str) -> tuple[bytes, int]:
    """The document in which each text is that word, and how many calls it took to draw it."""
    document = replace(
        with_lines(replace(MONTHLY, add_on=word, plan=word)),
        property_name=word,
        seller=replace(INVOICE.seller, name=word),
        buyer=Buyer(word, (word,) * 3, "IT"),
    )
    calls = Counter[str]()
    sys.setprofile(lambda _frame, event, _argument: calls.update((event,)))
    try:
        pdf = render_invoice(document, ENGLISH)
    finally:
        sys.setprofile(None)
    return pdf, calls["call"] + calls["c_call"]


def test_an_endless_word_is_cut_before_it_costs_time() -> None:
    drawn_with("W" * 1_000)  # what the process keeps of fonts and styles is made
    _, of_a_long_word = drawn_with("W" * 2_000)
    pdf, of_an_endless_one = drawn_with("W" * 100_000)
    assert of_an_endless_one <= of_a_long_word * 1.1
    assert "W…" in pages_of(pdf)[0]


@pytest.mark.parametrize("name", ["Società Cooperativa Agricola Interprovinciale " * 6, "W" * 10_000])
@pytest.mark.parametrize("words", [ENGLISH, ITALIAN], ids=["English", "Italian"])
def test_no_text_leaves_the_margins_or_runs_into_another(name: str, words: Translator) -> None:
    line = replace(MONTHLY, add_on=name, plan=name, unit_minor=10**15, net_minor=10**15, quantity=10**6)
    document = replace(
        with_lines(line, line, replace(line, tax_rate=1000)),
        taxes=(TaxGroup(2200, 10**15, 10**15), TaxGroup(1000, 10**15, 10**15)),
        property_name=name,
        seller=replace(INVOICE.seller, name=name, address=(name, name)),
        buyer=Buyer(name, (name, name, name), "IT", name, name, name, name, name),
        charged_to=f"{name} 4242",
    )
    part = replace(line, kind=LineKind.CREDIT, days=9, of_days=365, whole_minor=10**15, net_minor=-(10**15))
    paid = replace(document, lines=(*document.lines, part), paid_on=INVOICE.issued_on, credit_minor=10**14)
    corrects = Correction(name, INVOICE.issued_on, name, 10**14, 10**14)
    note = replace(document, number=name[:20], charged_to="", corrects=corrects)
    sheets = [sheet for each in (document, paid, note) for sheet in lay_out(each, words)]
    for sheet in sheets:
        boxes = [box_of(text) for text in sheet.texts]
        assert all(box.left >= MARGIN - 0.01 and box.right <= WIDTH - MARGIN + 0.01 for box in boxes)
        assert all(box.bottom >= MARGIN - 0.01 and box.top <= TOP for box in boxes)
        assert not [(one, other) for one, other in combinations(boxes, 2) if one.touches(other)]


def test_whatever_a_form_accepts_of_a_buyer_is_printed_whole() -> None:
    address = BillingAddress("N" * 100, "S" * 120, "M" * 80, "IT", "2" * 16, "R" * 80, "x" * 120)
    pec = f"{'p' * 64}@{'w' * 63}.{'e' * 63}.{'c' * 53}.example"
    buyer = Buyer(
        address.name, address.lines(), "IT", "IT00743110157", "00743110157", "M5UXCR1", pec, "W" * 40
    )
    whole = "".join(text_of(replace(INVOICE, property_name="Q" * 80, buyer=buyer)).split())
    for value in (buyer.name, *buyer.address, buyer.pec, buyer.purchase_order, "Q" * 80):
        assert value.replace(" ", "") in whole
    assert len(pec) == 254


def test_a_long_add_on_and_its_plan_stand_under_each_other() -> None:
    long = replace(MONTHLY, add_on="Priority support for every office in Europe, day and night")
    assert "day and night Growth Monthly" in text_of(with_lines(long))


def test_a_hundred_and_twenty_lines_run_over_sheets_that_say_where_they_stand() -> None:
    pages = pages_of(render_invoice(with_lines(*[MONTHLY] * 120), ENGLISH))
    assert len(pages) > 3
    for number, page in enumerate(pages, start=1):
        assert page.endswith(f"Page {number} of {len(pages)}")
        assert "Description Quantity Net unit price VAT Net amount" in page
    assert sum(page.count("Live Chat Plus") for page in pages) == 120
    assert "Total €" in pages[-1]


def test_each_sheet_carries_its_subtotal_to_the_next() -> None:
    pages = pages_of(render_invoice(with_lines(*[MONTHLY] * 40), ENGLISH))
    so_far = 0
    for this, following in pairwise(pages):
        so_far += this.count("Live Chat Plus")
        amount = f"€{so_far * 87:,}.00"
        assert f"Carried forward {amount}" in this
        assert f"Brought forward {amount}" in following
    assert "Carried forward" not in pages[-1]


@pytest.mark.parametrize("count", range(1, 20))
def test_the_total_never_stands_on_a_sheet_without_a_line(count: int) -> None:
    assert "Live Chat Plus" in pages_of(render_invoice(with_lines(*[MONTHLY] * count), ENGLISH))[-1]
