"""Issued invoices: lists of them, and each as a PDF."""

from __future__ import annotations

from sqlalchemy import func, select

from billing.domain.actors import Actor
from billing.domain.correcting import credit_notes_of
from billing.domain.models import Invoice
from billing.domain.snapshots import InvoiceFile, InvoicePage
from billing.drawing import file_of
from billing.reading import subscriptions_of
from billing.work import Billing

PAGE_SIZE = 8


def listed(billing: Billing, actor: Actor, subscription_id: str | None = None, page: int = 1) -> InvoicePage:
    """The invoices of one subscription, or of the property that the actor has chosen; newest first.

    A page beyond the last one is the last one. Raises NoProperty, NotFound, NotAllowed.
    """
    with billing.look("invoice.list") as work:
        title = None
        mine = [Invoice.workspace_id == actor.workspace_id]
        if subscription_id is None:
            of_property, role = work.property_as_reader(actor)
            mine.append(Invoice.subscription_id.in_(subscriptions_of(of_property)))
        else:
            subscription = work.subscription_as_reader(actor, subscription_id)
            of_property, role = work.property_as_reader(actor, subscription.property_id)
            title = f"{subscription.price.plan.add_on.name} {subscription.price.plan.name}"
            mine.append(Invoice.subscription_id == subscription_id)
        count = work.session.scalar(select(func.count()).select_from(Invoice).where(*mine)) or 0
        pages = max(1, -(-count // PAGE_SIZE))
        page = min(max(page, 1), pages)
        found = work.session.scalars(
            select(Invoice)
            .where(*mine)
            .order_by(Invoice.issued_at.desc(), Invoice.sequence.desc())
            .offset((page - 1) * PAGE_SIZE)
            .limit(PAGE_SIZE)
        ).all()
        notes = credit_notes_of(work.session, found)
        invoices = tuple(invoice.snapshot(notes.get(invoice.id, ())) for invoice in found)
        return InvoicePage(of_property.snapshot(role), subscription_id, title, invoices, page, pages, count)


def as_file(billing: Billing, actor: Actor, invoice_id: str, language: str) -> InvoiceFile:
    """The invoice as a PDF in that language, drawn from what was frozen. Raises NotFound, NotAllowed."""
    with billing.look("invoice.read") as work:
        invoice = work.invoice_as_reader(actor, invoice_id)
    return file_of(billing, invoice, language)
