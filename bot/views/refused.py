"""What is said when a payment, a change, a transfer or a removal is refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

from billing.i18n import Translator
from billing.values import errors, refusals
from billing.values.errors import Refusal
from bot.blocks import escape
from bot.views import phrases

SHOWN_NAMES = 10
# What a web address may hold; all else is written as %xx, so that no address ends its link or opens another.
SAFE_IN_URL = "%/:?#[]@!$&()+,;="


def _payment_in_progress(refusal: refusals.PaymentInProgress, t: Translator, command: str) -> str:
    if refusal.action_url:
        return t(
            "The bank wants you to confirm an earlier payment first: <{url}|confirm it there>. "
            "Until then nothing else is charged or changed.",
            url=_in_link(refusal.action_url),
        )
    return t(
        "An earlier payment of this is not decided yet, so nothing was changed and nothing charged twice. "
        "Open `{command}` in some minutes to see how it went.",
        command=command,
    )


def _payment_declined(refusal: refusals.PaymentDeclined, t: Translator, _command: str) -> str:
    sentence = t(
        "It was not paid, because {reason}. Nothing was charged, and everything stays as it was.",
        reason=phrases.decline_reason(refusal.reason, t),
    )
    if refusal.for_good:
        return f"{sentence} {t('Set another payment method, then try again.')}"
    return f"{sentence} {t('Try again later, or with another payment method.')}"


def _no_payment_method(_refusal: refusals.NoPaymentMethod, t: Translator, _command: str) -> str:
    return t("This has no payment method yet. Nothing was bought, changed or charged: set one first.")


def _unpaid(_refusal: refusals.Unpaid, t: Translator, command: str) -> str:
    return t(
        "An invoice of this subscription is unpaid. Nothing was changed or charged: "
        "open `{command}` to see how it stands, and pay that invoice first.",
        command=command,
    )


def _nothing_to_pay(_refusal: refusals.NothingToPay, t: Translator, command: str) -> str:
    return t(
        "There is nothing to pay here any more, and nothing was charged now. Open `{command}` to see why.",
        command=command,
    )


def _preview_changed(refusal: refusals.PreviewChanged, t: Translator, _command: str) -> str:
    return t(
        "What you were shown is not true any more: now {amount} with VAT would be charged. "
        "Nothing was charged or changed. Look at it again, then decide.",
        amount=t.money(refusal.quote.charge_now),
    )


def _same_plan(_refusal: refusals.SamePlan, t: Translator, _command: str) -> str:
    return t(
        "It has exactly this plan, interval and quantity already. Nothing was changed or charged: choose another."
    )


def _nothing_pending(_refusal: refusals.NothingPending, t: Translator, command: str) -> str:
    return t(
        "There is no planned change to take back. Nothing was changed or charged: "
        "open `{command}` to see how it stands.",
        command=command,
    )


def _bad_quantity(refusal: refusals.BadQuantity, t: Translator, _command: str) -> str:
    return t(
        "A quantity is a whole number from 1 to {most}. Nothing was changed or charged: please type another.",
        most=refusal.most,
    )


def _still_running(_refusal: refusals.StillRunning, t: Translator, command: str) -> str:
    return t(
        "This subscription has not ended, so there is nothing to begin anew. Nothing was charged: "
        "open `{command}` to see how it stands.",
        command=command,
    )


def _cannot_pause(refusal: refusals.CannotPause, t: Translator, command: str) -> str:
    sentence = (
        t("A subscription cannot be paused: its year is paid already.")
        if refusal.interval == "year"
        else t("A subscription cannot be paused: its month is paid already.")
    )
    rest = t(
        "Nothing was changed or charged. With `{command} cancel` it ends with its cycle, "
        "and you can begin anew later.",
        command=command,
    )
    return f"{sentence} {rest}"


def _not_transferable(refusal: refusals.NotTransferable, t: Translator, _command: str) -> str:
    return t(
        "{add_on} cannot be transferred to another property. Nothing was changed or charged: "
        "cancel it here and buy it there.",
        add_on=escape(refusal.add_on),
    )


def _not_owner_of_both(_refusal: refusals.NotOwnerOfBoth, t: Translator, _command: str) -> str:
    return t(
        "Only somebody who owns both properties can transfer a subscription. Nothing was changed or charged: "
        "ask an owner for that role."
    )


def _not_sold_there(refusal: refusals.NotSoldThere, t: Translator, _command: str) -> str:
    return t(
        "{plan} is not sold to that property: it pays in another currency, or I do not know its VAT. "
        "Nothing was changed or charged: choose another property.",
        plan=escape(refusal.plan),
    )


def _legacy_price(_refusal: refusals.LegacyPrice, t: Translator, _command: str) -> str:
    return t(
        "This subscription keeps an old price that cannot be taken to another property. "
        "Nothing was changed or charged: change to a plan that is on sale first, or leave it here."
    )


def _same_property(_refusal: refusals.SameProperty, t: Translator, _command: str) -> str:
    return t("It belongs to that property already. Nothing was changed or charged: choose another one.")


def _is_billing_admin(refusal: refusals.IsBillingAdmin, t: Translator, _command: str) -> str:
    return t(
        "This person pays for {names}. Nothing was changed: somebody else must set their own payment method "
        "for that first.",
        names=_listed(refusal.subscriptions, t),
    )


def _property_in_use(refusal: refusals.PropertyInUse, t: Translator, _command: str) -> str:
    return t(
        "This property still has {names}, so it was not deleted and nothing was charged. "
        "Cancel or transfer what is running and pay what is unpaid, then wait for its end.",
        names=_listed(refusal.subscriptions, t),
    )


def _credit_left(refusal: refusals.CreditLeft, t: Translator, _command: str) -> str:
    return t(
        "This property still has {amount} of credit, so it was not deleted. Ask whoever runs this app to refund "
        "it, or give it up.",
        amount=t.money(refusal.credit),
    )


def _method_in_use(refusal: refusals.MethodInUse, t: Translator, _command: str) -> str:
    return t(
        "This card pays for {names}, so it was not removed. Choose another card for that first.",
        names=_listed(refusal.subscriptions, t),
    )


def _gateway_down(_refusal: refusals.GatewayDown, t: Translator, _command: str) -> str:
    return t(
        "The bank's page does not answer just now. Nothing was begun and nothing was charged: try again soon."
    )


def _nothing_to_refund(refusal: refusals.NothingToRefund, t: Translator, _command: str) -> str:
    return t(
        "That cannot be given back, and nothing was: at most {amount} was paid by card and is credit now.",
        amount=t.money(refusal.most),
    )


def _tax_case_unknown(refusal: errors.TaxCaseUnknown, t: Translator, command: str) -> str:
    if refusal.missing == "vat_number":
        return t(
            "Invoices to that country need the VAT number that your company has there. Nothing was changed or "
            "charged: give it with `{command} company`, or choose another country.",
            command=command,
        )
    return t(
        "I do not know which VAT applies to a billing address in this country, and I do not guess. "
        "Nothing was changed or charged: choose another country, or ask whoever runs this app."
    )


def _credit_out_of_bounds(refusal: refusals.CreditOutOfBounds, t: Translator, _command: str) -> str:
    return t(
        "A credit note gives back something, and here at most {amount} is left. Nothing was credited or changed: "
        "choose another amount.",
        amount=t.money(refusal.left),
    )


def _listed(names: Sequence[str], t: Translator) -> str:
    shown, left = ", ".join(escape(name) for name in names[:SHOWN_NAMES]), len(names[SHOWN_NAMES:])
    return (
        t.plural("{names} and {count} more", "{names} and {count} more", left, names=shown) if left else shown
    )


def _in_link(url: str) -> str:
    return quote(url, safe=SAFE_IN_URL).replace("&", "&amp;")


SENTENCES: Mapping[type[Refusal], Callable[[Any, Translator, str], str]] = MappingProxyType(
    {
        refusals.PaymentInProgress: _payment_in_progress,
        refusals.PaymentDeclined: _payment_declined,
        refusals.GatewayDown: _gateway_down,
        refusals.NothingToRefund: _nothing_to_refund,
        refusals.NoPaymentMethod: _no_payment_method,
        refusals.Unpaid: _unpaid,
        refusals.NothingToPay: _nothing_to_pay,
        refusals.PreviewChanged: _preview_changed,
        refusals.SamePlan: _same_plan,
        refusals.NothingPending: _nothing_pending,
        refusals.BadQuantity: _bad_quantity,
        refusals.StillRunning: _still_running,
        refusals.CannotPause: _cannot_pause,
        refusals.NotTransferable: _not_transferable,
        refusals.NotOwnerOfBoth: _not_owner_of_both,
        refusals.NotSoldThere: _not_sold_there,
        refusals.LegacyPrice: _legacy_price,
        refusals.SameProperty: _same_property,
        refusals.IsBillingAdmin: _is_billing_admin,
        refusals.PropertyInUse: _property_in_use,
        refusals.CreditLeft: _credit_left,
        refusals.MethodInUse: _method_in_use,
        errors.TaxCaseUnknown: _tax_case_unknown,
        refusals.CreditOutOfBounds: _credit_out_of_bounds,
    }
)
