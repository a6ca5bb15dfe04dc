"""Logos that documents show."""

from __future__ import annotations

from functools import cache

from sqlalchemy import Select, bindparam, select

from billing.models import KeptLogo


@cache
def stored_logo() -> Select[str]:
    """Finds out whether the logo of that `digest` is stored, without reading it."""
    return select(KeptLogo.digest).where(KeptLogo.digest == bindparam("digest"))
