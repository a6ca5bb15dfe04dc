"""Lists of issued invoices, and the sentence that goes with a PDF."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from billing.i18n import Translator
from billing.values.snapshots import InvoiceFile, InvoicePage, InvoiceSnapshot, InvoiceState
from bot.blocks import Block, Element, Message, View, button, escape, modal, section
from bot.reading import reads
from bot.views import credit_notes
from bot.views.pages import RowKey, Turning, page_blocks

LIST = "invoice.list"
PAGE = "invoice.page"
SEND = "invoice.send"
STATES: Mapping[InvoiceState, str] = MappingProxyType(
    {
        InvoiceState.OPEN: "open",
        InvoiceState.PAST_DUE: "past due",
        InvoiceState.PAID: "paid",
        InvoiceState.CARRIED: "carried to the next invoice",
        InvoiceState.DISPUTED: "paid, disputed with the bank",
        InvoiceState.DISPUTE_LOST: "dispute lost: the bank took the money back",
        InvoiceState.UNCOLLECTIBLE: "uncollectible",
        InvoiceState.CREDITED: "credited in full",
    }
)


def invoice_list(page: InvoicePage, t: Translator, just_sent: Message | None = None) -> View:
    """One page of a list, with the credit notes under their invoices; above it what was just sent."""
    blocks = [section(_heading(page, t))]
    if just_sent:
        blocks += just_sent.blocks
    blocks += _rows(page, t) if page.invoices else [section(_nothing_yet(t))]
    return modal(
        t("Invoices"), blocks, close=t("Close"), metadata=str(RowKey(page.subscription_id, page.page))
    )


@reads
def read_list(view: Mapping[str, Any]) -> RowKey:
    """Which list the modal shows, and which page of it."""
    return RowKey.read(view["private_metadata"])


def pdf_message(file: InvoiceFile, t: Translator, link: str = "") -> str:
    """The sentence above the file in the direct message, with the link for others who may see it."""
    invoice = file.invoice
    sentence = t(
        "Invoice {number} of {date} for {property}: {amount}",
        number=escape(invoice.number),
        date=t.short_date(invoice.issued_on),
        property=escape(file.property_name),
        amount=t.money(invoice.total),
    )
    return f"{sentence}\n{t('Link for colleagues: {link}', link=link)}" if link else sentence


def sent(file: InvoiceFile, t: Translator) -> Message:
    """The private answer where the PDF was asked for."""
    sentence = t(
        "Invoice {number} of {property} ({amount}) was sent to you in a direct message.",
        number=escape(file.invoice.number),
        property=escape(file.property_name),
        amount=t.money(file.invoice.total),
    )
    return Message(sentence, [section(sentence)])


def invoice_row(invoice: InvoiceSnapshot, t: Translator, *, names_what: bool = False) -> Block:
    """One invoice and the button that sends its PDF."""
    parts = [f"*{escape(invoice.number)}*", t.short_date(invoice.issued_on)]
    parts += [escape(f"{invoice.add_on} {invoice.plan}")] if names_what else []
    parts.append(t.money(invoice.total))
    parts += _how_it_stands(invoice, t)
    text = " · ".join(parts)
    label = t("Send PDF of invoice {number}", number=invoice.number)
    return section(text, button(t("Send PDF"), SEND, invoice.id, label))


def _how_it_stands(invoice: InvoiceSnapshot, t: Translator) -> list[str]:
    """Its state in words, and what credit notes give back of it where that is not all."""
    said = []
    if invoice.state:
        state = t(STATES[invoice.state])
        said.append(f"*{state}*" if invoice.state is InvoiceState.PAST_DUE else state)
    if invoice.credit_notes and invoice.state is not InvoiceState.CREDITED:
        said.append(t("credited: {amount}", amount=t.money(invoice.credited)))
    return said + credit_notes.e_invoice_in_words(invoice.e_invoice, t)


def list_button(subscription_id: str | None, name: str, t: Translator) -> Element:
    """Opens all invoices of the subscription or, without one, of the property; `name` is whose they are."""
    text = t("All invoices") if subscription_id else t("All invoices of the property")
    return button(text, LIST, str(RowKey(subscription_id)), t("All invoices of {name}", name=name))


def _heading(page: InvoicePage, t: Translator) -> str:
    property_name = escape(page.property.name)
    if page.title:
        return t("*{what}*, property *{property}*", what=escape(page.title), property=property_name)
    return t("All invoices of the property *{property}*", property=property_name)


def _rows(page: InvoicePage, t: Translator) -> list[Block]:
    turning = Turning(PAGE, (t("Newer"), t("Newer invoices")), (t("Older"), t("Older invoices")))
    count = t.plural("{count} invoice, newest first", "{count} invoices, newest first", page.count)
    rows = []
    for invoice in page.invoices:
        rows.append(invoice_row(invoice, t, names_what=page.subscription_id is None))
        rows += credit_notes.rows(invoice.credit_notes, t)
    return page_blocks(page, page.subscription_id, count, rows, turning, t)


def _nothing_yet(t: Translator) -> str:
    return t("No invoices yet. The first one appears here when the first billing cycle is invoiced.")
