"""Several workspaces and one bot that each of them may install, joined by real HTTP on loopback."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from pydantic import SecretStr

from billing import Billing
from billing.services import due_work
from bot.runner import in_thread
from bot.server import Server
from bot.settings import BotSettings
from sandbox.clock import TurnableClock
from sandbox.federation import Federation
from sandbox.neighbours import served
from sandbox.people import Team
from sandbox.server import Sandbox
from sandbox.serving import serving
from sandbox.session import CLIENT_ID, CLIENT_SECRET, beside


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

    sandboxes = {team.id: beside(team, clock, secret, turned) for team in teams}
    federation = Federation(list(sandboxes.values()), CLIENT_ID, CLIENT_SECRET, rotates=rotates)
    async with served(federation) as (front, neighbours):
        settings = BotSettings(
            slack_client_id=CLIENT_ID,
            slack_client_secret=SecretStr(CLIENT_SECRET),
            slack_signing_secret=SecretStr(secret),
            slack_api_url=f"{front}/api/",
        )
        server = Server(billing, settings, pace=0)
        async with serving(server.asgi, 0) as bot_url:
            neighbours.meet(bot_url)
            yield Many(federation, sandboxes, neighbours.urls, server, billing, bot_url)
