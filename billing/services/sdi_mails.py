"""What comes into the mailbox: each mail is handled once, and what is not understood or believed is set aside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import structlog

from billing.invoicing.editions import lock_files
from billing.models import SdiMail
from billing.models.einvoices import Verdict
from billing.ports import MailServerUnavailable
from billing.queries import sdi_mails as queries
from billing.queries.in_sql import insert_once
from billing.services import sdi_receipts, sdi_sendings
from billing.transports import EInvoiceTransport
from billing.values.sdi import ReceiptKind
from billing.values.sdi_mails import FIRST_ADDRESS, OURS, ArrivedMail, Aside, MailKind, Place
from billing.work import Billing

# The bytes of a larger one are not kept here: it lies in the mailbox.
LARGEST_KEPT = 1_000_000
# An empty word begins every digest.
SHORTEST_BEGINNING = 6
# A mailbox may say another day than the seller's.
LEEWAY = timedelta(days=1)
SETTLED = (Verdict.TAKEN, Verdict.LATE, Verdict.DOUBLE, Verdict.NOT_OURS)
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class MailSetAside:
    """A mail that somebody has to look at, why, and its bytes where they are kept."""

    handled_at: datetime
    sender: str
    subject: str
    why: str
    detail: str
    digest: str
    content: bytes | None


def receive(billing: Billing, transport: EInvoiceTransport) -> bool:
    """Handles all mail that has come since the last time; False where the mailbox could not be read to its end."""
    last, since = _where(billing)
    if since is None:
        return True  # no e-invoice was made yet: nothing can be about one
    try:
        for mail in transport.arrived(last, since):
            handle(billing, mail)
            if billing.stopping.is_set():
                return False
    except MailServerUnavailable as trouble:
        log.warning("the mailbox of the e-invoices was not read", why=str(trouble))
        return False
    return True


def handle(billing: Billing, mail: ArrivedMail) -> None:
    """Does what the mail says, and remembers that it came: wherever it lies, it is not handled again."""
    with billing.work("einvoices.mail") as work:
        known = work.session.get(SdiMail, mail.digest)
        if known is not None:
            known.uid_validity, known.uid = mail.place.uid_validity, mail.place.uid
            known.handled_at = work.now
            return
    aside, detail = _act(billing, mail)
    if aside:
        log.warning("a mail was set aside", why=str(aside), sender=mail.sender, detail=detail)
    with billing.work("einvoices.mail") as work:
        row = {
            "digest": mail.digest,
            "uid_validity": mail.place.uid_validity,
            "uid": mail.place.uid,
            "kind": mail.kind,
            "sender": _printable(mail.sender)[:254],
            "subject": _printable(mail.subject)[:300],
            "aside": aside,
            "detail": _printable(detail)[:300],
            "handled_at": work.now,
            "content": mail.content if aside and len(mail.content) <= LARGEST_KEPT else None,
        }
        insert_once(work.session, SdiMail, row)


def set_aside(billing: Billing) -> tuple[MailSetAside, ...]:
    """The mails that somebody has to look at, oldest first."""
    with billing.read("einvoices.mails") as work:
        return tuple(
            MailSetAside(
                row.handled_at,
                row.sender,
                row.subject,
                str(row.aside),
                row.detail,
                row.digest,
                row.content,
            )
            for row in work.session.scalars(queries.set_aside())
        )


def drop(billing: Billing, beginning: str, reason: str) -> str | None:
    """Nobody need look any more at the mail whose digest begins like that, says the operator, and why.

    Answers the digest; None where no such mail was set aside, or several were.
    """
    with billing.work("einvoices.drop_mail") as work:
        found = work.session.scalars(queries.set_aside_like(), {"beginning": beginning.lower()}).all()
        if len(beginning) < SHORTEST_BEGINNING or len(found) != 1:
            return None
        (mail,) = found
        mail.aside = Aside.NOT
        work.record("einvoices.drop_mail", mail.digest[:12], after={"reason": reason[:300]})
        return mail.digest


def count_set_aside(billing: Billing) -> int:
    """How many those are."""
    with billing.read("einvoices.mails") as work:
        return work.session.scalars(queries.set_aside_count()).one()


def assigned_address(billing: Billing) -> str:
    """Where e-invoices go: where SdI's newest receipts came from, as it assigns that; before those the first."""
    with billing.read("einvoices.address") as work:
        return work.session.scalars(queries.assigned_address()).first() or FIRST_ADDRESS


def _where(billing: Billing) -> tuple[Place | None, date | None]:
    with billing.read("einvoices.place") as work:
        row = work.session.execute(queries.last_place()).first()
        oldest = work.session.scalars(queries.oldest_e_invoice()).one()
    return Place(*row) if row else None, oldest - LEEWAY if oldest else None


def _printable(text: str) -> str:
    """What somebody wrote into a mail, as every database takes it."""
    return "".join(sign if sign.isprintable() else " " for sign in text)


def _act(billing: Billing, mail: ArrivedMail) -> tuple[Aside, str]:
    match mail.kind:
        case MailKind.RECEIPTS:
            return _receipts(billing, mail)
        case MailKind.UNREADABLE:
            return Aside.UNREADABLE, mail.said
        case MailKind.TOO_LARGE:
            return Aside.TOO_LARGE, mail.said
        case MailKind.OTHER:
            forged = [file.name for file in mail.files if file.receipt]
            return (Aside.NOT_FROM_SDI, ", ".join(forged)) if forged else (Aside.NOT, "")
        case _:
            return _of_provider(billing, mail)


def _receipts(billing: Billing, mail: ArrivedMail) -> tuple[Aside, str]:
    faults: list[tuple[Aside, str]] = []
    kinds: Sequence[ReceiptKind] = [file.receipt.kind for file in mail.files if file.receipt]
    for file in mail.files:
        if file.receipt is None:
            # The invoice that others sent lies beside its metadata.
            if ReceiptKind.METADATA not in kinds:
                faults.append((Aside.NO_RECEIPT, f"{file.name}: {file.fault}"))
            continue
        verdict = Verdict(sdi_receipts.take(billing, file.receipt, file.content).verdict)
        if verdict not in SETTLED:
            faults.append((Aside(str(verdict)), file.receipt.file_name))
        elif verdict is not Verdict.NOT_OURS:
            with billing.work("einvoices.send") as work:
                lock_files(work.session)
                sdi_sendings.taken(work, file.receipt.sent_as)
    if not kinds and not faults:
        return Aside.NO_RECEIPT, ""
    return faults[0] if faults else (Aside.NOT, "")


def _of_provider(billing: Billing, mail: ArrivedMail) -> tuple[Aside, str]:
    """The provider's word on a mail: one that is not of an e-invoice was sent by somebody else from the mailbox."""
    found = OURS.fullmatch(mail.about.strip())
    if found is None:
        return (Aside.UNKNOWN_MAIL, mail.said) if mail.kind is MailKind.UNDELIVERED else (Aside.NOT, "")
    with billing.work("einvoices.send") as work:
        lock_files(work.session)
        if mail.kind is MailKind.UNDELIVERED:
            is_news = sdi_sendings.came_back(work, found["file"], int(found["attempt"]), mail.said)
            return (Aside.UNDELIVERED, f"{found['file']}: {mail.said}") if is_news else (Aside.NOT, "")
        if mail.kind is not MailKind.NOTED:
            sdi_sendings.taken(work, found["file"])
    return Aside.NOT, ""
