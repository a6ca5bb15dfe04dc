"""Every benchmark runs, small, and sets ours beside its floor. How fast it was is nobody's business here."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.__main__ import main

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
SMALL = {
    "slack": ("--requests", "16", "--cards", "8", "--workspaces", "20", "--asked", "3"),
    "pdf": ("--invoices", "1", "--lines", "20"),
    "page": ("--changes", "10", "--messages", "100"),
    "webhooks": ("--events", "60"),
    "api": ("--reads", "16", "--usage", "16"),
    "reports": ("--customers", "20", "--months", "3"),
    "start": ("--idle", "0"),
    "growth": ("--smallest", "10", "--largest", "100", "--renewing", "4", "--collected", "1", "--asked", "3"),
    "due": ("--subscriptions", "20", "--due", "2", "--many", "30", "--asked", "3"),
}
# ... ratio, spread, target and verdict where there is one
SET_BESIDE_ITS_FLOOR = re.compile(
    r" \d+\.\d+ +\d+\.\d+-\d+\.\d+ +(?:[<>]= [\d.]+ +(?:not )?met|-)$", re.MULTILINE
)


@pytest.mark.parametrize("part", SMALL)
def test_a_benchmark_runs_and_sets_ours_beside_its_floor(
    part: str,
    migrated_sqlite: Path,
    postgresql_server: str,
    migrated_postgresql: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    migrated = ("--migrated", str(migrated_sqlite), f"{postgresql_server}/{migrated_postgresql}")
    main([part, "--rounds", "1", *SMALL[part], *migrated])
    said = capsys.readouterr().out
    assert SET_BESIDE_ITS_FLOOR.search(said), said


def test_a_part_that_nobody_knows_is_refused() -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "benchmarks", "everything"], cwd=ROOT, capture_output=True, text=True
    )
    assert ran.returncode == 2
    assert "no such part: everything" in ran.stderr
