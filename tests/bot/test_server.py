"""The server around the conversation: health, readiness, metrics, and a body that is not Slack's."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode

import pytest
from aiohttp import ClientSession
from pydantic import SecretStr
from slack_sdk.signature import SignatureVerifier

from billing.adapters.database import newest_revision
from billing.services import api_keys, help
from bot.server import Server
from bot.settings import BotSettings
from sandbox.serving import serving
from tests.billing.desk import WORKSPACE, Desk
from tests.bot.conftest import FarSide


@pytest.fixture
async def served(sqlite_desk: Desk, far_side: FarSide) -> AsyncIterator[ClientSession]:
    async with serving_the_bot(sqlite_desk, far_side) as session:
        yield session


@asynccontextmanager
async def serving_the_bot(desk: Desk, far_side: FarSide, **about: str) -> AsyncIterator[ClientSession]:
    """The bot in a workspace of which Slack says this too (`about`)."""
    settings = far_side.knows_the_bot(**about)
    async with (
        serving(Server(desk.billing, settings).asgi, 0) as url,
        ClientSession(url) as session,
    ):
        yield session


async def types_command(session: ClientSession, far_side: FarSide, team_id: str) -> str:
    """What is answered to `/billing` of somebody whom the workspace lists, in the name of that team."""
    grid = {"enterprise_id": "E1", "teams": [WORKSPACE]}
    far_side.usual["users.info"] = {"user": {"id": "U1", "team_id": "E1", "enterprise_user": grid}}
    told = {"command": "/billing", "text": "", "team_id": team_id, "user_id": "U1", "trigger_id": "1"}
    body = urlencode(told | {"response_url": f"{far_side.url}respond"})
    now = str(int(time.time()))
    signature = SignatureVerifier("s").generate_signature(timestamp=now, body=body)
    headers = {"x-slack-request-timestamp": now, "x-slack-signature": signature or ""}
    headers["content-type"] = "application/x-www-form-urlencoded"
    async with session.post("/slack/events", data=body, headers=headers) as answer:
        assert answer.status == 200
    while not (said := [call for method, call in far_side.calls if method == "respond"]):  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    far_side.calls.clear()
    return str(said[0]["text"])


async def test_in_a_grid_the_organisation_speaks_for_its_workspace_and_another_one_does_not(
    sqlite_desk: Desk, far_side: FarSide
) -> None:
    async with asyncio.timeout(60), serving_the_bot(sqlite_desk, far_side, enterprise_id="E1") as session:
        assert "You don't belong to any property yet" in await types_command(session, far_side, "E1")
        assert "You don't belong to any property yet" in await types_command(session, far_side, WORKSPACE)
        assert "serve un’altra area di lavoro" in await types_command(session, far_side, "E2")


async def test_without_a_grid_no_organisation_speaks_for_the_workspace(
    sqlite_desk: Desk, far_side: FarSide
) -> None:
    async with asyncio.timeout(60), serving_the_bot(sqlite_desk, far_side) as session:
        assert "serve un’altra area di lavoro" in await types_command(session, far_side, "E1")


async def test_it_is_healthy_and_ready_while_the_database_answers(served: ClientSession) -> None:
    for path in ("/healthz", "/readyz"):
        async with served.get(path) as answer:
            assert (answer.status, await answer.text()) == (200, "ok")


async def test_the_api_is_served_beside_it_to_who_has_a_key(served: ClientSession, sqlite_desk: Desk) -> None:
    async with served.get("/api/v1/events") as answer:
        assert (answer.status, answer.content_type) == (401, "application/problem+json")
    _, secret = await asyncio.to_thread(api_keys.create, sqlite_desk.billing, "Tests", ("read",))
    async with served.get("/api/v1/events", headers={"Authorization": f"Bearer {secret}"}) as answer:
        assert [one["type"] for one in (await answer.json())["data"]] == ["workspace.installed"]


async def test_asked_for_more_it_has_a_line_of_each_thing_that_it_looked_at(
    served: ClientSession, sqlite_desk: Desk
) -> None:
    names = ("process", "database", "books", "due work", "Slack", "workers", "gateway", "webhooks", "clock")
    async with served.get("/readyz?verbose") as answer:
        assert await answer.text() == "\n".join(["ok", *(f"{name}: ok" for name in names)])
    sqlite_desk.billing.held.set()
    async with served.get("/readyz?verbose") as answer:
        first, *lines = (await answer.text()).splitlines()
    assert answer.status == 503
    assert first == "on hold: python -m billing resume says more"
    assert f"books: {first}" in lines
    assert "database: ok" in lines


async def test_it_says_how_far_the_machines_clock_is_from_the_database_and_serves_all_the_same(
    sqlite_desk: Desk, far_side: FarSide
) -> None:
    behind = replace(sqlite_desk.billing, machine_clock=lambda: sqlite_desk.clock.now - timedelta(minutes=4))
    async with serving_the_bot(replace(sqlite_desk, billing=behind), far_side) as session:
        async with session.get("/readyz?verbose") as answer:
            assert answer.status == 200
            assert (await answer.text()).endswith("clock: this machine's is -240 seconds from the database's")
        async with session.get("/metrics") as answer:
            assert "billing_machine_clock_ahead_seconds -240.0\n" in await answer.text()


async def test_it_is_healthy_and_not_ready_while_the_database_is_away(
    served: ClientSession, sqlite_desk: Desk
) -> None:
    def away() -> None:
        sqlite_desk.billing.engine.dispose()
        Path(database).rename(f"{database}.away")
        while not Path(database).is_dir():  # a worker that looks for work just now makes the file anew
            Path(database).unlink(missing_ok=True)
            with suppress(FileExistsError):
                Path(database).mkdir()

    def back() -> None:
        Path(database).rmdir()
        Path(f"{database}.away").rename(database)
        sqlite_desk.billing.engine.dispose()  # of a file that a worker made anew in between

    database = str(sqlite_desk.billing.engine.url.database)
    away()
    async with served.get("/readyz") as answer:
        assert answer.status == 503
        assert database not in await answer.text()
    async with served.get("/healthz") as answer:
        assert answer.status == 200
    back()
    async with served.get("/readyz") as answer:
        assert answer.status == 200


async def test_it_is_ready_on_the_tables_of_the_next_version_and_not_on_those_of_one_before(
    served: ClientSession, sqlite_desk: Desk
) -> None:
    head = newest_revision()
    behind = f"the tables are at revision 0014, this version is for {head}"
    for revision, said in (("9999", (200, "ok")), ("0014", (503, behind)), (head, (200, "ok"))):
        sqlite_desk.execute(f"UPDATE alembic_version SET version_num = '{revision}'")
        async with served.get("/readyz") as answer:
            assert (answer.status, await answer.text()) == said


async def test_it_is_not_ready_while_the_outbox_is_not_at_work_and_says_so(
    sqlite_desk: Desk, far_side: FarSide, capsys: pytest.CaptureFixture[str]
) -> None:
    help.ask_support(sqlite_desk.billing, sqlite_desk.owner(), "Which plan fits?", "CSUPPORT")
    sqlite_desk.execute("UPDATE outbox SET written_at = 'no moment at all'")
    async with serving_the_bot(sqlite_desk, far_side) as session:
        async with asyncio.timeout(60):
            while True:
                async with session.get("/readyz") as answer:
                    if answer.status == 503:
                        assert await answer.text() == "not at work: outbox"
                        break
        async with session.get("/healthz") as healthy:
            assert healthy.status == 200
    assert "a worker fell" in capsys.readouterr().err


async def test_requests_are_counted_by_their_status_and_timed(served: ClientSession) -> None:
    for _ in range(2):
        async with served.post("/slack/events", data=b"command=x") as answer:
            assert answer.status == 401
    async with served.get("/metrics") as answer:
        shown = await answer.text()
    assert 'slack_requests_total{status="401"} 2.0' in shown
    assert "slack_request_seconds_count 2.0" in shown
    assert "billing_database_up 1.0" in shown
    assert 'billing_outbox_waiting{audience="mail_person"} 0.0' in shown
    assert 'billing_outside_call_seconds_count{dependency="slack",outcome="ok"}' in shown


async def test_what_is_measured_while_the_database_is_away_is_shown_all_the_same(
    sqlite_desk: Desk, far_side: FarSide
) -> None:
    async with serving_the_bot(sqlite_desk, far_side) as session:
        sqlite_desk.execute("DROP TABLE holds")
        async with session.get("/metrics") as answer:
            shown = await answer.text()
    assert "billing_database_up 0.0" in shown
    assert "billing_slack_up 1.0" in shown
    assert "billing_due_lag_seconds" not in shown


async def test_the_workspace_is_made_known_with_its_language(
    served: ClientSession, sqlite_desk: Desk
) -> None:
    assert sqlite_desk.rows("SELECT id, name, language FROM workspaces") == [(WORKSPACE, "Esempio", "it")]


@pytest.mark.parametrize("path", ["/", "/slack", "/docs", "/slack/events"])
async def test_nothing_else_is_served(served: ClientSession, path: str) -> None:
    async with served.get(path) as answer:
        assert answer.status in (404, 405)


async def test_two_servers_count_apart(sqlite_desk: Desk) -> None:
    settings = BotSettings(slack_bot_token=SecretStr("x"), slack_signing_secret=SecretStr("y"))
    Server(sqlite_desk.billing, settings)
    Server(sqlite_desk.billing, settings)
