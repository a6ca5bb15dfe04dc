"""Work that is taken piece by piece: whoever is done makes room for the next, and nobody waits for a slow one."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

Taken = set[asyncio.Task[None]]


async def drain(
    take: Callable[[int], Awaitable[Taken]],
    at_once: int,
    woken: asyncio.Event,
    round_seconds: float | None = None,
) -> None:
    """Does all that can be done now; `take` begins as much as there is room for.

    It is asked again once a piece is done, more is there (`woken`), or another round is due. What a piece raises
    ends this, after those that are under way.
    """
    under_way: Taken = set()
    try:
        while True:
            woken.clear()
            under_way |= await take(at_once - len(under_way))
            if not under_way:
                return
            waking = asyncio.create_task(woken.wait())
            try:
                await asyncio.wait(
                    {*under_way, waking}, timeout=round_seconds, return_when=asyncio.FIRST_COMPLETED
                )
            finally:
                waking.cancel()
            done = {task for task in under_way if task.done()}
            under_way -= done
            for task in done:
                task.result()
    except asyncio.CancelledError:
        for task in under_way:
            task.cancel()
        raise
    finally:  # also where the database is away: what is on its way is not done a second time
        await asyncio.gather(*under_way, return_exceptions=True)
