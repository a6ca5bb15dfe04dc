"""Upgrades: down to which version the processes are that read these tables."""

from __future__ import annotations

from functools import cache

from sqlalchemy import Select, exists, select

from billing.models import FinishedUpgrade

# Those for this revision and later ones read the short forms; the release before does not.
SHORT_SINCE = "0059"


@cache
def short_is_read() -> Select[bool]:
    """Whether all who work on these tables read the short form of what they hold."""
    return select(exists().where(FinishedUpgrade.revision >= SHORT_SINCE))
