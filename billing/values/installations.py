"""Installations: which account of the chat the desk may speak in, and with which tokens."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Tokens:
    """What the desk speaks with. A refresh token and an end only where the chat has tokens replaced."""

    access: str = field(repr=False)
    refresh: str | None = field(default=None, repr=False)
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Installation:
    """The desk in one account: a workspace, or an organisation with all its workspaces (`workspace_id` is None).

    `entered` are those of the organisation's workspaces from which somebody came, with the language of each. `tokens`
    is None where the token is a setting. `is_asleep`: it was uninstalled, and waits to be installed again.
    """

    account_id: str
    name: str
    language: str
    tokens: Tokens | None = None
    workspace_id: str | None = None
    organisation_id: str | None = None
    bot_user_id: str = ""
    scopes: tuple[str, ...] = ()
    installed_by: str = ""
    is_asleep: bool = False
    entered: tuple[tuple[str, str], ...] = ()

    @property
    def reached(self) -> tuple[tuple[str, str], ...]:
        """The workspaces that it serves, with the language of each."""
        return ((self.workspace_id, self.language),) if self.workspace_id else self.entered
