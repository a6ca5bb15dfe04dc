"""Issuing an invoice: its number, its freezing and its place in the ledger, in the caller's transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache, partial
from typing import Any

from sqlalchemy.orm import Session

from billing import ledger
from billing.invoicing.drafts import Draft, Drafter
from billing.invoicing.editions import first_editions, lock_files
from billing.invoicing.euro_taxes import RateOn, newest_rate, rows_of, tax_in_euro
from billing.invoicing.numbering import Number, Numbering
from billing.invoicing.redating import redated
from billing.invoicing.spending import note_spending
from billing.models.base import new_ids
from billing.models.drawings import KeptLogo
from billing.models.einvoices import EInvoice
from billing.models.exchange_rates import EuroTax
from billing.models.invoices import Invoice, InvoiceLine
from billing.models.ledger import Posting
from billing.models.subscriptions import Subscription
from billing.ports import EInvoiceWriter
from billing.queries.drawings import stored_logo
from billing.queries.in_sql import insert_once
from billing.upgrades import writes_short
from billing.values.appearance import Logo
from billing.values.cycles import local_date
from billing.values.documents import InvoiceDocument, Seller
from billing.values.en16931 import embedded_in
from billing.values.frozen import frozen, frozen_seller, worded
from billing.values.hashes import canonical, digest_of_text
from billing.values.money import Money
from billing.values.tax import TaxTable

Row = dict[str, Any]
# What is issued later is of no earlier moment than what was issued before, unless the clock had been wrong by more.
SET_BACK = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Issuer:
    """Who issues, with which VAT, and how invoices and credit notes are numbered and written as e-invoices.

    `logo` is the seller's. With `says_euros` VAT in other currencies is said in euros, too.
    """

    seller: Seller
    taxes: TaxTable
    numbers: Numbering
    credit_note_numbers: Numbering
    clock: Callable[[], datetime]
    write_e_invoice: EInvoiceWriter
    logo: Logo | None = None
    says_euros: bool = False

    def drafter(self, session: Session, at: datetime) -> Drafter:
        """Writes drafts of that date, in the seller's time zone."""
        # One statement for a currency, however many drafts are written.
        rates = cache(partial(newest_rate, session)) if self.says_euros else None
        return Drafter(self.seller, self.taxes, local_date(at, self.seller.time_zone), rates)

    def moment(self, session: Session, numbers: Numbering, at: datetime) -> datetime:
        """When a document of a work that began at `at` is issued: read once the numbers are locked.

        Who waited for them over midnight would otherwise take the later number with the earlier date, and so would
        whoever comes after a clock was set back over it: that document is of the moment of the one before it.
        """
        if self.seller.e_invoices:
            lock_files(session)
        last, now = numbers.lock(session), max(at, self.clock())
        return last if last is not None and now < last <= now + SET_BACK else now

    def issue(self, session: Session, subscription: Subscription, draft: Draft, at: datetime) -> Invoice:
        """Numbers, freezes and books the draft. Raises InvoiceIncomplete or NotSendable before a number is taken."""
        draft.refuse_if_incomplete()
        owner = Owner(subscription.workspace_id, subscription.property_id, subscription.id)
        (issued,) = self.freeze(session, [(owner, draft)], at)
        invoice, document = Invoice(**issued.invoice), issued.draft.document
        session.add(invoice)
        session.flush()  # the invoice goes before its lines, which refer to it
        session.add_all(InvoiceLine(**line) for line in _lines(issued.invoice, issued.draft))
        net, tax = document.net.minor, document.tax.minor
        postings = ledger.invoice_postings(issued.invoice, net, tax, short=writes_short(session))
        session.add_all(Posting(**posting) for posting in postings)
        session.add_all(EuroTax(**row) for row in rows_of([(issued.invoice, document)]))
        editions = self.e_invoices(session, [(issued.invoice, document)])
        session.add_all(EInvoice(**edition) for edition in editions)
        if subscription.prop.has_budget:
            note_spending(session, [(owner.workspace_id, owner.property_id)], at)
        return invoice

    def freeze(self, session: Session, drafts: Sequence[tuple[Owner, Draft]], at: datetime) -> list[Issued]:
        """Numbers the drafts, which are complete, one after the other, and gives their rows."""
        at = self.moment(session, self.numbers, at)
        issued_on = local_date(at, self.seller.time_zone)
        drafter = self.drafter(session, at)
        drafts = [(owner, _in_euro(_of_day(draft, drafter), drafter.rates)) for owner, draft in drafts]
        numbers = self.numbers.take(session, at, issued_on, len(drafts))
        self.keep_logo(session)
        issued = []
        short, own = writes_short(session), frozen_seller(self.seller)
        ids = new_ids("inv", len(drafts))
        for id_, number, (owner, draft) in zip(ids, numbers, drafts, strict=True):
            document = draft.document
            dated = {"number": number.written, "issued_on": issued_on.isoformat()}
            seller = own if document.seller is self.seller else self._shown(document.seller)
            plain = frozen(worded(document) if short else document, seller, short=short) | dated
            beside = {"issued_at": at, "issued_on": issued_on, "embeds": embedded_in(document)}
            text = canonical(plain)
            row = _invoice(owner, id_, number, document.total, plain, digest_of_text(text)) | beside
            issued.append(Issued(draft, row, text))
        return issued

    def _shown(self, seller: Seller) -> Row:
        """The seller of a draft, which may have waited for its payment: what it shows must be what is kept."""
        return frozen_seller(replace(seller, logo=self.seller.logo, accent=self.seller.accent))

    def e_invoices(self, session: Session, issued: Sequence[tuple[Row, InvoiceDocument]]) -> list[Row]:
        """The rows of the e-invoices of those documents, each beside its own row; none for what is sent to nobody."""
        return first_editions(session, self.write_e_invoice, issued)

    def keep_logo(self, session: Session) -> None:
        """Keeps the logo that a document is about to name, unless it is kept already."""
        if self.logo is None:
            return
        if session.scalar(stored_logo(), {"digest": self.logo.digest}) is None:
            insert_once(session, KeptLogo, {"digest": self.logo.digest, "content": self.logo.content})


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose invoice it is."""

    workspace_id: str
    property_id: str
    subscription_id: str


@dataclass(frozen=True, slots=True)
class Issued:
    """The row of an issued invoice, as values of its columns, its document as JSON, and the draft that it was."""

    draft: Draft
    invoice: Row
    text: str


def _of_day(draft: Draft, drafter: Drafter) -> Draft:
    """A draft of an earlier day has the VAT of the day on which it is issued. Raises TaxCaseUnknown."""
    return draft if draft.document.issued_on == drafter.on else redated(draft, drafter)


def _in_euro(draft: Draft, rates: RateOn | None) -> Draft:
    """The draft with its VAT in euros where that is to be said. Raises InvoiceIncomplete."""
    said = tax_in_euro(draft.document, rates)
    return replace(draft, document=replace(draft.document, in_euro=said)) if said else draft


def _invoice(owner: Owner, id_: str, number: Number, total: Money, plain: Row, digest: str) -> Row:
    """The row of an invoice but for its dates and what its PDF embeds; `plain` is its document."""
    return {
        "workspace_id": owner.workspace_id,
        "id": id_,
        "property_id": owner.property_id,
        "subscription_id": owner.subscription_id,
        "series": number.series,
        "sequence": number.sequence,
        "number": number.written,
        "currency": total.currency,
        "total_minor": total.minor,
        "document": plain,
        "document_hash": digest,
    }


def _lines(invoice: Row, draft: Draft) -> Iterator[Row]:
    for position, (line, span) in enumerate(zip(draft.document.lines, draft.spans, strict=True), start=1):
        credited_invoice_id, credited_position = span.credited or (None, None)
        yield {
            "workspace_id": invoice["workspace_id"],
            "invoice_id": invoice["id"],
            "position": position,
            "subscription_id": invoice["subscription_id"],
            "kind": line.kind,
            "period_start_at": span.start_at,
            "period_end_at": span.end_at,
            "first_day": line.first_day,
            "last_day": line.last_day,
            "net_minor": line.net_minor,
            "credited_invoice_id": credited_invoice_id,
            "credited_position": credited_position,
        }
