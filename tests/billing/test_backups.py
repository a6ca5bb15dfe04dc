"""The drill: back up, live on, restore, resume. Nothing is charged twice, and no number is given twice."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Event

import pytest
from sqlalchemy import Engine
from typer.testing import CliRunner, Result

from billing.__main__ import program
from billing.adapters import backups, database
from billing.adapters.backups import manifest_of
from billing.bootstrap import real_time
from billing.scheduler import Proof
from billing.services import copies, due_work
from billing.services.reconciliation import reconcile
from billing.services.verify import verify
from billing.values.errors import Unfit
from billing.values.refusals import OnHold
from billing.values.snapshots import SubscriptionSnapshot
from tests.billing.desk import Desk
from tests.conftest import own_database
from tests.postgresql import binaries
from tests.pretend_stripe import RunningStripe

pytestmark = pytest.mark.slow

A_DAY_AND_MORE = timedelta(hours=26)  # so long that the gateway has forgotten its keys


def url_of(engine: Engine) -> str:
    url = engine.url.set(drivername=engine.url.get_backend_name())
    return url.render_as_string(hide_password=False)


@pytest.fixture
def run(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """The operator's command line, with PostgreSQL's programs on its PATH."""
    monkeypatch.setenv("PATH", str(binaries()), prepend=":")
    monkeypatch.setenv("DATABASE_URL", url_of(desk.billing.engine))

    def invoke(*command: object, **settings: str) -> Result:
        return CliRunner().invoke(program, [str(word) for word in command], env=settings)

    return invoke


@pytest.fixture
def empty_url(desk: Desk, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database of the desk's kind: where a backup goes."""
    if desk.billing.engine.dialect.name == "sqlite":
        yield f"sqlite:///{tmp_path}/restored.sqlite3"
        return
    with own_database(request.getfixturevalue("postgresql_server"), "template1") as url:
        yield url


@pytest.fixture
def plan(stripe_desk: Desk) -> SubscriptionSnapshot:
    owner = stripe_desk.owner()
    return stripe_desk.buy(owner, stripe_desk.property_of(owner), token="pm_card_visa")


def numbers(desk: Desk) -> list[str]:
    return [invoice.number for invoice in desk.invoices()]


def opened(desk: Desk, url: str) -> Desk:
    """The same desk at other books, as a process that just started."""
    return replace(desk, billing=replace(desk.billing, engine=database.connect(url), held=Event()))


def test_the_drill(
    stripe_desk: Desk,
    pretend_stripe: RunningStripe,
    plan: SubscriptionSnapshot,
    run: Callable[..., Result],
    empty_url: str,
    tmp_path: Path,
) -> None:
    lost, file = stripe_desk, tmp_path / "books.backup"
    lost.execute("DELETE FROM finished_upgrades")
    assert run("backup", file).exit_code == 0
    database.migrate(lost.billing.engine, finish=True)
    for _ in range(2):
        lost.turn_to(lost.plan(plan.id).period_end_at)
    assert pretend_stripe.collected() == [1220] * 3
    given_out = numbers(lost)

    said = run("restore", file, DATABASE_URL=empty_url)
    assert (said.exit_code, "They are on hold: run verify --against 1-" in said.output) == (0, True)
    desk = opened(lost, empty_url)
    assert numbers(desk) == given_out[:1]
    assert database.unfinished(desk.billing.engine) is None, "nothing older has ever worked on these tables"
    desk.clock.now += A_DAY_AND_MORE
    Proof(desk.billing).payments(desk.billing)
    due_work.run_due(desk.billing)
    assert desk.billing.held.is_set()
    with pytest.raises(OnHold):
        desk.property_of(desk.owner(), "Corso")
    assert pretend_stripe.collected() == [1220] * 3

    head = json.loads(manifest_of(file).read_text())["head"]
    found = {finding.invariant for finding in verify(desk.billing, head=head)}
    assert found == {"due work is done"}, "what the head seals is all there, and what came after is due"
    assert copies.resume(desk.billing) == 2
    for _ in range(2):
        due_work.run_due(desk.billing)
    assert pretend_stripe.collected() == [1220] * 3, "nothing is charged twice"
    assert numbers(desk) == given_out, "and each renewal has the number that it had"
    assert verify(desk.billing) == ()
    assert reconcile(desk.billing, plan.period_end_at - timedelta(days=40)) == ()
    desk.turn_to(desk.plan(plan.id).period_end_at)
    assert pretend_stripe.collected() == [1220] * 4
    assert len(set(numbers(desk))) == 4
    desk.billing.engine.dispose()


