"""One event of each kind, with something in each field that has to be given, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import MISSING, fields
from datetime import UTC, datetime
from typing import Any

from billing.values.events import EVENTS, PropertyEvent

MOMENT = datetime(2026, 11, 30, 10, tzinfo=UTC)
GIVEN: dict[str, Any] = {
    "str": "said",
    "int": 3,
    "datetime": MOMENT,
    "str | None": None,
    "int | None": None,
    "datetime | None": None,
    "Figures": {"EUR": {"sold": 100}},
    "dict[str, int]": {"EUR": 1},
    "dict[str, Figures]": {"failed": {"EUR": {"count": 1}}},
    "list[str]": ["revenue"],
}


def plain_events() -> Iterator[PropertyEvent]:
    for kind in EVENTS.values():
        needed = (field for field in fields(kind) if field.default is MISSING)
        yield kind(**{field.name: GIVEN[str(field.type)] for field in needed})
