"""Webhooks: what happened, signed as Stripe signs it, delivered until it is taken."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import time
from contextlib import suppress

from aiohttp import ClientError, ClientSession, ClientTimeout

from sandbox.gateway.books import Books, Thing

LOOK_SECONDS = 0.1
WAIT_SECONDS = 5.0


def delivery(event: Thing) -> bytes:
    """The event as it is sent."""
    return json.dumps({name: value for name, value in event.items() if name != "told"}).encode()


def signature(body: bytes, secret: str, at: int | None = None) -> str:
    """Stripe's header: the moment, and what only who knows the secret can make of it and the body."""
    sent_at = int(time.time()) if at is None else at
    digest = hmac.new(secret.encode(), f"{sent_at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={sent_at},v1={digest}"


class Hooks:
    """Delivers events in their order to one address; what is not taken is sent again."""

    def __init__(self, books: Books, secret: str, url: str = "") -> None:
        self.books, self.secret, self.url = books, secret, url
        self._woken = asyncio.Event()

    def untold(self) -> list[Thing]:
        """The oldest first."""
        return [event for event in reversed(self.books.all("event")) if not event["told"]]

    async def run(self) -> None:
        """Delivers until it is cancelled."""
        async with ClientSession(timeout=ClientTimeout(total=WAIT_SECONDS)) as session:
            while True:
                wait = LOOK_SECONDS
                for event in self.untold() if self.url else []:
                    if await self._taken(session, event):
                        self.books.keep({**event, "told": True})
                    else:
                        wait = WAIT_SECONDS
                        break
                # Not wait_for: before Python 3.12 it swallows a cancel that comes together with the event.
                with suppress(TimeoutError):
                    async with asyncio.timeout(wait):
                        await self._woken.wait()
                self._woken.clear()

    def wake(self) -> None:
        """Something happened just now."""
        self._woken.set()

    async def _taken(self, session: ClientSession, event: Thing) -> bool:
        body = delivery(event)
        headers = {"stripe-signature": signature(body, self.secret), "content-type": "application/json"}
        try:
            async with session.post(self.url, data=body, headers=headers) as answer:
                return answer.status == 200
        except (ClientError, TimeoutError):
            return False
