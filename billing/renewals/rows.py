"""The rows of renewals beside their invoices: what was decided of each is sent once, the database does the rest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from functools import cache
from types import MappingProxyType, SimpleNamespace
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
from sqlalchemy.orm import Session

from billing import ledger
from billing.facts import register_writer
from billing.invoicing.issuing import Owner
from billing.models import AuditEntry, Fact, InvoiceLine, Payment, Posting, Subscription
from billing.models.audit import audit_row
from billing.models.base import Id, UtcDateTime, batch_id_prefix
from billing.models.facts import fact_row
from billing.models.payments import PaymentKind
from billing.models.resources import Resource, invoice_resource, subscription_resource
from billing.models.subscriptions import Status
from billing.payments.opening import payment_row
from billing.queries import in_sql
from billing.upgrades import writes_short
from billing.values.actors import Actor
from billing.values.documents import LineKind
from billing.values.facts import FactType
from billing.values.shares import Shares

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
# Rows that get ids of their own, and what those begin with.
IDS = MappingProxyType({"entries": "aud", "issued": "evt", "renewed": "evt"})
NOW: Any = bindparam("renewed_at", type_=UtcDateTime())
ISSUED_AT: Any = bindparam("invoiced_at", type_=UtcDateTime())
ISSUED_ON: Any = bindparam("invoiced_on", type_=Date())


def write_beside(
    session: Session,
    renewing: Sequence[tuple[Any, ...]],
    now: datetime,
    issued_at: datetime,
    issued_on: date,
) -> None:
    """Writes what follows from invoices that are written: their lines and postings, payments, audit and facts.

    Each subscription enters its period. `renewing` has the columns of `RENEWING`.
    """
    register_writer(session)
    same = {
        "renewed_at": now,
        "invoiced_at": issued_at,
        "invoiced_on": issued_on,
        **{f"ids_of_{name}": batch_id_prefix(prefix) for name, prefix in IDS.items()},
    }
    connection = session.connection()
    RENEWING.create(connection, checkfirst=False)
    in_sql.insert_columns(
        session, RENEWING, dict(zip(RENEWING.c.keys(), zip(*renewing, strict=True), strict=True))
    )
    for statement in _statements(short=writes_short(session)):
        connection.execute(statement, same)
    RENEWING.drop(connection, checkfirst=False)


@cache
def _statements(*, short: bool) -> Sequence[Insert | Update]:
    """Each function that makes a row elsewhere makes one here, of columns, which stands for all."""
    one: Any = RENEWING.c
    source = select().select_from(RENEWING)
    # What is nothing is not posted.
    postings = ledger.invoice_postings(_invoice(one), one.net_minor, one.tax_minor, short=short)
    return (
        in_sql.insert_from(InvoiceLine, _line(one), source),
        insert(Posting).from_select(
            list(postings[0]),
            union_all(*(in_sql.shown(Posting, each, source.where(each["minor"] != 0)) for each in postings)),
        ),
        in_sql.insert_from(Payment, _payment(one), source),
        in_sql.insert_from(AuditEntry, _entry(one), source),
        *(in_sql.insert_from(Fact, fact, source.order_by(one.place)) for fact in _facts(one, short=short)),
        update(S)
        .where(*_is_of(one))
        .values(
            period_index=one.period_index,
            period_start_at=one.period_start_at,
            period_end_at=one.period_end_at,
            due_at=one.period_end_at,
            days_zone=one.days_zone,
            version=S.version + 1,
        ),
    )


def _is_of(one: Any) -> Sequence[ColumnElement[bool]]:
    return S.workspace_id == one.workspace_id, S.id == one.id


def _invoice(one: Any) -> dict[str, Any]:
    return {
        "workspace_id": one.workspace_id,
        "id": one.invoice_id,
        "property_id": one.property_id,
        "subscription_id": one.id,
        "number": one.number,
        "issued_at": ISSUED_AT,
        "issued_on": ISSUED_ON,
        "currency": one.currency,
        "total_minor": one.net_minor + one.tax_minor,
    }


def _line(one: Any) -> dict[str, Any]:
    return {
        "workspace_id": one.workspace_id,
        "invoice_id": one.invoice_id,
        "position": 1,
        "subscription_id": one.id,
        "kind": LineKind.CYCLE,
        "period_start_at": one.period_start_at,
        "period_end_at": one.period_end_at,
        "first_day": one.first_day,
        "last_day": one.last_day,
        "net_minor": one.net_minor,
    }


def _payment(one: Any) -> dict[str, Any]:
    """By card, all of it: where there is credit, or a rest of former invoices, a renewal is not done in bulk."""
    return payment_row(
        Owner(one.workspace_id, one.property_id, one.id),
        PaymentKind.RENEWAL,
        one.currency,
        shares=Shares(one.net_minor + one.tax_minor, 0),
        key=one.invoice_id,  # as much its own as a digest of it, and half as long
        payment_method_id=one.payment_method_id,
        requested_by=one.billing_admin_id,
        at=NOW,
        invoice_id=one.invoice_id,
        id_=one.payment_id,
    )


def _entry(one: Any) -> dict[str, Any]:
    return audit_row(
        Actor(one.workspace_id, "", "schedule"),
        one.property_id,
        NOW,
        "subscription.renew",
        one.id,
        after={"period_end_at": in_sql.moment_text(one.period_end_at)},
        id_=_new_id("entries", one),
    )


def _facts(one: Any, *, short: bool) -> Iterator[dict[str, Any]]:
    """In the order of `IN_ORDER`."""
    issued = invoice_resource(_invoice(one), None)
    yield fact_row(FactType.INVOICE_ISSUED, issued, NOW, _new_id("issued", one), short=short)
    yield fact_row(FactType.SUBSCRIPTION_RENEWED, _renewed(one), NOW, _new_id("renewed", one), short=short)


def _renewed(one: Any) -> Resource:
    """What is shown of it from then on. Nothing was decided about its end: only then is it renewed in bulk."""
    entered: Mapping[str, Any] = {
        "id": one.id,
        "workspace_id": one.workspace_id,
        "property_id": one.property_id,
        "quantity": one.quantity,
        "status": Status.ACTIVE,
        "billing_admin_id": one.billing_admin_id,
        "purchased_at": in_sql.moment_text(select(S.purchased_at).where(*_is_of(one)).scalar_subquery()),
        "period_start_at": in_sql.moment_text(one.period_start_at),
        "period_end_at": in_sql.moment_text(one.period_end_at),
        "cancelled_at": None,
        "cancelled_by": None,
        "cancel_reason": None,
        "ended_at": None,
        "version": one.version + 1,
    }
    price: Any = SimpleNamespace(
        add_on_id=one.add_on_id,
        plan_id=one.plan_id,
        interval=one.interval,
        minor=one.unit_minor,
        currency=one.currency,
    )
    return subscription_resource(entered, price)


def _new_id(name: str, one: Any) -> Any:
    """Of one of `IDS`."""
    return bindparam(f"ids_of_{name}", type_=String()) + in_sql.hexadecimal(one.place)
