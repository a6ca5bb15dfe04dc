"""Idempotency keys of the API: a request is done once, and answered the same for a day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

from billing.models import ApiReply
from billing.queries.api_replies import forget_replies
from billing.queries.in_sql import insert_once
from billing.work import Billing

KEPT_FOR = timedelta(hours=24)
# Whoever had it to answer is gone then. Each act knows its own key: what was done is not done again.
ABANDONED_AFTER = timedelta(minutes=1)


class Standing(StrEnum):
    """What a request under an idempotency key is: new, answered before, being answered, or another than before.

    AGAIN: it was begun, and nobody knows whether it was done.
    """

    NEW = "new"
    AGAIN = "again"
    ANSWERED = "answered"
    BUSY = "busy"
    ANOTHER = "another"


@dataclass(frozen=True, slots=True)
class Once:
    """One request: the key of the API that asks, its idempotency key, and the digest of what is asked."""

    key_id: str
    name: str
    digest: str


@dataclass(frozen=True, slots=True)
class Reply:
    """Where the request stands; its answer, where it was answered."""

    standing: Standing
    status: int = 0
    body: dict[str, Any] | None = None


def begin(billing: Billing, once: Once) -> Reply:
    """Whether it is this one's to answer. Who is told that it is new, or comes again, must `keep` an answer.

    Or `let_go` of it, where there is none.
    """
    with billing.work("api_reply.begin") as work:
        fresh = {"digest": once.digest, "begun_at": work.now, "status": None, "body": None}
        key = {"key_id": once.key_id, "idempotency_key": once.name}
        if insert_once(work.session, ApiReply, key | fresh):
            return Reply(Standing.NEW)
        found = work.session.get_one(ApiReply, tuple(key.values()), with_for_update=True)
        age, standing = work.now - found.begun_at, Standing.NEW
        if age < KEPT_FOR:
            if found.digest != once.digest:
                return Reply(Standing.ANOTHER)
            if found.status is not None:
                return Reply(Standing.ANSWERED, found.status, found.body)
            if age < ABANDONED_AFTER:
                return Reply(Standing.BUSY)
            standing = Standing.AGAIN
        found.digest, found.begun_at, found.status, found.body = once.digest, work.now, None, None
        return Reply(standing)


def keep(billing: Billing, once: Once, status: int, body: dict[str, Any]) -> None:
    """It is answered so from now on."""
    with billing.work("api_reply.keep") as work:
        reply = work.session.get_one(ApiReply, (once.key_id, once.name))
        reply.status, reply.body = status, body


def let_go(billing: Billing, once: Once) -> None:
    """No answer is kept, and nobody knows whether it was done: the same request may come AGAIN at once.

    The database may have been gone with the answer to its COMMIT, or right after that.
    """
    with billing.work("api_reply.let_go") as work:
        reply = work.session.get_one(ApiReply, (once.key_id, once.name))
        reply.begun_at = work.now - ABANDONED_AFTER


def forget_old(billing: Billing) -> None:
    """Replies are kept for a day."""
    with billing.work("api_reply.forget_old") as work:
        work.session.execute(forget_replies(), {"before": work.now - KEPT_FOR})
