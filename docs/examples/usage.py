"""Reports usage: each event is kept until it was answered, and counts once however often it is sent.

A real product keeps its events in its database and sends them every few seconds; here they are lines of standard
input: EVENT_ID WORKSPACE PROPERTY ADD_ON QUANTITY MOMENT. Run it with API_URL (https://.../api/v1) and API_KEY, a key
that may write.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterable
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

AT_ONCE = 1_000
TRIES = 6
WAIT_SECONDS = 1.0
NAMES = ("event_id", "workspace", "property", "add_on", "quantity", "at")


def read_event(line: str) -> dict[str, Any]:
    """The event that a line says. Raises ValueError for a line that is none."""
    words = dict(zip(NAMES, line.split(), strict=True))
    return words | {"quantity": int(words["quantity"])}


def report(url: str, key: str, events: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Sends all of them, so many at once: what became of each."""
    waiting, outcomes = list(events), []
    while waiting:
        outcomes += _send(url, key, waiting[:AT_ONCE])
        waiting = waiting[AT_ONCE:]
    return outcomes


def _send(url: str, key: str, events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """After no answer the same is sent again: what was counted already is `known`, and counts no second time."""
    for again in range(TRIES):
        asked = Request(  # noqa: S310  the address is a setting
            f"{url}/usage/batch",
            json.dumps({"events": events}).encode(),
            {"Authorization": f"Bearer {key}", "Content-Type": "application/json"},
        )
        try:
            with urlopen(asked, timeout=20) as answer:  # noqa: S310  as above
                outcomes: list[dict[str, Any]] = json.load(answer)["data"]
                return outcomes
        except HTTPError as fault:
            if fault.code not in (429, 503):
                raise
        except (URLError, ConnectionError, TimeoutError):
            pass
        time.sleep(WAIT_SECONDS * 2**again)
    raise ConnectionError(f"{url} gave no answer")


def main() -> None:
    """Reports the lines of standard input, and says which did not count, and why."""
    for outcome in report(os.environ["API_URL"], os.environ["API_KEY"], map(read_event, sys.stdin)):
        if outcome["status"] == "refused":
            sys.stderr.write(f"{outcome['event_id']}: {outcome['problem']['detail']}\n")


if __name__ == "__main__":
    main()
