"""What must be true of the ledger: each statement finds the rows for which it is not."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Select,
    SQLColumnExpression,
    and_,
    case,
    func,
    or_,
    select,
    union_all,
)

from billing.models import (
    CreditNote,
    CreditNoteLine,
    Invoice,
    InvoiceLine,
    Payment,
    PaymentAttempt,
    Posting,
    Property,
    Refund,
)
from billing.models.ledger import OF_INVOICE, OF_PAYMENT, Account
from billing.models.payments import AttemptState, PaymentState
from billing.models.refunds import RefundState
from billing.queries.invariants.rows import Rows, or_0


@cache
def unbalanced() -> Rows:
    off = func.sum(Posting.minor)
    entry = (Posting.workspace_id, Posting.entry_id, Posting.currency)
    return select(*entry, off.label("off_minor")).group_by(*entry).having(off != 0)


@cache
def misbooked() -> Rows:
    booked = _sums(OF_INVOICE, OF_PAYMENT.is_(None))
    lines = _net(InvoiceLine.workspace_id, InvoiceLine.invoice_id, InvoiceLine.net_minor)
    total, net, entries = Invoice.total_minor, or_0(lines.c.net), or_0(booked.c.entries)
    expected = {Account.RECEIVABLE: total, Account.REVENUE: -net, Account.TAX: net - total}
    wrong = or_(entries != _entries_of(total, net), _booked_otherwise(booked, expected))
    return (
        select(Invoice.workspace_id, Invoice.id, Invoice.number, entries.label("entries"))
        .outerjoin(booked, _same(booked, Invoice.workspace_id, Invoice.id))
        .outerjoin(lines, (lines.c.workspace_id == Invoice.workspace_id) & (lines.c.invoice_id == Invoice.id))
        .where(wrong)
    )


@cache
def miscorrected() -> Rows:
    """A credit note is booked once, as what it says of where its total goes."""
    booked = _sums(Posting.credit_note_id, Posting.credit_note_id.is_not(None))
    lines = _net(CreditNoteLine.workspace_id, CreditNoteLine.credit_note_id, CreditNoteLine.net_minor)
    note, net, entries = CreditNote, or_0(lines.c.net), or_0(booked.c.entries)
    expected = {
        Account.RECEIVABLE: -note.owed_minor,
        Account.BAD_DEBT: -note.lost_minor,
        Account.REFUND: -note.refund_minor,
        Account.CREDIT: -note.balance_minor,
        Account.REVENUE: net,
        Account.TAX: note.total_minor - net,
    }
    parts = note.owed_minor + note.lost_minor + note.refund_minor + note.balance_minor
    once = _entries_of(note.total_minor, net)
    wrong = or_(entries != once, note.total_minor != parts, _booked_otherwise(booked, expected))
    return (
        select(note.workspace_id, note.id, note.number, entries.label("entries"))
        .outerjoin(booked, _same(booked, note.workspace_id, note.id))
        .outerjoin(lines, (lines.c.workspace_id == note.workspace_id) & (lines.c.credit_note_id == note.id))
        .where(wrong)
    )


@cache
def unsettled() -> Rows:
    """A decided payment has settled what was owed, and the cash is what the gateway said that it collected.

    What is neither is the property's credit, carried to or from another invoice, or a loss where nobody pays.
    """
    booked = _sums(OF_PAYMENT, OF_PAYMENT.is_not(None))
    tries = (
        select(PaymentAttempt.workspace_id, PaymentAttempt.payment_id, func.count().label("succeeded"))
        .where(PaymentAttempt.state == AttemptState.SUCCEEDED)
        .group_by(PaymentAttempt.workspace_id, PaymentAttempt.payment_id)
        .subquery()
    )
    collected, state = or_0(tries.c.succeeded), Payment.state
    owed = Payment.minor + Payment.credit_minor + Payment.carried_minor
    settles = state.in_([PaymentState.PAID, PaymentState.UNCOLLECTIBLE])
    receivable = case((settles, -owed), else_=0)
    lost = case((state == PaymentState.UNCOLLECTIBLE, owed), else_=0)
    carried = case((state == PaymentState.PAID, Payment.carried_minor), else_=0)
    cash = Payment.minor * collected
    expected = {
        Account.RECEIVABLE: receivable,
        Account.CASH: cash,
        Account.BAD_DEBT: lost,
        Account.CARRIED: carried,
        Account.CREDIT: -(receivable + cash + lost + carried),
    }
    wrong = or_(
        _booked_otherwise(booked, expected),
        and_(state == PaymentState.PAID, Payment.minor > 0, collected == 0),
        and_(state == PaymentState.OPEN, collected > 0),
    )
    return (
        select(Payment.workspace_id, Payment.id, state, collected.label("collected"))
        .outerjoin(booked, _same(booked, Payment.workspace_id, Payment.id))
        .outerjoin(tries, (tries.c.workspace_id == Payment.workspace_id) & (tries.c.payment_id == Payment.id))
        .where(wrong)
    )


@cache
def misrefunded() -> Rows:
    """A refund that succeeded is booked; any other not at all, or booked back where the bank sent it back."""
    booked = _sums(Posting.refund_id, Posting.refund_id.is_not(None))
    is_given, promised = Refund.state == RefundState.SUCCEEDED, Refund.promised_minor
    expected = {
        account: case((is_given, minor), else_=0)
        for account, minor in (
            (Account.CASH, -Refund.minor),
            (Account.REFUND, promised),
            (Account.CREDIT, Refund.minor - promised),
        )
    }
    return (
        select(
            Refund.workspace_id,
            Refund.id,
            Refund.state,
            Refund.currency,
            or_0(booked.c.cash).label("cash_minor"),
        )
        .outerjoin(booked, _same(booked, Refund.workspace_id, Refund.id))
        .where(_booked_otherwise(booked, expected))
    )


@cache
def unfounded() -> Rows:
    """A booking is for a document, payment or refund; for none only what goes with its property.

    That is credit, which is given up, and what was carried to an invoice that will not come, which is lost.
    """
    nothing = and_(
        *(each.is_(None) for each in (OF_INVOICE, OF_PAYMENT, Posting.refund_id, Posting.credit_note_id))
    )
    goes = or_(
        Posting.account == Account.FORFEITED,
        and_(Posting.account.in_([Account.CREDIT, Account.BAD_DEBT]), Posting.minor > 0),
        and_(Posting.account == Account.CARRIED, Posting.minor < 0),
    )
    return (
        select(
            Posting.workspace_id,
            Posting.entry_id,
            Posting.account,
            Posting.currency,
            Posting.minor.label("booked_minor"),
        )
        .outerjoin(
            Property, (Property.workspace_id == Posting.workspace_id) & (Property.id == Posting.property_id)
        )
        .where(nothing, or_(~goes, Property.deleted_at.is_(None)))
    )


@cache
def overdrawn() -> Rows:
    """Credit that was given, and what open payments and refunds hold back of it, together above what there is."""
    return _beyond(
        _per_property(Posting, Posting.minor, Posting.account == Account.CREDIT),
        _per_property(
            Payment, Payment.credit_minor, Payment.state == PaymentState.OPEN, Payment.credit_minor > 0
        ),
        _per_property(Refund, Refund.minor - Refund.promised_minor, Refund.state == RefundState.OPEN),
    )


@cache
def overcarried() -> Rows:
    """What was too little to charge, and what open payments charge of it, together below zero."""
    return _beyond(
        _per_property(Posting, -Posting.minor, Posting.account == Account.CARRIED),
        _per_property(
            Payment, -Payment.carried_minor, Payment.state == PaymentState.OPEN, Payment.carried_minor < 0
        ),
    )


def _per_property(rows: Any, minor: Any, *which: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    return select(rows.workspace_id, rows.property_id, rows.currency, minor.label("minor")).where(*which)


def _beyond(*parts: Select[*tuple[Any, ...]]) -> Rows:
    """The properties and currencies in which these amounts together are above zero, and by how much."""
    together = union_all(*parts).subquery()
    balance = (together.c.workspace_id, together.c.property_id, together.c.currency)
    beyond = func.sum(together.c.minor)
    return select(*balance, beyond.label("below_minor")).group_by(*balance).having(beyond > 0)


def _sums(of: Any, which: ColumnElement[bool]) -> FromClause:
    """The bookings of each document, payment or refund: how many entries, and the sum on each account."""
    on = [
        func.sum(case((Posting.account == account, Posting.minor), else_=0)).label(str(account))
        for account in Account
    ]
    entries = func.count(Posting.entry_id.distinct()).label("entries")
    return (
        select(Posting.workspace_id, of.label("of"), entries, *on)
        .where(which, of.is_not(None))
        .group_by(Posting.workspace_id, of)
        .subquery()
    )


def _booked_otherwise(booked: FromClause, expected: Mapping[Account, Any]) -> ColumnElement[bool]:
    """Whether the sum on any account is another; on those that are not named it is zero."""
    return or_(*(or_0(booked.c[str(account)]) != expected.get(account, 0) for account in Account))


def _net(workspace_id: Any, document_id: Any, net_minor: Any) -> FromClause:
    """The sum of each document's lines."""
    key = (workspace_id, document_id)
    return select(*key, func.sum(net_minor).label("net")).group_by(*key).subquery()


def _entries_of(total: SQLColumnExpression[int], net: SQLColumnExpression[int]) -> ColumnElement[int]:
    """How often a document is booked: what moves nothing is not."""
    return case((and_(total == 0, net == 0), 0), else_=1)


def _same(sums: FromClause, workspace_id: Any, id_: Any) -> ColumnElement[bool]:
    joined: ColumnElement[bool] = (sums.c.workspace_id == workspace_id) & (sums.c.of == id_)
    return joined
