"""What a turn is called in the log, among the spans, and to the person where it fails."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

from structlog.contextvars import bound_contextvars

from billing import traces


@contextmanager
def referred(kind: str, act: str) -> Iterator[str]:
    """A turn, with its reference: all that is logged in it carries that, in whatever thread."""
    reference = uuid4().hex[:8].upper()
    with (
        bound_contextvars(reference=reference),
        traces.span("turn", "server", kind=kind, act=act, reference=reference),
    ):
        yield reference
