"""A desk with many subscriptions: one is made by the services, the others are its copies."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any

from sqlalchemy import ColumnElement, Connection, String, cast, insert, literal, select, text, true, update

from billing import Actor, Billing
from billing.models import Base, PaymentMethod, Property, Subscription
from billing.services import catalogue, members, payment_methods, properties, purchases, subscriptions
from billing.values.cycles import Interval
from billing.values.snapshots import CardSnapshot
from sandbox.demo import CATALOGUE

NOW = datetime(2026, 1, 31, 9, 30, tzinfo=UTC)
# All ids are as long as real ones, Slack's and Stripe's too: what is written is measured by them.
WORKSPACE, OWNER, CHANNEL = "T0BENCHMARK", "U0BENCHMARK", "C0BENCHMARK"
CARD_TOKEN, CUSTOMER = "pm_0BenchmarkBenchmarkBench", "cus_0BenchmarkBenc"
# The ids of the copies sort by their number, and behind every id that a service made.
FIRST_NUMBER = 1_000_000
BEFORE_NUMBER = "7" + "Z" * 9 + "0" * 9
FAR_FROM_DUE = MappingProxyType(
    {
        "cancelled_at": None,
        "cancelled_by": None,
        "cancel_reason": None,
        "period_end_at": NOW + timedelta(days=400),
        "due_at": NOW + timedelta(days=400),
    }
)


def fill(billing: Billing, count: int, due: int) -> None:
    """So many subscriptions of as many properties: some cancelled that end within a month, the rest far from due."""
    catalogue.apply(billing, CATALOGUE)
    properties.register_workspace(billing, WORKSPACE, "Esempio", "it")
    owner = Actor(WORKSPACE, OWNER)
    members.meet(billing, owner, "Giulia Rossi", None)
    made = properties.create(billing, owner, "Piazza", "Europe/Rome", "IT", is_workspace_owner=True)
    properties.announce_in(billing, owner, made.id, CHANNEL)
    visa = CardSnapshot("Visa", "4242", 12, 2030)
    card = payment_methods.keep(billing, owner, made.id, CARD_TOKEN, visa)
    order = purchases.Order(made.id, "ai-assist", "growth", Interval.MONTH, card)
    one = purchases.purchase(billing, owner, order, key="benchmark").subscription
    subscriptions.cancel(billing, owner, one.id, "Not used enough")
    with billing.engine.begin() as connection:
        connection.execute(update(PaymentMethod).values(customer=CUSTOMER))
        _copies(connection, Property, made.id, range(1, count))
        _copies(connection, Subscription, one.id, range(1, due))
        _copies(connection, Subscription, one.id, range(max(due, 1), count), FAR_FROM_DUE)
        if not due:
            connection.execute(update(Subscription).values(FAR_FROM_DUE))
        if connection.dialect.name == "postgresql":
            connection.execute(text("ANALYZE"))


def _copies(
    connection: Connection,
    model: type[Base],
    original_id: str,
    numbers: range,
    changed: Mapping[str, object] = MappingProxyType({}),
) -> None:
    """Copies of one row, each with a number in its id and in its property's, and with what is changed."""
    if not numbers:
        return
    counted = select(literal(FIRST_NUMBER + numbers.start).label("number")).cte("counted", recursive=True)
    following = select(counted.c.number + 1).where(counted.c.number < FIRST_NUMBER + numbers.stop - 1)
    counted = counted.union_all(following)
    number: ColumnElement[Any] = cast(counted.c.number, String)
    columns = model.__table__.columns
    values: dict[str, Any] = {column.name: column for column in columns}
    values["id"] = literal(f"{original_id.partition('_')[0]}_{BEFORE_NUMBER}") + number
    if "property_id" in values:
        values["property_id"] = literal(f"prop_{BEFORE_NUMBER}") + number
    values |= {name: literal(value, columns[name].type).label(name) for name, value in changed.items()}
    chosen = select(*values.values()).join_from(model, counted, true()).where(columns["id"] == original_id)
    connection.execute(insert(model).from_select(list(values), chosen))
