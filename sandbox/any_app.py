"""Any Bolt apps in the pretend Slack: all that is known of each is its manifest, and where it listens."""

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
    app: App,
    request_url: str | None,
    signing_secret: str,
    port: int = 0,
    others: Sequence[tuple[App, str | None]] = (),
) -> AsyncIterator[Sandbox]:
    """Serves a workspace with these apps in it: each by HTTP to its URL, or by Socket Mode without one."""
    installed = [replace(app, socket_mode=request_url is None)]
    installed += [_numbered(each, number, url) for number, (each, url) in enumerate(others, start=2)]
    workspace = _workspace(installed)
    clock = TurnableClock()
    first = _sandbox(workspace, request_url, signing_secret, clock)
    for each, (_app, url) in zip(installed[1:], others, strict=True):
        first.join(_sandbox(workspace.beside(each), url, signing_secret, clock, first))
    async with serving(first.app, port, before_stop=first.close_streams) as page:
        first.public_url = page
        yield first


def _numbered(app: App, number: int, request_url: str | None) -> App:
    """The app with ids and tokens of its own, beside the first one."""
    return replace(
        app,
        id=f"A0SANDBOX{number:02}",
        bot_user_id=f"U0SANDBOX{number:02}",
        bot_id=f"B0SANDBOX{number:02}",
        bot_token=f"xoxb-sandbox-{number}",
        app_token=f"xapp-sandbox-{number}",
        socket_mode=request_url is None,
    )


def _workspace(apps: Sequence[App]) -> Workspace:
    everybody = [person.id for person in demo.PEOPLE]
    bots = [app.bot_user_id for app in apps]
    channels = [
        Channel("C0GENERAL01", "general", topic="The app is here", members=[*everybody, *bots]),
        Channel("C0RANDOM001", "random", topic="The app is not here", members=everybody),
    ]
    people = [replace(person) for person in demo.PEOPLE]
    topics = {"The app is here": "L'app è qui", "The app is not here": "L'app qui non c'è"}
    translations = {"it": demo.TRANSLATIONS["it"] | topics}
    return Workspace(demo.TEAM, apps[0], people, channels, translations=translations)


def _sandbox(
    workspace: Workspace,
    request_url: str | None,
    signing_secret: str,
    clock: TurnableClock,
    beside: Sandbox | None = None,
) -> Sandbox:
    return Sandbox(
        workspace,
        events_url=request_url or "",
        signing_secret=signing_secret,
        clock=clock,
        turned=_nothing_falls_due,
        upcoming=_nothing_comes,
        public_url="",
        beside=beside,
    )


async def _nothing_falls_due() -> None:
    """The app has a clock of its own."""


async def _nothing_comes() -> Sequence[Upcoming]:
    return ()
