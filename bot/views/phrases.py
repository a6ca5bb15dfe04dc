"""What several views say of a subscription in the same words. All but `price` is for mrkdwn, and escaped."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

from billing.i18n import Translator
from billing.values.addresses import BillingAddress, countries
from billing.values.card_names import card_name, card_name_of
from billing.values.companies import Company
from billing.values.cycles import Interval, local_date
from billing.values.events import Event
from billing.values.money import Money
from billing.values.snapshots import Dunning, PendingSnapshot, SubscriptionSnapshot
from billing.values.terms import PlanTerms
from bot.blocks import clip, escape

COMMAND = "/billing"
# One line of a field: the whole address stands in its form.
ADDRESS_LENGTH = 300
# A confirm dialog holds 300 characters, so long names are shortened in it.
SHORT_NAME = 45
TO_THE_MINUTE = "{time}"
# How a dispute stands.
DISPUTES: Mapping[str, str] = MappingProxyType(
    {
        "open": "disputed with the bank",
        "won": "dispute closed: the payment stands",
        "lost": "dispute closed: the bank took the money back",
    }
)


def about(event: Event) -> dict[str, str]:
    """What every announcement names: add-on with plan, and property."""
    return {"what": escape(f"{event.add_on} {event.plan}"), "property": escape(event.property_name)}


def full_name(subscription: SubscriptionSnapshot) -> str:
    """Add-on and plan, as they are."""
    return f"{subscription.add_on} {subscription.plan}"


def short_name(subscription: SubscriptionSnapshot) -> str:
    return clip(full_name(subscription), SHORT_NAME)


def what(subscription: SubscriptionSnapshot) -> str:
    return escape(full_name(subscription))


def price(subscription: SubscriptionSnapshot, t: Translator) -> str:
    """The net price of one interval, and how many times it is charged."""
    amount, interval = t.money(subscription.price), t.per(subscription.interval)
    if subscription.quantity > 1:
        amount = f"{subscription.quantity} × {amount}"
    return t("{amount} a {interval} + VAT", amount=amount, interval=interval)


def terms_of(one: SubscriptionSnapshot | PendingSnapshot) -> PlanTerms:
    """What is had, or comes."""
    return PlanTerms(one.plan, one.quantity, one.interval)


def terms(named: PlanTerms, t: Translator) -> str:
    """ "Business", "3 × Business", or "3 × Business, yearly"."""
    what = escape(named.counted)
    return with_interval(what, named.interval, t) if named.interval else what


def terms_before_and_after(before: PlanTerms, after: PlanTerms, t: Translator) -> tuple[str, str]:
    """Both, with what differs between them."""
    return terms(before.beside(after), t), terms(after.beside(before), t)


def with_interval(what: str, interval: Interval, t: Translator) -> str:
    """ "Business, monthly"."""
    if interval is Interval.YEAR:
        return t("{what}, yearly", what=what)
    return t("{what}, monthly", what=what)


def preview_outdated(t: Translator) -> str:
    """Why a confirmation is shown anew."""
    return t(
        "This preview is out of date. Nothing was changed or charged. Check the new preview, then decide."
    )


def moment(at: datetime, zone: str, t: Translator, time: str = "{time_secs}") -> str:
    """When something happened: Slack writes it in each reader's own time zone, or as here where it cannot."""
    fallback = escape(f"{t.moment_of(at, zone)}, {zone}")
    return f"<!date^{int(at.timestamp())}^{{date_short}}, {time}|{fallback}>"


def end_date(subscription: SubscriptionSnapshot, t: Translator) -> str:
    """The day on which it ends, ended, or would end if it were cancelled now."""
    moment = subscription.ended_at or subscription.ends_at or subscription.period_end_at
    return t.day_of(moment, subscription.time_zone)


def status(subscription: SubscriptionSnapshot, t: Translator) -> str:
    """How it stands; past due also when that is tried next, or when it ends."""
    if subscription.ended_at is not None:
        return t("Ended on {date}", date=end_date(subscription, t))
    if subscription.ends_at is not None:
        return _cancelled(subscription, t)
    if is_trial(subscription):
        return _trialing(subscription, t)
    if owes(subscription):
        return _past_due(subscription, t)
    if subscription.status == "incomplete":
        return t("Not active yet: first payment pending")
    return t("Active")


