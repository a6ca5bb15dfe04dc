"""Signed HTTP to the app's request URL, with Slack's deadline and Slack's retries."""

import asyncio
import hashlib
import hmac
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from aiohttp import ClientError, ClientSession, ClientTimeout

from sandbox.log import Log
from sandbox.messages import JsonObject

_FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Reply:
    """What the app answered; `error` is set when Slack would count the delivery as failed."""

    status: int | None
    body: Any
    ms: float
    error: str | None = None

    def to_json(self) -> JsonObject:
        """The outcome as a control route answers it."""
        if self.error:
            return {"ok": False, "error": self.error}
        return {"ok": True, "status": self.status, "ms": round(self.ms, 1)}


class Deliveries:
    """Everything that Slack sends to the app."""

    def __init__(
        self,
        log: Log,
        *,
        events_url: str,
        signing_secret: str,
        ack_seconds: float,
        retry_delays: Sequence[float],
    ) -> None:
        self.events_url = events_url
        self._log, self._secret = log, signing_secret
        self._ack_seconds, self._retry_delays = ack_seconds, retry_delays
        self._session: ClientSession | None = None
        self._retries: set[asyncio.Task[None]] = set()

    async def open(self) -> None:
        """Make the one HTTP session; needs a running event loop."""
        self._session = ClientSession(timeout=ClientTimeout(total=self._ack_seconds))

    async def close(self) -> None:
        """Give up all retries and close the session."""
        for task in self._retries:
            task.cancel()
        await asyncio.gather(*self._retries, return_exceptions=True)
        if self._session is not None:
            await self._session.close()

    async def command(self, fields: Mapping[str, str]) -> Reply:
        """Deliver a slash command."""
        return await self._send("slash_command", dict(fields), urlencode(fields), _FORM)

    async def interaction(self, payload: JsonObject) -> Reply:
        """Deliver a click, a submission, a closed view or a shortcut."""
        body = urlencode({"payload": json.dumps(payload)})
        return await self._send(payload["type"], payload, body, _FORM)

    async def event(self, envelope: JsonObject) -> Reply:
        """Deliver an event; when it is not acknowledged, it is tried again in the background."""
        reply = await self._send_event(envelope, {})
        if reply.error:
            task = asyncio.create_task(self._retry(envelope, reply))
            self._retries.add(task)
            task.add_done_callback(self._retries.discard)
        return reply

    async def _retry(self, envelope: JsonObject, failed: Reply) -> None:
        for number, delay in enumerate(self._retry_delays, start=1):
            await asyncio.sleep(delay)
            reason = "http_timeout" if failed.error == "operation_timed_out" else "http_error"
            headers = {"x-slack-retry-num": str(number), "x-slack-retry-reason": reason}
            failed = await self._send_event(envelope, headers)
            if not failed.error:
                return

    async def _send_event(self, envelope: JsonObject, headers: Mapping[str, str]) -> Reply:
        kind = envelope["event"]["type"]
        return await self._send(kind, envelope, json.dumps(envelope), "application/json", headers)

    async def _send(
        self, method: str, payload: JsonObject, body: str, kind: str, headers: Mapping[str, str] | None = None
    ) -> Reply:
        started = time.perf_counter()
        signed = self._signed(body) | {"content-type": kind} | dict(headers or {})
        reply = await self._exchange(body.encode(), signed, started)
        answer = {"ok": False, "error": reply.error} if reply.status is None else reply.body
        self._log.add("delivery", method, payload, answer, reply.status, reply.ms)
        return reply

    async def _exchange(self, body: bytes, headers: Mapping[str, str], started: float) -> Reply:
        if self._session is None:
            raise RuntimeError("Deliveries are not open yet: the server's lifespan opens them.")
        status, answer, error = None, None, None
        try:
            async with self._session.post(self.events_url, data=body, headers=headers) as response:
                status, text = response.status, await response.text()
            answer = _parsed(text)
            error = None if status == 200 else "dispatch_failed"
        except TimeoutError:
            error = "operation_timed_out"
        except ClientError:
            error = "dispatch_failed"
        return Reply(status, answer, (time.perf_counter() - started) * 1000, error)

    def _signed(self, body: str) -> dict[str, str]:
        # Real time, whatever the workspace's clock says: the app compares it with its own.
        timestamp = str(int(time.time()))
        basis = f"v0:{timestamp}:{body}".encode()
        digest = hmac.new(self._secret.encode(), basis, hashlib.sha256).hexdigest()
        return {"x-slack-request-timestamp": timestamp, "x-slack-signature": f"v0={digest}"}


def _parsed(text: str) -> Any:
    """The reply as an object, where it is one; anything else is plain words, also a bare number."""
    try:
        parsed = json.loads(text)
    except json.JSONDecodeError:
        return text
    return parsed if isinstance(parsed, dict) else text
