"""Downloads are made for one workspace beside another: who takes long, or whose Slack is silent, delays nobody."""

from __future__ import annotations

import asyncio

from billing.services import downloads, properties
from bot.context import Desk as SlackDesk
from bot.packer import Packer
from tests.billing.desk import WORKSPACE, Desk
from tests.bot.test_outbox import until

OTHER = "TOTHER"


def asked_for(desk: Desk) -> None:
    """Two of the one workspace, then one of another."""
    owner = desk.owner()
    desk.buy(owner, desk.property_of(owner))
    properties.register_workspace(desk.billing, OTHER, "Altra", "it")
    other = desk.person("UOTHER", workspace_id=OTHER)
    desk.buy(other, desk.property_of(other, "Bottega"))
    for actor, span in ((owner, "2026"), (owner, "2026-Q1"), (other, "2026")):
        downloads.ask(desk.billing, actor, span)


def tries(desk: Desk, workspace_id: str) -> list[int]:
    sql = "SELECT tries FROM downloads WHERE workspace_id = :workspace_id ORDER BY tries"
    return [row.tries for row in desk.rows(sql, workspace_id=workspace_id)]


async def test_a_workspace_whose_slack_is_silent_keeps_no_other_one_waiting(
    sqlite_desk: Desk,
) -> None:
    asked_for(sqlite_desk)
    speaks = asyncio.Event()

    async def desk_of(workspace_id: str) -> SlackDesk | None:
        if workspace_id == WORKSPACE:
            await speaks.wait()
        return None  # the app is not installed there: it is tried again later

    packer = Packer(sqlite_desk.billing, desk_of)
    working = asyncio.create_task(packer.run())
    failed = "SELECT 1 FROM downloads WHERE workspace_id = 'TOTHER' AND last_error IS NOT NULL"
    await until(lambda: bool(sqlite_desk.rows(failed)))
    assert tries(sqlite_desk, WORKSPACE) == [0, 1]
    speaks.set()
    await until(lambda: tries(sqlite_desk, WORKSPACE) >= [1, 1])
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)


async def test_a_process_that_ends_takes_none_of_what_it_leaves(sqlite_desk: Desk) -> None:
    asked_for(sqlite_desk)

    async def desk_of(_workspace_id: str) -> SlackDesk | None:
        return None

    sqlite_desk.billing.stopping.set()
    await Packer(sqlite_desk.billing, desk_of).drain()
    assert tries(sqlite_desk, WORKSPACE) + tries(sqlite_desk, OTHER) == [0, 0, 0]
