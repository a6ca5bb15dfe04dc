"""What must be true of subscriptions, their dates and prices: each statement finds the rows for which it is not."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Exists,
    Select,
    and_,
    bindparam,
    exists,
    false,
    func,
    or_,
    select,
    tuple_,
)

from billing.models import (
    Fact,
    Invoice,
    InvoiceLine,
    Member,
    Payment,
    Person,
    PlannedChange,
    Price,
    Subscription,
)
from billing.models.changes import ChangeState
from billing.models.payments import PaymentKind, PaymentState
from billing.models.subscriptions import LIVING, OVER, Status
from billing.queries.in_sql import amount_in, moment_text
from billing.queries.invariants.rows import FAR, SOON, Rows, same
from billing.values.actors import Role
from billing.values.documents import LineKind
from billing.values.facts import FactType

S = Subscription
WHERE = (S.workspace_id, S.id)
PAID_FOR = (Status.ACTIVE, Status.PAST_DUE)


@cache
def without_end() -> Rows:
    return select(*WHERE).where(S.status == Status.ENDED, S.ended_at.is_(None))


@cache
def ends_to_come() -> Rows:
    return select(*WHERE, S.ended_at).where(S.ended_at > SOON)


@cache
def ended_and_alive() -> Rows:
    return select(*WHERE, S.status, S.ended_at).where(S.status != Status.ENDED, S.ended_at.is_not(None))


@cache
def half_cancelled() -> Rows:
    wrong = or_(S.cancelled_at.is_(None) != S.cancelled_by.is_(None), S.cancelled_at > SOON)
    return select(*WHERE, S.cancelled_at, S.cancelled_by).where(wrong)


@cache
def without_length() -> Rows:
    known = and_(S.period_start_at.is_not(None), S.period_end_at.is_not(None))
    return select(*WHERE, S.period_start_at, S.period_end_at).where(
        ~and_(known, S.period_start_at < S.period_end_at)
    )


@cache
def billed_trials() -> Rows:
    """A trial is the beginning of a plan: what was billed for a cycle of its own is in none any more."""
    return (
        select(*WHERE, func.min(InvoiceLine.period_start_at).label("billed_from"))
        .join(InvoiceLine, _cycle_of())
        .where(S.status == Status.TRIALING, InvoiceLine.period_start_at >= S.purchased_at)
        .group_by(*WHERE)
    )


@cache
def nothing_owed() -> Rows:
    return select(*WHERE).where(S.status == Status.PAST_DUE, ~_open(Payment.kind == PaymentKind.RENEWAL))


@cache
def failed_and_active() -> Rows:
    failed = and_(
        Payment.kind == PaymentKind.RENEWAL, Payment.tries > 0, Payment.created_at >= S.period_start_at
    )
    return select(*WHERE).where(S.status == Status.ACTIVE, _open(failed))


@cache
def paid_by_no_admin() -> Rows:
    """Who left Slack pays until somebody takes it over; everybody else can change what they pay for."""
    may = exists().where(
        Member.workspace_id == S.workspace_id,
        Member.property_id == S.property_id,
        Member.user_id == S.billing_admin_id,
        Member.role.in_([role for role in Role if role.writes]),
    )
    return (
        select(*WHERE, S.billing_admin_id)
        .join(S.billing_admin)
        .where(S.status.not_in(OVER), Person.deactivated_at.is_(None), ~may.correlate(S))
    )


@cache
def never_paid() -> Rows:
    return select(*WHERE).where(S.status == Status.INCOMPLETE, ~_open(Payment.kind == PaymentKind.PURCHASE))


@cache
def unbilled() -> Rows:
    billed = and_(_cycle_of(), InvoiceLine.period_start_at == S.period_start_at)
    billed_here = or_(S.paid_elsewhere_until.is_(None), S.paid_elsewhere_until < S.period_end_at)
    return select(*WHERE, S.period_start_at).where(
        S.status.in_(PAID_FOR), billed_here, ~exists().where(billed).correlate(S)
    )


@cache
def begun_early() -> Rows:
    return select(*WHERE, S.period_start_at).where(S.status.in_(LIVING), S.period_start_at > SOON)


@cache
def misscheduled() -> Rows:
    wrong = or_(
        S.due_at.is_(None),
        S.due_at < S.period_end_at,
        and_(S.due_failures == 0, S.due_at != S.period_end_at),
        and_(S.due_failures > 0, S.due_at > FAR),
    )
    return select(*WHERE, S.due_at, S.period_end_at).where(S.status.in_(LIVING), wrong)


@cache
def bought_twice() -> Rows:
    of = (S.workspace_id, S.property_id, S.add_on_id)
    times = func.count()
    running = select(*of, times.label("times")).where(S.status.not_in(OVER))
    return running.group_by(*of).having(times > 1)


@cache
def repriced() -> Rows:
    """A price never changes. One that did is not what its plans were billed, where nothing else has changed them.

    What was paid before its VAT rate changed has another net: the price is that of the draft then. What has a rest
    billed in its cycle was changed in it, also by a process whose clock was behind that of the cycle's beginning.
    """
    of_it = same((InvoiceLine.workspace_id, S.workspace_id), (InvoiceLine.subscription_id, S.id))
    rest = exists().where(
        of_it, InvoiceLine.kind == LineKind.REST, InvoiceLine.period_end_at == S.period_end_at
    )
    changed = exists().where(
        PlannedChange.workspace_id == S.workspace_id,
        PlannedChange.subscription_id == S.id,
        PlannedChange.state == ChangeState.APPLIED,
        PlannedChange.decided_at >= S.period_start_at,
    )
    costs = (Price.minor * S.quantity).label("costs_minor")
    return (
        select(*WHERE, Price.currency, costs, InvoiceLine.net_minor.label("billed_minor"))
        .join(Price, Price.id == S.price_id)
        .join(InvoiceLine, and_(_cycle_of(), InvoiceLine.period_start_at == S.period_start_at))
        .where(
            S.status.in_(PAID_FOR),
            InvoiceLine.net_minor != costs,
            ~changed.correlate(S),
            ~rest.correlate(S),
            ~_redated(costs).correlate(S, Price, InvoiceLine),
        )
    )


@cache
def untold() -> Rows:
    """Living plans whose newest fact is not what they are; none is told of what waits for its first payment."""
    newest = (
        select(func.max(Fact.number))
        .where(
            Fact.workspace_id == S.workspace_id,
            Fact.subject_id == S.id,
            Fact.type != FactType.ENTITLEMENTS_CHANGED,
        )
        .correlate(S)
        .scalar_subquery()
    )
    said = (
        Fact.state["status"].as_string() == S.status,
        Fact.property_id == S.property_id,
        Fact.state["quantity"].as_integer() == S.quantity,
        amount_in(Fact.state["unit_price"]["minor"]) == Price.minor,
        Fact.state["plan"].as_string() == Price.plan_id,
        Fact.state["period_end_at"].as_string() == moment_text(S.period_end_at),
        Fact.state["cancelled_at"].as_string().is_(None) == S.cancelled_at.is_(None),
    )
    return (
        select(*WHERE, S.status, S.period_end_at, func.coalesce(Fact.id, "-").label("fact"))
        .join(Price, Price.id == S.price_id)
        .outerjoin(Fact, Fact.number == newest)
        .where(S.status.in_(LIVING), ~func.coalesce(and_(*said), false()))
    )


@cache
def periods_after() -> Select[*tuple[Any, ...]]:
    """The next `size` living subscriptions after that key, each with its anchor and period."""
    after = tuple_(bindparam("after_workspace_id"), bindparam("after_id"))
    anchor = (S.anchor_local, S.anchor_fold, S.anchor_zone, S.anchor_interval, S.anchor_count)
    return (
        select(*WHERE, S.status, *anchor, S.period_index, S.period_start_at, S.period_end_at)
        .where(tuple_(*WHERE) > after, S.status.in_(LIVING))
        .order_by(*WHERE)
        .limit(bindparam("size"))
    )


def _redated(costs: ColumnElement[int]) -> Exists:
    """That the line was drafted at those costs, and issued with another rate than that of the draft."""
    key = same((Payment.workspace_id, InvoiceLine.workspace_id), (Payment.invoice_id, InvoiceLine.invoice_id))
    issued = same((Invoice.workspace_id, InvoiceLine.workspace_id), (Invoice.id, InvoiceLine.invoice_id))
    drafted, billed = Payment.draft["document"]["lines"][0], Invoice.document["lines"][0]
    return exists().where(
        key,
        issued,
        amount_in(drafted["net_minor"]) == costs,
        drafted["tax_rate"].as_integer() != billed["tax_rate"].as_integer(),
    )


def _cycle_of() -> ColumnElement[bool]:
    key = same((InvoiceLine.workspace_id, S.workspace_id), (InvoiceLine.subscription_id, S.id))
    return and_(key, InvoiceLine.kind == LineKind.CYCLE)


def _open(which: ColumnElement[bool]) -> ColumnElement[bool]:
    key = same((Payment.workspace_id, S.workspace_id), (Payment.subscription_id, S.id))
    return exists().where(key, Payment.state == PaymentState.OPEN, which).correlate(S)
