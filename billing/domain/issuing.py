"""Issuing an invoice: its number, its freezing and its place in the ledger, in the caller's transaction."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from billing.domain import ledger
from billing.domain.cycles import local_date
from billing.domain.documents import InvoiceDocument, Seller
from billing.domain.drafts import Draft, Drafter
from billing.domain.models.base import new_id
from billing.domain.models.invoices import Invoice, InvoiceLine
from billing.domain.models.subscriptions import Subscription

# Creates the counter or moves it on; the row stays locked to the end of the transaction, so a rolled-back
# one gives its number back and two cannot take the same.
TAKE_NUMBER = text(
    "INSERT INTO number_series (name, last) VALUES (:name, 1) "
    "ON CONFLICT (name) DO UPDATE SET last = number_series.last + 1 RETURNING last"
)


@dataclass(frozen=True, slots=True)
class Issuer:
    """Who issues, and how the numbers are written (`{year}-{number:06}`, a new series each year)."""

    seller: Seller
    number_format: str

    def drafter(self, at: datetime) -> Drafter:
        """Writes drafts of that date, in the seller's time zone."""
        return Drafter(self.seller, local_date(at, self.seller.time_zone))

    def issue(self, session: Session, subscription: Subscription, draft: Draft, at: datetime) -> Invoice:
        """Numbers, freezes and books the draft. Raises InvoiceIncomplete before a number is taken."""
        issued_on = local_date(at, self.seller.time_zone)
        replace(draft.document, number="to come").refuse_if_incomplete()
        series = f"invoices {issued_on.year}"
        last = session.execute(TAKE_NUMBER, {"name": series}).scalar_one()
        number = self.number_format.format(year=issued_on.year, number=last)
        document = replace(draft.document, number=number, issued_on=issued_on)
        invoice = _frozen(subscription, document, series, last, at)
        session.add(invoice)
        session.flush()  # the invoice goes before its lines, which refer to it
        session.add_all(_lines(invoice, document, draft))
        ledger.book_invoice(session, invoice, document)
        return invoice


def _frozen(
    subscription: Subscription, document: InvoiceDocument, series: str, sequence: int, at: datetime
) -> Invoice:
    return Invoice(
        workspace_id=subscription.workspace_id,
        id=new_id("inv"),
        property_id=subscription.property_id,
        subscription_id=subscription.id,
        series=series,
        sequence=sequence,
        number=document.number,
        issued_at=at,
        issued_on=document.issued_on,
        currency=document.currency,
        total_minor=document.total.minor,
        document=document.as_json(),
        document_hash=document.digest(),
    )


def _lines(invoice: Invoice, document: InvoiceDocument, draft: Draft) -> Iterator[InvoiceLine]:
    for position, (line, span) in enumerate(zip(document.lines, draft.spans, strict=True), start=1):
        credited_invoice_id, credited_position = span.credited or (None, None)
        yield InvoiceLine(
            workspace_id=invoice.workspace_id,
            invoice_id=invoice.id,
            position=position,
            subscription_id=invoice.subscription_id,
            kind=line.kind,
            period_start_at=span.start_at,
            period_end_at=span.end_at,
            first_day=line.first_day,
            last_day=line.last_day,
            net_minor=line.net_minor,
            credited_invoice_id=credited_invoice_id,
            credited_position=credited_position,
        )
