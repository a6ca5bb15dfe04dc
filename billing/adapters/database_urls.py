"""The address of a database, as it is written and as drivers and PostgreSQL's own programs read it."""

from __future__ import annotations

import re

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from billing.values.errors import Unfit

SCHEMES = ("sqlite", "postgresql", "postgres")
# How often a statement is sent before it is prepared, of this client alone: libpq has no such parameter.
PREPARE_THRESHOLD = "prepare_threshold"
# What is known of a connection: whether a pooler, as PgBouncer, stands between us and the server.
POOLED = "pooled"
# libpq's form of several hosts, which is that of no other URL.
SEVERAL_HOSTS = re.compile(
    r"(?P<before>\w+(?:\+\w+)?://(?:[^@/]*@)?)(?P<hosts>[^/?@]*,[^/?@]*)(?P<after>(?:[/?].*)?)"
)
HOST = re.compile(r"[\w.-]+(:\d{1,5})?")


def parse(written: str) -> URL:
    """What is written, with several hosts of PostgreSQL (`one:5432,other:5432`) as its parameters host and port.

    Of several hosts the one that takes writes is meant, unless `target_session_attrs` says otherwise.
    Raises Unfit where it is none of a database that is supported.
    """
    several = SEVERAL_HOSTS.fullmatch(written)
    try:
        at = make_url(several["before"] + (several["after"] or "/") if several else written)
    except (ArgumentError, ValueError):
        raise Unfit("not a database URL like sqlite:///billing.sqlite3") from None
    if at.get_backend_name() not in SCHEMES:
        raise Unfit(
            "{written} is not supported: use sqlite:/// or postgresql://", written=at.get_backend_name()
        )
    if at.get_backend_name() == "sqlite":
        if at.database in (None, "", ":memory:"):
            raise Unfit("the database needs a file, as in sqlite:///billing.sqlite3")
        return at
    threshold = at.query.get(PREPARE_THRESHOLD, "5")
    if not isinstance(threshold, str) or not re.fullmatch("[0-9]{1,6}", threshold):
        raise Unfit("prepare_threshold is not a whole number")
    given = at.query.get("host", ())
    hosts = several["hosts"].split(",") if several else () if isinstance(given, str) else given
    if not all(map(HOST.fullmatch, hosts)):
        raise Unfit("several hosts of PostgreSQL are written one:5432,other:5432")
    if not hosts:
        return at
    names, ports = zip(*(host.partition(":")[::2] for host in hosts), strict=True)
    session = {"target_session_attrs": "read-write"} if len(hosts) > 1 else {}
    return at.set(query={**session, **at.query, "host": ",".join(names), "port": ",".join(ports)})
