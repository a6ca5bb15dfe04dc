"""What the person reads in Slack who installed the app there."""

from __future__ import annotations

from billing.i18n import Translator
from bot.blocks import Message, section


def first_steps(t: Translator) -> Message:
    """What the person reads who installed the app: three steps."""
    greeting = t("Hello! You have installed the billing desk.")
    steps = (
        t("*1.* Create the property that you pay for: type `/billing property`."),
        t("*2.* Choose who else may look or change: `/billing members`."),
        t("*3.* Choose the channel that is told of receipts and changes: `/billing channel`."),
    )
    return Message(greeting, [section(greeting), section("\n".join(steps))])
