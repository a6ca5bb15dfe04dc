"""python -m sandbox: the demo. A pretend Slack in the browser, with the billing desk in it."""

from __future__ import annotations

import asyncio
import signal
import sys
import tempfile
from pathlib import Path

from pydantic_settings import BaseSettings, SettingsConfigDict

from billing.adapters import database
from billing.bootstrap import make_billing
from billing.scheduler import make_scheduler
from bot.settings import SlackMode
from sandbox import demo
from sandbox.clock import TurnableClock
from sandbox.stage import running_stage

# Short, for who has just bought something looks for the mail.
TICK_SECONDS = 2


class SandboxSettings(BaseSettings):
    """Where the demo's page is, and by which way its bot hears of things."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", frozen=True)

    sandbox_port: int = 8090
    slack_mode: SlackMode = "http"


async def serve(database_url: str, settings: SandboxSettings) -> None:
    """Furnishes an empty database and serves the demo until it is interrupted."""
    clock = TurnableClock()
    billing = make_billing(demo.settings(database_url), clock)
    database.migrate(billing.engine)
    demo.furnish(billing, clock())
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    async with running_stage(
        billing, clock, port=settings.sandbox_port, slack_mode=settings.slack_mode
    ) as stage:
        scheduler = make_scheduler(stage.billing, TICK_SECONDS, stage.post)
        scheduler.start()
        sys.stdout.write(
            f"The pretend Slack is at {stage.url}\n"
            f"You are {demo.EMMA.real_name}: open #billing, type /billing, and turn the clock.\n"
            "Ctrl-C ends it; nothing is kept.\n"
        )
        sys.stdout.flush()
        await stopped.wait()
        scheduler.shutdown()
    billing.engine.dispose()


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="billing-desk-") as folder:
        asyncio.run(serve(f"sqlite:///{Path(folder) / 'demo.sqlite3'}", SandboxSettings()))


if __name__ == "__main__":
    main()