def owed(dunning: Dunning, zone: str, t: Translator) -> str:
    """What becomes of the past-due invoice of a plan that is not cancelled."""
    if dunning.try_at is not None:
        return t("The past-due invoice is tried again on {date}.", date=t.day_of(dunning.try_at, zone))
    if dunning.ends_at is not None:
        last_day = t.day_of(dunning.ends_at, zone)
        return t("It ends on {last_day} unless the past-due invoice is paid.", last_day=last_day)
    return t("The past-due invoice is still unpaid.")


def is_trial(subscription: SubscriptionSnapshot) -> bool:
    """Whether nothing was charged for it yet."""
    return subscription.status == "trialing"


def owes(subscription: SubscriptionSnapshot) -> bool:
    """Whether an invoice of a past cycle is still to be collected, whatever comes after it."""
    return subscription.status == "past_due"


def pending(subscription: SubscriptionSnapshot, t: Translator) -> str | None:
    """The change that has not happened yet: from which date, or that it waits for its payment."""
    change = subscription.pending
    return planned(change, subscription, t) if change else None


def change_dropped(change: PendingSnapshot, subscription: SubscriptionSnapshot, t: Translator) -> str:
    """A second change takes the place of the one that was planned."""
    return t("This replaces the scheduled change ({change}).", change=planned(change, subscription, t))


def dropped_for_good(subscription: SubscriptionSnapshot, t: Translator) -> list[str]:
    """What cancelling drops, if anything was planned; what ends at once cannot be undone."""
    if subscription.dropped is None:
        return []
    change = planned(subscription.dropped, subscription, t)
    if subscription.ended_at is not None:
        return [t("The scheduled change ({change}) is dropped.", change=change)]
    return [t("The scheduled change ({change}) is dropped; undoing does not bring it back.", change=change)]


def planned(change: PendingSnapshot, subscription: SubscriptionSnapshot, t: Translator) -> str:
    """That change of the subscription."""
    what_comes = terms(terms_of(change).beside(terms_of(subscription)), t)
    if change.applies_at is None:
        return t("As soon as it is paid: {what}", what=what_comes)
    date = t.day_of(change.applies_at, subscription.time_zone)
    return t("From {date}: {what}", date=date, what=what_comes)


def usage(subscription: SubscriptionSnapshot, t: Translator) -> str | None:
    """What was used of its quota in this cycle; None for a plan that has none, or is over."""
    if subscription.allowance is None or subscription.ended_at is not None:
        return None
    said = {"used": t.number(subscription.used), "quota": t.number(subscription.allowance)}
    left = subscription.allowance - subscription.used
    if left < 0:
        return t("Usage this cycle: {used} of {quota}, {over} over", over=t.number(-left), **said)
    return t("Usage this cycle: {used} of {quota}, {left} left", left=t.number(left), **said)


def next_charge(subscription: SubscriptionSnapshot, t: Translator) -> str:
    if subscription.next_charge_at is None or subscription.next_charge is None:
        return t("none")
    date = t.day_of(subscription.next_charge_at, subscription.time_zone)
    return charge_on(subscription.next_charge, subscription.next_credit, subscription.next_carried, date, t)


def charge_on(charge: Money, credit: Money | None, carried: Money | None, date: str, t: Translator) -> str:
    """What a card will be charged on that date, what the credit balance pays before it, and what is left for later.

    Credit below zero is what earlier invoices left to be charged with it.
    """
    said = _charge_on(charge, credit, date, t)
    if carried is None or carried.minor == 0:
        return said
    return t(
        "{charge}; {carried} is too little to charge and goes on the invoice after it",
        charge=said,
        carried=t.money(carried),
    )


def _charge_on(charge: Money, credit: Money | None, date: str, t: Translator) -> str:
    if charge.minor == 0 and (credit is None or credit.minor <= 0):
        return t("nothing on {date}", date=date)
    if credit is None or credit.minor == 0:
        return t("{amount} with VAT, on {date}", amount=t.money(charge), date=date)
    if credit.minor < 0:
        return t(
            "{amount} with VAT, on {date}, {carried} of it from earlier invoices",
            amount=t.money(charge),
            date=date,
            carried=t.money(-credit),
        )
    if charge.minor == 0:
        return t(
            "nothing on {date}: {credit} paid from your credit balance", date=date, credit=t.money(credit)
        )
    return t(
        "{amount} with VAT, on {date}, after {credit} from your credit balance",
        amount=t.money(charge),
        date=date,
        credit=t.money(credit),
    )


