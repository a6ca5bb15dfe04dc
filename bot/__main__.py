"""python -m bot: the server, the scheduler and the outbox, with the settings of the environment and `.env`."""

from __future__ import annotations

import sys

import uvicorn

from billing.bootstrap import database_fault, make_billing, post_of
from billing.scheduler import make_scheduler
from billing.settings import BillingSettings, faults_in
from bot.server import DRAIN_SECONDS, Server
from bot.settings import BotSettings

# Longer than any statement of the desk takes, and short enough that work goes on while somebody could be told.
DATABASE_SILENCE_SECONDS = 60.0


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
        raise SystemExit(1)
    scheduler = make_scheduler(billing, post=post_of(billing_settings, billing))
    scheduler.start()
    try:
        server = Server(billing, settings)
        uvicorn.run(
            server.asgi,
            host=settings.host,
            port=settings.port,
            log_level="warning",
            timeout_graceful_shutdown=DRAIN_SECONDS,
        )
    finally:
        scheduler.shutdown()


if __name__ == "__main__":
    main()
