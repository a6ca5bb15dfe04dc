"""Links to invoices, as Slack's Work Objects: a card that everybody sees, details for who may see them."""

from __future__ import annotations

from typing import Any

from slack_sdk.models.metadata import EntityMetadata, EventAndEntityMetadata

from billing.i18n import Translator
from billing.values.snapshots import InvoiceSnapshot
from bot.views.invoices import STATES

# Below the address of the server; what follows is the invoice's id, which nobody guesses.
PATH = "/invoices/"
ENTITY = "slack#/entities/item"


def address_of(public_url: str, invoice_id: str) -> str:
    """Where the link leads."""
    return f"{public_url.rstrip('/')}{PATH}{invoice_id}"


def invoice_in(public_url: str, link: str) -> str | None:
    """The id of the invoice to which the link leads; None where it leads elsewhere."""
    beginning = address_of(public_url, "")
    if not public_url or not link.startswith(beginning):
        return None
    return link.removeprefix(beginning).split("?")[0].split("#")[0] or None


def cards(shared: dict[str, InvoiceSnapshot], public_url: str, t: Translator) -> EventAndEntityMetadata:
    """What everybody in the conversation sees, by the link that was posted: no amount, no name."""
    return EventAndEntityMetadata(
        entities=[
            EntityMetadata(**_entity(invoice, public_url, t), app_unfurl_url=link)
            for link, invoice in shared.items()
        ]
    )


def details(invoice: InvoiceSnapshot, public_url: str, t: Translator) -> EntityMetadata:
    """What opens beside the conversation for one who may read the invoice."""
    shown = {
        "what": (t("Add-on"), f"{invoice.add_on} {invoice.plan}"),
        "amount": (t("Amount with VAT"), t.money(invoice.total)),
        "credited": (t("Credited"), t.money(invoice.credited) if invoice.credit_notes else ""),
        "state": (t("State"), t(STATES[invoice.state]) if invoice.state else ""),
    }
    said = [
        {"key": key, "label": label, "type": "string", "value": value}
        for key, (label, value) in shown.items()
        if value
    ]
    entity = _entity(invoice, public_url, t)
    entity["entity_payload"]["custom_fields"] += said
    return EntityMetadata(**entity)


def refused(sentence: str, t: Translator) -> dict[str, str]:
    """The same for whoever may not."""
    return {"status": "custom", "custom_title": t("Invoice"), "custom_message": sentence}


def _entity(invoice: InvoiceSnapshot, public_url: str, t: Translator) -> dict[str, Any]:
    issued = {
        "key": "issued_on",
        "label": t("Date"),
        "type": "slack#/types/date",
        "value": invoice.issued_on.isoformat(),
    }
    return {
        "entity_type": ENTITY,
        "url": address_of(public_url, invoice.id),
        "external_ref": {"id": invoice.id, "type": "invoice"},
        "entity_payload": {
            "attributes": {
                "title": {"text": t("Invoice {number}", number=invoice.number)},
                "display_type": t("Invoice"),
                "product_name": t("Billing desk"),
            },
            "custom_fields": [issued],
        },
    }
