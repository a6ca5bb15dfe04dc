"""The form in which who buys is typed: address and company, with a purchase or before anything is bought."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from billing.i18n import Translator
from billing.values.addresses import LIMITS as ADDRESS_LIMITS
from billing.values.buyers import NUMBERS
from billing.values.snapshots import SalesChoices
from bot.blocks import View, context, escape, modal, picked, typed
from bot.reading import reads
from bot.views import phrases
from bot.views.addresses import address_inputs
from bot.views.companies import number_inputs
from bot.views.countries import country_input
from bot.views.purchases import PurchaseForm, purchase_of

TYPED = "purchase.buyer"


@dataclass(frozen=True, slots=True)
class BuyerForm:
    """Who was typed, for which property, and the purchase that waits for it; None before anything was chosen."""

    property_id: str
    purchase: PurchaseForm | None
    values: dict[str, str]


def buyer_form(
    choices: SalesChoices, t: Translator, purchase: PurchaseForm | None = None, why: str = ""
) -> View:
    """An empty form, or what was typed before. `why` it is asked for, ready to be shown."""
    present = (purchase.buyer if purchase else None) or {"country": choices.country}
    scope = t(
        "For the property *{property}*. Nothing is bought or charged yet.",
        property=escape(choices.property.name),
    )
    metadata = {"property_id": choices.property.id, "purchase": asdict(purchase) if purchase else None}
    return modal(
        t("Billing details"),
        [
            context(why or t("These details go on the invoices of what you buy next."), scope),
            *address_inputs(present, t),
            country_input(t, present["country"]),
            *number_inputs(NUMBERS if choices.country == "IT" else NUMBERS[:1], present, t),
        ],
        callback_id=TYPED,
        submit=t("Continue"),
        close=t("Close"),
        metadata=json.dumps(metadata, ensure_ascii=False),
    )


@reads
def read_buyer_form(view: Mapping[str, Any]) -> BuyerForm:
    said = json.loads(view["private_metadata"])
    values = {
        name: typed(view, name) for name in (*ADDRESS_LIMITS, *NUMBERS) if name in view["state"]["values"]
    }
    values["country"] = picked(view, "country")
    purchase = purchase_of(said["purchase"]) if said["purchase"] else None
    return BuyerForm(str(said["property_id"]), purchase, values)


def why_asked(place: str, country: str, t: Translator) -> str:
    """Why the form comes between the choice and its price."""
    if place:
        return t(
            "{place} has its own VAT rules: invoices there need your company's VAT number and address.",
            place=escape(phrases.place(place, t)),
        )
    if country == "IT":
        return t("E-invoices in Italy need an address, and a VAT number or Codice Fiscale.")
    return t("Invoices to your country need your company's VAT number and address.")


def why_number(t: Translator) -> str:
    """Why it is asked for before the first purchase in Italy."""
    return t("E-invoices in Italy need your VAT number or, if you have none, your Codice Fiscale.")


def next_step(t: Translator) -> str:
    """In the place of a price that cannot be told before it is known who buys."""
    return t("The next step asks for your company's VAT number and address, then shows what it costs.")
