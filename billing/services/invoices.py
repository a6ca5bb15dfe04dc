"""Issued invoices: lists of them, and each as a PDF."""

from __future__ import annotations

from sqlalchemy import select

from billing.invoicing.credit_notes import credit_notes_of
from billing.models import Invoice
from billing.rendering import file_of
from billing.services.pagination import page_of, scope_of
from billing.values.actors import Actor
from billing.values.snapshots import InvoiceFile, InvoicePage
from billing.work import Billing


def listed(billing: Billing, actor: Actor, subscription_id: str | None = None, page: int = 1) -> InvoicePage:
    """The invoices of one subscription, or of the property that the actor has chosen; newest first.

    A page beyond the last one is the last one. Raises NoProperty, NotFound, NotAllowed.
    """
    with billing.read("invoice.list") as work:
        scope = scope_of(work, actor, Invoice, subscription_id)
        newest = (Invoice.issued_at.desc(), Invoice.sequence.desc())
        rows = select(Invoice).where(*scope.rows).order_by(*newest)
        at = page_of(work.session, rows, page)
        found = work.session.scalars(rows.slice(*at.span)).all()
        notes = credit_notes_of(work.session, found)
        invoices = tuple(invoice.snapshot(notes.get(invoice.id, ())) for invoice in found)
        return InvoicePage(
            scope.property, subscription_id, scope.title, invoices, at.number, at.pages, at.count
        )


def as_file(billing: Billing, actor: Actor, invoice_id: str, language: str) -> InvoiceFile:
    """The invoice as a PDF in that language, drawn from what was frozen. Raises NotFound, NotAllowed."""
    with billing.read("invoice.read") as work:
        invoice = work.invoice_as_reader(actor, invoice_id)
    return file_of(billing, invoice, language)
