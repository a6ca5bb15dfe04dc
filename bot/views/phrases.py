"""What several views say of a subscription in the same words. All but `price` is for mrkdwn, and escaped."""

from __future__ import annotations

from billing.domain.snapshots import SubscriptionSnapshot
from billing.i18n import Words
from bot.blocks import clip, escape

COMMAND = "/billing"
# One line of a field: the whole address stands in its form.
ADDRESS_LENGTH = 300
# A confirm dialog holds 300 characters, so long names are shortened in it.
SHORT_NAME = 45


def full_name(subscription: SubscriptionSnapshot) -> str:
    """Add-on and plan, as they are."""
    return f"{subscription.add_on} {subscription.plan}"


def short_name(subscription: SubscriptionSnapshot) -> str:
    return clip(full_name(subscription), SHORT_NAME)


def what(subscription: SubscriptionSnapshot) -> str:
    return escape(full_name(subscription))


def price(subscription: SubscriptionSnapshot, t: Words) -> str:
    """The net price of one interval."""
    amount, interval = t.money(subscription.price), t.per(subscription.interval)
    return t("{amount} a {interval} + VAT", amount=amount, interval=interval)


def end_date(subscription: SubscriptionSnapshot, t: Words) -> str:
    """The day on which it ends, ended, or would end if it were cancelled now."""
    moment = subscription.ended_at or subscription.ends_at or subscription.period_end_at
    return t.day_of(moment, subscription.time_zone)


def status(subscription: SubscriptionSnapshot, t: Words) -> str:
    if subscription.ended_at is not None:
        return t("ended on {date}", date=end_date(subscription, t))
    if subscription.ends_at is not None:
        return t(
            "cancelled: active until {date}, then it ends; nothing more will be charged",
            date=end_date(subscription, t),
        )
    return t("active")


def next_charge(subscription: SubscriptionSnapshot, t: Words) -> str:
    if subscription.next_charge_at is None or subscription.next_charge is None:
        return t("none")
    date = t.day_of(subscription.next_charge_at, subscription.time_zone)
    return t("{amount} with VAT, on {date}", amount=t.money(subscription.next_charge), date=date)


def payment_method(subscription: SubscriptionSnapshot, t: Words) -> str:
    card = subscription.card
    if card is None:
        return t("none yet")
    return t("{brand} ending {digits}", brand=escape(card.brand), digits=escape(card.last_four))


def address(subscription: SubscriptionSnapshot, t: Words) -> str:
    """The billing address on one line."""
    typed = subscription.address
    if typed is None:
        return t("not set: invoices show {name}", name=escape(subscription.billing_admin_name))
    line = ", ".join((typed.name, *typed.lines(), t.country(typed.country)))
    return escape(clip(line, ADDRESS_LENGTH))
