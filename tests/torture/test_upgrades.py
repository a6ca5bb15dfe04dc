"""Upgrades for as long as it takes: six buyers without a pause, then a year of both versions at once."""

from __future__ import annotations

import asyncio

import pytest

from tests.billing.desk import CATALOGUE
from tests.upgrades.conftest import far_side, old_code, upgrade
from tests.upgrades.processes import Upgrade
from tests.upgrades.release import ROOT
from tests.upgrades.test_old_and_new_together import live, migrate_under_load, nothing_failed

__all__ = ["far_side", "old_code", "upgrade"]
pytestmark = pytest.mark.torture
ROUNDS, DEADLINE = 6, 1800


@pytest.mark.parametrize("bare_database_url", ["postgresql"], indirect=True)
async def test_both_versions_live_a_year_with_what_was_bought_while_the_tables_changed(
    upgrade: Upgrade,
) -> None:
    async with asyncio.timeout(DEADLINE), upgrade.desk("old", upgrade.old_code) as old:
        await old("furnish", catalogue_file=str(CATALOGUE))
        await migrate_under_load(upgrade, old, upgrade.run("billing", "migrate"), pause_seconds=0)
        async with upgrade.desk("new", ROOT) as new:
            for number in range(ROUNDS):
                await live(old, new, upgrade.clock, f"{number} ")
                assert await old("verify") == await new("verify") == []
    nothing_failed(upgrade.folder)
