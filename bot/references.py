"""What a turn is called in the log, among the spans, and to the person where it fails."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from random import getrandbits

from structlog.contextvars import bound_contextvars

from billing import traces


@contextmanager
def referred(kind: str, act: str) -> Iterator[str]:
    """A turn, with its reference: all that is logged in it carries that, in whatever thread."""
    # No secret: the system's own randomness would be asked for, and the interpreter given away, for each turn.
    reference = f"{getrandbits(32):08X}"
    with (
        bound_contextvars(reference=reference),
        traces.span("turn", "server", kind=kind, act=act, reference=reference),
    ):
        yield reference
