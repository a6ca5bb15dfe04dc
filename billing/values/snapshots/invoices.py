"""Invoices, their credit notes and their files."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from billing.values.money import Money
from billing.values.snapshots.properties import PropertySnapshot


@dataclass(frozen=True, slots=True)
class CreditNoteSnapshot:
    """An issued credit note beside the invoice that it corrects; its total is what it gives back."""

    id: str
    number: str
    issued_on: date
    total: Money
    invoice_id: str


@dataclass(frozen=True, slots=True)
class InvoiceSnapshot:
    """An issued invoice in a list, with its credit notes, oldest first."""

    id: str
    number: str
    issued_on: date
    total: Money
    subscription_id: str
    add_on: str
    plan: str
    credit_notes: tuple[CreditNoteSnapshot, ...] = ()


@dataclass(frozen=True, slots=True)
class InvoicePage:
    """Some invoices of a property or of one of its subscriptions, newest first. Pages count from 1."""

    property: PropertySnapshot
    subscription_id: str | None
    title: str | None
    invoices: tuple[InvoiceSnapshot, ...]
    page: int
    pages: int
    count: int


@dataclass(frozen=True, slots=True)
class InvoiceFile:
    """An invoice, or a credit note, as a PDF."""

    invoice: InvoiceSnapshot | CreditNoteSnapshot
    property_name: str
    name: str
    content: bytes
