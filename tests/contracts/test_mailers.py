"""What every mailer must do: SMTP to a real server, and the demo's mailbox."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.message import EmailMessage

import pytest

from billing.adapters.mail import SmtpMailer
from billing.ports import Mailer
from sandbox.app import App
from sandbox.mailbox import Mailbox
from sandbox.people import Team
from sandbox.workspace import Workspace
from tests.mailboxes import Box, attached, running_box, text_in

PDF = b"%PDF-1.7\r\n\x00\xff\n.\r\n..\nend"
TEXT = "Pagato: 35,38 €\n\n.\n" + "Una riga molto lunga. " * 60 + "\n"


@dataclass
class Kept:
    """A mail as its receiver has it."""

    sender: str
    to: str
    subject: str
    text: str
    html: str
    attachments: list[tuple[str, bytes]]


def smtp() -> Iterator[tuple[Mailer, Callable[[], list[Kept]]]]:
    box = Box()

    def kept() -> list[Kept]:
        return [
            Kept(
                str(mail["From"]),
                str(mail["To"]),
                str(mail["Subject"]),
                text_in(mail),
                text_in(mail, "html"),
                attached(mail),
            )
            for mail in box.taken
        ]

    with running_box(box) as address:
        yield SmtpMailer(f"smtp://{address}"), kept


def mailbox() -> Iterator[tuple[Mailer, Callable[[], list[Kept]]]]:
    workspace = Workspace(Team("Esempio", "esempio"), App("Billing"))

    def kept() -> list[Kept]:
        return [
            Kept(
                mail.sender,
                mail.to,
                mail.subject,
                mail.text,
                mail.html,
                [(file.name, file.content or b"") for file in mail.attachments],
            )
            for mail in workspace.mail
        ]

    yield Mailbox(workspace), kept


@pytest.fixture(params=[smtp, mailbox])
def mailer(request: pytest.FixtureRequest) -> Iterator[tuple[Mailer, Callable[[], list[Kept]]]]:
    yield from request.param()


def a_mail() -> EmailMessage:
    message = EmailMessage()
    message["From"] = "Venditore S.p.A. <fatture@venditore.example>"
    message["To"] = "Zoë Müller <zoe@esempio.example>"
    message["Subject"] = "Fattura 2026-000123 di Venditore S.p.A. (35,38\xa0€)"
    message["Date"] = "Wed, 25 Nov 2026 22:05:42 +0000"
    message["Message-ID"] = "<1@venditore.example>"
    message.set_content(TEXT)
    message.add_alternative("<p>Pagato: <b>35,38 €</b></p>", subtype="html")
    message.add_attachment(PDF, maintype="application", subtype="pdf", filename="2026-000123.pdf")
    return message


def test_a_mail_arrives_as_it_was_written_as_often_as_it_is_sent(
    mailer: tuple[Mailer, Callable[[], list[Kept]]],
) -> None:
    sends, kept = mailer
    with sends.session() as session:
        for _ in range(2):
            with session.connected() as connection:
                connection.send(a_mail())
    first, second = kept()
    assert first == second
    assert first.sender == '"Venditore S.p.A." <fatture@venditore.example>'
    assert first.to == "Zoë Müller <zoe@esempio.example>"
    assert first.subject == "Fattura 2026-000123 di Venditore S.p.A. (35,38\xa0€)"
    assert first.text.replace("\r\n", "\n") == TEXT
    assert first.html.strip() == "<p>Pagato: <b>35,38 €</b></p>"
    assert first.attachments == [("2026-000123.pdf", PDF)]
