"""Credit notes: beside their invoice in a list, as a PDF in a direct message, and told in the channel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from billing.i18n import Translator
from billing.values.events import CreditNoteIssued
from billing.values.money import Money
from billing.values.snapshots import CreditNoteSnapshot, InvoiceFile
from bot.blocks import Block, Message, button, context, escape, section
from bot.views.phrases import about

SEND = "credit_note.send"
# A list of eight invoices with so many credit notes each fits into a modal.
MAX_SHOWN = 9
# Where an e-invoice is, once the exchange system (SdI) has it.
E_INVOICES: Mapping[str, str] = MappingProxyType(
    {
        "sent": "e-invoice sent",
        "left": "e-invoice issued: it is in your area at the tax authority",
        "delivered": "e-invoice delivered",
        "attested": "e-invoice issued",
        "lapsed": "e-invoice delivered",
        "accepted": "e-invoice accepted",
        "refused": "e-invoice refused",
        "rejected": "e-invoice rejected, to be sent again",
    }
)


def e_invoice_in_words(state: str, t: Translator) -> list[str]:
    """Where the e-invoice is, once it was sent; nothing before."""
    return [t(E_INVOICES[state])] if state in E_INVOICES else []


def rows(notes: Sequence[CreditNoteSnapshot], t: Translator) -> list[Block]:
    """The newest credit notes of one invoice, each with the button that sends its PDF."""
    shown = [_row(note, t) for note in notes[-MAX_SHOWN:]]
    left = len(notes) - len(shown)
    if left:
        older = t.plural("and {count} older credit note", "and {count} older credit notes", left)
        return [context(older), *shown]
    return shown


def pdf_message(file: InvoiceFile, t: Translator) -> str:
    """The sentence above the file in the direct message."""
    return t(
        "Credit note {number} of {date} for {property}: {amount}",
        number=escape(file.invoice.number),
        date=t.short_date(file.invoice.issued_on),
        property=escape(file.property_name),
        amount=t.money(file.invoice.total),
    )


def sent(file: InvoiceFile, t: Translator) -> Message:
    """The private answer where the PDF was asked for."""
    sentence = t(
        "Credit note {number} of {property} ({amount}) was sent to you in a direct message.",
        number=escape(file.invoice.number),
        property=escape(file.property_name),
        amount=t.money(file.invoice.total),
    )
    return Message(sentence, [section(sentence)])


def issued(event: CreditNoteIssued, t: Translator) -> Message:
    """What the channel is told: what it corrects, and where its amount goes."""
    sentence = t(
        "Credit note {number}: {amount} with VAT of invoice {invoice} for {what} of {property}.",
        number=escape(event.number),
        amount=t.money(Money(event.total_minor, event.currency)),
        invoice=escape(event.invoice_number),
        **about(event),
    )
    text = " ".join((sentence, *_where_it_goes(event, t)))
    return Message(text, [section(text)])


def _where_it_goes(event: CreditNoteIssued, t: Translator) -> list[str]:
    if not event.total_minor:
        return [
            t(
                "It takes back what the invoice charged and, just as much, what that had given back of earlier "
                "invoices: there is nothing to pay or to return."
            )
        ]
    unpaid = event.owed_minor + event.lost_minor
    balance = event.total_minor - unpaid - event.refund_minor
    owed, refund, credit = (
        t.money(Money(minor, event.currency)) for minor in (unpaid, event.refund_minor, balance)
    )
    said = (
        (unpaid, t("{amount} was unpaid and is no longer due.", amount=owed)),
        (event.refund_minor, t("{amount} is refunded to the card that paid.", amount=refund)),
        (
            balance,
            t(
                "{amount} was added to the credit balance of {property}, which the next invoices use first.",
                amount=credit,
                property=escape(event.credited_to or event.property_name),
            ),
        ),
    )
    return [sentence for minor, sentence in said if minor]


def _row(note: CreditNoteSnapshot, t: Translator) -> Block:
    text = t(
        "↳ Credit note *{number}* · {date} · {amount}",
        number=escape(note.number),
        date=t.short_date(note.issued_on),
        amount=t.money(note.total),
    )
    label = t("Send PDF of credit note {number}", number=note.number)
    return section(text, button(t("Send PDF"), SEND, note.id, label))
