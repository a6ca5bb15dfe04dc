"""What operators do for a customer: the form, what will happen, what came of it; nothing is done in the first two."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from billing.i18n import Translator
from billing.services.credit_notes import REASON_LIMIT, Wanted
from billing.values.money import Money
from billing.values.refusals import PaymentInProgress
from billing.values.snapshots import (
    CreditNoteSnapshot,
    CreditPreview,
    Customer,
    RefundPreview,
    RefundSnapshot,
)
from bot.blocks import (
    Block,
    Message,
    View,
    checkboxes,
    context,
    escape,
    input_block,
    modal,
    option,
    section,
    text_input,
    ticked,
    typed,
)
from bot.reading import reads
from bot.views.notice import sentence_message
from bot.views.operators import name_of

CREDIT, CREDIT_CONFIRMED = "operator.credit", "operator.credit_confirmed"
REFUND, REFUND_CONFIRMED = "operator.refund", "operator.refund_confirmed"
AMOUNT_LIMIT = 20


@dataclass(frozen=True, slots=True)
class CreditForm:
    """A credit note as it was asked for: of which invoice, what was shown of it, and whether another approves it."""

    invoice_id: str
    wanted: Wanted
    seen: CreditPreview
    asks: bool


@dataclass(frozen=True, slots=True)
class RefundForm:
    """The same of a refund."""

    invoice_id: str
    seen: RefundPreview
    asks: bool


def credit_form(of: Customer, t: Translator) -> View:
    """How much, why, and whether it is meant for the card."""
    to_card = checkboxes([option(t("Back to the card, as far as it paid"), "card")], ())
    return _form(
        t("Credit note"),
        CREDIT,
        of,
        [
            _amount_input(t("All that is left to credit if empty. VAT included, for example 12.50"), t),
            input_block("reason", t("Reason"), text_input(REASON_LIMIT), t("Printed on it"), optional=True),
            input_block(
                "refund", t("Where it goes"), to_card, t("Otherwise to the credit balance"), optional=True
            ),
        ],
        t,
    )


def refund_form(of: Customer, t: Translator) -> View:
    """How much goes back to the card."""
    hint = t("All that can be refunded if empty. For example 12.50")
    return _form(t("Refund"), REFUND, of, [_amount_input(hint, t)], t)


@reads
def read_invoice(view: Mapping[str, Any]) -> str:
    """The id of the invoice that the form is about."""
    invoice_id: str = json.loads(view["private_metadata"])["invoice_id"]
    return invoice_id


@reads
def read_wanted(view: Mapping[str, Any]) -> Wanted:
    return Wanted(typed(view, "amount").strip(), bool(ticked(view, "refund")), typed(view, "reason"))


@reads
def read_amount_typed(view: Mapping[str, Any]) -> str:
    return typed(view, "amount").strip()


def credit_preview(of: Customer, wanted: Wanted, seen: CreditPreview, t: Translator, *, asks: bool) -> View:
    """What will happen, now or where it `asks`, once another operator has approved it."""
    question = t(
        "You are about to credit *{amount}* with VAT of invoice *{number}* to {customer}.",
        amount=t.money(seen.total),
        number=escape(of.invoice_number),
        customer=name_of(of, t),
    )
    # What is confirmed is this amount, whatever could be credited by then.
    asked = Wanted(str(seen.total.decimal), wanted.refund, wanted.reason)
    form = {"invoice_id": of.invoice_id, "wanted": asdict(asked), "seen": asdict(seen), "asks": asks}
    lines = [question, *credit_parts(seen, t), *_approval(asks, t)]
    yes = t("Ask for approval") if asks else t("Yes, credit")
    return confirmation(t("Credit note"), CREDIT_CONFIRMED, lines, yes, form, t)


@reads
def read_credit(view: Mapping[str, Any]) -> CreditForm:
    form = json.loads(view["private_metadata"])
    seen = CreditPreview(**{name: Money(**amount) for name, amount in form["seen"].items()})
    return CreditForm(form["invoice_id"], Wanted(**form["wanted"]), seen, bool(form["asks"]))


def credited(of: Customer, note: CreditNoteSnapshot, promised: Money, t: Translator) -> Message:
    """What came of it; so much of it is promised to the card."""
    sentence = t(
        "Credit note {note} over {amount} with VAT was issued for invoice {number} of {customer}.",
        note=escape(note.number),
        amount=t.money(note.total),
        number=escape(of.invoice_number),
        customer=name_of(of, t),
    )
    if promised.minor:
        way_on = t(
            "{amount} of it is promised to the card: send it with `{command} {refund} {number}`.",
            amount=t.money(promised),
            command="/billing-operator",
            refund=t("refund"),
            number=escape(of.invoice_number),
        )
        sentence = f"{sentence} {way_on}"
    return sentence_message(sentence)


def not_credited(of: Customer, why: PaymentInProgress, t: Translator) -> Message:
    """A payment stands against it: what the bank's page is for is the customer's alone."""
    said = {"number": escape(of.invoice_number), "customer": name_of(of, t)}
    if why.action_url:
        sentence = t(
            "Nothing was credited: a payment for the subscription of invoice {number} waits until {customer} "
            "confirms it with their bank.",
            **said,
        )
    else:
        sentence = t(
            "Nothing was credited: a payment for the subscription of invoice {number} of {customer} isn't decided "
            "yet. The bank is asked again automatically. Try again in a few minutes.",
            **said,
        )
    return sentence_message(sentence)


def refund_preview(of: Customer, seen: RefundPreview, t: Translator, *, asks: bool) -> View:
    """What will go back to the card, now or where it `asks`, once another operator has approved it."""
    question = t(
        "You are about to refund *{amount}* of invoice *{number}* to the card of {customer}.",
        amount=t.money(seen.amount),
        number=escape(of.invoice_number),
        customer=name_of(of, t),
    )
    form = {"invoice_id": of.invoice_id, "seen": asdict(seen), "asks": asks}
    lines = [question, *refund_parts(seen, t), *_approval(asks, t)]
    yes = t("Ask for approval") if asks else t("Yes, refund")
    return confirmation(t("Refund"), REFUND_CONFIRMED, lines, yes, form, t)


@reads
def read_refund(view: Mapping[str, Any]) -> RefundForm:
    form = json.loads(view["private_metadata"])
    seen = RefundPreview(**{name: Money(**amount) for name, amount in form["seen"].items()})
    return RefundForm(form["invoice_id"], seen, bool(form["asks"]))


def refunded(of: Customer, made: RefundSnapshot, t: Translator) -> Message:
    """What came of it."""
    said = {"amount": t.money(made.amount), "number": escape(of.invoice_number), "customer": name_of(of, t)}
    if made.state == "succeeded":
        return sentence_message(
            t("{amount} of invoice {number} was refunded to the card of {customer}.", **said)
        )
    if made.state == "failed":
        return sentence_message(
            t(
                "The refund of {amount} of invoice {number} to {customer} failed. Nothing was refunded.",
                **said,
            )
        )
    return sentence_message(
        t(
            "The refund of {amount} of invoice {number} to {customer} is on its way: the bank has not answered yet, "
            "and is asked again automatically.",
            **said,
        )
    )


def needs_number(word: str, t: Translator) -> Message:
    """The answer to a word behind which the invoice is missing."""
    return sentence_message(
        t(
            "Which invoice? Type its number: `{command} {word} 2026-000123`.",
            command="/billing-operator",
            word=word,
        )
    )


def no_invoice(number: str, t: Translator) -> Message:
    """The answer to a number that no invoice has, or more than one."""
    return sentence_message(
        t(
            "No invoice, or more than one, has the number “{number}”. Nothing was changed. Check it, or type the id.",
            number=escape(number[:AMOUNT_LIMIT]),
        )
    )


def credit_parts(seen: CreditPreview, t: Translator) -> list[str]:
    """Where a credit note's amount goes."""
    said = (
        (seen.owed, t("{amount} of it is unpaid and will no longer be due.", amount=t.money(seen.owed))),
        (seen.lost, t("{amount} of it was written off before.", amount=t.money(seen.lost))),
        (
            seen.refund,
            t("{amount} of it will be promised to the card that paid.", amount=t.money(seen.refund)),
        ),
        (seen.balance, t("{amount} of it becomes credit.", amount=t.money(seen.balance))),
        (seen.before, t("{amount} of this invoice was credited before.", amount=t.money(seen.before))),
    )
    return [sentence for amount, sentence in said if amount.minor]


