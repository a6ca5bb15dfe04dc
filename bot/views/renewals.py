"""Renewing what was cancelled, or has ended: the question, the confirmation with its price, the outcome."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from billing.i18n import Translator
from billing.values.acts import Act
from billing.values.events import RenewalOverdue
from billing.values.snapshots import MethodSnapshot, PaymentSnapshot, Quote, SubscriptionSnapshot
from bot.blocks import Element, Message, View, actions, button, clip, confirm, escape, modal, section
from bot.reading import reads
from bot.views import addresses, payment_methods, payments, phrases, purchases, subscriptions
from bot.views.purchase_requests import ASK_RESTART, needed
from bot.views.quotes import quote_blocks

OPEN = "renewal.open"
CHOSEN = "renewal.choose"
KEEP = "renewal.keep"
CARD = "renewal.card"
RESTART = "renewal.restart"


@dataclass(frozen=True, slots=True)
class RestartConfirmed:
    """A yes: to what, the fingerprint of the preview that was seen, and the key of this confirmation."""

    subscription_id: str
    expected_quote: str
    key: str


def nothing_to_renew(t: Translator) -> str:
    """In the place of the question which one."""
    return t("Nothing to renew: no subscription is cancelled or ended, or its payment is still pending.")


def no_longer_sold(snapshot: SubscriptionSnapshot, t: Translator) -> View:
    """In the place of the question, of one that has ended and left the catalogue."""
    sentence = t(
        "*{what}* is no longer on sale, so it can't be renewed. Nothing was charged. Buy another plan in its place.",
        what=phrases.what(snapshot),
    )
    return modal(t("Renew"), [section(sentence), actions(purchases.buy_button(t))], close=t("Close"))


def keep_question(snapshot: SubscriptionSnapshot, t: Translator) -> View:
    """Before the end of a cancelled one: it goes on with the same dates."""
    said = {"what": phrases.what(snapshot), "property": escape(snapshot.property_name)}
    date = phrases.end_date(snapshot, t)
    return modal(
        t("Renew"),
        [
            section(t("You are about to renew *{what}* of the property *{property}*.", **said)),
            section(t("*Charged now:* nothing")),
            section(
                t(
                    "It continues with the same dates at {price}. {then}",
                    price=phrases.price(snapshot, t),
                    then=subscriptions.what_then(date, snapshot.dunning, snapshot.time_zone, t),
                )
            ),
        ],
        callback_id=KEEP,
        submit=t("Yes, renew"),
        close=t("Keep it cancelled"),
        metadata=subscriptions.undo_value(snapshot.id, snapshot.period_end_at),
    )


def card_question(
    snapshot: SubscriptionSnapshot, methods: Sequence[MethodSnapshot], declined: str, t: Translator
) -> View:
    """After its card was `declined`, as that sentence says: one is chosen before the preview."""
    next_step = t("Choose a card: the next step shows the price before anything is charged.")
    return modal(
        t("Renew"),
        [section(declined), section(next_step), *payment_methods.card_blocks(snapshot, methods, t)],
        callback_id=CARD,
        submit=t("Continue") if methods else None,
        close=t("Keep it ended"),
        metadata=snapshot.id,
    )


def restart_confirmation(quote: Quote, key: str, t: Translator, again: str = "") -> View:
    """After the end: a new cycle, and what it costs. `again` says why it is shown anew, ready to be shown."""
    has = quote.subscription
    question = t(
        "You are about to renew *{what}* of the property *{property}*.",
        what=phrases.what(has),
        property=escape(has.property_name),
    )
    promise = t(
        "It has ended. A new billing cycle starts once the payment succeeds; if it fails, the subscription "
        "stays ended."
    )
    return modal(
        t("Renew"),
        [
            *([section(again)] if again else []),
            section(question),
            section(promise),
            *quote_blocks(quote, t),
            *payment_methods.missing_card(quote, t),
            *needed(quote, t),
        ],
        callback_id=ASK_RESTART if quote.above else RESTART,
        submit=t("Ask for approval") if quote.above else t("Yes, renew"),
        close=t("Keep it ended"),
        metadata=json.dumps({"subscription_id": has.id, "expected_quote": quote.fingerprint, "key": key}),
    )


@reads
def read_confirmation(view: Mapping[str, Any]) -> RestartConfirmed:
    return RestartConfirmed(**json.loads(view["private_metadata"]))


def restarted(now: SubscriptionSnapshot, open_payment: PaymentSnapshot | None, t: Translator) -> Message:
    """The private answer: it lives again, or waits for the bank."""
    if now.ended_at is not None and open_payment is not None:
        return payments.waiting(open_payment, now, t)
    sentence = t(
        "{what} of {property} restarted. It's paid and active; the receipt shows the amount. Next charge: "
        "{charge}.",
        what=phrases.what(now),
        property=escape(now.property_name),
        charge=phrases.next_charge(now, t),
    )
    return Message(sentence, [section(sentence)])


def renew_button(snapshot: SubscriptionSnapshot, t: Translator) -> Element:
    """On a cancelled one it takes the cancellation back, after a question; on an ended one it opens the preview."""
    name = phrases.short_name(snapshot)
    if Act.RESTART in snapshot.allowed:
        return open_button(snapshot.id, name, t)
    question = subscriptions.how_it_goes_on(snapshot, t)
    return button(
        t("Renew"),
        subscriptions.UNDO,
        subscriptions.undo_value(snapshot.id, snapshot.period_end_at),
        t("Renew {what}", what=name),
        style="primary",
        confirm=confirm(t("Renew?"), question, t("Yes, renew"), t("Keep it cancelled")),
    )


def open_button(subscription_id: str, name: str, t: Translator) -> Element:
    """Opens the preview of a new cycle. `name` is short."""
    return button(t("Renew"), OPEN, subscription_id, t("Renew {what}", what=name), style="primary")


def overdue(event: RenewalOverdue, t: Translator) -> Message:
    """For those who may change the billing: what could not be done, and what they can do."""
    said = {"date": t.day_of(event.due_at, event.time_zone), **phrases.about(event)}
    if event.cancelled:
        sentence = t(
            "{what} of {property} was to end on {date}, and that could not be done yet. It is tried again at least "
            "once a day, and you won't be charged again. Whoever runs this app can see why.",
            **said,
        )
        return Message(sentence, [section(sentence)])
    sentence = t(
        "{what} of {property} could not be renewed on {date}. Nothing was charged, and the plan goes on meanwhile. "
        "It is tried again at least once a day, and at once when its billing address or company is saved. "
        "Whoever runs this app can see why.",
        **said,
    )
    name = clip(f"{event.add_on} {event.plan}", phrases.SHORT_NAME)
    address = button(
        t("Billing address"), addresses.EDIT, event.subscription_id, t("Billing address of {what}", what=name)
    )
    cancel = button(
        t("Cancel subscription"), subscriptions.CANCEL, event.subscription_id, t("Cancel {what}", what=name)
    )
    return Message(sentence, [section(sentence), actions(address, cancel)])
