"""The bot as a program: settings that are proven, the due work, the server."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

import uvicorn

from api.limits import LimitedHeaders
from api.listening import listeners
from billing import Billing, logs
from billing.bootstrap import (
    DATABASE_SILENCE_SECONDS,
    database_fault,
    make_billing,
    post_of,
    poster_of,
    sdi_post_of,
    sdi_webhooks_of,
    start_traces,
)
from billing.i18n import Translator, language_of_environment
from billing.process_gauges import Pulse
from billing.proving import faults_of_desk, notes_of_desk
from billing.scheduler import make_scheduler, make_watch, working
from billing.services.sdi_webhooks import SdiWebhooks
from billing.settings import BillingSettings, faults_in, with_way_on
from billing.values.errors import Away, Unfit
from bot.check import faults_at_slack
from bot.i18n import words
from bot.server import DRAIN_SECONDS, Server
from bot.settings import BotSettings
from bot.stopping import StoppingServer


def main(*, only_check: bool, with_worker: bool) -> None:
    """Serves until it is told to stop; with `check`, tries all that the settings name, and says what is wrong."""
    logs.configure()
    logs.configure_libraries()
    t = words(language_of_environment(os.environ))
    if faults := faults_in(BillingSettings, BotSettings):
        _say(t, faults)
        raise SystemExit(1)
    settings, billing_settings = BotSettings(), BillingSettings()
    if settings.slack_client_id and not billing_settings.keys:
        _say(t, [with_way_on("ENCRYPTION_KEYS", Unfit("it is needed with SLACK_CLIENT_ID"))])
        raise SystemExit(1)
    if billing_settings.payment_gateway == "sandbox":
        _say(t, [Unfit("PAYMENT_GATEWAY=sandbox: payments are pretended, no money moves.")])
    if kept := billing_settings.example_seller():
        _say(t, [with_way_on("", kept)])
        raise SystemExit(1)
    start_traces(billing_settings, "billing-bot")
    billing = make_billing(billing_settings, silence_seconds=DATABASE_SILENCE_SECONDS)
    if fault := database_fault(billing):
        _say(t, [fault])
        if only_check or not isinstance(fault, Away):
            raise SystemExit(1)
        _say(t, [Unfit("It is tried again until it answers.")])
    if only_check:
        _say(t, notes_of_desk(billing))
        _check(
            t, faults_of_desk(billing_settings, billing) + faults_at_slack(settings, billing.operator_channel)
        )
        return
    pulse = Pulse() if with_worker else None
    if pulse:
        scheduler = make_scheduler(
            billing,
            post=post_of(billing_settings, billing),
            beat=pulse.beat,
            poster=poster_of(billing_settings),
            sdi_post=sdi_post_of(billing_settings, billing),
        )
    else:
        scheduler = make_watch(billing)
    with working(billing, scheduler):
        _serve(settings, billing, pulse, sdi_webhooks_of(billing_settings, billing))


def _say(t: Translator, faults: Sequence[Unfit]) -> None:
    sys.stderr.writelines(f"{t.fault(fault)}\n" for fault in faults)


def _check(t: Translator, faults: Sequence[Unfit]) -> None:
    _say(t, faults or [Unfit("OK: settings, database, catalogue, clock, gateway, mail server, Slack.")])
    raise SystemExit(1 if faults else 0)


def _serve(settings: BotSettings, billing: Billing, pulse: Pulse | None, sdi: SdiWebhooks | None) -> None:
    config = uvicorn.Config(
        Server(billing, settings, pulse=pulse, sdi=sdi).asgi,
        host=settings.host,
        port=settings.port,
        http=LimitedHeaders,
        forwarded_allow_ips=settings.forwarded_allow_ips,
        ws="none",
        log_level="warning",
        log_config=None,
        timeout_graceful_shutdown=DRAIN_SECONDS,
    )
    delay = settings.shutdown_delay_seconds
    server = StoppingServer(config, delay=delay, told=billing.stopping.set)
    server.run(sockets=listeners(config))
    if not server.started:
        raise SystemExit(1)
