"""The mail that a budget is nearly or all spent."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from billing.adapters.mail.letters import Letter, plain_letter
from billing.i18n import Translator
from billing.values.documents import Seller
from billing.values.events import BudgetReached
from billing.values.money import Money
from billing.values.spans import Span


def budget_reached(event: BudgetReached, seller: Seller, t: Translator) -> Letter:
    """How much is spent, and what is still to come in that month or year."""
    span = Span.read(event.span)
    said = {
        "property": event.property_name,
        "percent": event.percent,
        "span": t.span(span),
        "used": t.money(Money(event.used_minor, event.currency)),
        "budget": t.money(Money(event.budget_minor, event.currency)),
    }
    sentence = t("{property} has spent {percent}% of its budget for {span}: {used} of {budget}.", **said)
    counted = t("With VAT, less credit notes. A budget only warns: nothing is blocked.")
    letter = plain_letter(
        t("Budget of {property}: {percent}% spent", **said),
        t("Budget for {span}", **said),
        t("{percent}% spent", **said),
        (sentence, *_to_come(event, span, t), counted),
        seller,
        t,
    )
    return replace(letter, ways=(t("In Slack, /billing spend shows what was invoiced."),))


def _to_come(event: BudgetReached, span: Span, t: Translator) -> tuple[str, ...]:
    if event.coming_minor is None:
        return ()
    date = t.date(span.next_day - timedelta(days=1))
    if event.coming_minor == 0:
        return (t("As things stand, nothing more is invoiced by {date}.", date=date),)
    coming = t.money(Money(event.coming_minor, event.currency))
    return (
        t(
            "Still to come by {date}, as things stand: {coming} (the next invoice of each subscription).",
            date=date,
            coming=coming,
        ),
    )
