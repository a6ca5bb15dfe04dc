"""Whatever people, cards and clocks do: nobody is charged twice, and the books are right to the cent."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from facturx.facturx import FACTURX_LEVEL2schematron
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.billing.any_life import AnyLife
from tests.billing.schematron import published
from tests.conftest import ON_BOTH, copy_sqlite
from tests.postgresql import ReusedDatabase

pytestmark = pytest.mark.slow

FEW = 200
# How many acts are tried on each database: LIFE_STEPS=20000 looks for what a test run has no time for.
STEPS = int(os.environ.get("LIFE_STEPS", str(FEW)))
EACH = 40 if STEPS <= FEW else 100


@pytest.mark.parametrize("kind", ON_BOTH)
def test_in_any_life_the_books_are_right(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    empty_sqlite = request.getfixturevalue("migrated_sqlite")

    @contextmanager
    def new_database() -> Iterator[str]:
        """At the same address for all lives: an engine that has compiled its statements need not do it again."""
        if kind == "postgresql":
            reused: ReusedDatabase = request.getfixturevalue("kept_postgresql")
            yield reused.url
            reused.empty()
            return
        copy_sqlite(empty_sqlite, path := tmp_path / "desk.sqlite3")
        yield f"sqlite:///{path}"

    class AnyLifeThere(AnyLife):
        def __init__(self) -> None:
            super().__init__(new_database)

    with ExitStack() as closing:
        if STEPS > FEW:  # they take longer than all else of a document
            rules = closing.enter_context(published(FACTURX_LEVEL2schematron["en16931"]))
            AnyLifeThere.broken_by = staticmethod(rules.broken_by)
        run_state_machine_as_test(
            AnyLifeThere,
            settings=settings(
                max_examples=max(STEPS // EACH, 1),
                stateful_step_count=EACH,
                deadline=None,
                database=None,
                derandomize=STEPS == FEW,
                report_multiple_bugs=False,
                suppress_health_check=list(HealthCheck),
            ),
        )
