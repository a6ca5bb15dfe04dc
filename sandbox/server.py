"""The pretend Slack as one ASGI app: the wire to the app, the control routes, and the page."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from sandbox.addressing import Addressing
from sandbox.api.limits import Limits
from sandbox.app import App
from sandbox.clock import TurnableClock, Upcoming
from sandbox.control import Control
from sandbox.dispatcher import Dispatcher
from sandbox.faults import Faults
from sandbox.gateway.server import PretendStripe
from sandbox.gestures import Gestures
from sandbox.log import Log
from sandbox.messages import JsonObject
from sandbox.requests import arguments
from sandbox.same_origin import SameOrigin
from sandbox.schedule import Schedule
from sandbox.signed_http import SignedHttp
from sandbox.sockets import Sockets
from sandbox.state_routes import StateRoutes
from sandbox.tickets import Tickets
from sandbox.wire import Wire
from sandbox.workspace import Workspace

_PAGE = Path(__file__).with_name("page")
_RETRY_DELAYS = (0, 60, 300)


class Sandbox:
    """One workspace with one app in it. `events_url`, the app's request URL, may be set later.

    `turned` is awaited whenever the clock was turned and does the due work; `upcoming` names what the
    clock will bring next. `gateway` stands under /gateway. The seconds are real ones: Slack's deadlines do
    not follow the turned clock. Another app's sandbox can stand `beside` the first one's in the same workspace:
    see `join`.
    """

    def __init__(
        self,
        workspace: Workspace,
        *,
        events_url: str,
        signing_secret: str,
        clock: TurnableClock,
        turned: Callable[[], Awaitable[None]],
        upcoming: Callable[[], Awaitable[Sequence[Upcoming]]],
        public_url: str,
        gateway: PretendStripe | None = None,
        ack_seconds: float = 3,
        trigger_seconds: float = 3,
        response_seconds: float = 30 * 60,
        refresh_seconds: float = 60 * 60,
        retry_delays: Sequence[float] = _RETRY_DELAYS,
        beside: Sandbox | None = None,
    ) -> None:
        workspace.clock = clock
        self.workspace = workspace
        self.log: Log = beside.log if beside else Log(workspace.stream, clock)
        self.faults: Faults = beside.faults if beside else Faults(workspace.stream)
        self._joined: list[Sandbox] = []
        self._http = SignedHttp(events_url, signing_secret, ack_seconds)
        self.sockets = Sockets(workspace.app, ack_seconds, refresh_seconds)
        carrier = self.sockets if workspace.app.socket_mode else self._http
        self._dispatcher = Dispatcher(self.log, self.faults, carrier, retry_delays)
        tickets = Tickets(trigger_seconds, response_seconds)
        self.limits = Limits(clock)
        self._tickets = tickets
        self._gestures = Gestures(workspace, tickets, self._dispatcher, self.log, public_url)
        events = self._gestures.events
        self._schedule = Schedule(events)
        self._wire = Wire(
            workspace,
            tickets,
            self.sockets,
            events,
            self._schedule,
            self.faults,
            self.limits,
            self.log,
            public_url,
        )
        self._turned, self._upcoming = turned, upcoming
        self._addressing = Addressing(self._gestures)
        control = Control(
            workspace,
            self._addressing,
            self.sockets,
            self.faults,
            clock,
            self._all_turned,
            self._all_upcoming,
        )
        self._state_routes = StateRoutes(workspace, self.faults, self.log, control.clock_state)
        self.app = Starlette(
            routes=[
                *self._wire.routes(),
                *control.routes(),
                *self._state_routes.routes(),
                Route("/files/{file}/{name}", self._file),
                Route("/", _page),
                Route("/gallery", _page),
                *([Mount("/gateway", routes=gateway.routes)] if gateway else []),
                Mount("/page", StaticFiles(directory=_PAGE, check_dir=False)),
            ],
            middleware=[Middleware(SameOrigin)],
            lifespan=self._lifespan,
        )

    async def _all_upcoming(self) -> Sequence[Upcoming]:
        scheduled = [one for each in (self, *self._joined) for one in each._schedule.upcoming()]
        return sorted([*await self._upcoming(), *scheduled], key=lambda one: one.at)

    async def _all_turned(self) -> None:
        for each in (self, *self._joined):
            each._schedule.post_due()
        await self._turned()

    @property
    def events_url(self) -> str:
        """Where the app listens."""
        return self._http.events_url

    @events_url.setter
    def events_url(self, url: str) -> None:
        self._http.events_url = url

    @property
    def public_url(self) -> str:
        """Where the app finds the sandbox: the base of response and upload URLs."""
        return self._wire.public_url

    @public_url.setter
    def public_url(self, url: str) -> None:
        self.workspace.public_url = url
        self._wire.public_url = url
        self._gestures.public_url = url
        for each in self._joined:
            each.public_url = f"{url}/{each.workspace.app.id}"

    def join(self, other: Sandbox) -> None:
        """Another app of the same workspace: people do at this one's page what they do with that app, too."""
        self._addressing.others.append(other._gestures)
        for each in (self, *self._joined):
            each._gestures.events.peers.append(other._gestures.events)
            other._gestures.events.peers.append(each._gestures.events)
        if not self._joined:
            call = Route("/api/{method}", self._call_of_any, methods=["GET", "POST"])
            self.app.router.routes.insert(0, call)
        self._joined.append(other)
        self.app.router.routes.insert(1, Mount(f"/{other.workspace.app.id}", other.app))

    async def _call_of_any(self, request: Request) -> Response:
        """One call of the Web API: its token says of which app."""
        token = request.headers.get("authorization", "").partition(" ")[2]
        token = token or (await arguments(request)).get("token", "")
        meant = (each for each in self._joined if token in _tokens_of(each.workspace.app))
        return await next(meant, self).call(request)

    async def change_user(self, user_id: str, **changes: Any) -> JsonObject:
        """Change a person (fields of User) as a workspace admin would; the app hears user_change."""
        return await self._gestures.change_user(user_id, **changes)

    async def deliver_event(self, inner: JsonObject) -> JsonObject:
        """Tell the app of something that happened to it in this workspace."""
        return await self._gestures.tell_app(inner)

    def add_routes(self, routes: Sequence[Route]) -> None:
        """More under /_control: what is known only to those who serve several workspaces."""
        self.app.router.routes[:0] = routes
        self._state_routes.has_neighbours = True

    def stand_beside(self, routes: Sequence[Route], sdi: Callable[[], JsonObject]) -> None:
        """The exchange system of the e-invoices: its routes under /_control, and its part of the state."""
        self.app.router.routes[:0] = routes
        self._state_routes.sdi = sdi

    def is_meant(self, args: JsonObject) -> bool:
        """Whether a call with these arguments is about this workspace: an organisation's token says no more."""
        if team := args.get("team"):
            return bool(team == self.workspace.team.id)
        if trigger_id := args.get("trigger_id"):
            return self._tickets.gave(trigger_id)
        if (view_id := args.get("view_id")) or args.get("external_id"):
            return self.workspace.views.find(view_id, args.get("external_id")) is not None
        place = args.get("channel") or args.get("channel_id") or args.get("user_id") or args.get("user")
        place = place or args.get("users")
        return place in self.workspace.channels or place in self.workspace.users

    async def call(self, request: Request) -> Response:
        """One call of the Web API by this workspace's token."""
        return await self._wire.call(request)

    async def fall_silent(self) -> None:
        """Deliver nothing more: whoever stops the app does it first, or events would find nobody."""
        await self._dispatcher.close()

    def close_streams(self) -> None:
        """End the open pages' streams: a server that waits for its connections needs it before it stops."""
        self.workspace.stream.close()

    @asynccontextmanager
    async def _lifespan(self, _app: Starlette) -> AsyncIterator[None]:
        await self._http.open()
        try:
            async with AsyncExitStack() as stack:
                for each in self._joined:
                    await stack.enter_async_context(each._lifespan(each.app))
                yield
        finally:
            self._schedule.close()
            await self.fall_silent()
            await self.sockets.close()
            await self._http.close()

    async def _file(self, request: Request) -> Response:
        file = self.workspace.files.get(request.path_params["file"])
        if file is None or file.content is None:
            return PlainTextResponse("Not found", 404)
        headers = {"x-content-type-options": "nosniff"}
        if file.mimetype != "application/pdf":
            # An uploaded page must not act in the name of this one; browsers' PDF viewers need no such care.
            headers["content-security-policy"] = "sandbox"
        return Response(file.content, media_type=file.mimetype, headers=headers)


def _tokens_of(app: App) -> tuple[str, str]:
    return app.bot_token, app.app_token


async def _page(_request: Request) -> Response:
    return FileResponse(_PAGE / "index.html")
