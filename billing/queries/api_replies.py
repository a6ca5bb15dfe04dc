"""Replies of the API that are kept for their idempotency keys."""

from __future__ import annotations

from functools import cache

from sqlalchemy import Delete, bindparam, delete

from billing.models import ApiReply


@cache
def forget_replies() -> Delete:
    """Deletes those to requests from before `before`."""
    return delete(ApiReply).where(ApiReply.begun_at < bindparam("before", type_=ApiReply.begun_at.type))


@cache
def forget_reply() -> Delete:
    """Deletes that to the request of `of_key` under the idempotency key `named`."""
    return delete(ApiReply).where(
        ApiReply.key_id == bindparam("of_key"), ApiReply.idempotency_key == bindparam("named")
    )
