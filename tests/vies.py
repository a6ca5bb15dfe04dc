"""A pretend VIES on the far side of a wire, for tests that ask it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from billing.adapters.vies import ViesRest
from sandbox.vies import PretendVies
from tests.billing.desk import Desk
from tests.serving import running

REQUESTER = "IT00743110157"
# Under Germany's check digits, and by what they begin with (`sandbox.vies.WORDS`).
VALID, INVALID, AWAY = "DE136695976", "DE200000005", "DE301000004"
FRENCH = "FR40303265045"


@contextmanager
def running_vies(vies: PretendVies) -> Iterator[str]:
    """Serves it from a thread of its own; the address of its API."""
    with running(vies.app) as url:
        yield url


def asking(desk: Desk, url: str, seconds: float = 8.0) -> Desk:
    """The desk whose billing asks that VIES."""
    vies = ViesRest(url, REQUESTER, seconds)
    return replace(desk, billing=replace(desk.billing, vies=vies))
