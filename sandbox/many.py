"""Several workspaces and one bot that each of them may install, joined by real HTTP on loopback."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from pydantic import SecretStr

from billing import Billing
from billing.services import due_work
from bot.runner import in_thread
from bot.server import Server
from bot.settings import BotSettings
from sandbox.clock import TurnableClock
from sandbox.federation import Federation
from sandbox.people import Team
from sandbox.server import Sandbox
from sandbox.serving import serving
from sandbox.session import demo_workspace

CLIENT_ID, CLIENT_SECRET = "10101.20202", "sandbox"


@dataclass(frozen=True)
class Many:
    """What runs: the workspaces by their ids, the page of each, and the bot."""

    federation: Federation
    sandboxes: dict[str, Sandbox]
    urls: dict[str, str]
    server: Server
    billing: Billing
    bot_url: str


@asynccontextmanager
async def running_many(
    billing: Billing, clock: TurnableClock, teams: Sequence[Team], *, rotates: bool = False
) -> AsyncIterator[Many]:
    """Serves them until the block is left; `billing` needs a key for tokens. The app is installed nowhere yet."""
    secret = secrets.token_hex(16)
    server: Server | None = None

    async def turned() -> None:
        await in_thread(due_work.run_due, billing)
        if server and server.courier:
            await server.courier.drain()

    sandboxes = {team.id: _sandbox(team, clock, secret, turned) for team in teams}
    federation = Federation(list(sandboxes.values()), CLIENT_ID, CLIENT_SECRET, rotates=rotates)
    async with AsyncExitStack() as stack:
        front = await stack.enter_async_context(serving(federation.app, 0))
        urls = {}
        for team_id, sandbox in sandboxes.items():
            page = serving(sandbox.app, 0, before_stop=sandbox.close_streams)
            urls[team_id] = await stack.enter_async_context(page)
            sandbox.public_url = f"{front}/{team_id}"
        settings = BotSettings(
            slack_client_id=CLIENT_ID,
            slack_client_secret=SecretStr(CLIENT_SECRET),
            slack_signing_secret=SecretStr(secret),
            slack_api_url=f"{front}/api/",
        )
        server = Server(billing, settings, pace=0)
        bot_url = await stack.enter_async_context(serving(server.asgi, 0))
        federation.redirect_uri = f"{bot_url}/slack/oauth_redirect"
        for sandbox in sandboxes.values():
            sandbox.events_url = f"{bot_url}/slack/events"
        yield Many(federation, sandboxes, urls, server, billing, bot_url)


def _sandbox(team: Team, clock: TurnableClock, secret: str, turned: Callable[[], Awaitable[None]]) -> Sandbox:
    async def nothing() -> tuple[()]:
        return ()

    return Sandbox(
        demo_workspace(team),
        events_url="",
        signing_secret=secret,
        clock=clock,
        turned=turned,
        upcoming=nothing,
        public_url="",
    )
