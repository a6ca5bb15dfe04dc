"""Bots that are started again whenever they are gone, and what goes wrong around them, drawn from a seed."""

from __future__ import annotations

import asyncio
import itertools
import random
import signal
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from sandbox.faults import Fault as SlackFault
from sandbox.server import Sandbox
from tests.clocks import with_clock
from tests.receiver import Receiver
from tests.relay import Relay
from tests.torture.far_sides import MailServer, upset
from tests.torture.storm import Moods

# How many seconds the clocks of processes are from the true one: Slack's signatures allow for five minutes.
CLOCKS = (0, -120, 120)
# What that connection calls itself which is never cut.
WATCHING = "watching"


@dataclass
class Bot:
    """One process, started again whenever it is gone, with a way of its own to the database."""

    folder: Path
    relay: Relay
    environment: dict[str, str]
    process: asyncio.subprocess.Process | None = None
    killed: int = 0
    ended_by_itself: list[int] = field(default_factory=list)
    held_up: int = 0
    times_held_up: int = 0
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

    @contextmanager
    def holding_up(self) -> Iterator[None]:
        """It can answer nobody meanwhile, whatever else holds it up."""
        self.held_up += 1
        self.times_held_up += 1
        yield
        self.held_up -= 1

    def send(self, sent: signal.Signals) -> None:
        if self.process is not None and self.process.returncode is None:
            self.killed += sent is signal.SIGKILL
            self.process.send_signal(sent)


@dataclass
class Chaos:
    """What may go wrong, drawn from the seed."""

    dice: random.Random
    bots: Sequence[Bot]
    moods: Moods
    slacks: Sequence[Sandbox]
    mail: MailServer
    receiver: Receiver
    server: str
    done: Counter[str] = field(default_factory=Counter)
    pending: set[asyncio.Task[None]] = field(default_factory=set)

    async def reign(self, seconds: int, is_over: Callable[[], bool]) -> None:
        """A fault a second for so long, and on until `is_over` says so; then all is well again."""
        faults = (
            *(self._kill, self._freeze, self._cut, self._silence, self._gateway, self._slack),
            *(self._mail, self._mail_server, self._webhooks),
        )
        for second in itertools.count():
            if second >= seconds and await asyncio.to_thread(is_over):
                break
            fault = self.dice.choice(faults)
            self.done[fault.__name__.strip("_")] += 1
            task = asyncio.create_task(fault(self.dice.choice(self.bots)))
            self.pending.add(task)
            task.add_done_callback(self.pending.discard)
            await asyncio.sleep(1)
        await asyncio.gather(*self.pending)
        self.moods.calm = True
        for slack in self.slacks:
            slack.faults.clear()
        self.receiver.answers.clear()
        self.mail.box.answers.clear()

    async def _kill(self, bot: Bot) -> None:
        bot.send(signal.SIGKILL)

    async def _freeze(self, bot: Bot) -> None:
        with bot.holding_up():
            bot.send(signal.SIGSTOP)
            await asyncio.sleep(self.dice.uniform(1, 6))
            bot.send(signal.SIGCONT)

    async def _cut(self, _: Bot) -> None:
        """Half of all connections to the database are ended there."""
        await asyncio.to_thread(self._end_connections)

    def _end_connections(self) -> None:
        with psycopg.connect(self.server, autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
                " AND pid <> pg_backend_pid() AND application_name <> %s AND random() < 0.5",
                (WATCHING,),
            )

    async def _silence(self, bot: Bot) -> None:
        """Its connections to the database stay, and nothing comes through them."""
        with bot.holding_up():
            bot.relay.fall_silent()
            await asyncio.sleep(self.dice.uniform(2, 8))
            bot.relay.speak_again()

    async def _gateway(self, _: Bot) -> None:
        """It is in a bad mood for a while."""
        self.moods.trouble = 0.6
        await asyncio.sleep(self.dice.uniform(2, 5))
        self.moods.trouble = 0.1

    async def _slack(self, _: Bot) -> None:
        """It is in a bad mood in one workspace."""
        kind = self.dice.choice(("429", "500", "slow", "lost", "timeout"))
        self.dice.choice(self.slacks).faults.order(SlackFault("chat.postMessage", kind, times=3))

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
