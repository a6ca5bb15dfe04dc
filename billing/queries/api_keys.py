"""Keys of the API: by what was shown, by what they begin with, and all of them."""

from __future__ import annotations

from functools import cache

from sqlalchemy import Select, Update, bindparam, select, update

from billing.models import ApiKey


@cache
def key_of_digest() -> Select[ApiKey]:
    """The key whose hash is `digest`."""
    return select(ApiKey).where(ApiKey.digest == bindparam("digest"))


@cache
def key_of_prefix() -> Select[ApiKey]:
    """The key that begins with `prefix`."""
    return select(ApiKey).where(ApiKey.prefix == bindparam("prefix"))


@cache
def all_keys() -> Select[ApiKey]:
    """All keys, oldest first; revoked ones too."""
    return select(ApiKey).order_by(ApiKey.created_at, ApiKey.id)


@cache
def note_use() -> Update:
    """The key `key_id` was used at the moment `at`."""
    return (
        update(ApiKey)
        .where(ApiKey.id == bindparam("key_id"))
        .values(last_used_at=bindparam("at", type_=ApiKey.last_used_at.type))
        .execution_options(synchronize_session=False)
    )
