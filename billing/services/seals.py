"""Sealing what was written: rows that only grow, batch by batch, in a chain whose head can be kept elsewhere."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from billing.models import Seal, SealedRow
from billing.models.seals import in_base_64
from billing.queries import in_sql
from billing.queries import seals as queries
from billing.queries.seals import KINDS
from billing.upgrades import writes_short
from billing.values.cycles import moment_text
from billing.work import Billing

BATCH_SIZE = 1_000
# At one go: a desk that was just updated has years to seal, and other work to do.
MAX_BATCHES = 20
BEGINNING = "0" * 64


def seal(billing: Billing, batches: int = MAX_BATCHES, size: int = BATCH_SIZE) -> int:
    """Seals what waits for it, so many rows at a time; answers how many seals that made. Safe to run in parallel."""
    made = 0
    while made < batches and _anything_waits(billing) and _seal(billing, size):
        made += 1
    return made


def head(billing: Billing) -> str:
    """Seals all that waits and answers with the head of the chain, `number-digest`: whoever keeps it can tell later.

    Empty where nothing was ever written.
    """
    while seal(billing):
        pass
    return newest_head(billing)


def newest_head(billing: Billing) -> str:
    """The head as it is, with nothing sealed for it: what books on hold can say."""
    with billing.read("seals.head") as work:
        newest = work.session.scalar(queries.newest_seal())
        return f"{newest.number}-{newest.digest}" if newest else ""


def digests(session: Session, rows: Sequence[Row[Any]]) -> dict[int, str]:
    """The digest of each of these noted rows as it stands now; one that is not there has none."""
    found = {}
    for kind in KINDS:
        if numbers := [row.number for row in rows if row.kind == kind.name]:
            for number, *values in session.execute(queries.contents(kind), {"numbers": numbers}):
                found[number] = _digest(_canonical(values))
    return found


def chained(previous: str, number: int, sealed_at: datetime, rows: Iterable[tuple[Any, ...]]) -> str:
    """The digest of a seal: made of the seal before, its own number and moment, and its rows in their order."""
    return _digest(_canonical([previous, number, sealed_at, [list(row) for row in rows]]))


def _anything_waits(billing: Billing) -> bool:
    with billing.read("seals.look") as work:
        return work.session.scalar(queries.anything_waiting()) is not None


def _seal(billing: Billing, size: int) -> bool:
    with billing.work("seals.seal") as work:
        rows = work.session.execute(queries.waiting(), {"size": size}).all()
        if not rows:
            return False  # another scheduler was faster
        of = digests(work.session, rows)
        newest = work.session.scalar(queries.newest_seal())
        number, previous = (newest.number + 1, newest.digest) if newest else (1, BEGINNING)
        sealed = [(*row[:5], of.get(row.number, "")) for row in rows]
        digest = chained(previous, number, work.now, sealed)
        work.session.add(Seal(number=number, sealed_at=work.now, rows=len(rows), digest=digest))
        written = in_base_64 if writes_short(work.session) else str
        marks = [{"number": row[0], "seal": number, "digest": written(row[5])} for row in sealed]
        in_sql.update_many(work.session, SealedRow, marks)
        return True


def _canonical(values: Any) -> str:
    """JSON that is the same on every database: sorted keys, no blanks, moments in UTC to the microsecond."""
    return json.dumps(values, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=_plain)


def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        return moment_text(value)
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no canonical form")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
