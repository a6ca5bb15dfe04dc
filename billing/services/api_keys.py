"""Keys of the seller's own product: made, listed, revoked, and known again by what it shows."""

from __future__ import annotations

from datetime import datetime, timedelta
from hashlib import sha256
from secrets import token_urlsafe

from billing.models import ApiKey
from billing.models.base import new_id
from billing.queries import api_keys as queries
from billing.values.errors import BadFields, Unfit
from billing.values.refusals import NotFound
from billing.values.snapshots.api_keys import ApiKeySnapshot
from billing.values.texts import one_line, text_fault
from billing.work import Billing

SCOPES = ("read", "write")
NAME_LIMIT = 80
# What is shown of a key ever after: enough to know it by, far too little to use.
PREFIX_LENGTH = 11
# When it was used last is written no more often than this.
USE_NOTED_EVERY = timedelta(minutes=1)


def create(
    billing: Billing, name: str, scopes: tuple[str, ...], expires_at: datetime | None = None
) -> tuple[ApiKeySnapshot, str]:
    """A new key, and what its owner must keep: it is never shown again.

    Raises BadFields for a name that is none, and Unfit for a scope that there is not or a day that is over.
    """
    if fault := text_fault(one_line(name), NAME_LIMIT):
        raise BadFields({"name": fault})
    if unknown := [scope for scope in scopes if scope not in SCOPES]:
        raise Unfit("there is no scope {scope}: use {known}", scope=unknown[0], known=", ".join(SCOPES))
    secret = f"bk_{token_urlsafe(32)}"
    with billing.work("api_key.create") as work:
        if expires_at is not None and expires_at <= work.now:
            raise Unfit("{day} has come already: it would open nothing", day=f"{expires_at:%Y-%m-%d}")
        key = ApiKey(
            id=new_id("key"),
            name=one_line(name),
            prefix=secret[:PREFIX_LENGTH],
            digest=_digest(secret),
            scopes=" ".join(scope for scope in SCOPES if scope in scopes),
            created_at=work.now,
            expires_at=expires_at,
        )
        work.session.add(key)
        work.record("api_key.create", key.id, after={"name": key.name, "scopes": key.scopes})
        return key.snapshot(), secret


def listed(billing: Billing) -> list[ApiKeySnapshot]:
    """Every key, oldest first, with what is known of its use."""
    with billing.read("api_key.list") as work:
        return [key.snapshot() for key in work.session.scalars(queries.all_keys())]


def revoke(billing: Billing, prefix: str) -> ApiKeySnapshot:
    """The key that begins so opens nothing any more. Raises NotFound; a second time changes nothing."""
    with billing.work("api_key.revoke") as work:
        key = work.session.scalar(queries.key_of_prefix(), {"prefix": prefix[:PREFIX_LENGTH]})
        if key is None:
            raise NotFound("key")
        if key.revoked_at is None:
            key.revoked_at = work.now
            work.record("api_key.revoke", key.id, after={"name": key.name})
        return key.snapshot()


def known(billing: Billing, secret: str) -> ApiKeySnapshot | None:
    """The key that this is, used now; None for what is none, or opens nothing any more."""
    with billing.read("api_key.look") as work:
        key = work.session.scalar(queries.key_of_digest(), {"digest": _digest(secret)})
        if key is None or not key.snapshot().is_valid(work.now):
            return None
        found, now = key.snapshot(), work.now
    if found.last_used_at is None or now - found.last_used_at >= USE_NOTED_EVERY:
        with billing.work("api_key.use") as work:
            work.session.execute(queries.note_use(), {"key_id": found.id, "at": work.now})
    return found


def _digest(secret: str) -> str:
    """A key is 256 bits by chance: nobody can go through them, whichever hash it is."""
    return sha256(secret.encode()).hexdigest()
