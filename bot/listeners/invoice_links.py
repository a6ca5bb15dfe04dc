"""Somebody posts the link of an invoice, or looks at one that was posted."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType

from billing.services import invoices
from billing.values.errors import Refusal
from billing.values.snapshots import InvoiceSnapshot
from bot.context import Turn
from bot.i18n import words
from bot.refusals import Outdated
from bot.views import invoice_links as views


async def show_cards(turn: Turn) -> None:
    """Those links that whoever posted them may read become cards; nothing is said of the others."""
    public_url, event = turn.desk.public_url, turn.body["event"]
    shared: dict[str, InvoiceSnapshot] = {}
    for link in event["links"]:
        if invoice_id := views.invoice_in(public_url, link["url"]):
            try:
                shared[link["url"]] = await turn.call(invoices.look_at, invoice_id)
            except Refusal:  # it stands in the audit log
                continue
    if shared:
        cards = views.cards(shared, public_url, words(turn.desk.workspace_language))  # many read them
        await turn.desk.slack.chat_unfurl(
            unfurl_id=event["unfurl_id"], source=event["source"], metadata=cards
        )


async def show_details(turn: Turn) -> None:
    """Beside the conversation, for this person alone."""
    event = turn.body["event"]
    invoice_id = event["external_ref"]["id"]
    if event["external_ref"].get("type") != "invoice":
        raise Outdated
    invoice = await turn.call(invoices.look_at, invoice_id)
    shown = views.details(invoice, turn.desk.public_url, turn.t)
    await turn.desk.slack.entity_presentDetails(trigger_id=event["trigger_id"], metadata=shown)


LINK_EVENTS: Mapping[str, Callable[[Turn], Awaitable[None]]] = MappingProxyType(
    {"link_shared": show_cards, "entity_details_requested": show_details}
)