def refund_parts(seen: RefundPreview, t: Translator) -> list[str]:
    """Where a refund's amount comes from."""
    credit = seen.amount - seen.promised
    said = (
        (seen.promised, t("{amount} of it was promised by credit notes.", amount=t.money(seen.promised))),
        (credit, t("{amount} of it is taken out of the credit balance.", amount=t.money(credit))),
        (seen.before, t("{amount} of this invoice was refunded before.", amount=t.money(seen.before))),
    )
    return [sentence for amount, sentence in said if amount.minor]


def _approval(asks: bool, t: Translator) -> list[str]:
    return [t("Another operator has to approve it. Nothing happens before.")] if asks else []


def _amount_input(hint: str, t: Translator) -> Block:
    return input_block("amount", t("Amount"), text_input(AMOUNT_LIMIT), hint, optional=True)


def _form(title: str, callback_id: str, of: Customer, inputs: Sequence[Block], t: Translator) -> View:
    about = t("Invoice *{number}* of {customer}.", number=escape(of.invoice_number), customer=name_of(of, t))
    blocks = [section(about), *inputs, context(t("Nothing happens yet. Next, you see what will."))]
    metadata = json.dumps({"invoice_id": of.invoice_id})
    return modal(
        title, blocks, close=t("Close"), callback_id=callback_id, submit=t("Continue"), metadata=metadata
    )


def confirmation(
    title: str, callback_id: str, lines: Sequence[str], yes: str, form: Mapping[str, Any], t: Translator
) -> View:
    """What is about to happen, and the button that does it."""
    audited = t("The customer's audit log will say that you did it.")
    return modal(
        title,
        [*(section(line) for line in lines), context(audited)],
        close=t("Don't do it"),
        callback_id=callback_id,
        submit=yes,
        metadata=json.dumps(form),
    )
