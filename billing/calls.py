"""How calls to those outside went: how many, how long each took, and what was wrong with it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter

from prometheus_client import Histogram

from billing import traces

SECONDS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
# Of the whole process. No registry has it by itself: who shows metrics takes it into theirs.
CALLS = Histogram(
    "billing_outside_call_seconds",
    "Calls to the gateway, Slack and the mail server, by outcome: ok, or the kind of the error",
    ["dependency", "outcome"],
    buckets=SECONDS,
    registry=None,
)


@contextmanager
def calling(dependency: str) -> Iterator[None]:
    """Times what is done in it, as a span too; an error is counted under its kind, and goes on its way."""
    begun, outcome = perf_counter(), "ok"
    try:
        with traces.span(f"call {dependency}", "client"):
            yield
    except Exception as trouble:
        outcome = type(trouble).__name__
        raise
    finally:
        CALLS.labels(dependency, outcome).observe(perf_counter() - begun)
