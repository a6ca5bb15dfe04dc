"""The pretend mail server: what the app sends lies in the workspace's mailbox, read from the bytes of the wire."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage

from sandbox.workspace import Workspace


@dataclass(frozen=True)
class Mailbox:
    """Takes mail in the place of an SMTP server; any thread may hand it over."""

    workspace: Workspace

    @contextmanager
    def session(self) -> Iterator["Mailbox"]:
        """It is always there."""
        yield self

    @contextmanager
    def connected(self) -> Iterator["Mailbox"]:
        """It listens to all at once."""
        yield self

    def send(self, message: EmailMessage) -> None:
        """Put it into the mailbox, as somebody would get it who reads these bytes."""
        received = message_from_bytes(message.as_bytes(policy=policy.SMTP), policy=policy.default)
        self.workspace.post_mail(
            str(received["To"]),
            str(received["Subject"]),
            _body(received, "plain"),
            _body(received, "html"),
            {str(part.get_filename()): part.get_content() for part in received.iter_attachments()},
            sender=str(received["From"]),
            at=received["Date"].datetime,
        )


def _body(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    return str(part.get_content()) if part else ""
