"""Requests that change something: done once for their idempotency key, and answered the same again."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from typing import Annotated, Any

from fastapi import Header
from pydantic import BaseModel
from starlette.responses import JSONResponse

from api.problems import ProblemError, answer_of, problem_of
from billing import Actor, Billing
from billing.services import api_replies
from billing.services.api_replies import Once, Standing
from billing.values.actors import VIA_API
from billing.values.errors import Refusal
from billing.values.snapshots.api_keys import ApiKeySnapshot

IdempotencyKey = Annotated[
    str,
    Header(
        min_length=1,
        max_length=64,
        pattern=r"^[A-Za-z0-9_.:-]+$",
        description="Made up by you, one for each act: the same request is done once and answered the same for a day",
    ),
]


def actor_of(key: ApiKeySnapshot, workspace: str) -> Actor:
    """The key as it stands in the audit log of that workspace."""
    return Actor(workspace, key.id, VIA_API)


def once(
    billing: Billing,
    key: ApiKeySnapshot,
    name: str,
    path: str,
    body: BaseModel | None,
    act: Callable[[], dict[str, Any]],
    done: Callable[[Refusal], dict[str, Any] | None] = lambda _: None,
) -> JSONResponse:
    """Does it, unless it was done under that idempotency key; a refusal is an answer, too.

    `done` is for an act that does not know its key: where the request comes again after whoever answered it was gone,
    or had no database to read the answer from, it says of a refusal what there is, if the act was done then and is
    refused for that.

    Raises ProblemError for a key that another request had, or whose request is being answered.
    """
    asked = f"{path} {body.model_dump_json() if body else ''}"
    request = Once(key.id, name, sha256(asked.encode()).hexdigest())
    reply = api_replies.begin(billing, request)
    if reply.standing is Standing.ANOTHER:
        raise ProblemError(
            422, "idempotency-key-reused", "This idempotency key was used for another request."
        )
    if reply.standing is Standing.BUSY:
        raise ProblemError(409, "being-answered", "The same request is being answered.", Retry_After="1")
    if reply.standing is Standing.ANSWERED:
        return answer_of(reply.status, reply.body or {})
    is_kept = False
    try:
        try:
            status, said = 200, act()
        except Refusal as refusal:
            known = done(refusal) if reply.standing is Standing.AGAIN else None
            status, said = problem_of(refusal) if known is None else (200, known)
        api_replies.keep(billing, request, status, said)
        is_kept = True
        return answer_of(status, said)
    finally:
        if not is_kept:
            api_replies.let_go(billing, request)
