"""What a row keeps of a document says all of it, and nothing that the document does not say."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.values.documents import LEFT_OUT, Buyer, Correction, InvoiceDocument
from billing.values.frozen import frozen, worded
from billing.values.hashes import canonical
from billing.values.tax_groups import TaxGroup
from tests.billing.sample_invoice import CREDIT, INVOICE, REST

BARE = replace(INVOICE, buyer=Buyer("Giulia Rossi", (), "IT"), charged_to="")
DOCUMENTS = {
    "full": INVOICE,
    "bare": BARE,
    "paid before": replace(BARE, paid_on=date(2026, 6, 1), credit_minor=10, carried_minor=-20),
    "a change": replace(BARE, lines=(CREDIT, REST)),
    "a credit note": replace(BARE, corrects=Correction("2026-000001", date(2026, 5, 1))),
    "credit of another property": replace(
        BARE, corrects=Correction("2026-000001", date(2026, 5, 1), credited_to="Corso")
    ),
    "sentences of today": worded(replace(BARE, taxes=(TaxGroup(0, 100, 0, "not_subject"),))),
    "the VAT that other parts left": replace(BARE, taxes=(TaxGroup(2200, 333, 0, "split_payment", 1),)),
}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_is_read_back_as_it_was(name: str) -> None:
    """Whether its row has no empty field, or, as it was written before, one or each of them."""
    document = DOCUMENTS[name]
    for short in (True, False):
        assert InvoiceDocument.from_json(frozen(document, short=short)) == document
    assert InvoiceDocument.from_json(document.as_json()) == document


def test_what_it_does_not_say_is_not_kept() -> None:
    kept = frozen(BARE, short=True)
    assert kept["buyer"] == {"name": "Giulia Rossi", "address": [], "country": "IT"}
    assert kept["charged_to"] == ""
    assert not {"corrects", "credit_minor", "carried_minor", "paid_on"} & set(kept)
    assert all("kind" in line and "tax_note" not in line for line in kept["lines"])
    assert frozen(BARE, short=False) == kept | {"paid_on": None}, "the version before looks it up"
    noted = DOCUMENTS["a credit note"]
    for plain in (noted.as_json(), frozen(noted, short=False)):
        assert not any(name in str(plain) for name in LEFT_OUT), "the version before does not know it"


words = st.text(st.characters(codec="utf-8"))
numbers = st.integers(-(2**63), 2**63 - 1)
parts = st.recursive(
    st.none() | st.booleans() | numbers | words,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(words, inner, max_size=4),
)


@given(st.dictionaries(words, parts, max_size=6))
def test_what_is_hashed_is_plain_json_with_sorted_keys_and_no_blanks_whoever_writes_it(
    said: dict[str, object],
) -> None:
    """Hashes of ten years ago were made by the standard library's writer."""
    assert canonical(said) == json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
