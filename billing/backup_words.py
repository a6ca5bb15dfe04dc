"""What is said of a backup card, in Slack as in mail: that it was charged, or failed too, or is tried next.

Cards are named as they are to be written there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from billing.i18n import Translator
from billing.values.declines import decline_reason
from billing.values.events import AuthenticationNeeded, CardReminder, PaymentFailed, PaymentReceived

Named = Callable[[str], str]


def stood_in(event: PaymentReceived, named: Named, t: Translator) -> Iterator[str]:
    """Why the backup was charged, and which card is charged next time."""
    if not event.declined_card:
        return
    declined, card = named(event.declined_card), named(event.card)
    reason = t(decline_reason(event.declined_reason))
    yield t(
        "{card} is the backup card: {declined} couldn't be charged ({reason}).",
        card=card,
        declined=declined,
        reason=reason,
    )
    if event.now_pays:
        yield t("From now on {card} pays, and there is no backup card.", card=card)
    else:
        yield t("Next time {declined} is tried first again.", declined=declined)


def failed_too(event: PaymentFailed, named: Named, t: Translator) -> Iterator[str]:
    """That the backup could not be charged either."""
    if event.backup_card:
        yield t(
            "The backup card {card} couldn't be charged either: {reason}.",
            card=named(event.backup_card),
            reason=t(decline_reason(event.backup_reason)),
        )


def unless_confirmed(event: AuthenticationNeeded, named: Named, t: Translator) -> str:
    """What comes where nobody confirms a payment at the bank; empty where nothing does."""
    if event.backup_at is None:
        return ""
    return else_tried(named(event.backup_card), t.day_of(event.backup_at, event.time_zone), t)


def else_tried(card: str, date: str, t: Translator) -> str:
    """The same of that card and day."""
    return t("If nobody confirms it, the backup card {card} is tried on {date}.", card=card, date=date)


def backed(event: CardReminder, named: Named, t: Translator) -> Iterator[str]:
    """That a backup is there where the card that expires is declined for good."""
    if event.backup_card:
        yield t(
            "If it is declined for good, the backup card {card} is charged.", card=named(event.backup_card)
        )
