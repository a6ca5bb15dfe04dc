"""What a bot that nobody has asked anything carries, and that its first turn waits for nothing to be loaded."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from billing.services import api_keys
from tests.billing.desk import WORKSPACE, Desk
from tests.bot.conftest import FarSide
from tests.bot.test_process import running_bot, signed_form, until_said

pytestmark = pytest.mark.slow

# Python writes what it loads to the log, as it does so.
LISTED = {"PYTHONPROFILEIMPORTTIME": "1"}
# Drivers and adapters of what is not configured, the API that nobody asks, and what draws documents.
LEFT_OUT = {
    "alembic", "cryptography", "fastapi", "lxml", "opentelemetry", "PIL", "psycopg", "pygments", "reportlab",
    "rich.console", "stripe", "typer", "uvicorn.protocols.websockets", "websockets", "xlsxwriter", "yaml",
}  # fmt: skip


def loaded(folder: Path) -> list[str]:
    log = (folder / "log").read_text()
    return re.findall(r"^import time:.*\|\s+(\S+)$", log, re.MULTILINE)


async def test_an_idle_bot_loads_what_is_configured_and_its_first_turn_finds_all_it_needs(
    sqlite_desk: Desk, far_side: FarSide, tmp_path: Path
) -> None:
    far_side.knows_the_bot()
    far_side.usual["users.info"] = {"user": {"id": "U1", "team_id": WORKSPACE, "is_owner": True}}
    url = sqlite_desk.billing.engine.url.render_as_string(hide_password=False)
    async with running_bot(tmp_path, url, far_side.url, LISTED) as (_, session):
        await until_said(session, "/readyz", "ok")
        at_start = loaded(tmp_path)
        assert "bot.listeners.properties" in at_start
        assert LEFT_OUT.isdisjoint(at_start)
        body, headers = signed_form(1)
        async with session.post("/slack/events", data=body, headers=headers) as answer:
            assert "is created" in await answer.text()
        assert loaded(tmp_path)[len(at_start) :] == []
        async with session.get("/api/v1/invoices") as answer:
            assert answer.status == 401
        assert "fastapi" in loaded(tmp_path)


async def test_where_somebody_has_a_key_the_api_is_made_before_it_is_asked(
    sqlite_desk: Desk, far_side: FarSide, tmp_path: Path
) -> None:
    far_side.knows_the_bot()
    api_keys.create(sqlite_desk.billing, "Shop", ("read",))
    url = sqlite_desk.billing.engine.url.render_as_string(hide_password=False)
    async with running_bot(tmp_path, url, far_side.url, LISTED) as (_, session):
        await until_said(session, "/readyz", "ok")
        while "api.routes.webhooks" not in loaded(tmp_path):
            await until_said(session, "/healthz", "ok")


def test_who_asks_for_help_waits_for_none_of_it() -> None:
    told = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "bot", "--help"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "--no-worker" in told.stdout
    assert "sqlalchemy" not in told.stderr
    assert "slack" not in told.stderr
