"""A change that gives back more than it charges, or to another buyer: an invoice, and credit notes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

import structlog
from sqlalchemy.orm import Session

from billing.invoicing.credit_notes import Parts, correct
from billing.invoicing.creditable import Credit, credit_of, creditable_total, credited_of, whole_of
from billing.invoicing.drafts import Draft
from billing.invoicing.issuing import Issuer
from billing.models import CreditNote, Invoice, Subscription
from billing.queries.credit_notes import notes_of_invoice
from billing.queries.invoice_lines import reduced_by
from billing.values.documents import DocumentLine, LineKind
from billing.values.money import Money

log = structlog.get_logger()
# What is not used would be lost: it never happens, and whoever reads the log is to know.
LESS_CREDITED = "less could be credited than was not used"


def give_back(
    session: Session, issuer: Issuer, subscription: Subscription, draft: Draft, at: datetime
) -> list[tuple[Invoice, CreditNote]]:
    """Credits what the draft, whose total is below zero, gives back; all of it goes to the credit balance.

    That is the balance of the property in which its subscription is now: it pays what the draft charges.
    It comes from the invoice that covers the unused time and, beyond what that charged itself, from the invoices
    which that one had reduced: no credit note is of more than its invoice's total.
    """
    left = draft.charges.document.total.minor - draft.document.total.minor
    unused = {span.credited: line for line, span in zip(draft.document.lines, draft.spans, strict=True)}
    waiting = list(dict.fromkeys(of_line[0] for of_line in unused if of_line))
    issued = []
    while left > 0 and waiting:
        invoice = session.get_one(Invoice, (subscription.workspace_id, waiting.pop(0)))
        credit = _credit(session, invoice, left)
        if credit is not None:
            credit = replace(credit, lines=tuple(_with_days(invoice, credit, unused)))
            parts = Parts(balance_minor=credit.total)
            note = correct(session, issuer, invoice, credit, parts, "", at, subscription.prop)
            issued.append((invoice, note))
            left -= credit.total
        of_it = {"workspace_id": invoice.workspace_id, "invoice_id": invoice.id}
        waiting += session.scalars(reduced_by(), of_it)
    if left > 0:
        log.error(LESS_CREDITED, draft=draft.fingerprint, left=left)
    return issued


def needs_credit_notes(session: Session, subscription: Subscription, draft: Draft) -> bool:
    """Whether what the draft gives back cannot stand on its invoice: more than is charged, or billed to another.

    The VAT that is taken back is that buyer's: of another country, or of another company as after a transfer.
    """
    if draft.document.total.minor < 0:
        return True
    of = {span.credited[0] for span in draft.spans if span.credited}
    invoices = (session.get_one(Invoice, (subscription.workspace_id, id_)) for id_ in sorted(of))
    return not all(one.read_document().buyer.is_same_party(draft.document.buyer) for one in invoices)


def _credit(session: Session, invoice: Invoice, most: int) -> Credit | None:
    """So much of the invoice, or all that is left of it; None where nothing is.

    All of one that gave back as much as it charged comes to nothing, and what it gave back can be credited again.
    """
    of_it = {"workspace_id": invoice.workspace_id, "invoice_id": invoice.id}
    notes = [note.read_document() for note in session.scalars(notes_of_invoice(), of_it)]
    document, given = invoice.read_document(), credited_of(session, invoice, notes)
    if most < creditable_total(document, given).minor:
        return credit_of(document, given, Money(most, invoice.currency))
    whole = whole_of(document, given)
    return whole if whole.lines and whole.total >= 0 else None


def _with_days(
    invoice: Invoice, credit: Credit, unused: dict[tuple[str, int] | None, DocumentLine]
) -> Iterator[tuple[int, DocumentLine]]:
    """The lines, with the arithmetic of the days where one gives back exactly those."""
    for position, line in credit.lines:
        counted = unused.get((invoice.id, position))
        if counted is not None and line.kind is LineKind.CREDIT and -counted.net_minor == line.net_minor:
            yield position, replace(counted, net_minor=line.net_minor, of_invoice="")
        else:
            yield position, line
