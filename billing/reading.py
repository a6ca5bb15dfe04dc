"""What doors and pages read with: statements that are built once, for building one costs more than asking it."""

from __future__ import annotations

from functools import cache
from typing import TypeVarTuple

from sqlalchemy import ColumnElement, Select, and_, bindparam, func, select
from sqlalchemy.orm import defer, joinedload

from billing.domain.actors import Role
from billing.domain.models import (
    AuditEntry,
    CreditNote,
    Invoice,
    Member,
    Payment,
    PaymentAttempt,
    PaymentMethod,
    Person,
    Plan,
    PlannedChange,
    Price,
    Property,
    Subscription,
)
from billing.domain.models.changes import ChangeState
from billing.domain.models.payments import PaymentKind, PaymentState
from billing.domain.models.subscriptions import Status

Found = TypeVarTuple("Found")
NEWEST_INVOICES = 3
WHOLE_SUBSCRIPTION = (
    joinedload(Subscription.of_property, innerjoin=True),
    joinedload(Subscription.price, innerjoin=True)
    .joinedload(Price.plan, innerjoin=True)
    .joinedload(Plan.add_on),
    joinedload(Subscription.billing_admin, innerjoin=True),
    joinedload(Subscription.payment_method),
)
OF_PROPERTY = (
    Subscription.workspace_id == bindparam("workspace_id"),
    Subscription.property_id == bindparam("property_id"),
)


def subscriptions_of(of_property: Property) -> Select[str]:
    """The ids of the property's subscriptions, whose history is its own, however they came to it."""
    return select(Subscription.id).where(
        Subscription.workspace_id == of_property.workspace_id, Subscription.property_id == of_property.id
    )


@cache
def memberships() -> Select[Property, Role, str | None]:
    """What the person `user_id` belongs to, by name, each with the id of the property that they have chosen."""
    return (
        select(Property, Member.role, Person.chosen_property_id)
        .join(Member, (Member.workspace_id == Property.workspace_id) & (Member.property_id == Property.id))
        .join(Person, (Person.workspace_id == Member.workspace_id) & (Person.user_id == Member.user_id))
        .where(
            Member.workspace_id == bindparam("workspace_id"),
            Member.user_id == bindparam("user_id"),
            Property.deleted_at.is_(None),
        )
        .order_by(Property.name, Property.id)
    )


@cache
def membership() -> Select[Property, Role]:
    """The property `property_id` and the role in it, if the person `user_id` belongs to it."""
    return (
        select(Property, Member.role)
        .join(Member, (Member.workspace_id == Property.workspace_id) & (Member.property_id == Property.id))
        .where(
            Property.workspace_id == bindparam("workspace_id"),
            Property.id == bindparam("property_id"),
            Property.deleted_at.is_(None),
            Member.user_id == bindparam("user_id"),
        )
    )


@cache
def subscription_of_member() -> Select[Subscription, Role]:
    """The subscription `subscription_id` whole, and the role, if the person `user_id` belongs to its property."""
    return (
        select(Subscription, Member.role)
        .join(
            Member,
            (Member.workspace_id == Subscription.workspace_id)
            & (Member.property_id == Subscription.property_id),
        )
        .join(Subscription.of_property)
        .where(
            Property.deleted_at.is_(None),
            Subscription.workspace_id == bindparam("workspace_id"),
            Subscription.id == bindparam("subscription_id"),
            Member.user_id == bindparam("user_id"),
        )
        .options(*WHOLE_SUBSCRIPTION)
    )


@cache
def admins_of() -> Select[str]:
    """The ids of the people who may change the billing of `property_id`."""
    return (
        select(Member.user_id)
        .where(
            Member.workspace_id == bindparam("workspace_id"),
            Member.property_id == bindparam("property_id"),
            Member.role.in_([Role.OWNER, Role.ADMIN]),
        )
        .order_by(Member.user_id)
    )


@cache
def last_act() -> Select[str, str]:
    """Who did something to `subject_id` of `property_id` last, and the name of the act."""
    return (
        select(AuditEntry.user_id, AuditEntry.act)
        .where(
            AuditEntry.workspace_id == bindparam("workspace_id"),
            AuditEntry.property_id == bindparam("property_id"),
            AuditEntry.subject_id == bindparam("subject_id"),
            AuditEntry.refused_as.is_(None),
        )
        .order_by(AuditEntry.at.desc(), AuditEntry.id.desc())
        .limit(1)
    )


