"""Due work in bulk: cancelled plans end set by set, plain renewals are issued by the thousand.

What is done is what the one-at-a-time rule in `services.renewals` does, row by row; whatever is not plain
is left to it, and so is a batch that fails.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import (
    Column,
    ColumnElement,
    FromClause,
    Integer,
    MetaData,
    Row,
    Select,
    Table,
    and_,
    exists,
    func,
    insert,
    literal,
    literal_column,
    select,
    true,
    tuple_,
    update,
)
from sqlalchemy.orm import joinedload

from billing.domain.actors import Actor
from billing.domain.cycles import Anchor, Period, moment_text
from billing.domain.drafts import Draft, Drafter, Party, buyer_of
from billing.domain.errors import Refusal
from billing.domain.events import SubscriptionEnded
from billing.domain.issuing import Issued, Owner
from billing.domain.models import (
    AddOn,
    AuditEntry,
    Invoice,
    InvoiceLine,
    OutboxMessage,
    Payment,
    PaymentMethod,
    Person,
    Plan,
    PlannedChange,
    Posting,
    Price,
    Property,
    Subscription,
    in_sql,
)
from billing.domain.models.audit import audit_row
from billing.domain.models.changes import ChangeState
from billing.domain.models.ledger import Account
from billing.domain.models.payments import PaymentKind, card_shown
from billing.domain.models.subscriptions import LIVING_SQL, Status
from billing.domain.paying import payment_key_of, payment_row
from billing.work import Billing, Work

ENDINGS, RENEWALS = 5_000, 1_000
log = structlog.get_logger()
S = Subscription
KEY = (S.due_at, S.workspace_id, S.id)
UNDISTURBED = and_(
    LIVING_SQL,
    S.set_aside_at.is_(None),
    S.due_failures == 0,
    ~exists().where(
        PlannedChange.workspace_id == S.workspace_id,
        PlannedChange.subscription_id == S.id,
        PlannedChange.state == ChangeState.PENDING,
    ),
)
# One property's credit is promised to one invoice after another, and another interval begins a new anchor.
PLAIN = and_(
    S.status.in_([Status.ACTIVE, Status.PAST_DUE]),
    Price.interval == S.anchor_interval,
    ~exists().where(
        Posting.workspace_id == S.workspace_id,
        Posting.property_id == S.property_id,
        Posting.account == Account.CREDIT,
        Posting.currency == Price.currency,
    ),
)
ENDED: dict[str, Any] = {
    "status": Status.ENDED,
    "ended_at": S.period_end_at,
    "version": S.version + 1,
}
ENDING = Table(
    "ending",
    MetaData(),
    *(
        Column(column.name, column.type)
        for column in S.__table__.columns
        if column.name
        in ("workspace_id", "id", "property_id", "price_id", "anchor_zone", "period_end_at", "due_at")
    ),
    Column("row", Integer),
    prefixes=["TEMPORARY"],
)
ROW = literal_column("subscriptions.rowid", Integer)


@dataclass(frozen=True, slots=True)
class Renewing:
    """A subscription whose next cycle begins, as far as that needs it."""

    owner: Owner
    billing_admin_id: str
    payment_method_id: str | None
    period: Period
    draft: Draft


def end_cancelled(billing: Billing) -> int:
    """Ends the cancelled plans that are due, `ENDINGS` at a time; answers how many."""
    which = and_(UNDISTURBED, S.cancelled_at.is_not(None))
    return _in_batches(billing, "subscriptions.end", which, ENDINGS, _end)


def renew(billing: Billing) -> int:
    """Begins the next cycle of plain subscriptions that are due, `RENEWALS` at a time; answers how many."""
    which = and_(UNDISTURBED, S.cancelled_at.is_(None))
    return _in_batches(billing, "subscriptions.renew", which, RENEWALS, _renew)


def _in_batches(
    billing: Billing,
    act: str,
    which: ColumnElement[bool],
    size: int,
    work_on: Callable[[Work, ColumnElement[bool]], int],
) -> int:
    done = 0
    for batch in _batches(billing, which, size):
        try:
            with billing.work(act) as work:
                done += work_on(work, batch)
        except Exception:  # whatever it is, it is logged, and its rows are worked one at a time
            log.exception("a batch failed", act=act)
    return done


def _batches(billing: Billing, which: ColumnElement[bool], size: int) -> Iterator[ColumnElement[bool]]:
    """What is due now, in spans of so many rows; none is looked at twice, whatever became of it."""
    after: ColumnElement[bool] = true()
    while True:
        with billing.look("renewals.batch") as work:
            due = select(*KEY).where(which, after, S.due_at <= work.now).order_by(*KEY).limit(size).subquery()
            last = work.session.execute(select(due).order_by(*(key.desc() for key in due.c)).limit(1)).first()
        if last is None:
            return
        yield and_(which, after, tuple_(*KEY) <= tuple(last))
        after = tuple_(*KEY) > tuple(last)


def _end(work: Work, due: ColumnElement[bool]) -> int:
    if work.session.get_bind().dialect.name == "postgresql":
        return _end_claimed(work, due)
    return _end_alone(work, due)


def _end_claimed(work: Work, due: ColumnElement[bool]) -> int:
    """One statement that leaves out what another worker holds."""
    rows = S.__table__.c
    held = select(S.workspace_id, S.id).where(due).with_for_update(skip_locked=True).cte("held")
    ended = (
        update(S)
        .where(rows.workspace_id == held.c.workspace_id, rows.id == held.c.id)
        .values(ENDED)
        .returning(*rows)
        .cte("ended")
    )
    told = (statement.cte() for statement in _told_of_end(work.now, ended, ended.c.due_at, ended.c.id))
    return int(work.session.scalar(select(func.count()).select_from(ended).add_cte(*told)) or 0)


def _end_alone(work: Work, due: ColumnElement[bool]) -> int:
    """SQLite has one writer: what is due is looked up once, and then written from there."""
    connection = work.session.connection()
    ENDING.create(connection)
    facts = (ROW if column.name == "row" else S.__table__.c[column.name] for column in ENDING.c)
    chosen = select(*facts).where(due).order_by(*KEY)
    ended = connection.execute(insert(ENDING).from_select(list(ENDING.c.keys()), chosen)).rowcount
    for statement in _told_of_end(work.now, ENDING):
        connection.execute(statement)
    connection.execute(update(S).where(ROW.in_(select(ENDING.c.row))).values(ENDED))
    ENDING.drop(connection)
    return ended


def _told_of_end(now: datetime, ended: FromClause, *order: ColumnElement[Any]) -> Iterator[Any]:
    """The audit entries and outbox rows of plans that end, as the one-at-a-time rule writes them."""
    schedule = Actor("", "", "schedule")
    entry = audit_row(schedule, None, now, "subscription.end", None) | {
        "workspace_id": ended.c.workspace_id,
        "id": in_sql.fresh_ids("aud"),
        "property_id": ended.c.property_id,
        "subject_id": ended.c.id,
        "after": in_sql.json_object(literal("period_end_at"), in_sql.moment_text(ended.c.period_end_at)),
    }
    yield _insert_from(AuditEntry, entry, select().select_from(ended))
    event = {
        "property_id": ended.c.property_id,
        "property_name": Property.name,
        "time_zone": ended.c.anchor_zone,
        "subscription_id": ended.c.id,
        "add_on": AddOn.name,
        "plan": Plan.name,
        "ended_at": in_sql.moment_text(ended.c.period_end_at),
    }
    message = {
        "workspace_id": ended.c.workspace_id,
        "topic": ended.c.workspace_id + " " + Property.billing_channel,
        "kind": SubscriptionEnded.__name__,
        "fact": _json({"channel": Property.billing_channel, "event": _json(event)}),
        "written_at": now,
        "due_at": now,
        "tries": 0,
    }
    listening = (
        select()
        .select_from(ended)
        .join(
            Property, (Property.workspace_id == ended.c.workspace_id) & (Property.id == ended.c.property_id)
        )
        .join(Price, Price.id == ended.c.price_id)
        .join(Plan, (Plan.add_on_id == Price.add_on_id) & (Plan.id == Price.plan_id))
        .join(AddOn, AddOn.id == Plan.add_on_id)
        .where(Property.billing_channel.is_not(None))
        .order_by(*order)
    )
    yield _insert_from(OutboxMessage, message, listening)


def _insert_from(model: type[Any], values: dict[str, Any], source: Select[Any]) -> Any:
    columns = model.__table__.columns
    shown = [
        value if isinstance(value, ColumnElement) else literal(value, columns[name].type)
        for name, value in values.items()
    ]
    return insert(model).from_select(list(values), source.add_columns(*shown))


def _json(values: dict[str, Any]) -> ColumnElement[Any]:
    return in_sql.json_object(*(each for name, value in values.items() for each in (literal(name), value)))


def _renew(work: Work, due: ColumnElement[bool]) -> int:
    """Locks first and reads then: what was planned or paid a moment before the lock is seen."""
    session = work.session
    locking = select(S.workspace_id, S.id).where(due).with_for_update(skip_locked=True)
    held = {tuple(key) for key in session.execute(locking)}
    drafter = work.issuer.drafter(work.now)
    prices = _prices(work, due)
    renewing = [
        one
        for row in session.execute(_facts(due))
        if (row.workspace_id, row.id) in held
        and (one := _drafted(row, prices[row.price_id], drafter, work.now))
    ]
    if not renewing:
        return 0
    issued = work.issuer.freeze(session, [(one.owner, one.draft) for one in renewing], work.now)
    in_sql.insert_many(session, Invoice, [each.invoice for each in issued])
    in_sql.insert_many(session, InvoiceLine, [line for each in issued for line in each.lines])
    in_sql.insert_many(session, Posting, [posting for each in issued for posting in each.postings])
    pairs = list(zip(renewing, issued, strict=True))
    in_sql.insert_many(session, Payment, [_payment(one, each, work.now) for one, each in pairs])
    in_sql.insert_many(session, AuditEntry, [_entry(one, work.now) for one in renewing])
    in_sql.update_many(session, S, [_entered(one) for one in renewing])
    return len(renewing)


def _facts(due: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    return (
        select(
            S.workspace_id,
            S.id,
            S.property_id,
            S.price_id,
            S.quantity,
            S.address,
            S.billing_admin_id,
            S.payment_method_id,
            S.anchor_local,
            S.anchor_zone,
            S.anchor_interval,
            S.anchor_count,
            S.period_index,
            Property.name.label("property_name"),
            Property.country,
            Person.name.label("admin"),
            PaymentMethod.brand,
            PaymentMethod.last_four,
        )
        .join(Property, (Property.workspace_id == S.workspace_id) & (Property.id == S.property_id))
        .join(Price, Price.id == S.price_id)
        .join(Person, (Person.workspace_id == S.workspace_id) & (Person.user_id == S.billing_admin_id))
        .outerjoin(
            PaymentMethod,
            (PaymentMethod.workspace_id == S.workspace_id) & (PaymentMethod.id == S.payment_method_id),
        )
        .where(due, PLAIN)
        .order_by(*KEY)
    )


def _prices(work: Work, due: ColumnElement[bool]) -> dict[str, Price]:
    paid = select(S.price_id).where(due).distinct()
    found = select(Price).where(Price.id.in_(paid)).options(joinedload(Price.plan).joinedload(Plan.add_on))
    return {price.id: price for price in work.session.scalars(found)}


def _drafted(row: Row[Any], price: Price, drafter: Drafter, now: datetime) -> Renewing | None:
    """None where more than one period is due, or its draft is refused: both are cases for the other way."""
    anchor = Anchor(row.anchor_local, row.anchor_zone, row.anchor_interval, row.anchor_count)
    period = anchor.period(row.period_index + 1)
    if period.end_at <= now:
        return None
    party = Party(
        row.property_name,
        row.anchor_zone,
        buyer_of(row.address, row.admin, row.country),
        card_shown(row.brand, row.last_four) if row.payment_method_id else "",
    )
    try:
        draft = drafter.cycle_for(party, price, row.quantity, period)
        draft.refuse_if_incomplete()
    except Refusal:
        return None
    owner = Owner(row.workspace_id, row.property_id, row.id)
    return Renewing(owner, row.billing_admin_id, row.payment_method_id, period, draft)


def _payment(one: Renewing, issued: Issued, now: datetime) -> dict[str, Any]:
    invoice_id = issued.invoice["id"]
    return payment_row(
        one.owner,
        PaymentKind.RENEWAL,
        one.draft,
        credit_minor=0,
        key=payment_key_of(one.owner.workspace_id, invoice_id, "renewal", ""),
        payment_method_id=one.payment_method_id,
        requested_by=one.billing_admin_id,
        at=now,
        invoice_id=invoice_id,
    )


def _entry(one: Renewing, now: datetime) -> dict[str, Any]:
    schedule = Actor(one.owner.workspace_id, "", "schedule")
    after = {"period_end_at": moment_text(one.period.end_at)}
    return audit_row(
        schedule, one.owner.property_id, now, "subscription.renew", one.owner.subscription_id, after=after
    )


def _entered(one: Renewing) -> dict[str, Any]:
    """What entering the period changes of the subscription's row."""
    return {
        "workspace_id": one.owner.workspace_id,
        "id": one.owner.subscription_id,
        "period_index": one.period.index,
        "period_start_at": one.period.start_at,
        "period_end_at": one.period.end_at,
        "due_at": one.period.end_at,
    }
