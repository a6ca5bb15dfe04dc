"""Changing plan, interval or quantity: the form with its preview, the confirmation, the outcome, the undo."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from billing.i18n import Translator
from billing.values.acts import Act
from billing.values.catalogue import MAX_QUANTITY
from billing.values.cycles import Interval
from billing.values.snapshots import (
    PaidTimeLost,
    PaymentSnapshot,
    PendingSnapshot,
    PlanChoices,
    PlanOffer,
    Quote,
    SubscriptionSnapshot,
)
from billing.values.terms import PlanTerms
from bot.blocks import (
    LABEL_LIMIT,
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
from bot.views.purchase_requests import ASK_CHANGE, needed
from bot.views.quotes import paid_time_lost, quote_blocks

OPEN = "change.open"
PREVIEW = "change.preview"
CONFIRM = "change.confirm"
CHANGE = "change.make"
UNDO = "change.undo"
PAUSE = "change.pause"

DIGITS = len(str(MAX_QUANTITY))


@dataclass(frozen=True, slots=True)
class ChangeForm:
    """What was chosen. A plan, interval or number that nobody could choose is read as one that is not sold."""

    subscription_id: str
    plan_id: str
    interval: Interval
    quantity: int


@dataclass(frozen=True, slots=True)
class Gone:
    """What went with a change: paid time, the change that had been planned, and what was had before."""

    lost: PaidTimeLost | None = None
    replaced: PendingSnapshot | None = None
    had: PlanTerms | None = None


NOTHING_GONE = Gone()


@dataclass(frozen=True, slots=True)
class ChangeConfirmed:
    """A yes: to what, the fingerprint of the preview that was seen, and the key of this confirmation."""

    form: ChangeForm
    expected_quote: str
    key: str


def change_form(
    choices: PlanChoices, form: ChangeForm | None, preview: Sequence[Block], t: Translator
) -> View:
    """The choice of plan and quantity; below it what that would cost, as soon as something else is chosen."""
    has = choices.subscription
    what = t(
        "*{what}* of the property *{property}*: {price}",
        what=phrases.what(has),
        property=escape(has.property_name),
        price=phrases.price(has, t),
    )
    hint = t("Choose another plan to see what it costs before you confirm.")
    quantity = form.quantity if form else has.quantity
    return modal(
        t("Change plan"),
        [
            section(what),
            _plan_input(choices.offers, form, t),
            *([_quantity_input(quantity, choices.most, t)] if choices.most > 1 else []),
            # A preview says it of this very change.
            *(preview or [context(hint), *(context(policy) for policy in _policy(choices, t))]),
        ],
        callback_id=CONFIRM,
        submit=t("Continue"),
        close=t("Keep current plan"),
        metadata=has.id,
    )


@reads
def read_form(view: Mapping[str, Any]) -> ChangeForm:
    plan_id, _, interval = picked(view, "plan", PREVIEW).rpartition(":")
    number = typed(view, "quantity", PREVIEW) if "quantity" in view["state"]["values"] else "1"
    known = interval in set(Interval)
    return ChangeForm(
        subscription_id=view["private_metadata"],
        plan_id=plan_id if known else "",
        interval=Interval(interval) if known else Interval.MONTH,
        quantity=int(number) if number.isdecimal() and len(number) <= DIGITS else 0,
    )


def change_confirmation(quote: Quote, form: ChangeForm, key: str, t: Translator, again: str = "") -> View:
    """What will be done, before it is. `again` says why it is shown anew, ready to be shown."""
    has = quote.subscription
    question = t(
        "You are about to change *{what}* of the property *{property}* to *{next}*.",
        what=escape(has.add_on),
        property=escape(has.property_name),
        next=_next(quote, t),
    )
    return modal(
        t("Change plan"),
        [*([section(again)] if again else []), section(question), *quote_blocks(quote, t), *needed(quote, t)],
        callback_id=ASK_CHANGE if quote.above else CHANGE,
        submit=t("Ask for approval") if quote.above else t("Yes, change plan"),
        close=t("Keep current plan"),
        metadata=json.dumps({**asdict(form), "expected_quote": quote.fingerprint, "key": key}),
    )


@reads
def read_confirmation(view: Mapping[str, Any]) -> ChangeConfirmed:
    said = json.loads(view["private_metadata"])
    expected_quote, key = said.pop("expected_quote"), said.pop("key")
    return ChangeConfirmed(
        ChangeForm(**{**said, "interval": Interval(said["interval"])}), expected_quote, key
    )


def changed(
    now: SubscriptionSnapshot, payment: PaymentSnapshot | None, t: Translator, gone: Gone = NOTHING_GONE
) -> Message:
    """The private answer: it is done, comes later, or waits for the bank; and what went with it."""
    if payment is not None and payment.state == "open":
        return payments.waiting(payment, now, t)
    if now.pending is not None and now.pending.applies_at is not None:
        return _planned(now, now.pending, gone, t)
    has = phrases.terms_of(now)
    sentence = t(
        "{add_on} of {property} is now on {plan}. {charged} Next charge: {charge}.",
        add_on=escape(now.add_on),
        property=escape(now.property_name),
        plan=phrases.terms(has.beside(gone.had or PlanTerms(now.plan)), t),
        charged=t("The free trial goes on; no card was charged.")
        if phrases.is_trial(now)
        else _charged(payment, t),
        charge=phrases.next_charge(now, t),
    )
    sentence = " ".join([sentence, *_gone(gone, now, t)])
    return Message(sentence, [section(sentence)])


def _gone(gone: Gone, now: SubscriptionSnapshot, t: Translator) -> list[str]:
    lost = [lost_with_it(gone.lost, t)] if gone.lost else []
    return [*lost, *([phrases.change_dropped(gone.replaced, now, t)] if gone.replaced else [])]


def lost_with_it(lost: PaidTimeLost, t: Translator) -> str:
    """The same after it was done, for who did it and for the team."""
    return t("Unused days lost: {lost}.", lost=paid_time_lost(lost, t))


def change_undone(snapshot: SubscriptionSnapshot, t: Translator) -> Message:
    """The private answer to whoever took a planned change back, and with it what had been planned before it."""
    sentence = t(
        "Scheduled change undone: {what} of {property} stays as it is. Nothing was charged. Next charge: "
        "{charge}.",
        what=phrases.what(snapshot),
        property=escape(snapshot.property_name),
        charge=phrases.next_charge(snapshot, t),
    )
    if change := snapshot.dropped:
        planned = phrases.planned(change, snapshot, t)
        sentence = f"{sentence} {t('The scheduled change ({change}) is dropped, too.', change=planned)}"
    return Message(sentence, [section(sentence)])


def nothing_to_change(t: Translator) -> str:
    """In the place of the question which one."""
    return t(
        "No subscription can change plan now: none is active, or they are cancelled or have something to pay."
    )


def change_button(snapshot: SubscriptionSnapshot, t: Translator) -> Element:
    label = t("Change plan of {what}", what=phrases.short_name(snapshot))
    return button(t("Change plan"), OPEN, snapshot.id, label)


def undo_button(snapshot: SubscriptionSnapshot, pending: PendingSnapshot, t: Translator) -> Element:
    """Takes the planned change back, after a question."""
    return undo_button_that_asks(
        snapshot.id, pending.id, phrases.short_name(snapshot), snapshot.property_name, t
    )


def undo_button_that_asks(
    subscription_id: str, change_id: str, name: str, property_name: str, t: Translator
) -> Element:
    """The same for who has no snapshot at hand. It undoes that one change, and no later one. `name` is short."""
    question = t(
        "{what} of {property} stays as it is. Nothing is charged now.",
        what=name,
        property=clip(property_name, phrases.SHORT_NAME),
    )
    return button(
        t("Undo change"),
        UNDO,
        f"{subscription_id} {change_id}".strip(),
        t("Undo the scheduled change of {what}", what=name),
        confirm=confirm(t("Undo the scheduled change?"), question, t("Yes, undo it"), t("Keep the change")),
    )


@reads
def read_undo(value: str) -> tuple[str, str | None]:
    """Whose change the button undoes, and which one, if it says so."""
    subscription_id, _, change_id = value.partition(" ")
    return subscription_id, change_id or None


def _planned(now: SubscriptionSnapshot, pending: PendingSnapshot, gone: Gone, t: Translator) -> Message:
    sentence = t(
        "{what} of {property} will change. {change}. Nothing was charged. Next charge: {charge}.",
        what=phrases.what(now),
        property=escape(now.property_name),
        change=phrases.pending(now, t),
        charge=phrases.next_charge(now, t),
    )
    sentence = " ".join([sentence, *_gone(gone, now, t)])
    undo = [actions(undo_button(now, pending, t))] if Act.UNDO_CHANGE in now.allowed else []
    return Message(sentence, [section(sentence), *undo])


def _charged(payment: PaymentSnapshot | None, t: Translator) -> str:
    if payment is None or payment.amount.minor == 0:
        return t("No card was charged.")
    return t("{amount} with VAT was charged.", amount=t.money(payment.amount))


def _next(quote: Quote, t: Translator) -> str:
    """The plan that comes, as `phrases.pending` names it; a trial has it already."""
    comes = phrases.terms_of(quote.subscription.pending or quote.subscription)
    named = comes.beside(phrases.terms_of(quote.subscription))
    return phrases.terms(replace(named, interval=comes.interval), t)


def _plan_input(offers: Sequence[PlanOffer], form: ChangeForm | None, t: Translator) -> Block:
    own = next(f"{offer.plan_id}:{offer.interval}" for offer in offers if offer.is_own)
    chosen = f"{form.plan_id}:{form.interval}" if form else own
    menu = select(PREVIEW, plan_options(offers, t), t("Choose a plan"), chosen)
    return input_block("plan", t("Plan"), menu, dispatches=True)


def plan_options(offers: Sequence[PlanOffer], t: Translator) -> list[Element]:
    return [option(_offered(offer, t), f"{offer.plan_id}:{offer.interval}") for offer in offers]


def _quantity_input(quantity: int, most: int, t: Translator) -> Block:
    box = number_input(PREVIEW, most, min(max(quantity, 1), most))
    hint = t("How many you need. Press Enter to see the price. For example: 1")
    return input_block("quantity", t("Units"), box, hint, dispatches=True)


def _offered(offer: PlanOffer, t: Translator) -> str:
    price = t("{amount} a {interval} + VAT", amount=t.money(offer.price), interval=t.per(offer.interval))
    end = f": {price}" if not offer.is_own else f": {t('{price}, as now', price=price)}"
    return clip(offer.plan, LABEL_LIMIT - len(end)) + end


def _policy(choices: PlanChoices, t: Translator) -> list[str]:
    """When a change comes, before one is chosen."""
    if not choices.policy:
        return []
    sentence = {
        "trial": t("Changes start now. The free trial goes on, and nothing is charged before it ends."),
        "period_end": t("Changes start at the next renewal. Nothing is charged or credited before then."),
        "prorate": t("Upgrades start now, prorated; downgrades at the next renewal."),
        "reset": t(
            "Changes start now: a new billing cycle begins and is charged in full. "
            "Unused days of the current one are not credited."
        ),
    }[choices.policy]
    if choices.policy != "prorate" or len({offer.interval for offer in choices.offers}) == 1:
        return [sentence]
    switch = t(
        "Switching between monthly and yearly starts a new billing cycle now; unused days are credited."
    )
    return [f"{sentence} {switch}"]
