"""A fault a second for everybody at once: no double charge, no gap, all told, and soon after the last fault.

The faults go on for SECONDS, and after that until no more than `LEFT_AT_LAST` of anything is left to do: however many
plans there are, nearly all of them are renewed, charged and told between faults. What the last faults left behind,
and what those held who were killed, must be done within two minutes.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import random
import statistics
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Coroutine, Iterator, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
import structlog
from aiohttp import ClientError, ClientSession, ClientTimeout
from slack_sdk.signature import SignatureVerifier
from sqlalchemy import make_url

from billing.adapters import database
from billing.adapters.ciphers import FernetCipher, new_key
from billing.services import failed_messages, failed_work, webhook_endpoints
from billing.services.verify import verify
from billing.values.outbox import FailedMessage
from bot.outbox import TRIES_WITH_DOCUMENT
from sandbox import demo
from sandbox.messages import Message
from sandbox.server import Sandbox
from tests.billing.desk import Desk
from tests.bot.test_process import environment_of, free_port
from tests.postgresql import running_server
from tests.pretend_slack import pretend_slacks, token_of
from tests.pretend_stripe import RunningStripe
from tests.receiver import Receiver, receiving
from tests.relay import relaying
from tests.torture import many_due
from tests.torture.chaos import WATCHING, Bot, Chaos
from tests.torture.far_sides import MailServer, mail_server
from tests.torture.storm import Moods, differences
from tests.torture.used import Used

SEED = int(os.environ.get("SEED", "0")) or random.SystemRandom().randint(1, 10**6)
WORKSPACES = int(os.environ.get("WORKSPACES", "3"))
# How many plans fall due, in all workspaces together.
INVOICES = int(os.environ.get("INVOICES", "360"))
SECONDS = int(os.environ.get("SECONDS", "90"))
# Faults go on until no more than so much of anything is left to do: the last ones come while that is being done.
LEFT_AT_LAST = 200
BOTS = int(os.environ.get("BOTS", "4"))
PERSON, SECRET = demo.EMMA.id, "s"
CLIENT = ("10101.20202", "sandbox")
# A channel takes a message a second: what is told of all goes to many.
CHANNELS = {
    f"T{team:04}": [f"C{team:04}CHANNEL{number:02}" for number in range(20)]
    for team in range(1, WORKSPACES + 1)
}
ALL_CHANNELS = [one for of_it in CHANNELS.values() for one in of_it]
# One for each channel was bought here a month ago, and paid then; all others were imported.
BOUGHT = len(ALL_CHANNELS)
assert BOUGHT <= INVOICES, f"each of {BOUGHT} channels has a plan: INVOICES={INVOICES} is too few"
UNTOLD = "SELECT COUNT(*) FROM outbox WHERE told_at IS NULL AND quarantined_at IS NULL AND dead_at IS NULL"
# What is due, being collected, or untold; a bot that was killed holds what it claimed for a while.
LEFT = {
    "due": "SELECT COUNT(*) FROM subscriptions WHERE due_at <= now() AND status IN ('active', 'past_due')",
    "open payments": "SELECT COUNT(*) FROM payments WHERE state = 'open'",
    "undecided tries": "SELECT COUNT(*) FROM payment_attempts WHERE state IN ('sent', 'unknown')",
    "untold in Slack": f"{UNTOLD} AND audience NOT LIKE 'mail%'",
    "untold by mail": f"{UNTOLD} AND audience LIKE 'mail%'",
    "not queued for the receiver": "SELECT (SELECT MAX(number) FROM facts) - queued_up_to FROM webhook_endpoints",
    "not delivered": "SELECT COUNT(*) FROM webhook_deliveries WHERE delivered_at IS NULL",
}
# Messages that nobody can read stand before the others of each channel, plans that nobody can renew among the others.
BAD_ROWS = (
    "UPDATE outbox SET told_at = NULL, queued_at = now(), kind = 'Later' || kind WHERE number IN"
    " (SELECT MAX(number) FROM outbox WHERE audience = 'slack_channel' GROUP BY address)",
    "UPDATE subscriptions SET anchor_zone = 'Nowhere/None' WHERE id IN (SELECT id FROM subscriptions LIMIT 5)",
)
MENDED = (
    "UPDATE outbox SET kind = SUBSTR(kind, 6) WHERE kind LIKE 'Later%'",
    "UPDATE subscriptions SET anchor_zone = 'Europe/Rome' WHERE anchor_zone = 'Nowhere/None'",
)
NOT_BILLED_ONCE = (
    "SELECT s.id, s.period_start_at, s.period_end_at, p.id, p.kind, p.state, p.created_at, p.gateway_id, p.tries"
    " FROM subscriptions s LEFT JOIN payments p ON p.subscription_id = s.id AND p.kind = 'renewal' WHERE s.id IN"
    " (SELECT s.id FROM subscriptions s LEFT JOIN payments p ON p.subscription_id = s.id AND p.kind = 'renewal'"
    "  GROUP BY s.id HAVING COUNT(p.id) <> 1)"
)
RECIPIENT = f"{PERSON.lower()}@example.com"
RECEIPTS = (
    "SELECT number FROM outbox WHERE audience = 'mail_receipts' AND kind = 'PaymentReceived' AND tries > 0"
)
# With a document in its thread, but where that failed too often: it can still be had from the page. Once its message
# stands, a row's tries are those of its document.
WITH_DOCUMENT = (
    "SELECT address, message_ref FROM outbox WHERE audience = 'slack_channel' AND kind = 'PaymentReceived'"
    f" AND tries BETWEEN 1 AND {TRIES_WITH_DOCUMENT}"
)
ISSUED = "SELECT COUNT(*) FROM invoices"
MAIL_REFUSED = "SELECT number FROM outbox WHERE last_error LIKE 'refused:%'"
FACTS = "SELECT facts.id FROM facts JOIN webhook_deliveries ON fact_number = number"
# However far the clocks are apart: all go by the database's.
DRAINED_WITHIN = 120
ACKED_WITHIN = 3.0
SAID_EVERY = 10
# Not what a killed or frozen bot leaves unanswered: that one is asked again by Slack.
ANSWERED_OR_GONE = (ClientError, OSError, TimeoutError)
log = structlog.get_logger()
pytestmark = pytest.mark.torture


@contextmanager
def due_renewals(url: str, stripe: RunningStripe, receiver: Receiver, key: str) -> Iterator[Desk]:
    """So many plans, a month and some hours old, whose next cycle is due as soon as somebody works."""
    with Desk.open(url) as opened:
        cipher = FernetCipher([key])
        billing = replace(opened.billing, gateway=stripe.gateway(), cipher=cipher, mails=True)
        desk = replace(opened, billing=billing)
        now = datetime.now(UTC)
        desk.clock.now = (now - timedelta(days=31, hours=5)).replace(microsecond=0)
        for place, (team, channels) in enumerate(CHANNELS.items()):
            many_due.install(desk, team, token_of(team))
            owner = desk.person(PERSON, workspace_id=team)
            count = INVOICES * (place + 1) // WORKSPACES - INVOICES * place // WORKSPACES
            many_due.take_up(desk, stripe.stripe.books, owner, channels, count)
            desk.execute("ANALYZE")
        log.info("made ready", seconds=round((datetime.now(UTC) - now).total_seconds()))
        desk.execute("UPDATE outbox SET told_at = now()")
        webhook_endpoints.create(desk.billing, receiver.url, ())
        for sql in BAD_ROWS:
            desk.execute(sql)
        desk.clock.now = datetime.now(UTC)
        yield desk


async def look_in(bots: list[Bot], acks: list[float], session: ClientSession) -> None:
    """Somebody opens their Home every half second, now at one bot, now at the other."""
    for number, team in enumerate(itertools.cycle(CHANNELS)):
        bot = bots[number % len(bots)]
        event = {"type": "app_home_opened", "user": PERSON, "channel": "D1", "tab": "home", "event_ts": "1.0"}
        body = json.dumps(
            {"type": "event_callback", "team_id": team, "event_id": f"Ev{number}", "event": event}
        )
        now = str(int(time.time()))
        signature = SignatureVerifier(SECRET).generate_signature(timestamp=now, body=body) or ""
        headers = {"x-slack-request-timestamp": now, "x-slack-signature": signature}
        begun, held_up_before = time.perf_counter(), bot.times_held_up
        was_free = not bot.held_up
        with suppress(*ANSWERED_OR_GONE):
            async with session.post(
                f"{bot.url}/slack/events", data=body, headers=headers | {"content-type": "application/json"}
            ) as answer:
                if answer.status == 200 and was_free and bot.times_held_up == held_up_before:
                    acks.append(time.perf_counter() - begun)
        await asyncio.sleep(0.5)


@asynccontextmanager
async def meanwhile(*others: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """They go on until the block is left."""
    tasks = [asyncio.create_task(other) for other in others]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def unreadable(desk: Desk) -> list[FailedMessage]:
    """What was set aside."""
    return [one for one in failed_messages.failed(desk.billing) if one.kind.startswith("Later")]


async def mend_bad_rows(desk: Desk) -> None:
    """As an operator does, who has read that they were set aside."""
    begun = time.monotonic()
    while len(set_aside := unreadable(desk)) < len(ALL_CHANNELS):
        assert time.monotonic() - begun < DRAINED_WITHIN, f"SEED={SEED}: {set_aside}"
        await asyncio.sleep(0.5)
    for sql in MENDED:
        desk.execute(sql)
    for message in set_aside:
        failed_messages.retry(desk.billing, message.number)
    while busy := [
        one for one in failed_work.failing(desk.billing) if not failed_work.release(desk.billing, one)
    ]:
        assert time.monotonic() - begun < DRAINED_WITHIN, f"SEED={SEED}: {busy}"
        await asyncio.sleep(0.5)  # another process is at it


class Watch:
    """Looks at what is left to do, by a connection of its own that nobody cuts, and says so now and then."""

    def __init__(self, connection: psycopg.Connection[tuple[int]]) -> None:
        self._connection = connection
        self._begun = self._said_at = time.monotonic()

    def left(self) -> dict[str, int]:
        left = {}
        for name, sql in LEFT.items():
            row = self._connection.execute(sql).fetchone()
            assert row is not None
            if row[0]:
                left[name] = row[0]
        if time.monotonic() - self._said_at > SAID_EVERY:
            self._said_at = time.monotonic()
            log.info("left", after=self.seconds, **left)
        return left

    @property
    def seconds(self) -> int:
        """Since the work began."""
        return round(time.monotonic() - self._begun)

    def is_nearly_done(self) -> bool:
        return max(self.left().values(), default=0) <= LEFT_AT_LAST

    async def drained(self) -> dict[str, float]:
        """Until when, in seconds from now, each kind was seen with something left of it; once nothing is left."""
        begun, last_seen = time.monotonic(), dict.fromkeys(LEFT, 0.0)
        while left := self.left():
            taken = time.monotonic() - begun
            last_seen |= dict.fromkeys(left, round(taken, 1))
            assert taken < DRAINED_WITHIN, f"SEED={SEED}: {left}, {last_seen}"
            await asyncio.sleep(0.5)
        return last_seen


def dice_for(whom: str) -> random.Random:
    """Each throws its own: who comes first is left to the machine."""
    return random.Random(f"{SEED} {whom}")  # noqa: S311  # dice, no secret


@dataclass
class World:
    """The desk and all that is around it."""

    desk: Desk
    stripe: RunningStripe
    mail: MailServer
    receiver: Receiver
    slacks: Sequence[Sandbox]
    bots: Sequence[Bot]
    acks: list[float] = field(default_factory=list)

    @property
    def messages(self) -> list[Message]:
        """What stands in the channels that are ours."""
        return [
            one
            for slack in self.slacks
            for one in slack.workspace.messages.values()
            if one.channel in CHANNELS[slack.workspace.team.id]
        ]

    @property
    def slow_acks(self) -> float:
        """The hundredth that took longest began there."""
        return sorted(self.acks)[int(len(self.acks) * 0.99) - 1]


@contextmanager
def bots_at(
    database_url: str, folder: Path, slack_url: str, settings: Mapping[str, str]
) -> Iterator[list[Bot]]:
    """What is to be started: each with a way of its own to the database."""
    at = make_url(database_url)
    assert at.host
    assert at.port
    with ExitStack() as stack:
        # All that bots say to the database passes by threads of this process, which are many and have little to do.
        stack.callback(sys.setswitchinterval, sys.getswitchinterval())
        sys.setswitchinterval(0.0005)
        bots = []
        for place in range(BOTS):
            relay = stack.enter_context(relaying(at.host, at.port))
            (own := folder / f"bot {place}").mkdir()
            seen = at.set(port=relay.port).render_as_string(hide_password=False)
            environment = environment_of(seen, f"{slack_url}/api/") | {**settings, "PORT": str(free_port())}
            bots.append(Bot(own, relay, environment, dice=dice_for(f"bot {place}")))
        yield bots


# Its mail server goes without a word, as servers do: what it had open is found by the collector of Python alone.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
async def test_under_a_fault_a_second_each_renewal_is_charged_once_and_told(
    pretend_stripe: RunningStripe, tmp_path: Path
) -> None:
    log.info("chaos", seed=SEED, invoices=INVOICES, workspaces=WORKSPACES, seconds=SECONDS)
    key = new_key()
    with (
        running_server("autovacuum=on") as server,  # as everywhere: else all slows down as it is done
        mail_server() as mail,
        receiving(tmp_path / "receiver") as receiver,
    ):
        database.migrate(engine := database.connect(url := f"{server}/postgres"))
        engine.dispose()
        settings = {
            "SLACK_BOT_TOKEN": "",
            "SLACK_CLIENT_ID": CLIENT[0],
            "SLACK_CLIENT_SECRET": CLIENT[1],
            **pretend_stripe.settings,
            "SMTP_URL": f"smtp://127.0.0.1:{mail.port}",
            "MAIL_FROM": "billing@venditore.example",
            "ENCRYPTION_KEYS": key,
            "WEBHOOKS_TO_PRIVATE_ADDRESSES": "true",
            "WEBHOOKS_CA_FILE": receiver.ca_file,
        }
        with (
            due_renewals(url, pretend_stripe, receiver, key) as desk,
            psycopg.connect(url, autocommit=True, application_name=WATCHING) as watching,
        ):
            begun = desk.clock.now - timedelta(days=60)
            pretend_stripe.stripe.faults = moods = Moods(SEED, trouble=0.1, cards_too=False)
            async with (
                pretend_slacks(CHANNELS, SECRET, CLIENT) as (slack_url, federation),
                ClientSession(timeout=ClientTimeout(10)) as session,
            ):
                slacks = list(federation.sandboxes.values())
                with bots_at(url, tmp_path, slack_url, settings) as bots:
                    world = World(desk, pretend_stripe, mail, receiver, slacks, bots)
                    chaos = Chaos(dice_for("faults"), bots, moods, slacks, mail, receiver, url)
                    watch, used = Watch(watching), Used(url)
                    async with meanwhile(*(bot.live() for bot in bots), look_in(bots, world.acks, session)):
                        await chaos.reign(SECONDS, watch.is_nearly_done)
                        under_faults = watch.seconds
                        await mend_bad_rows(desk)
                        last_seen = await watch.drained()
                        seconds = watch.seconds
            log.info(
                "what was done",
                **chaos.done,
                under_faults=under_faults,
                drained_seconds=last_seen,
                a_second=round(INVOICES / seconds, 1),
                cpu_seconds=used.since(),
                **figures(world),
            )
            hold(world, begun)


def figures(world: World) -> dict[str, object]:
    """What is told of a run, beside what must hold."""
    mailed, heard = world.mail.box.numbers, Counter(world.receiver.ids)
    return {
        "collected": len(world.stripe.collected()),
        "acks": len(world.acks),
        "p50": round(statistics.median(world.acks), 3),
        "p99": round(world.slow_acks, 3),
        "documents": sum(1 for one in world.messages if one.files),
        "clocks": dict(sum((bot.clocks for bot in world.bots), Counter[int]())),
        "answered_to_mail": dict(world.mail.box.answered),
        "mailed": len(mailed),
        "mails_refused": len(world.desk.rows(MAIL_REFUSED)),
        "mails_twice": sum(1 for times in mailed.values() if times > 1),
        "heard": len(heard),
        "heard_again": heard.total() - len(heard),
    }


def hold(world: World, begun: datetime) -> None:
    """What must be so in the end, in the books, at the gateway, and in each place that was told."""
    desk, messages, of_seed = world.desk, world.messages, f"SEED={SEED}"
    posted = Counter(number for one in messages if (number := told_number(one.metadata)))
    documents = Counter((one.channel, one.thread_ts) for one in messages if one.files)
    assert [bot.ended_by_itself for bot in world.bots] == [[] for _ in world.bots], of_seed
    assert verify(desk.billing) == (), of_seed
    assert differences(desk.billing, world.stripe, begun) == [], of_seed
    assert desk.rows(NOT_BILLED_ONCE) == [], of_seed
    issued = desk.rows(ISSUED)[0][0]
    assert issued == len(world.stripe.collected()) == BOUGHT + INVOICES, of_seed
    assert {one.channel for one in messages} == set(ALL_CHANNELS), of_seed
    assert len(posted) >= INVOICES + len(ALL_CHANNELS), of_seed
    assert [number for number, times in posted.items() if times > 1] == [], of_seed
    assert {tuple(row) for row in desk.rows(WITH_DOCUMENT)} <= documents.keys(), of_seed
    assert [place for place, times in documents.items() if times > 1] == [], of_seed
    receipts, refused = ({row.number for row in desk.rows(sql)} for sql in (RECEIPTS, MAIL_REFUSED))
    assert len(receipts) == INVOICES, of_seed
    assert receipts - refused <= world.mail.box.numbers.keys(), of_seed
    assert {row.id for row in desk.rows(FACTS)} <= set(world.receiver.ids), of_seed
    assert world.slow_acks < ACKED_WITHIN, of_seed
    for bot in world.bots:
        assert "parameters:" not in (bot.folder / "log").read_text(), of_seed


def told_number(metadata: dict[str, object] | None) -> object:
    """Which row of the outbox a message is."""
    payload = (metadata or {}).get("event_payload")
    return payload.get("number") if isinstance(payload, dict) else None
