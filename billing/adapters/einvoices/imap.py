"""A mailbox over IMAP, with TLS from the first word: read from where it was left, and changed in nothing.

By the standard library: of IMAP it takes five commands, and the bytes as they lie there.
"""

from __future__ import annotations

import imaplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from urllib.parse import unquote, urlsplit

from billing.ports import MailServerUnavailable
from billing.values.sdi_mails import Place

PATIENCE_SECONDS = 20
PORT = 993
# Certified mail may have 100 MB; what SdI and providers write has some kilobytes, and at most the mail that was sent.
LARGEST = 10 * 1024 * 1024
# As IMAP writes them, whatever language the machine speaks.
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True)
class ImapBox:
    """`imaps://user:password@host:port`: its inbox, which is opened to be read alone.

    The server's certificate must be good for its name, by the system's authorities or those of `ca_file`.
    """

    url: str = field(repr=False)
    ca_file: str | None = None

    def after(self, last: Place | None, since: date) -> Iterator[tuple[Place, bytes | None]]:
        """Each mail after that place, else from that day on, oldest first; no bytes of one larger than LARGEST.

        Raises MailServerUnavailable.
        """
        with self._open() as (server, validity):
            is_known = last is not None and last.uid_validity == validity
            wanted = f"UID {last.uid + 1}:*" if last and is_known else f"SINCE {_written(since)}"
            for uid in sorted(map(int, _line(server.uid("SEARCH", wanted)).split())):
                # The last mail is within n:*, whatever n is.
                if last and is_known and uid <= last.uid:
                    continue
                size = _size(_line(server.uid("FETCH", str(uid), "(RFC822.SIZE)")))
                if size is None:
                    continue  # somebody took it away just now
                yield Place(validity, uid), None if size > LARGEST else _content(server, uid)

    def prove(self) -> None:
        """Connects, logs in and opens the inbox. Raises MailServerUnavailable."""
        with self._open():
            pass

    @contextmanager
    def _open(self) -> Iterator[tuple[imaplib.IMAP4, int]]:
        at = urlsplit(self.url)
        server = None
        try:
            server = imaplib.IMAP4_SSL(
                at.hostname or "",
                at.port or PORT,
                ssl_context=ssl.create_default_context(cafile=self.ca_file),
                timeout=PATIENCE_SECONDS,
            )
            server.login(unquote(at.username or ""), unquote(at.password or ""))
            _said(server.select("INBOX", readonly=True))
            yield server, int(_line(server.response("UIDVALIDITY")))
        except (OSError, imaplib.IMAP4.error, ValueError) as trouble:
            raise MailServerUnavailable(f"{type(trouble).__name__}: {trouble}"[:200]) from None
        finally:
            if server is not None:
                with suppress(OSError, imaplib.IMAP4.error):
                    server.logout()


def _said(answer: tuple[str, Any]) -> Any:
    how, lines = answer
    if how not in ("OK", "UIDVALIDITY"):
        raise imaplib.IMAP4.error(f"{how} {lines}")
    return lines


def _line(answer: tuple[str, Any]) -> bytes:
    """The one line of an answer, empty where there is none."""
    first = _said(answer)[0]
    return first if isinstance(first, bytes) else b""


def _size(line: bytes) -> int | None:
    _, found, size = line.partition(b"RFC822.SIZE ")
    return int(size.split(b")")[0].split()[0]) if found else None


def _content(server: imaplib.IMAP4, uid: int) -> bytes:
    for part in _said(server.uid("FETCH", str(uid), "(BODY.PEEK[])")):
        if isinstance(part, tuple):
            return bytes(part[1])
    raise imaplib.IMAP4.error(f"no mail was given for UID {uid}")


def _written(day: date) -> str:
    return f"{day.day:02}-{MONTHS[day.month - 1]}-{day.year}"
