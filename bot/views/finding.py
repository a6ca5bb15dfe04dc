"""The field that finds a subscription or an invoice where there are many, and what it opens."""

from __future__ import annotations

from collections.abc import Sequence

from billing.i18n import Translator
from billing.values.snapshots import InvoiceSnapshot, SubscriptionSnapshot
from bot.blocks import Block, Element, View, actions, fitting, modal, option, search
from bot.reading import reads
from bot.views.invoices import invoice_row
from bot.views.pages import RowKey
from bot.views.picking import subscription_options

FIND = "home.find"
# What an option's value begins with, before the id.
SUBSCRIPTION, INVOICE = "subscription", "invoice"


def field(t: Translator) -> Block:
    return actions(search(FIND, t("Find a subscription or invoice")))


def options(
    subscriptions: Sequence[SubscriptionSnapshot],
    invoices: Sequence[InvoiceSnapshot],
    typed: str,
    t: Translator,
) -> list[Element]:
    """The subscriptions that fit what was typed, and the invoices that were found by it."""
    plans = fitting(subscription_options(subscriptions, t), typed)
    return [
        *({**plan, "value": f"{SUBSCRIPTION} {plan['value']}"} for plan in plans),
        *(option(_named(one, t), f"{INVOICE} {one.id}") for one in invoices),
    ]


@reads
def read_found(value: str) -> tuple[str, str]:
    """What was chosen: its kind, and its id."""
    kind, some_id = value.split(" ", 1)
    return kind, some_id


def invoice(found: InvoiceSnapshot, t: Translator) -> View:
    """The invoice that was found, and the button that sends its PDF: all invoices stand here then."""
    shown = [invoice_row(found, t, names_what=True)]
    return modal(t("Invoices"), shown, close=t("Close"), metadata=str(RowKey()))


def _named(one: InvoiceSnapshot, t: Translator) -> str:
    parts = (one.number, f"{one.add_on} {one.plan}", t.money(one.total), t.short_date(one.issued_on))
    return " · ".join(parts)
