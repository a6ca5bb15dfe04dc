"""A refusal becomes a kind sentence: what happened, whether money moved, and what to do next."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from types import MappingProxyType
from typing import Any

from billing.i18n import Translator
from billing.values import errors, refusals
from billing.values.errors import BadFields, Fault, Refusal
from bot import refusals as slack_refusals
from bot.blocks import Message, actions
from bot.views import refused, refused_roles
from bot.views.audit_words import act_in_words
from bot.views.members import ask_button
from bot.views.notice import sentence_message


def sentence(refusal: Refusal, t: Translator, command: str = "/billing") -> str:
    """The refusal in the reader's words, as mrkdwn.

    It holds nothing of what was refused but a character that no font has.
    """
    return _SENTENCES[type(refusal)](refusal, t, command)


def message(refusal: Refusal, t: Translator) -> Message:
    """The same as a message; where a role is missing, with a button that asks for it."""
    told = sentence_message(sentence(refusal, t))
    if isinstance(refusal, refusals.NotAllowed) and refusal.property_id and refusal.admins:
        told.blocks.append(actions(ask_button(refusal.property_id, refusal.needed, t)))
    return told


def field_errors(refusal: BadFields, t: Translator, known: Collection[str]) -> dict[str, str]:
    """What a form shows under its fields: by block id, the reason of every fault.

    Slack takes errors only for blocks that the form has (`known`): a fault of any other stands under the first.
    """
    found: dict[str, list[str]] = {}
    for name, fault in refusal.faults.items():
        found.setdefault(name if name in known else next(iter(known), name), []).append(_reason(fault, t))
    return {name: " ".join(dict.fromkeys(reasons)) for name, reasons in found.items()}


def failed(reference: str, t: Translator, command: str = "/billing") -> str:
    """What is said when something went wrong that nobody foresaw. The reference stands in the log too."""
    return t(
        "Something went wrong here, and I cannot say whether it was done. No card was charged by it: "
        "open `{command}` to see how things stand. If it stays so, give whoever runs this app "
        "the reference {reference}.",
        command=command,
        reference=reference,
    )


def failed_at_bank(reference: str, t: Translator, command: str = "/billing") -> str:
    """The same where the bank was asked before it went wrong: whether it charged is found out by itself."""
    return t(
        "Something went wrong here after the bank was asked, and I cannot say yet whether it charged the card. "
        "It is asked again by itself, and nothing is charged twice: open `{command} history` in some minutes. "
        "If it stays so, give whoever runs this app the reference {reference}.",
        command=command,
        reference=reference,
    )


def slack_failed(t: Translator, command: str = "/billing") -> str:
    """What is said when Slack did not take an answer: the act itself is done, or was refused, all the same."""
    return t(
        "Slack did not take my answer just now. What you asked for may be done: "
        "open `{command}` to see how things stand, or try again in a minute.",
        command=command,
    )


def _reason(fault: Fault, t: Translator) -> str:
    reasons = {
        "missing": t("This is needed: please fill it in."),
        "too_long": t("This is too long: at most {limit} characters.", limit=fault.limit),
        "card_number": t("That looks like a card number. Never type one into Slack; nothing was kept."),
        "unknown": t("I do not know this one: please choose or type another."),
        "control_characters": t("This holds characters that cannot be printed: please type it again."),
        "no_font": t(
            "Invoices can't show “{character}”. Use another alphabet, for example the Latin one.",
            character=fault.character,
        ),
        "vat_number": t("This is no valid VAT number: please check its digits."),
        "other_country": t(
            "This VAT number is of another country than the billing address: change that first."
        ),
        "codice_fiscale": t("This is no valid Codice Fiscale: please check its letters and digits."),
        "sdi_code": t("An SDI code has seven letters or digits, for example M5UXCR1."),
        "email": t("This is no e-mail address: please type it like name@pec.example."),
        "only_italian": t("Only Italian invoices have this: leave it empty for a billing address abroad."),
    }
    return reasons[fault.reason]


def _bad_fields(refusal: BadFields, t: Translator, _command: str) -> str:
    reasons = " ".join(dict.fromkeys(_reason(fault, t) for fault in refusal.faults.values()))
    return t("Some of what you typed does not fit, so nothing was changed. {reasons}", reasons=reasons)


def _already_cancelled(refusal: refusals.AlreadyCancelled, t: Translator, _command: str) -> str:
    return t(
        "Already cancelled by <@{user}>; it ends on {date}. Nothing more will be charged.",
        user=refusal.by,
        date=t.day_of(refusal.ends_at, refusal.zone),
    )


def _already_ended(refusal: refusals.AlreadyEnded, t: Translator, command: str) -> str:
    return t(
        "This subscription ended on {date}; nothing more will be charged. "
        "Open `{command}` to see its invoices.",
        date=t.day_of(refusal.ended_at, refusal.zone),
        command=command,
    )


def _not_found(_refusal: refusals.NotFound, t: Translator, command: str) -> str:
    return t(
        "I cannot find that here: it may have been moved. Open `{command}` to see what is there now.",
        command=command,
    )


def _being_renewed(_refusal: refusals.BeingRenewed, t: Translator, _command: str) -> str:
    return t(
        "A new cycle of this subscription is beginning at this moment. Nothing was changed: "
        "try again in a minute."
    )


def _not_cancelled(_refusal: refusals.NotCancelled, t: Translator, command: str) -> str:
    return t(
        "This subscription is not cancelled, so there is nothing to undo. Nothing was charged. "
        "Open `{command}` to see how it stands.",
        command=command,
    )


def _changed_meanwhile(refusal: refusals.ChangedMeanwhile, t: Translator, command: str) -> str:
    if refusal.by:
        return t(
            "<@{user}> has just changed this ({act}). Nothing of yours was saved or charged: "
            "open `{command}` to see it as it is now, and try again.",
            user=refusal.by,
            act=act_in_words(refusal.act, t),
            command=command,
        )
    return t(
        "Somebody just changed this. Nothing of yours was saved or charged: "
        "open `{command}` to see it as it is now, and try again.",
        command=command,
    )


def _bad_money(_refusal: Refusal, t: Translator, _command: str) -> str:
    return t("These amounts do not go together, so nothing was charged. Please tell whoever runs this app.")


def _unknown_time_zone(_refusal: errors.UnknownTimeZone, t: Translator, _command: str) -> str:
    return t("I do not know this time zone. Nothing was changed: type one such as Europe/Rome.")


def _not_sold(_refusal: refusals.NotSold, t: Translator, command: str) -> str:
    return t(
        "This is not on sale now. Nothing was bought or charged: open `{command}` to see what is there.",
        command=command,
    )


def _already_bought(_refusal: refusals.AlreadyBought, t: Translator, command: str) -> str:
    return t(
        "This property already has a running subscription of that. Nothing was bought or charged: "
        "open `{command}` to see it.",
        command=command,
    )


def _invoice_incomplete(_refusal: errors.InvoiceIncomplete, t: Translator, _command: str) -> str:
    return t(
        "The invoice lacks something that the law wants on it, so it was not issued and nothing was charged. "
        "Check the billing address, or ask whoever runs this app."
    )


def _catalogue_invalid(_refusal: errors.CatalogueInvalid, t: Translator, _command: str) -> str:
    return t("The catalogue cannot be used as it is. Nothing was changed: ask whoever runs this app.")


def _slack_silent(_refusal: slack_refusals.SlackUnavailable, t: Translator, _command: str) -> str:
    return t(
        "Slack does not tell me who you are just now, so I did nothing and charged nothing. "
        "Try again in a minute."
    )


def _outsider(_refusal: slack_refusals.Outsider, t: Translator, _command: str) -> str:
    return t(
        "Guests and people of other workspaces cannot use this. Nothing was changed: ask a member of this workspace."
    )


def _foreign_workspace(_refusal: slack_refusals.ForeignWorkspace, t: Translator, _command: str) -> str:
    return t(
        "This billing desk serves another workspace. Nothing was changed: ask whoever installed this app."
    )


def _card_number_typed(_refusal: slack_refusals.CardNumberTyped, t: Translator, _command: str) -> str:
    return t("That looks like a card number. Never type one into Slack; nothing was kept.")


def _outdated(_refusal: slack_refusals.Outdated, t: Translator, command: str) -> str:
    return t(
        "This button or form is from an earlier version and does nothing now. Nothing was changed: "
        "open `{command}` for the present one.",
        command=command,
    )


def _cannot_be_member(_refusal: slack_refusals.CannotBeMember, t: Translator, _command: str) -> str:
    return t(
        "Slack does not show this person as a full member of this workspace: guests, apps and people of other "
        "workspaces cannot be added. Nothing was changed: choose somebody else."
    )


def _not_in_channel(_refusal: slack_refusals.NotInChannel, t: Translator, _command: str) -> str:
    return t(
        "The app is not in this channel. Nothing was changed: write /invite in the channel, choose the app, "
        "then save again."
    )


def _shared_channel(_refusal: slack_refusals.SharedChannel, t: Translator, _command: str) -> str:
    return t(
        "This channel is archived, a direct message, or shared with another organisation, so billing is not "
        "announced there. Nothing was changed: choose another channel."
    )


def _not_offered(_refusal: slack_refusals.NotOffered, t: Translator, _command: str) -> str:
    return t("Messages to the support are not set up here. Nothing was sent: ask whoever runs this app.")


_SENTENCES: Mapping[type[Refusal], Callable[[Any, Translator, str], str]] = MappingProxyType(
    {
        **refused.SENTENCES,
        **refused_roles.SENTENCES,
        refusals.NotFound: _not_found,
        refusals.AlreadyCancelled: _already_cancelled,
        refusals.AlreadyEnded: _already_ended,
        refusals.BeingRenewed: _being_renewed,
        refusals.NotCancelled: _not_cancelled,
        refusals.ChangedMeanwhile: _changed_meanwhile,
        errors.BadFields: _bad_fields,
        errors.UnknownCurrency: _bad_money,
        errors.CurrenciesDiffer: _bad_money,
        errors.UnknownTimeZone: _unknown_time_zone,
        refusals.NotSold: _not_sold,
        refusals.AlreadyBought: _already_bought,
        errors.InvoiceIncomplete: _invoice_incomplete,
        errors.CatalogueInvalid: _catalogue_invalid,
        slack_refusals.SlackUnavailable: _slack_silent,
        slack_refusals.Outsider: _outsider,
        slack_refusals.ForeignWorkspace: _foreign_workspace,
        slack_refusals.CardNumberTyped: _card_number_typed,
        slack_refusals.Outdated: _outdated,
        slack_refusals.CannotBeMember: _cannot_be_member,
        slack_refusals.NotInChannel: _not_in_channel,
        slack_refusals.SharedChannel: _shared_channel,
        slack_refusals.NotOffered: _not_offered,
    }
)
