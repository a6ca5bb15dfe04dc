"""Paying what is unpaid, how a payment stands, and the history of all tries."""

from __future__ import annotations

from datetime import datetime

from billing.backup_words import else_tried
from billing.i18n import Translator
from billing.values.declines import decline_reason
from billing.values.money import Money
from billing.values.snapshots import (
    AttemptPage,
    AttemptSnapshot,
    CardSnapshot,
    PaymentSnapshot,
    SubscriptionSnapshot,
)
from bot.blocks import (
    Block,
    Element,
    Message,
    View,
    actions,
    button,
    clip,
    confirm,
    escape,
    link_button,
    modal,
    section,
)
from bot.reading import reads
from bot.views import phrases
from bot.views.pages import RowKey, Turning, as_table_button, page_blocks

PAY = "payment.pay"
AT_BANK = "payment.at_bank"
HISTORY = "payment.history"
PAGE = "payment.page"
TABLE = "payment.table"


def pay_button(payment: PaymentSnapshot, subscription: SubscriptionSnapshot, t: Translator) -> Element:
    name = phrases.short_name(subscription)
    card = phrases.payment_method(subscription, t) if subscription.card else None
    value = pay_value(payment.id, subscription.card)
    return pay_button_that_asks(value, payment.amount, name, subscription.property_name, t, card)


def pay_value(payment_id: str, card: CardSnapshot | None) -> str:
    """With the card that its question names, so that no other one is charged."""
    return f"{payment_id} {card.brand} {card.last_four}" if card else payment_id


@reads
def read_pay(value: str) -> tuple[str, str | None]:
    """Which payment the button pays, and with which card, if it named one."""
    payment_id, _, card = value.partition(" ")
    return payment_id, card or None


def other_card(payment: PaymentSnapshot, subscription: SubscriptionSnapshot, t: Translator) -> Message:
    """The card that the question named is no longer the one that pays: it is asked again."""
    sentence = t(
        "{what} of {property} is paid with another card now: {card}. Nothing was charged.",
        what=phrases.what(subscription),
        property=escape(subscription.property_name),
        card=phrases.payment_method(subscription, t),
    )
    return Message(sentence, [section(sentence), actions(pay_button(payment, subscription, t))])


def pay_button_that_asks(
    value: str, amount: Money, name: str, property_name: str, t: Translator, card: str | None = None
) -> Element:
    """The same for who has no snapshot at hand, nor the card that it has when it is pressed. `name` is short."""
    question = t(
        "{amount} with VAT for {what} of {property} will be charged now to {card}.",
        amount=t.money(amount),
        what=name,
        property=clip(property_name, phrases.SHORT_NAME),
        card=card or t("its current card"),
    )
    return button(
        t("Pay now"),
        PAY,
        value,
        t("Pay now for {what}", what=name),
        style="primary",
        confirm=confirm(t("Pay now?"), question, t("Yes, pay now"), t("Not now")),
    )


def outcome(subscription: SubscriptionSnapshot, payment: PaymentSnapshot, t: Translator) -> Message:
    """What became of "Pay now"."""
    said = {
        "amount": t.money(payment.amount),
        "what": phrases.what(subscription),
        "property": escape(subscription.property_name),
    }
    if payment.state == "paid":
        sentence = t("Paid: {amount} with VAT for {what} of {property}. Nothing else changes.", **said)
        return Message(sentence, [section(sentence)])
    if payment.waiting_for in ("authentication", "gateway"):
        return waiting(payment, subscription, t)
    sentence = t(
        "Payment of {amount} with VAT for {what} of {property} failed: {reason}. Nothing was charged.",
        reason=t(decline_reason(payment.reason)),
        **said,
    )
    return Message(sentence, [section(f"{sentence} {_what_now(payment, subscription, t)}")])


def waiting(payment: PaymentSnapshot, subscription: SubscriptionSnapshot, t: Translator) -> Message:
    """A payment that is not decided: the way to the bank, or that nobody knows yet."""
    said = {
        "amount": t.money(payment.amount),
        "what": phrases.what(subscription),
        "property": escape(subscription.property_name),
    }
    if payment.action_url is None:
        sentence = t(
            "The bank hasn't answered yet: {amount} with VAT for {what} of {property}. It is asked again within "
            "a minute, and nothing is charged twice. Until it answers, nothing changes.",
            **said,
        )
        return Message(sentence, [section(sentence)])
    sentence = t(
        "Your bank asks you to confirm {amount} with VAT for {what} of {property}. Nothing has been charged "
        "yet. It goes through once you confirm; until then nothing changes.",
        **said,
    )
    if payment.next_card and payment.try_at is not None:
        card, date = phrases.charged_card(payment.next_card), t.day_of(payment.try_at, subscription.time_zone)
        sentence = f"{sentence} {else_tried(card, date, t)}"
    return Message(sentence, [section(sentence), actions(bank_button(payment.id, payment.action_url, t))])


def bank_button(payment_id: str, url: str, t: Translator) -> Element:
    """Leads to the page on which the bank wants the payment confirmed."""
    return link_button(t("Confirm at the bank"), AT_BANK, payment_id, url)


