"""A desk that sends its e-invoices by PEC: real SMTP and IMAP servers, and SdI and the provider by hand."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from billing.adapters.einvoices.imap import ImapBox
from billing.adapters.einvoices.pec import PecTransport
from billing.adapters.mail import SmtpMailer
from billing.services import purchases, sdi_post
from billing.values.companies import Company
from sandbox import pec
from sandbox.sdi import answer
from tests.billing.desk import Desk
from tests.billing.test_einvoices import ESEMPIO, sending
from tests.mailboxes import PASSWORD as SMTP_PASSWORD
from tests.mailboxes import Authority, Box, attached, running_box
from tests.postboxes import USER, Postbox, running_postbox

SDI = "sdi01@pec.fatturapa.it"
ASSIGNED = "sdi37@pec.fatturapa.it"


@dataclass(frozen=True)
class PecOffice:
    """The desk, both servers, and the transport between them."""

    desk: Desk
    smtp: Box
    postbox: Postbox
    transport: PecTransport
    settings: dict[str, str]

    def buy(self, company: Company = ESEMPIO) -> None:
        desk = self.desk
        owner = desk.owner()
        order = desk.order(owner, desk.property_of(owner, f"Piazza {desk.key()}"))
        purchases.purchase(desk.billing, owner, replace(order, company=company), key=desk.key())

    def run(self) -> int:
        """What each tick does."""
        return sdi_post.run(self.desk.billing, self.transport)

    def run_later(self, **span: float) -> int:
        self.desk.wait(timedelta(**span))
        return self.run()

    @property
    def sent(self) -> list[EmailMessage]:
        return self.smtp.taken

    def file(self, number: int = 0) -> tuple[str, bytes]:
        """Name and content of what was sent in that mail."""
        ((name, content),) = attached(self.sent[number])
        return name, content

    def says(self, kind: str, number: int = 0, words: str = "") -> bytes:
        """What the provider says of that mail."""
        mail = pec.receipt(kind, self.sent[number], self.desk.clock.now, words)
        self.postbox.put(mail)
        return mail

    def answers(self, says: str, number: int = 0, *, sdi_id: int = 101, code: str = "00311") -> bytes:
        """What SdI answers to the file in that mail, in certified mail."""
        made = answer(*self.file(number), says, self.desk.clock.now, sdi_id=sdi_id, code=code)
        mail = self.certified((made.name, made.content))
        self.postbox.put(mail)
        return mail

    def certified(self, *files: tuple[str, bytes], sender: str = ASSIGNED) -> bytes:
        subject = f"Notifica di prova {files[0][0]}" if files else "Notifica di prova"
        return pec.certified(pec.written(sender, USER, subject, *files), self.desk.clock.now)

    def states(self) -> list[str]:
        return [row.state for row in self.desk.rows("SELECT state FROM einvoices ORDER BY progressive")]

    def sendings(self) -> list[tuple[Any, ...]]:
        sql = "SELECT state, attempt, perhaps_sent FROM sdi_sendings ORDER BY file_name"
        return [tuple(row) for row in self.desk.rows(sql)]

    def aside(self) -> list[tuple[str, str]]:
        """Why mails were set aside, and what of."""
        sql = "SELECT aside, detail FROM sdi_mails WHERE aside <> '' ORDER BY uid"
        return [tuple(row) for row in self.desk.rows(sql)]


@contextmanager
def pec_office(desk: Desk, folder: Path) -> Iterator[PecOffice]:
    authority, smtp = Authority.make(folder), Box()
    with ExitStack() as stack:
        at = stack.enter_context(running_box(smtp, smtps=authority.server, login=True))
        postbox = stack.enter_context(running_postbox(authority.server))
        url = f"smtps://venditore:{SMTP_PASSWORD.decode().replace('@', '%40')}@{at}"
        transport = PecTransport(
            SmtpMailer(url, authority.ca_file), ImapBox(postbox.url, authority.ca_file), USER
        )
        settings = {
            "e_invoices": "pec",
            "pec_smtp_url": url,
            "pec_imap_url": postbox.url,
            "pec_address": USER,
            "pec_ca_file": authority.ca_file,
        }
        yield PecOffice(sending(desk, **settings), smtp, postbox, transport, settings)
