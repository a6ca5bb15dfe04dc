"""Our place in Slack: taken as soon as Slack and the database answer, watched, and left in good order."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import structlog
from aiohttp import ClientError, ClientSession
from slack_bolt.adapter.starlette.async_handler import to_async_bolt_request, to_starlette_response
from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.response import BoltResponse
from slack_sdk.errors import SlackApiError
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from billing import Billing
from billing.services import installations
from bot.desks import Desks, installation_of
from bot.envelopes import is_whole
from bot.installing import Installing
from bot.meters import Meters
from bot.outbox import Courier
from bot.packer import Packer
from bot.runner import Runner, in_thread
from bot.settings import BotSettings
from bot.slack_errors import error_name
from bot.socket_mode import Dispatch, Socket
from bot.turns import Turns
from bot.workers import Workers

# Those that wait for a bank do nothing else: as many as wait at one time, so that no one waits for another.
THREADS_AT_BANK = 16
# How often Slack is asked whether it still knows us, and how often while it does not.
WATCH_SECONDS, RETRY_SECONDS = 60.0, 5.0
# What Slack says of a token that no waiting mends.
OF_TOKEN = frozenset(
    {"account_inactive", "invalid_auth", "missing_scope", "not_authed", "token_expired", "token_revoked"}
)
NOT_SLACKS = "this is none of Slack's requests"
log = structlog.get_logger()


class Connection:
    """Of one app: in the workspace of `SLACK_BOT_TOKEN`, or wherever it was installed.

    `fault` says why nobody can be served by it now; None where all is well.
    """

    def __init__(
        self, billing: Billing, settings: BotSettings, session: ClientSession, pace: float, meters: Meters
    ) -> None:
        self._billing, self._settings = billing, settings
        self._meters = meters
        self.fault: str | None = "not signed in to Slack yet"
        self.handle: Callable[[Request, bytes], Awaitable[Response]] | None = None
        self.workers: Workers | None = None
        self._at_bank = ThreadPoolExecutor(THREADS_AT_BANK, thread_name_prefix="bank")
        self.desks = Desks(billing, settings, session, self._wake, pace=pace, at_bank=self._at_bank)
        self.courier = Courier(billing, self.desks.of, pace)
        self.packer = Packer(billing, self.desks.of)
        self.installing = Installing(billing, settings, self.desks) if settings.slack_client_id else None
        self._token = settings.slack_bot_token.get_secret_value()
        self._slack = self.desks.client(self._token)
        self._host_fault: str | None = None
        self._runner: Runner | None = None
        self._socket: Socket | None = None
        self._working: asyncio.Task[None] | None = None

    async def keep(self) -> None:
        """Tries again while there is a fault, and looks for one while there is none; until it is cancelled."""
        while True:
            await asyncio.sleep(RETRY_SECONDS if self.fault else WATCH_SECONDS)
            await self.check()

    async def check(self) -> None:
        """Takes the place if it is not taken yet, serves who installed the app, and notes what is in the way."""
        try:
            await self._reach()
            await self.desks.follow()
            if self.installing:
                await self.installing.refresh()
            await in_thread(installations.drop_deliveries, self._billing)
            if self.handle is None:
                await self._open()
        except SlackApiError as refused:
            self._note(_in_words(refused))
        except (ClientError, TimeoutError, OSError):
            self._note("Slack cannot be reached")
        except SQLAlchemyError:
            self._note("the database does not answer")
        else:
            self._note(None)

    async def is_open(self) -> bool:
        """In Socket Mode, whether Slack has us on the line."""
        return self._socket is None or await self._socket.is_open()

    async def drain(self, seconds: float) -> None:
        """Waits until every turn that has begun has ended, but no longer than that."""
        if self._runner:
            await self._runner.drain(seconds)

    async def close(self, seconds: float) -> None:
        """What was taken is answered, for so long at most; the place is left then."""
        if self._socket:
            await self._socket.finish(seconds)
        await self.drain(seconds)
        if self._working:
            self._working.cancel()
            with suppress(asyncio.CancelledError):
                await self._working
        await self.desks.close()
        if self._socket:
            await self._socket.close()
        self._at_bank.shutdown(wait=False)

    def _note(self, fault: str | None) -> None:
        if fault != self.fault:
            if fault:
                log.error("nobody can be served in Slack", why=fault)
            else:
                log.info("signed in to Slack")
        self.fault = fault

    async def _reach(self) -> None:
        """Hears from Slack. Where it refuses the token of the settings, those who installed the app are served."""
        try:
            await (self._sign_in() if self._token else self._slack.api_test())
        except SlackApiError as refused:
            if not self.installing:
                raise
            self._note_of_host(_in_words(refused))
        else:
            self._note_of_host(None)

    def _note_of_host(self, fault: str | None) -> None:
        if fault and fault != self._host_fault:
            log.error("the workspace of SLACK_BOT_TOKEN cannot be served", why=fault)
        self._host_fault = fault

    def _wake(self) -> None:
        self.courier.wake()
        self.packer.wake()

    async def _sign_in(self) -> None:
        """As the workspace whose token is a setting."""
        who = await self._slack.auth_test()
        if self.desks.at(who["team_id"]) is None:
            installation = installation_of(who, (await self._slack.team_info())["team"])
            await in_thread(installations.keep, self._billing, installation)
            self.desks.serve_host(installation, self._token)

    async def _open(self) -> None:
        app, self._runner = _make_app(self.desks, self._settings.slack_signing_secret.get_secret_value())
        if self._settings.slack_mode == "socket":
            self._socket = await self._connected(app)
        self.handle = _by_http(_dispatch_of(app))
        self.workers = Workers({"outbox": self.courier.run, "downloads": self.packer.run})
        self._working = asyncio.create_task(self.workers.run())

    async def _connected(self, app: AsyncApp) -> Socket:
        token = self._settings.slack_app_token.get_secret_value()
        socket = Socket(self._slack, token, _dispatch_of(app), self._meters)
        try:
            await socket.open()
        except BaseException:
            await socket.close()
            raise
        return socket


def _make_app(desks: Desks, signing_secret: str) -> tuple[AsyncApp, Runner]:
    """The Bolt app, and the runner in it. Signatures are checked before it, by the server."""

    async def authorize(enterprise_id: str | None, team_id: str | None, **_: Any) -> AuthorizeResult:
        """From memory. Whoever is of no workspace of ours is refused by the turn, in their language."""
        desk = desks.at(str(team_id or ""), str(enterprise_id or "")) or desks.host
        return AuthorizeResult(enterprise_id=enterprise_id, team_id=team_id, bot_token=desk.slack.token)

    app = AsyncApp(
        name="billing-desk",  # without one Bolt looks through the source of all that is loaded for it
        client=desks.client(""),
        authorize=authorize,
        signing_secret=signing_secret,
        request_verification_enabled=False,
        attaching_conversation_kwargs_enabled=False,
    )
    runner = Runner(Turns(desks).handler_for)
    app.use(runner)
    return app, runner


def _in_words(refused: SlackApiError) -> str:
    error = error_name(refused)
    if error in OF_TOKEN:
        return f"Slack does not take the token: {error}"
    return f"Slack answers: {error}"


def _dispatch_of(app: AsyncApp) -> Dispatch:
    """Bolt and the turns read what they are sent without looking first: they get what is made as Slack makes it."""

    async def dispatch(asked: AsyncBoltRequest) -> BoltResponse:
        if not is_whole(asked.body):
            return BoltResponse(status=400, body=NOT_SLACKS)
        return await app.async_dispatch(asked)

    return dispatch


def _by_http(dispatch: Dispatch) -> Callable[[Request, bytes], Awaitable[Response]]:
    async def handle(request: Request, body: bytes) -> Response:
        try:
            asked = to_async_bolt_request(request, body)
        except (ValueError, AttributeError, KeyError, TypeError):  # Bolt reads it without looking first
            return PlainTextResponse(NOT_SLACKS, 400)
        return to_starlette_response(await dispatch(asked))

    return handle
