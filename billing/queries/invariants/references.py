"""That rows name what is there, and what is the same customer's: each statement finds those which do not."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

from sqlalchemy import Column, ColumnElement, Table, and_, exists, func, literal, or_, select, union_all

from billing.models import (
    AuditEntry,
    Base,
    CardSetup,
    CreditNote,
    CreditNoteLine,
    Drawing,
    Invoice,
    InvoiceLine,
    OutboxMessage,
    Payment,
    PaymentAttempt,
    PaymentMethod,
    PlannedChange,
    Posting,
    Price,
    Property,
    Refund,
    Subscription,
)
from billing.models.ledger import OF_INVOICE, OF_PAYMENT
from billing.queries.invariants.rows import Rows, same

S, C, P, A, M = Subscription, PlannedChange, Payment, PaymentAttempt, PaymentMethod
N, L, R, D, T = CreditNote, InvoiceLine, Refund, Drawing, OutboxMessage
TRANSFER = "transfer.make"
# What names another row of its workspace beside the foreign keys, which the tables declare themselves.
NAMED: tuple[tuple[Any, Any], ...] = (
    (Payment.property_id, Property.id),
    (Payment.payment_method_id, PaymentMethod.id),
    (Refund.property_id, Property.id),
    (CreditNote.property_id, Property.id),
    (CreditNote.subscription_id, Subscription.id),
    (InvoiceLine.subscription_id, Subscription.id),
    (InvoiceLine.credited_invoice_id, Invoice.id),
    (CreditNoteLine.invoice_id, Invoice.id),
    (Posting.property_id, Property.id),
    (Posting.refund_id, Refund.id),
    (Posting.credit_note_id, CreditNote.id),
    (PlannedChange.payment_id, Payment.id),
    (CardSetup.subscription_id, Subscription.id),
    (Subscription.backup_method_id, PaymentMethod.id),
)


@cache
def dangling() -> Rows:
    """What names a row that is not there: by a foreign key, or as `NAMED`."""
    keys = (each for table in Base.metadata.sorted_tables for each in _keys_of(table))
    found = union_all(*keys, *_named(), *_booked_for_nothing())
    rows = found.subquery().c
    return select(rows.workspace_id, rows.id, rows.of, rows.missing)


def _keys_of(table: Table) -> Iterator[Rows]:
    for key in table.foreign_key_constraints:
        pairs = [(element.parent, element.column) for element in key.elements]
        yield _missing(table, [(column, named) for column, named in pairs])


def _named() -> Iterator[Rows]:
    for column, named in NAMED:
        table, other = column.table, named.table
        yield _missing(
            table, [(table.c.workspace_id, other.c.workspace_id), (table.c[column.key], other.c[named.key])]
        )


def _booked_for_nothing() -> Iterator[Rows]:
    """Bookings whose invoice or payment is not there, by whichever column says which it is."""
    for of, named, column in ((Invoice, OF_INVOICE, "invoice_id"), (Payment, OF_PAYMENT, "payment_id")):
        is_there = exists(literal(1)).where(of.workspace_id == Posting.workspace_id, of.id == named)
        yield select(
            Posting.workspace_id,
            Posting.entry_id.label("id"),
            literal(f"{Posting.__tablename__}.{column}").label("of"),
            named.label("missing"),
        ).where(named.is_not(None), ~is_there.correlate(Posting))


def _missing(table: Table, pairs: list[tuple[Column[Any], Column[Any]]]) -> Rows:
    """The rows of the table, by workspace and the last column of their key, whose pairs find no row."""
    column, named = pairs[-1]
    other = named.table.alias("other")
    keys = [key for key in table.primary_key if key.name != "workspace_id"] or list(table.primary_key)
    is_there = exists(literal(1)).where(*(other.c[there.name] == here for here, there in pairs))
    workspace_id = table.c.workspace_id if "workspace_id" in table.c else literal("")
    return select(
        workspace_id.label("workspace_id"),
        keys[0].label("id"),
        literal(f"{table.name}.{column.name}").label("of"),
        column.label("missing"),
    ).where(column.is_not(None), ~is_there.correlate(table))


@cache
def foreign_cards() -> Rows:
    """A subscription is paid by a saved card of its own property; with the property all its cards are removed."""
    return (
        select(S.workspace_id, S.id, M.id.label("card"), M.property_id)
        .join(M, same((M.workspace_id, S.workspace_id), (M.id, S.payment_method_id)))
        .join(Property, same((Property.workspace_id, S.workspace_id), (Property.id, S.property_id)))
        .where(
            or_(
                M.property_id != S.property_id, and_(M.removed_at.is_not(None), Property.deleted_at.is_(None))
            )
        )
    )


@cache
def paid_by_foreign_cards() -> Rows:
    return (
        select(P.workspace_id, P.id, M.id.label("card"), M.property_id)
        .join(M, same((M.workspace_id, P.workspace_id), (M.id, P.payment_method_id)))
        .where(M.property_id != P.property_id)
    )


@cache
def tried_with_foreign_cards() -> Rows:
    kept = same((M.workspace_id, P.workspace_id), (M.property_id, P.property_id), (M.token, A.token))
    return (
        select(A.workspace_id, A.payment_id, A.number)
        .join(P, same((P.workspace_id, A.workspace_id), (P.id, A.payment_id)))
        .where(~exists(literal(1)).where(kept).correlate(A, P))
    )


@cache
def payments_of_others() -> Rows:
    other = Invoice
    differs = or_(
        P.subscription_id != other.subscription_id,
        P.property_id != other.property_id,
        P.currency != other.currency,
    )
    return (
        select(P.workspace_id, P.id, other.number)
        .join(other, same((other.workspace_id, P.workspace_id), (other.id, P.invoice_id)))
        .where(differs)
    )


@cache
def documents_of_others() -> Rows:
    """A document is of the property that its subscription was in: where it is now, or where it was moved from."""
    documents = union_all(
        *(
            select(of.workspace_id, of.id, of.number, of.subscription_id, of.property_id)
            for of in (Invoice, CreditNote)
        )
    ).subquery()
    row = documents.c
    was_there = exists(literal(1)).where(
        AuditEntry.workspace_id == row.workspace_id,
        AuditEntry.property_id == row.property_id,
        AuditEntry.act == TRANSFER,
        AuditEntry.subject_id == row.subscription_id,
    )
    return (
        select(row.workspace_id, row.id, row.number, row.property_id, row.subscription_id)
        .select_from(documents)
        .join(S, same((S.workspace_id, row.workspace_id), (S.id, row.subscription_id)))
        .where(S.property_id != row.property_id, ~was_there.correlate(documents))
    )


@cache
def notes_of_others() -> Rows:
    """Whose property a note is of says `documents_of_others`: after a transfer it is not always its invoice's."""
    other = Invoice
    differs = or_(
        N.subscription_id != other.subscription_id,
        N.currency != other.currency,
    )
    return (
        select(N.workspace_id, N.id, N.number, other.number.label("invoice"))
        .join(other, same((other.workspace_id, N.workspace_id), (other.id, N.invoice_id)))
        .where(differs)
    )


