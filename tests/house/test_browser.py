"""Where no browser is to be had the rest is tested, and what was left out is said; CI calls that a failure."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.browser import WAY_ON
from tests.skips import NO_BROWSER

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
TESTS = ("tests/stories/test_looks_of_the_page.py", "tests/house/test_migration_kinds.py")


def run(workers: int, **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs a file that needs the browser and one that does not, on a machine that has none."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "CI"))}
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-n", str(workers), "-k", "kept_out or every_contract", *TESTS],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**clean, "TEST_BROWSER": "none", **environment},
        check=False,
    )


def test_without_a_browser_its_tests_are_skipped_counted_and_named_with_the_way_on() -> None:
    done = run(workers=1)
    assert done.returncode == 0, done.stdout
    last = done.stdout.split("tests in the browser were skipped")
    assert NO_BROWSER in last[1]
    assert "tests/stories/test_looks_of_the_page.py::test_" in last[1]
    assert WAY_ON in last[1]
    assert int(last[0].split()[-1]) >= 1
    assert " passed" in done.stdout


def test_in_ci_a_missing_browser_is_a_failure() -> None:
    done = run(workers=0, CI="true")
    assert done.returncode == 1, done.stdout
    assert NO_BROWSER in done.stdout
