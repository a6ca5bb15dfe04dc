"""The VAT in euros of documents in other currencies: its row beside the document, and the document with it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from billing.queries.exchange_rates import euro_taxes_of, rate_on
from billing.values.documents import InvoiceDocument
from billing.values.errors import InvoiceIncomplete
from billing.values.exchange_rates import EURO, MAX_AGE, TAX_IN_EURO, ExchangeRate, TaxInEuro
from billing.values.fatturapa.codes import stamped

Row = dict[str, Any]
# The rate of a currency on a day; None where none is known.
RateOn = Callable[[str, date], ExchangeRate | None]


def newest_rate(session: Session, currency: str, on: date) -> ExchangeRate | None:
    """The newest that was published by that day; None where it would be too old, or there is none."""
    of = {"currency": currency, "on": on, "oldest": on - MAX_AGE}
    found = session.scalars(rate_on(), of).first()
    return found.read() if found else None


def tax_in_euro(document: InvoiceDocument, rates: RateOn | None) -> TaxInEuro | None:
    """Its VAT in euros, by the rate of its date; None where it needs none, or nobody is asked for rates.

    What may owe stamp duty has the rate without VAT, too. Raises InvoiceIncomplete where no rate is known.
    """
    if rates is None or document.currency == EURO:
        return None
    if not document.owed_tax.minor:
        return _for_stamp_duty(document, rates)
    rate = rates(document.currency, document.issued_on)
    if rate is None:
        raise InvoiceIncomplete(TAX_IN_EURO)
    return rate.of(document.owed_tax)


def lacks_rate(document: InvoiceDocument, rates: RateOn | None) -> bool:
    """Whether it could not be issued for that."""
    try:
        tax_in_euro(document, rates)
    except InvoiceIncomplete:
        return True
    return False


def _for_stamp_duty(document: InvoiceDocument, rates: RateOn) -> TaxInEuro | None:
    """No VAT, with the rate by which the limit of stamp duty is met or not; none is waited for."""
    if not (document.seller.e_invoices and stamped(document).minor):
        return None
    rate = rates(document.currency, document.issued_on)
    return rate.of(document.owed_tax) if rate else None


def rows_of(issued: Sequence[tuple[Row, InvoiceDocument]]) -> list[Row]:
    """The rows of those documents that say their VAT in euros, each beside its own row."""
    return [_row(row, document, document.in_euro) for row, document in issued if document.in_euro]


def with_euro_taxes(
    session: Session, workspace_id: str, documents: dict[str, InvoiceDocument]
) -> dict[str, InvoiceDocument]:
    """Documents of a workspace by id, each with its VAT in euros where it has that."""
    ids = [id_ for id_, document in documents.items() if document.currency != EURO]
    if not ids:
        return documents
    found = session.scalars(euro_taxes_of(), {"workspace_id": workspace_id, "ids": ids})
    return documents | {
        row.document_id: replace(documents[row.document_id], in_euro=row.read()) for row in found
    }


def _row(row: Row, document: InvoiceDocument, said: TaxInEuro) -> Row:
    return {
        "workspace_id": row["workspace_id"],
        "document_id": row["id"],
        "currency": document.currency,
        "tax_minor": document.owed_tax.minor,
        "cents": said.cents,
        "rate": str(said.by.rate),
        "day": said.by.day,
        "source": said.by.source,
    }
