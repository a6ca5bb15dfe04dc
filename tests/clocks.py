"""Clocks that are apart: that of a process, which knows nothing of it, and that of one database of a server."""

from __future__ import annotations

from datetime import timedelta
from importlib.resources import files
from pathlib import Path

import psycopg
from psycopg import sql
from sqlalchemy import make_url

# Asked before the server's own, whose names they have.
OWN_CLOCK = """
CREATE TABLE own_clock (ahead interval NOT NULL);
INSERT INTO own_clock VALUES ('0');
GRANT SELECT ON own_clock TO PUBLIC;
CREATE FUNCTION clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE
    AS 'SELECT pg_catalog.clock_timestamp() + ahead FROM public.own_clock';
CREATE FUNCTION statement_timestamp() RETURNS timestamptz LANGUAGE sql STABLE
    AS 'SELECT pg_catalog.statement_timestamp() + ahead FROM public.own_clock';
"""
FIRST = sql.SQL("ALTER DATABASE {} SET search_path = public, pg_catalog")


def with_clock(ahead: str) -> dict[str, str]:
    """The environment of a process whose wall clock is so far from the true one: `+120s`, `-1d`."""
    return {**_library(), "FAKETIME": ahead}


def with_clock_in(file: Path) -> dict[str, str]:
    """The same, as the file says at each moment."""
    return {**_library(), "FAKETIME_TIMESTAMP_FILE": str(file), "FAKETIME_NO_CACHE": "1"}


def _library() -> dict[str, str]:
    library = files("libfaketime") / "vendor/libfaketime/src/libfaketime.so.1"
    # Its mend for clocks of old C libraries makes each wait for the interpreter's lock cost ten times as much.
    plain = {"DONT_FAKE_MONOTONIC": "1", "FAKETIME_FORCE_MONOTONIC_FIX": "0"}
    return {"LD_PRELOAD": str(library), **plain}


class DatabaseWithClock:
    """A database on PostgreSQL whose clock can be put forward and back."""

    def __init__(self, url: str) -> None:
        self.url = url
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(OWN_CLOCK)
            connection.execute(FIRST.format(sql.Identifier(make_url(url).database or "")))

    def put(self, ahead: timedelta) -> None:
        """Its clock goes on from there: so far from the machine's."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute("UPDATE own_clock SET ahead = %s", [ahead])