def unpaid_fact(payment: PaymentSnapshot, subscription: SubscriptionSnapshot, t: Translator) -> str:
    """What is owed, what happens to it by itself, and what else to the subscription."""
    amount = t.money(payment.amount)
    if payment.waiting_for == "gateway":
        return t("{amount} with VAT: waiting for the bank", amount=amount)
    if payment.try_at is not None and payment.next_card:
        return _backup_fact(payment, payment.try_at, subscription, t)
    if payment.try_at is not None:
        date = t.day_of(payment.try_at, subscription.time_zone)
        return t("{amount} with VAT: next try on {date}", amount=amount, date=date)
    if payment.waiting_for == "authentication":
        waits = t("{amount} with VAT: waiting for confirmation at the bank", amount=amount)
    else:
        waits = t("{amount} with VAT: it won't be tried again automatically", amount=amount)
    if (ends_at := subscription.ends_unpaid(payment.ends_at)) is None:
        return waits
    date = t.day_of(ends_at, subscription.time_zone)
    return t("{waits}. The plan ends on {date} unless it is paid", waits=waits, date=date)


def _backup_fact(
    payment: PaymentSnapshot, try_at: datetime, subscription: SubscriptionSnapshot, t: Translator
) -> str:
    said = {
        "amount": t.money(payment.amount),
        "date": t.day_of(try_at, subscription.time_zone),
        "card": phrases.charged_card(payment.next_card),
    }
    if payment.waiting_for == "authentication":
        return t(
            "{amount} with VAT: waiting for confirmation at the bank, else the backup card {card} is tried on {date}",
            **said,
        )
    return t("{amount} with VAT: next try on {date}, with the backup card {card}", **said)


def history_button(subscription_id: str | None, name: str, t: Translator) -> Element:
    """Opens the tries for the subscription or, without one, for the property; `name` is whose they are."""
    label = t("Payment history of {name}", name=name)
    return button(t("Payment history"), HISTORY, str(RowKey(subscription_id)), label)


def history(page: AttemptPage, t: Translator) -> View:
    """One page of all tries to collect."""
    blocks = [section(_heading(page, t))]
    if page.attempts:
        blocks += _rows(page, t)
    else:
        blocks.append(section(t("No payments yet. They appear here, including failed ones.")))
    return modal(t("Payment history"), blocks, close=t("Close"))


def _heading(page: AttemptPage, t: Translator) -> str:
    property_name = escape(page.property.name)
    if page.title:
        return t("*{what}*, property *{property}*", what=escape(page.title), property=property_name)
    return t("All payments of the property *{property}*", property=property_name)


def _rows(page: AttemptPage, t: Translator) -> list[Block]:
    turning = Turning(PAGE, (t("Newer"), t("Newer payments")), (t("Older"), t("Older payments")))
    count = t.plural("{count} payment, newest first", "{count} payments, newest first", page.count)
    rows = [section(_row(attempt, page, t)) for attempt in page.attempts]
    table = as_table_button(TABLE, RowKey(page.subscription_id, page.page), t)
    return [*page_blocks(page, page.subscription_id, count, rows, turning, t), actions(table)]


def _row(attempt: AttemptSnapshot, page: AttemptPage, t: Translator) -> str:
    parts = [f"*{t.day_of(attempt.at, page.property.time_zone)}*"]
    parts += [escape(attempt.add_on)] if page.subscription_id is None else []
    parts += [t.money(attempt.amount), phrases.charged_card(attempt.card)]
    parts += [t("invoice {number}", number=escape(attempt.invoice_number))] if attempt.invoice_number else []
    became = [what_became(attempt, t), *([t(phrases.DISPUTES[attempt.dispute])] if attempt.dispute else [])]
    return f"{' · '.join(parts)}\n{' · '.join(became)}"


def of_paid(name: str, t: Translator) -> str:
    """What is refunded, by the number of its invoice; by the payment's id where it has none."""
    if name.startswith("pay_"):
        return t("of payment {number}", number=escape(name))
    return t("of invoice {number}", number=escape(name))


def what_became(attempt: AttemptSnapshot, t: Translator) -> str:
    """The outcome of a try, in words."""
    said = {
        "succeeded": t("Paid"),
        "action_required": t("Waiting for its Billing Admin to confirm it at the bank"),
        "sent": t("Waiting for the bank"),
        "unknown": t("The bank hasn't answered yet"),
    }
    if attempt.reason == "withdrawn":
        return t("Withdrawn before anything was charged")
    if attempt.outcome in said:
        return said[attempt.outcome]
    return t("Payment failed: {reason}", reason=t(decline_reason(attempt.reason)))


def tried_again(
    try_at: datetime | None, ends_at: datetime | None, add_on: str, zone: str, t: Translator, backup: str = ""
) -> str:
    """What comes of a payment that failed: its next try, maybe with the `backup`, the plan's end, or neither."""
    if try_at is not None and backup:
        return t(
            "Next try on {date}, with the backup card {card}; until then nothing changes.",
            date=t.day_of(try_at, zone),
            card=phrases.charged_card(backup),
        )
    if try_at is not None:
        return t("Next try on {date}; until then nothing changes.", date=t.day_of(try_at, zone))
    if ends_at is not None:
        return t(
            "It won't be tried again automatically. {add_on} ends on {date} unless it is paid.",
            add_on=escape(add_on),
            date=t.day_of(ends_at, zone),
        )
    return t("It won't be tried again.")


def _what_now(payment: PaymentSnapshot, subscription: SubscriptionSnapshot, t: Translator) -> str:
    ends_at = subscription.ends_unpaid(payment.ends_at)
    about = (subscription.add_on, subscription.time_zone)
    again = tried_again(payment.try_at, ends_at, *about, t, payment.next_card)
    if payment.for_good:
        return f"{again} {t('Choose another card, then try again.')}"
    return again
