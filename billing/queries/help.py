"""Help: what people said of a topic."""

from __future__ import annotations

from functools import cache

from sqlalchemy import Select, bindparam, func, select

from billing.models import HelpVote

OF_TOPIC = (HelpVote.workspace_id == bindparam("workspace_id"), HelpVote.topic == bindparam("topic"))


@cache
def votes() -> Select[int, int]:
    """How many voted on `topic`, and how many of them found it helpful."""
    return select(func.count(), func.count().filter(HelpVote.helpful)).where(*OF_TOPIC)


@cache
def vote_of() -> Select[bool]:
    """What the person `user_id` said of `topic`."""
    return select(HelpVote.helpful).where(*OF_TOPIC, HelpVote.user_id == bindparam("user_id"))
