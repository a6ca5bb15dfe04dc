"""Pretend far sides that serve from a thread of their own, for tests that ask them over the wire."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread
from threading import enumerate as all_threads

from starlette.applications import Starlette

from sandbox.serving import serving

# The pools that a server of ours, when it ends, lets end by themselves.
OWN_POOLS = ("bank_", "documents_", "packer_", "probe_", "webhooks_")


def wait_for_pools() -> None:
    """A document may still be drawn for a server that has ended: not from the books of the next test."""
    for thread in all_threads():
        if thread.name.startswith(OWN_POOLS):
            thread.join(20)


@contextmanager
def running(app: Starlette) -> Iterator[str]:
    """Serves it until the block is left; its address."""
    ready, ended = Event(), asyncio.Event()
    served = list[tuple[str, asyncio.AbstractEventLoop]]()

    async def serve() -> None:
        async with serving(app, 0) as url:
            served.append((url, asyncio.get_running_loop()))
            ready.set()
            await ended.wait()

    # It cancels what the app is still at in the end.
    thread = Thread(target=lambda: asyncio.run(serve()), daemon=True)
    thread.start()
    assert ready.wait(20)
    ((url, loop),) = served
    try:
        yield url
    finally:
        loop.call_soon_threadsafe(ended.set)
        thread.join(20)
