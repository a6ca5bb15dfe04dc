"""Months that were reported: remembered once, whoever is first."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from billing.models import ReportedMonth


def remember(session: Session, month: str, at: datetime) -> bool:
    """Whether nobody did before; who is doing so at this moment is waited for."""
    connection = session.connection()
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    written = insert(ReportedMonth).on_conflict_do_nothing().returning(ReportedMonth.month)
    return connection.execute(written, {"month": month, "reported_at": at}).first() is not None
