"""The mail that a budget is nearly or all spent."""

from __future__ import annotations

from dataclasses import replace

from billing.adapters.mail.letters import Letter, plain_letter
from billing.budget_words import counted, warning
from billing.i18n import Translator
from billing.values.documents import Seller
from billing.values.events import BudgetReached
from billing.values.spans import Span


def budget_reached(event: BudgetReached, seller: Seller, t: Translator) -> Letter:
    """How much is spent, and what is still to come in that month or year."""
    said = {
        "property": event.property_name,
        "percent": event.percent,
        "span": t.span(Span.read(event.span)),
    }
    letter = plain_letter(
        t("Budget of {property}: {percent}% spent", **said),
        t("Budget for {span}", **said),
        t("{percent}% spent", **said),
        (*warning(event, event.property_name, t), counted(t)),
        seller,
        t,
    )
    return replace(letter, ways=(t("In Slack, /billing spend shows what was invoiced."),))
