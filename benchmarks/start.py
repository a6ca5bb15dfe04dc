"""The start of a bot until it is ready, and its memory while nobody asks anything, beside stock Bolt with the ORM."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

from benchmarks.databases import POSTGRESQL, SQLITE, Databases
from benchmarks.measure import at_most, compared, counted, heading
from benchmarks.programs import HOST, running
from benchmarks.slack import TOLD, generating
from billing.bootstrap import make_billing
from sandbox import demo

SECRET = "secret"  # noqa: S105  # a pretend one
Start = tuple[float, float]


def run(databases: Databases, rounds: int, idle_seconds: float) -> None:
    """Prints the lines about the start; the programs take turns. The due work of the start has so long."""
    found: dict[str, list[Start]] = {}
    with databases.both() as urls, generating(SECRET) as generator:
        slack = {"SLACK_BOT_TOKEN": "xoxb-0", "SLACK_API_URL": f"http://{HOST}:{generator.port}/api/"}
        shared = {"SLACK_SIGNING_SECRET": SECRET, **slack, **TOLD}
        for url in urls.values():
            billing = make_billing(demo.settings(url))
            demo.seed_demo(billing, datetime.now(UTC))
            billing.engine.dispose()
        for _ in range(rounds):
            for name, url in urls.items():
                environment = {**shared, "DATABASE_URL": url}
                found.setdefault(name, []).append(_started("bot", "/readyz", environment, idle_seconds))
                by_peer = _started("benchmarks.peer", "/", environment, idle_seconds)
                found.setdefault(f"{name}, peer", []).append(by_peer)
    heading("A bot that starts, and is asked nothing")
    for name in (SQLITE, POSTGRESQL):
        seconds, megabytes = zip(*found[name], strict=True)
        of_peer, in_peer = zip(*found[f"{name}, peer"], strict=True)
        counted(f"{name}, until it is ready", seconds, "s", at_most(2))
        compared(f"{name}, until it is ready, beside stock Bolt and the ORM", seconds, of_peer, "s")
        counted(f"{name}, resident memory", megabytes, "MB", at_most(90))
        compared(f"{name}, resident memory, beside stock Bolt and the ORM", megabytes, in_peer, "MB")


def _started(module: str, path: str, environment: Mapping[str, str], idle_seconds: float) -> Start:
    """Seconds until it is ready, and the megabytes that it keeps."""
    begun = time.perf_counter()
    with running(module, environment=environment) as (port, program):
        while not _is_ready(f"http://{HOST}:{port}{path}"):
            time.sleep(0.01)
        seconds = time.perf_counter() - begun
        time.sleep(idle_seconds)
        status = Path(f"/proc/{program.pid}/status").read_text(encoding="utf-8")
    kilobytes = re.search(r"VmRSS:\s+(\d+)", status)
    assert kilobytes
    return seconds, int(kilobytes[1]) / 1024


def _is_ready(url: str) -> bool:
    """Whoever answers, whatever it is, but for one that says itself that it is not ready."""
    with suppress(OSError):
        try:
            urlopen(url, timeout=5).close()  # noqa: S310  # of our own program
        except HTTPError as answer:
            answer.close()
            return answer.code != 503  # Service Unavailable
        return True
    return False
