"""What must be true of an issued document by itself: as it was issued, dated as it says, and its sums right."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from sqlalchemy import Row

from billing.models import EuroTax
from billing.queries.documents import Kind
from billing.values.cycles import local_date
from billing.values.documents import InvoiceDocument, LineKind
from billing.values.exchange_rates import EURO, in_cents
from billing.values.hashes import digest_of
from billing.values.money import Money
from billing.values.tax_groups import tax_on

FROZEN = "documents are as they were issued"
SUMS = "VAT is the rate of the net"
E_INVOICES = "e-invoices are as they were made"
IN_EURO = "VAT in euros is the VAT by its rate"
# A total that was charged before its rate changed is split anew, and may be a cent off.
ROUNDING = 1
ALTERED = "{number} is not what its hash was made of."
DIFFERS = "{number} differs from its row in: {differs}."
NOT_TIMES = "Line {position} of {number} is not its price times its quantity."
NOT_THE_LINES = "The lines of {number} at {rate} are {lines_minor}, and its VAT is on {net_minor}."
NOT_THE_RATE = "{number} has {tax_minor} of VAT on {net_minor} at {rate}."
IN_NO_GROUP = "{number} has lines without VAT and without a reason for it."
NOT_MADE = "{number} is to be sent as an e-invoice, and has none."
NOT_AS_MADE = "The e-invoice of {number} is not the one that was made."
NOT_BY_RATE = "The VAT of {number} in euros is {cents_minor}, and by its rate of {rate} it is {right_minor}."
OF_NO_DOCUMENT = "The VAT in euros of {number} is that of another amount or currency."
OTHER_RATE = "{number} has its VAT in euros by {rate}, and the invoice that it corrects by {corrected_rate}."
SENTENCES = (
    ALTERED,
    DIFFERS,
    NOT_TIMES,
    NOT_THE_LINES,
    NOT_THE_RATE,
    IN_NO_GROUP,
    NOT_MADE,
    NOT_AS_MADE,
    NOT_BY_RATE,
    OF_NO_DOCUMENT,
    OTHER_RATE,
)
Found = tuple[str, str, dict[str, Any]]


def faults(row: Row[Any], kind: Kind, lines: list[tuple[str, ...]]) -> Iterator[Found]:
    """What is wrong with the document of that row: the invariant, the sentence and what it needs."""
    document: dict[str, Any] = row.document
    if not _is_of(row.document_hash, document):
        yield FROZEN, ALTERED, {"number": row.number}
        return
    if differs := ", ".join(_differences(row, kind, lines)):
        yield FROZEN, DIFFERS, {"number": row.number, "differs": differs}
    if document["seller"].get("e_invoices") and not row.has_e_invoice:
        yield E_INVOICES, NOT_MADE, {"number": row.number}
    for sentence, values in _wrong_sums(document):
        yield SUMS, sentence, {"number": row.number, "currency": row.currency} | values


def _is_of(digest: str, document: dict[str, Any]) -> bool:
    try:
        return digest_of(document) == digest
    except TypeError:  # it holds what none of ours does
        return False


def euro_tax_faults(row: Row[Any]) -> Iterator[Found]:
    """What is wrong with the VAT in euros of a document, which stands in that row with it."""
    said: EuroTax = row.EuroTax
    values = {"number": row.number or said.document_id, "rate": said.rate, "currency": EURO}
    document = row.invoice or row.note
    if document is None or (said.currency, said.tax_minor) != _tax_in(document):
        yield IN_EURO, OF_NO_DOCUMENT, values
        return
    right = in_cents(Money(said.tax_minor, said.currency), Decimal(said.rate))
    # All credit notes of an invoice have together the euros of their VAT: one may be a cent off its own.
    if abs(said.cents - right) > (ROUNDING if row.note else 0):
        yield IN_EURO, NOT_BY_RATE, values | {"cents_minor": said.cents, "right_minor": right}
    if row.note and row.corrected_rate != said.rate:
        yield IN_EURO, OTHER_RATE, values | {"corrected_rate": row.corrected_rate or "-"}


def _tax_in(document: dict[str, Any]) -> tuple[str, int]:
    read = InvoiceDocument.from_json(document)
    return read.currency, read.owed_tax.minor


def _differences(row: Row[Any], kind: Kind, lines: list[tuple[str, ...]]) -> Iterator[str]:
    document = row.document
    said = [tuple(str(one[name]) for name in kind.compared) for one in document["lines"]]
    total = sum(group["net_minor"] + group["tax_minor"] for group in document["taxes"])
    zone = document["seller"]["time_zone"]
    same = {
        "number": row.number == document["number"],
        "date": row.issued_on.isoformat() == document["issued_on"]
        and row.issued_on == local_date(row.issued_at, zone),
        "currency": row.currency == document["currency"],
        "total": row.total_minor == total,
        "lines": lines == said,
    }
    yield from (name for name, holds in same.items() if not holds)


def _wrong_sums(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    groups: Counter[tuple[int, str]] = Counter()
    for position, line in enumerate(document["lines"], start=1):
        groups[line["tax_rate"], line.get("tax_note", "")] += line["net_minor"]
        is_whole = line.get("kind", LineKind.CYCLE) == LineKind.CYCLE and line.get("days") is None
        if is_whole and line["net_minor"] != line["unit_minor"] * line["quantity"]:
            yield NOT_TIMES, {"position": position}
    for group in document["taxes"]:
        rate, net, tax = group["rate"], group["net_minor"], group["tax_minor"]
        of_lines = groups.pop((rate, group.get("note", "")), 0)
        amounts = {"rate": f"{rate / 100:g} %", "net_minor": net, "tax_minor": tax, "lines_minor": of_lines}
        if of_lines != net:
            yield NOT_THE_LINES, amounts
        charged = 0 if group.get("note") == "split_payment" else tax_on(net, rate)
        off = abs(tax - charged)
        # A credit note gives back what is left, which has the roundings of all those before it in it.
        if off > ROUNDING and (not document.get("corrects") or not rate):
            yield NOT_THE_RATE, amounts
    if any(groups.values()):
        yield IN_NO_GROUP, {}
