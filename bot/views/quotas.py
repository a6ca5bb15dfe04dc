"""What is said of a quota that is nearly or all used."""

from __future__ import annotations

from billing.i18n import Translator
from billing.values.events import QuotaUsed
from bot.views.phrases import about


def quota_used(event: QuotaUsed, t: Translator) -> str:
    """How much of it was used, and to which day it counts."""
    said = about(event) | {
        "used": t.number(event.used),
        "quota": t.number(event.allowance),
        "date": t.day_of(event.ends_at, event.time_zone),
    }
    if event.percent < 100:
        return t(
            "{what} of {property} has used {percent}% of its quota or more: {used} of {quota}. The quota is for "
            "the cycle that ends on {date}. Usage isn't charged.",
            percent=event.percent,
            **said,
        )
    return t(
        "{what} of {property} has used all of its quota: {used} of {quota}. The quota is for the cycle that ends "
        "on {date}. Usage isn't charged.",
        **said,
    )
