"""Refusals of payments, credit and refunds in words: what was not charged, and what to do."""

from __future__ import annotations

from urllib.parse import quote

from billing.i18n import Translator
from billing.values import refusals
from billing.values.declines import NOT_TRIED, another_card_helps, decline_reason
from billing.values.errors import NotAnAmount
from bot.blocks import escape
from bot.views import phrases
from bot.views.payments import of_paid

# What a web address may hold; all else is written as %xx, so that no address ends its link or opens another.
SAFE_IN_URL = "%/:?#[]@!$&()+,;="


def payment_in_progress(refusal: refusals.PaymentInProgress, t: Translator) -> str:
    if refusal.action_url:
        return t(
            "The bank is waiting for confirmation of an earlier payment: <{url}|confirm it>. "
            "Nothing else was changed or charged.",
            url=_in_link(refusal.action_url),
        )
    return t(
        "An earlier payment is still pending. Nothing was changed, and nothing is charged twice. "
        "Open `{command}` in a few minutes to see its outcome.",
        command=phrases.COMMAND,
    )


def just_paid(refusal: refusals.JustPaid, t: Translator) -> str:
    return t(
        "The bank had just confirmed it: {amount} with VAT was charged for {what} of {property}. Nothing else was "
        "changed or charged.",
        amount=t.money(refusal.amount),
        what=escape(refusal.what),
        property=escape(refusal.property_name),
    )


def payment_declined(refusal: refusals.PaymentDeclined, t: Translator) -> str:
    if refusal.reason == NOT_TRIED:
        return t(
            "Payments aren't working here right now. No bank was asked, and nothing was charged or changed. "
            "Try again later, or tell whoever runs this app."
        )
    reason = t(decline_reason(refusal.reason))
    sentence = t("Payment failed: {reason}. Nothing was charged or changed.", reason=reason)
    if refusal.for_good:
        return f"{sentence} {t('Choose another card, then try again.')}"
    if not another_card_helps(refusal.reason):
        return sentence
    return f"{sentence} {t('Try again later, or use another card.')}"


def request_closed(refusal: refusals.RequestClosed, t: Translator) -> str:
    if refusal.state == "approved":
        return t("<@{by}> already approved this. Nothing was done a second time.", by=refusal.by)
    if refusal.state == "declined":
        return t("<@{by}> already declined this. Nothing was done.", by=refusal.by)
    return t("This request has expired: nobody approved it within a day. Nothing was done. Ask for it again.")


def nobody_to_approve(refusal: refusals.NobodyToApprove, t: Translator) -> str:
    return t(
        "More than {limit} at once needs another admin's approval, and this property has no other admin. Nothing was "
        "changed or charged, and no one was asked. An owner can add an admin (`{command} members`) or change the "
        "limit (`{command} approvals`).",
        limit=t.money(refusal.limit),
        command=phrases.COMMAND,
    )


def purchase_request_closed(refusal: refusals.PurchaseRequestClosed, t: Translator) -> str:
    if refusal.state == "declined":
        return t("<@{by}> already declined this. Nothing was changed or charged.", by=refusal.by)
    if refusal.state == "withdrawn":
        return t("<@{by}> withdrew this request. Nothing was changed or charged.", by=refusal.by)
    if refusal.state == "expired":
        return t(
            "This request has expired: nobody approved it within 72 hours. Nothing was changed or charged. It can be "
            "asked for again."
        )
    return t("<@{by}> already approved this. Nothing was done a second time.", by=refusal.by)


def requester_left(refusal: refusals.RequesterLeft, t: Translator) -> str:
    return t(
        "<@{user}> asked for this and isn't an admin of this property any more, so it can't be approved. Nothing was "
        "changed or charged. Decline it; another admin can ask for the same.",
        user=refusal.user_id,
    )


def trial_too_long(refusal: refusals.TrialTooLong, t: Translator) -> str:
    return t("A whole number of days is needed, {most} at most. Nothing was changed.", most=refusal.most)


def amount_not_charged(refusal: refusals.AmountNotCharged, t: Translator) -> str:
    said = {"amount": t.money(refusal.total), "limit": t.money(refusal.limit)}
    if refusal.total.minor < refusal.limit.minor:
        return t("{amount} can't be charged: the least is {limit}. Nothing was changed or charged.", **said)
    return t(
        "{amount} can't be charged at once: the most is {limit}. Nothing was changed or charged.", **said
    )


def amount_not_exact(refusal: refusals.AmountNotExact, t: Translator) -> str:
    return t(
        "{amount} can't be charged exactly: cards are charged in steps of {step}. Nothing was changed or charged. "
        "Choose another plan, quantity or billing cycle, or ask the seller to change the price.",
        amount=t.money(refusal.total),
        step=t.money(refusal.step),
    )


def not_issued(refusal: refusals.NotIssued, t: Translator) -> str:
    if not refusal.collected.minor:
        return t(
            "No invoice can be issued for this, so nothing was changed or charged. "
            "Check the billing address and the company, then try again."
        )
    return t(
        "No invoice can be issued for this, so nothing was changed. The {amount} that was charged is now credit: "
        "the next invoices use it first. Check the billing address and the company, then try again.",
        amount=t.money(refusal.collected),
    )


def refund_due(refusal: refusals.RefundDue, t: Translator) -> str:
    return t(
        "{amount} of this property is still to be refunded to a card, so it wasn't deleted. Nothing was changed. Ask "
        "whoever runs this app, and try again when the refund is through.",
        amount=t.money(refusal.amount),
    )


def credit_key_reused(refusal: refusals.CreditKeyReused, t: Translator) -> str:
    return t(
        "That key is already used: it credited {amount} of invoice {number}. Nothing was credited now. "
        "Choose another key.",
        amount=t.money(refusal.amount),
        number=escape(refusal.number),
    )


def refund_key_reused(refusal: refusals.RefundKeyReused, t: Translator) -> str:
    return t(
        "That key is already used: it refunded {amount} {of_what}. Nothing was refunded now. Choose another key.",
        amount=t.money(refusal.amount),
        of_what=of_paid(refusal.number, t),
    )


def nothing_to_refund(refusal: refusals.NothingToRefund, t: Translator) -> str:
    return t(
        "At most {amount} can be refunded: what was paid by card and is now in the credit balance. "
        "Nothing was refunded.",
        amount=t.money(refusal.most),
    )


def refund_not_exact(refusal: refusals.RefundNotExact, t: Translator) -> str:
    return t(
        "{amount} can't be refunded exactly: cards are refunded in steps of {step}. Nothing was refunded. "
        "Choose another amount.",
        amount=t.money(refusal.amount),
        step=t.money(refusal.step),
    )


def not_an_amount(refusal: NotAnAmount, t: Translator) -> str:
    return t(
        "That is not an amount above zero in {currency}. Write it without thousands, and with no more decimals than "
        "the currency has.",
        currency=refusal.currency,
    )


def credit_out_of_bounds(refusal: refusals.CreditOutOfBounds, t: Translator) -> str:
    return t(
        "At most {amount} of this invoice can be credited. Nothing was credited. Choose another amount.",
        amount=t.money(refusal.left),
    )


def _in_link(url: str) -> str:
    return quote(url, safe=SAFE_IN_URL).replace("&", "&amp;")