@cache
def lines_of_others() -> Rows:
    own, other = Invoice, InvoiceLine.__table__.alias("credited")
    credited = same(
        (other.c.workspace_id, L.workspace_id),
        (other.c.invoice_id, L.credited_invoice_id),
        (other.c.position, L.credited_position),
    )
    lost = and_(L.credited_invoice_id.is_not(None), other.c.invoice_id.is_(None))
    return (
        select(L.workspace_id, L.invoice_id, own.number, L.position)
        .join(own, same((own.workspace_id, L.workspace_id), (own.id, L.invoice_id)))
        .outerjoin(other, credited)
        .where(
            or_(L.subscription_id != own.subscription_id, other.c.subscription_id != L.subscription_id, lost)
        )
    )


@cache
def bookings_of_others() -> Rows:
    """A booking is in the books of the property, and in the currency, of what it is for."""
    found = union_all(
        *(
            _booked_elsewhere(of, column)
            for of, column in (
                (Invoice, OF_INVOICE),
                (Payment, OF_PAYMENT),
                (Refund, Posting.refund_id),
                (CreditNote, Posting.credit_note_id),
            )
        )
    )
    rows = found.subquery().c
    return select(rows.workspace_id, rows.entry_id, rows.document)


def _booked_elsewhere(of: Any, column: Any) -> Rows:
    return (
        select(Posting.workspace_id, Posting.entry_id, of.id.label("document"))
        .join(of, same((of.workspace_id, Posting.workspace_id), (of.id, column)))
        .where(or_(of.property_id != Posting.property_id, of.currency != Posting.currency))
    )


