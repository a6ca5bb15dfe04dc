"""E-invoices by mail: what was sent to SdI and when, and each mail that came back."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from billing.models.base import Base, EnumText, Id, UtcDateTime
from billing.values.sdi_mails import Aside, MailKind


class SendingState(StrEnum):
    """BEGUN: handed over, and whether it was taken is not known. WAITING: it did not go, and is tried again.

    UNSIGNED: public offices take signed files alone, which somebody else has to sign and send.
    """

    BEGUN = "begun"
    TAKEN = "taken"
    WAITING = "waiting"
    UNSIGNED = "unsigned"


class SdiSending(Base):
    """How an e-invoice goes out by mail: written before it is sent, so that it is sent once whatever happens.

    `attempt` counts the mails, each with a Message-ID of its own; `perhaps_sent` how often a mail went out that may
    have arrived: above one SdI may say that it knows the file already. `note` is why it did not go.
    """

    __tablename__ = "sdi_sendings"
    __table_args__ = (Index(None, "file_name"),)

    workspace_id: Mapped[str] = mapped_column(Id, primary_key=True)
    file_name: Mapped[str] = mapped_column(String(30), primary_key=True)
    state: Mapped[SendingState] = mapped_column(EnumText(SendingState))
    attempt: Mapped[int]
    perhaps_sent: Mapped[int]
    failures: Mapped[int]
    next_try_at: Mapped[datetime] = mapped_column(UtcDateTime)
    note: Mapped[str] = mapped_column(String(300))


class SdiMail(Base):
    """A mail of the mailbox that was handled, known again by the SHA-256 of its bytes wherever it lies.

    `aside` says why somebody has to look at it; the bytes of such a mail are kept.
    """

    __tablename__ = "sdi_mails"
    __table_args__ = (Index(None, "uid_validity", "uid"), Index(None, "kind", "handled_at"))

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    uid_validity: Mapped[int] = mapped_column(BigInteger)
    uid: Mapped[int] = mapped_column(BigInteger)
    kind: Mapped[MailKind] = mapped_column(EnumText(MailKind))
    sender: Mapped[str] = mapped_column(String(254))
    subject: Mapped[str] = mapped_column(String(300))
    aside: Mapped[Aside] = mapped_column(EnumText(Aside))
    detail: Mapped[str] = mapped_column(String(300))
    handled_at: Mapped[datetime] = mapped_column(UtcDateTime)
    content: Mapped[bytes | None] = mapped_column(LargeBinary)
