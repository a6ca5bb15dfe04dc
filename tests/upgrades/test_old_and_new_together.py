"""An upgrade under load: the release before goes on with the new tables, beside the new one (decision 25)."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession
from sqlalchemy import text

from billing import Billing
from billing.adapters import database, partitions
from billing.bootstrap import make_billing
from billing.services import exchange_rates, facts, seals
from billing.services.verify import verify
from billing.settings import BillingSettings
from billing.values.exchange_rates import ExchangeRate
from billing.values.facts import FactType
from billing.values.snapshots.facts import FactSnapshot
from bot.readiness import DatabaseProbe
from tests.billing.desk import CATALOGUE
from tests.bot.test_process import signed_form, until_said
from tests.upgrades.desk_process import Acts
from tests.upgrades.processes import Upgrade, Version
from tests.upgrades.release import ROOT, previous_release

pytestmark = pytest.mark.slow
RELEASE = previous_release()
NO_MONEY = "pm_card_visa_chargeDeclinedInsufficientFunds"
BUYERS, DEADLINE = 6, 150


async def readiness_on(url: str) -> str | None:
    """What a bot of this version that runs has against the database."""
    billing = make_billing(BillingSettings(database_url=url))
    probe = DatabaseProbe(billing)
    fault = await probe.fault()
    probe.close()
    billing.engine.dispose()
    return fault


@pytest.mark.parametrize("bare_database_url", ["postgresql"], indirect=True)
async def test_the_release_before_lives_with_the_new_tables_and_beside_the_new_version(
    upgrade: Upgrade,
) -> None:
    async with asyncio.timeout(DEADLINE), upgrade.desk("old", upgrade.old_code) as old:
        await old("furnish", catalogue_file=str(CATALOGUE))
        await older_tables_are_said(upgrade)
        await migrate_under_load(upgrade, old, migrated(upgrade.url), pause_seconds=0.2)
        async with upgrade.desk("new", ROOT) as new:
            await live(old, new, upgrade.clock)
            assert await old("verify") == await new("verify") == []
    assert (await upgrade.run("billing", "migrate", "--finish"))[0] == 0
    async with upgrade.desk("newest", ROOT) as new:
        upgrade.clock["days"] += 32
        assert (await new("run_due"))["left"] == 0
        assert await new("verify") == []
    renewals_look_alike(upgrade.url)
    nothing_failed(upgrade.folder)


@pytest.mark.parametrize("bare_database_url", ["postgresql"], indirect=True)
async def test_vat_in_euros_is_sealed_as_soon_as_the_release_before_is_gone(
    upgrade: Upgrade, tmp_path: Path
) -> None:
    """Until then it would seal what it does not know as something that is gone, and count it as slipped in."""
    in_dollars = tmp_path / "dollars.toml"
    in_dollars.write_text(CATALOGUE.read_text(encoding="utf-8").replace('"EUR"', '"USD"'), encoding="utf-8")
    async with asyncio.timeout(DEADLINE), upgrade.desk("old", upgrade.old_code) as old:
        await old("furnish", catalogue_file=str(in_dollars))
        await migrated(upgrade.url)
        new = selling_in_dollars(upgrade)
        rate = ExchangeRate("USD", upgrade.now().date(), Decimal("1.0850"), "ECB")
        exchange_rates.keep(new, [rate])
        await asyncio.to_thread(Acts("new", new).buy, "Before")
        assert (await old("run_due"))["left"] == 0
        assert await old("verify") == list(verify(new)) == []
    assert (await upgrade.run("billing", "migrate", "--finish"))[0] == 0
    await asyncio.to_thread(Acts("newest", new).buy, "After")
    assert seals.seal(new) == 1
    with new.engine.connect() as connection:
        noted = "SELECT count(*), count(seal) FROM sealed_rows WHERE kind = 'euro_taxes'"
        assert tuple(connection.execute(text(noted)).one()) == (2, 2)
    assert verify(new) == ()
    new.engine.dispose()
    nothing_failed(upgrade.folder)


@pytest.mark.parametrize("bare_database_url", ["sqlite"], indirect=True)
async def test_the_release_before_lives_with_the_new_tables_in_a_file(upgrade: Upgrade) -> None:
    async with asyncio.timeout(DEADLINE), upgrade.desk("old", upgrade.old_code) as old:
        await old("furnish", catalogue_file=str(CATALOGUE))
        await old("buy", home="Before")
        billing = make_billing(BillingSettings(database_url=upgrade.url), upgrade.now)
        assert database.revision_of(billing.engine) == RELEASE.revision
        database.migrate(billing.engine)
        await live(old, old, upgrade.clock)
        assert await old("verify") == list(verify(billing)) == []
        billing.engine.dispose()
    nothing_failed(upgrade.folder)


@pytest.mark.parametrize("bare_database_url", ["postgresql"], indirect=True)
async def test_the_release_before_lives_with_facts_in_partitions(upgrade: Upgrade) -> None:
    """It needs no migration, so the release before meets it whenever an operator begins with it (decision 31)."""
    async with asyncio.timeout(DEADLINE), upgrade.desk("old", upgrade.old_code) as old:
        await old("furnish", catalogue_file=str(CATALOGUE))
        await migrated(upgrade.url)
        async with upgrade.desk("new", ROOT) as new:
            await old("begin_buying", pause_seconds=0.05)
            billing = make_billing(BillingSettings(database_url=upgrade.url))
            await asyncio.to_thread(partitions.divide, billing, upgrade.now())
            assert await old("end_buying") >= BUYERS
            assert partitions.partitions(billing.engine)
            billing.engine.dispose()
            await live(old, new, upgrade.clock)
            assert await old("verify") == await new("verify") == []
    nothing_failed(upgrade.folder)


def selling_in_dollars(upgrade: Upgrade) -> Billing:
    """This version, in this process, which says VAT in euros."""
    given = {name.lower(): value for name, value in upgrade.environment(ROOT).items()}
    known: dict[str, Any] = {name: given[name] for name in given.keys() & BillingSettings.model_fields.keys()}
    settings = BillingSettings(**known | {"exchange_rates": "file"})
    return make_billing(settings, upgrade.now)


def renewals_look_alike(url: str) -> None:
    """Whichever form the version that wrote them took, from before the upgrade was finished and after."""
    billing = make_billing(BillingSettings(database_url=url))
    found: list[FactSnapshot] = []
    while page := facts.listed(billing, found[-1].id if found else None):
        found += page
    billing.engine.dispose()
    for type_ in (FactType.INVOICE_ISSUED, FactType.INVOICE_PAID, FactType.SUBSCRIPTION_RENEWED):
        assert len({tuple(sorted(fact.state)) for fact in found if fact.type is type_}) == 1


def nothing_failed(folder: Path) -> None:
    for log in folder.glob("*.log"):
        assert "Traceback" not in log.read_text(encoding="utf-8"), log


async def older_tables_are_said(upgrade: Upgrade) -> None:
    """By this version, before it does anything: at the start, and by a process that runs."""
    head = database.newest_revision()
    code, said = await upgrade.run("bot")
    assert code == 1
    assert f"is at revision {RELEASE.revision}: python -m billing migrate brings it to {head}." in said
    assert "Traceback" not in said
    behind = f"the tables are at revision {RELEASE.revision}, this version is for {head}"
    assert await readiness_on(upgrade.url) == behind


async def live(old: Version, new: Version, clock: dict[str, int], named: str = "") -> None:
    """Buys, changes, renews, collects and cancels: both at once, and each with what the other bought."""

    async def both(act: str, of_old: dict[str, Any], of_new: dict[str, Any]) -> list[Any]:
        return list(await asyncio.gather(old(act, **of_old), new(act, **of_new)))

    def each(one: str, other: str, **facts: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        return {"subscription": one, **facts}, {"subscription": other, **facts}

    by_old, by_new = await both("buy", {"home": f"{named}Old"}, {"home": f"{named}New"})
    poor_old, poor_new = await both("buy", {"home": f"{named}Old, poor"}, {"home": f"{named}New, poor"})
    await both("change", *each(by_new, by_old))
    await both("choose_card", *each(poor_new, poor_old, token=NO_MONEY))
    all_four = (by_old, by_new, poor_old, poor_new)
    before = [await new("look_at", subscription=one) for one in all_four]
    assert before == [["active", "Pro"], ["active", "Pro"], ["active", "Basic"], ["active", "Basic"]]
    clock["days"] += 32
    done = await both("run_due", {}, {})
    assert [one["left"] for one in done] == [0, 0]
    assert [(await old("look_at", subscription=one))[0] for one in all_four] == [
        "active",
        "active",
        "past_due",
        "past_due",
    ]
    await both("choose_card", *each(poor_old, poor_new, token="pm_card_visa"))
    await both("pay", *each(poor_new, poor_old))
    assert [(await new("look_at", subscription=one))[0] for one in all_four] == ["active"] * 4
    await both("cancel", *each(by_new, by_old))
    clock["days"] += 33
    await both("run_due", {}, {})
    assert [(await old("look_at", subscription=one))[0] for one in all_four] == [
        "ended",
        "ended",
        "active",
        "active",
    ]


async def migrated(url: str) -> None:
    engine = database.connect(url)
    await asyncio.to_thread(database.migrate, engine)
    engine.dispose()


async def migrate_under_load(
    upgrade: Upgrade, old: Version, migrating: Awaitable[object], *, pause_seconds: float
) -> None:
    """Six people buy while the tables change; the old bot and the old worker go on, a new bot comes beside them."""
    worker_of_old = upgrade.started("old worker", upgrade.old_code, ("billing", "work"))
    async with upgrade.bot("old bot", upgrade.old_code) as at_old, worker_of_old as worker:
        await until_said(at_old, "/readyz", "ok")
        await old("begin_buying", pause_seconds=pause_seconds)
        await migrating
        assert await old("end_buying") >= BUYERS
        async with upgrade.bot("new bot", ROOT) as at_new:
            await until_said(at_new, "/readyz", "ok")
            await until_said(at_old, "/readyz", "ok")
            assert await submitted(at_old, 1) == await submitted(at_new, 2) == 200
        worker.send_signal(signal.SIGTERM)
        assert await worker.wait() == 0


async def submitted(session: ClientSession, number: int) -> int:
    """The form of a new property, sent to that bot as Slack would: what it answers."""
    body, headers = signed_form(number)
    async with session.post("/slack/events", data=body, headers=headers) as answer:
        assert "is created" in await answer.text()
        return answer.status
