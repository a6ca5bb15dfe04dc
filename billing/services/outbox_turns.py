"""Whose turn it is in the outbox: workspaces take turns, whatever waits behind any of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from heapq import heapify, heapreplace
from operator import itemgetter
from typing import Any

from sqlalchemy import Row

from billing.queries import outbox_claims
from billing.values.outbox import Audience
from billing.work import Work


def taken_in_turn(work: Work, limit: int, audiences: tuple[Audience, ...]) -> list[Row[Any]]:
    """What is due for longest of each line, where the workspaces take turns, until there is no more, or enough."""
    waiting = work.session.execute(outbox_claims.lines(audiences)).all()
    under_way = Counter[str]()
    for line in waiting:
        under_way[line.workspace_id] += line.held
    lines = [line for line in waiting if line.due_at is not None]
    rows = list[Row[Any]]()
    while lines and len(rows) < limit:
        for line, wanted in _shared_out(limit - len(rows), lines, under_way):
            of_line = {"of_workspace": line.workspace_id, "limit": wanted}
            more = work.session.execute(outbox_claims.claim(audiences, line.audience), of_line).all()
            rows += more
            if len(more) < wanted:
                lines.remove(line)
                under_way[line.workspace_id] -= wanted - len(more)
    return sorted(rows, key=lambda row: int(row.number))


def _shared_out(
    places: int, lines: Sequence[Row[Any]], under_way: Counter[str]
) -> list[tuple[Row[Any], int]]:
    """How many of the places each line gets, and so many more its workspace has under way.

    Each place is for the workspace that has the fewest: who has much under way, because the far side is slow there,
    does not get the next one too, and no one's backlog keeps another waiting. Then for the line that has the fewest
    of these, and for what has been due for longest.
    """
    queue = [(under_way[line.workspace_id], 0, line.due_at, at) for at, line in enumerate(lines)]
    heapify(queue)
    while places:
        turn, taken, due_at, at = queue[0]
        has = under_way[lines[at].workspace_id]
        if has == turn:
            under_way[lines[at].workspace_id] = has = has + 1
            taken, places = taken + 1, places - 1
        heapreplace(queue, (has, taken, due_at, at))
    return [(lines[at], taken) for _, taken, _, at in sorted(queue, key=itemgetter(3)) if taken]
