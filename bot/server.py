"""The ASGI app: Slack's requests with their signatures checked, health, metrics; and what lives beside it."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from time import perf_counter

import structlog
from aiohttp import ClientSession, ClientTimeout
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from slack_bolt.adapter.starlette.async_handler import to_async_bolt_request, to_starlette_response
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.signature import SignatureVerifier
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy.exc import SQLAlchemyError
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from billing import Billing, logs
from billing.i18n import language_of
from billing.ports import WebhookRefused
from billing.services import properties, webhooks
from bot.context import Desk
from bot.homes import Homes
from bot.meters import Meters
from bot.outbox import PACE_SECONDS, Courier
from bot.people import People
from bot.runner import in_thread
from bot.settings import BotSettings
from bot.socket_mode import Socket
from bot.turns import make_app
from bot.workers import Workers

# Few: they share one interpreter, and more only take turns (measured: docs/performance.md).
THREADS = 4
# Those that wait for a bank do nothing else: as many as wait at one time, so that no one waits for another.
THREADS_AT_BANK = 16
SLACK_SECONDS = 2.5
# How long what has begun may take when the server is told to stop.
DRAIN_SECONDS = 10
LARGEST_BODY = 1_000_000
MAX_TIMESTAMP_LENGTH = 12
log = structlog.get_logger()


class Server:
    """The bot on HTTP. In Socket Mode Slack's requests come another way, and all the rest is served as ever."""

    def __init__(self, billing: Billing, settings: BotSettings, *, pace: float = PACE_SECONDS) -> None:
        self._billing = billing
        self._settings = settings
        self._pace = pace
        secret = settings.slack_signing_secret.get_secret_value()
        self._verifier = SignatureVerifier(secret) if secret else None  # it takes no empty one
        self._meters = Meters.make()
        self._handle: Callable[[Request, bytes], Awaitable[Response]] | None = None
        self.courier: Courier | None = None
        self._socket: Socket | None = None
        self._workers: Workers | None = None
        by_http = [Route("/slack/events", self.slack_events, methods=["POST"])]
        routes = [
            *(by_http if settings.slack_mode == "http" else []),
            Route(f"/webhooks/{billing.gateway.name}", self.gateway_webhook, methods=["POST"]),
            Route("/healthz", self.healthz),
            Route("/readyz", self.readyz),
            Route("/metrics", self.metrics),
        ]
        self.asgi = Starlette(routes=routes, lifespan=self._lifespan)

    async def slack_events(self, request: Request) -> Response:
        """Commands, buttons, forms and events alike. 401 for a signature that is not Slack's, or is stale."""
        begun = perf_counter()
        response = await self._answer(request)
        self._meters.count(response.status_code, begun)
        return response

    async def gateway_webhook(self, request: Request) -> Response:
        """What the gateway tells by itself: stored before the answer, heeded after. 400 for what is not its own."""
        body = await request.body()
        if len(body) > LARGEST_BODY:
            return PlainTextResponse("too large", 413)
        try:
            await in_thread(
                webhooks.receive, self._billing, body, request.headers.get("stripe-signature", "")
            )
        except WebhookRefused as refusal:
            log.warning("webhook refused", why=str(refusal))
            return PlainTextResponse("this is none of the gateway's events", 400)
        except SQLAlchemyError as error:
            log.error("a webhook could not be stored", error=type(error).__name__)
            return PlainTextResponse("not stored, send it again", 503)
        return PlainTextResponse("ok", background=BackgroundTask(self._heed))

    async def _heed(self) -> None:
        """The event is stored: what fails here is done by the next tick of the scheduler."""
        try:
            await in_thread(webhooks.process, self._billing)
        except SQLAlchemyError as error:
            log.error("webhooks could not be processed", error=type(error).__name__)
        if self.courier:
            self.courier.wake()

    async def healthz(self, _request: Request) -> Response:
        """The process runs."""
        return PlainTextResponse("ok")

    async def readyz(self, _request: Request) -> Response:
        """The database answers, the workers run, and in Socket Mode Slack has us on the line."""
        try:
            await in_thread(_ask_database, self._billing)
        except SQLAlchemyError:
            return PlainTextResponse("the database does not answer", 503)
        if self._workers and self._workers.fallen:
            return PlainTextResponse(f"not at work: {', '.join(sorted(self._workers.fallen))}", 503)
        if self._socket and not await self._socket.is_open():
            return PlainTextResponse("not connected to Slack", 503)
        return PlainTextResponse("ok")

    async def metrics(self, _request: Request) -> Response:
        return Response(self._meters.shown(), media_type=CONTENT_TYPE_LATEST)

    async def _answer(self, request: Request) -> Response:
        body = await request.body()
        if len(body) > LARGEST_BODY:
            return PlainTextResponse("too large", 413)
        if not self._is_slack(body, request):
            log.warning("signature refused", address=request.client.host if request.client else "")
            return PlainTextResponse("the signature is not valid", 401)
        assert self._handle is not None
        return await self._handle(request, body)

    def _is_slack(self, body: bytes, request: Request) -> bool:
        """Bolt's verifier raises on what is malformed; that is no signature either."""
        timestamp, signature = (
            request.headers.get(f"x-slack-{n}", "") for n in ("request-timestamp", "signature")
        )
        if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= MAX_TIMESTAMP_LENGTH):
            return False
        if self._verifier is None or not signature.isascii():
            return False
        try:
            return self._verifier.is_valid(body.decode(), timestamp, signature)
        except UnicodeDecodeError:
            return False

    @asynccontextmanager
    async def _lifespan(self, _app: Starlette) -> AsyncIterator[None]:
        logs.configure()
        loop = asyncio.get_running_loop()
        pool = ThreadPoolExecutor(THREADS, thread_name_prefix="billing")
        loop.set_default_executor(pool)
        async with ClientSession(timeout=ClientTimeout(total=SLACK_SECONDS)) as session:
            slack = AsyncWebClient(
                token=self._settings.slack_bot_token.get_secret_value(),
                base_url=self._settings.slack_api_url,
                session=session,
                retry_handlers=[],  # the stock one posts a message twice when a connection is reset
            )
            async with self._at_work(slack):
                yield
        pool.shutdown()

    @asynccontextmanager
    async def _at_work(self, slack: AsyncWebClient) -> AsyncIterator[None]:
        who = await slack.auth_test()
        language = await _register(self._billing, slack, who["team_id"], who["team"])
        people = People(self._billing, slack)
        homes = Homes(self._billing, slack, people, self._pace)
        self.courier = Courier(self._billing, slack, language, self._pace, people, homes)
        at_bank = ThreadPoolExecutor(THREADS_AT_BANK, thread_name_prefix="bank")
        wake, support = self.courier.wake, self._settings.support
        team, grid = who["team_id"], who.get("enterprise_id")
        desk = Desk(self._billing, slack, people, team, language, wake, support, homes, at_bank, grid)
        authorized = AuthorizeResult.from_auth_test_response(
            auth_test_response=who, bot_token=self._settings.slack_bot_token.get_secret_value()
        )
        app, runner = make_app(desk, authorized, self._settings.slack_signing_secret.get_secret_value())
        self._handle = _by_http(app)
        # What is loaded by now stays to the end: the collector need not walk through it while Slack waits.
        gc.collect()
        gc.freeze()
        self._workers = Workers({"outbox": self.courier.run, "homes": homes.run})
        working = asyncio.create_task(self._workers.run())
        async with self._connected(slack, app):
            yield
        await runner.drain(DRAIN_SECONDS)
        working.cancel()
        with suppress(asyncio.CancelledError):
            await working
        at_bank.shutdown(wait=False)

    @asynccontextmanager
    async def _connected(self, slack: AsyncWebClient, app: AsyncApp) -> AsyncIterator[None]:
        """In Socket Mode, connected to Slack until the block is left and what was taken is answered."""
        if self._settings.slack_mode == "http":
            yield
            return
        token = self._settings.slack_app_token.get_secret_value()
        self._socket = Socket(slack, token, app.async_dispatch, self._meters)
        try:
            await self._socket.open()
            yield
            await self._socket.finish(DRAIN_SECONDS)
        finally:
            await self._socket.close()


def _by_http(app: AsyncApp) -> Callable[[Request, bytes], Awaitable[Response]]:
    async def handle(request: Request, body: bytes) -> Response:
        try:
            asked = to_async_bolt_request(request, body)
        except (ValueError, AttributeError, KeyError, TypeError):  # Bolt reads it without looking first
            return PlainTextResponse("this is none of Slack's requests", 400)
        if not isinstance(asked.body, dict) or not asked.body:
            return PlainTextResponse("this is none of Slack's requests", 400)
        return to_starlette_response(await app.async_dispatch(asked))

    return handle


async def _register(billing: Billing, slack: AsyncWebClient, workspace_id: str, name: str) -> str:
    """Makes the workspace known to billing; answers the language that its channels read."""
    team = (await slack.team_info())["team"]
    language = language_of(team.get("locale"))
    await in_thread(properties.register_workspace, billing, workspace_id, team.get("name") or name, language)
    return language


def _ask_database(billing: Billing) -> None:
    with billing.engine.connect() as connection:
        connection.exec_driver_sql("SELECT 1")
