"""Invoices, their credit notes and their files."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from billing.values.money import Money, total
from billing.values.snapshots.properties import PropertySnapshot


@dataclass(frozen=True, slots=True)
class CreditNoteSnapshot:
    """An issued credit note beside the invoice that it corrects; its total is what it gives back.

    `e_invoice` is where its e-invoice is, in lists, empty where it has none.
    """

    id: str
    number: str
    issued_on: date
    total: Money
    invoice_id: str
    e_invoice: str = ""


class InvoiceState(StrEnum):
    """Where an invoice stands. Past due: it is open, and a try to collect it failed.

    Carried: all of it was too little to charge, and is on the next invoice. Disputed, then perhaps lost: who holds
    the card that paid had the bank take the payment back. Credited: credit notes gave back all of it.
    """

    OPEN = "open"
    PAST_DUE = "past_due"
    PAID = "paid"
    CARRIED = "carried"
    DISPUTED = "disputed"
    DISPUTE_LOST = "dispute_lost"
    UNCOLLECTIBLE = "uncollectible"
    CREDITED = "credited"


@dataclass(frozen=True, slots=True)
class InvoiceSnapshot:
    """An issued invoice in a list, with its credit notes, oldest first; `state` is None outside of lists.

    `e_invoice` is where its e-invoice is, in lists, empty where it has none.
    """

    id: str
    number: str
    issued_on: date
    total: Money
    subscription_id: str
    add_on: str
    plan: str
    credit_notes: tuple[CreditNoteSnapshot, ...] = ()
    state: InvoiceState | None = None
    e_invoice: str = ""

    @property
    def credited(self) -> Money:
        """How much its credit notes give back."""
        return total((note.total for note in self.credit_notes), self.total.currency)


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
