"""Everything that Slack sends to the app: by which way, again when it was not taken, and wrongly where ordered."""

import asyncio
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sandbox.deliveries import Carrier, Delivery, Reply
from sandbox.faults import DELIVERY_KINDS, Fault, Faults
from sandbox.log import Log
from sandbox.messages import JsonObject


class Dispatcher:
    """What is sent to the app, by the way on which it listens."""

    def __init__(self, log: Log, faults: Faults, carrier: Carrier, retry_delays: Sequence[float]) -> None:
        self._log, self._faults = log, faults
        self._carrier, self._retry_delays = carrier, retry_delays
        self._background: set[asyncio.Task[Any]] = set()
        self._overtaken: asyncio.Event | None = None
        self._closed = False

    async def close(self) -> None:
        """Give up what is still to be sent, and take nothing more."""
        self._closed = True
        for task in self._background:
            task.cancel()
        await asyncio.gather(*self._background, return_exceptions=True)

    async def command(self, fields: Mapping[str, str]) -> Reply:
        """Deliver a slash command."""
        return await self._send(Delivery("slash_command", "slash_commands", dict(fields)))

    async def interaction(self, payload: JsonObject) -> Reply:
        """Deliver a click, a submission, a closed view or a shortcut."""
        return await self._send(Delivery(payload["type"], "interactive", payload))

    async def event(self, envelope: JsonObject) -> Reply:
        """Deliver an event; when it is not acknowledged, it is tried again in the background."""
        delivery = Delivery(envelope["event"]["type"], "events_api", envelope)
        reply = await self._send(delivery)
        if reply.error:
            self.later(self._retry(delivery, reply))
        return reply

    async def _retry(self, delivery: Delivery, failed: Reply) -> None:
        for number, delay in enumerate(self._retry_delays, start=1):
            await asyncio.sleep(delay)
            reason = "http_timeout" if failed.error == "operation_timeout" else "http_error"
            failed = await self._carry(replace(delivery, retry=number, reason=reason))
            if not failed.error:
                return

    async def _send(self, delivery: Delivery) -> Reply:
        # What comes while another is held back is what the other waits for.
        kinds = [kind for kind in DELIVERY_KINDS if kind != "reordered" or self._overtaken is None]
        fault = self._faults.take(delivery.method, kinds)
        if fault is None:
            return await self._carry(delivery)
        if fault.kind == "twice":
            self.later(self._carry(delivery, fault))
        if fault.kind == "late":
            await asyncio.sleep(fault.seconds or 0)
        if fault.kind == "reordered":
            await self._hold_back(fault.seconds)
        reply = await self._carry(delivery, fault)
        if fault.kind == "followed_late":
            await asyncio.sleep(fault.seconds or 0)
        return reply

    async def _hold_back(self, seconds: float | None) -> None:
        self._overtaken = asyncio.Event()
        try:
            async with asyncio.timeout(seconds):
                await self._overtaken.wait()
        except TimeoutError:
            return
        finally:
            self._overtaken = None

    async def _carry(self, delivery: Delivery, fault: Fault | None = None) -> Reply:
        reply = await self._carrier.carry(delivery)
        answer = {"ok": False, "error": reply.error} if reply.status is None else reply.body
        self._log.add(
            "delivery",
            delivery.method,
            delivery.payload,
            answer,
            reply.status,
            reply.ms,
            fault.kind if fault else None,
        )
        if self._overtaken is not None:
            self._overtaken.set()
        return reply

    def later(self, sending: Coroutine[Any, Any, Any]) -> None:
        """Do it in the background, as long as this Slack is open."""
        if self._closed:
            sending.close()
            return
        task = asyncio.create_task(sending)
        self._background.add(task)
        task.add_done_callback(self._background.discard)
