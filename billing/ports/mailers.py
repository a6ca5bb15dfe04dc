"""Who takes mail and sees that it arrives."""

from __future__ import annotations

from contextlib import AbstractContextManager
from email.message import EmailMessage
from typing import Protocol


class MailRejected(Exception):
    """This mail will never be taken: the server's `code` says so (5xx); without one there is nobody to write to."""

    def __init__(self, code: int | None = None, why: str = "") -> None:
        super().__init__(f"{code or 'nobody to write to'} {why}".strip())
        self.code = code


class MailDeferred(Exception):
    """This mail is not taken now, or nobody knows whether it was: it is sent again later, as the same mail.

    Where the server spoke of it, `code` is what it said (4xx).
    """

    def __init__(self, why: str, code: int | None = None) -> None:
        super().__init__(why)
        self.code = code


class MailServerUnavailable(Exception):
    """No mail can be sent now: the server cannot be reached, trusted or logged in to."""


class MailConnection(Protocol):
    """Who takes mail, on the line."""

    def send(self, message: EmailMessage) -> None:
        """Hands the mail over. Raises MailRejected, MailDeferred, MailServerUnavailable."""


class MailSession(Protocol):
    """Connections for many mails, one after the other on each; several threads may ask for one."""

    def connected(self) -> AbstractContextManager[MailConnection]:
        """A connection for the next mail. Raises MailServerUnavailable."""


class Mailer(Protocol):
    """Who takes mail and sees that it arrives."""

    def session(self) -> AbstractContextManager[MailSession]:
        """For many mails."""
