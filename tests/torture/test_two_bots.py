"""Two bots, two workers, one PostgreSQL behind PgBouncer: a story through both bots, renewals by both workers."""

from __future__ import annotations

import asyncio
import itertools
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from aiohttp import ClientSession, ClientTimeout

from billing.services import properties
from sandbox.demo import EMMA
from sandbox.server import Sandbox
from sandbox.session import Session
from tests.billing.desk import Desk
from tests.bot.test_process import environment_of, running_bot, until_said
from tests.pooler import running_pooler
from tests.postgresql import ReusedDatabase
from tests.pretend_slack import pretend_slack
from tests.pretend_stripe import RunningStripe
from tests.stories.conversation import Conversation, Seen
from tests.torture.storm import differences

pytestmark = [pytest.mark.torture, pytest.mark.postgresql]

SHOPS = 24
CHANNELS = [f"C0CHANNEL{number:02}" for number in range(6)]
PROCESSES = 2
PATIENCE_SECONDS = 20  # the workers start beside the story
LEFT = (
    "SELECT 1 FROM payments WHERE state = 'open' UNION ALL SELECT 1 FROM outbox WHERE told_at IS NULL LIMIT 1"
)


@dataclass
class ThroughAll(Conversation):
    """Each gesture goes to another bot than the one before it."""

    urls: Iterator[str] = field(default_factory=lambda: iter(()))

    async def post(self, gesture: str, **given: Any) -> Seen:
        self.session.sandbox.events_url = f"{next(self.urls)}/slack/events"
        return await super().post(gesture, **given)


@pytest.fixture
def desk_with_dues(reused_postgresql: ReusedDatabase, pretend_stripe: RunningStripe) -> Iterator[Desk]:
    """Shops whose second cycle is due as soon as somebody works."""
    with Desk.open(reused_postgresql.url) as opened:
        desk = replace(opened, billing=replace(opened.billing, gateway=pretend_stripe.gateway()))
        desk.clock.now = datetime.now(UTC) - timedelta(days=31, hours=5)
        emma = desk.person(EMMA.id, EMMA.real_name)
        for number in range(SHOPS):
            made = desk.property_of(emma, f"Shop {number}", CHANNELS[number % len(CHANNELS)])
            desk.buy(emma, made, token="pm_card_visa")
        properties.choose(desk.billing, emma, made.id)
        desk.execute("UPDATE outbox SET told_at = now()")
        desk.clock.now = datetime.now(UTC)
        yield desk


@asynccontextmanager
async def working(folder: Path, environment: dict[str, str]) -> AsyncIterator[None]:
    with (folder / "log").open("wb") as log:
        worker = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "billing", "work"), cwd=folder, env=environment, stdout=log, stderr=log
        )
    try:
        yield
        worker.terminate()
        assert await worker.wait() == 0
    finally:
        if worker.returncode is None:
            worker.kill()
            await worker.wait()


async def plays(slack: Sandbox, urls: list[str]) -> None:
    """Emma buys, is impatient at both bots, cancels, and thinks better of it."""
    async with ClientSession(slack.public_url, timeout=ClientTimeout(30)) as http:
        # Of a session a story needs the pretend Slack; the bots are processes.
        session = cast(Session, SimpleNamespace(sandbox=slack))
        talk = ThroughAll(session, http, urls=itertools.cycle(urls))
        emma = talk.as_person(EMMA, CHANNELS[0])
        form = await emma.opens("/billing buy")
        asked = await emma.submits(form, offer="ai-bot:small:month")
        assert asked["outcome"] == "updated", asked
        question = await emma.sees_modal("Yes, buy it")
        await asyncio.gather(*(emma.submits(question) for _ in range(6)))
        await emma.sees_modal("is active")
        form = await emma.opens("/billing cancel ai bot")
        await emma.submits(form, kind="not_used")
        await emma.submits(await emma.sees_modal("Yes, cancel subscription"))
        outcome = await emma.sees_modal("stays active until")
        await emma.closes(outcome)
        await emma.opens_home("active until")
        assert talk.failures() == []


async def test_a_story_through_both_and_renewals_by_both_are_done_once(
    desk_with_dues: Desk,
    reused_postgresql: ReusedDatabase,
    pretend_stripe: RunningStripe,
    tmp_path: Path,
) -> None:
    desk, folders = desk_with_dues, [tmp_path / str(number) for number in range(2 * PROCESSES)]
    for folder in folders:
        folder.mkdir()
    begun = desk.clock.now - timedelta(days=60)
    async with AsyncExitStack() as stack:
        pooler = stack.enter_context(running_pooler(reused_postgresql.url))
        slack = await stack.enter_async_context(pretend_slack(CHANNELS, "s", PATIENCE_SECONDS))
        url, api = f"{pooler}/{ReusedDatabase.NAME}", f"{slack.public_url}/api/"
        settings = {
            "SLACK_BOT_TOKEN": slack.workspace.app.bot_token,
            **pretend_stripe.settings,
            "SHUTDOWN_DELAY_SECONDS": "0",
        }
        urls = []
        for folder in folders[:PROCESSES]:
            running = running_bot(folder, url, api, settings, "--no-worker")
            _, session = await stack.enter_async_context(running)
            urls.append(str(session._base_url).rstrip("/"))
            await until_said(session, "/readyz", "ok")
        for folder in folders[PROCESSES:]:
            await stack.enter_async_context(working(folder, environment_of(url, api) | settings))
        await plays(slack, urls)
        while len(desk.invoices()) < 2 * SHOPS + 1 or desk.rows(LEFT):  # noqa: ASYNC110  the database says nothing by itself
            await asyncio.sleep(0.1)
    told = Counter(
        message.metadata["event_payload"]["number"]
        for message in slack.workspace.messages.values()
        if message.metadata and message.channel in CHANNELS
    )
    assert len(told) >= SHOPS + 2
    assert set(told.values()) == {1}
    assert len(pretend_stripe.collected()) == len(desk.invoices()) == 2 * SHOPS + 1
    assert differences(desk.billing, pretend_stripe, begun) == []
    for folder in folders:
        log = (folder / "log").read_text()
        assert "Traceback" not in log
        assert "failed" not in log
