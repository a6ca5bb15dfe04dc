"""The machine of PostgreSQL's leader is gone in the middle of renewals: nothing acked is lost or charged twice."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event

import pytest
import requests
import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from billing.adapters import database
from billing.bootstrap import DATABASE_SILENCE_SECONDS
from billing.services import members
from billing.services.verify import verify
from billing.values.actors import Actor
from billing.work import Billing
from sandbox import demo
from tests.billing.desk import WORKSPACE, Desk
from tests.bot.test_process import environment_of, free_port
from tests.pretend_slack import pretend_slack
from tests.pretend_stripe import RunningStripe
from tests.torture import cluster
from tests.torture.storm import differences

INVOICES = int(os.environ.get("INVOICES", "2000"))
NODES = 3
BUYERS = 4  # at a time, before it begins
BACK_WITHIN = 30.0  # seconds from the end of the leader to the next commit
DONE_WITHIN = 900.0
CHANNELS = [f"C0CHANNEL{number:02}" for number in range(6)]
ISSUED = "SELECT number, document_hash FROM invoices"
PAID = "SELECT id, gateway_id FROM payments WHERE state = 'paid'"
MET = "SELECT user_id FROM persons"
NEXT_COLLECTED = "SELECT MIN(decided_at) FROM payments WHERE state = 'paid' AND decided_at > :gone_at"
LEFT = (
    "SELECT (SELECT COUNT(*) FROM subscriptions WHERE due_at <= now() AND status IN ('active', 'past_due'))"
    " + (SELECT COUNT(*) FROM payments WHERE state = 'open')"
)
NOT_BILLED_ONCE = (
    "SELECT subscription_id FROM payments GROUP BY subscription_id"
    " HAVING COUNT(*) <> 2 OR COUNT(*) FILTER (WHERE state = 'paid') <> 2"
)
log = structlog.get_logger()
pytestmark = [
    pytest.mark.torture,
    pytest.mark.postgresql,
    pytest.mark.skipif(not cluster.installed(), reason=cluster.NO_PARTS),
]


@dataclass
class Writer:
    """Somebody whom the desk meets new people for, one after the other, and who remembers what was acknowledged."""

    billing: Billing
    # Who was met, when that was begun, and when it was acknowledged.
    acked: list[tuple[str, float, float]] = field(default_factory=list)
    is_over: Event = field(default_factory=Event)

    def write(self) -> None:
        number = 0
        while not self.is_over.wait(0.05):
            number += 1
            begun = time.monotonic()
            person = f"UNEW{number:06}"
            try:
                members.meet(self.billing, Actor(WORKSPACE, person), "New", f"{person.lower()}@example.com")
            except OperationalError:
                continue
            self.acked.append((person, begun, time.monotonic()))

    def acked_after(self, moment: float) -> float | None:
        """When the first of those was acknowledged that were begun after that moment."""
        return next((at for _, begun, at in list(self.acked) if begun > moment), None)


@contextmanager
def desk_with_dues(url: str, stripe: RunningStripe) -> Iterator[Desk]:
    """So many plans, whose second cycle is due as soon as somebody works."""
    with Desk.open(f"{url}&options=-csynchronous_commit%3Doff") as opened:  # of what is only prepared
        desk = replace(opened, billing=replace(opened.billing, gateway=stripe.gateway()))
        desk.clock.now = datetime.now(UTC) - timedelta(days=31, hours=5)
        emma = desk.person(demo.EMMA.id, demo.EMMA.real_name)

        def buy(number: int) -> None:
            shop = desk.property_of(emma, f"Shop {number}", CHANNELS[number % len(CHANNELS)])
            desk.buy(emma, shop, token="pm_card_visa")

        with ThreadPoolExecutor(BUYERS) as buyers:
            list(buyers.map(buy, range(INVOICES)))
        desk.execute("UPDATE outbox SET told_at = now()")
        desk.clock.now = datetime.now(UTC)
        yield desk


@contextmanager
def process(folder: Path, environment: dict[str, str], *command: str) -> Iterator[subprocess.Popen[bytes]]:
    folder.mkdir()
    with (folder / "log").open("wb") as out:
        running = subprocess.Popen(
            [sys.executable, "-m", *command], cwd=folder, env=environment, stdout=out, stderr=out
        )
    try:
        yield running
    finally:
        running.kill()
        running.wait()


def committed(engine: Engine, sql: str) -> set[tuple[str, ...]]:
    with engine.connect() as connection:
        return {tuple(row) for row in connection.exec_driver_sql(sql)}


def gateway_ids(stripe: RunningStripe) -> list[str]:
    return [one["id"] for one in stripe.stripe.collected()]


def is_ready(port: int) -> bool:
    try:
        return requests.get(f"http://127.0.0.1:{port}/readyz", timeout=5).ok
    except requests.RequestException:
        return False


def works_in_time(desk: Desk) -> None:
    begun = time.monotonic()
    while left := desk.rows(LEFT)[0][0]:
        assert time.monotonic() - begun < DONE_WITHIN, left
        time.sleep(0.5)


async def test_when_the_leader_is_gone_nothing_acked_is_lost_and_each_renewal_is_charged_once(
    pretend_stripe: RunningStripe, tmp_path: Path
) -> None:
    begun, started = datetime.now(UTC) - timedelta(days=60), time.monotonic()
    with cluster.running_cluster(tmp_path, NODES) as nodes:
        url = cluster.make_database(nodes, "billing", "billing")
        database.migrate(made := database.connect(url))
        made.dispose()
        async with pretend_slack(CHANNELS, "s") as slack:
            with desk_with_dues(url, pretend_stripe) as desk:
                token, port = slack.workspace.app.bot_token, free_port()
                environment = environment_of(url, f"{slack.public_url}/api/") | {
                    "SLACK_BOT_TOKEN": token,
                    "PORT": str(port),
                    **pretend_stripe.settings,
                    "SHUTDOWN_DELAY_SECONDS": "0",
                }
                folders = [tmp_path / "bot", tmp_path / "worker"]
                log.info("prepared", seconds=round(time.monotonic() - started, 1))
                with (
                    process(folders[0], environment, "bot") as bot,
                    process(folders[1], environment, "billing", "work") as worker,
                ):
                    # What blocks runs in a thread: the pretend Slack lives in this one's loop.
                    await asyncio.to_thread(fails_over, nodes, desk, url, pretend_stripe, port)
                    for one in (bot, worker):
                        assert one.poll() is None
                        one.terminate()
                    for one in (bot, worker):
                        assert await asyncio.to_thread(one.wait, 30) == 0
                for folder in folders:
                    assert "Traceback" not in (folder / "log").read_text()
                assert desk.rows(NOT_BILLED_ONCE) == []
                assert len(desk.invoices()) == len(pretend_stripe.collected()) == 2 * INVOICES
                assert verify(desk.billing) == ()  # no gap in the numbers, no edited document
                assert differences(desk.billing, pretend_stripe, begun) == []


def fails_over(nodes: cluster.Cluster, desk: Desk, url: str, stripe: RunningStripe, port: int) -> None:
    """Half of it is done when the leader's machine is gone; the old leader comes back as a standby in the end."""
    patient = database.connect(url, DATABASE_SILENCE_SECONDS)  # as the processes do
    writer = Writer(replace(desk.billing, engine=patient))
    leader = nodes.leader()
    with ThreadPoolExecutor(1) as thread:
        writing = thread.submit(writer.write)
        try:
            issued, paid = committed(patient, ISSUED), committed(patient, PAID)
            while len(paid) < 1.5 * INVOICES:
                time.sleep(0.02)
                issued, paid = committed(patient, ISSUED), committed(patient, PAID)
            collected = gateway_ids(stripe)
            leader.vanish()
            gone, gone_at = time.monotonic(), datetime.now(UTC)
            cluster.until(lambda: writer.acked_after(gone) is not None, "nothing is committed")
            back = (writer.acked_after(gone) or gone) - gone
            cluster.until(lambda: is_ready(port), "the bot is not ready again")
            ready = time.monotonic() - gone
            works_in_time(desk)
            done = time.monotonic() - gone
        finally:
            writer.is_over.set()
        writing.result()
    issued_since, paid_since = committed(patient, ISSUED), committed(patient, PAID)
    collected_at = desk.rows(NEXT_COLLECTED, gone_at=gone_at)[0][0]
    leader.start()
    rejoined = cluster.until(nodes.is_whole, "the old leader does not come back")
    log.info(
        "failed over",
        issued_before=len(issued),
        paid_before=len(paid),
        collected_before=len(collected),
        met_before=sum(at < gone for _, _, at in writer.acked),
        seconds_to_commit=round(back, 1),
        seconds_to_ready=round(ready, 1),
        seconds_to_collect=round((collected_at - gone_at).total_seconds(), 1),
        seconds_to_end=round(done, 1),
        seconds_to_rejoin=round(rejoined, 1),
    )
    assert nodes.leader() is not leader
    assert issued <= issued_since
    assert paid <= paid_since
    assert {(person,) for person, _, _ in writer.acked} <= committed(patient, MET)
    assert set(collected) <= set(gateway_ids(stripe))
    assert back < BACK_WITHIN
    patient.dispose()
