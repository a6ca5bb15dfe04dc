"""The audit log: who did what last."""

from __future__ import annotations

from functools import cache

from sqlalchemy import Select, bindparam, select

from billing.models import (
    AuditEntry,
)


@cache
def last_act() -> Select[str, str]:
    """Who did something to `subject_id` of `property_id` last, and the name of the act."""
    return (
        select(AuditEntry.user_id, AuditEntry.act)
        .where(
            AuditEntry.workspace_id == bindparam("workspace_id"),
            AuditEntry.property_id == bindparam("property_id"),
            AuditEntry.subject_id == bindparam("subject_id"),
            AuditEntry.refused_as.is_(None),
        )
        .order_by(AuditEntry.at.desc(), AuditEntry.id.desc())
        .limit(1)
    )
