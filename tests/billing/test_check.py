"""Before anything is begun: is the database there, are its tables of this version, can it sell, are clocks right."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from billing.__main__ import program
from billing.adapters import database
from billing.queries.clock import database_now
from billing.services import check
from tests.billing.desk import CATALOGUE, Desk

ROOT = Path(__file__).parents[2]


def run(*command: str, url: str) -> tuple[int, str]:
    ended = CliRunner().invoke(program, command, env={"DATABASE_URL": url})
    return ended.exit_code, ended.output


@pytest.mark.parametrize("command", ["migrate", "verify", "check"])
@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("postgresql://nobody:secret@127.0.0.1:1/books", "postgresql+psycopg://nobody:***@127.0.0.1:1/books cannot"),
        ("sqlite:////nowhere/books.sqlite3", "/nowhere/books.sqlite3 cannot be reached: unable to open"),
    ],
)  # fmt: skip
def test_a_database_that_cannot_be_reached_is_said_in_one_sentence(command: str, url: str, why: str) -> None:
    code, output = run(command, url=url)
    assert (code, output.count("\n")) == (1, 1)
    assert output.startswith("DATABASE_URL: the database ")
    assert why in output
    assert "secret" not in output


def test_tables_of_another_version_are_said_with_what_to_do(bare_database_url: str) -> None:
    url, engine = bare_database_url, database.connect(bare_database_url)
    where = engine.url.render_as_string()
    before = f"The database {where} has no tables yet: python -m billing migrate makes them.\n"
    assert run("verify", url=url) == (1, before)
    database.migrate(engine, "0014")
    head = database.newest_revision()
    older = f"The database {where} is at revision 0014: python -m billing migrate brings it to {head}.\n"
    assert run("verify", url=url) == (1, older)
    assert run("migrate", url=url)[0] == 0
    assert run("verify", url=url)[0] == 0
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    newer = f"is at revision 9999, this version at {head}: install the newer version.\n"
    assert run("verify", url=url) == (1, f"The database {where} {newer}")
    engine.dispose()


def test_check_says_what_is_missing_before_the_first_sale(bare_database_url: str) -> None:
    url = bare_database_url
    assert run("migrate", url=url)[0] == 0
    missing = "No catalogue is in force: python -m billing catalogue FILE puts one in force.\n"
    assert run("check", url=url) == (1, missing)
    assert run("catalogue", str(CATALOGUE), "--yes", url=url)[0] == 0
    code, said = run("check", url=url)
    assert (code, said.startswith("OK: ")) == (0, True)


def test_check_says_by_how_much_the_clock_is_wrong(desk: Desk) -> None:
    with desk.billing.read("test") as work:
        there = work.session.scalars(database_now()).one()
    desk.clock.now = there + timedelta(hours=1)
    (ahead,) = check.check(desk.billing)
    assert re.fullmatch(
        r"This machine's clock is 3,[56]\d\d seconds ahead of the database's: .*both\.", ahead
    )
    desk.clock.now = there - timedelta(hours=1)
    (behind,) = check.check(desk.billing)
    assert " seconds behind the database's" in behind


def test_the_bot_does_not_begin_on_a_database_without_tables(tmp_path: Path) -> None:
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "DATABASE_URL": f"sqlite:///{tmp_path}/books.sqlite3",
        "SLACK_BOT_TOKEN": "xoxb-1",
        "SLACK_SIGNING_SECRET": "s",
    }
    ended = subprocess.run(
        [sys.executable, "-m", "bot"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    pretended, fault = ended.stderr.splitlines()
    assert ended.returncode == 1
    assert pretended.startswith("PAYMENT_GATEWAY=sandbox")
    assert fault.endswith("has no tables yet: python -m billing migrate makes them.")
