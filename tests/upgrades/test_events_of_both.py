"""Events of which the version before knows less: it reads all in which what it does not know says nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from billing.values.events import EVENTS
from tests.billing.events import plain_events

READ_AND_WRITTEN_BY_IT = """
import json, sys
from billing.values.events import EVENTS
told = json.load(sys.stdin)
read = {kind: EVENTS[kind].from_json(plain) for kind, plain in told.items() if kind in EVENTS}
json.dump({kind: event.as_json() for kind, event in read.items()}, sys.stdout)
"""


def test_the_release_before_reads_each_event_that_says_nothing_new_and_is_read(old_code: Path) -> None:
    events = {event.kind: event for event in plain_events()}
    written = json.dumps({kind: event.as_json() for kind, event in events.items()})
    done = subprocess.run(
        [sys.executable, "-P", "-c", READ_AND_WRITTEN_BY_IT],
        input=written,
        env={"PYTHONPATH": str(old_code)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    of_old = {kind: EVENTS[kind].from_json(plain) for kind, plain in json.loads(done.stdout).items()}
    assert len(of_old) > 20
    assert of_old == {kind: events[kind] for kind in of_old}
