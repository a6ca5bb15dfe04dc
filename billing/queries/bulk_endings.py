"""Endings by the thousand: plans end, and what is recorded and told of them, set by set."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    FromClause,
    Insert,
    Integer,
    MetaData,
    Select,
    Table,
    Update,
    func,
    insert,
    literal,
    literal_column,
    select,
    union_all,
    update,
)

from billing.models import (
    AddOn,
    AuditEntry,
    BillingContact,
    Fact,
    OutboxMessage,
    Plan,
    Price,
    Property,
    Subscription,
)
from billing.models.audit import audit_row
from billing.models.base import UtcDateTime
from billing.models.clock import from_now
from billing.models.resources import SUBSCRIPTION
from billing.models.subscriptions import Status
from billing.queries import in_sql
from billing.queries.renewals import KEY, Batch
from billing.values.actors import Actor
from billing.values.contacts import ContactKind
from billing.values.events import SubscriptionEnded
from billing.values.facts import FactType, entitlement
from billing.values.outbox import Audience

S = Subscription
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
        if column.name in (*SUBSCRIPTION.values(), "price_id", "due_at")
    ),
    Column("row", Integer),
    Column("was", S.__table__.c.status.type),
    prefixes=["TEMPORARY"],
)
ROW = literal_column("subscriptions.rowid", Integer)
NUMBER = literal_column("ending.rowid", Integer)


def end_claimed(batch: Batch, now: datetime, *, mails: bool) -> Select[Any]:
    """Ends all of the batch but what another worker holds; answers how many, and the `KEY` of the last of them."""
    rows = S.__table__.c
    held = batch.of(*KEY, S.status.label("was")).with_for_update(skip_locked=True).cte("held")
    ended = (
        update(S)
        .where(rows.workspace_id == held.c.workspace_id, rows.id == held.c.id)
        .values(ENDED)
        .returning(*rows, held.c.was)
        .cte("ended")
    )
    told = (
        statement.cte()
        for statement in _told_of_end(
            now, ended, func.row_number().over(), ended.c.due_at, ended.c.id, mails=mails
        )
    )
    count = select(func.count()).select_from(ended).scalar_subquery()
    last = _last_of(held, count, *(held.c[key.name] for key in KEY))
    return last.add_cte(*told)


def fill_ending(batch: Batch) -> Insert:
    """Writes the rows of the batch into `ENDING`, in their order."""
    others = {"row": ROW, "was": S.status}
    facts = (others.get(column.name, S.__table__.c.get(column.name)) for column in ENDING.c)
    return insert(ENDING).from_select(list(ENDING.c.keys()), batch.of(*facts))


def end_filled(now: datetime, *, mails: bool) -> Iterator[Insert | Update]:
    """Tells of what is in `ENDING`, and ends it."""
    yield from _told_of_end(now, ENDING, NUMBER, mails=mails)
    yield update(S).where(ROW.in_(select(ENDING.c.row))).values(ENDED)


def last_filled(ended: int) -> Select[Any]:
    """That number and the `KEY` of the last row in `ENDING`."""
    return _last_of(ENDING, literal(ended), NUMBER)


def _last_of(ended: FromClause, count: ColumnElement[int], *order: ColumnElement[Any]) -> Select[Any]:
    """How many there are, and the key of the last of them; nothing where there are none."""
    keys = (ended.c[key.name] for key in KEY)
    return select(count, *keys).order_by(*(each.desc() for each in order)).limit(1)


def _told_of_end(
    now: datetime,
    ended: FromClause,
    number: ColumnElement[int],
    *order: ColumnElement[Any],
    mails: bool,
) -> Iterator[Insert]:
    """The audit entries and outbox rows of plans that end, as the one-at-a-time rule writes them."""
    entry = audit_row(Actor("", "", "schedule"), None, now, "subscription.end", None) | {
        "workspace_id": ended.c.workspace_id,
        "id": in_sql.batch_ids("aud", number),
        "property_id": ended.c.property_id,
        "subject_id": ended.c.id,
        "after": {"period_end_at": in_sql.moment_text(ended.c.period_end_at)},
    }
    yield in_sql.insert_from(AuditEntry, entry, select().select_from(ended))
    yield in_sql.insert_from(OutboxMessage, _message(now, ended), _listening(ended).order_by(*order))
    if mails:
        mailed = _message(now, ended) | {
            "audience": Audience.MAIL_CONTACT,
            "address": BillingContact.id.expression,
            "subject_key": None,
        }
        yield in_sql.insert_from(OutboxMessage, mailed, _mailed_to(ended).order_by(*order))
    facts = list(_facts(now, ended, number))
    # One statement: PostgreSQL runs those of one query in no order, and these have their place in the feed.
    rows = union_all(*(in_sql.shown(Fact, fact, _with_price(ended)) for fact in facts))
    yield insert(Fact).from_select(list(facts[0]), rows)


def _facts(now: datetime, ended: FromClause, number: ColumnElement[int]) -> Iterator[dict[str, Any]]:
    """The facts of plans that end, as the one-at-a-time rule writes them, as values of their columns."""
    subject = _ended_resource(ended)
    for type_ in (FactType.SUBSCRIPTION_ENDED, FactType.ENTITLEMENTS_CHANGED):
        entitled = type_ is FactType.ENTITLEMENTS_CHANGED
        yield {
            "id": in_sql.batch_ids("evt", number),
            "workspace_id": ended.c.workspace_id,
            "property_id": ended.c.property_id,
            "type": type_,
            "subject_id": ended.c.id,
            "version": subject["version"],
            "at": now,
            "state": _ended_entitlement(subject) if entitled else subject,
        }


def _ended_resource(ended: FromClause) -> dict[str, Any]:
    """What `subscription_resource` makes of each, once it has ended."""
    own = {name: ended.c[column] for name, column in SUBSCRIPTION.items()}
    shown = {
        name: in_sql.moment_text(value) if isinstance(value.type, UtcDateTime) else value
        for name, value in own.items()
    }
    return shown | {
        "status": literal(str(Status.ENDED)),
        "ended_at": shown["period_end_at"],
        # What PostgreSQL returns has ended; what SQLite is about to end has not.
        "version": own["version"] + (1 if ended is ENDING else 0),
        "add_on": Price.add_on_id,
        "plan": Price.plan_id,
        "interval": Price.interval,
        "unit_price": {"minor": Price.minor, "currency": Price.currency},
        "renews": False,
    }


def _ended_entitlement(subject: dict[str, Any]) -> dict[str, Any]:
    """What `entitlement` makes of it."""
    entitled = entitlement({**subject, "status": str(Status.ENDED), "cancelled_at": None}, None)
    return entitled | {"quota": Plan.quota, "state": literal(entitled["state"])}


def _message(now: datetime, ended: FromClause) -> dict[str, Any]:
    """What `Work.tell` writes of a SubscriptionEnded, as values of the outbox's columns."""
    ended_at = in_sql.moment_text(ended.c.period_end_at)
    event = {
        "property_id": ended.c.property_id,
        "property_name": Property.name,
        "time_zone": Property.time_zone,
        "subscription_id": ended.c.id,
        "add_on": AddOn.name,
        "plan": Plan.name,
        "ended_at": ended_at,
        "was": ended.c.was,
    }
    return {
        "workspace_id": ended.c.workspace_id,
        "audience": Audience.SLACK_CHANNEL,
        "address": Property.billing_channel.expression,
        "kind": SubscriptionEnded.__name__,
        # What `end_of` says.
        "subject_key": literal("end ") + ended.c.id + " " + ended_at,
        "fact": {"event": event},
        "written_at": now,
        "queued_at": from_now(),
        "due_at": from_now(),
        "tries": 0,
    }


