"""Any Bolt app in the pretend Slack: all that is known of it is its manifest, and where it listens."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

from sandbox import demo
from sandbox.app import App
from sandbox.clock import TurnableClock, Upcoming
from sandbox.people import Channel
from sandbox.server import Sandbox
from sandbox.serving import serving
from sandbox.workspace import Workspace


@asynccontextmanager
async def running_sandbox(
    app: App, request_url: str | None, signing_secret: str, port: int = 0
) -> AsyncIterator[Sandbox]:
    """Serves a workspace with this app in it: by HTTP to that URL, or by Socket Mode without one."""
    app = replace(app, socket_mode=request_url is None)
    everybody = [person.id for person in demo.PEOPLE]
    channels = [
        Channel("C0GENERAL01", "general", topic="The app is here", members=[*everybody, app.bot_user_id]),
        Channel("C0RANDOM001", "random", topic="The app is not here", members=everybody),
    ]
    people = [replace(person) for person in demo.PEOPLE]
    topics = {"The app is here": "L'app è qui", "The app is not here": "L'app qui non c'è"}
    translations = {"it": demo.TRANSLATIONS["it"] | topics}
    sandbox = Sandbox(
        Workspace(demo.TEAM, app, people, channels, translations=translations),
        events_url=request_url or "",
        signing_secret=signing_secret,
        clock=TurnableClock(),
        turned=_nothing_falls_due,
        upcoming=_nothing_comes,
        public_url="",
    )
    async with serving(sandbox.app, port, before_stop=sandbox.close_streams) as url:
        sandbox.public_url = url
        yield sandbox


async def _nothing_falls_due() -> None:
    """The app has a clock of its own."""


async def _nothing_comes() -> Sequence[Upcoming]:
    return ()
