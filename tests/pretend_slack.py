"""A pretend Slack on loopback, for bots that are processes of their own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import yaml

from sandbox import demo
from sandbox.app import App
from sandbox.clock import TurnableClock
from sandbox.people import Channel
from sandbox.server import Sandbox
from sandbox.serving import serving
from sandbox.workspace import Workspace
from tests.billing.desk import WORKSPACE

ROOT = Path(__file__).parents[1]


@asynccontextmanager
async def pretend_slack(
    channels: Sequence[str], signing_secret: str, patience_seconds: float = 3
) -> AsyncIterator[Sandbox]:
    """A workspace with the demo's people, all of them in those channels, and the app that speaks with its token."""
    manifest = yaml.safe_load((ROOT / "bot" / "manifest.yaml").read_text("utf-8"))
    app = App.from_manifest(manifest)
    members = [*(person.id for person in demo.PEOPLE), app.bot_user_id]
    sandbox = Sandbox(
        Workspace(
            replace(demo.TEAM, id=WORKSPACE),
            app,
            [replace(person) for person in demo.PEOPLE],
            [Channel(id_, id_.lower(), members=members) for id_ in channels],
        ),
        events_url="",
        signing_secret=signing_secret,
        clock=TurnableClock(),
        turned=_nothing,
        upcoming=_nothing_comes,
        public_url="",
        ack_seconds=patience_seconds,
        trigger_seconds=patience_seconds,
    )
    async with serving(sandbox.app, 0, before_stop=sandbox.close_streams) as url:
        sandbox.public_url = url
        yield sandbox


async def _nothing() -> None: ...


async def _nothing_comes() -> tuple[()]:
    return ()
