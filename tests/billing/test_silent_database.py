"""A PostgreSQL connection that falls silent without a reset is left in time, and work goes on by others."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from socket import create_server
from typing import Any

import psycopg
import pytest
from sqlalchemy import Engine, make_url
from sqlalchemy.exc import OperationalError

from billing.adapters import database
from billing.services import properties
from tests.billing.desk import WORKSPACE, Desk
from tests.conftest import own_database
from tests.postgresql import END_OTHERS, ReusedDatabase
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


@pytest.mark.parametrize("options", [{}, {"reading": True}, {"workspace": "T0001"}], ids=str)
def test_pooled_connections_that_the_server_has_ended_are_replaced_and_nobody_notices(
    reused_postgresql: ReusedDatabase, options: dict[str, Any]
) -> None:
    engine = database.connect(reused_postgresql.url).execution_options(**options)
    with engine.begin() as one, engine.begin() as other:
        before = {at.exec_driver_sql("SELECT pg_backend_pid()").scalar() for at in (one, other)}
    with psycopg.connect(reused_postgresql.url, autocommit=True) as another:
        another.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM unnest(%s::int[]) AS pid", [list(before)]
        )
    with engine.begin() as one, engine.begin() as other:
        after = {at.exec_driver_sql("SELECT pg_backend_pid()").scalar() for at in (one, other)}
    assert not before & after
    engine.dispose()


@pytest.mark.postgresql
def test_a_page_is_shown_though_the_connection_of_its_glance_was_ended(
    postgresql_server: str, migrated_postgresql: str
) -> None:
    with own_database(postgresql_server, migrated_postgresql) as url, Desk.open(url) as desk:
        owner = desk.owner()
        desk.buy(owner, desk.property_of(owner))
        at_turn = desk.billing.within(WORKSPACE)
        before = properties.purchases(at_turn, owner)
        with psycopg.connect(url, autocommit=True) as another:
            another.execute(END_OTHERS)
        assert at_turn.glance(at_turn.engine, owner) is None
        assert properties.purchases(at_turn, owner) == before
        assert at_turn.glance(at_turn.engine, owner) is not None


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
