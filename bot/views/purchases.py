"""Buying: the catalogue with card, address and recipient in one form, then what it costs, and the yes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from billing.i18n import Translator
from billing.values.addresses import BillingAddress
from billing.values.catalogue import MAX_QUANTITY
from billing.values.cycles import Interval
from billing.values.snapshots import (
    MethodSnapshot,
    Offer,
    PaymentSnapshot,
    Quote,
    SalesChoices,
    SubscriptionSnapshot,
)
from billing.values.snapshots.offers import OF_PROPERTY
from bot.blocks import (
    LABEL_LIMIT,
    VALUE,
    Block,
    Element,
    Message,
    View,
    actions,
    button,
    clip,
    context,
    escape,
    input_block,
    modal,
    number_input,
    option,
    picked,
    section,
    select,
    typed,
)
from bot.reading import reads
from bot.views import payments, phrases
from bot.views.payment_methods import card_options
from bot.views.purchase_requests import ASK_PURCHASE, needed
from bot.views.quotes import quote_blocks
from bot.views.receipts_by_mail import recipient_options

OPEN = "purchase.open"
PREVIEW = "purchase.preview"
CONFIRM = "purchase.confirm"
BUY = "purchase.buy"
NEW_CARD = "purchase.new_card"
DIGITS = len(str(MAX_QUANTITY))
# Slack takes no option without a value.
NONE = "none"
# The address that is typed in a form of its own.
TYPED = "typed"


@dataclass(frozen=True, slots=True)
class PurchaseForm:
    """What was chosen. `address_of` is the subscription whose address and company the new one gets; empty for none.

    OF_PROPERTY stands for the billing profile, TYPED for the `buyer`: who was typed, by the names of the fields; None
    as long as nobody was.
    """

    property_id: str
    add_on_id: str
    plan_id: str
    interval: Interval
    quantity: int
    payment_method_id: str
    address_of: str
    receipts_to: str
    buyer: dict[str, str] | None = None


@dataclass(frozen=True, slots=True)
class PurchaseConfirmed:
    """A yes: to what, the fingerprint of the quote that was seen, and the key of this confirmation."""

    form: PurchaseForm
    expected_quote: str
    key: str


def buy_button(t: Translator) -> Element:
    return button(t("Buy an add-on"), OPEN, "new", style="primary")


def purchase_form(
    choices: SalesChoices,
    methods: Sequence[MethodSnapshot],
    t: Translator,
    form: PurchaseForm | None = None,
    preview: Sequence[Block] = (),
    buyer: dict[str, str] | None = None,
) -> View:
    """What is on sale for the property, and how it is paid, billed and receipted; what the choice would cost.

    `buyer` is who was typed before.
    """
    name = escape(choices.property.name)
    scope = t("For the property *{property}*. Nothing is bought or charged yet.", property=name)
    if not choices.offers:
        nothing = t("{property} already has every add-on available to it.", property=name)
        if code := choices.unsold_currency:
            nothing = t(
                "{property} pays in {currency}, and nothing is sold in it.", property=name, currency=code
            )
        return modal(t("Buy an add-on"), [section(nothing)], close=t("Close"))
    new_card = button(t("Add a new card"), NEW_CARD, choices.property.id)
    return modal(
        t("Buy an add-on"),
        [
            context(scope),
            _offer_input(choices.offers, form, t),
            *_quantity_input(choices.offers, form, t),
            *(preview or [context(t("Choose a plan to see what it costs before you confirm."))]),
            *([_card_input(methods, t)] if methods else [section(t("Add a card to continue."))]),
            actions(new_card),
            _address_input(choices, buyer, t),
            *([_recipient_input(choices, t)] if choices.recipients else []),
        ],
        callback_id=CONFIRM,
        submit=t("Continue"),
        close=t("Close"),
        metadata=json.dumps({"property_id": choices.property.id, "buyer": buyer}, ensure_ascii=False),
    )


@reads
def read_form(view: Mapping[str, Any]) -> PurchaseForm:
    add_on_id, plan_id, interval = [*picked(view, "offer", PREVIEW).split(":"), "", "", ""][:3]
    number = typed(view, "quantity", PREVIEW) if "quantity" in view["state"]["values"] else "1"
    address, recipient = picked(view, "address"), picked(view, "receipts_to")
    said = json.loads(view["private_metadata"])
    return PurchaseForm(
        property_id=str(said["property_id"]),
        add_on_id=add_on_id,
        plan_id=plan_id,
        interval=Interval(interval) if interval in set(Interval) else Interval.MONTH,
        quantity=int(number) if number.isdecimal() and len(number) <= DIGITS else 0,
        payment_method_id=picked(view, "payment_method_id"),
        address_of="" if address == NONE else address,
        receipts_to="" if recipient == NONE else recipient,
        buyer=said["buyer"] and {str(name): str(value) for name, value in said["buyer"].items()},
    )


def purchase_of(said: Mapping[str, Any]) -> PurchaseForm:
    """What was chosen, as the metadata of a later view kept it."""
    return PurchaseForm(**{**said, "interval": Interval(said["interval"])})


def confirmation(quote: Quote, form: PurchaseForm, key: str, t: Translator, again: str = "") -> View:
    """What will be bought, before it is. `again` says why it is shown anew, ready to be shown."""
    has = quote.subscription
    said = {"what": phrases.what(has), "property": escape(has.property_name), "price": phrases.price(has, t)}
    question = t("You are about to buy *{what}* for the property *{property}*: {price}.", **said)
    if phrases.is_trial(has):
        question = t(
            "You are about to start a free trial of *{what}* for the property *{property}*: free until {date}, "
            "then {price}.",
            date=phrases.end_date(has, t),
            **said,
        )
    address = t("Billing address: {address}", address=phrases.address(has, t))
    if has.company is not None:
        address += "\n" + t("Company: {company}", company=phrases.company(has.company, t))
    receipts = t("Receipts: {recipient}", recipient=escape(form.receipts_to) or t("off"))
    return modal(
        t("Buy an add-on"),
        [
            *([section(again)] if again else []),
            section(question),
            *quote_blocks(quote, t),
            *needed(quote, t),
            section(f"{address}\n{receipts}"),
        ],
        callback_id=ASK_PURCHASE if quote.above else BUY,
        submit=_yes(quote, t),
        close=t("Don't start it") if phrases.is_trial(has) else t("Don't buy it"),
        metadata=json.dumps(
            {**asdict(form), "expected_quote": quote.fingerprint, "key": key}, ensure_ascii=False
        ),
    )


def _yes(quote: Quote, t: Translator) -> str:
    if quote.above:
        return t("Ask for approval")
    return t("Yes, start trial") if phrases.is_trial(quote.subscription) else t("Yes, buy it")


@reads
def read_confirmation(view: Mapping[str, Any]) -> PurchaseConfirmed:
    said = json.loads(view["private_metadata"])
    expected_quote, key = said.pop("expected_quote"), said.pop("key")
    return PurchaseConfirmed(purchase_of(said), expected_quote, key)


def bought(now: SubscriptionSnapshot, payment: PaymentSnapshot | None, t: Translator) -> Message:
    """The private answer: it is active, or waits for the bank."""
    if payment is not None and payment.state == "open":
        return payments.waiting(payment, now, t)
    if phrases.is_trial(now):
        sentence = t(
            "The free trial of {what} of {property} has started. Nothing was charged. First charge: {charge}.",
            what=phrases.what(now),
            property=escape(now.property_name),
            charge=phrases.next_charge(now, t),
        )
        return Message(sentence, [section(sentence)])
    paid = payment is not None and payment.amount.minor > 0
    charged = (
        t("{amount} with VAT was charged.", amount=t.money(payment.amount)) if paid and payment else None
    )
    sentence = t(
        "{what} of {property} is active. {charged} Next charge: {charge}.",
        what=phrases.what(now),
        property=escape(now.property_name),
        charged=charged or t("No card was charged."),
        charge=phrases.next_charge(now, t),
    )
    return Message(sentence, [section(sentence)])


def _offer_input(offers: Sequence[Offer], form: PurchaseForm | None, t: Translator) -> Block:
    chosen = _chosen(offers, form)
    menu = select(PREVIEW, offer_options(offers, t), t("Choose a plan"), _value(chosen) if chosen else None)
    return input_block("offer", t("Add-on and plan"), menu, dispatches=True)


def offer_options(offers: Sequence[Offer], t: Translator) -> list[Element]:
    return [option(_offered(one, t), _value(one)) for one in offers]


def _value(offer: Offer) -> str:
    return f"{offer.add_on_id}:{offer.plan_id}:{offer.interval}"


def _chosen(offers: Sequence[Offer], form: PurchaseForm | None) -> Offer | None:
    if form is None:
        return None
    wanted = f"{form.add_on_id}:{form.plan_id}:{form.interval}"
    return next((one for one in offers if _value(one) == wanted), None)


def _offered(offer: Offer, t: Translator) -> str:
    price = t("{amount} a {interval} + VAT", amount=t.money(offer.price), interval=t.per(offer.interval))
    if offer.trial_days:
        price = t.plural(
            "{price}, {count} day free", "{price}, {count} days free", offer.trial_days, price=price
        )
    return clip(f"{offer.add_on} {offer.plan}", LABEL_LIMIT - len(price) - 2) + f": {price}"


def _quantity_input(offers: Sequence[Offer], form: PurchaseForm | None, t: Translator) -> list[Block]:
    """Asked only for what one can have more than one of."""
    chosen = _chosen(offers, form)
    if form is None or chosen is None or chosen.most == 1:
        return []
    box = number_input(PREVIEW, chosen.most, min(max(form.quantity, 1), chosen.most))
    hint = t("How many you need. Press Enter to see the price. For example: 1")
    return [input_block("quantity", t("Units"), box, hint, dispatches=True)]


def _card_input(methods: Sequence[MethodSnapshot], t: Translator) -> Block:
    menu = select(VALUE, card_options(methods, t), t("Choose a card"), usable_card(methods) or None)
    return input_block("payment_method_id", t("Card"), menu)


def usable_card(methods: Sequence[MethodSnapshot]) -> str:
    """The card that is offered first; empty where none can be charged."""
    return next((one.id for one in methods if not one.is_dead), "")


def _address_input(choices: SalesChoices, buyer: Mapping[str, str] | None, t: Translator) -> Block:
    options = address_options(choices, buyer, t)
    hint = t("You can change it at any time for later invoices.")
    menu = select(VALUE, options, t("Choose an address"), options[0]["value"])
    return input_block("address", t("Billing address"), menu, hint)


def address_options(choices: SalesChoices, buyer: Mapping[str, str] | None, t: Translator) -> list[Element]:
    """Who was typed, the addresses that the property has, that there is none yet, and that one is to be typed."""
    known = [option(_address(address, one, t), one) for one, address in choices.addresses]
    none = option(t("None yet: the invoice shows your name"), NONE)
    if buyer is None:
        return [*known, none, option(t("Another address or company…"), TYPED)]
    return [option(clip(_who(buyer)), TYPED), *known, none]


def _address(address: BillingAddress, of: str, t: Translator) -> str:
    line = ", ".join((address.name, *address.lines()))
    return clip(t("Billing profile: {address}", address=line) if of == OF_PROPERTY else line)


def _recipient_input(choices: SalesChoices, t: Translator) -> Block:
    options = buyers_recipients(choices, t)
    menu = select(VALUE, options, t("Choose a recipient"), choices.own_address or NONE)
    return input_block("receipts_to", t("Receipts to"), menu)


def buyers_recipients(choices: SalesChoices, t: Translator) -> list[Element]:
    """To whom the receipts can go, and that they go to nobody."""
    return [*recipient_options(choices.recipients), option(t("No receipts by email"), NONE)]


def _who(buyer: Mapping[str, str]) -> str:
    return ", ".join(buyer.get(name, "") for name in ("name", "street", "city"))
