"""Replies of the API that are kept for their idempotency keys."""

from __future__ import annotations

from functools import cache

from sqlalchemy import Delete, bindparam, delete

from billing.models import ApiReply


@cache
def forget_replies() -> Delete:
    """Deletes those to requests from before `before`."""
    return delete(ApiReply).where(ApiReply.begun_at < bindparam("before", type_=ApiReply.begun_at.type))
