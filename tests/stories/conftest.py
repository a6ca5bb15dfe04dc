"""The session of the stories: the demo on its own database, in the language that the story asks for."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from billing import Billing
from billing.bootstrap import make_billing
from sandbox import demo
from sandbox.clock import TurnableClock
from tests.billing.desk import engine_of
from tests.browser import WAY_ON, chromium, installed
from tests.conftest import copy_sqlite
from tests.serving import wait_for_pools
from tests.skips import NO_BROWSER
from tests.stories.conversation import Conversation
from tests.stories.records import Printed

# What the app may take to answer where a browser, drawing PDFs, has the machine's cores.
BESIDE_A_BROWSER = 20

settings_at = cache(demo.settings)


def demo_billing(url: str, clock: TurnableClock) -> Billing:
    """The demo's desk on an engine that the stories of that address share, with the statements it has compiled."""
    return replace(make_billing(settings_at(url), clock), engine=engine_of(url))


@pytest.fixture(scope="session")
def furnished_sqlite(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo's history, lived once and copied for each story."""
    return furnished_demo(migrated_sqlite, tmp_path_factory.mktemp("seeded"))


def furnished_demo(migrated: Path, folder: Path, *, companies: bool = False) -> Path:
    """The books in that folder in which the demo has lived its history."""
    path = folder / "demo.sqlite3"
    copy_sqlite(migrated, path)
    clock = TurnableClock()
    billing = demo_billing(f"sqlite:///{path}", clock)
    demo.seed_demo(billing, clock(), companies=companies)
    billing.engine.dispose()  # with its last connection SQLite folds its log into the file
    return path


@pytest.fixture
def desk_of_demo(
    furnished_sqlite: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Billing, TurnableClock]]:
    yield from opened_demo(furnished_sqlite, tmp_path_factory.getbasetemp())


def opened_demo(furnished: Path, folder: Path) -> Iterator[tuple[Billing, TurnableClock]]:
    """The demo's desk on a copy of its books in that folder."""
    path = folder / "demo.sqlite3"
    copy_sqlite(furnished, path)
    clock = TurnableClock()
    billing = demo_billing(f"sqlite:///{path}", clock)
    yield billing, clock
    wait_for_pools()
    billing.engine.dispose()


@pytest.fixture
def printed(capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> Printed:
    """All that the app has logged so far."""
    return Printed(capsys, caplog)


@pytest.fixture
async def demo_slack(
    desk_of_demo: tuple[Billing, TurnableClock], printed: Printed
) -> AsyncIterator[Conversation]:
    """The demo as `make demo` serves it, in an English workspace."""
    async with _played("en-GB", desk_of_demo, printed) as conversation:
        yield conversation


@pytest.fixture
async def italian_slack(
    desk_of_demo: tuple[Billing, TurnableClock], printed: Printed
) -> AsyncIterator[Conversation]:
    """The demo in a workspace whose language is Italian."""
    async with _played("it-IT", desk_of_demo, printed) as conversation:
        yield conversation


@pytest.fixture
async def slack(
    request: pytest.FixtureRequest, desk_of_demo: tuple[Billing, TurnableClock], printed: Printed
) -> AsyncIterator[Conversation]:
    """The demo in a workspace of the language that the story names: for what must be so in both."""
    async with _played(request.param, desk_of_demo, printed) as conversation:
        yield conversation


@pytest.fixture
async def paying_slack(
    desk_of_demo: tuple[Billing, TurnableClock], printed: Printed
) -> AsyncIterator[Conversation]:
    """The demo in an English workspace, its payments by wire to the pretend Stripe."""
    async with _played("en-GB", desk_of_demo, printed, by_wire=True) as conversation:
        yield conversation


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """One Chromium for all tests of this process that look at the page; like it, they live in one loop."""
    path = await asyncio.to_thread(installed)
    if path is None and os.environ.get("CI") == "true":
        pytest.fail(f"{NO_BROWSER}. {WAY_ON}")
    if path is None:
        pytest.skip(NO_BROWSER)
    async with chromium(path) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def shown_slack(
    desk_of_demo: tuple[Billing, TurnableClock], printed: Printed
) -> AsyncIterator[Conversation]:
    """The demo in an English workspace, for the browser."""
    async with _played("en-GB", desk_of_demo, printed, patience_seconds=BESIDE_A_BROWSER) as conversation:
        yield conversation


@pytest_asyncio.fixture(params=["en-GB", "it-IT"], loop_scope="session")
async def either_slack(
    request: pytest.FixtureRequest, desk_of_demo: tuple[Billing, TurnableClock], printed: Printed
) -> AsyncIterator[Conversation]:
    """The demo with its payments by wire, once in an English workspace and once in an Italian one."""
    async with _played(
        request.param, desk_of_demo, printed, by_wire=True, patience_seconds=BESIDE_A_BROWSER
    ) as conversation:
        yield conversation


@asynccontextmanager
async def _played(
    locale: str,
    desk: tuple[Billing, TurnableClock],
    printed: Printed,
    *,
    by_wire: bool = False,
    patience_seconds: float = 3,
) -> AsyncIterator[Conversation]:
    """A story's session. At its end nothing may have gone wrong that the story did not ask for.

    The sandbox refuses what breaks one of Slack's limits, so this holds every message, modal and Home to them.
    """
    async with Conversation.in_demo(
        *desk, locale=locale, by_wire=by_wire, patience_seconds=patience_seconds
    ) as conversation:
        yield conversation
    assert [(one["method"], one["status"], one["response"]) for one in conversation.failures()] == []
    if "turns" not in conversation.may_fail:
        assert not [line for line in printed.lines() if "a turn failed" in line or "listener failed" in line]
