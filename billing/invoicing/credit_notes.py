"""Issuing a credit note: where its amount goes, its number, its freezing and its place in the ledger."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from billing import ledger
from billing.invoicing.creditable import Credit
from billing.invoicing.editions import corrected, edition_of_note
from billing.invoicing.euro_taxes import rows_of
from billing.invoicing.issuing import Issuer
from billing.invoicing.numbering import Number
from billing.models.base import new_id
from billing.models.credit_notes import CreditNote, CreditNoteLine
from billing.models.einvoices import EInvoice
from billing.models.exchange_rates import EuroTax
from billing.models.invoices import Invoice
from billing.models.ledger import Posting
from billing.models.properties import Property
from billing.models.subscriptions import Subscription
from billing.queries.credit_notes import notes_of_invoice, notes_of_invoices
from billing.queries.einvoices import last_of
from billing.queries.exchange_rates import euro_taxes_of
from billing.upgrades import writes_short
from billing.values.cycles import local_date
from billing.values.documents import Correction, InvoiceDocument
from billing.values.en16931 import embedded_in
from billing.values.events import CreditNoteIssued
from billing.values.exchange_rates import TaxInEuro
from billing.values.fatturapa import refuse_unless_sendable
from billing.values.frozen import frozen, worded
from billing.values.hashes import digest_of
from billing.values.money import Money
from billing.values.sdi import EInvoiceState
from billing.values.snapshots import CreditNoteSnapshot


@dataclass(frozen=True, slots=True)
class Parts:
    """Where the total of a credit note goes, in minor units: owed no more, lost before, sent back, or credit."""

    owed_minor: int = 0
    lost_minor: int = 0
    refund_minor: int = 0
    balance_minor: int = 0


def correct(
    session: Session,
    issuer: Issuer,
    invoice: Invoice,
    credit: Credit,
    parts: Parts,
    reason: str,
    at: datetime,
    credited_to: Property | None = None,
) -> CreditNote:
    """Numbers, freezes and books a credit note. Raises InvoiceIncomplete or NotSendable before a number is taken.

    What becomes credit is that of the property that the invoice was for, unless another one is `credited_to`.
    """
    at = issuer.moment(session, issuer.credit_note_numbers, at)
    issued_on = local_date(at, issuer.seller.time_zone)
    before = session.execute(
        last_of(), {"workspace_id": invoice.workspace_id, "document_id": invoice.id}
    ).first()
    is_void = before is not None and _was_never_issued(before.state, invoice, credit)
    draft = replace(
        _document(issuer, invoice, credit, parts, reason, is_sent=not is_void), issued_on=issued_on
    )
    elsewhere = credited_to.name if credited_to and credited_to.id != invoice.property_id else ""
    draft = _of_today(draft, elsewhere) if writes_short(session) else _of_before(draft)
    corrections = before.corrections if before else None
    # SdI's word for a date is the clearer one.
    refuse_unless_sendable(corrected(draft, corrections or {}))
    draft.refuse_if_incomplete(numbered=False)
    (number,) = issuer.credit_note_numbers.take(session, at, issued_on)
    issuer.keep_logo(session)
    in_euro = _in_euro(session, invoice, draft)
    document = replace(draft, number=number.written, in_euro=in_euro)
    row = _row(invoice, number, document, parts, at, short=writes_short(session))
    row["property_id"] = credited_to.id if credited_to else invoice.property_id
    note = CreditNote(**row)
    session.add(note)
    session.flush()  # the credit note goes before its lines, which refer to it
    session.add_all(_lines(note, credit))
    session.add_all(Posting(**posting) for posting in ledger.credit_note_postings(row, document))
    session.add_all(EuroTax(**said) for said in rows_of([(row, document)]))
    editions = edition_of_note(session, issuer.write_e_invoice, row, document, corrections)
    session.add_all(EInvoice(**edition) for edition in editions)
    return note


def event_of(subscription: Subscription, invoice: Invoice, note: CreditNote) -> CreditNoteIssued:
    """What is told of it."""
    return CreditNoteIssued(
        **subscription.about(),
        credit_note_id=note.id,
        number=note.number,
        invoice_number=invoice.number,
        total_minor=note.total_minor,
        owed_minor=note.owed_minor,
        lost_minor=note.lost_minor,
        refund_minor=note.refund_minor,
        currency=note.currency,
    )


def _row(
    invoice: Invoice, number: Number, document: InvoiceDocument, parts: Parts, at: datetime, *, short: bool
) -> dict[str, Any]:
    """The row of a credit note, as values of its columns."""
    plain = frozen(document, short=short)
    return {
        "workspace_id": invoice.workspace_id,
        "id": new_id("cn"),
        "subscription_id": invoice.subscription_id,
        "invoice_id": invoice.id,
        "series": number.series,
        "sequence": number.sequence,
        "number": number.written,
        "issued_at": at,
        "issued_on": document.issued_on,
        "currency": document.currency,
        "total_minor": document.total.minor,
        **asdict(parts),
        "embeds": embedded_in(document),
        "document": plain,
        "document_hash": digest_of(plain),
    }


def _document(
    issuer: Issuer, invoice: Invoice, credit: Credit, parts: Parts, reason: str, *, is_sent: bool
) -> InvoiceDocument:
    """What it says: the buyer is the invoice's, whoever that subscription is billed to now.

    It is an e-invoice where the invoice was one: what was sent to nobody is not corrected there.
    """
    was = invoice.read_document()
    sent = issuer.seller.e_invoices if was.seller.e_invoices and is_sent else ""
    return replace(
        was,
        number="",
        seller=replace(issuer.seller, e_invoices=sent),
        lines=tuple(line for _, line in credit.lines),
        taxes=credit.taxes,
        charged_to="",
        paid_on=None,
        credit_minor=0,
        carried_minor=0,
        corrects=Correction(
            invoice.number, invoice.issued_on, reason, parts.owed_minor + parts.lost_minor, parts.refund_minor
        ),
    )


def _of_today(draft: InvoiceDocument, credited_to: str) -> InvoiceDocument:
    """Drawn with the sentences of today, which name the property whose balance has it where that is another."""
    corrects = replace(draft.corrects, credited_to=credited_to) if draft.corrects else None
    return worded(replace(draft, corrects=corrects))


def _of_before(draft: InvoiceDocument) -> InvoiceDocument:
    """Without what the version before cannot read, while it may run (decision 33)."""
    return replace(draft, taxes=tuple(replace(group, rounding_minor=0) for group in draft.taxes))


def _was_never_issued(state: EInvoiceState, invoice: Invoice, credit: Credit) -> bool:
    """Whether it is all of an invoice that SdI rejected, which counts as never issued: SdI hears of neither.

    A part is said there, for the invoice has to be sent again.
    """
    return state is EInvoiceState.REJECTED and credit.total == invoice.total_minor


def _in_euro(session: Session, invoice: Invoice, draft: InvoiceDocument) -> TaxInEuro | None:
    """By the rate of the invoice, whenever it is corrected: what is given back is what was owed.

    All credit notes together have the euros of their VAT together: the last one takes what rounding left.
    """
    corrected = session.get(EuroTax, (invoice.workspace_id, invoice.id))
    if corrected is None or (corrected.tax_minor and not draft.owed_tax.minor):
        return None
    of_it = {"workspace_id": invoice.workspace_id, "invoice_id": invoice.id}
    ids = [note.id for note in session.scalars(notes_of_invoice(), of_it)]
    before = session.scalars(euro_taxes_of(), {"workspace_id": invoice.workspace_id, "ids": ids}).all()
    tax = Money(sum(one.tax_minor for one in before) + draft.owed_tax.minor, draft.currency)
    together = corrected.read().by.of(tax)
    return replace(together, cents=together.cents - sum(one.cents for one in before))


def _lines(note: CreditNote, credit: Credit) -> list[CreditNoteLine]:
    return [
        CreditNoteLine(
            workspace_id=note.workspace_id,
            credit_note_id=note.id,
            position=position,
            invoice_id=note.invoice_id,
            invoice_position=corrected,
            net_minor=line.net_minor,
        )
        for position, (corrected, line) in enumerate(credit.lines, start=1)
    ]


def credit_notes_of(
    session: Session, invoices: Sequence[Invoice]
) -> Mapping[str, tuple[CreditNoteSnapshot, ...]]:
    """The credit notes of each of these invoices, all of one workspace, oldest first; none has no entry."""
    if not invoices:
        return {}
    found: dict[str, tuple[CreditNoteSnapshot, ...]] = {}
    of_them = {
        "workspace_id": invoices[0].workspace_id,
        "invoice_ids": [invoice.id for invoice in invoices],
    }
    for note in session.scalars(notes_of_invoices(), of_them):
        found[note.invoice_id] = (*found.get(note.invoice_id, ()), note.snapshot())
    return found
