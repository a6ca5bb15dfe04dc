"""A pretend Slack on loopback, for bots that are processes of their own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

from sandbox import demo
from sandbox.clock import TurnableClock
from sandbox.federation import Federation
from sandbox.neighbours import served
from sandbox.people import Channel
from sandbox.server import Sandbox
from sandbox.serving import serving
from sandbox.session import billing_app
from sandbox.workspace import Workspace
from tests.billing.desk import WORKSPACE


@asynccontextmanager
async def pretend_slack(
    channels: Sequence[str], signing_secret: str, patience_seconds: float = 3
) -> AsyncIterator[Sandbox]:
    """A workspace with the demo's people, all of them in those channels, and the app that speaks with its token."""
    sandbox = _workspace(WORKSPACE, channels, signing_secret, patience_seconds)
    async with serving(sandbox.app, 0, before_stop=sandbox.close_streams) as url:
        sandbox.public_url = url
        yield sandbox


@asynccontextmanager
async def pretend_slacks(
    channels: Mapping[str, Sequence[str]], signing_secret: str, client: tuple[str, str]
) -> AsyncIterator[tuple[str, Federation]]:
    """The same for each of those workspaces, behind one Web API; answers where that is. They share no limit.

    Each has the app installed, with a token of its own. `client` is its id and secret, as OAuth asks for them.
    """
    sandboxes = [_workspace(team, of_it, signing_secret, 3) for team, of_it in channels.items()]
    for one in sandboxes:
        one.workspace.app = replace(one.workspace.app, bot_token=token_of(one.workspace.team.id))
    federation = Federation(sandboxes, *client, installed=tuple(channels))
    async with served(federation) as (url, _):
        yield url, federation


def token_of(team: str) -> str:
    """The app's, in that workspace of several."""
    return f"xoxb-{team}"


def _workspace(team: str, channels: Sequence[str], signing_secret: str, patience_seconds: float) -> Sandbox:
    app = billing_app()
    members = [*(person.id for person in demo.PEOPLE), app.bot_user_id]
    return Sandbox(
        Workspace(
            replace(demo.TEAM, id=team),
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


async def _nothing() -> None: ...


async def _nothing_comes() -> tuple[()]:
    return ()
