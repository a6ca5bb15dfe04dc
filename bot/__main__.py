"""python -m bot: the server, the scheduler and the outbox, with the settings of the environment and `.env`."""

from __future__ import annotations

import os
import sys
from threading import Thread

import uvicorn
from apscheduler.schedulers.background import BackgroundScheduler

from billing.bootstrap import database_fault, is_database_away, make_billing, post_of
from billing.scheduler import make_scheduler
from billing.settings import BillingSettings, faults_in
from bot.limits import LimitedHeaders
from bot.readiness import Pulse
from bot.server import DRAIN_SECONDS, Server
from bot.settings import BotSettings

# Longer than any statement of the desk takes, and short enough that work goes on while somebody could be told.
DATABASE_SILENCE_SECONDS = 60.0
# Together with what the server takes to answer what has begun, less than who stops us waits before they kill.
FINISH_SECONDS = 8.0


def main() -> None:
    """Serves until it is told to stop."""
    if faults := faults_in(BillingSettings, BotSettings):
        sys.stderr.writelines(f"{fault}\n" for fault in faults)
        raise SystemExit(1)
    settings, billing_settings = BotSettings(), BillingSettings()
    if billing_settings.payment_gateway == "sandbox":
        sys.stderr.write("PAYMENT_GATEWAY=sandbox: payments are pretended, no money moves.\n")
    billing = make_billing(billing_settings, silence_seconds=DATABASE_SILENCE_SECONDS)
    if fault := database_fault(billing):
        sys.stderr.write(f"{fault}\n")
        if not is_database_away(billing):
            raise SystemExit(1)
        sys.stderr.write("It is tried again until it answers.\n")
    pulse = Pulse()
    scheduler = make_scheduler(billing, post=post_of(billing_settings, billing), beat=pulse.beat)
    scheduler.start()
    try:
        server = Server(billing, settings, pulse=pulse)
        uvicorn.run(
            server.asgi,
            host=settings.host,
            port=settings.port,
            http=LimitedHeaders,
            log_level="warning",
            timeout_graceful_shutdown=DRAIN_SECONDS,
        )
    finally:
        billing.stopping.set()
        _wait_for(scheduler)


def _wait_for(scheduler: BackgroundScheduler) -> None:
    """Lets the rows that are being worked be finished, for some seconds at most.

    What a gateway does not answer by then is asked after at the next start, as after a crash.
    """
    ending = Thread(target=scheduler.shutdown, daemon=True)
    ending.start()
    ending.join(FINISH_SECONDS)
    if ending.is_alive():
        sys.stderr.write("Due work was left: the next start takes it up.\n")
        sys.stderr.flush()
        os._exit(0)  # the threads that wait for the gateway would be waited for


if __name__ == "__main__":
    main()
