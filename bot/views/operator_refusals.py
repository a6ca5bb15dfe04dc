"""What operators read where customers are sent to a page that operators do not have: each names their own way on."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from billing.i18n import Translator
from billing.values import refusals
from billing.values.errors import Refusal
from bot import refusals as slack_refusals
from bot.views.operators import COMMAND

SENTENCES: Mapping[type[Refusal], str] = MappingProxyType(
    {
        refusals.NotFound: (
            "Not found: it may have been moved. Nothing was changed. Look for it with `{command} {find}`."
        ),
        slack_refusals.Outdated: (
            "This button or form is out of date. Nothing was changed. Type `{command}` to see what you can do."
        ),
        refusals.ChangedMeanwhile: (
            "This has changed since it was shown to you. Nothing was done. Start again with `{command}`, and you "
            "see it as it is now."
        ),
        refusals.AlreadyEnded: "This subscription has ended. Nothing was changed.",
    }
)


def failed(reference: str, t: Translator) -> str:
    """What is said when something went wrong that nobody foresaw, whether or not a bank was asked."""
    return said(
        "Something went wrong, and it isn't known whether it was done. Where the bank was asked, it is asked again "
        "automatically. Before you try again, look at the customer's page with `{command} {find}`. If it happens "
        "again, give whoever runs this app the reference {reference}.",
        t,
        reference=reference,
    )


def slack_failed(t: Translator) -> str:
    """What is said when Slack did not take an answer."""
    return said(
        "Slack didn't accept the answer. What you asked for may have been done. Before you try again, look at the "
        "customer's page with `{command} {find}`.",
        t,
    )


def said(sentence: str, t: Translator, **values: str) -> str:
    return t(sentence, command=COMMAND, find=t("find"), **values)
