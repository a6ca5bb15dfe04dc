"""Verifications: the newest."""

from __future__ import annotations

from functools import cache

from sqlalchemy import Select, select

from billing.models import Verification


@cache
def newest() -> Select[Verification]:
    """The last look at all books."""
    return select(Verification).order_by(Verification.number.desc()).limit(1)
