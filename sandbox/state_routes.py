"""The routes by which the page and scripts look inside: the state, older messages, the log, the stream of changes."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from sandbox import history
from sandbox.errors import Refused
from sandbox.faults import Faults
from sandbox.log import Log
from sandbox.messages import JsonObject
from sandbox.workspace import Workspace

_A_PAGEFUL = 100
_FOUND = 20


@dataclass
class StateRoutes:
    """What is read under /_control."""

    workspace: Workspace
    faults: Faults
    log: Log
    clock_state: Callable[[], Awaitable[JsonObject]]
    # Whether other workspaces stand beside this one, of which the page can ask.
    has_neighbours: bool = False
    # The state of the exchange system beside it, where there is one.
    sdi: Callable[[], JsonObject] | None = None

    def routes(self) -> list[Route]:
        """The routes; each answers JSON, but for the stream."""
        return [
            Route("/_control/state", self._state),
            Route("/_control/messages", self._messages),
            Route("/_control/search", self._search),
            Route("/_control/log", self._log),
            Route("/_control/stream", self._stream),
        ]

    async def _state(self, request: Request) -> Response:
        with_clock = request.query_params.get("clock") != "false"
        state = {
            **({"clock": await self.clock_state()} if with_clock else {}),
            "faults": self.faults.to_state(),
            "has_neighbours": self.has_neighbours,
            "sdi": self.sdi() if self.sdi else None,
            **self.workspace.to_state(),
        }
        if "messages" in request.query_params:
            try:
                state |= history.newest(self.workspace, _number(request, "messages"))
            except Refused as refusal:
                return _refused(refusal)
        else:
            state["messages"] = [message.to_state() for message in self.workspace.messages.values()]
        return JSONResponse(state)

    async def _messages(self, request: Request) -> Response:
        asked = request.query_params
        try:
            channel = asked.get("channel", "")
            if channel not in self.workspace.channels:
                raise Refused("channel_not_found")
            if "thread" in asked:
                return JSONResponse(history.thread(self.workspace, channel, asked["thread"]))
            count = _number(request, "limit", _A_PAGEFUL)
            return JSONResponse(history.before(self.workspace, channel, _moment(request), count))
        except Refused as refusal:
            return _refused(refusal)

    async def _search(self, request: Request) -> Response:
        asked = request.query_params
        try:
            count = _number(request, "limit", _FOUND)
        except Refused as refusal:
            return _refused(refusal)
        user, text = asked.get("user", ""), asked.get("text", "")
        return JSONResponse(history.search(self.workspace, user, text, count))

    async def _log(self, request: Request) -> Response:
        try:
            return JSONResponse({"log": self.log.entries(after=_number(request, "after", 0))})
        except Refused as refusal:
            return _refused(refusal)

    async def _stream(self, request: Request) -> Response:
        with_log = request.query_params.get("log") == "true"
        changes = self.workspace.stream.events(without=() if with_log else ("log",))
        return StreamingResponse(
            changes, media_type="text/event-stream", headers={"cache-control": "no-store"}
        )


def _number(request: Request, name: str, otherwise: int | None = None) -> int:
    written = request.query_params.get(name, str(otherwise))
    if not written.isdecimal():
        raise Refused(f"invalid_{name}", 400)
    return int(written)


def _moment(request: Request) -> str:
    ts = request.query_params.get("before", "")
    if not ts.replace(".", "", 1).isdecimal():
        raise Refused("invalid_before", 400)
    return ts


def _refused(refusal: Refused) -> Response:
    return JSONResponse({"ok": False, "error": refusal.error}, refusal.status)
