"""The rows of renewals beside their invoices: what was decided of each is sent once, the database does the rest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from functools import cache
from types import SimpleNamespace
from typing import Any

from sqlalchemy import Insert, Update
from sqlalchemy.orm import Session

from billing import ledger
from billing.facts import register_writer
from billing.invoicing.issuing import Owner
from billing.models import AuditEntry, Fact, InvoiceLine, Payment
from billing.models.audit import audit_row
from billing.models.base import batch_id_prefix
from billing.models.facts import fact_row
from billing.models.payments import PaymentKind
from billing.models.resources import Resource, invoice_resource, subscription_resource
from billing.models.subscriptions import Status
from billing.payments.opening import payment_row
from billing.queries import in_sql
from billing.queries.bulk_renewals import (
    IDS,
    ISSUED_AT,
    ISSUED_ON,
    NOW,
    ONE,
    RENEWING,
    enter_periods,
    insert_each,
    insert_postings,
    new_id,
    purchased_at,
)
from billing.upgrades import writes_short
from billing.values.actors import Actor
from billing.values.documents import LineKind
from billing.values.facts import FactType
from billing.values.shares import Shares


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
    return (
        insert_each(InvoiceLine, _line()),
        insert_postings(ledger.invoice_postings(_invoice(), ONE.net_minor, ONE.tax_minor, short=short)),
        insert_each(Payment, _payment()),
        insert_each(AuditEntry, _entry()),
        *(insert_each(Fact, fact, in_order=True) for fact in _facts(short=short)),
        enter_periods(),
    )


def _invoice() -> dict[str, Any]:
    return {
        "workspace_id": ONE.workspace_id,
        "id": ONE.invoice_id,
        "property_id": ONE.property_id,
        "subscription_id": ONE.id,
        "number": ONE.number,
        "issued_at": ISSUED_AT,
        "issued_on": ISSUED_ON,
        "currency": ONE.currency,
        "total_minor": ONE.net_minor + ONE.tax_minor,
    }


def _line() -> dict[str, Any]:
    return {
        "workspace_id": ONE.workspace_id,
        "invoice_id": ONE.invoice_id,
        "position": 1,
        "subscription_id": ONE.id,
        "kind": LineKind.CYCLE,
        "period_start_at": ONE.period_start_at,
        "period_end_at": ONE.period_end_at,
        "first_day": ONE.first_day,
        "last_day": ONE.last_day,
        "net_minor": ONE.net_minor,
    }


def _payment() -> dict[str, Any]:
    """By card, all of it: where there is credit, or a rest of former invoices, a renewal is not done in bulk."""
    return payment_row(
        Owner(ONE.workspace_id, ONE.property_id, ONE.id),
        PaymentKind.RENEWAL,
        ONE.currency,
        shares=Shares(ONE.net_minor + ONE.tax_minor, 0),
        key=ONE.invoice_id,  # as much its own as a digest of it, and half as long
        payment_method_id=ONE.payment_method_id,
        requested_by=ONE.billing_admin_id,
        at=NOW,
        invoice_id=ONE.invoice_id,
        id_=ONE.payment_id,
    )


def _entry() -> dict[str, Any]:
    return audit_row(
        Actor(ONE.workspace_id, "", "schedule"),
        ONE.property_id,
        NOW,
        "subscription.renew",
        ONE.id,
        after={"period_end_at": in_sql.moment_text(ONE.period_end_at)},
        id_=new_id("entries"),
    )


def _facts(*, short: bool) -> Iterator[dict[str, Any]]:
    """In the order of `IN_ORDER`."""
    issued = invoice_resource(_invoice(), None)
    yield fact_row(FactType.INVOICE_ISSUED, issued, NOW, new_id("issued"), short=short)
    yield fact_row(FactType.SUBSCRIPTION_RENEWED, _renewed(), NOW, new_id("renewed"), short=short)


def _renewed() -> Resource:
    """What is shown of it from then on. Nothing was decided about its end: only then is it renewed in bulk."""
    entered: Mapping[str, Any] = {
        "id": ONE.id,
        "workspace_id": ONE.workspace_id,
        "property_id": ONE.property_id,
        "quantity": ONE.quantity,
        "status": Status.ACTIVE,
        "billing_admin_id": ONE.billing_admin_id,
        "purchased_at": in_sql.moment_text(purchased_at()),
        "period_start_at": in_sql.moment_text(ONE.period_start_at),
        "period_end_at": in_sql.moment_text(ONE.period_end_at),
        "cancelled_at": None,
        "cancelled_by": None,
        "cancel_reason": None,
        "ended_at": None,
        "version": ONE.version + 1,
    }
    price: Any = SimpleNamespace(
        add_on_id=ONE.add_on_id,
        plan_id=ONE.plan_id,
        interval=ONE.interval,
        minor=ONE.unit_minor,
        currency=ONE.currency,
    )
    return subscription_resource(entered, price)
