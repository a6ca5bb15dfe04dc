"""What reading for one `/billing` takes: SQL statements, counted where they reach the driver, and CPU."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from sqlalchemy import Engine, event

from benchmarks.measure import in_turn
from billing import Actor, Billing
from billing.adapters.postgresql import NOW
from billing.bootstrap import make_billing
from billing.kept import Glance, KeptPages
from billing.services import outbox, properties
from sandbox import demo

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

    def glance(engine: Engine, actor: Actor) -> Glance | None:
        asked.append("a glance, which is none of SQLAlchemy's")
        return billing.glance(engine, actor)

    looking = replace(billing.within(demo.TEAM.id), glance=glance)
    properties.purchases(looking, EMMA)
    reads = len(asked)
    properties.purchases(looking, EMMA)
    kept = len(asked) - reads
    outbox.claim(billing)
    billing.engine.dispose()
    return Counts(reads, kept, len(asked) - reads - kept)


def cpu_of_reading(url: str, rounds: int, readings: int) -> dict[str, list[float]]:
    """Milliseconds of this process for one reading in its workspace's role: kept and anew, in turn."""
    billing = make_billing(demo.settings(url)).within(demo.TEAM.id)
    contenders = {"the page is kept": billing, "read anew": replace(billing, kept=KeptPages(most=0))}
    found = in_turn(rounds, {what: partial(_cpu, one, readings) for what, one in contenders.items()})
    billing.engine.dispose()
    return found


def _cpu(billing: Billing, readings: int) -> float:
    properties.purchases(billing, EMMA)
    begun = time.process_time()
    for _ in range(readings):
        properties.purchases(billing, EMMA)
    return (time.process_time() - begun) / readings * 1000
