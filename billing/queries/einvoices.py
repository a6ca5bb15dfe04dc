"""E-invoices: what was made of the documents of a day, and which documents have none."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Select,
    Update,
    bindparam,
    exists,
    func,
    or_,
    select,
    union_all,
    update,
)
from sqlalchemy.orm import aliased

from billing.models import CreditNote, EInvoice, Invoice, SdiReceipt, Workspace
from billing.values.sdi import SENT_AGAIN, TO_BE_TAKEN, EInvoiceState

DAY: BindParameter[Any] = bindparam("day")
# Whether no other edition of the document was made after it.
_LATER = aliased(EInvoice)
IS_LAST = ~exists().where(
    _LATER.workspace_id == EInvoice.workspace_id,
    _LATER.document_id == EInvoice.document_id,
    _LATER.edition > EInvoice.edition,
)
# Whether all of the document was given back by a credit note that was sent to nobody: it is not sent again then.
_OF_NOTE = aliased(EInvoice)
IS_CLOSED = exists().where(
    CreditNote.workspace_id == EInvoice.workspace_id,
    CreditNote.invoice_id == EInvoice.document_id,
    Invoice.workspace_id == CreditNote.workspace_id,
    Invoice.id == CreditNote.invoice_id,
    Invoice.total_minor == CreditNote.total_minor,
    ~exists().where(_OF_NOTE.workspace_id == CreditNote.workspace_id, _OF_NOTE.document_id == CreditNote.id),
)
GOES_AGAIN = IS_LAST & ~IS_CLOSED
LISTED = (
    EInvoice.workspace_id,
    EInvoice.document_id,
    EInvoice.edition,
    EInvoice.number,
    EInvoice.issued_on,
    EInvoice.file_name,
    EInvoice.digest,
    EInvoice.state,
    EInvoice.exported_at,
    EInvoice.answered_at,
    EInvoice.errors,
    EInvoice.corrections,
    EInvoice.send_by,
    GOES_AGAIN.label("goes_again"),
)
FIRST = EInvoice.edition == 1


@cache
def waiting() -> Select[*tuple[Any, ...]]:
    """Those that are to be sent or sent again, or have no answer yet, without their contents."""
    return select(*LISTED).where(_waits()).order_by(EInvoice.issued_on, EInvoice.file_name)


def _waits() -> ColumnElement[bool]:
    return or_(EInvoice.state.in_(TO_BE_TAKEN), EInvoice.state.in_(SENT_AGAIN) & GOES_AGAIN)


@cache
def to_be_sent() -> Select[*tuple[Any, ...]]:
    """What is to be sent or sent again, or has no answer yet: its state, and what says by when."""
    columns = (EInvoice.state, EInvoice.issued_on, EInvoice.answered_at, EInvoice.send_by)
    return select(*columns).where(_waits())


@cache
def of_day() -> Select[*tuple[Any, ...]]:
    """All editions of documents of the `day`, without their contents."""
    return select(*LISTED).where(EInvoice.issued_on == DAY).order_by(EInvoice.file_name)


@cache
def first_of_day() -> Select[*tuple[Any, ...]]:
    """The first editions of documents of the `day`, without their contents."""
    return select(*LISTED).where(EInvoice.issued_on == DAY, FIRST).order_by(EInvoice.file_name)


@cache
def of_number() -> Select[*tuple[Any, ...]]:
    """All editions of the document with that `number`, with their contents."""
    return select(*LISTED, EInvoice.content).where(EInvoice.number == bindparam("number"))


@cache
def newest_among() -> Select[str, str, bytes]:
    """The newest e-invoice of each of the documents `ids`: document, name and content."""
    age = (
        func.row_number()
        .over(partition_by=EInvoice.document_id, order_by=EInvoice.edition.desc())
        .label("age")
    )
    of_them = (
        EInvoice.workspace_id == bindparam("workspace_id"),
        EInvoice.document_id.in_(bindparam("ids", expanding=True)),
    )
    found = select(EInvoice.document_id, EInvoice.file_name, EInvoice.content, age).where(*of_them).subquery()
    return select(found.c.document_id, found.c.file_name, found.c.content).where(found.c.age == 1)


@cache
def states_among() -> Select[str, str]:
    """Where the e-invoices of the documents `ids` of a workspace are: each document's editions, oldest first."""
    of_them = (
        EInvoice.workspace_id == bindparam("workspace_id"),
        EInvoice.document_id.in_(bindparam("ids", expanding=True)),
    )
    return select(EInvoice.document_id, EInvoice.state).where(*of_them).order_by(EInvoice.edition)


