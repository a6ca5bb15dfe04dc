"""A row of the outbox becomes a mail: to whom it goes at this moment, in their language, with its document."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path

from billing.adapters.mail import budget_letters, contact_letters, letters, reminder_letters
from billing.adapters.mail.letters import Letter
from billing.adapters.mail.page import as_html
from billing.i18n import Translator
from billing.models import BillingContact, CreditNote, Invoice, Person, Subscription, Workspace
from billing.ports import MailRejected
from billing.queries.contacts import contact_to_mail, mailed_beside
from billing.queries.einvoices import newest_among
from billing.queries.recipients import (
    Recipient,
    is_plain_address,
    is_same_mailbox,
    recipient_named,
    recipient_of,
)
from billing.rendering import file_of
from billing.values.contacts import from_words, kind_of, link_of
from billing.values.events import (
    AuthenticationNeeded,
    BudgetReached,
    ContactToConfirm,
    CreditNoteIssued,
    DetailsMissing,
    Event,
    PaymentDisputed,
    PaymentFailed,
    PaymentReceived,
    Reminder,
    RenewalOverdue,
    SubscriptionEnded,
)
from billing.values.outbox import Audience, Delivery
from billing.work import Billing, Work

# What would end a header's line; the blank within an amount is none of it.
BLANKS = re.compile(r"[^\S\xa0]+")
LOCALES = Path(__file__).parents[2] / "locales"


@dataclass(frozen=True, slots=True)
class Letterhead:
    """Who writes, where the button of a mail leads, and where browsers reach the desk itself, if they do."""

    sender: str
    home_url: str
    public_url: str = ""


@dataclass(frozen=True, slots=True)
class To:
    """One reader, and what they are sent. Their language is the workspace's where theirs was never seen.

    A document comes with its e-invoice, where it has one: names and contents. `contact` is who gets it as a billing
    contact, `contact_of` the name of the property whose contact that is.
    """

    address: Address
    language: str
    document: Invoice | CreditNote | None = None
    e_invoices: tuple[tuple[str, bytes], ...] = ()
    contact: BillingContact | None = None
    contact_of: str = ""


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
    if to.contact and not isinstance(row.event, ContactToConfirm):
        in_slack = to.contact.user_id is not None
        letter = contact_letters.for_contact(letter, to.contact_of, t, in_slack=in_slack)
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
        case ContactToConfirm() if to.contact and to.contact.code:
            kinds = from_words(to.contact.kinds)
            code = to.contact.code
            link = link_of(head.public_url, row.workspace_id, to.contact.id, code)
            return contact_letters.to_confirm(row.event, code, link, kinds, seller, t)
        case AuthenticationNeeded() if to.contact:
            return contact_letters.waits_for_bank(row.event, seller, t)
        case PaymentDisputed():
            return contact_letters.disputed(row.event, seller, t)
        case DetailsMissing():
            return contact_letters.details_missing(row.event, seller, t)
        case Reminder():
            return reminder_letters.reminder(row.event, seller, t)
        case BudgetReached():
            return budget_letters.budget_reached(row.event, seller, t)
        case SubscriptionEnded(unpaid=True):
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
    changed = contact_letters.contract_change(row.event, seller, t) if isinstance(row.event, Event) else None
    if changed is None:
        raise MailRejected
    return changed


def _reader_of(work: Work, row: Delivery) -> To | None:
    """Who gets it now; None where receipts were switched off, or the person left: others are told in their place."""
    language = work.session.get_one(Workspace, row.workspace_id).language
    if row.to.audience is Audience.MAIL_CONTACT:
        return _contact(work, row, language)
    if isinstance(row.event, PaymentReceived | CreditNoteIssued):
        return _recipient(work, row, row.event, language)
    person = work.session.get(Person, (row.workspace_id, row.to.address))
    if person is not None and person.deactivated_at is not None:
        return None
    return To(_address(_of_person(person)), (person and person.language) or language)


def _contact(work: Work, row: Delivery, language: str) -> To | None:
    """The billing contact; None who is none any more, does not want it, or gets the same in another mail."""
    of_it = {"workspace_id": row.workspace_id, "contact_id": row.to.address}
    found = work.session.execute(contact_to_mail(), of_it).first()
    if found is None:
        return None
    contact, person, prop = found
    reader = _of_person(person) if contact.user_id else Recipient(contact.address or "")
    if reader is None:
        return None
    to = To(_address(reader), reader.language or language, contact=contact, contact_of=prop.name)
    if isinstance(row.event, ContactToConfirm):
        return to if contact.code and not prop.deleted_at else None
    if not contact.gets_mail or kind_of(row.event) not in from_words(contact.kinds):
        return None
    if _is_mailed(work, row, reader.address):
        return None
    if isinstance(row.event, PaymentReceived | CreditNoteIssued):
        return _receipt_for(work, row, row.event, to, reader)
    return to


def _is_mailed(work: Work, row: Delivery, mailbox: str) -> bool:
    """Whether whoever reads mail there gets this very fact by a mail that goes before.

    That is as who pays or manages the billing, or as another contact, of either property where the fact is of both.
    """
    of_it = {
        "workspace_id": row.workspace_id,
        "property_id": row.event.property_id,
        "kind": row.event.kind,
        "at": row.written_at,
        "number": row.number,
    }
    found = work.session.execute(mailed_beside(), of_it).all()
    own = next((one.fact["event"] for one in found if one.number == row.number), None)
    return any(
        one.number != row.number
        and one.fact.get("event") == own
        and is_same_mailbox(one.email or "", mailbox)
        and (one.kinds is None or kind_of(row.event) in from_words(one.kinds))
        for one in found
    )


def _receipt_for(
    work: Work, row: Delivery, event: PaymentReceived | CreditNoteIssued, to: To, reader: Recipient
) -> To | None:
    """The same with the document; None where the subscription sends no receipts, or sends this one there anyway."""
    sends, chosen = _chosen(work, row, event)
    if not sends or (chosen and is_same_mailbox(chosen.address, reader.address)):
        return None
    document, e_invoices = _papers(work, row.workspace_id, event)
    return replace(to, document=document, e_invoices=e_invoices)


def _recipient(
    work: Work, row: Delivery, event: PaymentReceived | CreditNoteIssued, language: str
) -> To | None:
    sends, recipient = _chosen(work, row, event)
    if not sends:
        return None
    document, e_invoices = _papers(work, row.workspace_id, event)
    return To(_address(recipient), (recipient and recipient.language) or language, document, e_invoices)


def _chosen(
    work: Work, row: Delivery, event: PaymentReceived | CreditNoteIssued
) -> tuple[bool, Recipient | None]:
    """Whether its receipts are mailed, and to whom: of the property in which it was paid, also after a transfer."""
    if row.to.recipient:
        place = (row.workspace_id, event.property_id)
        return True, recipient_named(work.session, *place, row.to.recipient)
    subscription = work.session.get_one(Subscription, (row.workspace_id, event.subscription_id))
    if subscription.property_id != event.property_id or not subscription.sends_receipts:
        return False, None
    return True, recipient_of(work.session, subscription)


def _papers(
    work: Work, workspace_id: str, event: PaymentReceived | CreditNoteIssued
) -> tuple[Invoice | CreditNote, tuple[tuple[str, bytes], ...]]:
    """The document, and its e-invoice where it has one."""
    found: Invoice | CreditNote
    if isinstance(event, PaymentReceived):
        found = work.session.get_one(Invoice, (workspace_id, event.invoice_id))
    else:
        found = work.session.get_one(CreditNote, (workspace_id, event.credit_note_id))
    of_it = {"workspace_id": workspace_id, "ids": [found.id]}
    sent = work.session.execute(newest_among(), of_it).all()
    return found, tuple((row.file_name, row.content) for row in sent)


def _of_person(person: Person | None) -> Recipient | None:
    if person is None or not person.email:
        return None
    return Recipient(person.email, person.name, person.language, person.user_id)


def _address(recipient: Recipient | None) -> Address:
    """Raises MailRejected for nobody, and for what could be more than one recipient."""
    if recipient is None or not is_plain_address(recipient.address):
        raise MailRejected
    try:
        return Address(recipient.name, addr_spec=recipient.address)
    except (ValueError, IndexError, MessageError):
        raise MailRejected from None


def _domain(sender: str) -> str:
    return sender.rpartition("@")[2].strip("> ") or "localhost"
