"""python -m sandbox: a pretend Slack in the browser, with the billing desk in it, or with any app of yours."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from itertools import zip_longest
from pathlib import Path

import yaml
from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from billing.adapters import database
from billing.adapters.gateways.sandbox import SandboxGateway
from billing.bootstrap import LOCALES, make_billing
from billing.i18n import Translator, language_of_environment
from billing.scheduler import make_scheduler
from billing.settings import faults_in
from bot.settings import SlackMode
from sandbox import demo
from sandbox.any_app import running_sandbox
from sandbox.app import App
from sandbox.clock import TurnableClock
from sandbox.session import running_session

# Short, for who has just bought something looks for the mail.
TICK_SECONDS = 2


class SandboxSettings(BaseSettings):
    """Where the page is, and by which way the demo's bot hears of things."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", frozen=True)

    sandbox_port: int = Field(default=8090, ge=0, le=65535)
    slack_mode: SlackMode = "http"


async def serve(database_url: str, settings: SandboxSettings) -> None:
    """Seeds an empty database and serves the demo until it is interrupted."""
    clock, gateway_of_the_past = TurnableClock(), SandboxGateway()
    billing = replace(
        make_billing(demo.settings(database_url), clock, gateway_of_the_past),
        operator_channel=demo.OPERATOR_CHANNEL,
    )
    database.migrate(billing.engine)
    demo.seed_demo(billing, clock(), companies=True)
    demo.add_contacts(billing)
    interrupted = _interruption()
    others = (demo.NEIGHBOUR, *demo.GRID) if settings.slack_mode == "http" else ()
    async with running_session(
        demo.with_e_invoices(billing),
        clock,
        port=settings.sandbox_port,
        slack_mode=settings.slack_mode,
        others=others,
    ) as session:
        demo.hand_over(gateway_of_the_past, session.gateway)
        scheduler = make_scheduler(
            session.billing,
            TICK_SECONDS,
            session.post,
            sdi_post=session.post_to_sdi,
            sdi_seconds=TICK_SECONDS,
        )
        scheduler.start()
        _say(
            f"The pretend Slack is at {session.url}",
            f"You are {demo.EMMA.real_name}: open #billing, type /billing, and turn the clock.",
            "Ctrl-C ends it; nothing is kept.",
        )
        await interrupted.wait()
        scheduler.shutdown()
    billing.engine.dispose()


async def serve_any_app(asked: argparse.Namespace, settings: SandboxSettings) -> None:
    """Serves a workspace with somebody else's app in it until it is interrupted."""
    interrupted = _interruption()
    port = settings.sandbox_port
    (manifest, url), *others = zip_longest(asked.manifest, asked.request_url)
    async with running_sandbox(manifest, url, asked.signing_secret, port, others) as sandbox:
        _say(f"The pretend Slack is at {sandbox.public_url}, its Web API at {sandbox.public_url}/api/")
        for app, reached in zip_longest(sandbox.workspace.apps.values(), asked.request_url):
            _say(
                f"{app.name} is reached {f'by HTTP at {reached}' if reached else 'by Socket Mode'}. Give it",
                f"  SLACK_BOT_TOKEN={app.bot_token}",
                f"  SLACK_SIGNING_SECRET={asked.signing_secret}"
                if reached
                else f"  SLACK_APP_TOKEN={app.app_token}",
            )
        _say("Ctrl-C ends it; nothing is kept.")
        await interrupted.wait()


def _interruption() -> asyncio.Event:
    interrupted = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, interrupted.set)
    return interrupted


def _say(*lines: str) -> None:
    sys.stdout.write("\n".join((*lines, "")))
    sys.stdout.flush()


def _described(path: str) -> App:
    try:
        return App.from_manifest(yaml.safe_load(Path(path).read_text(encoding="utf-8")))
    except (OSError, yaml.YAMLError, KeyError, TypeError, AttributeError) as error:
        raise argparse.ArgumentTypeError(f"no manifest in {path}: {error!r}") from error


def arguments(given: Sequence[str] | None = None) -> argparse.Namespace:
    """What was asked for on the command line."""
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    parser.add_argument(
        "--manifest",
        type=_described,
        action="append",
        default=[],
        metavar="FILE",
        help="an app's manifest, as YAML or JSON, once for each app; the demo without it",
    )
    parser.add_argument(
        "--url",
        "--request-url",
        dest="request_url",
        action="append",
        default=[],
        metavar="URL",
        help="where that app listens, as in http://127.0.0.1:3000/slack/events, in the order of the manifests; "
        "Socket Mode without it",
    )
    parser.add_argument(
        "--signing-secret",
        default="sandbox",
        metavar="SECRET",
        help="what deliveries are signed with (sandbox)",
    )
    asked = parser.parse_args(given)
    if len(asked.request_url) > len(asked.manifest):
        parser.error("--url needs the app's --manifest")
    return asked


def main() -> None:
    asked = arguments()
    if faults := faults_in(SandboxSettings):
        words = Translator(LOCALES, language_of_environment(os.environ))
        sys.stderr.writelines(f"{words.fault(fault)}\n" for fault in faults)
        raise SystemExit(1)
    settings = SandboxSettings()
    if asked.manifest:
        asyncio.run(serve_any_app(asked, settings))
        return
    with tempfile.TemporaryDirectory(prefix="billing-desk-") as folder:
        asyncio.run(serve(f"sqlite:///{Path(folder) / 'demo.sqlite3'}", settings))


if __name__ == "__main__":
    main()
