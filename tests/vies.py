"""A pretend VIES on the far side of a wire, for tests that ask it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from threading import Event, Thread

from billing.adapters.vies import ViesRest
from sandbox.serving import serving
from sandbox.vies import PretendVies
from tests.billing.desk import Desk

REQUESTER = "IT00743110157"
# Under Germany's check digits, and by what they begin with (`sandbox.vies.WORDS`).
VALID, INVALID, AWAY = "DE136695976", "DE200000005", "DE301000004"
FRENCH = "FR40303265045"


@contextmanager
def running_vies(vies: PretendVies) -> Iterator[str]:
    """Serves it from a thread of its own; the address of its API."""
    ready, loop, urls = Event(), asyncio.new_event_loop(), list[str]()
    ended = asyncio.Event()

    async def serve() -> None:
        async with serving(vies.app, 0) as url:
            urls.append(url)
            ready.set()
            await ended.wait()

    thread = Thread(target=loop.run_until_complete, args=(serve(),), daemon=True)
    thread.start()
    assert ready.wait(20)
    try:
        yield urls[0]
    finally:
        loop.call_soon_threadsafe(ended.set)
        thread.join(20)
        loop.close()


def asking(desk: Desk, url: str, seconds: float = 8.0) -> Desk:
    """The desk whose billing asks that VIES."""
    vies = ViesRest(url, REQUESTER, seconds)
    return replace(desk, billing=replace(desk.billing, vies=vies))
