"""The exchange system (SdI) and a provider of certified mail beside the pretend Slack, with a switch on the page."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from email.message import EmailMessage
from typing import Any

from starlette.routing import Route

from billing.adapters.einvoices import pec_mails
from billing.adapters.einvoices.pec import compose
from billing.values.errors import Unfit
from billing.values.refusals import NotFound
from billing.values.sdi_mails import FIRST_ADDRESS, ArrivedMail, Place, SentFile
from sandbox import pec, sdi
from sandbox.clock import iso
from sandbox.control import Given, posted
from sandbox.errors import Refused
from sandbox.messages import JsonObject
from sandbox.stream import Stream

# What it may answer; with "silent" the files wait until it says something.
SWITCH = ("RC", "MC", "NS", "silent")
NUMBER = re.compile(rb"<Numero>([^<]+)<")
DOMAIN = FIRST_ADDRESS.rpartition("@")[2]


@dataclass
class Sent:
    """A file that was sent here, and what was answered: empty while it waits."""

    mail: EmailMessage
    file: SentFile
    number: str
    at: datetime
    says: str = ""
    code: str = ""

    def to_state(self) -> dict[str, Any]:
        """As the page draws it."""
        said = {"name": self.file.name, "number": self.number, "at": iso(self.at)}
        return {**said, "says": self.says, "code": self.code}


@dataclass
class Exchange:
    """In the place of both servers of a mailbox. `again` makes and sends what was rejected once more.

    It may be called from any thread; what it is switched to holds for the next answers.
    """

    stream: Stream
    clock: Callable[[], datetime]
    again: Callable[[str], Awaitable[object]]
    sender: str = "venditore@pec.example"
    sdi_address: str = ""
    signs: bool = False
    says: str = "RC"
    code: str = "00311"
    sent: list[Sent] = field(default_factory=list)
    mailbox: list[bytes] = field(default_factory=list)

    def send(self, file: SentFile) -> None:
        """Takes the file; the provider says at once that it did, and that it arrived."""
        mail, now = compose(file, self.sender), self.clock()
        number = found[1].decode() if (found := NUMBER.search(file.content)) else ""
        self.sent.append(Sent(mail, file, number, now))
        self.mailbox += [pec.receipt(kind, mail, now) for kind in ("accettazione", "avvenuta-consegna")]
        self._told()

    def arrived(self, last: Place | None, since: date) -> Iterator[ArrivedMail]:
        """What lies in the mailbox after that place; files that wait are answered first."""
        if self.says != "silent":
            for sdi_id, sent in enumerate(self.sent, start=1):
                if not sent.says:
                    self._answer(sent, sdi_id)
        for uid, raw in enumerate(list(self.mailbox), start=1):
            if last is None or uid > last.uid:
                yield pec_mails.read(Place(1, uid), raw, DOMAIN)

    def to_state(self) -> dict[str, Any]:
        """The switch, and what was sent here, newest first."""
        files = [one.to_state() for one in reversed(self.sent)]
        return {"says": self.says, "code": self.code, "files": files}

    def routes(self) -> list[Route]:
        """The switch, and sending again, under /_control."""
        return [
            Route("/_control/sdi", posted(self._turn), methods=["POST"]),
            Route("/_control/sdi-again", posted(self._again), methods=["POST"]),
        ]

    def _answer(self, sent: Sent, sdi_id: int) -> None:
        now = self.clock()
        made = sdi.answer(
            sent.file.name, sent.file.content, self.says, now, sdi_id=1_000_000 + sdi_id, code=self.code
        )
        written = pec.written(FIRST_ADDRESS, self.sender, made.name, (made.name, made.content))
        self.mailbox.append(pec.certified(written, now))
        sent.says, sent.code = self.says, self.code if self.says == "NS" else ""
        self._told()

    async def _turn(self, given: Given) -> JsonObject:
        says, code = given.get("says", self.says), given.get("code", self.code)
        if says not in SWITCH or code not in sdi.WORDS:
            raise Refused("invalid_answer", 400)
        self.says, self.code = says, code
        self._told()
        return {"ok": True, "sdi": self.to_state()}

    async def _again(self, given: Given) -> JsonObject:
        try:
            await self.again(given["number"])
        except (NotFound, Unfit):
            raise Refused("not_rejected") from None
        return {"ok": True}

    def _told(self) -> None:
        self.stream.send({"kind": "sdi", "sdi": self.to_state()})
