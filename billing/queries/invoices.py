"""Invoices: the newest few of each subscription, lists, the one of a name, and what a receipt says of one."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, String, bindparam, case, func, literal, or_, select
from sqlalchemy.orm import defer

from billing.models import (
    CreditNote,
    Invoice,
    Payment,
    PaymentAttempt,
    Subscription,
)
from billing.models.payments import AttemptState, PaymentState
from billing.queries.subscriptions import OF_PROPERTY
from billing.values.disputes import DisputeState
from billing.values.snapshots import InvoiceState

NEWEST_INVOICES = 3
# Who searches types on where these are not enough.
FOUND_INVOICES = 20
# Every issued invoice has one payment.
PAYS = (Payment.workspace_id == Invoice.workspace_id) & (Payment.invoice_id == Invoice.id)


@cache
def newest_invoices() -> Select[Invoice, str, CreditNote | None]:
    """The newest few invoices of each subscription of `property_id`, newest first, once for each credit note.

    Beside each invoice is how its payment stands. Of a credit note comes what a list shows.
    """
    age = (
        func.row_number()
        .over(
            partition_by=Invoice.subscription_id, order_by=(Invoice.issued_at.desc(), Invoice.sequence.desc())
        )
        .label("age")
    )
    aged = (
        select(Invoice.id, age)
        .where(
            Invoice.workspace_id == bindparam("workspace_id"),
            _by_property(),
        )
        .subquery()
    )
    return (
        select(Invoice, _state(), CreditNote)
        .join(aged, (aged.c.id == Invoice.id) & (aged.c.age <= NEWEST_INVOICES))
        .join(Payment, PAYS)
        .outerjoin(Invoice.credit_notes)
        .where(Invoice.workspace_id == bindparam("workspace_id"))
        .options(defer(CreditNote.document), defer(Invoice.document_hash))
        .order_by(
            Invoice.issued_at.desc(), Invoice.sequence.desc(), CreditNote.issued_at, CreditNote.sequence
        )
    )


@cache
def invoices_of_property() -> Select[Invoice, str]:
    """The invoices of all subscriptions of `property_id`, newest first, each with its state, however it came."""
    return _listed(_by_property())


@cache
def invoices_of_workspace() -> Select[Invoice, str]:
    """The newest `size` of the workspace, or of its `property_id` where that is given, each with its state."""
    anywhere = bindparam("property_id", type_=String).is_(None)
    return _listed(or_(anywhere, _by_property())).limit(bindparam("size"))


@cache
def invoices_of_subscription() -> Select[Invoice, str]:
    """The invoices of `subscription_id`, newest first; beside each how it stands."""
    return _listed(Invoice.subscription_id == bindparam("subscription_id"))


@cache
def invoices_found() -> Select[Invoice, str]:
    """A few of `property_id`: by their number in small letters, which is like `pattern` (a backslash escapes).

    By their total, which is `minor`, and by their date, from the day `first` until before `after`, where these are
    given.
    """
    like = func.lower(Invoice.number).like(bindparam("pattern"), escape="\\")
    total = Invoice.total_minor == bindparam("minor", type_=Invoice.total_minor.type)
    since = Invoice.issued_on >= bindparam("first", type_=Invoice.issued_on.type)
    until = Invoice.issued_on < bindparam("after", type_=Invoice.issued_on.type)
    return _listed(_by_property() & or_(like, total, since & until)).limit(FOUND_INVOICES)


@cache
def invoice_listed() -> Select[Invoice, str]:
    """The invoice `invoice_id`; beside it how it stands."""
    return _listed(Invoice.id == bindparam("invoice_id"))


@cache
def invoices_among() -> Select[Invoice, str]:
    """The invoices `ids`; beside each how it stands."""
    return _listed(Invoice.id.in_(bindparam("ids", expanding=True)))


@cache
def invoices_named() -> Select[Invoice]:
    """The invoices whose number or id is `name`."""
    return select(Invoice).where(or_(Invoice.id == bindparam("name"), Invoice.number == bindparam("name")))


def _listed(which: ColumnElement[bool]) -> Select[Invoice, str]:
    return (
        select(Invoice, _state())
        .select_from(Invoice)
        .join(Payment, PAYS)
        .where(Invoice.workspace_id == bindparam("workspace_id"), which)
        .order_by(Invoice.issued_at.desc(), Invoice.sequence.desc())
    )


def _state() -> ColumnElement[str]:
    """An InvoiceState, by the payment alone: what credit notes give back is added where they are read."""
    failed = (AttemptState.DECLINED, AttemptState.DECLINED_FOR_GOOD, AttemptState.ACTION_REQUIRED)
    past_due = or_(Payment.tries > 0, Payment.attempts.any(PaymentAttempt.state.in_(failed)))
    nothing_now = (Payment.minor == 0) & (Payment.credit_minor == 0) & (Payment.carried_minor > 0)
    states = (
        ((Payment.state == PaymentState.OPEN) & past_due, InvoiceState.PAST_DUE),
        ((Payment.state == PaymentState.OPEN), InvoiceState.OPEN),
        ((Payment.state == PaymentState.UNCOLLECTIBLE), InvoiceState.UNCOLLECTIBLE),
        ((Payment.state == PaymentState.CREDITED), InvoiceState.CREDITED),
        ((Payment.dispute == DisputeState.OPEN), InvoiceState.DISPUTED),
        ((Payment.dispute == DisputeState.LOST), InvoiceState.DISPUTE_LOST),
        (nothing_now, InvoiceState.CARRIED),
    )
    whens = [(when, literal(str(state))) for when, state in states]
    return case(*whens, else_=literal(str(InvoiceState.PAID))).label("state")


def _by_property() -> ColumnElement[bool]:
    return Invoice.subscription_id.in_(select(Subscription.id).where(*OF_PROPERTY))


@cache
def received() -> Select[*tuple[Any, ...]]:
    """What a message that the payment `payment_id` was received leaves out in its short form."""
    return (
        select(
            Payment.subscription_id,
            Payment.invoice_id,
            Payment.minor,
            Payment.carried_minor,
            Invoice.number,
            Invoice.total_minor,
            Invoice.currency,
        )
        .join(Payment.invoice)
        .where(Payment.workspace_id == bindparam("workspace_id"), Payment.id == bindparam("payment_id"))
    )
