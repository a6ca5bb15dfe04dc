"""The card of one subscription: choosing a saved one, or adding a new one on the gateway's page."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from billing.i18n import Translator
from billing.services.payment_methods import CardChoice
from billing.values.card_names import card_name
from billing.values.money import Money
from billing.values.snapshots import (
    CardSetupSnapshot,
    CardSnapshot,
    MethodSnapshot,
    Quote,
    SubscriptionSnapshot,
)
from bot.blocks import (
    VALUE,
    Block,
    Element,
    Message,
    View,
    actions,
    button,
    clip,
    confirm,
    context,
    escape,
    input_block,
    link_button,
    modal,
    option,
    picked,
    radio_buttons,
    section,
    select,
)
from bot.reading import reads
from bot.views import phrases
from bot.views.payments import outcome

OPEN = "payment_method.open"
USE = "payment_method.use"
NEW = "payment_method.new"
REMOVE = "payment_method.remove"
PAGE_OPENED = "payment_method.page_opened"
# Slack takes ten radio buttons; more cards stand in a drop-down.
RADIO_BUTTONS = 10
# How many can be removed from where one is chosen; the next ones come when these are gone.
REMOVABLE = 10
NO_BACKUP = "none"
# Slack takes 3,000 characters of metadata; a form that was left with more in it stays as it is.
MAX_BENEATH = 2900


def cards(subscription: SubscriptionSnapshot, t: Translator) -> str:
    """What it is paid with, and the backup."""
    card = phrases.payment_method(subscription, t)
    if subscription.backup is None:
        return card
    return t("{card}, backup {backup}", card=card, backup=_named(subscription.backup))


def _named(card: CardSnapshot) -> str:
    return escape(card_name(card.brand, card.last_four))


def open_button(subscription: SubscriptionSnapshot, t: Translator) -> Element:
    return open_button_of(subscription.id, phrases.short_name(subscription), t)


def open_button_of(subscription_id: str, name: str, t: Translator) -> Element:
    """The same for who has no snapshot at hand. `name` is short."""
    return button(t("Payment method"), OPEN, subscription_id, t("Payment method of {what}", what=name))


def change_card_button(subscription_id: str, name: str, t: Translator) -> Element:
    """The same where another card is wanted."""
    label = t("Payment method of {what}", what=name)
    return button(t("Change card"), OPEN, subscription_id, label, style="primary")


def missing_card(quote: Quote, t: Translator) -> list[Block]:
    """Under a price that no card can pay yet: the ways to one. The form is drawn anew when a new one is saved."""
    has = quote.subscription
    if has.card is not None or not quote.charge_now.minor:
        return []
    return [actions(button(t("Add a new card"), NEW, has.id, style="primary"), open_button(has, t))]


def add_card_button(subscription_id: str, t: Translator) -> Element:
    """The same where the card is what is missing."""
    return button(t("Add a card"), OPEN, subscription_id, style="primary")


def method_form(
    subscription: SubscriptionSnapshot,
    methods: Sequence[MethodSnapshot],
    t: Translator,
    waits: Money | None = None,
    beneath: Mapping[str, Any] | None = None,
) -> View:
    """The saved cards of the property, of which one is chosen, and the way to a new one.

    `waits` is what waits for the payer's bank, `beneath` the form under it as it was left, to be drawn anew when a
    card is chosen.
    """
    left = json.dumps(beneath)
    said = {
        "what": phrases.what(subscription),
        "property": escape(subscription.property_name),
        "card": cards(subscription, t),
    }
    scope = t(
        "{what} of {property}: {card}. Nothing is charged now. The next charge uses the card you choose; "
        "other subscriptions keep theirs.",
        **said,
    )
    if waits is not None:
        scope = t(
            "{what} of {property}: {card}. {amount} with VAT waits at the bank and is charged to another card as "
            "soon as you choose one; other subscriptions keep theirs.",
            amount=t.money(waits),
            **said,
        )
    blocks: list[Block] = [context(scope), *card_blocks(subscription, methods, t)]
    blocks += _backup_input(subscription, methods, t)
    blocks += [_removable(one, t) for one in [one for one in methods if not one.pays][:REMOVABLE]]
    return modal(
        t("Payment method"),
        blocks,
        callback_id=USE,
        submit=t("Use this card") if methods else None,
        close=t("Close"),
        metadata=f"{subscription.id} {left}" if beneath and len(left) < MAX_BENEATH else subscription.id,
    )


def _backup_input(
    subscription: SubscriptionSnapshot, methods: Sequence[MethodSnapshot], t: Translator
) -> list[Block]:
    """The card that is charged where the one that pays cannot be, or none; there must be two to choose from."""
    if len(methods) < 2:
        return []
    options = [no_backup(t), *card_options(methods, t)]
    menu = select(VALUE, options, t("Choose a card"), subscription.backup_id or NO_BACKUP)
    hint = t(
        "Charged for a renewal if the other card is declined for good, or on the last try before the plan ends. "
        "A purchase or a change of plan is never charged to it."
    )
    return [input_block("backup_id", t("Backup card"), menu, hint)]


def no_backup(t: Translator) -> Element:
    return option(t("No backup card"), NO_BACKUP)


def card_blocks(
    subscription: SubscriptionSnapshot, methods: Sequence[MethodSnapshot], t: Translator
) -> list[Block]:
    """The saved cards, of which one is chosen, and the way to a new one."""
    options, blocks = card_options(methods, t), []
    if options:
        few = len(options) <= RADIO_BUTTONS
        choice = radio_buttons(options) if few else select(VALUE, options, t("Choose a card"))
        blocks.append(input_block("payment_method_id", t("Card"), choice))
    new = button(t("Add a new card"), NEW, subscription.id, style=None if methods else "primary")
    return [
        *blocks,
        actions(new),
        context(t("The number is entered on the bank's secure page, never in Slack.")),
    ]


@reads
def read_method_form(view: Mapping[str, Any]) -> tuple[str, str, str | None]:
    """The subscription, the card that was chosen for it, and its backup: empty for none, None where nobody asked."""
    backup = picked(view, "backup_id") or None
    return read_subscription(view), picked(view, "payment_method_id"), "" if backup == NO_BACKUP else backup


@reads
def read_subscription(view: Mapping[str, Any]) -> str:
    return str(view["private_metadata"]).partition(" ")[0]


@reads
def read_beneath(view: Mapping[str, Any]) -> dict[str, Any]:
    """The form under it, as it was left; nothing where there is none."""
    left: dict[str, Any] = json.loads(str(view["private_metadata"]).partition(" ")[2] or "{}")
    return left


def chosen(choice: CardChoice, t: Translator) -> Message:
    """The private answer to whoever chose it, with what was or will be charged to it."""
    subscription, tried, due = choice.subscription, choice.tried, choice.due
    if tried is not None and tried.state == "failed":
        return outcome(subscription, tried, t)
    sentence = t(
        "{what} of {property} is now paid with {card}. You're now its Billing Admin.",
        what=phrases.what(subscription),
        property=escape(subscription.property_name),
        card=phrases.payment_method(subscription, t),
    )
    if subscription.backup is not None:
        sentence = f"{sentence} {t('Backup card: {card}.', card=_named(subscription.backup))}"
    if tried is not None and tried.state == "paid":
        sentence = f"{sentence} {t('Paid: {amount} with VAT.', amount=t.money(tried.amount))}"
        return Message(sentence, [section(sentence)])
    if tried is not None:
        came = outcome(subscription, tried, t)
        return Message(f"{sentence} {came.text}", [section(sentence), *came.blocks])
    amount, at = (due.amount, due.charged_at) if due else (None, None)
    sentence = f"{sentence} {what_is_charged(amount, at, subscription.time_zone, t)}"
    return Message(sentence, [section(sentence)])


def what_is_charged(due: Money | None, at: datetime | None, zone: str, t: Translator) -> str:
    """What the schedule charges to a card that was just chosen or saved: `at` a moment, or as soon as it can."""
    if due is None:
        return t("Nothing was charged.")
    if at is None:
        return t("{amount} with VAT, which waited at the bank, is charged to it now.", amount=t.money(due))
    amount, date = t.money(due), t.day_of(at, zone)
    return t("Nothing was charged; {amount} with VAT is charged to it on {date}.", amount=amount, date=date)


def card_page(setup: CardSetupSnapshot, t: Translator, waits: Money | None = None) -> Message:
    """The way to the page; where it is shown in a conversation, it says later what came of it."""
    property_name = escape(setup.property_name)
    sentence = t(
        "Enter the new card for {property} on the bank's secure page. Nothing is charged. The page stays "
        "open for a day, and you're told here when the card is saved.",
        property=property_name,
    )
    if waits is not None:
        sentence = t(
            "Enter the new card for {property} on the bank's secure page. {amount} with VAT waits at the bank and is "
            "charged to the card as soon as it is saved. The page stays open for a day, and you're told here when "
            "the card is saved.",
            property=property_name,
            amount=t.money(waits),
        )
    page = link_button(t("Open the card page"), PAGE_OPENED, setup.id, setup.url)
    return Message(sentence, [section(sentence), actions(page)])


def _removable(method: MethodSnapshot, t: Translator) -> Block:
    """A card that pays nothing; removing it asks first."""
    name = card_name(method.card.brand, method.card.last_four)
    ask = confirm(
        t("Remove this card?"),
        _what_removing_means(method, clip(name, 100), t),
        t("Yes, remove it"),
        t("Keep card"),
    )
    label = t("Remove {card}", card=name)
    return section(escape(name), button(t("Remove"), REMOVE, method.id, label, confirm=ask))


def _what_removing_means(method: MethodSnapshot, name: str, t: Translator) -> str:
    if method.backs:
        return t(
            "{card} is the backup card of {names}, which then has none. Its past payments stay in the history.",
            card=name,
            names=clip(", ".join(method.backs), 100),
        )
    return t("{card} will no longer be offered. Its past payments stay in the history.", card=name)


def card_options(methods: Sequence[MethodSnapshot], t: Translator) -> list[Element]:
    return [option(card_with_date(one, t), one.id) for one in methods]


def card_with_date(method: MethodSnapshot, t: Translator) -> str:
    """The card with its date, and that it is about to end. Not escaped."""
    card = method.card
    name = card_name(card.brand, card.last_four)
    date = f"{card.expiry_month:02}/{card.expiry_year % 100:02}"
    if method.declined:
        return t("{card}, declined by the bank", card=name)
    if method.expires == "expired":
        return t("{card}, expired {date}", card=name, date=date)
    if method.expires == "soon":
        return t("{card}, expires soon: {date}", card=name, date=date)
    return t("{card}, expires {date}", card=name, date=date)
