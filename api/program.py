"""The API as a program of its own."""

from __future__ import annotations

import os
import sys
from contextlib import suppress

import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Mount

from api.app import DESCRIPTION, make_app, written
from api.limits import LimitedBodies, LimitedHeaders
from api.listening import listeners
from api.settings import PREFIX, ApiSettings
from billing import logs
from billing.bootstrap import LOCALES, database_fault, make_billing, start_traces
from billing.i18n import Translator, language_of_environment
from billing.scheduler import make_watch, working
from billing.services import copies
from billing.settings import BillingSettings, faults_in


def main(*, only_describe: bool) -> None:
    """Serves with the settings of the environment until it is told to stop, or only writes docs/openapi.json."""
    logs.configure()
    t = Translator(LOCALES, language_of_environment(os.environ))
    if faults := faults_in(BillingSettings, ApiSettings):
        raise SystemExit("\n".join(map(t.fault, faults)))
    billing, settings = make_billing(BillingSettings()), ApiSettings()
    app = make_app(billing)
    if only_describe:
        DESCRIPTION.write_text(written(app), encoding="utf-8")
        return
    if fault := database_fault(billing):
        raise SystemExit(t.fault(fault))
    start_traces(BillingSettings(), "billing-api")
    copies.held_why(billing)
    mounted = Starlette(routes=[Mount(PREFIX, app)], middleware=[Middleware(LimitedBodies)])
    sys.stderr.write(f"The API listens on http://{settings.api_host}:{settings.api_port}{PREFIX}\n")
    with working(billing, make_watch(billing)):
        config = uvicorn.Config(
            mounted,
            host=settings.api_host,
            port=settings.api_port,
            http=LimitedHeaders,
            log_level="warning",
            log_config=None,
        )
        server = uvicorn.Server(config)
        with suppress(KeyboardInterrupt):
            server.run(sockets=listeners(config))
    if not server.started:
        raise SystemExit(1)
