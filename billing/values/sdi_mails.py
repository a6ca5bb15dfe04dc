"""What comes into the mailbox from which e-invoices are sent to SdI, and what is sent there."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from billing.values.errors import Unfit
from billing.values.sdi import Receipt, is_to_office

# Where the first file goes. With its first answer SdI assigns the address for all others.
FIRST_ADDRESS = "sdi01@pec.fatturapa.it"
# The Message-IDs of what is sent: the file, and how often it was tried.
OURS = re.compile(r"<?(?P<file>IT[A-Z0-9]{11,16}_[A-Za-z0-9]{1,5}\.xml)\.(?P<attempt>[0-9]{1,9})@[^<>@\s]+>?")


class MailKind(StrEnum):
    """Who speaks: SdI (RECEIPTS), the mailbox's own provider of a mail that was sent, or somebody else.

    Of the provider's words ACCEPTED and DELIVERED say that a mail went out and arrived, UNDELIVERED that it did
    not, and NOTED leaves that open. UNREADABLE is what nothing could be made of, TOO_LARGE what was not looked into.
    """

    RECEIPTS = "receipts"
    ACCEPTED = "accepted"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    NOTED = "noted"
    OTHER = "other"
    UNREADABLE = "unreadable"
    TOO_LARGE = "too_large"


class Aside(StrEnum):
    """Why a mail was set aside for somebody to look at; NOT is one that was understood or is no business of ours."""

    NOT = ""
    UNREADABLE = "unreadable"
    TOO_LARGE = "too_large"
    NO_RECEIPT = "no_receipt"
    NOT_FROM_SDI = "not_from_sdi"
    UNDELIVERED = "undelivered"
    UNKNOWN_MAIL = "unknown_mail"
    UNKNOWN = "unknown"
    FORGED = "forged"
    OTHER_SCHEMA = "other_schema"
    CONTRADICTS = "contradicts"


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where a mail lies, as IMAP counts: the UIDs of a mailbox are good as long as its UIDVALIDITY stays."""

    uid_validity: int
    uid: int


@dataclass(frozen=True, slots=True)
class Attached:
    """A file in a mail: the receipt that it is, or why it is none."""

    name: str
    content: bytes
    receipt: Receipt | None = None
    fault: Unfit | None = None


@dataclass(frozen=True, slots=True)
class ArrivedMail:
    """A mail as it was read. `digest` is the SHA-256 of its bytes, by which it is known again; `content` the bytes.

    `sender` is who certified mail says it is from, else what anybody can write. `about` is the Message-ID that the
    provider speaks of, `said` its words.
    """

    place: Place
    digest: str
    kind: MailKind
    sender: str = ""
    subject: str = ""
    about: str = ""
    said: str = ""
    files: tuple[Attached, ...] = ()
    content: bytes = b""


@dataclass(frozen=True, slots=True)
class SentFile:
    """A file on its way to SdI. The same `message_id` is the same mail, sent `again` where it may have gone."""

    name: str
    content: bytes
    message_id: str
    to: str
    again: bool = False

    @property
    def is_to_office(self) -> bool:
        return is_to_office(self.content)


def file_of(message_id: str) -> str:
    """The name of the file that was sent with that Message-ID; empty where it is none of ours."""
    found = OURS.fullmatch(message_id)
    return found["file"] if found else ""
