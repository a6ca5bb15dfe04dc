"""The ASGI app: Slack's requests with their signatures checked, the gateway's webhooks, readiness, metrics."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from functools import partial
from time import perf_counter

import structlog
from aiohttp import ClientSession, ClientTimeout
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from slack_sdk.signature import SignatureVerifier
from sqlalchemy.exc import SQLAlchemyError
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.types import ASGIApp

from api.limits import LimitedBodies
from api.settings import PREFIX
from billing import Billing, logs
from billing.i18n import language_of
from billing.ports import WebhookRefused
from billing.process_gauges import ProcessGauges, Pulse
from billing.services import api_keys, webhooks
from billing.services.check import MAX_CLOCK_DRIFT, machine_ahead
from billing.services.sdi_webhooks import SENDER, SdiWebhooks
from bot import browser_pages
from bot.confirming import Confirming
from bot.connection import Connection
from bot.i18n import words
from bot.late import Late
from bot.meters import Meters, Seen
from bot.outbox import PACE_SECONDS, Courier
from bot.readiness import DatabaseProbe
from bot.runner import in_pool, in_thread
from bot.settings import BotSettings
from bot.views import invoice_links
from bot.web_client import SECONDS
from bot.workers import Workers

# Few: they share one interpreter, and more only take turns (measured: docs/performance.md).
THREADS = 4
# How long what has begun may take when the server is told to stop.
DRAIN_SECONDS = 10
# Many ticks of due work, and longer than the database may be silent.
MAX_STANDSTILL_SECONDS = 150
MAX_WEBHOOK_SECONDS = 900
MAX_TIMESTAMP_LENGTH = 12
log = structlog.get_logger()


class Server:
    """The bot on HTTP. In Socket Mode Slack's requests come another way, and all the rest is served as ever.

    What is in the way of serving people (Slack, the database, a wrong token) is said by `/readyz` and tried again;
    all else goes on meanwhile. `pulse` is that of the due work, where this process does it.
    """

    def __init__(
        self,
        billing: Billing,
        settings: BotSettings,
        *,
        pace: float = PACE_SECONDS,
        pulse: Pulse | None = None,
        sdi: SdiWebhooks | None = None,
    ) -> None:
        self._billing = billing
        self._settings = settings
        self._pace = pace
        self._pulse = pulse
        self._sdi = sdi
        secret = settings.slack_signing_secret.get_secret_value()
        self._verifier = SignatureVerifier(secret) if secret else None  # it takes no empty one
        self._meters = Meters.make()
        self._database = DatabaseProbe(billing)
        self._connection: Connection | None = None
        self._event_stored = asyncio.Event()
        self._sdi_event_stored = asyncio.Event()
        processed = {"webhooks": self._process_webhooks}
        self._workers = Workers(processed | ({"SdI webhooks": self._process_sdi} if sdi else {}))
        self._api = Late(self._make_api)
        by_http = [Route("/slack/events", self.slack_events, methods=["POST"])]
        installing = [
            Route("/slack/install", self.install, methods=["GET"]),
            Route("/slack/oauth_redirect", self.oauth_redirect, methods=["GET"]),
        ]
        routes = [
            *(by_http if settings.slack_mode == "http" else []),
            *(installing if settings.slack_client_id else []),
            *(Confirming(billing).routes if settings.public_url else []),
            Route(f"/webhooks/{billing.gateway.name}", self.gateway_webhook, methods=["POST"]),
            *([Route(f"/webhooks/{SENDER}", self.sdi_webhook, methods=["POST"])] if sdi else []),
            Mount(PREFIX, self._api),
            Route(f"{invoice_links.PATH}{{invoice_id}}", self.invoice_link),
            Route("/healthz", self.healthz),
            Route("/readyz", self.readyz),
            Route("/metrics", self.metrics),
        ]
        self.asgi = Starlette(routes=routes, middleware=[Middleware(LimitedBodies)], lifespan=self._lifespan)

    @property
    def connection(self) -> Connection | None:
        """Our place in Slack; None before the server runs."""
        return self._connection

    @property
    def courier(self) -> Courier | None:
        """What tells Slack; None before there is anybody to tell."""
        return self._connection.courier if self._connection else None

    async def slack_events(self, request: Request) -> Response:
        """Commands, buttons, forms and events alike. 401 for a signature that is not Slack's, or is stale."""
        begun = perf_counter()
        response = await self._answer(request)
        self._meters.count(response.status_code, begun)
        return response

    async def install(self, request: Request) -> Response:
        """Somebody installs the app in a workspace of theirs."""
        installing = self._connection and self._connection.installing
        return await installing.redirect(request) if installing else PlainTextResponse("starting", 503)

    async def oauth_redirect(self, request: Request) -> Response:
        """They come back from Slack's page."""
        installing = self._connection and self._connection.installing
        return await installing.come_back(request) if installing else PlainTextResponse("starting", 503)

    async def invoice_link(self, request: Request) -> Response:
        """Whoever follows the link of an invoice is led to Slack, which shows it to readers; the same for all."""
        t = words(language_of(request.headers.get("accept-language")))
        return HTMLResponse(browser_pages.invoice_link(t))

    async def gateway_webhook(self, request: Request) -> Response:
        """What the gateway tells by itself: stored, answered, then processed. 400 for what is not its own."""
        receive = partial(webhooks.receive, self._billing)
        return await _stored(request, "stripe-signature", receive, self._event_stored)

    async def sdi_webhook(self, request: Request) -> Response:
        """The same of who brings e-invoices to SdI."""
        assert self._sdi  # else there is no such route
        return await _stored(request, "invoicetronic-signature", self._sdi.receive, self._sdi_event_stored)

    async def _process_webhooks(self) -> None:
        await self._process(self._event_stored, partial(webhooks.process, self._billing))

    async def _process_sdi(self) -> None:
        assert self._sdi  # else this is no worker
        await self._process(self._sdi_event_stored, self._sdi.process)

    async def _process(self, stored: asyncio.Event, process: Callable[[], object]) -> None:
        """Who told is asked after that in a thread of its own: however slow it is, nobody else waits.

        What fails here is done by the next tick of the scheduler.
        """
        pool = ThreadPoolExecutor(1, thread_name_prefix="webhooks")
        try:
            while True:
                await stored.wait()
                stored.clear()
                try:
                    await in_pool(pool, process)
                except SQLAlchemyError as error:
                    log.error("webhooks could not be processed", error=type(error).__name__)
                if self.courier:
                    self.courier.wake()
        finally:
            pool.shutdown(wait=False)

    def _make_api(self) -> ASGIApp:
        from api.app import make_app  # FastAPI and its models are a tenth of the process

        return make_app(self._billing)

    async def _make_api_for_keys(self) -> None:
        """Who has a key finds it ready; the first request makes it where nobody had one at the start."""
        with suppress(SQLAlchemyError):  # the database is away, which /readyz says
            keys = await in_thread(api_keys.listed, self._billing)
            if any(key.is_valid(self._billing.clock()) for key in keys):
                await self._api.made()

    async def healthz(self, _request: Request) -> Response:
        """The process runs."""
        return PlainTextResponse("ok")

    async def readyz(self, request: Request) -> Response:
        """What is in the way of serving people (503), or `ok`; with `?verbose` a line of each thing looked at."""
        checks = await self._checks()
        fault = next(filter(None, checks.values()), None)
        said = fault or "ok"
        if "verbose" in request.query_params:
            # However these are: people are served without them.
            gateway = "not answering" if self._billing.gateway.is_away() else None
            beside = {"gateway": gateway, "webhooks": await self._fault_of_webhooks()}
            shown = checks | beside | {"clock": self._fault_of_clock()}
            said = "\n".join((said, *(f"{name}: {shown[name] or 'ok'}" for name in shown)))
        return PlainTextResponse(said, 503 if fault else 200)

    async def _checks(self) -> dict[str, str | None]:
        """What is wrong with each, what others hang on first."""
        age = self._pulse.age() if self._pulse else 0
        return {
            "process": "stopping" if self._billing.stopping.is_set() else None,
            "database": await self._database.fault(),
            "books": "on hold: python -m billing resume says more" if self._billing.held.is_set() else None,
            "due work": f"due work has stood still for {age:.0f} seconds"
            if age > MAX_STANDSTILL_SECONDS
            else None,
            "Slack": await self._fault_of_slack(),
            "workers": self._fault_of_workers(),
        }

    async def _fault_of_slack(self) -> str | None:
        connection = self._connection
        if connection is None or connection.fault:
            return connection.fault if connection else "starting"
        return None if await connection.is_open() else "not connected to Slack"

    async def _fault_of_webhooks(self) -> str | None:
        seen = await self._database.gauges()
        if seen is None or seen.webhooks.seconds < MAX_WEBHOOK_SECONDS:
            return None
        return f"the seller's product has not taken an event for {seen.webhooks.seconds:.0f} seconds"

    def _fault_of_clock(self) -> str | None:
        ahead = machine_ahead(self._billing)
        if abs(ahead) <= MAX_CLOCK_DRIFT:
            return None
        return f"this machine's is {ahead.total_seconds():+.0f} seconds from the database's"

    def _fault_of_workers(self) -> str | None:
        of_connection = self._connection.workers if self._connection else None
        fallen = self._workers.fallen | (of_connection.fallen if of_connection else set())
        return f"not at work: {', '.join(sorted(fallen))}" if fallen else None

    async def metrics(self, _request: Request) -> Response:
        """For Prometheus. No series has a label of a person or a customer."""
        seen = Seen(
            gauges=await self._database.gauges(),
            of_process=ProcessGauges(self._billing, self._pulse),
            fault_of_slack=bool(await self._fault_of_slack()),
        )
        return Response(self._meters.shown(seen), media_type=CONTENT_TYPE_LATEST)

    async def _answer(self, request: Request) -> Response:
        body = await request.body()
        if not self._is_slack(body, request):
            log.warning("signature refused", address=request.client.host if request.client else "")
            return PlainTextResponse("the signature is not valid", 401)
        if self._connection is None or self._connection.handle is None:
            return PlainTextResponse("not signed in to Slack yet", 503)
        return await self._connection.handle(request, body)

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
        pool = ThreadPoolExecutor(THREADS, thread_name_prefix="billing")
        asyncio.get_running_loop().set_default_executor(pool)
        async with ClientSession(timeout=ClientTimeout(total=SECONDS)) as session:
            connection = Connection(self._billing, self._settings, session, self._pace, self._meters)
            self._connection = connection
            await connection.check()
            beside = asyncio.gather(connection.keep(), self._workers.run(), self._make_api_for_keys())
            try:
                yield
            finally:
                beside.cancel()
                with suppress(asyncio.CancelledError):
                    await beside
                await connection.close(DRAIN_SECONDS)
                self._database.close()
        pool.shutdown()


async def _stored(
    request: Request, header: str, receive: Callable[[bytes, str], object], told: asyncio.Event
) -> Response:
    """A webhook with its signature in that header is stored, and who processes it is told; then it is answered."""
    try:
        await in_thread(receive, await request.body(), request.headers.get(header, ""))
    except WebhookRefused as refusal:
        log.warning("webhook refused", why=str(refusal))
        return PlainTextResponse("this webhook is none of ours", 400)
    except SQLAlchemyError as error:
        log.error("a webhook could not be stored", error=type(error).__name__)
        return PlainTextResponse("not stored, send it again", 503)
    told.set()
    return PlainTextResponse("ok")
