"""What operators give back to a card: the form, what will happen, what came of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from billing.i18n import Translator
from billing.values.money import Money
from billing.values.snapshots import Customer, RefundPreview, RefundSnapshot
from bot.blocks import Message, View, typed
from bot.reading import reads
from bot.views.notice import sentence_message
from bot.views.operator_acts import amount_input, approval, confirmation, form_of, named_in_form
from bot.views.operators import name_of
from bot.views.payments import of_paid

REFUND, REFUND_CONFIRMED = "operator.refund", "operator.refund_confirmed"


@dataclass(frozen=True, slots=True)
class RefundForm:
    """A refund as it was asked for: of what, what was shown of it, and whether another approves it."""

    paid_id: str
    seen: RefundPreview
    asks: bool


def refund_form(of: Customer, t: Translator) -> View:
    """How much goes back to the card, of an invoice or of a payment that has none."""
    hint = t("All that can be refunded if empty. For example 12.50")
    return form_of(t("Refund"), REFUND, of, [amount_input(hint, t)], t)


@reads
def read_paid(view: Mapping[str, Any]) -> str:
    """The id of the invoice, or of the payment that has none, that the form is about."""
    return _paid_id(json.loads(view["private_metadata"]))


@reads
def read_amount_typed(view: Mapping[str, Any]) -> str:
    return typed(view, "amount").strip()


def refund_preview(of: Customer, seen: RefundPreview, t: Translator, *, asks: bool) -> View:
    """What will go back to the card, now or where it `asks`, once another operator has approved it."""
    question = t(
        "You are about to refund *{amount}* {of_what} to the card of {customer}.",
        amount=t.money(seen.amount),
        of_what=of_paid(of.paid(), t),
        customer=name_of(of, t),
    )
    form = named_in_form(of) | {"seen": asdict(seen), "asks": asks}
    lines = [question, *refund_parts(seen, t), *approval(asks, t)]
    yes = t("Ask for approval") if asks else t("Yes, refund")
    return confirmation(t("Refund"), REFUND_CONFIRMED, lines, yes, form, t)


@reads
def read_refund(view: Mapping[str, Any]) -> RefundForm:
    form = json.loads(view["private_metadata"])
    seen = RefundPreview(**{name: Money(**amount) for name, amount in form["seen"].items()})
    return RefundForm(_paid_id(form), seen, bool(form["asks"]))


def refunded(of: Customer, made: RefundSnapshot, t: Translator) -> Message:
    """What came of it."""
    of_what = of_paid(of.paid(), t)
    said = {"amount": t.money(made.amount), "of_what": of_what, "customer": name_of(of, t)}
    if made.state == "succeeded":
        return sentence_message(t("{amount} {of_what} was refunded to the card of {customer}.", **said))
    if made.state == "failed":
        return sentence_message(
            t("The refund of {amount} {of_what} to {customer} failed. Nothing was refunded.", **said)
        )
    return sentence_message(
        t(
            "The refund of {amount} {of_what} to {customer} is on its way: the bank has not answered yet, "
            "and is asked again automatically.",
            **said,
        )
    )


def cannot_wait(of: Customer, seen: RefundPreview, t: Translator) -> Message:
    """A refund that needs another operator, of a payment that no request can name: each is about an invoice."""
    return sentence_message(
        t(
            "Nothing was refunded: another operator would have to approve {amount}, and only refunds of invoices can "
            "be sent for approval. Ask whoever runs this app: `python -m billing refund {workspace} {payment}`.",
            amount=t.money(seen.in_all),
            workspace=of.workspace_id,
            payment=of.payment_id,
        )
    )


def refund_parts(seen: RefundPreview, t: Translator) -> list[str]:
    """Where a refund's amount comes from."""
    credit = seen.amount - seen.promised
    said = (
        (seen.promised, t("{amount} of it was promised by credit notes.", amount=t.money(seen.promised))),
        (credit, t("{amount} of it is taken out of the credit balance.", amount=t.money(credit))),
        (seen.before, t("Already refunded: {amount}.", amount=t.money(seen.before))),
    )
    return [sentence for amount, sentence in said if amount.minor]


def _paid_id(form: Mapping[str, Any]) -> str:
    return str(form.get("invoice_id") or form["payment_id"])
