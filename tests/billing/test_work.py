"""The transaction: nothing read and written back is lost, all of it or nothing, and readers wait for nobody."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from billing.adapters import database
from billing.models import NumberSeries, Subscription
from billing.values.refusals import ChangedMeanwhile
from tests.billing.desk import WORKSPACE, Desk, at_once

COUNTER = "counter of a test"


def count_up(desk: Desk) -> None:
    with desk.billing.work("test") as work:
        counter = work.session.get_one(NumberSeries, COUNTER, with_for_update=True)
        counter.last = counter.last + 1


def test_eight_threads_that_read_and_write_back_lose_nothing(desk: Desk) -> None:
    with desk.billing.work("test") as work:
        work.session.add(NumberSeries(name=COUNTER, last=0))

    def twenty_five_times() -> None:
        for _ in range(25):
            count_up(desk)

    at_once(*[twenty_five_times] * 8)
    assert desk.rows("SELECT last FROM number_series") == [(200,)]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_sqlite_has_written_a_commit_to_the_disk_before_it_says_so(database_url: str) -> None:
    """As the product connects: the desks of tests do not wait for that."""
    full, engine = 2, database.connect(database_url)
    with engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == full
    engine.dispose()


def test_an_exception_takes_everything_back(desk: Desk) -> None:
    def write_and_stumble() -> None:
        with desk.billing.work("test") as work:
            work.session.add(NumberSeries(name=COUNTER, last=0))
            work.session.flush()
            raise ZeroDivisionError

    before = desk.everything()
    with pytest.raises(ZeroDivisionError):
        write_and_stumble()
    assert desk.everything() == before


def test_a_rehearsal_leaves_nothing_behind(desk: Desk) -> None:
    before = desk.everything()
    with desk.billing.dry_run("test") as work:
        work.session.add(NumberSeries(name=COUNTER, last=0))
        work.session.flush()
    assert desk.everything() == before


def test_who_only_looks_does_not_wait_for_one_who_writes(desk: Desk) -> None:
    with desk.billing.work("test") as writing:
        writing.session.add(NumberSeries(name=COUNTER, last=0))
        writing.session.flush()
        with desk.billing.read("test") as looking:
            assert looking.session.get(NumberSeries, COUNTER) is None
    with desk.billing.read("test") as looking:
        assert looking.session.get(NumberSeries, COUNTER) is not None


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_who_stands_still_in_a_transaction_does_not_keep_its_locks_for_ever(desk: Desk) -> None:
    with desk.billing.work("test") as work:
        assert work.session.scalar(text("SHOW idle_in_transaction_session_timeout")) == "1min"


def test_an_act_has_one_moment(desk: Desk) -> None:
    began = desk.clock.now
    with desk.billing.work("test") as work:
        desk.clock.now = began.replace(year=2030)
        assert work.now == began


def test_a_row_that_another_changed_under_ones_hands_is_changed_meanwhile(desk: Desk) -> None:
    owner = desk.owner()
    bought = desk.subscribed(owner, desk.property_of(owner))

    def write_what_was_read_before() -> None:
        with desk.billing.work("test") as work:
            subscription = work.session.get_one(Subscription, (WORKSPACE, bought.id))
            work.session.connection().exec_driver_sql("UPDATE subscriptions SET version = version + 1")
            subscription.receipts_to = "somebody@example.com"

    with pytest.raises(ChangedMeanwhile):
        write_what_was_read_before()


def test_a_reference_to_nothing_is_refused_on_both_databases(desk: Desk) -> None:
    with pytest.raises(IntegrityError):
        desk.execute("INSERT INTO members VALUES ('T0001', 'prop_NONE', 'UNOBODY', 'owner')")
