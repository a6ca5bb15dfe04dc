"""A row of the outbox becomes a mail: to whom it goes at this moment, in their language, with its document."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path

from billing.adapters.mail import letters
from billing.adapters.mail.letters import Letter
from billing.adapters.mail.page import as_html
from billing.i18n import Translator
from billing.models import CreditNote, Invoice, Person, Subscription, Workspace
from billing.ports import MailRejected
from billing.queries.einvoices import newest_among
from billing.queries.recipients import is_plain_address, recipient_of
from billing.rendering import file_of
from billing.values.events import (
    AuthenticationNeeded,
    CreditNoteIssued,
    PaymentFailed,
    PaymentReceived,
    RenewalOverdue,
    SubscriptionEnded,
)
from billing.values.outbox import Delivery
from billing.work import Billing, Work

# What would end a header's line; the blank within an amount is none of it.
BLANKS = re.compile(r"[^\S\xa0]+")
LOCALES = Path(__file__).parents[2] / "locales"


@dataclass(frozen=True, slots=True)
class Letterhead:
    """Who writes, and where the button of a mail leads."""

    sender: str
    home_url: str


@dataclass(frozen=True, slots=True)
class To:
    """One reader, and what they are sent. Their language is the workspace's where theirs was never seen.

    A document comes with its e-invoice, where it has one: names and contents.
    """

    address: Address
    language: str
    document: Invoice | CreditNote | None = None
    e_invoices: tuple[tuple[str, bytes], ...] = ()


def compose(billing: Billing, head: Letterhead, row: Delivery) -> EmailMessage | None:
    """The mail; None where nobody wants it any more. The same row has the same Message-ID, however often it is sent.

    Raises MailRejected where there is nobody to whom it could go.
    """
    with billing.read("mail.read") as work:
        to = _reader_of(work, row)
    if to is None:
        return None
    t = Translator(LOCALES, to.language)
    letter = _letter(billing, head, row, to, t)
    message = EmailMessage()
    message["From"], message["To"] = head.sender, to.address
    message["Subject"] = BLANKS.sub(" ", letter.subject)
    message["Date"] = format_datetime(row.written_at)
    message["Message-ID"] = f"<billing-{row.workspace_id}-{row.number}@{_domain(head.sender)}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.as_text())
    message.add_alternative(as_html(letter, to.language), subtype="html")
    if to.document:
        file = file_of(billing, to.document, to.language)
        message.add_attachment(file.content, maintype="application", subtype="pdf", filename=file.name)
    for name, content in to.e_invoices:
        message.add_attachment(content, maintype="application", subtype="xml", filename=name)
    message["Content-Language"] = (
        to.language
    )  # at the end: what is told of content before moves into its first part
    return message


def _letter(billing: Billing, head: Letterhead, row: Delivery, to: To, t: Translator) -> Letter:
    seller = billing.issuer.seller
    match row.event:
        case SubscriptionEnded():
            return letters.ended_unpaid(row.event, seller, head.home_url, t)
        case PaymentFailed():
            return letters.payment_failed(row.event, seller, head.home_url, t)
        case RenewalOverdue():
            return letters.renewal_overdue(row.event, seller, head.home_url, t)
        case AuthenticationNeeded():
            return letters.confirm_at_bank(row.event, seller, t)
        case PaymentReceived() | CreditNoteIssued() if to.document:
            paid = row.event if isinstance(row.event, PaymentReceived) else None
            return letters.receipt(
                to.document.read_document(),
                paid,
                row.written_at,
                head.home_url,
                t,
                has_e_invoice=bool(to.e_invoices),
            )
    raise MailRejected


def _reader_of(work: Work, row: Delivery) -> To | None:
    """Who gets it now; None where receipts were switched off, or the person left: others are told in their place."""
    language = work.session.get_one(Workspace, row.workspace_id).language
    if isinstance(row.event, PaymentReceived | CreditNoteIssued):
        return _recipient(work, row.workspace_id, row.event, language)
    person = work.session.get(Person, (row.workspace_id, row.to.address))
    if person is not None and person.deactivated_at is not None:
        return None
    return To(_address(person), (person and person.language) or language)


def _recipient(
    work: Work, workspace_id: str, event: PaymentReceived | CreditNoteIssued, language: str
) -> To | None:
    subscription = work.session.get_one(Subscription, (workspace_id, event.subscription_id))
    if not subscription.sends_receipts:
        return None
    person = recipient_of(work.session, subscription)
    found: Invoice | CreditNote
    if isinstance(event, PaymentReceived):
        found = work.session.get_one(Invoice, (workspace_id, event.invoice_id))
    else:
        found = work.session.get_one(CreditNote, (workspace_id, event.credit_note_id))
    of_it = {"workspace_id": workspace_id, "ids": [found.id]}
    sent = work.session.execute(newest_among(), of_it).all()
    e_invoices = tuple((row.file_name, row.content) for row in sent)
    return To(_address(person), (person and person.language) or language, found, e_invoices)


def _address(person: Person | None) -> Address:
    """Raises MailRejected for nobody, and for what could be more than one recipient."""
    if person is None or not person.email or not is_plain_address(person.email):
        raise MailRejected
    try:
        return Address(person.name, addr_spec=person.email)
    except (ValueError, IndexError, MessageError):
        raise MailRejected from None


def _domain(sender: str) -> str:
    return sender.rpartition("@")[2].strip("> ") or "localhost"
