"""A fault a second for everybody at once: no double charge, no gap, all told, and soon after the last fault."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import random
import signal
import statistics
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
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

from billing.adapters.ciphers import FernetCipher, new_key
from billing.services import failed_messages, failed_work, purchases, webhook_endpoints
from billing.services.verify import verify
from billing.values.outbox import FailedMessage
from bot.outbox import TRIES_WITH_DOCUMENT
from sandbox import demo
from sandbox.faults import Fault as SlackFault
from sandbox.server import Sandbox
from tests.billing.desk import WORKSPACE, Desk
from tests.bot.test_process import environment_of, free_port
from tests.clocks import with_clock
from tests.conftest import own_database
from tests.pretend_slack import pretend_slack
from tests.pretend_stripe import RunningStripe
from tests.receiver import Receiver, receiving
from tests.relay import Relay, relaying
from tests.torture.far_sides import MailServer, mail_server, upset
from tests.torture.storm import Moods, differences

SEED = int(os.environ.get("SEED", "0")) or random.SystemRandom().randint(1, 10**6)
# Slack takes a hundred documents of a workspace at once, and a hundred a minute: no more than that comes in time.
INVOICES = int(os.environ.get("INVOICES", "240"))
SECONDS = int(os.environ.get("SECONDS", "90"))
BOTS = 2
PERSON, SECRET = demo.EMMA.id, "s"
# A channel takes a message a second: what is told of all goes to many.
CHANNELS = [f"C0CHANNEL{number:02}" for number in range(20)]
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
# How many seconds the clocks of processes are from the true one: Slack's signatures allow for five minutes.
CLOCKS = (0, -120, 120)
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
    " FROM subscriptions s JOIN payments p ON p.subscription_id = s.id WHERE s.id IN"
    " (SELECT subscription_id FROM payments GROUP BY subscription_id HAVING COUNT(*) <> 2)"
)
RECIPIENT = f"{PERSON.lower()}@example.com"
RECEIPTS = (
    "SELECT number FROM outbox WHERE audience = 'mail_receipts' AND kind = 'PaymentReceived' AND tries > 0"
)
# With a document in its thread, but where that failed too often: it can still be had from the page.
WITH_DOCUMENT = (
    "SELECT address, message_ref FROM outbox WHERE audience = 'slack_channel' AND kind = 'PaymentReceived'"
    f" AND tries BETWEEN 1 AND {TRIES_WITH_DOCUMENT}"
)
MAIL_REFUSED = "SELECT number FROM outbox WHERE last_error LIKE 'refused:%'"
FACTS = "SELECT facts.id FROM facts JOIN webhook_deliveries ON fact_number = number"
# However far the clocks are apart: all go by the database's.
DRAINED_WITHIN = 120
ACKED_WITHIN = 3.0
# Not what a killed or frozen bot leaves unanswered: that one is asked again by Slack.
ANSWERED_OR_GONE = (ClientError, OSError, TimeoutError)
log = structlog.get_logger()
pytestmark = pytest.mark.torture


@dataclass
class Bot:
    """One process, started again whenever it is gone, with a way of its own to the database."""

    folder: Path
    relay: Relay
    environment: dict[str, str]
    process: asyncio.subprocess.Process | None = None
    killed: int = 0
    ended_by_itself: list[int] = field(default_factory=list)
    is_frozen: bool = False
    dice: random.Random = field(default_factory=random.Random)
    clocks: Counter[int] = field(default_factory=Counter)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.environment['PORT']}"

    async def live(self) -> None:
        """Until it is cancelled. Each process has a clock of its own, minutes from those of others."""
        with (self.folder / "log").open("ab") as out:
            while True:
                killed, seconds = self.killed, self.dice.choice(CLOCKS)
                self.clocks[seconds] += 1
                self.process = await asyncio.create_subprocess_exec(
                    *(sys.executable, "-m", "bot"),
                    cwd=self.folder,
                    env=self.environment | with_clock(f"{seconds:+d}s"),
                    stdout=out,
                    stderr=out,
                )
                try:
                    code = await self.process.wait()
                finally:
                    if self.process.returncode is None:
                        self.process.kill()
                        await self.process.wait()
                if self.killed == killed:
                    self.ended_by_itself.append(code)

    def send(self, sent: signal.Signals) -> None:
        if self.process is not None and self.process.returncode is None:
            self.killed += sent is signal.SIGKILL
            self.process.send_signal(sent)


@dataclass
class Chaos:
    """What may go wrong, drawn from the seed."""

    dice: random.Random
    bots: list[Bot]
    moods: Moods
    slack: Sandbox
    mail: MailServer
    receiver: Receiver
    server: str
    done: Counter[str] = field(default_factory=Counter)
    pending: set[asyncio.Task[None]] = field(default_factory=set)

    async def reign(self, seconds: int) -> None:
        """A fault a second; then all is well again."""
        faults = (
            *(self._kill, self._freeze, self._cut, self._silence, self._gateway, self._slack),
            *(self._mail, self._mail_server, self._webhooks),
        )
        for _ in range(seconds):
            fault = self.dice.choice(faults)
            self.done[fault.__name__.strip("_")] += 1
            task = asyncio.create_task(fault(self.dice.choice(self.bots)))
            self.pending.add(task)
            await asyncio.sleep(1)
        await asyncio.gather(*self.pending)
        self.moods.calm = True
        self.slack.faults.clear()
        self.receiver.answers.clear()
        self.mail.box.answers.clear()

    async def _kill(self, bot: Bot) -> None:
        bot.send(signal.SIGKILL)

    async def _freeze(self, bot: Bot) -> None:
        bot.is_frozen = True
        bot.send(signal.SIGSTOP)
        await asyncio.sleep(self.dice.uniform(1, 6))
        bot.send(signal.SIGCONT)
        bot.is_frozen = False

    async def _cut(self, _: Bot) -> None:
        """Half of all connections to the database are ended there."""
        await asyncio.to_thread(self._end_connections)

    def _end_connections(self) -> None:
        with psycopg.connect(self.server, autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
                " AND pid <> pg_backend_pid() AND random() < 0.5"
            )

    async def _silence(self, bot: Bot) -> None:
        """Its connections to the database stay, and nothing comes through them."""
        bot.is_frozen = True
        bot.relay.fall_silent()
        await asyncio.sleep(self.dice.uniform(2, 8))
        bot.relay.speak_again()
        bot.is_frozen = False

    async def _gateway(self, _: Bot) -> None:
        """It is in a bad mood for a while."""
        self.moods.trouble = 0.6
        await asyncio.sleep(self.dice.uniform(2, 5))
        self.moods.trouble = 0.1

    async def _slack(self, _: Bot) -> None:
        kind = self.dice.choice(("429", "500", "slow", "lost", "timeout"))
        self.slack.faults.order(SlackFault("chat.postMessage", kind, times=3))

    async def _mail(self, _: Bot) -> None:
        """Its server has something against the next ones."""
        self.mail.box.upset(self.dice)

    async def _mail_server(self, _: Bot) -> None:
        """It is away."""
        await asyncio.to_thread(self.mail.go)
        await asyncio.sleep(self.dice.uniform(1, 5))
        if not self.mail.is_there:
            await asyncio.to_thread(self.mail.come)

    async def _webhooks(self, _: Bot) -> None:
        upset(self.receiver, self.dice)


@contextmanager
def due_renewals(url: str, stripe: RunningStripe, receiver: Receiver, key: str) -> Iterator[Desk]:
    """So many plans, bought a month and some hours ago, whose next cycle is due as soon as somebody works."""
    with Desk.open(url) as opened:
        cipher = FernetCipher([key])
        billing = replace(opened.billing, gateway=stripe.gateway(), cipher=cipher, mails=True)
        desk = replace(opened, billing=billing)
        desk.clock.now = datetime.now(UTC) - timedelta(days=31, hours=5)
        owner = desk.person(PERSON)
        for number in range(INVOICES):
            shop = desk.property_of(owner, f"Shop {number}", CHANNELS[number % len(CHANNELS)])
            order = replace(desk.order(owner, shop, token="pm_card_visa"), receipts_to=RECIPIENT)
            purchases.purchase(desk.billing, owner, order, key=desk.key())
        desk.execute("UPDATE outbox SET told_at = now()")
        webhook_endpoints.create(desk.billing, receiver.url, ())
        for sql in BAD_ROWS:
            desk.execute(sql)
        desk.clock.now = datetime.now(UTC)
        yield desk


async def look_in(bots: list[Bot], acks: list[float], session: ClientSession) -> None:
    """Somebody opens their Home every half second, now at one bot, now at the other."""
    for number in itertools.count():
        bot = bots[number % len(bots)]
        event = {"type": "app_home_opened", "user": PERSON, "channel": "D1", "tab": "home", "event_ts": "1.0"}
        body = json.dumps(
            {"type": "event_callback", "team_id": WORKSPACE, "event_id": f"Ev{number}", "event": event}
        )
        now = str(int(time.time()))
        signature = SignatureVerifier(SECRET).generate_signature(timestamp=now, body=body) or ""
        headers = {"x-slack-request-timestamp": now, "x-slack-signature": signature}
        begun = time.perf_counter()
        with suppress(*ANSWERED_OR_GONE):
            async with session.post(
                f"{bot.url}/slack/events", data=body, headers=headers | {"content-type": "application/json"}
            ) as answer:
                if answer.status == 200 and not bot.is_frozen:
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
    while len(set_aside := unreadable(desk)) < len(CHANNELS):
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


async def drained(desk: Desk) -> dict[str, float]:
    """Until when, in seconds from now, each kind was seen with something left of it; once nothing is left."""
    begun = time.monotonic()
    last_seen, shown = dict.fromkeys(LEFT, 0.0), 0
    while left := {name: n for name, sql in LEFT.items() if (n := desk.rows(sql)[0][0])}:
        taken = time.monotonic() - begun
        last_seen |= dict.fromkeys(left, round(taken, 1))
        assert taken < DRAINED_WITHIN, f"SEED={SEED}: {left}, {last_seen}"
        if taken > 10 * shown:
            log.info("draining", seconds=round(taken), **left)
            shown += 1
        await asyncio.sleep(0.5)
    return last_seen


def dice_for(whom: str) -> random.Random:
    """Each throws its own: who comes first is left to the machine."""
    return random.Random(f"{SEED} {whom}")  # noqa: S311  # dice, no secret


async def test_under_a_fault_a_second_each_renewal_is_charged_once_and_told(
    postgresql_server: str, migrated_postgresql: str, pretend_stripe: RunningStripe, tmp_path: Path
) -> None:
    log.info("chaos", seed=SEED, invoices=INVOICES, seconds=SECONDS)
    key = new_key()
    with (
        own_database(postgresql_server, migrated_postgresql) as url,
        mail_server() as mail,
        receiving(tmp_path / "receiver") as receiver,
        due_renewals(url, pretend_stripe, receiver, key) as desk,
    ):
        begun = desk.clock.now - timedelta(days=60)
        pretend_stripe.stripe.faults = moods = Moods(SEED, trouble=0.1, cards_too=False)
        of_database = make_url(url)
        assert of_database.host
        assert of_database.port
        async with (
            pretend_slack(CHANNELS, SECRET) as slack,
            ClientSession(timeout=ClientTimeout(10)) as session,
        ):
            with (
                relaying(of_database.host, of_database.port) as one,
                relaying(of_database.host, of_database.port) as other,
            ):
                bots = []
                for place, relay in enumerate((one, other)):
                    (folder := tmp_path / f"bot {place}").mkdir()
                    environment = {
                        **environment_of(
                            of_database.set(port=relay.port).render_as_string(hide_password=False),
                            f"{slack.public_url}/api/",
                        ),
                        "SLACK_BOT_TOKEN": slack.workspace.app.bot_token,
                        "PORT": str(free_port()),
                        **pretend_stripe.settings,
                        "SMTP_URL": f"smtp://127.0.0.1:{mail.port}",
                        "MAIL_FROM": "billing@venditore.example",
                        "ENCRYPTION_KEYS": key,
                        "WEBHOOKS_TO_PRIVATE_ADDRESSES": "true",
                        "WEBHOOKS_CA_FILE": receiver.ca_file,
                    }
                    bots.append(Bot(folder, relay, environment, dice=dice_for(f"bot {place}")))
                acks: list[float] = []
                chaos = Chaos(dice_for("faults"), bots, moods, slack, mail, receiver, url)
                async with meanwhile(*(bot.live() for bot in bots), look_in(bots, acks, session)):
                    await chaos.reign(SECONDS)
                    await mend_bad_rows(desk)
                    last_seen = await drained(desk)
        posted = Counter(
            number
            for message in slack.workspace.messages.values()
            if message.channel in CHANNELS and (number := told_number(message.metadata))
        )
        documents = Counter(
            (message.channel, message.thread_ts)
            for message in slack.workspace.messages.values()
            if message.channel in CHANNELS and message.files
        )
        acks.sort()
        mailed, refused = mail.box.numbers(), {row.number for row in desk.rows(MAIL_REFUSED)}
        heard = Counter(receiver.ids)
        log.info(
            "what was done",
            **chaos.done,
            drained_seconds=last_seen,
            collected=len(pretend_stripe.collected()),
            acks=len(acks),
            p50=round(statistics.median(acks), 3),
            p99=round(acks[int(len(acks) * 0.99) - 1], 3),
            twice=sum(1 for times in posted.values() if times > 1),
            documents=len(documents),
            documents_twice=sum(1 for times in documents.values() if times > 1),
            clocks=dict(sum((bot.clocks for bot in bots), Counter[int]())),
            answered_to_mail=dict(mail.box.answered),
            mailed=len(mailed),
            mails_refused=len(refused),
            mails_twice=sum(1 for times in mailed.values() if times > 1),
            heard=len(heard),
            heard_again=heard.total() - len(heard),
        )
        assert verify(desk.billing) == (), f"SEED={SEED}"
        assert differences(desk.billing, pretend_stripe, begun) == [], f"SEED={SEED}"
        assert desk.rows(NOT_BILLED_ONCE) == [], f"SEED={SEED}"
        assert len(desk.invoices()) == len(pretend_stripe.collected()) == 2 * INVOICES, f"SEED={SEED}"
        assert [bot.ended_by_itself for bot in bots] == [[], []], f"SEED={SEED}"
        assert len(posted) >= INVOICES + len(CHANNELS), f"SEED={SEED}"
        assert [number for number, times in posted.items() if times > 1] == [], f"SEED={SEED}"
        assert {tuple(row) for row in desk.rows(WITH_DOCUMENT)} <= documents.keys(), f"SEED={SEED}"
        assert [place for place, times in documents.items() if times > 1] == [], f"SEED={SEED}"
        receipts = {row.number for row in desk.rows(RECEIPTS)}
        assert len(receipts) == INVOICES, f"SEED={SEED}"
        assert receipts - refused <= mailed.keys(), f"SEED={SEED}"
        assert {row.id for row in desk.rows(FACTS)} <= heard.keys(), f"SEED={SEED}"
        assert acks[int(len(acks) * 0.99) - 1] < ACKED_WITHIN, f"SEED={SEED}"
        for bot in bots:
            assert "parameters:" not in (bot.folder / "log").read_text(), f"SEED={SEED}"


def told_number(metadata: dict[str, object] | None) -> object:
    """Which row of the outbox a message is."""
    payload = (metadata or {}).get("event_payload")
    return payload.get("number") if isinstance(payload, dict) else None
