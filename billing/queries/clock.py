"""The clock of the database, and what it lets be claimed."""

from __future__ import annotations

from datetime import datetime
from functools import cache

from sqlalchemy import ColumnElement, Select, and_, or_, select

from billing.models import Download, OutboxMessage, WebhookDelivery
from billing.models.clock import from_now


@cache
def database_now() -> Select[datetime]:
    """The moment that it is for the database."""
    return select(from_now())


def is_free(of: type[OutboxMessage | Download | WebhookDelivery]) -> ColumnElement[bool]:
    """That it is due, and that nobody holds it."""
    return and_(of.due_at <= from_now(), or_(of.claimed_until.is_(None), of.claimed_until <= from_now()))
