"""What reading for one `/billing` takes: SQL statements, counted where they reach the driver, and CPU."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from itertools import cycle
from typing import Any

from sqlalchemy import event

from benchmarks.measure import in_turn
from billing import Actor, Billing
from billing.adapters.postgresql import NOW
from billing.bootstrap import make_billing
from billing.kept import KeptPages
from billing.services import outbox, properties
from sandbox import demo
from tests.billing.test_statements import CountedGlances

EMMA = Actor(demo.TEAM.id, demo.EMMA.id)


@dataclass(frozen=True, slots=True)
class Counts:
    """Statements that read the card, anew and where its page is kept, and those that each act costs the outbox.

    BEGIN (with the time) and COMMIT are not counted.
    """

    reads: int
    kept: int
    outbox: int


def statements_of_a_card(url: str) -> Counts:
    """Counts what the bot asks of billing for one `/billing` of somebody it knows."""
    billing = make_billing(demo.settings(url))
    asked: list[str] = []

    @event.listens_for(billing.engine, "before_cursor_execute")
    def ask(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if not statement.startswith(("BEGIN", NOW)):
            asked.append(statement)

    looking = replace(billing.within(demo.TEAM.id), glance=CountedGlances(billing.glance, asked))
    properties.purchases(looking, EMMA)
    reads = len(asked)
    properties.purchases(looking, EMMA)
    kept = len(asked) - reads
    outbox.claim(billing)
    billing.engine.dispose()
    return Counts(reads, kept, len(asked) - reads - kept)


def cpu_of_reading(url: str, rounds: int, readings: int) -> dict[str, list[float]]:
    """Milliseconds of this process for one reading in its workspace's role, in turn.

    Of a page that is kept, of one after a commit that did not concern it, and of one after a commit that did.
    """
    elsewhere = make_billing(demo.settings(url))
    billing = make_billing(demo.settings(url)).within(demo.TEAM.id)
    anew = replace(billing, kept=KeptPages(most=0))
    names = cycle(("Rossi", "Bianchi"))

    def commit() -> None:
        properties.register_workspace(elsewhere, "T0OTHER", next(names), "en")

    contenders = {
        "nothing was written": partial(_cpu, billing, readings, lambda: None),
        "something else was written": partial(_cpu, billing, readings, commit),
        "it was written to": partial(_cpu, anew, readings, commit),
    }
    found = in_turn(rounds, contenders)
    for one in (billing, elsewhere):
        one.engine.dispose()
    return found


def _cpu(billing: Billing, readings: int, before_each: Callable[[], None]) -> float:
    properties.purchases(billing, EMMA)
    taken = 0.0
    for _ in range(readings):
        before_each()
        begun = time.process_time()
        properties.purchases(billing, EMMA)
        taken += time.process_time() - begun
    return taken / readings * 1000