def test_a_backup_is_whole_and_for_its_owner_alone_and_says_what_it_holds(
    desk: Desk, run: Callable[..., Result], tmp_path: Path
) -> None:
    file = tmp_path / "books.backup"
    said = run("backup", file, "--language", "it")
    manifest = json.loads(manifest_of(file).read_text())
    assert said.output.startswith(f"{file} contiene i dati alla revisione {database.newest_revision()}.")
    assert manifest["head"] in said.output
    assert manifest["revision"] == database.newest_revision()
    assert {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {
        "books.backup": 0o600,
        "books.backup.json": 0o600,
    }
    before = file.read_bytes()
    again = run("backup", file)
    assert (again.exit_code, again.output.count("\n")) == (1, 1)
    assert again.output.startswith(f"Nothing was backed up: {file} is there already")
    assert file.read_bytes() == before
    nowhere = run("backup", tmp_path / "nowhere" / "file")
    assert (nowhere.exit_code, nowhere.output.count("\n")) == (1, 1)


def test_what_cannot_be_restored_is_said_and_nothing_is_begun(
    desk: Desk, run: Callable[..., Result], empty_url: str, tmp_path: Path
) -> None:
    file = tmp_path / "books.backup"
    assert run("backup", file).exit_code == 0
    full = run("restore", file)
    assert (full.exit_code, "is not empty: name a new one" in full.output) == (1, True)
    manifest = json.loads(manifest_of(file).read_text())
    for changed, why in (
        ({"revision": "9999"}, "the backup is at revision 9999, this version at "),
        ({"database": "oracle"}, "the backup is of oracle"),
        ({"sha256": "0"}, "is not what was backed up"),
        ({"more": 1}, "is not the manifest of a backup"),
    ):
        manifest_of(file).write_text(json.dumps(manifest | changed))
        refused = run("restore", file, DATABASE_URL=empty_url)
        assert (refused.exit_code, refused.output.count("\n")) == (1, 1)
        assert refused.output.startswith("Nothing was restored: ")
        assert why in refused.output
    manifest_of(file).unlink()
    assert f"{manifest_of(file)} does not exist" in run("restore", file, DATABASE_URL=empty_url).output
    engine = database.connect(empty_url)
    assert database.revision_of(engine) is None
    engine.dispose()


def test_of_a_program_that_fails_its_own_words_are_said_and_not_what_others_write_before_them() -> None:
    """As Debian's pg_dump, a script of Perl, writes it where the locale of the shell is not installed."""
    written = (
        "perl: warning: Setting locale failed.\nperl: warning: Please check that your locale settings:\n"
        "pg_dump: error: aborting because of server version mismatch\n"
        "pg_dump: detail: server version: 18.1; pg_dump version: 15.14\n"
    )
    assert backups.why_it_ended("pg_dump", written) == (
        "aborting because of server version mismatch; detail: server version: 18.1; pg_dump version: 15.14"
    )
    assert backups.why_it_ended("pg_dump", "Killed\n") == "Killed"
    assert backups.why_it_ended("pg_dump", "") == ""


def test_without_the_programs_of_postgresql_it_is_said_which_one_is_wanted(
    reused_postgresql: object, postgresql_server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with own_database(postgresql_server, "template_desk") as url:
        engine = database.connect(url)
        monkeypatch.setenv("PATH", str(tmp_path))
        assert shutil.which("pg_dump") is None
        with pytest.raises(
            Unfit, match="pg_dump is not on the PATH: install the client programs of PostgreSQL"
        ):
            backups.back_up(engine, tmp_path / "file", real_time(), "")
        assert list(tmp_path.iterdir()) == []
        engine.dispose()
