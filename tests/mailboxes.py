"""A real SMTP server for the tests: what it took, how it answers next, and with which certificate."""

from __future__ import annotations

import socket
import ssl
from asyncio import WriteTransport
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

PASSWORD = b"s3cret@home"


@dataclass
class Box:
    """A mail server's far side. Its next answers are those given; "cut" takes the mail and says nothing."""

    answers: list[str] = field(default_factory=list)
    to_recipients: list[str] = field(default_factory=list)
    from_senders: list[str] = field(default_factory=list)
    taken: list[EmailMessage] = field(default_factory=list)
    seen: list[bytes] = field(default_factory=list)
    over_tls: list[bool] = field(default_factory=list)
    logged_in: list[bytes] = field(default_factory=list)

    async def handle_MAIL(
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return self.from_senders.pop(0) if self.from_senders else "250 OK"

    async def handle_RCPT(
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        envelope.rcpt_tos.append(address)
        return self.to_recipients.pop(0) if self.to_recipients else "250 OK"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:
        answer = self.answers.pop(0) if self.answers else "250 OK"
        if answer.startswith(("250", "cut")):
            content = envelope.content
            assert isinstance(content, bytes)
            self.take(content)
            assert server.transport is not None
            self.over_tls.append(server.transport.get_extra_info("ssl_object") is not None)
        if answer == "cut":
            assert isinstance(server.transport, WriteTransport)
            server.transport.abort()
        return answer

    def take(self, content: bytes) -> None:
        """Keeps the mail."""
        message = message_from_bytes(content, policy=policy.default)
        assert isinstance(message, EmailMessage)
        self.taken.append(message)
        self.seen.append(content)

    def login(
        self, _server: SMTP, _session: Session, _envelope: Envelope, _how: str, said: object
    ) -> AuthResult:
        assert isinstance(said, LoginPassword)
        self.logged_in.append(said.login)
        return AuthResult(success=said.password == PASSWORD, handled=False)


@dataclass(frozen=True)
class Authority:
    """Who vouches for a mail server of the tests."""

    ca_file: str
    server: ssl.SSLContext

    @classmethod
    def make(cls, folder: Path, name: str = "127.0.0.1") -> Authority:
        """Its certificate is in the file, and that of a server of the name in the context."""
        authority = trustme.CA()
        authority.cert_pem.write_to_path(folder / f"{name}.pem")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(name).configure_cert(context)
        return cls(str(folder / f"{name}.pem"), context)


@contextmanager
def running_box(
    box: Box,
    *,
    starttls: ssl.SSLContext | None = None,
    smtps: ssl.SSLContext | None = None,
    login: bool = False,
) -> Iterator[str]:
    """Serves the box; answers `host:port`."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    controller = Controller(
        box,
        hostname="127.0.0.1",
        port=port,
        ssl_context=smtps,
        tls_context=starttls,
        authenticator=box.login if login else None,
        auth_require_tls=False,
    )
    controller.start()
    try:
        yield f"127.0.0.1:{port}"
    finally:
        controller.stop()


def text_in(message: EmailMessage, kind: str = "plain") -> str:
    """What a reader reads, as plain text or as `html`."""
    part = message.get_body((kind,))
    assert part is not None
    return str(part.get_content()).replace("\xa0", " ")


def attached(message: EmailMessage) -> list[tuple[str, bytes]]:
    """The names and contents of what is attached."""
    return [(str(part.get_filename()), bytes(part.get_content())) for part in message.iter_attachments()]
