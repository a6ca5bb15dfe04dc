"""What is in a download: each document as it was issued, its e-invoice, and lists that add up to the ledger."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from time import perf_counter
from typing import Any, BinaryIO

from sqlalchemy import Row

from billing.invoicing.credit_notes import credit_notes_of
from billing.invoicing.euro_taxes import with_euro_taxes
from billing.models import CreditNote, Invoice, Property
from billing.queries import downloads as queries
from billing.queries.einvoices import newest_among
from billing.queries.invoices import invoices_among
from billing.rendering import files_of
from billing.values.actors import Actor
from billing.values.cycles import local_date
from billing.values.documents import InvoiceDocument
from billing.values.money import Money
from billing.values.refusals import DownloadTooLarge, NothingInSpan
from billing.values.snapshots import (
    ArchiveFile,
    DocumentRow,
    DownloadSnapshot,
    InvoiceFile,
    InvoiceState,
    MoneyRow,
    Papers,
)
from billing.values.spans import Span
from billing.work import Billing, Work

# Slack takes no larger file.
MAX_BYTES = 1_000_000_000
BATCH_SIZE = 50
# How long it rests after a document, in parts of what that took: people are answered by the same processors. Of
# several that are packed at a time each rests for all, so that they take no more together than one does.
REST = 1.0
# Told how many of how many documents are in it; answers whether to go on.
Progress = Callable[[int, int], bool]


class Abandoned(Exception):
    """Whoever packed is about to end: it is packed anew by whoever comes after."""


def refuse_if_empty(work: Work, prop: Property, span: Span) -> None:
    """Raises NothingInSpan where no document was issued and no money moved in it."""
    if not _documents(work, prop, span) and not money_of(work, prop, span):
        raise NothingInSpan(prop.name, span)


def money_of(work: Work, prop: Property, span: Span) -> list[MoneyRow]:
    """The property's payments and refunds of the span, by the days of its own time zone."""
    since, until = span.moments(prop.time_zone)
    rows = work.session.execute(queries.money_between(), prop.key | {"since": since, "until": until})
    return [_money_row(row, prop.time_zone) for row in rows]


def pack(
    billing: Billing,
    actor: Actor,
    one: DownloadSnapshot,
    target: BinaryIO,
    language: str,
    progress: Progress,
    *,
    max_bytes: int = MAX_BYTES,
    at_a_time: Callable[[], int] = lambda: 1,
) -> Papers:
    """Writes the archive, and answers what is listed in it; the actor's role is asked for now, and at its end.

    `at_a_time` says how many are packed in this process at that moment, with this one.

    Raises NotFound, NotAllowed, NothingInSpan, DownloadTooLarge, and Abandoned where `progress` says so.
    """
    with billing.read("download.make") as work:
        prop, _ = work.property_as_reader(actor, one.property_id)
        refuse_if_empty(work, prop, one.span)
        found = _documents(work, prop, one.span)
        papers = Papers(prop.name, one.span, [], money_of(work, prop, one.span))
    made = _files(billing, actor, found, papers, language)
    files = _unhurried(billing, made, len(found), progress, at_a_time)
    billing.write_archive(target, papers, _refused_if_larger(files, one.span, max_bytes), language)
    if target.tell() > max_bytes:
        raise DownloadTooLarge(one.span)
    with billing.read("download.make") as work:
        work.property_as_reader(actor, one.property_id)
    return papers


def _documents(work: Work, prop: Property, span: Span) -> Sequence[str]:
    """The ids of the documents that bear a date of the span: the seller's, which stands on them."""
    days = {"first": span.first_day, "after": span.next_day}
    return work.session.scalars(queries.documents_between(), prop.key | days).all()


def _files(
    billing: Billing, actor: Actor, found: Sequence[str], papers: Papers, language: str
) -> Iterator[list[ArchiveFile]]:
    """The files of one document after the other; each is listed when it is made."""
    for start in range(0, len(found), BATCH_SIZE):
        ids = list(found[start : start + BATCH_SIZE])
        wanted = {"workspace_id": actor.workspace_id, "ids": ids}
        with billing.read("download.make") as work:
            issued = dict(_issued(work, wanted))
            read = {id_: document.read_document() for id_, (document, _) in issued.items()}
            said = with_euro_taxes(work.session, actor.workspace_id, read)
            editions = {row.document_id: row for row in work.session.execute(newest_among(), wanted)}
        drawn = files_of(billing, [issued[id_][0] for id_ in ids], language)
        for id_, file in zip(ids, drawn, strict=True):
            document, state = issued[id_]
            papers.documents.append(_document_row(said[id_], state))
            yield _files_of(document, file, editions.get(id_))


def _issued(
    work: Work, wanted: Mapping[str, Any]
) -> Iterator[tuple[str, tuple[Invoice | CreditNote, InvoiceState | None]]]:
    rows = work.session.execute(invoices_among(), wanted).all()
    notes = credit_notes_of(work.session, [invoice for invoice, _ in rows])
    for invoice, state in rows:
        listed = invoice.snapshot(notes.get(invoice.id, ()), InvoiceState(state))
        yield invoice.id, (invoice, listed.state)
    yield from ((note.id, (note, None)) for note in work.session.scalars(queries.notes_among(), wanted))


def _files_of(
    document: Invoice | CreditNote, file: InvoiceFile, edition: Row[str, str, bytes] | None
) -> list[ArchiveFile]:
    folder = "credit-notes" if isinstance(document, CreditNote) else "invoices"
    files = [ArchiveFile(f"{folder}/{file.name}", document.number, file.content)]
    if edition is not None:
        files.append(ArchiveFile(f"e-invoices/{edition.file_name}", document.number, edition.content))
    return files


def _unhurried(
    billing: Billing,
    files: Iterator[list[ArchiveFile]],
    count: int,
    progress: Progress,
    at_a_time: Callable[[], int],
) -> Iterator[ArchiveFile]:
    """One document after the other with a rest between; raises Abandoned."""
    began = perf_counter()
    for done, of_one in enumerate(files, 1):
        yield from of_one
        rest = (perf_counter() - began) * (at_a_time() * (1 + REST) - 1)
        if not progress(done, count) or billing.stopping.wait(rest):
            raise Abandoned
        began = perf_counter()


def _refused_if_larger(files: Iterable[ArchiveFile], span: Span, max_bytes: int) -> Iterator[ArchiveFile]:
    size = 0
    for file in files:
        size += len(file.content)
        if size > max_bytes:
            raise DownloadTooLarge(span)
        yield file


def _document_row(document: InvoiceDocument, state: InvoiceState | None) -> DocumentRow:
    is_note, in_euro = document.corrects is not None, document.tax_in_euro
    what = dict.fromkeys(f"{line.add_on} {line.plan}" for line in document.lines)
    net, tax = (-amount if is_note else amount for amount in (document.net, document.tax))
    return DocumentRow(
        document.number,
        document.issued_on,
        ", ".join(what),
        document.buyer.name,
        document.buyer.vat_number,
        document.buyer.purchase_order,
        net,
        tax,
        state,
        document.corrects.number if document.corrects else "",
        replace(in_euro, cents=-in_euro.cents) if in_euro and is_note else in_euro,
    )


def _money_row(row: Row[Any], zone: str) -> MoneyRow:
    return MoneyRow(
        local_date(row.at, zone),
        row.refund_id is not None,
        row.number or "",
        Money(int(row.cash), row.currency),
        Money(int(row.credit), row.currency),
        row.card or "",
        row.gateway_id or "",
    )
