"""Upgrades: what the version before cannot read is written once none of its processes runs any more."""

from __future__ import annotations

from sqlalchemy.orm import Session

from billing.queries.upgrades import short_is_read

WRITES_SHORT = "writes short"


def writes_short(session: Session) -> bool:
    """Whether rows may leave out what others say for good (decision 33); asked once in a transaction.

    With a file nothing older works on it: it is upgraded when all are ended.
    """
    if session.get_bind().dialect.name != "postgresql":
        return True
    if WRITES_SHORT not in session.info:
        session.info[WRITES_SHORT] = bool(session.scalar(short_is_read()))
    found: bool = session.info[WRITES_SHORT]
    return found
