"""Far sides in a bad mood: a mail server and a receiver of webhooks, as the seller's own may be on a bad day."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.parser import BytesHeaderParser
from weakref import WeakSet

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.bot.test_process import free_port
from tests.mailboxes import Box
from tests.receiver import Receiver

SLOW_SECONDS = 3


@dataclass
class MoodyBox(Box):
    """It may be `upset`: its next mails are deferred, refused, taken late, or taken without a word.

    Of a mail that it took it keeps no more than which row of the outbox it was, by the Message-ID that it always has.
    """

    answered: Counter[str] = field(default_factory=Counter)
    numbers: Counter[int] = field(default_factory=Counter)

    def upset(self, dice: random.Random) -> None:
        kinds = ("451 later", "452 full", "451 later", "554 no", "cut", "slow")
        self.answers += [dice.choice(kinds) for _ in range(dice.randint(1, 4))]

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        self.answered.update(self.answers[:1])
        if self.answers[:1] == ["slow"]:
            self.answers.pop(0)
            await asyncio.sleep(SLOW_SECONDS)
        return await super().handle_DATA(server, session, envelope)

    def take(self, content: bytes) -> None:
        headers = BytesHeaderParser().parsebytes(content.partition(b"\r\n\r\n")[0])
        self.numbers[int(str(headers["Message-ID"]).split("@")[0].rpartition("-")[2])] += 1


class _HangsUp(Controller):
    """Whoever it is talking with hears no more once it stops."""

    def __init__(self, box: MoodyBox, port: int) -> None:
        super().__init__(box, hostname="127.0.0.1", port=port, ready_timeout=60)
        self._lines: WeakSet[SMTP] = WeakSet()

    def factory(self) -> SMTP:
        line: SMTP = super().factory()  # type: ignore[no-untyped-call]  # aiosmtpd gives it no types
        self._lines.add(line)
        return line

    def stop(self, no_assert: bool = False) -> None:
        asyncio.run_coroutine_threadsafe(self._hang_up(), self.loop).result()
        super().stop(no_assert)

    async def _hang_up(self) -> None:
        for line in tuple(self._lines):
            if isinstance(line.transport, asyncio.WriteTransport):
                line.transport.abort()
        await asyncio.sleep(0)  # they are closed in the loop's next round


class MailServer:
    """One that goes away and comes back at the same address."""

    def __init__(self, box: MoodyBox) -> None:
        self.box, self.port = box, free_port()
        self._running: Controller | None = None

    @property
    def is_there(self) -> bool:
        return self._running is not None

    def come(self) -> None:
        self._running = _HangsUp(self.box, self.port)
        self._running.start()

    def go(self) -> None:
        if self._running is not None:
            self._running.stop()
            self._running = None


@contextmanager
def mail_server() -> Iterator[MailServer]:
    server = MailServer(MoodyBox())
    server.come()
    try:
        yield server
    finally:
        server.go()


def upset(receiver: Receiver, dice: random.Random) -> None:
    """Its next answers are none that a webhook is delivered by."""
    receiver.answers += [dice.choice(("500", "503", "lost", "429 2")) for _ in range(dice.randint(3, 10))]
