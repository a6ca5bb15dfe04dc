"""What was left out of a run is said in its last lines: how many tests, which, and how they can be run."""

from __future__ import annotations

from collections import Counter

import pytest
from _pytest.terminal import TerminalReporter

from tests import browser, pooler
from tests.upgrades import release

NO_BROWSER = "no Chromium starts on this machine"
WAYS_ON = {
    f"tests in the browser were skipped: {NO_BROWSER}": (NO_BROWSER, browser.WAY_ON),
    f"tests behind a pooler were skipped: {pooler.NO_POOLER}": (pooler.NO_POOLER, pooler.WAY_ON),
    f"tests of the upgrade were skipped: {release.NO_RELEASE}": (release.NO_RELEASE, release.WAY_ON),
}


def pytest_terminal_summary(terminalreporter: TerminalReporter) -> None:
    """Counts and names the tests that lacked something which can be had."""
    skipped: list[pytest.TestReport] = terminalreporter.stats.get("skipped", [])
    for said, (reason, way_on) in WAYS_ON.items():
        left = [report.nodeid.split("[")[0] for report in skipped if reason in str(report.longrepr)]
        if not left:
            continue
        terminalreporter.section(f"{len(left)} {said}", yellow=True)
        for name, times in sorted(Counter(left).items()):
            terminalreporter.write_line(f"{name}{f' ({times} times)' if times > 1 else ''}")
        terminalreporter.write_line(way_on)
