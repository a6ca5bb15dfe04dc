"""What nobody is to read stays unread: values in logs, passwords in settings, the books on the disk."""

from __future__ import annotations

import json
import stat
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
import structlog
from sqlalchemy.exc import IntegrityError

from billing import logs
from billing.adapters import database
from billing.adapters.mail import SmtpMailer
from billing.services import audit, members
from billing.settings import BillingSettings
from billing.values.actors import Actor
from billing.values.refusals import NotFound
from billing.work import MAX_REFUSALS
from tests.billing.desk import WORKSPACE, Desk

TYPED = "typed-by-somebody@example.com"

ROOT = Path(__file__).parents[2]


def test_what_was_typed_is_in_no_message_of_the_database_and_in_no_log(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.configure()
    desk.property_of(desk.owner())
    twice = f"INSERT INTO workspaces (id, name, language) VALUES ('{WORKSPACE}', :name, 'en')"
    with pytest.raises(IntegrityError) as raised:
        desk.execute(twice, name=TYPED)
    assert "parameters hidden" in str(raised.value)
    structlog.get_logger().error("a row was not taken", exc_info=raised.value)
    said = capsys.readouterr().err
    assert "IntegrityError" in said
    assert TYPED not in said
    assert "DETAIL" not in said


def test_what_was_typed_in_many_lines_is_in_no_log(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure()
    desk.property_of(desk.owner())
    with pytest.raises(IntegrityError) as raised:
        desk.execute("UPDATE properties SET name = :name, time_zone = NULL", name=f"Roma\n{TYPED}\n{TYPED}")
    structlog.get_logger().error("a row was not taken", exc_info=raised.value)
    said = json.loads(capsys.readouterr().err)["exception"]
    assert "time_zone" in said
    assert "[SQL: UPDATE properties" in said
    assert TYPED not in said


def test_of_what_a_copy_says_of_its_line_nothing_is_in_the_log() -> None:
    said = (
        'psycopg.errors.BadCopyFileFormat: extra data\nDETAIL:  one\nCONTEXT:  COPY invoices, line 1: "Rossi\n'
        'Via Roma 1"\nHINT:  See the manual.\n\nThe above exception was the direct cause of the following'
    )
    assert logs.without_values(None, "", {"exception": said})["exception"].splitlines() == [
        "psycopg.errors.BadCopyFileFormat: extra data",
        "HINT:  See the manual.",
        "",
        "The above exception was the direct cause of the following",
    ]


def test_the_same_trouble_is_written_once_a_minute_with_how_often_it_was_kept_back() -> None:
    now = [0.0]
    once, written = logs.Once(lambda: now[0]), []
    for at, error in [*[(0.0, "OSError")] * 500, (0.0, "another"), (61.0, "OSError")]:
        now[0] = at
        with suppress(structlog.DropEvent):
            written.append(once(None, "error", {"event": "the disk is full", "error": error}))
    assert [(event["error"], event.get("kept_back")) for event in written] == [
        ("OSError", None),
        ("another", None),
        ("OSError", 499),
    ]


def test_what_libraries_log_has_the_form_of_ours_and_no_local_variables() -> None:
    program = (
        "import logging; from billing import logs; logs.configure(); logs.configure_libraries()\n"
        "def fails(secret):\n    raise ValueError('no')\n"
        "try:\n    fails('hunter2')\n"
        "except ValueError:\n    logging.getLogger('apscheduler').exception('a job %s', 'fell')\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    (line,) = ended.stderr.splitlines()
    written = json.loads(line)
    assert (written["event"], written["level"], written["logger"]) == ("a job fell", "error", "apscheduler")
    assert "ValueError: no" in written["exception"]
    assert "hunter2" not in line
    assert ended.stdout == ""


def test_a_password_is_in_no_picture_of_settings_or_mailer() -> None:
    settings = BillingSettings(
        database_url="postgresql://desk:s3cret@127.0.0.1/desk", smtp_url="smtp://desk:s3cret@127.0.0.1:25"
    )
    assert "s3cret" not in repr(settings)
    assert "s3cret" not in repr(SmtpMailer(settings.smtp_url))


def test_the_books_are_made_for_their_user_alone(tmp_path: Path) -> None:
    path = tmp_path / "books.sqlite3"
    engine = database.connect(f"sqlite:///{path}")
    database.migrate(engine)
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE workspaces SET name = 'x'")
        made = sorted(tmp_path.glob("books.sqlite3*"))
        assert [stat.S_IMODE(each.stat().st_mode) for each in made] == [0o600] * len(made)
        assert len(made) == 3  # with what SQLite keeps beside them while they are open
    engine.dispose()


def test_who_is_refused_without_end_does_not_fill_the_audit_log(desk: Desk) -> None:
    made = desk.property_of(desk.owner())
    stranger = Actor(WORKSPACE, "U0STRANGER")
    for _ in range(MAX_REFUSALS + 20):
        with pytest.raises(NotFound):
            members.listed(desk.billing, stranger, made.id)
        audit.record_refusal(desk.billing, stranger, "typed", "Outsider")
    of_them = "SELECT id FROM audit_entries WHERE user_id = 'U0STRANGER'"
    assert len(desk.rows(of_them)) == MAX_REFUSALS
    with pytest.raises(NotFound):
        members.listed(desk.billing, Actor(WORKSPACE, "U0OTHER"), made.id)
    assert len(desk.rows("SELECT id FROM audit_entries WHERE user_id = 'U0OTHER'")) == 1
