"""One clock for all processes of one database, whatever their machines say; a jump is seen and said."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic

import pytest
from sqlalchemy import make_url
from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs

from billing import Billing
from billing.adapters.clock import DatabaseClock
from billing.bootstrap import database_fault, make_billing, real_time
from billing.models.clock import from_now
from billing.services import check
from billing.settings import BillingSettings
from billing.values.cycles import local_date
from sandbox.gateway.faults import Fault
from tests.billing.desk import Desk
from tests.clocks import DatabaseWithClock, with_clock
from tests.conftest import own_database
from tests.pretend_stripe import RunningStripe
from tests.relay import relaying

ROOT = Path(__file__).parents[2]
A_MOMENT = timedelta(seconds=2)
TRIES = "SELECT state FROM payment_attempts ORDER BY sent_at"


@pytest.fixture
def server(postgresql_server: str, migrated_postgresql: str) -> Iterator[DatabaseWithClock]:
    with own_database(postgresql_server, migrated_postgresql) as url:
        yield DatabaseWithClock(url)


@contextmanager
def desk_of_production(url: str) -> Iterator[Billing]:
    """As each program opens it."""
    billing = make_billing(BillingSettings(database_url=url), silence_seconds=1.0)
    assert database_fault(billing) is None
    yield billing
    billing.engine.dispose()


def look(billing: Billing) -> None:
    """Some transaction or other."""
    with billing.read("test") as work:
        work.session.scalar(from_now())


@pytest.mark.postgresql
def test_a_jump_of_the_databases_clock_is_followed_and_said(server: DatabaseWithClock) -> None:
    ahead = timedelta(minutes=5)
    with desk_of_production(server.url) as billing:
        assert abs(billing.clock() - real_time()) < A_MOMENT
        server.put(ahead)
        with capture_logs() as logged:
            look(billing)
        assert abs(billing.clock() - real_time() - ahead) < A_MOMENT
        (forward,) = logged
        server.put(-ahead)
        with capture_logs() as logged:
            look(billing)
            look(billing)
        assert abs(billing.clock() - real_time() + ahead) < A_MOMENT
        (back,) = logged
    said = "the database's clock jumped, or this machine stood still"
    assert (forward["event"], forward["log_level"], round(forward["seconds"])) == (said, "error", 300)
    assert (back["event"], round(back["seconds"])) == (said, -600)


@pytest.mark.postgresql
def test_check_says_how_far_the_machine_is_from_the_database(server: DatabaseWithClock) -> None:
    server.put(-timedelta(hours=1))
    with desk_of_production(server.url) as billing:
        _, ahead = map(str, check.check(billing))
        assert check.machine_ahead(billing).total_seconds() == pytest.approx(3600, abs=2)
    assert ahead.startswith("This machine's clock is 3600 seconds ahead of the database's, by which ")


@pytest.mark.postgresql
def test_while_the_database_is_away_its_clock_goes_on(server: DatabaseWithClock) -> None:
    ahead, at = timedelta(days=3), make_url(server.url)
    assert at.host
    assert at.port
    server.put(ahead)
    with (
        relaying(at.host, at.port) as relay,
        desk_of_production(at.set(port=relay.port).render_as_string(hide_password=False)) as billing,
    ):
        before = billing.clock()
        relay.fall_silent()
        with pytest.raises(OperationalError):
            look(billing)
        assert before < billing.clock()
        assert abs(billing.clock() - real_time() - ahead) < A_MOMENT
        relay.speak_again()


def test_before_the_first_answer_it_is_the_machines() -> None:
    at = datetime(2026, 5, 10, tzinfo=UTC)
    assert DatabaseClock(lambda: at)() == at


def test_on_sqlite_it_stays_the_machines(sqlite_desk: Desk) -> None:
    url = sqlite_desk.billing.engine.url.render_as_string()
    with desk_of_production(url) as billing:
        look(billing)
        assert billing.clock() - billing.machine_clock() < A_MOMENT


def told(*answers: tuple[float, float]) -> float:
    """What a clock says, in seconds since 1970, that was answered so each time, after so many seconds."""
    clock = DatabaseClock(real_time)
    for there, seconds in answers:
        clock.answered(there, monotonic() - seconds)
    return clock().timestamp()


@pytest.mark.parametrize(
    ("answers", "now"),
    [
        pytest.param([(1000.0, 0.0)], 1000.0, id="quick"),
        pytest.param([(1000.0, 1.0)], 1000.5, id="slow: it was answered half-way"),
        pytest.param([(1000.0, 1.0), (1000.9, 0.0)], 1000.9, id="a quicker one counts"),
        pytest.param([(1000.0, 0.0), (999.2, 1.0)], 1000.0, id="a slower one that agrees takes nothing back"),
        pytest.param(
            [(1000.0, 0.0), (1001.0, 1.5)], 1001.0, id="a slower one that differs moves it no further"
        ),
        pytest.param([(1000.0, 0.0), (2000.0, 3.0)], 1000.0, id="one that is too slow says nothing"),
    ],
)
def test_the_quickest_answer_counts(answers: list[tuple[float, float]], now: float) -> None:
    assert told(*answers) == pytest.approx(now, abs=0.1)


def run_due(url: str, stripe: RunningStripe, fake: str) -> None:
    """`run-due` in a process with that clock."""
    settings = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "DATABASE_URL": url,
        "SELLER_NAME": "Venditore S.p.A.",
        "SELLER_ADDRESS": "Via dei Mille 10",
        "SELLER_VAT_NUMBER": "IT01114601006",
        **stripe.settings,
        "VIES": "off",
    }
    command = [sys.executable, "-m", "billing", "run-due"]
    subprocess.run(command, env=settings | with_clock(fake), capture_output=True, timeout=60, check=True)


@pytest.mark.slow
@pytest.mark.postgresql
def test_what_one_process_puts_off_another_takes_up_at_that_moment_whatever_their_clocks_say(
    server: DatabaseWithClock, pretend_stripe: RunningStripe
) -> None:
    with Desk.open(server.url) as opened:
        desk = replace(opened, billing=replace(opened.billing, gateway=pretend_stripe.gateway()))
        desk.clock.now = real_time() - timedelta(days=31, hours=5)
        owner = desk.owner()
        desk.buy(owner, desk.property_of(owner), token="pm_card_visa")
        pretend_stripe.stripe.faults.plan("/confirm", *[Fault.LOST] * 3)
        run_due(server.url, pretend_stripe, "+1d")
        (invoiced,) = desk.rows("SELECT issued_at, issued_on FROM invoices ORDER BY issued_at DESC LIMIT 1")
        assert abs(invoiced.issued_at - real_time()) < timedelta(minutes=1)
        assert invoiced.issued_on == local_date(invoiced.issued_at, "Europe/Rome")
        run_due(server.url, pretend_stripe, "-1d")
        assert [row.state for row in desk.rows(TRIES)] == ["succeeded", "unknown"]
        server.put(timedelta(seconds=61))
        run_due(server.url, pretend_stripe, "-1d")
        assert [row.state for row in desk.rows(TRIES)] == ["succeeded", "succeeded"]
    assert pretend_stripe.collected() == [1220, 1220]
