"""What was left out of a run is said in its last lines: how many tests, which, and how they can be run."""

from __future__ import annotations

from collections import Counter

import pytest
from _pytest.terminal import TerminalReporter

from tests.browser import WAY_ON

NO_BROWSER = "no Chromium starts on this machine"


def pytest_terminal_summary(terminalreporter: TerminalReporter) -> None:
    """Counts and names the tests that look at the page, where no browser was to be had."""
    skipped: list[pytest.TestReport] = terminalreporter.stats.get("skipped", [])
    left = [report.nodeid.split("[")[0] for report in skipped if NO_BROWSER in str(report.longrepr)]
    if not left:
        return
    terminalreporter.section(f"{len(left)} tests in the browser were skipped: {NO_BROWSER}", yellow=True)
    for name, times in sorted(Counter(left).items()):
        terminalreporter.write_line(f"{name}{f' ({times} times)' if times > 1 else ''}")
    terminalreporter.write_line(WAY_ON)
