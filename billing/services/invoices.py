"""Issued invoices: lists of them, and each as a PDF."""

from __future__ import annotations

from billing.invoicing.credit_notes import credit_notes_of
from billing.queries.invoices import invoices_of_property, invoices_of_subscription
from billing.queries.pages import page as rows_of
from billing.rendering import file_of
from billing.services.pagination import page_of, scope_of
from billing.values.actors import Actor
from billing.values.snapshots import InvoiceFile, InvoicePage, InvoiceState
from billing.work import Billing


def listed(billing: Billing, actor: Actor, subscription_id: str | None = None, page: int = 1) -> InvoicePage:
    """The invoices of one subscription, or of the property that the actor has chosen; newest first.

    A page beyond the last one is the last one. Raises NoProperty, NotFound, NotAllowed.
    """
    with billing.read("invoice.list") as work:
        scope = scope_of(work, actor, subscription_id)
        rows = invoices_of_subscription() if subscription_id else invoices_of_property()
        at = page_of(work.session, rows, scope.key, page)
        found = work.session.execute(rows_of(rows), scope.key | at.shown).all()
        notes = credit_notes_of(work.session, [invoice for invoice, _ in found])
        invoices = tuple(
            invoice.snapshot(notes.get(invoice.id, ()), InvoiceState(state)) for invoice, state in found
        )
        return InvoicePage(scope.property, subscription_id, scope.title, invoices, *at.place)


def as_file(billing: Billing, actor: Actor, invoice_id: str, language: str) -> InvoiceFile:
    """The invoice as a PDF in that language, drawn from what was frozen. Raises NotFound, NotAllowed."""
    with billing.read("invoice.read") as work:
        invoice = work.invoice_as_reader(actor, invoice_id)
    return file_of(billing, invoice, language)
