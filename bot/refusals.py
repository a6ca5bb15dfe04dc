"""What the conversation itself refuses, before billing is asked."""

from __future__ import annotations

from dataclasses import dataclass

from billing.values.errors import Refusal
from bot.reading import Outdated as Outdated


@dataclass(eq=False)
class SlackUnavailable(Refusal):
    """Slack does not say who the person is, so nothing is done for them now."""


@dataclass(eq=False)
class TriggerExpired(Refusal):
    """Slack opens no form for the gesture any more: it is too long ago. Nothing was done."""


@dataclass(eq=False)
class Outsider(Refusal):
    """Guests and people of other workspaces have no billing here."""


@dataclass(eq=False)
class ForeignWorkspace(Refusal):
    """The request comes from a workspace that this desk does not serve."""


@dataclass(eq=False)
class CardNumberTyped(Refusal):
    """A payment card's number was typed where any text may stand."""


@dataclass(eq=False)
class CannotBeMember(Refusal):
    """Slack does not show the person as a full member of this workspace."""


@dataclass(eq=False)
class NotInChannel(Refusal):
    """The app is not in the channel, so it could not tell anything there."""


@dataclass(eq=False)
class SharedChannel(Refusal):
    """The channel is shared with another organisation, or archived: nothing of a property's billing goes there."""


@dataclass(eq=False)
class NotOffered(Refusal):
    """The settings name no channel for messages to the support."""


@dataclass(eq=False)
class NoDirectMessages(Refusal):
    """Slack does not let the app write to the person, who would get a file there."""


@dataclass(eq=False)
class NoSuchSubscription(Refusal):
    """The words of a command name none of the property's subscriptions. `near` is the one that was probably meant."""

    typed: str
    names: tuple[str, ...]
    near: str | None


@dataclass(eq=False)
class NoSuchProperty(Refusal):
    """The same of the properties that the person may see."""

    typed: str
    names: tuple[str, ...]
    near: str | None


@dataclass(eq=False)
class NotAnOperator(Refusal):
    """The settings do not name the person as somebody of the seller's, or not here. Which of the two is not said."""


@dataclass(eq=False)
class TakesNoWords(Refusal):
    """Something was typed behind a word of the command that takes nothing more."""

    word: str
    typed: str
