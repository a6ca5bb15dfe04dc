"""How the desk does: whether its books are right, and what waits."""

from __future__ import annotations

from billing.i18n import Words
from billing.values.snapshots import Health
from bot.blocks import Message, context, escape, section
from bot.views import phrases


def health(found: Health, t: Words) -> Message:
    """The private answer, short: the verdict first."""
    lines = [_books(found, t), _due(found, t), _untold(found, t), *_undelivered(found, t)]
    checked = t("Looked at on {moment}.", moment=phrases.moment(found.at, found.time_zone, t))
    return Message(lines[0], [section("\n".join(f"• {line}" for line in lines)), context(checked)])


def _books(found: Health, t: Words) -> str:
    if not found.broken:
        return t("The books are right: all {count} checks hold.", count=found.invariants)
    return t.plural(
        "{count} of {all} checks does not hold: {names}. Please tell whoever runs this app.",
        "{count} of {all} checks do not hold: {names}. Please tell whoever runs this app.",
        len(found.broken),
        all=found.invariants,
        names=", ".join(f"_{t(name)}_" for name in found.broken),
    )


def _due(found: Health, t: Words) -> str:
    if found.due_since is None:
        return t("No renewal, end or payment is overdue.")
    since = phrases.moment(found.due_since, found.time_zone, t)
    return t("A renewal, end or payment is due since {moment}.", moment=since)


def _undelivered(found: Health, t: Words) -> list[str]:
    if not found.undelivered:
        return []
    names = ", ".join(escape(name) for name in found.undelivered)
    return [
        t(
            "Receipts could not be delivered by e-mail: {names}. `{command} receipts` chooses another recipient.",
            names=names,
            command=phrases.COMMAND,
        )
    ]


def _untold(found: Health, t: Words) -> str:
    if found.untold_since is None:
        return t("No message waits to be sent.")
    return t.plural(
        "{count} message waits to be sent since {moment}.",
        "{count} messages wait to be sent, the oldest since {moment}.",
        found.untold,
        moment=phrases.moment(found.untold_since, found.time_zone, t),
    )
