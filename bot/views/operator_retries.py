"""A payment of a customer that an operator tries now: what will be charged, and what came of it, in their words."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from billing.i18n import Translator
from billing.values.declines import decline_reason
from billing.values.refusals import NoPaymentMethod, NothingToPay, PaymentInProgress
from billing.values.snapshots import Customer, PaymentSnapshot, RetryPreview, SubscriptionSnapshot
from bot.blocks import Message, View, escape
from bot.reading import reads
from bot.views import phrases
from bot.views.notice import sentence_message
from bot.views.operator_acts import confirmation
from bot.views.operators import name_of

RETRY_CONFIRMED = "operator.retry_confirmed"
# What stands against it, and has words for operators here.
NotTried = NothingToPay | NoPaymentMethod | PaymentInProgress
NOT_TRIED = (NothingToPay, NoPaymentMethod, PaymentInProgress)


def retry_preview(of: Customer, seen: RetryPreview, t: Translator) -> View:
    """What will be charged to which card."""
    question = t(
        "You are about to charge *{amount}* with VAT for invoice *{number}* of {customer} to {card}.",
        amount=t.money(seen.amount),
        number=escape(of.invoice_number),
        customer=name_of(of, t),
        card=phrases.payment_method(seen.subscription, t),
    )
    form = {"invoice_id": of.invoice_id, "payment_id": seen.payment_id}
    return confirmation(t("Pay now"), RETRY_CONFIRMED, [question], t("Yes, charge now"), form, t)


@reads
def read_retry(view: Mapping[str, Any]) -> tuple[str, str]:
    """The ids of the invoice and of its payment."""
    form = json.loads(view["private_metadata"])
    return str(form["invoice_id"]), str(form["payment_id"])


def retried(of: Customer, plan: SubscriptionSnapshot, paid: PaymentSnapshot, t: Translator) -> Message:
    """What came of it."""
    said = {
        "amount": t.money(paid.amount),
        "number": escape(of.invoice_number),
        "customer": name_of(of, t),
        "card": phrases.payment_method(plan, t),
    }
    if paid.state == "paid":
        return sentence_message(
            t("{amount} with VAT for invoice {number} of {customer} was charged to {card}.", **said)
        )
    if paid.waiting_for == "authentication":
        sentence = t(
            "The bank wants the customer to confirm {amount} for invoice {number} of {customer}. Nothing has been "
            "charged yet: the button to confirm is on their page.",
            **said,
        )
    elif paid.waiting_for == "gateway":
        sentence = t(
            "The bank hasn't answered yet whether it charges {amount} for invoice {number} of {customer}. It is "
            "asked again automatically, and nothing is charged twice.",
            **said,
        )
    else:
        sentence = t(
            "The payment of {amount} for invoice {number} of {customer} failed: {reason}. Nothing was charged.",
            reason=t(decline_reason(paid.reason)),
            **said,
        )
    return sentence_message(sentence)


def not_tried(of: Customer, why: NotTried, t: Translator) -> Message:
    """What stands against it: how the invoice is, and what only the customer can do."""
    said = {"number": escape(of.invoice_number), "customer": name_of(of, t)}
    if isinstance(why, NoPaymentMethod):
        sentence = t(
            "Nothing was charged: the subscription of invoice {number} has no card. Only {customer} can add one.",
            **said,
        )
    elif isinstance(why, NothingToPay):
        sentence = t(
            "Nothing was charged: invoice {number} of {customer} isn't waiting for a payment.", **said
        )
    elif why.action_url:
        sentence = t(
            "Nothing was charged: an earlier payment of invoice {number} waits until {customer} confirms it with "
            "their bank.",
            **said,
        )
    else:
        sentence = t(
            "Nothing was charged: the bank hasn't answered an earlier payment of invoice {number} of {customer}. It "
            "is asked again automatically. Try again in a few minutes.",
            **said,
        )
    return sentence_message(sentence)
