"""Credit notes by operators, and what their acts share: the form, what will happen, what came of it.

Nothing is done in the first two.
"""

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
)
from bot.blocks import (
    Block,
    Message,
    View,
    checkboxes,
    clip,
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
AMOUNT_LIMIT = 20
NAME_LIMIT = 40


@dataclass(frozen=True, slots=True)
class CreditForm:
    """A credit note as it was asked for: of which invoice, what was shown of it, and whether another approves it."""

    invoice_id: str
    wanted: Wanted
    seen: CreditPreview
    asks: bool


def credit_form(of: Customer, t: Translator) -> View:
    """How much, why, and whether it is meant for the card."""
    to_card = checkboxes([option(t("Back to the card, as far as it paid"), "card")], ())
    return form_of(
        t("Credit note"),
        CREDIT,
        of,
        [
            amount_input(t("All that is left to credit if empty. VAT included, for example 12.50"), t),
            input_block("reason", t("Reason"), text_input(REASON_LIMIT), t("Printed on it"), optional=True),
            input_block(
                "refund", t("Where it goes"), to_card, t("Otherwise to the credit balance"), optional=True
            ),
        ],
        t,
    )


@reads
def read_invoice(view: Mapping[str, Any]) -> str:
    """The id of the invoice that the form is about."""
    invoice_id: str = json.loads(view["private_metadata"])["invoice_id"]
    return invoice_id


@reads
def read_wanted(view: Mapping[str, Any]) -> Wanted:
    return Wanted(typed(view, "amount").strip(), bool(ticked(view, "refund")), typed(view, "reason"))


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
    lines = [question, *credit_parts(seen, t), *approval(asks, t)]
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
            number=escape(clip(number, NAME_LIMIT)),
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


def approval(asks: bool, t: Translator) -> list[str]:
    """What is added to the question where nothing is done before somebody else has seen it."""
    return [t("Another operator has to approve it. Nothing happens before.")] if asks else []


def amount_input(hint: str, t: Translator) -> Block:
    """How much; nothing is all of it."""
    return input_block("amount", t("Amount"), text_input(AMOUNT_LIMIT), hint, optional=True)


def form_of(title: str, callback_id: str, of: Customer, inputs: Sequence[Block], t: Translator) -> View:
    """What is asked about the invoice or payment before anything is shown."""
    said = {"number": escape(of.paid()), "customer": name_of(of, t)}
    about = (
        t("Payment *{number}* of {customer}.", **said)
        if of.payment_id
        else t("Invoice *{number}* of {customer}.", **said)
    )
    blocks = [section(about), *inputs, context(t("Nothing happens yet. Next, you see what will."))]
    metadata = json.dumps(named_in_form(of))
    return modal(
        title, blocks, close=t("Close"), callback_id=callback_id, submit=t("Continue"), metadata=metadata
    )


def named_in_form(of: Customer) -> dict[str, str]:
    """What names the invoice, or the payment that has none."""
    return {"payment_id": of.payment_id} if of.payment_id else {"invoice_id": of.invoice_id}


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
