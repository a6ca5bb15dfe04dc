"""A desk that sends its e-invoices by PEC: real SMTP and IMAP servers, and SdI and the provider by hand."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from billing.adapters.einvoices.imap import ImapBox
from billing.adapters.einvoices.pec import PecTransport
from billing.adapters.mail import SmtpMailer
from sandbox import pec
from sandbox.sdi import answer
from tests.billing.desk import Desk
from tests.billing.sdi_office import SdiOffice
from tests.billing.test_einvoices import sending
from tests.mailboxes import PASSWORD as SMTP_PASSWORD
from tests.mailboxes import Authority, Box, attached, running_box
from tests.postboxes import USER, Postbox, running_postbox

SDI = "sdi01@pec.fatturapa.it"
ASSIGNED = "sdi37@pec.fatturapa.it"


@dataclass(frozen=True)
class PecOffice(SdiOffice):
    """With both servers."""

    transport: PecTransport
    smtp: Box
    postbox: Postbox

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

    def sendings(self) -> list[tuple[Any, ...]]:
        sql = "SELECT state, attempt, perhaps_sent FROM sdi_sendings ORDER BY file_name"
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
        yield PecOffice(sending(desk, **settings), settings, transport, smtp, postbox)
