"""Webhooks to the seller's own product: what is to be queued, what can be claimed, what became of it."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Delete,
    Dialect,
    Select,
    Update,
    and_,
    bindparam,
    case,
    delete,
    exists,
    func,
    literal,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import aliased
from sqlalchemy.sql.dml import Insert, ReturningUpdate

from billing.models import Fact, WebhookDelivery, WebhookEndpoint
from billing.models.clock import from_now
from billing.queries.clock import is_free
from billing.queries.facts import SUBJECT_KEY, with_subjects
from billing.queries.in_sql import often
from billing.values.webhooks import TRIED_FOR, DeliveryStatus

# Longer than a try takes, and than what is written afterwards.
HOLD = timedelta(seconds=60)
E, D = WebhookEndpoint, WebhookDelivery
OPEN = and_(D.delivered_at.is_(None), D.dead_at.is_(None))
AS_NEW: dict[str, Any] = {
    "queued_at": from_now(),
    "due_at": from_now(),
    "tries": 0,
    "claimed_until": None,
    "first_failed_at": None,
    "delivered_at": None,
    "dead_at": None,
}
IN_STATUS = {
    DeliveryStatus.WAITING: and_(OPEN, D.first_failed_at.is_(None)),
    DeliveryStatus.FAILING: and_(OPEN, D.first_failed_at.is_not(None)),
    DeliveryStatus.DELIVERED: D.delivered_at.is_not(None),
    DeliveryStatus.DEAD: D.dead_at.is_not(None),
}


@cache
def all_endpoints() -> Select[WebhookEndpoint]:
    """All endpoints, oldest first."""
    return select(E).order_by(E.created_at, E.id)


@cache
def busy_endpoints() -> Select[str]:
    """Those that are on, for which something is to be queued or may be sent now."""
    newest = select(func.max(Fact.number))  # asked whether any is greater, PostgreSQL reads all where none is
    unqueued = newest.scalar_subquery() > E.queued_up_to
    sendable = exists().where(D.endpoint_id == E.id, *_sendable())
    return select(E.id).where(_is_on(), or_(unqueued, sendable)).order_by(E.id)


@cache
def endpoint_that_is_on() -> Select[WebhookEndpoint]:
    """The endpoint `id`, if anything may be sent to it now."""
    return select(E).where(E.id == bindparam("id"), _is_on())


@cache
def endpoint_to_queue_for() -> Select[WebhookEndpoint]:
    """The endpoint `id`, locked, if it is on and nobody else has it."""
    return select(E).where(E.id == bindparam("id"), E.off_since.is_(None)).with_for_update(skip_locked=True)


def _is_on() -> ColumnElement[bool]:
    return and_(E.off_since.is_(None), or_(E.paused_until.is_(None), E.paused_until <= from_now()))


def _sendable() -> tuple[ColumnElement[bool], ...]:
    """A delivery that is due, that nobody holds, and that is the oldest open one about its subject."""
    of_subject = aliased(D)
    oldest = (
        select(of_subject.fact_number)
        .where(
            of_subject.endpoint_id == D.endpoint_id,
            of_subject.subject_key == D.subject_key,
            and_(of_subject.delivered_at.is_(None), of_subject.dead_at.is_(None)),
        )
        .order_by(of_subject.fact_number)
        .limit(1)
        .scalar_subquery()
    )
    return OPEN, is_free(D), often(D.fact_number == oldest)


def queue(dialect: Dialect, *, anew: bool = False) -> Insert:
    """Deliveries to `endpoint` of the facts behind `after`, up to `last`, of `types`.

    Those that are there already stay as they are, or are delivered `anew`.
    """
    columns = ("endpoint_id", "fact_number", "subject_key", "queued_at", "due_at", "tries")
    found = select(
        bindparam("endpoint", type_=D.endpoint_id.type),
        Fact.number,
        SUBJECT_KEY,
        from_now(),
        from_now(),
        literal(0),
    ).where(
        Fact.number > bindparam("after"),
        Fact.number <= bindparam("last"),
        Fact.type.in_(bindparam("types", expanding=True)),
    )
    insert = postgresql.insert if dialect.name == "postgresql" else sqlite.insert
    written = insert(D).from_select(columns, found).execution_options(preserve_rowcount=True)
    if not anew:
        return written.on_conflict_do_nothing()
    return written.on_conflict_do_update(index_elements=[D.endpoint_id, D.fact_number], set_=AS_NEW)


@cache
def claim() -> ReturningUpdate[*tuple[Any, ...]]:
    """Takes `limit` deliveries to `endpoint` that may be sent, oldest first; of one subject one at a time."""
    picked = (
        select(D.fact_number)
        .where(D.endpoint_id == bindparam("endpoint"), *_sendable())
        .order_by(D.fact_number)
        .limit(bindparam("limit"))
        .with_for_update(of=D, skip_locked=True)
        .cte("picked")
    )
    return (
        update(D)
        .where(D.endpoint_id == bindparam("endpoint"), D.fact_number.in_(select(picked.c.fact_number)))
        .values(claimed_until=from_now(HOLD), tries=D.tries + 1)
        .returning(D.fact_number, D.tries, from_now().label("now"))
        .execution_options(synchronize_session=False)
    )


@cache
def facts_numbered() -> Select[*tuple[Any, ...]]:
    """The facts `numbers`, in order, each with what it is about."""
    return with_subjects().where(Fact.number.in_(bindparam("numbers", expanding=True))).order_by(Fact.number)


def _held() -> tuple[ColumnElement[bool], ...]:
    """Those of `numbers` that were claimed and not replayed since."""
    return (
        D.endpoint_id == bindparam("endpoint"),
        D.fact_number.in_(bindparam("numbers", expanding=True)),
        D.claimed_until.is_not(None),
    )


@cache
def arrived() -> Update:
    """Those of `numbers` that are held have arrived, at `now`, with that `http_status`."""
    return (
        update(D)
        .where(*_held())
        .values(
            delivered_at=bindparam("now", type_=D.delivered_at.type),
            claimed_until=None,
            status=bindparam("http_status"),
            last_error=None,
        )
        .execution_options(synchronize_session=False)
    )


def failed(wait: timedelta) -> ReturningUpdate[*tuple[Any, ...]]:
    """Those of `numbers` that are held are tried again after that wait; given up where it was three days."""
    is_over = D.first_failed_at <= from_now(-TRIED_FOR)
    return (
        update(D)
        .where(*_held())
        .values(
            due_at=from_now(wait),
            claimed_until=None,
            first_failed_at=func.coalesce(D.first_failed_at, from_now()),
            dead_at=case((is_over, from_now()), else_=None),
            status=bindparam("http_status"),
            last_error=bindparam("error"),
        )
        .returning(D.fact_number, D.dead_at)
        .execution_options(synchronize_session=False)
    )


@cache
def let_go() -> Update:
    """Those of `numbers` that are held wait again, as if they had not been tried."""
    return (
        update(D)
        .where(*_held())
        .values(claimed_until=None, tries=D.tries - 1)
        .execution_options(synchronize_session=False)
    )


@cache
def due_now() -> Update:
    """What waits for a next try at `endpoint` is due: it takes events again."""
    return (
        update(D)
        .where(D.endpoint_id == bindparam("endpoint"), OPEN, D.tries > 0)
        .values(due_at=from_now())
        .execution_options(synchronize_session=False)
    )


@cache
def begin_anew() -> Update:
    """What has not arrived at `endpoint` is tried again as if it had not been, for three days."""
    return (
        update(D)
        .where(D.endpoint_id == bindparam("endpoint"), OPEN)
        .values(AS_NEW)
        .execution_options(synchronize_session=False)
    )


def pause(wait: timedelta) -> Update:
    """Nothing is sent to `endpoint` for so long."""
    return (
        update(E)
        .where(E.id == bindparam("endpoint"))
        .values(paused_until=from_now(wait))
        .execution_options(synchronize_session=False)
    )


@cache
def forget_deliveries_of() -> Delete:
    """Deletes all deliveries to `endpoint`."""
    return delete(D).where(D.endpoint_id == bindparam("endpoint"))


@cache
def forget_delivered() -> Delete:
    """Deletes `size` deliveries that arrived before `before`."""
    old = (
        select(D.endpoint_id, D.fact_number)
        .where(D.delivered_at < bindparam("before", type_=D.delivered_at.type))
        .limit(bindparam("size"))
    )
    return (
        delete(D)
        .where(tuple_(D.endpoint_id, D.fact_number).in_(old))
        .execution_options(synchronize_session=False)
    )


@cache
def deliveries(status: DeliveryStatus | None) -> Select[*tuple[Any, ...]]:
    """The newest `size` deliveries to `endpoint` before the fact of number `before`, in that status or in any."""
    return (
        select(D, Fact.id, Fact.type)
        .join(Fact, Fact.number == D.fact_number)
        .where(
            D.endpoint_id == bindparam("endpoint"),
            D.fact_number < bindparam("before"),
            *([IN_STATUS[status]] if status else []),
        )
        .order_by(D.fact_number.desc())
        .limit(bindparam("size"))
    )


@cache
def last_of_range() -> Select[int]:
    """The number of the fact that is `size` facts behind `after`; nothing where there are fewer."""
    return (
        select(Fact.number)
        .where(Fact.number > bindparam("after"))
        .order_by(Fact.number)
        .offset(bindparam("size") - 1)
        .limit(1)
    )


@cache
def open_deliveries() -> Select[*tuple[Any, ...]]:
    """How many deliveries to endpoints that are on have not arrived, and since when the oldest waits."""
    return (
        select(func.count(), func.min(D.queued_at))
        .join(E, E.id == D.endpoint_id)
        .where(OPEN, E.off_since.is_(None))
    )


@cache
def oldest_unqueued() -> Select[*tuple[Any, ...]]:
    """Since when the oldest fact waits that an endpoint which is on has no delivery of."""
    last = select(func.min(E.queued_up_to)).where(E.off_since.is_(None)).scalar_subquery()
    return select(Fact.at).where(Fact.number > last).order_by(Fact.number).limit(1)


@cache
def endpoints_off() -> Select[int]:
    """How many endpoints are off."""
    return select(func.count()).select_from(E).where(E.off_since.is_not(None))


@cache
def dead_deliveries() -> Select[int]:
    """How many deliveries were given up."""
    return select(func.count()).select_from(D).where(D.dead_at.is_not(None))
