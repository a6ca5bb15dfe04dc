"""How the desk does: whether its books are right, and what waits."""

from __future__ import annotations

from billing.i18n import Translator
from billing.values.snapshots import Health
from bot.blocks import Block, Message, context, escape, section
from bot.views import phrases
from bot.views.channels import problem_in_words


def health(found: Health, t: Translator) -> Message:
    """The private answer, short: the verdict first."""
    lines = [
        *_hold(found, t),
        _books(found, t),
        _due(found, t),
        _delivery(found, t),
        *_given_up(found, t),
        *_channels(found, t),
        *_undelivered(found, t),
    ]
    return Message(lines[0], [section("\n".join(f"• {line}" for line in lines)), *_verified(found, t)])


def _verified(found: Health, t: Translator) -> list[Block]:
    if found.verified_at is None:
        return []
    moment = phrases.moment(found.verified_at, found.time_zone, t)
    return [context(t("The books are checked once a day, most recently on {moment}.", moment=moment))]


def _hold(found: Health, t: Translator) -> list[str]:
    if found.held is None:
        return []
    why = escape(t(found.held.sentence, value=found.held.value))
    return [
        t(
            "Billing is on hold: nothing is issued, charged or sent until its operator resumes it. {why}",
            why=why,
        )
    ]


def _books(found: Health, t: Translator) -> str:
    if found.verified_at is None:
        return t("The books haven't been checked yet. That is done once a day.")
    if not found.broken:
        return t("The books are right: all {count} checks hold.", count=found.invariants)
    return t.plural(
        "{count} of {all} checks does not hold: {names}. Please tell whoever runs this app.",
        "{count} of {all} checks do not hold: {names}. Please tell whoever runs this app.",
        len(found.broken),
        all=found.invariants,
        names=", ".join(f"_{t(name)}_" for name in found.broken),
    )


def _due(found: Health, t: Translator) -> str:
    if found.due_since is None:
        return t("No renewal, ending or payment is overdue.")
    since = phrases.moment(found.due_since, found.time_zone, t)
    return t("A renewal, ending or payment has been due since {moment}.", moment=since)


def _undelivered(found: Health, t: Translator) -> list[str]:
    if not found.undelivered:
        return []
    names = ", ".join(escape(name) for name in found.undelivered)
    return [
        t(
            "Receipts couldn't be delivered by email: {names}. Choose another recipient with `{command} "
            "receipts`.",
            names=names,
            command=phrases.COMMAND,
        )
    ]


def _channels(found: Health, t: Translator) -> list[str]:
    """What is wrong with the channels that should be told something."""
    lines = []
    if one := found.channel:
        lines.append(
            t(
                "Announcements have been on hold since {moment}. {problem} "
                "`{command} channel` chooses another channel.",
                moment=phrases.moment(one.since, found.time_zone, t),
                problem=problem_in_words(one.channel, one.problem, t),
                command=phrases.COMMAND,
            )
        )
    if one := found.support_channel:
        lines.append(
            t(
                "Messages to support have been on hold since {moment}. {problem} Tell whoever runs this app.",
                moment=phrases.moment(one.since, found.time_zone, t),
                problem=problem_in_words(one.channel, one.problem, t),
            )
        )
    return lines


def _delivery(found: Health, t: Translator) -> str:
    if found.untold_since is None:
        return t("No messages are waiting to be sent.")
    return t.plural(
        "{count} message waits to be sent since {moment}.",
        "{count} messages wait to be sent, the oldest since {moment}.",
        found.untold,
        moment=phrases.moment(found.untold_since, found.time_zone, t),
    )


def _given_up(found: Health, t: Translator) -> list[str]:
    if not found.given_up:
        return []
    return [
        t.plural(
            "{count} message couldn't be delivered and is no longer tried. Please tell whoever runs this app: "
            "`python -m billing outbox list` names it.",
            "{count} messages couldn't be delivered and are no longer tried. Please tell whoever runs this app: "
            "`python -m billing outbox list` names them.",
            found.given_up,
        )
    ]
