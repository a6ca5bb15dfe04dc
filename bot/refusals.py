"""What the conversation itself refuses, before billing is asked."""

from __future__ import annotations

from dataclasses import dataclass

from billing.domain.errors import Refusal


@dataclass(eq=False)
class SlackSilent(Refusal):
    """Slack does not say who the person is, so nothing is done for them now."""


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
class Outdated(Refusal):
    """The button or form is none of those that are made today."""