def _listening(ended: FromClause) -> Select[Any]:
    """The plans that end, with what is told of them, where a channel wants to hear of endings."""
    return (
        _with_price(ended)
        .join(Plan.add_on)
        .join(
            Property, (Property.workspace_id == ended.c.workspace_id) & (Property.id == ended.c.property_id)
        )
        .where(
            Property.billing_channel.is_not(None), ~Property.muted_topics.contains(SubscriptionEnded.topic)
        )
    )


def _mailed_to(ended: FromClause) -> Select[Any]:
    """The same for each billing contact who wants contract changes, as `Work.mail_contacts` finds them."""
    contact = BillingContact
    of_property = (contact.workspace_id == ended.c.workspace_id) & (
        contact.property_id == ended.c.property_id
    )
    return (
        _with_price(ended)
        .join(Plan.add_on)
        .join(
            Property, (Property.workspace_id == ended.c.workspace_id) & (Property.id == ended.c.property_id)
        )
        .join(contact, of_property)
        .where(
            contact.confirmed_at.is_not(None),
            contact.refused_at.is_(None),
            contact.kinds.contains(ContactKind.CONTRACT_CHANGES, autoescape=True),
        )
    )


def _with_price(ended: FromClause) -> Select[Any]:
    return select().select_from(ended).join(Price, Price.id == ended.c.price_id).join(Price.plan)
