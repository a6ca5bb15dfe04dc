"""E-invoices to SdI by certified mail (PEC), one a mail, and what comes back into the mailbox."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from email.message import EmailMessage
from email.utils import localtime
from typing import TYPE_CHECKING

from billing.adapters.einvoices import pec_mails
from billing.adapters.einvoices.imap import ImapBox
from billing.calls import calling
from billing.values.sdi_mails import FIRST_ADDRESS, ArrivedMail, Place, SentFile

if TYPE_CHECKING:  # heavy; the demo's exchange needs none of it
    from billing.adapters.mail import SmtpMailer


@dataclass(frozen=True, slots=True)
class PecTransport:
    """By that mail server and mailbox, which are both of the address `sender`."""

    mailer: SmtpMailer
    box: ImapBox
    sender: str
    sdi_address: str = ""
    signs: bool = False

    def send(self, file: SentFile) -> None:
        """Hands the file over. Raises as the mailer does."""
        with calling("pec"):
            self.mailer.send(compose(file, self.sender))

    def arrived(self, last: Place | None, since: date) -> Iterator[ArrivedMail]:
        """The mail after that place. Raises MailServerUnavailable."""
        domain = (self.sdi_address or FIRST_ADDRESS).rpartition("@")[2].lower()
        with calling("imap"):
            for place, raw in self.box.after(last, since):
                yield pec_mails.read(place, raw, domain)


def compose(file: SentFile, sender: str) -> EmailMessage:
    """The mail with that file: SdI reads what is attached and nothing else."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, file.to, file.name
    mail["Date"], mail["Message-ID"] = localtime(), file.message_id
    mail.set_content(f"In allegato la fattura elettronica {file.name}.\n")
    mail.add_attachment(file.content, maintype="application", subtype="xml", filename=file.name)
    return mail
