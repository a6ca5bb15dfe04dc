"""Renewals by the thousand: what was decided waits in a table, of which the rows beside each invoice are made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Date,
    Insert,
    Integer,
    MetaData,
    String,
    Table,
    Update,
    bindparam,
    insert,
    select,
    union_all,
    update,
)

from billing.models import Posting, Subscription
from billing.models.base import Id, UtcDateTime
from billing.queries import in_sql

S = Subscription
# What is known of each renewal once its invoice is written.
RENEWING = Table(
    "renewing",
    MetaData(),
    Column("place", Integer),
    Column("workspace_id", Id),
    Column("id", Id),
    Column("property_id", Id),
    Column("quantity", Integer),
    Column("version", Integer),
    Column("billing_admin_id", Id),
    Column("payment_method_id", Id),
    Column("add_on_id", Id),
    Column("plan_id", Id),
    Column("interval", String),
    Column("unit_minor", BigInteger),
    Column("period_index", Integer),
    Column("period_start_at", UtcDateTime),
    Column("period_end_at", UtcDateTime),
    Column("days_zone", String),
    Column("first_day", Date),
    Column("last_day", Date),
    Column("currency", String),
    Column("net_minor", BigInteger),
    Column("tax_minor", BigInteger),
    Column("invoice_id", Id),
    Column("number", String),
    Column("payment_id", Id),
    prefixes=["TEMPORARY"],
)
# Any of them: what stands in its columns is written for each.
ONE: Any = RENEWING.c
EACH = select().select_from(RENEWING)
IS_OF_ONE = (S.workspace_id == ONE.workspace_id, S.id == ONE.id)
# Rows that get ids of their own, and what those begin with.
IDS = MappingProxyType({"entries": "aud", "issued": "evt", "renewed": "evt"})
NOW: Any = bindparam("renewed_at", type_=UtcDateTime())
ISSUED_AT: Any = bindparam("invoiced_at", type_=UtcDateTime())
ISSUED_ON: Any = bindparam("invoiced_on", type_=Date())


def insert_each(model: type[Any], row: Mapping[str, Any], *, in_order: bool = False) -> Insert:
    """Writes that row for each of them."""
    return in_sql.insert_from(model, row, EACH.order_by(ONE.place) if in_order else EACH)


def insert_postings(postings: Sequence[Mapping[str, Any]]) -> Insert:
    """Writes these for each; what is nothing is not posted."""
    rows = (in_sql.shown(Posting, posting, EACH.where(posting["minor"] != 0)) for posting in postings)
    return insert(Posting).from_select(list(postings[0]), union_all(*rows))


def enter_periods() -> Update:
    """Each subscription enters the period that is paid for."""
    return (
        update(S)
        .where(*IS_OF_ONE)
        .values(
            period_index=ONE.period_index,
            period_start_at=ONE.period_start_at,
            period_end_at=ONE.period_end_at,
            due_at=ONE.period_end_at,
            days_zone=ONE.days_zone,
            version=S.version + 1,
        )
    )


def purchased_at() -> ColumnElement[Any]:
    """When each was bought."""
    return select(S.purchased_at).where(*IS_OF_ONE).scalar_subquery()


def new_id(name: str) -> Any:
    """The id of a row for each, of one of `IDS`."""
    return bindparam(f"ids_of_{name}", type_=String()) + in_sql.hexadecimal(ONE.place)
