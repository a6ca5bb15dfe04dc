"""Socket Mode: Slack's requests come over a WebSocket that we open, so no public address is needed."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from time import perf_counter, time
from typing import Any

from slack_bolt.adapter.socket_mode.async_internals import send_async_response
from slack_bolt.adapter.socket_mode.internals import build_headers
from slack_bolt.async_app import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.web.async_client import AsyncWebClient

from bot.meters import Meters

Dispatch = Callable[[AsyncBoltRequest], Awaitable[BoltResponse]]


class Socket:
    """One connection to Slack, made anew whenever it is lost or Slack asks for it; each process has its own."""

    def __init__(self, slack: AsyncWebClient, app_token: str, dispatch: Dispatch, meters: Meters) -> None:
        self._client = SocketModeClient(app_token, logging.getLogger("slack.socket_mode"), slack)
        self._client.socket_mode_request_listeners.append(self._hear)
        self._dispatch, self._meters = dispatch, meters
        self._answering: set[asyncio.Task[Any] | None] = set()

    async def open(self) -> None:
        """Connects. Raises SlackApiError for a token that Slack does not take."""
        # The client's own `connect` tries a wrong token for ever.
        self._client.wss_uri = await self._client.issue_new_wss_url()
        await self._client.connect()  # type: ignore[no-untyped-call]  # the SDK gives it no types

    async def is_open(self) -> bool:
        return await self._client.is_connected()

    async def finish(self, seconds: float) -> None:
        """Takes nothing new; what was taken is answered, or given up after that time."""
        self._client.socket_mode_request_listeners.clear()
        answering = {task for task in self._answering if task}
        if answering:
            await asyncio.wait(answering, timeout=seconds)

    async def close(self) -> None:
        """Leaves Slack. The client cancels its tasks and does not wait for them."""
        client = self._client
        tasks = (client.message_processor, client.current_session_monitor, client.message_receiver)
        await client.close()  # type: ignore[no-untyped-call]  # as above
        await asyncio.gather(*(task for task in tasks if task), return_exceptions=True)

    async def _hear(self, client: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        begun, task = perf_counter(), asyncio.current_task()
        self._answering.add(task)
        try:
            asked = AsyncBoltRequest(mode="socket_mode", body=request.payload, headers=build_headers(request))
            answer = await self._dispatch(asked)
            await send_async_response(client, request, answer, time())
            self._meters.count(answer.status, begun)
        finally:
            self._answering.discard(task)
