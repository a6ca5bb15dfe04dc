"""What is said when somebody's role does not allow something, or cannot be what is asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from billing.i18n import Translator
from billing.values import refusals
from billing.values.errors import Refusal

SHOWN_ADMINS = 10


def _not_allowed(refusal: refusals.NotAllowed, t: Translator, _command: str) -> str:
    allowed = {
        "accountant": t("Only accountants, admins and owners of this property can see its billing."),
        "admin": t("Only admins and owners of this property can change its billing."),
        "owner": t("Only owners of this property can do that."),
    }[refusal.needed]
    return " ".join((allowed, t("Nothing was changed."), _who_can_help(refusal.admins, t)))


def _who_can_help(admins: tuple[str, ...], t: Translator) -> str:
    if not admins:
        return t("Ask an owner of this workspace for the role.")
    people = ", ".join(f"<@{user_id}>" for user_id in admins[:SHOWN_ADMINS])
    left = len(admins[SHOWN_ADMINS:])
    if left:
        people = t.plural("{people} and {count} more", "{people} and {count} more", left, people=people)
    return t("Its admins are {people}: ask them for the role.", people=people)


def _asked_already(_refusal: refusals.AskedAlready, t: Translator, _command: str) -> str:
    return t(
        "You asked for access less than a day ago, and those who can give it were told. Nobody was asked again."
    )


def _role_held(_refusal: refusals.RoleHeld, t: Translator, command: str) -> str:
    return t(
        "Your role allows this already, so nobody was asked. Open `{command}` and try again.", command=command
    )


def _no_property(_refusal: refusals.NoProperty, t: Translator, command: str) -> str:
    return t(
        "You are in no property that has billing to show. Ask an owner of a property to add you, "
        "then open `{command}`.",
        command=command,
    )


def _only_workspace_owners(_refusal: refusals.OnlyWorkspaceOwners, t: Translator, _command: str) -> str:
    return t("Only an owner of this workspace can create a property. Nothing was created: ask one of them.")


def _last_owner(_refusal: refusals.LastOwner, t: Translator, _command: str) -> str:
    return t("A property keeps at least one owner. Nothing was changed: make somebody else an owner first.")


SENTENCES: Mapping[type[Refusal], Callable[[Any, Translator, str], str]] = MappingProxyType(
    {
        refusals.NotAllowed: _not_allowed,
        refusals.AskedAlready: _asked_already,
        refusals.RoleHeld: _role_held,
        refusals.NoProperty: _no_property,
        refusals.OnlyWorkspaceOwners: _only_workspace_owners,
        refusals.LastOwner: _last_owner,
    }
)
