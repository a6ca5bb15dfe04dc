"""How the log is written: one line an event, tracebacks without the values that people typed, and no floods."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterable, Iterator
from threading import Lock
from time import monotonic
from typing import Any

import structlog
from structlog.typing import EventDict

from billing import traces

# How long the same trouble is not written again, and of how many it is remembered when they were.
QUIET_SECONDS = 60.0
# Where an error of PostgreSQL's repeats what was in rows, and what follows such lines: they may be many.
OF_ROWS = ("DETAIL:", "CONTEXT:")
AFTER_ROWS = (
    "HINT:",
    "[SQL:",
    "(Background on this error",
    "The above exception was",
    "During handling of the",
)
MAX_REMEMBERED = 1_000


def configure() -> None:
    """To be called once by a program, before it does anything. Local variables never reach the log."""
    structlog.configure(
        processors=[*_processors(), Once(), structlog.processors.JSONRenderer(ensure_ascii=False)],
        logger_factory=to_stderr,
    )


def configure_libraries() -> None:
    """The libraries' warnings and errors in the same form: the server's, the scheduler's, the database's, Slack's."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *_processors()],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)


def _processors() -> list[Any]:
    return [
        structlog.contextvars.merge_contextvars,
        with_trace,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        without_values,
    ]


def to_stderr(*_args: object) -> structlog.PrintLogger:
    """What a command answers stands alone on standard output."""
    return structlog.PrintLogger(sys.stderr)


def with_trace(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """By which the collector finds what was done meanwhile, where there is one."""
    if (trace_id := traces.trace_id()) is not None:
        event["trace_id"] = trace_id
    return event


def without_values(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """PostgreSQL repeats under DETAIL and CONTEXT what was in the row: names, addresses, tokens."""
    if "exception" in event:
        event["exception"] = "\n".join(_without_rows(str(event["exception"]).splitlines()))
    return event


def _without_rows(lines: Iterable[str]) -> Iterator[str]:
    is_left_out = False
    for line in lines:
        is_left_out = line.startswith(OF_ROWS) or (is_left_out and not line.startswith(AFTER_ROWS))
        if not is_left_out:
            yield line


class Once:
    """Lets an error through once a minute, with how often it was kept back: a full disk is not filled by its log."""

    def __init__(self, seconds: Callable[[], float] = monotonic) -> None:
        self._seconds = seconds
        self._last: dict[tuple[str, ...], tuple[float, int]] = {}
        self._lock = Lock()

    def __call__(self, _logger: Any, method: str, event: EventDict) -> EventDict:
        if method not in ("error", "exception"):
            return event
        trouble = str(event.get("exception") or event.get("error") or "").rpartition("\n")[2]
        key, now = (str(event["event"]), trouble), self._seconds()
        with self._lock:
            said_at, kept_back = self._last.get(key, (now - QUIET_SECONDS, 0))
            if now - said_at < QUIET_SECONDS:
                self._last[key] = (said_at, kept_back + 1)
                raise structlog.DropEvent
            if len(self._last) >= MAX_REMEMBERED:
                self._last.clear()
            self._last[key] = (now, 0)
        return {**event, "kept_back": kept_back} if kept_back else event
