"""How many SQL statements one `/billing` takes, counted where they reach the driver."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import event

from billing import Actor
from billing.bootstrap import make_billing
from billing.services import outbox, properties
from sandbox import demo


@dataclass(frozen=True, slots=True)
class Counts:
    """Statements that read the card, and those that each turn costs the outbox. BEGIN and COMMIT are not counted."""

    reads: int
    outbox: int


def statements_of_a_card(url: str) -> Counts:
    """Counts what the bot asks of billing for one `/billing` of somebody it knows."""
    billing = make_billing(demo.settings(url))
    asked: list[str] = []

    @event.listens_for(billing.engine, "before_cursor_execute")
    def ask(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if not statement.startswith("BEGIN"):
            asked.append(statement)

    properties.purchases(billing, Actor(demo.TEAM.id, demo.EMMA.id))
    reads = len(asked)
    outbox.claim(billing)
    billing.engine.dispose()
    return Counts(reads, len(asked) - reads)
