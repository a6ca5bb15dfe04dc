"""Who asks: the key of a request, what it may do, and how often."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Annotated

from fastapi import Depends, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from api.problems import ProblemError
from billing import Billing
from billing.rate_limits import RateLimit
from billing.services import api_keys
from billing.values.snapshots.api_keys import ApiKeySnapshot

# So long a key that was revoked may still open something in this process.
CACHE_TTL = 5.0
MAX_CACHED = 1_000
# A key may ask so often within a minute.
REQUESTS, SECONDS = 1_200, 60
BEARER = HTTPBearer(auto_error=False, description="A key made by `python -m billing keys create`")


class Access:
    """Knows keys for some seconds without asking the books, and counts what each asks."""

    def __init__(self, billing: Billing, requests: int = REQUESTS) -> None:
        self._billing = billing
        self._limit = RateLimit(requests, SECONDS)
        self._known: dict[str, tuple[float, ApiKeySnapshot]] = {}

    async def key_of(self, secret: str) -> ApiKeySnapshot:
        """The key that this is. Raises ProblemError 401, or 429 for one that asks too often.

        One that is known costs no thread: the hop would take as long as an entitlement's statement.
        """
        until, key = self._known.get(secret, (0.0, None))
        if key is None or until < monotonic() or not key.is_valid(self._billing.clock()):
            key = await run_in_threadpool(api_keys.known, self._billing, secret)
            self._remember(secret, key)
        if key is None:
            raise ProblemError(401, "invalid-key", "This key is unknown, expired or revoked.", **CHALLENGE)
        if not self._limit.allows(key.id):
            wait = str(self._limit.wait(key.id))
            raise ProblemError(429, "too-many-requests", "This key asks too often.", Retry_After=wait)
        return key

    def _remember(self, secret: str, key: ApiKeySnapshot | None) -> None:
        self._known.pop(secret, None)
        if key is not None:
            if len(self._known) >= MAX_CACHED:
                self._known.clear()
            self._known[secret] = (monotonic() + CACHE_TTL, key)


CHALLENGE = {"WWW_Authenticate": "Bearer"}


def allowed(scope: str) -> Callable[..., Awaitable[ApiKeySnapshot]]:
    """What a route depends on: a key that may do that."""

    async def check(
        request: Request, shown: Annotated[HTTPAuthorizationCredentials | None, Depends(BEARER)]
    ) -> ApiKeySnapshot:
        if shown is None:
            raise ProblemError(401, "no-key", "Send a key: Authorization: Bearer bk_...", **CHALLENGE)
        access: Access = request.app.state.access
        key = await access.key_of(shown.credentials)
        if scope not in key.scopes:
            raise ProblemError(403, "scope-missing", f"This key may not {scope}.")
        return key

    return check


async def desk(request: Request) -> Billing:
    """The billing desk that this app serves."""
    billing: Billing = request.app.state.billing
    return billing


Desk = Annotated[Billing, Depends(desk)]
Reader = Annotated[ApiKeySnapshot, Depends(allowed("read"))]
Writer = Annotated[ApiKeySnapshot, Depends(allowed("write"))]
