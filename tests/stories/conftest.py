"""The stage of the stories: the demo on its own database, in the language that the story asks for."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from billing import Billing
from billing.bootstrap import make_billing
from billing.settings import BillingSettings
from sandbox import demo
from sandbox.clock import TurnableClock
from tests.stories.conversation import Conversation


def demo_billing(url: str, clock: TurnableClock) -> Billing:
    return make_billing(BillingSettings(database_url=url, seller_name="Venditore S.p.A."), clock)


@pytest.fixture(scope="session")
def furnished_sqlite(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo's history, lived once and copied for each story."""
    path = tmp_path_factory.mktemp("furnished") / "demo.sqlite3"
    shutil.copy(migrated_sqlite, path)
    clock = TurnableClock()
    billing = demo_billing(f"sqlite:///{path}", clock)
    demo.furnish(billing, clock())
    billing.engine.dispose()  # with its last connection SQLite folds its log into the file
    return path


@pytest.fixture
def desk_of_demo(furnished_sqlite: Path, tmp_path: Path) -> Iterator[tuple[Billing, TurnableClock]]:
    path = tmp_path / "demo.sqlite3"
    shutil.copy(furnished_sqlite, path)
    clock = TurnableClock()
    billing = demo_billing(f"sqlite:///{path}", clock)
    yield billing, clock
    billing.engine.dispose()



@pytest.fixture
async def demo_slack(desk_of_demo: tuple[Billing, TurnableClock]) -> AsyncIterator[Conversation]:
    """The demo as `make demo` serves it, in an English workspace."""
    async with Conversation.in_demo(*desk_of_demo, locale="en-GB") as conversation:
        yield conversation


@pytest.fixture
async def italian_slack(desk_of_demo: tuple[Billing, TurnableClock]) -> AsyncIterator[Conversation]:
    """The demo in a workspace whose language is Italian."""
    async with Conversation.in_demo(*desk_of_demo, locale="it-IT") as conversation:
        yield conversation
