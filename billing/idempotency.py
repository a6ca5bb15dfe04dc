"""One act for one key: a form that is sent twice, or four times at once, does its thing once."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from billing.models import IdempotencyKey
from billing.queries.in_sql import insert_once
from billing.values.actors import Actor


def use_key(session: Session, actor: Actor, act: str, key: str, subject_id: str, at: datetime) -> str:
    """Uses the actor's key for that act; answers the subject of its first use, which is this one's where it is first.

    Of several at once one is the first: the others wait here until it is committed or taken back.
    """
    used = {"workspace_id": actor.workspace_id, "user_id": actor.user_id, "act": act, "key": key}
    if insert_once(session, IdempotencyKey, {**used, "subject_id": subject_id, "used_at": at}):
        return subject_id
    return session.get_one(IdempotencyKey, tuple(used.values())).subject_id


def subject_of_key(session: Session, actor: Actor, act: str, key: str) -> str | None:
    """The subject of the key's first use, where it was used: for those who hold a lock that all its users need."""
    used = session.get(IdempotencyKey, (actor.workspace_id, actor.user_id, act, key))
    return used.subject_id if used else None
