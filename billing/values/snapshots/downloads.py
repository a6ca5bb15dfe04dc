"""Downloads: what can be asked for, what was asked for, and what is in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from billing.values.exchange_rates import TaxInEuro
from billing.values.money import Money
from billing.values.snapshots.invoices import InvoiceState
from billing.values.snapshots.properties import PropertySnapshot
from billing.values.spans import Span


@dataclass(frozen=True, slots=True)
class DownloadChoices:
    """The days between which documents of a property were issued, or its money moved."""

    property: PropertySnapshot
    first_day: date
    last_day: date


@dataclass(frozen=True, slots=True)
class DownloadSnapshot:
    """Who asked for which papers of which property. `is_new`: nobody was making them for that person yet."""

    workspace_id: str
    id: str
    property_id: str
    property_name: str
    requested_by: str
    span: Span
    requested_at: datetime
    message_ref: str | None = None
    tries: int = 0
    is_new: bool = False


@dataclass(frozen=True, slots=True)
class DocumentRow:
    """An invoice or a credit note in the list; what a credit note gives back is below zero.

    `in_euro` is its VAT in euros, where another currency was charged.
    """

    number: str
    issued_on: date
    what: str
    buyer: str
    vat_number: str
    purchase_order: str
    net: Money
    tax: Money
    state: InvoiceState | None
    corrects: str = ""
    in_euro: TaxInEuro | None = None

    @property
    def total(self) -> Money:
        return self.net + self.tax

    @property
    def is_credit_note(self) -> bool:
        return bool(self.corrects)


@dataclass(frozen=True, slots=True)
class MoneyRow:
    """A payment or, below zero, a refund: what went by the gateway, and what came from the credit balance."""

    on: date
    is_refund: bool
    number: str
    by_gateway: Money
    by_credit: Money
    card: str
    reference: str


@dataclass(frozen=True, slots=True)
class Papers:
    """The lists of a download, which grow while its files are made."""

    property_name: str
    span: Span
    documents: list[DocumentRow] = field(default_factory=list)
    money: list[MoneyRow] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class ArchiveFile:
    """One file in it, of the document with that number."""

    name: str
    number: str
    content: bytes