def payment_method(subscription: SubscriptionSnapshot, t: Translator) -> str:
    card = subscription.card
    if card is None:
        return t("No card yet")
    return escape(card_name(card.brand, card.last_four))


def charged_card(shown: str) -> str:
    """The same of "Visa 4242", as a payment keeps it."""
    return escape(card_name_of(shown))


def address(subscription: SubscriptionSnapshot, t: Translator) -> str:
    """The billing address on one line."""
    typed = subscription.address
    if typed is None:
        return t("not set: invoices show {name}", name=escape(subscription.billing_admin_name))
    if subscription.has_own_buyer and subscription.property_has_profile:
        return t("{address} (only for this subscription)", address=address_line(typed, t))
    return address_line(typed, t)


def address_line(typed: BillingAddress, t: Translator, limit: int = ADDRESS_LENGTH) -> str:
    """The same of an address that was typed."""
    line = ", ".join((typed.name, *typed.lines(), t.country(typed.country)))
    return escape(clip(line, limit))


def place(name: str, t: Translator) -> str:
    """A part of a country: by its own name, or in the reader's language where it has a code like a country's."""
    return t.country(name) if name in countries() else name


def company(details: Company, t: Translator, limit: int = ADDRESS_LENGTH) -> str:
    """What invoices say of the company, on one line."""
    parts = (
        (details.legal_name, details.legal_name),
        (details.vat_number, t("VAT number {number}", number=details.vat_number)),
        (details.codice_fiscale, t("Codice Fiscale {number}", number=details.codice_fiscale)),
        (details.sdi_code, t("SDI code {code}", code=details.sdi_code)),
        (details.pec, t("PEC {address}", address=details.pec)),
        (details.purchase_order, t("purchase order {number}", number=details.purchase_order)),
    )
    return escape(clip(", ".join(said for value, said in parts if value), limit))


def receipts(subscription: SubscriptionSnapshot, t: Translator) -> str:
    """Who gets its receipts by mail."""
    if subscription.receipts_lost_by:
        return t("no one: <@{user}> can't receive them any more", user=subscription.receipts_lost_by)
    if not subscription.receipts_to:
        return t("off")
    recipient = escape(clip(subscription.receipts_to, ADDRESS_LENGTH))
    if subscription.receipts_refused_at:
        return t("{recipient} (the last one could not be delivered)", recipient=recipient)
    return recipient


def _cancelled(subscription: SubscriptionSnapshot, t: Translator) -> str:
    date = end_date(subscription, t)
    if is_trial(subscription):
        return t("Cancelled: free trial until {date}, won't be charged", date=date)
    if subscription.ends_unpaid_at:
        last_day = t.day_of(subscription.ends_unpaid_at, subscription.time_zone)
        return t(
            "Cancelled: ends on {date}, or on {last_day} if the past-due invoice stays unpaid",
            date=date,
            last_day=last_day,
        )
    if owes(subscription):
        return t(
            "Cancelled: active until {date}, won't renew; the past-due invoice is still unpaid", date=date
        )
    return t("Cancelled: active until {date}, won't renew", date=date)


def _past_due(subscription: SubscriptionSnapshot, t: Translator) -> str:
    zone = subscription.time_zone
    if subscription.dunning and subscription.dunning.try_at:
        return t(
            "Past due · next try {date}", date=t.short_date(local_date(subscription.dunning.try_at, zone))
        )
    if subscription.ends_unpaid_at:
        date = t.short_date(local_date(subscription.ends_unpaid_at, zone))
        return t("Past due · ends {date} unless paid", date=date)
    return t("Past due")


def _trialing(subscription: SubscriptionSnapshot, t: Translator) -> str:
    date = t.day_of(subscription.period_end_at, subscription.time_zone)
    if subscription.next_charge is None or (subscription.next_credit and subscription.next_credit.minor):
        return t("Free trial until {date}", date=date)
    amount = t.money(subscription.next_charge)
    return t("Free trial until {date}, then {amount} with VAT", date=date, amount=amount)
