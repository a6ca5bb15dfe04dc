"""The budget of a property: the line on the page, the form that sets it, and the warnings (product, line 48)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from billing.budget_words import counted, warning
from billing.i18n import Translator
from billing.values.cycles import Interval
from billing.values.events import BudgetReached
from billing.values.money import Money
from billing.values.snapshots import BudgetPage, BudgetSnapshot, PropertySnapshot, PurchasesPage
from bot.blocks import (
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
    option,
    picked,
    radio_buttons,
    section,
    text_input,
    typed,
)
from bot.reading import reads
from bot.views import spend
from bot.views.phrases import SHORT_NAME

OPEN = "budget.open"
CHANGE = "budget.change"
NONE = "none"
MAX_AMOUNT = 20


@dataclass(frozen=True, slots=True)
class BudgetForm:
    """What may be spent in each month or year, as it was typed; without `every` there is to be no budget."""

    property_id: str
    every: Interval | None
    amount: str


def on_page(page: PurchasesPage, t: Translator) -> list[Block]:
    """How much of it is spent, with Change beside it for those who may, where there is a budget."""
    if page.budget is None:
        return []
    change = button(t("Change"), OPEN, page.property.id, _label(page.property, t))
    return [
        section(
            t("*Budget:* {spent}", spent=_spent(page.budget, t)),
            change if page.property.role.writes else None,
        )
    ]


def open_button(prop: PropertySnapshot, t: Translator) -> Element:
    """The way to the form."""
    return button(t("Budget"), OPEN, prop.id, _label(prop, t))


def budget_form(page: BudgetPage, t: Translator) -> View:
    """The budget as it is, to be changed, and what is counted."""
    budget = page.budget
    name = escape(page.property.name)
    now = (
        t("Budget of the property *{property}*: {spent}", property=name, spent=_spent(budget, t))
        if budget
        else t("The property *{property}* has no budget.", property=name)
    )
    options = [
        option(t("No budget"), NONE),
        option(t("Each month"), Interval.MONTH),
        option(t("Each year"), Interval.YEAR),
    ]
    amount = _as_typed(budget.amount, t) if budget else ""
    counted = t(
        "Counts this property's invoices in {currency}, with VAT, less credit notes, by calendar month or year in "
        "the time zone {zone}. The billing channel and the contacts who get receipts are told once each at 75, 90 "
        "and 100%; what is already spent when you save isn't announced. Nothing is ever blocked.",
        currency=page.currency,
        zone=page.property.time_zone,
    )
    return modal(
        t("Budget"),
        [
            section(now),
            input_block(
                "every", t("Budget"), radio_buttons(options, budget.every if budget else Interval.MONTH)
            ),
            input_block(
                "amount",
                t("Amount in {currency}, with VAT", currency=page.currency),
                text_input(MAX_AMOUNT, amount),
                t("For example: 500"),
                optional=True,
            ),
            context(counted),
        ],
        callback_id=CHANGE,
        submit=t("Save budget"),
        close=t("Close"),
        metadata=page.property.id,
    )


@reads
def read_budget_form(view: Mapping[str, Any]) -> BudgetForm:
    every = picked(view, "every")
    return BudgetForm(
        view["private_metadata"], None if every == NONE else Interval(every), typed(view, "amount")
    )


def budget_changed(page: BudgetPage, t: Translator) -> Message:
    """The private answer to whoever saved it."""
    name = escape(page.property.name)
    if page.budget is None:
        sentence = t("{property} has no budget. No one is warned about spending.", property=name)
    else:
        sentence = t(
            "Budget of {property} saved: {spent}. It only warns: nothing is blocked.",
            property=name,
            spent=_spent(page.budget, t),
        )
    return Message(sentence, [section(sentence)])


def reached(event: BudgetReached, t: Translator) -> Message:
    """The warning: how much is spent, and what is still to come."""
    said = " ".join(warning(event, escape(event.property_name), t))
    look = spend.open_button(event.property_id, clip(event.property_name, SHORT_NAME), t)
    return Message(said, [section(said), context(counted(t)), actions(look)])


def _spent(budget: BudgetSnapshot, t: Translator) -> str:
    said = {"used": t.money(budget.used), "budget": t.money(budget.amount), "percent": budget.percent}
    if budget.every is Interval.YEAR:
        return t("{used} of {budget} this year ({percent}%)", **said)
    return t("{used} of {budget} this month ({percent}%)", **said)


def _as_typed(amount: Money, t: Translator) -> str:
    """As whoever reads that language types it."""
    written = str(amount.decimal)
    return written.replace(".", ",") if t.language == "it" else written


def _label(prop: PropertySnapshot, t: Translator) -> str:
    return t("Budget of {property}", property=clip(prop.name, SHORT_NAME))
