"""Mail to who pays, over a real SMTP server: sent once it is taken, again until then, inert whatever people typed."""

from __future__ import annotations

import socket
from asyncio import WriteTransport
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from billing.adapters.gateways.sandbox import Behaviour
from billing.adapters.mail import SmtpMailer, deliver
from tests.billing.desk import Desk

SENDER = "Fatture <fatture@venditore.example>"


@dataclass
class Box:
    """A mail server's far side: what it took, and how it answers next."""

    answers: list[str] = field(default_factory=list)
    taken: list[EmailMessage] = field(default_factory=list)

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:
        answer = self.answers.pop(0) if self.answers else "250 OK"
        if answer.startswith(("250", "cut")):
            content = envelope.content
            assert isinstance(content, bytes)
            message = message_from_bytes(content, policy=policy.default)
            assert isinstance(message, EmailMessage)
            self.taken.append(message)
        if answer == "cut":
            assert isinstance(server.transport, WriteTransport)
            server.transport.abort()
        return answer


@pytest.fixture
def box() -> Box:
    return Box()


@pytest.fixture
def mailer(box: Box) -> Iterator[SmtpMailer]:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    yield SmtpMailer(f"smtp://127.0.0.1:{port}", SENDER)
    controller.stop()


def unpaid(desk: Desk, behaviour: Behaviour, name: str = "Piazza") -> Desk:
    """A renewal of the property did not go through, and mail is on."""
    mailing = replace(desk, billing=replace(desk.billing, mails=True))
    owner = mailing.owner()
    plan = mailing.buy(owner, mailing.property_of(owner, name))
    mailing.gateway.expect("tok_visa", behaviour)
    mailing.turn_to(plan.period_end_at)
    return mailing


def untold(desk: Desk) -> int:
    return len(desk.rows("SELECT number FROM outbox WHERE topic LIKE '% mail:%' AND told_at IS NULL"))


def text_in(message: EmailMessage, kind: str = "plain") -> str:
    part = message.get_body((kind,))
    assert part is not None
    return str(part.get_content())


def test_a_failed_renewal_is_mailed_to_its_billing_admin_once(
    desk: Desk, box: Box, mailer: SmtpMailer
) -> None:
    mailing = unpaid(desk, Behaviour.DECLINES)
    assert deliver(mailing.billing, mailer) == 1
    assert deliver(mailing.billing, mailer) == 0
    (mail,) = box.taken
    assert str(mail["To"]) == "Giulia Rossi <uowner@example.com>"
    assert str(mail["From"]) == SENDER
    assert str(mail["Subject"]) == "Non pagato: 12,20 € per Live Chat Basic"
    assert "Non è stato addebitato nulla" in text_in(mail)
    assert "Venditore S.p.A." in text_in(mail, "html")


def test_the_bank_s_page_is_a_link_in_the_mail(desk: Desk, box: Box, mailer: SmtpMailer) -> None:
    mailing = unpaid(desk, Behaviour.ASKS_FOR_ACTION)
    assert deliver(mailing.billing, mailer) == 1
    (mail,) = box.taken
    (url,) = [
        row.action_url
        for row in mailing.rows("SELECT action_url FROM payment_attempts WHERE state = 'action_required'")
    ]
    assert url in text_in(mail)
    assert f'href="{url}"' in text_in(mail, "html")


@pytest.mark.parametrize("trouble", ["451 later", "421 closing", "cut"])
def test_what_the_server_does_not_take_now_is_sent_again_with_the_same_id(
    desk: Desk, box: Box, mailer: SmtpMailer, trouble: str
) -> None:
    mailing = unpaid(desk, Behaviour.DECLINES)
    box.answers.append(trouble)
    assert deliver(mailing.billing, mailer) == 0
    assert untold(mailing) == 1
    mailing.clock.now = mailing.clock.now.replace(minute=mailing.clock.now.minute + 5)
    assert deliver(mailing.billing, mailer) == 1
    assert len({str(mail["Message-ID"]) for mail in box.taken}) == 1
    assert untold(mailing) == 0


def test_a_server_that_is_away_loses_nothing(desk: Desk) -> None:
    mailing = unpaid(desk, Behaviour.DECLINES)
    assert deliver(mailing.billing, SmtpMailer("smtp://127.0.0.1:9", SENDER)) == 0
    assert untold(mailing) == 1


def test_a_refusal_for_good_is_not_tried_again(desk: Desk, box: Box, mailer: SmtpMailer) -> None:
    mailing = unpaid(desk, Behaviour.DECLINES)
    box.answers.append("550 no such mailbox")
    assert deliver(mailing.billing, mailer) == 0
    assert (untold(mailing), box.taken) == (0, [])


def test_what_people_typed_is_inert(desk: Desk, box: Box, mailer: SmtpMailer) -> None:
    mailing = unpaid(desk, Behaviour.DECLINES, '<img src=x onerror=alert(1)> "A", b@evil.example')
    assert deliver(mailing.billing, mailer) == 1
    (mail,) = box.taken
    assert "<img" not in text_in(mail, "html")
    assert str(mail["To"]) == "Giulia Rossi <uowner@example.com>"


@pytest.mark.parametrize(
    "address", ["a@b.example, c@d.example", "a@b.example\nBcc: c@d.example", "nonsense", ""]
)
def test_an_address_that_is_none_gets_no_mail(desk: Desk, box: Box, mailer: SmtpMailer, address: str) -> None:
    mailing = unpaid(desk, Behaviour.DECLINES)
    mailing.execute("UPDATE persons SET email = :address", address=address)
    assert deliver(mailing.billing, mailer) == 0
    assert (untold(mailing), box.taken) == (0, [])


def test_without_a_mail_server_nothing_is_written_for_it(desk: Desk) -> None:
    owner = desk.owner()
    plan = desk.buy(owner, desk.property_of(owner))
    desk.gateway.expect("tok_visa", Behaviour.DECLINES)
    desk.turn_to(plan.period_end_at)
    assert untold(desk) == 0
