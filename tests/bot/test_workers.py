"""What works beside the server: begun again when it falls, and seen while it is down."""

from __future__ import annotations

import asyncio

import pytest

from bot.workers import Workers


async def test_a_worker_that_falls_is_seen_begun_again_and_stops_no_other(
    capsys: pytest.CaptureFixture[str],
) -> None:
    begun = {"clumsy": 0, "steady": 0}
    again = asyncio.Event()

    async def clumsy() -> None:
        begun["clumsy"] += 1
        if begun["clumsy"] == 1:
            raise KeyError("fell")
        again.set()
        await asyncio.Event().wait()

    async def steady() -> None:
        begun["steady"] += 1
        await asyncio.Event().wait()

    workers = Workers({"clumsy": clumsy, "steady": steady}, pause=0.05)
    working = asyncio.create_task(workers.run())
    async with asyncio.timeout(30):
        while not workers.fallen:  # noqa: ASYNC110  the set says nothing by itself
            await asyncio.sleep(0)
        assert workers.fallen == {"clumsy"}
        await again.wait()
    assert workers.fallen == set()
    assert begun == {"clumsy": 2, "steady": 1}
    assert capsys.readouterr().err.count("a worker fell") == 1
    working.cancel()
    with pytest.raises(asyncio.CancelledError):
        await working
