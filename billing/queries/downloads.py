"""Downloads: which are due, and what is in one: documents of its days, money of its moments."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Label,
    Select,
    Update,
    and_,
    bindparam,
    case,
    exists,
    func,
    literal,
    or_,
    select,
    union_all,
    update,
)
from sqlalchemy.orm import InstrumentedAttribute, aliased
from sqlalchemy.sql.dml import ReturningUpdate

from billing.models import (
    CreditNote,
    Download,
    Invoice,
    Payment,
    PaymentAttempt,
    Posting,
    Property,
    Refund,
    Subscription,
)
from billing.models.clock import from_now
from billing.models.downloads import DownloadState
from billing.models.ledger import OF_PAYMENT, Account
from billing.models.payments import AttemptState, PaymentState
from billing.queries.clock import is_free
from billing.queries.subscriptions import OF_PROPERTY

# Longer than packing goes between two looks, and than an upload takes.
HOLD = timedelta(minutes=5)
D = Download
IS_OPEN = D.state == DownloadState.OPEN
OTHER = aliased(D)
# Of a workspace one at a time: who asks for many, or for much, keeps nobody else waiting.
IS_NEXT = ~exists().where(
    OTHER.workspace_id == D.workspace_id, OTHER.state == DownloadState.OPEN, OTHER.claimed_until > from_now()
)
IS_DUE = and_(IS_OPEN, is_free(D), IS_NEXT)


@cache
def due() -> Select[str]:
    """One that is due, and of whose workspace nobody holds any, if there is one."""
    return select(D.id).where(IS_DUE).limit(1)


@cache
def claim() -> ReturningUpdate[str, str]:
    """Holds the one of these that has been due for longest; answers its key."""
    oldest = select(D.id).where(IS_DUE).order_by(D.due_at, D.id).limit(1).with_for_update(skip_locked=True)
    return (
        update(D)
        .where(D.id.in_(select(oldest.cte("picked").c.id)))
        .values(claimed_until=from_now(HOLD), tries=D.tries + 1)
        .returning(D.workspace_id, D.id)
        .execution_options(synchronize_session=False)
    )


@cache
def hold_on() -> Update:
    """Whoever holds the download `of_id` goes on holding it."""
    return _update().values(claimed_until=from_now(HOLD))


def due_again(wait: timedelta) -> Update:
    """Tries the download `of_id` again after that wait."""
    return _update().values(claimed_until=None, due_at=from_now(wait))


@cache
def claimed() -> Select[Download, str]:
    """The download `id` with the name of its property."""
    return (
        select(D, Property.name)
        .join(Property, (Property.workspace_id == D.workspace_id) & (Property.id == D.property_id))
        .where(D.workspace_id == bindparam("workspace_id"), D.id == bindparam("id"))
    )


@cache
def open_download() -> Select[Download]:
    """The open one of `requested_by` for that property and span."""
    names = ("workspace_id", "requested_by", "property_id", "span")
    return select(D).where(IS_OPEN, *(getattr(D, name) == bindparam(name) for name in names))


@cache
def days_of_documents() -> Select[*tuple[Any, ...]]:
    """The first and the last day on which a document of `property_id` was issued; of none, nothing."""
    documents = union_all(
        *(select(of.issued_on).where(_of_property(of)) for of in (Invoice, CreditNote))
    ).subquery()
    return select(func.min(documents.c.issued_on), func.max(documents.c.issued_on))


@cache
def moments_of_money() -> Select[*tuple[Any, ...]]:
    """Between which moments money of `property_id` moved, be it that no document was issued for it; of none, nothing.

    At the ends of that time something was decided that the ledger may have an entry of.
    """
    paid = Payment.decided_at.is_not(None) & (Payment.state != PaymentState.FAILED)
    refunded = (Refund.workspace_id == Payment.workspace_id) & (Refund.payment_id == Payment.id)
    moments = (
        _payments(Payment.decided_at).where(paid),
        _payments(PaymentAttempt.decided_at)
        .join(Payment.attempts)
        .where(PaymentAttempt.state == AttemptState.SUCCEEDED),
        _payments(Refund.requested_at).join(Refund, refunded),
        _payments(Refund.decided_at).join(Refund, refunded),
    )
    found = union_all(*moments).subquery()
    return select(func.min(found.c.at), func.max(found.c.at))


@cache
def documents_between() -> Select[str]:
    """The ids of the documents of `property_id` from the day `first` until before `after`, in their order."""
    kinds: tuple[type[Invoice | CreditNote], ...] = (Invoice, CreditNote)
    each = (
        select(literal(place).label("place"), of.id, of.issued_at, of.sequence).where(
            _of_property(of), of.issued_on >= bindparam("first"), of.issued_on < bindparam("after")
        )
        for place, of in enumerate(kinds)
    )
    found = union_all(*each).subquery()
    return select(found.c.id).order_by(found.c.issued_at, found.c.place, found.c.sequence)


@cache
def notes_among() -> Select[CreditNote]:
    """The credit notes `ids`, whole."""
    return select(CreditNote).where(
        CreditNote.workspace_id == bindparam("workspace_id"),
        CreditNote.id.in_(bindparam("ids", expanding=True)),
    )


@cache
def money_between() -> Select[*tuple[Any, ...]]:
    """What the ledger says of payments and refunds of `property_id`, from the moment `since` until before `until`.

    Each entry with its parts: what the gateway took (below zero: gave back), and what came from the credit balance.
    """
    parts = {name: _sum_of(account) for name, account in (("cash", Account.CASH), ("credit", Account.CREDIT))}
    entries = (
        select(
            Posting.workspace_id,
            Posting.entry_id,
            func.min(Posting.at).label("at"),
            func.min(Posting.currency).label("currency"),
            func.coalesce(func.min(OF_PAYMENT), func.min(Refund.payment_id)).label("payment_id"),
            func.min(Posting.refund_id).label("refund_id"),
            *(part.label(name) for name, part in parts.items()),
        )
        .outerjoin(Refund, (Refund.workspace_id == Posting.workspace_id) & (Refund.id == Posting.refund_id))
        .where(
            Posting.workspace_id == bindparam("workspace_id"),
            or_(OF_PAYMENT.is_not(None), Posting.refund_id.is_not(None)),
            Posting.at >= bindparam("since"),
            Posting.at < bindparam("until"),
        )
        .group_by(Posting.workspace_id, Posting.entry_id)
        .subquery()
    )
    c = entries.c
    return (
        select(c.at, c.currency, c.cash, c.credit, c.refund_id, Invoice.number, _card(), Payment.gateway_id)
        .select_from(Subscription)
        .join(Subscription.payments)
        .join(entries, (c.workspace_id == Payment.workspace_id) & (c.payment_id == Payment.id))
        .outerjoin(Payment.invoice)
        .where(*OF_PROPERTY, or_(c.cash != 0, c.credit != 0))
        .order_by(c.at, c.entry_id)
    )


def _payments(moment: InstrumentedAttribute[Any]) -> Select[datetime | None]:
    """That moment of each payment for what `property_id` has today."""
    return (
        select(moment.label("at")).select_from(Subscription).join(Subscription.payments).where(*OF_PROPERTY)
    )


def _update() -> Update:
    of_it = (D.workspace_id == bindparam("of_workspace"), D.id == bindparam("of_id"))
    return update(D).where(*of_it).execution_options(synchronize_session=False)


def _of_property(of: type[Invoice | CreditNote]) -> ColumnElement[bool]:
    """Of its subscriptions of today: a transfer takes the history along."""
    return (of.workspace_id == bindparam("workspace_id")) & of.subscription_id.in_(
        select(Subscription.id).where(*OF_PROPERTY)
    )


def _sum_of(account: Account) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((Posting.account == account, Posting.minor))), 0)


def _card() -> Label[str]:
    """The card that paid it."""
    return (
        select(PaymentAttempt.card)
        .where(
            PaymentAttempt.workspace_id == Payment.workspace_id,
            PaymentAttempt.payment_id == Payment.id,
            PaymentAttempt.state == AttemptState.SUCCEEDED,
        )
        .order_by(PaymentAttempt.number.desc())
        .limit(1)
        .correlate(Payment)
        .scalar_subquery()
        .label("card")
    )