@cache
def of_document() -> Select[str, bytes]:
    """The newest e-invoice of the document `id`, found by its key in each workspace: its name and content."""
    return (
        select(EInvoice.file_name, EInvoice.content)
        .where(EInvoice.workspace_id.in_(select(Workspace.id)), EInvoice.document_id == bindparam("id"))
        .order_by(EInvoice.edition.desc())
        .limit(1)
    )


@cache
def number_of_document(of: type[Invoice | CreditNote]) -> Select[str]:
    """The number of the document `id`, found by its key in each workspace."""
    return select(of.number).where(of.workspace_id.in_(select(Workspace.id)), of.id == bindparam("id"))


@cache
def contents_of_day() -> Select[str, bytes]:
    """The files of first editions of the `day` by name: `size` of them after the name `after`."""
    return (
        select(EInvoice.file_name, EInvoice.content)
        .where(EInvoice.issued_on == DAY, FIRST, EInvoice.file_name > bindparam("after"))
        .order_by(EInvoice.file_name)
        .limit(bindparam("size"))
    )


@cache
def mark_exported() -> Update:
    """What is ready of the first editions of the `day` is exported `now`."""
    ready = (EInvoice.issued_on == bindparam("of_day"), FIRST, EInvoice.state == EInvoiceState.READY)
    return update(EInvoice).where(*ready).values(state=EInvoiceState.EXPORTED, exported_at=bindparam("now"))


@cache
def documents_of_day() -> Select[int]:
    """How many documents were issued on the `day`, e-invoices or not."""
    each = (select(of.id).where(of.issued_on == DAY) for of in (Invoice, CreditNote))
    return select(func.count()).select_from(union_all(*each).subquery())


@cache
def documents_numbered() -> Select[str]:
    """The ids of documents with that `number`."""
    each = (select(of.id).where(of.number == bindparam("number")) for of in (Invoice, CreditNote))
    return select(union_all(*each).subquery().c.id)


@cache
def editions_after() -> Select[*tuple[Any, ...]]:
    """The next `size` e-invoices after the `progressive`, whole."""
    columns = (
        EInvoice.workspace_id,
        EInvoice.document_id,
        EInvoice.number,
        EInvoice.digest,
        EInvoice.content,
    )
    return (
        select(*columns, EInvoice.progressive)
        .where(EInvoice.progressive > bindparam("after"))
        .order_by(EInvoice.progressive)
        .limit(bindparam("size"))
    )


@cache
def of_file() -> Select[EInvoice]:
    """The edition whose file has the `name`, locked to the end of the transaction."""
    return select(EInvoice).where(EInvoice.file_name == bindparam("name")).with_for_update()


@cache
def receipt_again() -> Select[SdiReceipt]:
    """The receipt with those bytes, where it came before."""
    return select(SdiReceipt).where(SdiReceipt.digest == bindparam("digest"))


@cache
def last_edition() -> Select[EInvoice]:
    """The last edition of the document with that `number`, locked to the end of the transaction."""
    return (
        select(EInvoice)
        .where(EInvoice.number == bindparam("number"))
        .order_by(EInvoice.edition.desc())
        .limit(1)
        .with_for_update()
    )


@cache
def closed() -> Select[str]:
    """The number of the document `id` of a workspace, where it is not sent again."""
    of_it = (
        EInvoice.workspace_id == bindparam("workspace_id"),
        EInvoice.document_id == bindparam("document_id"),
    )
    return select(EInvoice.number).where(*of_it, IS_CLOSED).limit(1)


@cache
def last_of() -> Select[*tuple[Any, ...]]:
    """State and corrections of the last edition of the document `document_id` of a workspace."""
    return (
        select(EInvoice.state, EInvoice.corrections)
        .where(
            EInvoice.workspace_id == bindparam("workspace_id"),
            EInvoice.document_id == bindparam("document_id"),
        )
        .order_by(EInvoice.edition.desc())
        .limit(1)
    )
