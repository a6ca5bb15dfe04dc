"""Signed HTTP to the app's request URL, with Slack's deadline."""

import hashlib
import hmac
import json
import time
from urllib.parse import urlencode

from aiohttp import ClientError, ClientSession, ClientTimeout

from sandbox.deliveries import Delivery, Reply, parsed

_FORM, _JSON = "application/x-www-form-urlencoded", "application/json"


class SignedHttp:
    """The way to an app that has a request URL."""

    def __init__(self, events_url: str, signing_secret: str, ack_seconds: float) -> None:
        self.events_url = events_url
        self._secret, self._ack_seconds = signing_secret, ack_seconds
        self._session: ClientSession | None = None

    async def open(self) -> None:
        """Make the one HTTP session; needs a running event loop."""
        self._session = ClientSession(timeout=ClientTimeout(total=self._ack_seconds))

    async def close(self) -> None:
        """Close the session."""
        if self._session is not None:
            await self._session.close()

    async def carry(self, delivery: Delivery) -> Reply:
        """Post it, signed."""
        if self._session is None:
            raise RuntimeError("Deliveries are not open yet: the server's lifespan opens them.")
        started = time.perf_counter()
        kind, body = _written(delivery)
        headers = {"content-type": kind, **self.signature(body.encode()), **_retry_headers(delivery)}
        status, answer, error = None, None, None
        try:
            async with self._session.post(self.events_url, data=body.encode(), headers=headers) as response:
                status, text = response.status, await response.text()
            answer = parsed(text)
            error = None if status == 200 else "dispatch_failed"
        except TimeoutError:
            error = "operation_timeout"
        except ClientError:
            error = "dispatch_failed"
        return Reply(status, answer, (time.perf_counter() - started) * 1000, error)

    def signature(self, body: bytes, at: float | None = None) -> dict[str, str]:
        """The headers by which Slack proves that the body is its own."""
        # Real time, whatever the workspace's clock says: the app compares it with its own.
        timestamp = str(int(time.time() if at is None else at))
        digest = hmac.new(self._secret.encode(), f"v0:{timestamp}:".encode() + body, hashlib.sha256)
        return {
            "x-slack-request-timestamp": timestamp,
            "x-slack-signature": f"v0={digest.hexdigest()}",
        }


def _written(delivery: Delivery) -> tuple[str, str]:
    if delivery.kind == "events_api":
        return _JSON, json.dumps(delivery.payload)
    fields = (
        delivery.payload if delivery.kind == "slash_commands" else {"payload": json.dumps(delivery.payload)}
    )
    return _FORM, urlencode(fields)


def _retry_headers(delivery: Delivery) -> dict[str, str]:
    if not delivery.retry:
        return {}
    return {"x-slack-retry-num": str(delivery.retry), "x-slack-retry-reason": delivery.reason}
