"""Issued invoices: lists of them, and each as a PDF."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import Select

from billing.invoicing.credit_notes import credit_notes_of
from billing.queries.invoices import (
    invoice_listed,
    invoices_found,
    invoices_of_property,
    invoices_of_subscription,
)
from billing.queries.pages import page as rows_of
from billing.rendering import file_of
from billing.services.einvoices import with_states
from billing.services.pagination import page_of, scope_of
from billing.values.actors import Actor
from billing.values.errors import NotAnAmount
from billing.values.money import read_amount
from billing.values.snapshots import InvoiceFile, InvoicePage, InvoiceSnapshot, InvoiceState
from billing.values.spans import Span
from billing.work import Billing, Work

# What stands beside an amount, and is none of it.
BESIDE_AMOUNTS = re.compile(r"[\s€$£¥]")


def listed(billing: Billing, actor: Actor, subscription_id: str | None = None, page: int = 1) -> InvoicePage:
    """The invoices of one subscription, or of the property that the actor has chosen; newest first.

    A page beyond the last one is the last one. Raises NoProperty, NotFound, NotAllowed.
    """
    with billing.read("invoice.list") as work:
        scope = scope_of(work, actor, subscription_id)
        rows = invoices_of_subscription() if subscription_id else invoices_of_property()
        at = page_of(work.session, rows, scope.key, page)
        invoices = _snapshots(work, rows_of(rows), scope.key | at.shown)
        return InvoicePage(scope.property, subscription_id, scope.title, invoices, *at.place)


def find(billing: Billing, actor: Actor, words: str) -> tuple[InvoiceSnapshot, ...]:
    """A few invoices of the property that the actor has chosen; newest first (product, line 54).

    Those whose number holds these words, whose total is that amount, or which are of that month, quarter or year.
    Without words the newest. Raises NoProperty, NotAllowed.
    """
    with billing.read("invoice.find") as work:
        prop, _ = work.property_as_reader(actor)
        typed = words.strip().lower()
        wanted = "".join(f"\\{sign}" if sign in "\\%_" else sign for sign in typed)
        looked_for = {"pattern": f"%{wanted}%", "minor": _minor(typed, prop.currency), **_days(typed)}
        return _snapshots(work, invoices_found(), prop.key | looked_for)


def look_at(billing: Billing, actor: Actor, invoice_id: str) -> InvoiceSnapshot:
    """One invoice, with its credit notes and how it stands. Raises NotFound, NotAllowed."""
    with billing.read("invoice.look_at") as work:
        invoice = work.invoice_as_reader(actor, invoice_id)
        which = {"workspace_id": invoice.workspace_id, "invoice_id": invoice.id}
        return _snapshots(work, invoice_listed(), which)[0]


def as_file(billing: Billing, actor: Actor, invoice_id: str, language: str) -> InvoiceFile:
    """The invoice as a PDF in that language, drawn from what was frozen. Raises NotFound, NotAllowed."""
    with billing.read("invoice.read") as work:
        invoice = work.invoice_as_reader(actor, invoice_id)
    return file_of(billing, invoice, language)


def _minor(typed: str, currency: str) -> int | None:
    """The amount that was typed, with or without currency and thousands: 1.234,56 € or €1,234.56."""
    plain = BESIDE_AMOUNTS.sub("", typed).replace(currency.lower(), "")
    if "," in plain and "." in plain:
        plain = plain.replace(min(",.", key=plain.rindex), "")
    try:
        return read_amount(plain, currency).minor
    except NotAnAmount:
        return None


def _days(typed: str) -> dict[str, date | None]:
    try:
        span = Span.read(typed)
    except ValueError:
        return {"first": None, "after": None}
    return {"first": span.first_day, "after": span.next_day}


def _snapshots(
    work: Work, statement: Select[*tuple[Any, ...]], values: Mapping[str, Any]
) -> tuple[InvoiceSnapshot, ...]:
    found = work.session.execute(statement, values).all()
    notes = credit_notes_of(work.session, [invoice for invoice, _ in found])
    shown = [invoice.snapshot(notes.get(invoice.id, ()), InvoiceState(state)) for invoice, state in found]
    return with_states(work, values["workspace_id"], shown)
