"""What must be true of payments, tries and refunds: each statement finds the rows for which it is not."""

from __future__ import annotations

from functools import cache

from sqlalchemy import ColumnElement, and_, exists, func, literal, or_, select

from billing.models import CardSetup, CreditNote, Payment, PaymentAttempt, Posting, Refund
from billing.models.card_setups import SetupState
from billing.models.ledger import OF_PAYMENT, Account
from billing.models.payments import UNDECIDED, AttemptState, PaymentKind, PaymentState
from billing.models.refunds import RefundState
from billing.queries.invariants.rows import FAR, LATE, TOO_FAR, Rows, or_0, same

P, A, R = Payment, PaymentAttempt, Refund
GOES_BACK = (RefundState.OPEN, RefundState.SUCCEEDED)


@cache
def never_tried() -> Rows:
    """Open, and neither a try to come, nor one that the gateway is asked after, nor a day on which it is given up."""
    first = P.kind != PaymentKind.RENEWAL
    waits = or_(P.next_try_at.is_not(None), _has_undecided(), and_(first, P.expires_at.is_not(None)))
    far = or_(P.next_try_at > TOO_FAR, and_(first, P.expires_at > FAR))
    return select(P.workspace_id, P.id, P.next_try_at, P.expires_at).where(
        P.state == PaymentState.OPEN, or_(~waits, far)
    )


@cache
def untried() -> Rows:
    return select(P.workspace_id, P.id, P.next_try_at).where(
        P.state == PaymentState.OPEN, P.next_try_at < LATE, ~_has_undecided()
    )


@cache
def misdecided() -> Rows:
    is_open = P.state == PaymentState.OPEN
    wrong = or_(
        and_(is_open, P.decided_at.is_not(None)),
        and_(~is_open, or_(P.decided_at.is_(None), P.next_try_at.is_not(None))),
    )
    return select(P.workspace_id, P.id, P.state, P.decided_at, P.next_try_at).where(wrong)


@cache
def misdecided_tries() -> Rows:
    undecided = A.state.in_(UNDECIDED)
    # What was opened at the gateway for a payment that was given up is still to be closed there.
    to_close = exists(literal(1)).where(
        same((P.workspace_id, A.workspace_id), (P.id, A.payment_id)),
        P.state.not_in((PaymentState.OPEN, PaymentState.PAID)),
    )
    wrong = or_(
        and_(undecided, A.decided_at.is_not(None)),
        and_(~undecided, or_(A.decided_at.is_(None), and_(A.poll_at.is_not(None), ~to_close.correlate(A)))),
        and_(A.state == AttemptState.SUCCEEDED, func.coalesce(A.gateway_id, "") == ""),
    )
    return select(A.workspace_id, A.payment_id, A.number, A.state, A.decided_at).where(wrong)


@cache
def refunds_not_asked() -> Rows:
    return select(R.workspace_id, R.id, R.poll_at).where(R.state == RefundState.OPEN, _unasked(R))


@cache
def setups_not_asked() -> Rows:
    return select(CardSetup.workspace_id, CardSetup.id, CardSetup.poll_at).where(
        CardSetup.state == SetupState.OPEN, _unasked(CardSetup)
    )


@cache
def named_twice() -> Rows:
    """The gateway's payment of one payment of ours is the payment of no other."""
    times = func.count()
    return (
        select(func.min(P.workspace_id), P.gateway_id, times.label("times"))
        .where(P.gateway_id.is_not(None))
        .group_by(P.gateway_id)
        .having(times > 1)
    )


@cache
def collected_for_two() -> Rows:
    times = func.count(A.payment_id.distinct())
    return (
        select(func.min(A.workspace_id), A.gateway_id, times.label("times"))
        .where(A.state == AttemptState.SUCCEEDED, func.coalesce(A.gateway_id, "") != "")
        .group_by(A.gateway_id)
        .having(times > 1)
    )


@cache
def refunded_as_one() -> Rows:
    times = func.count()
    return (
        select(func.min(R.workspace_id), R.gateway_id, times.label("times"))
        .where(func.coalesce(R.gateway_id, "") != "", R.state != RefundState.FAILED)
        .group_by(R.gateway_id)
        .having(times > 1)
    )


@cache
def refunded_too_much() -> Rows:
    """Refunds, also those on their way, within the money that is booked as collected for their payment."""
    key = (R.workspace_id, R.payment_id)
    back = select(*key, func.sum(R.minor).label("minor")).where(R.state.in_(GOES_BACK)).group_by(*key)
    of = (Posting.workspace_id, OF_PAYMENT.label("payment_id"))
    cash = (
        select(*of, func.sum(Posting.minor).label("minor"))
        .where(Posting.account == Account.CASH, OF_PAYMENT.is_not(None))
        .group_by(*of)
    )
    refunds, paid = back.subquery(), cash.subquery()
    collected = or_0(paid.c.minor)
    return (
        select(
            P.workspace_id,
            P.id,
            P.currency,
            refunds.c.minor.label("back_minor"),
            collected.label("paid_minor"),
        )
        .join(refunds, same((refunds.c.workspace_id, P.workspace_id), (refunds.c.payment_id, P.id)))
        .outerjoin(paid, same((paid.c.workspace_id, P.workspace_id), (paid.c.payment_id, P.id)))
        .where(refunds.c.minor > collected)
    )


@cache
def promised_too_much() -> Rows:
    """What refunds give back as promised by credit notes, within what these promised; and no part above the whole."""
    key = (R.workspace_id, R.payment_id)
    given = (
        select(
            *key,
            func.sum(R.promised_minor).label("minor"),
            func.min(R.minor - R.promised_minor).label("rest"),
        )
        .where(R.state.in_(GOES_BACK))
        .group_by(*key)
        .subquery()
    )
    of = (CreditNote.workspace_id, CreditNote.invoice_id)
    notes = select(*of, func.sum(CreditNote.refund_minor).label("minor")).group_by(*of).subquery()
    promised = or_0(notes.c.minor)
    return (
        select(
            P.workspace_id,
            P.id,
            P.currency,
            given.c.minor.label("given_minor"),
            promised.label("promised_minor"),
        )
        .join(given, same((given.c.workspace_id, P.workspace_id), (given.c.payment_id, P.id)))
        .outerjoin(notes, same((notes.c.workspace_id, P.workspace_id), (notes.c.invoice_id, P.invoice_id)))
        .where(or_(given.c.minor > promised, given.c.rest < 0))
    )


def _unasked(of: type[Refund | CardSetup]) -> ColumnElement[bool]:
    return or_(of.poll_at.is_(None), of.poll_at < LATE, of.poll_at > FAR)


def _has_undecided() -> ColumnElement[bool]:
    key = same((A.workspace_id, P.workspace_id), (A.payment_id, P.id))
    return exists(literal(1)).where(key, A.state.in_(UNDECIDED)).correlate(P)
