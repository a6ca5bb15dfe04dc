"""A PostgreSQL connection that falls silent without a reset is left in time, and work goes on by others."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from socket import create_server

import pytest
from sqlalchemy import Engine, make_url
from sqlalchemy.exc import OperationalError

from billing.adapters import database
from tests.postgresql import ReusedDatabase
from tests.relay import Relay, relaying

pytestmark = pytest.mark.slow

SILENCE_SECONDS = 0.3


@pytest.fixture
def relay(reused_postgresql: ReusedDatabase) -> Iterator[Relay]:
    url = make_url(reused_postgresql.url)
    assert url.host
    assert url.port
    with relaying(url.host, url.port) as relay:
        yield relay


@pytest.fixture
def engine(relay: Relay, reused_postgresql: ReusedDatabase) -> Iterator[Engine]:
    through = make_url(reused_postgresql.url).set(host="127.0.0.1", port=relay.port)
    engine = database.connect(through.render_as_string(hide_password=False), SILENCE_SECONDS)
    yield engine
    engine.dispose()


def test_a_statement_that_nobody_answers_ends_and_its_connection_is_used_no_more(
    engine: Engine, relay: Relay
) -> None:
    with engine.connect() as connection:
        connection.exec_driver_sql("SELECT 1")
        relay.fall_silent()
        with pytest.raises(OperationalError, match=r"no answer within 0\.3 seconds"):
            connection.exec_driver_sql("SELECT 2")
        assert connection.invalidated
    relay.speak_again()
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT 3").scalar() == 3


def test_a_pooled_connection_that_fell_silent_is_found_by_its_ping_and_replaced(
    engine: Engine, relay: Relay
) -> None:
    with engine.connect() as connection:
        before = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar()
    relay.fall_silent()
    with pytest.raises(OperationalError), engine.begin():
        pass
    relay.speak_again()
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT pg_backend_pid()").scalar() != before


def test_a_server_that_takes_the_call_and_never_speaks_is_given_up() -> None:
    with ThreadPoolExecutor(1) as pool, create_server(("127.0.0.1", 0)) as listener:
        url = f"postgresql://nobody@127.0.0.1:{listener.getsockname()[1]}/nothing"
        trying = pool.submit(database.connect(url).connect)
        given_up, _ = wait([trying], timeout=30)
    assert given_up
    assert isinstance(trying.exception(), OperationalError)


def test_what_the_server_says_of_a_statement_stays_in_its_own_words(engine: Engine) -> None:
    with engine.connect() as connection:
        connection.exec_driver_sql("SET statement_timeout = '50ms'")
        with pytest.raises(OperationalError, match="canceling statement due to statement timeout"):
            connection.exec_driver_sql("SELECT pg_sleep(5)")
        assert not connection.invalidated
