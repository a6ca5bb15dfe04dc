"""VAT numbers that VIES, the EU's register, is asked about: meanwhile, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from billing.i18n import Translator
from billing.values.events import VatNumberRejected
from billing.values.refusals import VatNumberInvalid
from bot.blocks import VALUE, Block, Message, View, actions, button, clip, context, escape, modal, section
from bot.views.following import EDIT
from bot.views.phrases import SHORT_NAME

# What the name of the modal begins with in which somebody waits for VIES.
WAITS = "vies."
# The block of a form that says what is wrong with the number typed before.
WHY = "vat_number.why"
# What of a view comes back from Slack and is sent to it again.
OF_A_FORM = ("type", "callback_id", "title", "submit", "close", "private_metadata")
# What is wrong with a number that was typed, by the word of its fault.
VAT_NUMBER_FAULTS = {
    "vat_number": "That VAT number isn't valid. Check its digits.",
    "other_country": "That VAT number and the billing address are in different countries. Change the address first.",
    "too_many_questions": "Several VAT numbers were just checked with VIES, the EU's register. Nothing was saved. "
    "Try again in a minute.",
}


def asking(number: str, t: Translator) -> View:
    """What stands where the outcome will, while VIES is asked."""
    sentence = t(
        "Checking {number} with VIES, the EU's register of VAT numbers. The result appears here in a few seconds; "
        "if you close this, you get it in a direct message.",
        number=escape(number),
    )
    return modal(t("Billing desk"), [section(sentence)], close=t("Close"))


def form_again(form: Mapping[str, Any], number: str, t: Translator) -> View:
    """The form as it was submitted, with what is wrong on top."""
    values: Mapping[str, Mapping[str, Mapping[str, Any]]] = form["state"]["values"]
    blocks = [
        _as_typed(block, values.get(block.get("block_id", ""), {}))
        for block in form["blocks"]
        if block.get("block_id") != WHY
    ]
    why = {**context(f":warning: {invalid(VatNumberInvalid(number), t)}"), "block_id": WHY}
    return {name: form[name] for name in OF_A_FORM if form.get(name)} | {"blocks": [why, *blocks]}


def invalid(refusal: VatNumberInvalid, t: Translator) -> str:
    """Why nothing is sold under that number without VAT."""
    return t(
        "VIES, the EU's register, says {number} isn't a valid VAT number for trade between EU countries, so no "
        "invoice without VAT can be issued to it. Nothing was changed or charged. Check the number, or ask your tax "
        "office to register it for VIES, then save your company details again.",
        number=escape(refusal.number),
    )


def unverified(number: str, t: Translator) -> Block:
    """What is said besides where VIES gave no answer."""
    return context(
        t(
            "VIES, the EU's register of VAT numbers, isn't answering, so {number} isn't verified yet. It's asked "
            "again automatically; if the number turns out to be invalid, you are told.",
            number=escape(number),
        )
    )


def rejected(event: VatNumberRejected, t: Translator) -> Message:
    """For the admins, in private."""
    sentence = t(
        "VIES, the EU's register, says {number}, the VAT number of {property}, isn't valid. Issued invoices don't "
        "change and running subscriptions go on, but nothing new can be bought without VAT. Correct the number, or "
        "ask your tax office to register it for VIES.",
        number=escape(event.number),
        property=escape(event.property_name),
    )
    label = t("Billing profile of {property}", property=clip(event.property_name, SHORT_NAME))
    edit = button(t("Billing profile"), EDIT, event.property_id, label)
    return Message(sentence, [section(sentence), actions(edit)])


def _as_typed(block: Mapping[str, Any], typed: Mapping[str, Mapping[str, Any]]) -> Block:
    """The block with what was typed or chosen in it."""
    again: Block = deepcopy(dict(block))
    element, said = again.get("element"), typed.get(VALUE)
    if element is None or said is None:
        return again
    for name, initial in (("value", "initial_value"), ("selected_option", "initial_option")):
        element.pop(initial, None)
        if said.get(name):
            element[initial] = said[name]
    return again
