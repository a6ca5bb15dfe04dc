"""The form in which the company is typed that the invoices of one subscription are for."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from billing.i18n import Translator
from billing.values.addresses import BillingAddress
from billing.values.companies import LIMITS, ONLY_ITALIAN
from billing.values.snapshots import SubscriptionSnapshot
from bot.blocks import (
    Block,
    Element,
    Message,
    View,
    button,
    context,
    escape,
    input_block,
    modal,
    section,
    text_input,
    typed,
)
from bot.reading import reads
from bot.views import phrases

EDIT = "company.edit"
CHANGE = "company.change"


@dataclass(frozen=True, slots=True)
class CompanyForm:
    """What was typed, which version of the subscription was shown, and the new address that waits for the company."""

    subscription_id: str
    version: int
    address: dict[str, str] | None
    values: dict[str, str]


def company_form(
    subscription: SubscriptionSnapshot,
    t: Translator,
    address: BillingAddress | None = None,
    place: str = "",
    *,
    for_e_invoices: bool = False,
) -> View:
    """The present company to be changed, or an empty form.

    With an `address` it is the second step of a move to another country, of which a number is asked for, or to a
    `place` with VAT rules of its own; or, `for_e_invoices`, to Italy.
    """
    present = asdict(subscription.company) if subscription.company and not address else {}
    new = address or subscription.address
    abroad = new is not None and new.country != "IT"
    metadata = {
        "subscription_id": subscription.id,
        "version": subscription.version,
        "address": address.as_dict() if address else None,
    }
    return modal(
        t("Company details"),
        [
            context(
                _moving(address, place, t, for_e_invoices=for_e_invoices)
                if address
                else _scope(subscription, t)
            ),
            *(
                _text(name, label, hint, present)
                for name, label, hint in _texts(t)
                if not (abroad and name in ONLY_ITALIAN)
            ),
        ],
        callback_id=CHANGE,
        submit=t("Save company"),
        close=t("Close"),
        metadata=json.dumps(metadata, ensure_ascii=False),
    )


def number_inputs(names: Collection[str], present: Mapping[str, str], t: Translator) -> list[Block]:
    """Some of the fields of a company."""
    return [_text(name, label, hint, present) for name, label, hint in _texts(t) if name in names]


@reads
def read_company_form(view: Mapping[str, Any]) -> CompanyForm:
    return CompanyForm(
        **json.loads(view["private_metadata"]), values={name: typed(view, name) for name in LIMITS}
    )


def company_changed(snapshot: SubscriptionSnapshot, t: Translator) -> Message:
    """The private answer to whoever changed it."""
    named = {"what": phrases.what(snapshot), "property": escape(snapshot.property_name)}
    if snapshot.company is None:
        none = t(
            "Future invoices of {what} of {property} show no company. Issued ones don't change. Nothing was "
            "charged.",
            **named,
        )
        return Message(none, [section(none)])
    sentence = t(
        "Company details of {what} of {property} saved: {company}. Future invoices use them; issued ones "
        "don't change. Nothing was charged.",
        company=phrases.company(snapshot.company, t),
        **named,
    )
    address = t("Billing address: {address}", address=phrases.address(snapshot, t))
    return Message(sentence, [section(sentence), section(address)])


def edit_button(snapshot: SubscriptionSnapshot, t: Translator) -> Element:
    label = t("Company details of {what}", what=phrases.short_name(snapshot))
    return button(t("Company details"), EDIT, snapshot.id, label)


def _scope(subscription: SubscriptionSnapshot, t: Translator) -> str:
    return t(
        "Used on future invoices of {what} only (property {property}). Issued invoices don't change. Leave "
        "everything empty to show no company.",
        what=phrases.what(subscription),
        property=escape(subscription.property_name),
    )


def _moving(address: BillingAddress, place: str, t: Translator, *, for_e_invoices: bool) -> str:
    if place:
        return t(
            "{place} has its own VAT rules: invoices there need your company's VAT number. The new address is "
            "saved together with it; until then nothing changes.",
            place=escape(phrases.place(place, t)),
        )
    if for_e_invoices:
        return t(
            "E-invoices in Italy need a VAT number or Codice Fiscale. The new address is saved together with it; "
            "until then nothing changes."
        )
    return t(
        "Invoices to {country} need your company's VAT number there. The new address is saved together with "
        "it; until then nothing changes.",
        country=t.country(address.country),
    )


def _texts(t: Translator) -> tuple[tuple[str, str, str], ...]:
    return (
        ("legal_name", t("Legal name"), t("As it is registered, for example: Piazza Holding S.r.l.")),
        ("vat_number", t("VAT number"), t("For example: IT00743110157; outside the EU, your tax number")),
        ("codice_fiscale", t("Codice Fiscale"), t("The Italian tax code: 11 digits or 16 characters")),
        ("sdi_code", t("SDI code"), t("Seven characters, six for a public office, for example: M5UXCR1")),
        ("pec", t("PEC"), t("Certified e-mail, for example: piazza@pec.example")),
        ("purchase_order", t("Purchase order number"), t("Your own reference, for example: PO 2026/7")),
    )


def _text(name: str, label: str, hint: str, present: Mapping[str, str]) -> Block:
    # A number may be typed with blanks, which are taken out.
    room = LIMITS[name] + (16 if name in ("vat_number", "codice_fiscale", "sdi_code") else 0)
    return input_block(name, label, text_input(room, present.get(name, "")), hint, optional=True)
