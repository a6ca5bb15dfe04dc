"""How the log is written: one line an event, tracebacks without the values that people typed."""

from __future__ import annotations

import structlog


def configure() -> None:
    """To be called once by a program, before it does anything. Local variables never reach the log."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.LogfmtRenderer(
                key_order=["timestamp", "level", "event"], bool_as_flag=False
            ),
        ]
    )