@cache
def misbooked_payments() -> Rows:
    """What is booked for a payment names the payment's own invoice."""
    return (
        select(Posting.workspace_id, Posting.entry_id, P.id.label("document"))
        .join(P, same((P.workspace_id, Posting.workspace_id), (P.id, OF_PAYMENT)))
        .where(P.invoice_id != OF_INVOICE)
    )


@cache
def refunds_of_others() -> Rows:
    return (
        select(R.workspace_id, R.id, P.id.label("payment"))
        .join(P, same((P.workspace_id, R.workspace_id), (P.id, R.payment_id)))
        .where(or_(P.property_id != R.property_id, P.currency != R.currency))
    )


@cache
def foreign_prices() -> Rows:
    """The price of a subscription, or of its change, is one of its add-on."""
    own = (
        select(S.workspace_id, S.id, Price.id.label("price"), Price.add_on_id)
        .join(Price, Price.id == S.price_id)
        .where(Price.add_on_id != S.add_on_id)
    )
    planned = (
        select(C.workspace_id, C.subscription_id, Price.id, Price.add_on_id)
        .join(Price, Price.id == C.price_id)
        .join(S, same((S.workspace_id, C.workspace_id), (S.id, C.subscription_id)))
        .where(Price.add_on_id != S.add_on_id)
    )
    rows = own.union_all(planned).subquery().c
    return select(rows.workspace_id, rows.id, rows.price, rows.add_on_id)


@cache
def changes_paid_by_others() -> Rows:
    return (
        select(C.workspace_id, C.subscription_id, P.id.label("payment"))
        .join(P, same((P.workspace_id, C.workspace_id), (P.id, C.payment_id)))
        .where(P.subscription_id != C.subscription_id)
    )


@cache
def told_to_others() -> Rows:
    """A message of a workspace is about a property and subscription in it."""
    about = T.fact["event"]["property_id"].as_string()
    bought = T.fact["event"]["subscription_id"].as_string()
    wrong = or_(*(_elsewhere(T, of, named) for of, named in ((Property, about), (Subscription, bought))))
    return select(T.workspace_id, T.number, about.label("about")).where(T.told_at.is_(None), wrong)


def _elsewhere(message: Any, of: Any, named: ColumnElement[str]) -> ColumnElement[bool]:
    """What is about none names none, or an empty one: a message to support of who is in no property."""
    is_there = exists(literal(1)).where(of.workspace_id == message.workspace_id, of.id == named)
    return and_(func.nullif(named, "").is_not(None), ~is_there.correlate(message))


@cache
def drawings_of_nothing() -> Rows:
    is_there = [
        exists(literal(1)).where(of.workspace_id == D.workspace_id, of.id == D.document_id).correlate(D)
        for of in (Invoice, CreditNote)
    ]
    return select(D.workspace_id, D.document_id).where(~or_(*is_there))
