"""The chain of seals held against what stands in the rows, and against a head that was kept elsewhere."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate, chain, takewhile
from typing import Any

from sqlalchemy import Row

from billing.models import Seal
from billing.queries import seals as queries
from billing.services.seals import BATCH_SIZE, BEGINNING, chained, digests
from billing.work import Work

SEALED = "what was sealed is as it was"
MISSING = "Seal {seal} is not there."
BROKEN = "Seal {seal} is not what it was made of, or does not follow the one before it."
CHANGED = "The row of {kind} was altered after it was sealed in seal {seal}."
GONE = "The row of {kind} is gone; it was in seal {seal}."
UNNOTED = "{there} rows were written, and {noted} were noted to be sealed."
SLIPPED_IN = "The row of {kind} was not noted as it was written: it is in no seal."
OTHER = "The books were rewritten: seal {seal} is not the one whose head was kept."
SENTENCES = (MISSING, BROKEN, CHANGED, GONE, UNNOTED, SLIPPED_IN, OTHER)
SEALS_AT_A_TIME = 50
# The ids of where, the sentence, and its values.
Found = tuple[tuple[str, ...], str, dict[str, Any]]


def faults(work: Work) -> Iterator[Found]:
    """What of the chain does not hold."""
    previous, expected, all_there = BEGINNING, 1, True
    while some := _next_seals(work, expected - 1):
        rows = _rows_of(work, some)
        now = digests(work.session, list(chain.from_iterable(rows.values())))
        for found in some:
            if found.number != expected:
                yield (f"{expected}",), MISSING, {"seal": expected}
            for fault in _faults_of(found, rows[found.number], now, previous):
                all_there &= fault[1] != GONE
                yield fault
            previous, expected = found.digest, found.number + 1
            work.session.expunge(found)  # the memory stays as it is, however long the chain
    there, noted = work.session.execute(queries.counts()).one()
    if there != noted:
        yield ("sealed_rows",), UNNOTED, {"there": there, "noted": noted}
    if there != noted or not all_there:  # else there is room for none
        yield from _slipped_in(work)


def against(work: Work, head: str) -> Iterator[Found]:
    """Whether the head that was kept, `number-digest`, is in the chain. Raises ValueError for what is none."""
    number, _, digest = head.strip().partition("-")
    found = work.session.scalar(queries.seal_numbered(), {"number": int(number)})
    if found is None or found.digest != digest:
        yield (number,), OTHER, {"seal": number}


def _slipped_in(work: Work) -> Iterator[Found]:
    for kind in queries.KINDS:
        for where in work.session.execute(queries.unnoted(kind)):
            yield tuple(where), SLIPPED_IN, {"kind": kind.name}


def _next_seals(work: Work, after: int) -> Sequence[Seal]:
    """So many that they have no more rows than one can have: most have few, and are read together."""
    found = work.session.scalars(queries.next_seals(), {"after": after, "size": SEALS_AT_A_TIME}).all()
    so_far = zip(found, accumulate(seal.rows for seal in found), strict=True)
    return [seal for seal, _ in takewhile(lambda one: one[1] <= BATCH_SIZE, so_far)] or found[:1]


def _rows_of(work: Work, seals: Sequence[Seal]) -> Mapping[int, list[Row[Any]]]:
    rows: dict[int, list[Row[Any]]] = defaultdict(list)
    for row in work.session.execute(
        queries.rows_of_seals(), {"first": seals[0].number, "last": seals[-1].number}
    ):
        rows[row.seal].append(row)
    return rows


def _faults_of(
    seal: Seal, rows: Sequence[Row[Any]], now: Mapping[int, str], previous: str
) -> Iterator[Found]:
    noted = (row[:-1] for row in rows)
    if len(rows) != seal.rows or chained(previous, seal.number, seal.sealed_at, noted) != seal.digest:
        yield (f"{seal.number}",), BROKEN, {"seal": seal.number}
    for row in rows:
        if now.get(row.number, "") != row.digest or not row.digest:
            is_there = row.number in now
            said = CHANGED if is_there else GONE
            yield (row.workspace_id, row.row_id), said, {"kind": row.kind, "seal": seal.number}