@cache
def bought() -> Select[Subscription, PlannedChange | None]:
    """The subscriptions of `property_id` whole, oldest first, ended ones too, each with the change that is pending.

    Not those whose purchase is not paid.
    """
    return (
        select(Subscription, PlannedChange)
        .outerjoin(
            PlannedChange,
            (PlannedChange.workspace_id == Subscription.workspace_id)
            & (PlannedChange.subscription_id == Subscription.id)
            & (PlannedChange.state == ChangeState.PENDING),
        )
        .where(*OF_PROPERTY, Subscription.status.not_in([Status.INCOMPLETE, Status.ABANDONED]))
        .options(
            *WHOLE_SUBSCRIPTION,
            joinedload(PlannedChange.price).joinedload(Price.plan).joinedload(Plan.add_on),
        )
        .order_by(Subscription.purchased_at, Subscription.id)
    )


@cache
def unpaid() -> Select[Payment, PaymentAttempt | None]:
    """The renewals of `property_id` that are owed, newest first, each with its newest try.

    What is on its way for the first time is not owed yet.
    """
    return (
        select(Payment, PaymentAttempt)
        .join(
            Subscription,
            (Subscription.workspace_id == Payment.workspace_id)
            & (Subscription.id == Payment.subscription_id),
        )
        .outerjoin(PaymentAttempt, _newest_attempt())
        .where(
            *OF_PROPERTY,
            Subscription.status.in_([Status.PAST_DUE, Status.ENDED]),
            Payment.kind == PaymentKind.RENEWAL,
            Payment.state == PaymentState.OPEN,
        )
        .order_by(Payment.created_at.desc(), Payment.id.desc())
    )


@cache
def charged() -> Select[Payment, PaymentAttempt | None, PaymentMethod | None]:
    """The payment `payment_id`, locked, with the newest try to collect it and the card that would be charged.

    Its subscription is held already: tries and cards change under that lock alone, so that what stands beside the
    payment is as new as the payment itself.
    """
    return _of_payment(select(Payment, PaymentAttempt, PaymentMethod)).outerjoin(Subscription.payment_method)


@cache
def settled() -> Select[Payment, PaymentAttempt | None, Subscription, Invoice | None]:
    """The same payment with its newest try, its subscription whole, and the invoice that it is for, if it is issued.

    Of an invoice comes what a receipt says of it.
    """
    return (
        _of_payment(select(Payment, PaymentAttempt, Subscription, Invoice))
        .outerjoin(
            Invoice, (Invoice.workspace_id == Payment.workspace_id) & (Invoice.id == Payment.invoice_id)
        )
        .options(*WHOLE_SUBSCRIPTION, defer(Invoice.document))
    )


def _of_payment(found: Select[*Found]) -> Select[*Found]:
    return (
        found.select_from(Payment)
        .join(
            Subscription,
            (Subscription.workspace_id == Payment.workspace_id)
            & (Subscription.id == Payment.subscription_id),
        )
        .outerjoin(PaymentAttempt, _newest_attempt())
        .where(Payment.workspace_id == bindparam("workspace_id"), Payment.id == bindparam("payment_id"))
        .with_for_update(of=Payment)
        .execution_options(populate_existing=True)
    )


def _newest_attempt() -> ColumnElement[bool]:
    newest = (
        select(func.max(PaymentAttempt.number))
        .where(
            PaymentAttempt.workspace_id == Payment.workspace_id,
            PaymentAttempt.payment_id == Payment.id,
        )
        .correlate(Payment)
        .scalar_subquery()
    )
    return and_(
        PaymentAttempt.workspace_id == Payment.workspace_id,
        PaymentAttempt.payment_id == Payment.id,
        PaymentAttempt.number == newest,
    )


@cache
def newest_invoices() -> Select[Invoice, CreditNote | None]:
    """The newest few invoices of each subscription of `property_id`, newest first, once for each credit note.

    Of a credit note comes what a list shows.
    """
    age = (
        func.row_number()
        .over(
            partition_by=Invoice.subscription_id, order_by=(Invoice.issued_at.desc(), Invoice.sequence.desc())
        )
        .label("age")
    )
    aged = (
        select(Invoice.id, age)
        .where(
            Invoice.workspace_id == bindparam("workspace_id"),
            Invoice.subscription_id.in_(select(Subscription.id).where(*OF_PROPERTY)),
        )
        .subquery()
    )
    return (
        select(Invoice, CreditNote)
        .join(aged, (aged.c.id == Invoice.id) & (aged.c.age <= NEWEST_INVOICES))
        .outerjoin(
            CreditNote,
            (CreditNote.workspace_id == Invoice.workspace_id) & (CreditNote.invoice_id == Invoice.id),
        )
        .where(Invoice.workspace_id == bindparam("workspace_id"))
        .options(defer(CreditNote.document), defer(Invoice.document_hash))
        .order_by(
            Invoice.issued_at.desc(), Invoice.sequence.desc(), CreditNote.issued_at, CreditNote.sequence
        )
    )
