"""What the audit log calls acts, details and refusals, in words."""

from __future__ import annotations

from billing.i18n import Translator
from bot.blocks import escape

# The ends of the names of acts that only look at something; they stand in the log where they were refused.
LOOKING = ("look", "look_at", "list", "read", "history", "purchases", "preview", "restart_preview", "choose")


def act_in_words(act: str, t: Translator) -> str:
    """What was done or tried; an act that has no words here by its name."""
    words = _billing_acts(t) | _other_acts(t)
    if act in words:
        return words[act]
    return t("Look at billing") if act.rpartition(".")[2] in LOOKING else f"`{escape(act)}`"


def detail_in_words(name: str, t: Translator) -> str:
    """What was changed by an act."""
    words = {
        "role": t("role"),
        "needed": t("role needed"),
        "channel": t("channel"),
        "topics": t("announced"),
        "reason": t("reason"),
        "plan": t("plan"),
        "quantity": t("quantity"),
        "card": t("card"),
        "brand": t("card"),
        "last_four": t("last four digits"),
        "address": t("address"),
        "receipts_to": t("recipient of receipts"),
        "name": t("name"),
        "minor": t("amount"),
        "total": t("amount"),
        "period_end_at": t("end of the cycle"),
        "ends_at": t("end"),
        "dispute": t("dispute"),
    }
    return words.get(name, escape(name))


def refusal_in_words(name: str, t: Translator) -> str:
    """Why it was refused; a refusal that has no words here by its name."""
    words = {
        "NotAllowed": t("the role does not allow it"),
        "NotFound": t("there is no such thing"),
        "LastOwner": t("a property keeps at least one owner"),
        "IsBillingAdmin": t("this person pays for a subscription"),
        "ChangedMeanwhile": t("somebody else had just changed it"),
        "AskedAlready": t("asked less than a day before"),
        "BadFields": t("what was typed does not fit"),
        "AlreadyCancelled": t("it was cancelled already"),
        "NotCancelled": t("it was not cancelled"),
        "PaymentDeclined": t("the payment was declined"),
        "NoPaymentMethod": t("it has no payment method"),
        "InvoiceIncomplete": t("a billing detail is missing for the invoice"),
        "TaxCaseUnknown": t("which VAT applies is not known"),
        "NotIssued": t("no invoice could be issued"),
    }
    return words.get(name, f"`{escape(name)}`")


def _billing_acts(t: Translator) -> dict[str, str]:
    return {
        "subscription.cancel": t("Cancellation"),
        "subscription.undo_cancellation": t("Cancellation undone"),
        "subscription.end": t("End of a subscription"),
        "subscription.renew": t("Renewal"),
        "subscription.trial": t("Free trial"),
        "subscription.restart": t("Restart of a subscription"),
        "subscription.restart_ask": t("Restart of a subscription"),
        "purchase.ask": t("Purchase"),
        "purchase.make": t("Purchase"),
        "change.ask": t("Plan change"),
        "change.make": t("Plan change"),
        "change.trial": t("Plan change"),
        "change.plan": t("Plan change scheduled"),
        "change.undo": t("Scheduled change undone"),
        "change.pause": t("Pause"),
        "address.change": t("Billing address"),
        "payment.paid": t("Payment received"),
        "payment.supersede": t("Payment withdrawn"),
        "payment.failed": t("Payment failed"),
        "payment.credit": t("Payment added to the credit balance"),
        "payment.credited": t("Payment no longer due"),
        "payment.uncollectible": t("Payment given up"),
        "payment.open": t("Payment not collected yet"),
        "payment.pay_now": t("Pay now"),
        "payment.dispute": t("Payment disputed"),
        "payment_method.keep": t("Card saved"),
        "payment_method.choose": t("Payment method"),
        "payment_method.remove": t("Card removed"),
        "card_setup.start": t("Page for a new card"),
        "card_setup.outcome": t("Page for a new card"),
        "refund.ask": t("Refund"),
        "refund.succeeded": t("Refund paid out"),
        "refund.failed": t("Refund failed"),
        "credit_note.issue": t("Credit note"),
        "company.change": t("Company details"),
        "receipts.change": t("Receipts by email"),
        "transfer.make": t("Transfer"),
    }


def _other_acts(t: Translator) -> dict[str, str]:
    return {
        "member.set_role": t("Role"),
        "member.remove": t("Member removed"),
        "member.ask_for_role": t("Request for access"),
        "property.create": t("New property"),
        "property.delete": t("Property deleted"),
        "property.announce_in": t("Billing channel"),
        "support.ask": t("Message to support"),
    }
