"""The clock of the database."""

from __future__ import annotations

from datetime import datetime
from functools import cache

from sqlalchemy import Select, select

from billing.models.clock import from_now


@cache
def database_now() -> Select[datetime]:
    """The moment that it is for the database."""
    return select(from_now())
