"""Before anything is begun: is the database there, are its tables of this version, can it sell, are clocks right."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest
from sqlalchemy import Connection, event, make_url
from typer.testing import CliRunner

from billing.__main__ import program
from billing.adapters import database
from billing.queries.clock import database_now
from billing.services import check, copies
from billing.values.errors import Away
from sandbox.gateway.server import API_KEY
from tests.billing.desk import CATALOGUE, Desk
from tests.conftest import own_database
from tests.mailboxes import PASSWORD, Authority, Box, running_box
from tests.pretend_stripe import RunningStripe

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]


OWN = {
    "SELLER_NAME": "Venditore S.p.A.",
    "SELLER_ADDRESS": "Via dei Mille 10",
    "SELLER_VAT_NUMBER": "IT01114601006",
}


def run(*command: str, url: str, **settings: str) -> tuple[int, str]:
    ended = CliRunner().invoke(program, command, env={"DATABASE_URL": url, **OWN, **settings})
    return ended.exit_code, ended.output


def tried(**settings: str) -> tuple[int, str]:
    """What `check` answers, without what is logged meanwhile."""
    ended = CliRunner().invoke(program, ["check"], env={**OWN, **settings})
    return ended.exit_code, ended.stdout


@pytest.mark.parametrize("command", ["migrate", "verify", "check"])
@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("postgresql://nobody:secret@127.0.0.1:1/books", "postgresql+psycopg://nobody:***@127.0.0.1:1/books cannot"),
        ("sqlite:////nowhere/books.sqlite3", "/nowhere/books.sqlite3 cannot be reached: unable to open"),
        (f"sqlite:////{'x' * 300}.sqlite3", ".sqlite3 cannot be reached: unable to open"),
    ],
)  # fmt: skip
def test_a_database_that_cannot_be_reached_is_said_in_one_sentence(command: str, url: str, why: str) -> None:
    code, output = run(command, url=url)
    assert (code, output.count("\n")) == (1, 1)
    assert output.startswith("DATABASE_URL: the database ")
    assert why in output
    assert "secret" not in output


@pytest.mark.parametrize(
    ("setting", "waits"),
    [
        ("ALTER DATABASE {name} ALLOW_CONNECTIONS false", True),
        ("ALTER ROLE {name} CONNECTION LIMIT 0", True),
        ("ALTER ROLE {name} NOLOGIN", False),
        ("ALTER DATABASE {name} RENAME TO {name}_moved", False),
    ],
)
def test_only_what_may_pass_is_waited_for(
    postgresql_server: str, migrated_postgresql: str, setting: str, waits: bool
) -> None:
    """Of what a server says that does not let us in."""
    with own_database(postgresql_server, migrated_postgresql) as url:
        name = make_url(url).database or ""
        with psycopg.connect(f"{postgresql_server}/postgres", autocommit=True) as server:
            server.execute(f"CREATE ROLE {name} LOGIN")
            engine = database.connect(make_url(url).set(username=name).render_as_string(hide_password=False))
            no_rights = database.fault_of(engine, migrated=False)
            assert "does not let us read it: permission denied for table" in str(no_rights)
            engine.dispose()
            server.execute(setting.format(name=name))
            fault = database.fault_of(engine, migrated=False)
            assert (type(fault) is Away) is waits, str(fault)
            if "RENAME" in setting:
                server.execute(f"ALTER DATABASE {name}_moved RENAME TO {name}")
            server.execute(f"DROP OWNED BY {name}; DROP ROLE {name}")


def test_a_server_that_ends_our_connection_may_come_back(
    postgresql_server: str, migrated_postgresql: str
) -> None:
    with own_database(postgresql_server, migrated_postgresql) as url:
        engine = database.connect(url)

        @event.listens_for(engine, "before_cursor_execute")
        def end_it(connection: Connection, *_: object) -> None:
            with psycopg.connect(url, autocommit=True) as other:
                ended = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
                other.execute(ended + " AND datname = current_database()")

        assert type(database.fault_of(engine)) is Away
        engine.dispose()


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
    for refused in ("verify", "migrate"):
        assert run(refused, url=url) == (1, f"The database {where} {newer}")
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
    (ahead,) = map(str, check.check(desk.billing))
    assert re.fullmatch(
        r"This machine's clock is 3[56]\d\d seconds ahead of the database's, .*set both\. .*", ahead
    )
    desk.clock.now = there - timedelta(hours=1)
    (behind,) = map(str, check.check(desk.billing))
    assert " seconds behind the database's" in behind


@pytest.mark.parametrize(
    ("language", "note"),
    [
        ("en", "The books are on hold: nothing is issued, charged or sent until python -m billing resume. Why: "),
        ("it", "I dati sono sospesi: nulla viene emesso, addebitato o inviato fino a python -m billing resume. "),
    ],
)  # fmt: skip
def test_check_says_that_nothing_is_charged_while_the_books_are_on_hold(
    desk: Desk, language: str, note: str
) -> None:
    url = desk.billing.engine.url.set(drivername=desk.billing.engine.url.get_backend_name())
    given = {"DATABASE_URL": url.render_as_string(hide_password=False), "LANG": language}
    assert note not in tried(**given)[1]
    copies.hold(desk.billing, "A drill")
    code, said = tried(**given)
    assert (code, said.startswith(note), "A drill\nOK: " in said) == (0, True, True)


def started_bot(folder: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    """`python -m bot` with these settings beside Slack's, until it ends."""
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "DATABASE_URL": f"sqlite:///{folder}/books.sqlite3",
        "SLACK_BOT_TOKEN": "xoxb-1",
        "SLACK_SIGNING_SECRET": "s",
        **settings,
    }
    return subprocess.run(
        [sys.executable, "-m", "bot"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_bot_does_not_begin_on_a_database_without_tables(tmp_path: Path) -> None:
    ended = started_bot(tmp_path, **OWN)
    pretended, fault = ended.stderr.splitlines()
    assert ended.returncode == 1
    assert pretended.startswith("PAYMENT_GATEWAY=sandbox")
    assert fault.endswith("has no tables yet: python -m billing migrate makes them.")


def test_the_seller_of_the_example_issues_no_invoice(tmp_path: Path) -> None:
    ended = started_bot(tmp_path)
    _, fault = ended.stderr.splitlines()
    assert ended.returncode == 1
    assert fault.startswith(
        "SELLER_NAME, SELLER_ADDRESS, SELLER_VAT_NUMBER: still the example's, which issues"
    )
    assert list(tmp_path.iterdir()) == [], "nothing was begun"


def test_check_tries_the_key_of_the_gateway_and_whether_it_is_of_the_account_of_the_books(
    desk: Desk, pretend_stripe: RunningStripe
) -> None:
    url = desk.billing.engine.url.set(drivername=desk.billing.engine.url.get_backend_name())
    given = {
        "DATABASE_URL": url.render_as_string(hide_password=False),
        "PAYMENT_GATEWAY": "stripe",
        "STRIPE_API_KEY": API_KEY,
        "STRIPE_WEBHOOK_SECRET": "whsec_1",
        "STRIPE_API_URL": pretend_stripe.url,
        "VIES": "off",
    }
    assert tried(**given)[1].startswith("OK: ")
    code, said = tried(**given | {"STRIPE_API_KEY": "sk_test_wrong"})
    assert (code, said.count("\n")) == (1, 1)
    assert said.startswith("STRIPE_API_KEY: Stripe refuses it (")
    assert tried(**given | {"STRIPE_API_URL": "http://127.0.0.1:1"}) == (
        1,
        "STRIPE_API_URL: Stripe gives no answer; nothing can be collected until it does.\n",
    )
    owner = desk.owner()
    desk.subscribed(owner, desk.property_of(owner))  # by another gateway than this Stripe
    code, said = tried(**given, LANG="it_IT.UTF-8")
    assert (code, said.count("\n")) == (1, 1)
    assert "Stripe non conosce pi_" in said


def test_check_logs_in_to_the_mail_server(sqlite_desk: Desk, tmp_path: Path) -> None:
    box, authority = Box(), Authority.make(tmp_path)
    url = sqlite_desk.billing.engine.url.render_as_string()
    with running_box(box, starttls=authority.server, login=True) as at:
        given = {"url": url, "SMTP_CA_FILE": authority.ca_file}
        good = f"smtp://desk:{quote(PASSWORD, safe='')}@{at}"
        assert run("check", SMTP_URL=good, **given)[0] == 0
        assert box.logged_in == [b"desk"]
        code, said = run("check", SMTP_URL=f"smtp://desk:wrong@{at}", **given)
    assert (code, said.count("\n"), "wrong" in said) == (1, 1, False)
    assert said.startswith("SMTP_URL: the mail server does not let us in (SMTPAuthenticationError")
    assert box.taken == []
