"""Socket Mode: the app connects to Slack, and what Slack has for it goes over its WebSockets."""

import asyncio
import secrets
import time
from typing import Any
from uuid import uuid4

from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from sandbox.app import App
from sandbox.deliveries import Delivery, Reply, parsed
from sandbox.messages import JsonObject

_MOST_CONNECTIONS = 10
_TICKET_SECONDS = 30
_WARNED_SECONDS = 10
_LOST = object()


class Sockets:
    """The app's connections. Each delivery goes to one of them, in turn, and waits for its envelope's return."""

    def __init__(self, app: App, ack_seconds: float, refresh_seconds: float) -> None:
        self._app, self._ack_seconds, self._refresh_seconds = app, ack_seconds, refresh_seconds
        self._tickets: dict[str, float] = {}
        self._open: list[WebSocket] = []
        self._opened = asyncio.Event()
        self._expected_until = 0.0
        self._envelopes: dict[str, tuple[WebSocket, asyncio.Future[Any]]] = {}
        self._leaving: set[asyncio.Task[None]] = set()

    def __len__(self) -> int:
        return len(self._open)

    def issue_path(self) -> str:
        """Where the next connection may be made, once and soon."""
        ticket = secrets.token_urlsafe(16)
        self._tickets[ticket] = time.monotonic() + _TICKET_SECONDS
        return f"/link/?ticket={ticket}&app_id={self._app.id}"

    async def link(self, websocket: WebSocket) -> None:
        """One connection, from its hello to its end."""
        if time.monotonic() > self._tickets.pop(websocket.query_params.get("ticket", ""), 0):
            await websocket.close()  # before it is accepted: HTTP 403
            return
        await websocket.accept()
        if refusal := self._refusal():
            await websocket.send_json(_disconnect(refusal))
            await websocket.close()
            return
        self._open.append(websocket)
        await websocket.send_json(self._hello())
        self._opened.set()
        ageing = asyncio.create_task(self._age(websocket))
        try:
            while True:
                self._heard(await websocket.receive_text())
        except WebSocketDisconnect:
            return
        finally:
            ageing.cancel()
            self._forget(websocket)

    async def carry(self, delivery: Delivery) -> Reply:
        """Send it in an envelope and wait until that comes back."""
        started = time.perf_counter()
        answer: Any = _LOST
        error = "dispatch_failed"
        try:
            async with asyncio.timeout(self._ack_seconds):
                if websocket := await self._next():
                    answer = await self._exchanged(websocket, delivery)
        except TimeoutError:
            error = "operation_timeout"
        ms = (time.perf_counter() - started) * 1000
        return Reply(None, None, ms, error) if answer is _LOST else Reply(200, answer, ms)

    async def refresh(self) -> int:
        """Ask every connection to be made anew, as Slack does about once an hour; answers how many there were."""
        asked = list(self._open)
        for websocket in asked:
            task = asyncio.create_task(self._leave(websocket))
            self._leaving.add(task)
            task.add_done_callback(self._leaving.discard)
        return len(asked)

    async def close(self) -> None:
        """Wait for none of those that were asked to leave."""
        for task in self._leaving:
            task.cancel()
        await asyncio.gather(*self._leaving, return_exceptions=True)

    def _refusal(self) -> str | None:
        if not self._app.socket_mode:
            return "link_disabled"
        return "too_many_websockets" if len(self._open) >= _MOST_CONNECTIONS else None

    def _hello(self) -> JsonObject:
        lifetime = int(self._refresh_seconds)
        return {
            "type": "hello",
            "num_connections": len(self._open),
            "connection_info": {"app_id": self._app.id},
            "debug_info": {"host": "sandbox", "build_number": 1, "approximate_connection_time": lifetime},
        }

    async def _next(self) -> WebSocket | None:
        # Whoever was just asked to connect anew is about to: that gap is Slack's own doing.
        if not self._open and time.monotonic() < self._expected_until:
            await self._opened.wait()
        if not self._open:
            return None
        self._open.append(self._open.pop(0))
        return self._open[-1]

    async def _exchanged(self, websocket: WebSocket, delivery: Delivery) -> Any:
        envelope_id = str(uuid4())
        returned: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._envelopes[envelope_id] = websocket, returned
        try:
            await websocket.send_json(_envelope(envelope_id, delivery))
            return await returned
        except (WebSocketDisconnect, RuntimeError):  # Starlette's words for a connection that is gone
            return _LOST
        finally:
            del self._envelopes[envelope_id]

    def _heard(self, text: str) -> None:
        said = parsed(text)
        if not isinstance(said, dict):
            return
        _, returned = self._envelopes.get(str(said.get("envelope_id")), (None, None))
        if returned is not None and not returned.done():
            returned.set_result(said.get("payload") or "")

    def _forget(self, websocket: WebSocket) -> None:
        self._retire(websocket)
        for connection, returned in self._envelopes.values():
            if connection is websocket and not returned.done():
                returned.set_result(_LOST)

    def _retire(self, websocket: WebSocket) -> None:
        self._open = [one for one in self._open if one is not websocket]
        if not self._open:
            self._opened.clear()

    async def _age(self, websocket: WebSocket) -> None:
        await asyncio.sleep(self._refresh_seconds)
        await websocket.send_json(_disconnect("warning"))
        await asyncio.sleep(_WARNED_SECONDS)
        await self._leave(websocket)

    async def _leave(self, websocket: WebSocket) -> None:
        self._retire(websocket)
        self._expected_until = time.monotonic() + self._ack_seconds
        await websocket.send_json(_disconnect("refresh_requested"))
        await asyncio.sleep(_WARNED_SECONDS)
        if websocket.client_state is WebSocketState.CONNECTED:
            await websocket.close()


def _envelope(envelope_id: str, delivery: Delivery) -> JsonObject:
    is_event = delivery.kind == "events_api"
    envelope = {
        "envelope_id": envelope_id,
        "type": delivery.kind,
        "payload": delivery.payload,
        "accepts_response_payload": not is_event,
    }
    return envelope | ({"retry_attempt": delivery.retry, "retry_reason": delivery.reason} if is_event else {})


def _disconnect(reason: str) -> JsonObject:
    return {"type": "disconnect", "reason": reason, "debug_info": {"host": "sandbox"}}
