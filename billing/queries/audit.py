"""The audit log: of a property, who did what last, and who asked for a role."""

from __future__ import annotations

from functools import cache

from sqlalchemy import Select, bindparam, select

from billing.models import (
    AuditEntry,
)


@cache
def last_act() -> Select[str, str, str]:
    """Who did something to `subject_id` of `property_id` last, from where, and the name of the act."""
    return (
        select(AuditEntry.user_id, AuditEntry.via, AuditEntry.act)
        .where(
            AuditEntry.workspace_id == bindparam("workspace_id"),
            AuditEntry.property_id == bindparam("property_id"),
            AuditEntry.subject_id == bindparam("subject_id"),
            AuditEntry.refused_as.is_(None),
        )
        .order_by(AuditEntry.at.desc(), AuditEntry.id.desc())
        .limit(1)
    )


@cache
def entries_of_property() -> Select[AuditEntry]:
    """What was done or tried in `property_id`, newest first."""
    return (
        select(AuditEntry)
        .where(
            AuditEntry.workspace_id == bindparam("workspace_id"),
            AuditEntry.property_id == bindparam("property_id"),
        )
        .order_by(AuditEntry.at.desc(), AuditEntry.id.desc())
    )


@cache
def acted_since() -> Select[str]:
    """One entry that `user_id` did `act` in `property_id` after that moment (`since`), and was not refused."""
    return (
        select(AuditEntry.id)
        .where(
            AuditEntry.workspace_id == bindparam("workspace_id"),
            AuditEntry.property_id == bindparam("property_id"),
            AuditEntry.at > bindparam("since"),
            AuditEntry.user_id == bindparam("user_id"),
            AuditEntry.act == bindparam("act"),
            AuditEntry.refused_as.is_(None),
        )
        .limit(1)
    )
