"""The roles of a property in words."""

from __future__ import annotations

from billing.i18n import Translator
from billing.values.actors import Role


def role_name(role: Role, t: Translator) -> str:
    """What a member with that role is called."""
    return {
        Role.OWNER: t("owner"),
        Role.ADMIN: t("admin"),
        Role.ACCOUNTANT: t("accountant"),
        Role.AGENT: t("agent"),
    }[role]


def role_does(role: Role, t: Translator) -> str:
    """What a member with that role may do, in at most 75 characters."""
    return {
        Role.OWNER: t("views and changes billing, and manages members"),
        Role.ADMIN: t("views and changes billing"),
        Role.ACCOUNTANT: t("views billing, can't change it"),
        Role.AGENT: t("can't view billing"),
    }[role]
