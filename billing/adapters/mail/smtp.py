"""Mail over SMTP, with TLS whose certificates are verified."""

from __future__ import annotations

import smtplib
import ssl
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.message import EmailMessage
from functools import cache
from ipaddress import ip_address
from urllib.parse import unquote, urlsplit

from billing.ports import MailDeferred, MailRejected, MailServerUnavailable

PATIENCE_SECONDS = 20
PORTS = {"smtp": 25, "smtps": 465}
# "Message size exceeds": of all that is said to a sender, only this is about the mail itself.
TOO_LARGE = 552
OK = 250
# Who takes many mails by one connection closes it after a hundred or so.
MOST_BY_ONE = 50


@dataclass(slots=True)
class SmtpConnection:
    """Somebody is logged in at the server, and sends one mail after the other."""

    server: smtplib.SMTP
    sent: int = 0

    def send(self, message: EmailMessage) -> None:
        """Hands it over. Raises MailRejected, MailDeferred, MailServerUnavailable."""
        self.sent += 1
        try:
            self.server.send_message(message)
        except smtplib.SMTPRecipientsRefused as refused:
            ((code, _),) = refused.recipients.values()
            raise _said_no(code) from None
        except smtplib.SMTPSenderRefused as refused:
            if refused.smtp_code != TOO_LARGE:
                raise MailServerUnavailable(f"the sender is refused: {refused.smtp_code}") from None
            raise MailRejected(TOO_LARGE) from None
        except smtplib.SMTPResponseException as refused:
            raise _said_no(refused.smtp_code) from None
        except (OSError, smtplib.SMTPException) as trouble:
            raise MailDeferred(type(trouble).__name__) from None

    def is_good(self) -> bool:
        """Whether the server still listens, and takes another one."""
        if self.sent >= MOST_BY_ONE:
            return False
        try:
            code, _ = self.server.noop()
        except (OSError, smtplib.SMTPException):
            return False
        return code == OK

    def close(self) -> None:
        """Taken is taken, whatever is said at parting."""
        with suppress(OSError, smtplib.SMTPException):
            self.server.quit()


class SmtpSession:
    """Connections that are used again for the next mail. Several threads may send by one session."""

    def __init__(self, mailer: SmtpMailer) -> None:
        self._mailer = mailer
        self._resting = deque[SmtpConnection]()

    @contextmanager
    def connected(self) -> Iterator[SmtpConnection]:
        """A connection for one mail; after trouble it is not used again. Raises MailServerUnavailable."""
        connection = self._awake() or self._mailer.connect()
        try:
            yield connection
        except BaseException:
            connection.close()
            raise
        self._resting.append(connection)

    def close(self) -> None:
        """Those that rest are closed."""
        while self._resting:
            self._resting.pop().close()

    def _awake(self) -> SmtpConnection | None:
        """One that is still good. A server may have closed it meanwhile, and that is no trouble of a mail."""
        while True:
            try:
                connection = self._resting.pop()
            except IndexError:
                return None
            if connection.is_good():
                return connection
            connection.close()


@dataclass(frozen=True, slots=True)
class SmtpMailer:
    """`smtp://user:password@host:port`; `smtps` speaks TLS from the first word, `smtp` when it is offered.

    The server's certificate must be good for its name, by the system's authorities or those of `ca_file`.
    """

    url: str = field(repr=False)
    ca_file: str | None = None

    @contextmanager
    def session(self) -> Iterator[SmtpSession]:
        """For many mails; it connects for the first."""
        session = SmtpSession(self)
        try:
            yield session
        finally:
            session.close()

    def send(self, message: EmailMessage) -> None:
        """Hands one over. Raises MailRejected, MailDeferred, MailServerUnavailable."""
        with self.session() as session, session.connected() as connection:
            connection.send(message)

    def prove(self) -> None:
        """Connects and logs in, and sends nothing. Raises MailServerUnavailable."""
        self.connect().close()

    def connect(self) -> SmtpConnection:
        """Raises MailServerUnavailable for all that is wrong before a mail is spoken of: that refuses none."""
        try:
            return SmtpConnection(self._logged_in())
        except (OSError, smtplib.SMTPException) as trouble:
            if isinstance(trouble, ssl.SSLCertVerificationError):
                _trusting.cache_clear()  # whom to trust may have been written anew
            raise MailServerUnavailable(f"{type(trouble).__name__}: {trouble}"[:200]) from None

    def _logged_in(self) -> smtplib.SMTP:
        at = urlsplit(self.url)
        host, port = at.hostname or "", at.port or PORTS[at.scheme]
        context = _trusting(self.ca_file)
        server: smtplib.SMTP
        if at.scheme == "smtps":
            server = smtplib.SMTP_SSL(host, port, timeout=PATIENCE_SECONDS, context=context)
        else:
            server = smtplib.SMTP(host, port, timeout=PATIENCE_SECONDS)
        try:
            server.ehlo()
            if at.scheme == "smtp" and server.has_extn("starttls"):
                server.starttls(context=context)
                server.ehlo()
            if at.username:
                _refuse_in_the_clear(server, host)
                server.login(unquote(at.username), unquote(at.password or ""))
        except BaseException:
            server.close()
            raise
        return server


@cache
def _trusting(ca_file: str | None) -> ssl.SSLContext:
    """To read all authorities of a system takes as long as to draw an invoice."""
    return ssl.create_default_context(cafile=ca_file)


def _said_no(code: int) -> MailRejected | MailDeferred:
    return MailRejected(code) if code >= 500 else MailDeferred(str(code), code)


def _refuse_in_the_clear(server: smtplib.SMTP, host: str) -> None:
    """A password goes through TLS, or no further than this machine."""
    if not isinstance(server.sock, ssl.SSLSocket) and not _is_this_machine(host):
        raise smtplib.SMTPNotSupportedError("no TLS is offered, and the password is not sent in the clear")


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
