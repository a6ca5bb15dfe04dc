"""What the app calls: the Web API, response URLs, and the place for a file's bytes."""

import asyncio
import time
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute

from sandbox import api
from sandbox.answers import Contents, answer, post
from sandbox.api.limits import Limits
from sandbox.errors import SlackError
from sandbox.events import Events
from sandbox.faults import CALL_KINDS, REFUSALS, RESPONSE_URL, URL_REFUSALS, Fault, Faults
from sandbox.log import Log
from sandbox.messages import JsonObject
from sandbox.requests import arguments, bearer, json_object, parts
from sandbox.schedule import Schedule
from sandbox.sockets import Sockets
from sandbox.tickets import Tickets
from sandbox.workspace import Workspace

# The last part of an incoming webhook's address, which is a secret in Slack.
WEBHOOK_KEY = "sandbox"
_TOO_MANY = {"ok": False, "error": "ratelimited"}
_FAULTY_ANSWERS = {
    "429": (429, _TOO_MANY),
    "500": (500, {"ok": False, "error": "internal_error"}),
    "timeout": (504, {"ok": False, "error": "request_timeout"}),
    **{name: (200, {"ok": False, "error": name}) for name in REFUSALS},
    **{name: (404, {"ok": False, "error": name}) for name in URL_REFUSALS},
}
# Longer than any sensible client waits.
_SILENCE_SECONDS = 60


@dataclass
class Wire:
    """The app's side of the pretend Slack."""

    workspace: Workspace
    tickets: Tickets
    sockets: Sockets
    events: Events
    schedule: Schedule
    faults: Faults
    limits: Limits
    log: Log
    public_url: str

    def routes(self) -> list[BaseRoute]:
        """The routes, at the same paths as Slack's but for the host."""
        return [
            Route("/api/{method}", self.call, methods=["GET", "POST"]),
            Route("/response/{ticket}", self.respond, methods=["POST"]),
            Route("/services/{team}/{bot}/{key}", self.incoming, methods=["POST"]),
            Route("/upload/{file}", self.upload, methods=["POST", "PUT"]),
            WebSocketRoute("/link/", self.sockets.link),
        ]

    async def call(self, request: Request) -> Response:
        """One call of the Web API."""
        started, name = time.perf_counter(), request.path_params["method"]
        args: JsonObject = {}
        wait = 0
        ordered = self.faults.take(name, CALL_KINDS)
        try:
            args = await arguments(request)
            token = bearer(request, args)
            wait = self.limits.wait(name, args)
            if wait:
                status, answered = 429, _TOO_MANY
            else:
                status, answered = await self._answered(name, args, token, ordered, request)
        except SlackError as refusal:
            status, answered = 200, refusal.to_json()
        ms = (time.perf_counter() - started) * 1000
        self.log.add("call", name, args, answered, status, ms, ordered.kind if ordered else None)
        headers = {"Retry-After": str(wait or 1)} if status == 429 else None
        if ordered and ordered.kind == "lost":  # as a proxy says it that has lost its way to Slack
            return HTMLResponse("<h1>502 Bad Gateway</h1>", 502)
        return JSONResponse(answered, status, headers)

    async def _answered(
        self, name: str, args: JsonObject, token: str | None, fault: Fault | None, request: Request
    ) -> tuple[int, JsonObject]:
        if fault and fault.kind in _FAULTY_ANSWERS:
            return await _at_fault(fault, request)
        call = api.Call(
            self.workspace, self.tickets, self.sockets, self.events, self.schedule, self.public_url, args
        )
        answered = api.answered(name, call, token)
        if fault and fault.kind == "slow":
            await _until_gone(request, fault.seconds or 0)
        return 200, answered

    async def respond(self, request: Request) -> Response:
        """A response URL: five answers within half an hour."""
        started = time.perf_counter()
        body: JsonObject = {}
        ordered = self.faults.take(RESPONSE_URL, tuple(_FAULTY_ANSWERS))
        try:
            body = json_object(await request.body())
            if ordered:
                status, said = await _at_fault(ordered, request)
                status = 400 if status == 200 else status  # a refusal, as those below
            else:
                ticket = self.tickets.use_response(request.path_params["ticket"])
                answer(self.workspace, self.events, ticket, body)
                status, said = 200, {"ok": True}
        except SlackError as refusal:
            status = 404 if refusal.error.endswith("_url") else 400
            said = refusal.to_json()
        ms = (time.perf_counter() - started) * 1000
        self.log.add("call", RESPONSE_URL, body, said, status, ms, ordered.kind if ordered else None)
        # Slack says a bare "ok" here, and JSON only when it refuses.
        return PlainTextResponse("ok") if status == 200 else JSONResponse(said, status)

    async def incoming(self, request: Request) -> Response:
        """An incoming webhook: a message in the first channel that the app is in."""
        app, workspace, path = self.workspace.app, self.workspace, request.path_params
        places = (one for one in workspace.channels.values() if app.bot_user_id in one.members and one.name)
        channel = next(places, None)
        is_known = (path["team"], path["bot"], path["key"]) == (workspace.team.id, app.bot_id, WEBHOOK_KEY)
        if channel is None or not is_known or "incoming-webhook" not in app.scopes:
            return PlainTextResponse("no_service", 404)
        try:
            given = await arguments(request)
            body = json_object(str(given["payload"]).encode()) if "payload" in given else given
            contents = Contents.checked(body.get("text") or "", body.get("blocks"), body.get("attachments"))
            post(workspace, self.events, channel.id, contents, subtype="bot_message")
        except SlackError as refusal:
            return PlainTextResponse(refusal.error, 400)
        self.log.add("call", "incoming_webhook", body, "ok", 200, 0)
        return PlainTextResponse("ok")

    async def upload(self, request: Request) -> Response:
        """The bytes of a promised file: as many as were promised, and once."""
        file = self.workspace.files.get(request.path_params["file"])
        content, kind = await request.body(), request.headers.get("content-type", "")
        if kind.startswith("multipart/form-data"):  # as Slack's SDK for Node sends it
            content = next((one for name, one in parts(content, kind) if not name), b"")
        if file is None or file.content is not None:
            return PlainTextResponse("Not found", 404)
        if len(content) != file.length:
            return PlainTextResponse("The length is not the one that was announced", 400)
        file.content = content
        return PlainTextResponse(f"OK - {len(content)}")


async def _at_fault(fault: Fault, request: Request) -> tuple[int, JsonObject]:
    """What is answered in place of doing anything."""
    if fault.kind == "timeout":
        await _until_gone(request, _SILENCE_SECONDS)
    return _FAULTY_ANSWERS[fault.kind]


async def _until_gone(request: Request, seconds: float) -> None:
    """Say nothing until the client hangs up, or for so long."""
    try:
        async with asyncio.timeout(seconds):
            while (await request.receive())["type"] != "http.disconnect":
                continue
    except TimeoutError:
        return
