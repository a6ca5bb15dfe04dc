"""What is said of a budget that is nearly or all spent, in Slack as in mail."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from billing.i18n import Translator
from billing.values.events import BudgetReached
from billing.values.money import Money
from billing.values.spans import Span


def warning(event: BudgetReached, property_name: str, t: Translator) -> Iterator[str]:
    """How much is spent, and what is still to come in that month or year; the name as it is to be written there."""
    span = Span.read(event.span)
    yield t(
        "{property} has spent {percent}% of its budget for {span}: {used} of {budget}.",
        property=property_name,
        percent=event.percent,
        span=t.span(span),
        used=t.money(Money(event.used_minor, event.currency)),
        budget=t.money(Money(event.budget_minor, event.currency)),
    )
    if event.coming_minor is None:
        return
    date = t.date(span.next_day - timedelta(days=1))
    if event.coming_minor == 0:
        yield t("As things stand, nothing more is invoiced by {date}.", date=date)
        return
    yield t(
        "Still to come by {date}, as things stand: {coming} (the next invoice of each subscription).",
        date=date,
        coming=t.money(Money(event.coming_minor, event.currency)),
    )


def counted(t: Translator) -> str:
    """What counts, and that nothing hangs on it."""
    return t("With VAT, less credit notes. A budget only warns: nothing is blocked.")
