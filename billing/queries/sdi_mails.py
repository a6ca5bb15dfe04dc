"""E-invoices by mail: what is to be sent, and how far the mailbox was read."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import BindParameter, Select, bindparam, func, or_, select

from billing.models import EInvoice, SdiMail, SdiSending
from billing.models.sdi_mails import SendingState
from billing.values.sdi import EInvoiceState
from billing.values.sdi_mails import Aside, MailKind

NOW: BindParameter[Any] = bindparam("now")
OF_FILE = SdiSending.file_name == EInvoice.file_name


@cache
def next_to_send(*, again: bool) -> Select[EInvoice, SdiSending]:
    """What has waited longest of what is to be sent, with what was tried of it; locked to the end of the transaction.

    `again`: also what was begun and may have gone, when its time has come.
    """
    tried = [SendingState.WAITING, SendingState.BEGUN] if again else [SendingState.WAITING]
    due = SdiSending.state.in_(tried) & (SdiSending.next_try_at <= NOW)
    return (
        select(EInvoice, SdiSending)
        .outerjoin(SdiSending, (SdiSending.workspace_id == EInvoice.workspace_id) & OF_FILE)
        .where(EInvoice.state == EInvoiceState.READY, or_(SdiSending.file_name.is_(None), due))
        .order_by(EInvoice.progressive)
        .limit(1)
        .with_for_update(of=EInvoice)
    )


@cache
def sending_of_file() -> Select[SdiSending]:
    """How the file of that `name` goes out."""
    return select(SdiSending).where(SdiSending.file_name == bindparam("name"))


@cache
def sendings_among() -> Select[SdiSending]:
    """How the files of those `names` go out, where anything was tried."""
    return select(SdiSending).where(SdiSending.file_name.in_(bindparam("names", expanding=True)))


@cache
def last_place() -> Select[int, int]:
    """UIDVALIDITY and UID of the mail that was handled last, and the highest UID that was with it."""
    newest = select(SdiMail.uid_validity).order_by(SdiMail.handled_at.desc()).limit(1).scalar_subquery()
    return (
        select(SdiMail.uid_validity, func.max(SdiMail.uid))
        .where(SdiMail.uid_validity == newest)
        .group_by(SdiMail.uid_validity)
    )


@cache
def oldest_e_invoice() -> Select[Any]:
    """The day of the first e-invoice: what lies in the mailbox from before is about none."""
    return select(func.min(EInvoice.issued_on))


@cache
def assigned_address() -> Select[str]:
    """From where SdI sent its newest receipts; an intermediary, who brings some, is no address."""
    return (
        select(SdiMail.sender)
        .where(SdiMail.kind == MailKind.RECEIPTS, SdiMail.sender.contains("@"))
        .order_by(SdiMail.handled_at.desc(), SdiMail.uid.desc())
        .limit(1)
    )


@cache
def set_aside_count() -> Select[int]:
    """How many mails somebody has to look at."""
    return select(func.count()).select_from(SdiMail).where(SdiMail.aside != Aside.NOT)


@cache
def set_aside() -> Select[SdiMail]:
    """The mails that somebody has to look at, oldest first."""
    return select(SdiMail).where(SdiMail.aside != Aside.NOT).order_by(SdiMail.handled_at, SdiMail.uid)


@cache
def set_aside_like() -> Select[SdiMail]:
    """Those whose digest has this `beginning`, locked to the end of the transaction."""
    beginning: BindParameter[str] = bindparam("beginning")
    is_it = func.substr(SdiMail.digest, 1, func.length(beginning)) == beginning
    return set_aside().where(is_it).with_for_update()
