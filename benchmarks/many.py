"""A desk with many subscriptions: one is made by the services, the others are its copies."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, String, cast, insert, literal, select, text, update

from billing import Actor, Billing
from billing.domain.cycles import Interval
from billing.domain.models import Base, Property, Subscription
from billing.services import catalogue, members, properties, subscriptions
from sandbox.demo import CATALOGUE

NOW = datetime(2026, 1, 31, 9, 30, tzinfo=UTC)
FAR = timedelta(days=400)
WORKSPACE, OWNER, CHANNEL = "T0001", "UOWNER", "CBILLING"
# The ids of the copies sort by their number, and behind every id that a service made.
FIRST_NUMBER = 1_000_000


def fill(billing: Billing, count: int, due: int) -> None:
    """So many subscriptions of as many properties: some cancelled that end within a month, the rest far from due."""
    catalogue.apply(billing, CATALOGUE)
    properties.register_workspace(billing, WORKSPACE, "Esempio", "it")
    owner = Actor(WORKSPACE, OWNER)
    members.meet(billing, owner, "Giulia Rossi", None)
    made = properties.create(billing, owner, "Piazza", "Europe/Rome", "IT", is_workspace_owner=True)
    properties.announce_in(billing, owner, made.id, CHANNEL)
    order = subscriptions.Order(made.id, "ai-assist", "growth", Interval.MONTH)
    one = subscriptions.start(billing, owner, order)
    subscriptions.cancel(billing, owner, one.id, "Not used enough")
    with billing.engine.begin() as connection:
        _copies(connection, Property, made.id, count - 1)
        _copies(connection, Subscription, one.id, count - 1)
        _put_off(connection, f"sub_{FIRST_NUMBER + due}" if due else one.id)
        if connection.dialect.name == "postgresql":
            connection.execute(text("ANALYZE"))


def _copies(connection: Connection, model: type[Base], original_id: str, count: int) -> None:
    """Copies of one row, each with a number in its id and in its property's."""
    numbers = select(literal(1).label("number")).cte("numbers", recursive=True)
    numbers = numbers.union_all(select(numbers.c.number + 1).where(numbers.c.number < count))
    number = cast(FIRST_NUMBER + numbers.c.number, String)
    changed = {
        "id": literal(original_id.partition("_")[0] + "_") + number,
        "property_id": literal("prop_") + number,
    }
    columns = model.__table__.columns
    values = [changed.get(column.name, column) for column in columns]
    chosen = select(*values).join_from(model, numbers, literal(True)).where(columns["id"] == original_id)
    connection.execute(insert(model).from_select([column.name for column in columns], chosen))


def _put_off(connection: Connection, first_id: str) -> None:
    """Those from that id on are not cancelled, and end much later."""
    later = update(Subscription).where(Subscription.id >= first_id)
    not_cancelled = {"cancelled_at": None, "cancelled_by": None, "cancel_reason": None}
    connection.execute(later.values(**not_cancelled, period_end_at=NOW + FAR))
