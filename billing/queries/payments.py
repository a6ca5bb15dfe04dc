"""Payments: the one to charge or to settle, with its newest attempt, and what is owed."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import TypeVarTuple

from sqlalchemy import ColumnElement, Select, and_, bindparam, func, select, update
from sqlalchemy.orm import defer, selectinload
from sqlalchemy.sql.dml import ReturningUpdate

from billing.models import Invoice, Payment, PaymentAttempt, PaymentMethod, Subscription
from billing.models.base import UtcDateTime
from billing.models.payments import UNDECIDED, AttemptState, PaymentKind, PaymentState
from billing.models.states import OWING
from billing.queries.copies import adopted_by_payment
from billing.queries.keys import among
from billing.queries.payment_attempts import Backup, is_newest
from billing.queries.subscriptions import OF_PROPERTY, WHOLE_SUBSCRIPTION

Found = TypeVarTuple("Found")
OF_SUBSCRIPTION = (
    Payment.workspace_id == bindparam("workspace_id"),
    Payment.subscription_id == bindparam("subscription_id"),
)
THE_PAYMENT = and_(Payment.workspace_id == bindparam("workspace_id"), Payment.id == bindparam("payment_id"))
# Several, by their `keys`.
THESE_PAYMENTS = among(Payment.workspace_id, Payment.id)


@cache
def newest_at_gateway() -> Select[str | None]:
    """What the gateway calls the newest payment that it has, of all workspaces."""
    return (
        select(Payment.gateway_id)
        .where(Payment.gateway_id.is_not(None))
        .order_by(Payment.created_at.desc(), Payment.id.desc())
        .limit(1)
    )


@cache
def unpaid() -> Select[Payment, PaymentAttempt | None, PaymentMethod | None, PaymentMethod | None]:
    """The renewals of `property_id` that are owed, newest first, each with its newest try, its card and the backup.

    What is on its way for the first time is not owed yet.
    """
    return (
        select(Payment, PaymentAttempt, PaymentMethod, Backup)
        .select_from(Subscription)
        .join(Subscription.payments)
        .outerjoin(Payment.attempts.and_(is_newest()))
        .outerjoin(Subscription.payment_method)
        .outerjoin(Subscription.backup_method.of_type(Backup))
        .where(
            *OF_PROPERTY,
            Subscription.status.in_(OWING),
            Payment.kind == PaymentKind.RENEWAL,
            Payment.state == PaymentState.OPEN,
        )
        .order_by(Payment.created_at.desc(), Payment.id.desc())
    )


@cache
def payment_to_charge(
    which: ColumnElement[bool] = THE_PAYMENT,
) -> Select[Payment, PaymentAttempt | None, PaymentMethod | None, PaymentMethod | None]:
    """The payment `payment_id`, locked, with the newest try to collect it, the card that pays and its backup.

    Its subscription is held already: tries and cards change under that lock alone, so that what stands beside the
    payment is as new as the payment itself.
    """
    return (
        _of_payment(select(Payment, PaymentAttempt, PaymentMethod, Backup), which)
        .outerjoin(Subscription.payment_method)
        .outerjoin(Subscription.backup_method.of_type(Backup))
    )


@cache
def payment_to_settle(
    which: ColumnElement[bool] = THE_PAYMENT,
) -> Select[Payment, PaymentAttempt | None, Subscription, Invoice | None]:
    """The same payment with its newest try, its subscription whole, and the invoice that it is for, if it is issued.

    Of an invoice comes what a receipt says of it.
    """
    return (
        _of_payment(select(Payment, PaymentAttempt, Subscription, Invoice), which)
        .outerjoin(Payment.invoice)
        .options(*WHOLE_SUBSCRIPTION, defer(Invoice.document))
    )


@cache
def payments_of_invoices() -> Select[str | None, PaymentState, datetime | None, int, int, int, str | None]:
    """How the invoices `invoice_ids` stand: the state and parts of their payments, and the card that paid.

    Where several did, the row with the last of them comes last.
    """
    return (
        select(
            Payment.invoice_id,
            Payment.state,
            Payment.decided_at,
            Payment.minor,
            Payment.credit_minor,
            Payment.carried_minor,
            PaymentAttempt.card,
        )
        .outerjoin(Payment.attempts.and_(PaymentAttempt.state == AttemptState.SUCCEEDED))
        .where(
            Payment.workspace_id == bindparam("workspace_id"),
            Payment.invoice_id.in_(bindparam("invoice_ids", expanding=True)),
        )
        .order_by(PaymentAttempt.number)
    )


@cache
def payment_of_key() -> Select[Payment]:
    """The payment of `workspace_id` that was opened under `key`."""
    return select(Payment).where(
        Payment.workspace_id == bindparam("workspace_id"), Payment.key == bindparam("key")
    )


@cache
def payments_with_id() -> Select[Payment]:
    """The payment `payment_id` of whatever workspace, with its invoice."""
    return select(Payment).where(Payment.id == bindparam("payment_id")).options(selectinload(Payment.invoice))


@cache
def payments_at_gateway() -> Select[str, str]:
    """The keys of what the gateway calls `gateway_id`."""
    return select(Payment.workspace_id, Payment.id).where(Payment.gateway_id == bindparam("gateway_id"))


@cache
def open_payment() -> Select[Payment]:
    """One payment of `subscription_id` that is not decided."""
    return select(Payment).where(*OF_SUBSCRIPTION, Payment.state == PaymentState.OPEN).limit(1)


@cache
def open_payments() -> Select[Payment]:
    """The payments of `subscription_id` that are not decided, oldest first."""
    return (
        select(Payment)
        .where(*OF_SUBSCRIPTION, Payment.state == PaymentState.OPEN)
        .order_by(Payment.created_at, Payment.id)
    )


@cache
def open_with_draft() -> Select[str]:
    """One payment of `subscription_id` that is not decided and whose invoice is issued only when it is paid."""
    return (
        select(Payment.id)
        .where(*OF_SUBSCRIPTION, Payment.state == PaymentState.OPEN, Payment.kind != PaymentKind.RENEWAL)
        .limit(1)
    )


@cache
def waiting_for_payer() -> Select[Payment, PaymentAttempt]:
    """The open payments of `subscription_id` whose newest try waits for the payer's bank, with it, oldest first."""
    return (
        select(Payment, PaymentAttempt)
        .join(Payment.attempts.and_(is_newest()))
        .where(
            *OF_SUBSCRIPTION,
            Payment.state == PaymentState.OPEN,
            PaymentAttempt.state == AttemptState.ACTION_REQUIRED,
        )
        .order_by(Payment.created_at, Payment.id)
    )


@cache
def id_for_invoice() -> Select[str]:
    """The id of the payment of `invoice_id`."""
    return select(Payment.id).where(
        Payment.workspace_id == bindparam("workspace_id"), Payment.invoice_id == bindparam("invoice_id")
    )


@cache
def first_payment() -> Select[Payment]:
    """The open payment by which `property_id` is about to have `add_on_id`, for the first time or again."""
    return (
        select(Payment)
        .select_from(Subscription)
        .join(Subscription.payments)
        .where(
            *OF_PROPERTY,
            Subscription.add_on_id == bindparam("add_on_id"),
            Payment.kind.in_([PaymentKind.PURCHASE, PaymentKind.RESTART]),
            Payment.state == PaymentState.OPEN,
        )
        .limit(1)
    )


@cache
def payment_for_number() -> Select[Payment]:
    """The payment of the invoice that has that `number`, locked."""
    return (
        select(Payment)
        .join(Payment.invoice)
        .where(Invoice.workspace_id == bindparam("workspace_id"), Invoice.number == bindparam("number"))
        .with_for_update(of=Payment)
    )


@cache
def number_of_payment() -> Select[str]:
    """The number of the invoice that the payment `payment_id` is for."""
    return (
        select(Invoice.number)
        .select_from(Payment)
        .join(Payment.invoice)
        .where(Payment.workspace_id == bindparam("workspace_id"), Payment.id == bindparam("payment_id"))
    )


@cache
def known_at_gateway() -> Select[Payment]:
    """The payments of whatever workspace that the gateway calls one of `gateway_ids`."""
    return select(Payment).where(Payment.gateway_id.in_(bindparam("gateway_ids", expanding=True)))


@cache
def collected_since() -> Select[Payment]:
    """The payments of all workspaces that were opened at `since` or later and collected, oldest first."""
    return (
        select(Payment)
        .join(Payment.attempts)
        .where(PaymentAttempt.state == AttemptState.SUCCEEDED, Payment.created_at >= bindparam("since"))
        .order_by(Payment.created_at, Payment.id)
    )


@cache
def due_since() -> Select[datetime | None]:
    """Since when the oldest payment of `workspace_id` is to be tried at `now`."""
    return select(func.min(Payment.next_try_at)).where(
        Payment.workspace_id == bindparam("workspace_id"),
        Payment.state == PaymentState.OPEN,
        Payment.next_try_at <= bindparam("now"),
    )


@cache
def undecided_renewal() -> Select[str]:
    """One renewal of `subscription_id` of which it is not known yet whether it is paid, or about to be tried again.

    Its try has no answer of the gateway, or the next one is due at `now`.
    """
    unanswered = PaymentAttempt.state.in_([AttemptState.SENT, AttemptState.UNKNOWN])
    is_due = (Payment.tries > 0) & (Payment.next_try_at <= bindparam("now", type_=UtcDateTime()))
    return (
        select(Payment.id)
        .where(
            *OF_SUBSCRIPTION,
            Payment.kind == PaymentKind.RENEWAL,
            (Payment.attempts.any(unanswered)) | ((Payment.state == PaymentState.OPEN) & is_due),
        )
        .limit(1)
    )


@cache
def other_past_due() -> Select[str]:
    """One renewal of `subscription_id` that failed and is owed, other than `payment_id`."""
    return (
        select(Payment.id)
        .where(
            *OF_SUBSCRIPTION,
            Payment.kind == PaymentKind.RENEWAL,
            Payment.state == PaymentState.OPEN,
            Payment.id != bindparam("payment_id"),
            Payment.tries > 0,
        )
        .limit(1)
    )


@cache
def store_gateway_id() -> ReturningUpdate[str | None]:
    """Stores `opened` as the gateway's payment unless one is stored already, and answers with the one that is.

    What was collected with lost books under the payment's id goes before what is opened now: no money is due to that.
    Answers with nothing where the try with that `number` is not on its way any more: what it opened may be closed
    again, and is none of the next try's.
    """
    on_its_way = Payment.attempts.any(
        and_(PaymentAttempt.number == bindparam("number"), PaymentAttempt.state.in_(UNDECIDED))
    )
    return (
        update(Payment)
        .where(Payment.workspace_id == bindparam("workspace"), Payment.id == bindparam("payment"), on_its_way)
        .values(gateway_id=func.coalesce(Payment.gateway_id, adopted_by_payment(), bindparam("opened")))
        .returning(Payment.gateway_id)
    )


def _of_payment(found: Select[*Found], which: ColumnElement[bool]) -> Select[*Found]:
    return (
        found.select_from(Subscription)
        .join(Subscription.payments)
        .outerjoin(Payment.attempts.and_(is_newest()))
        .where(which)
        .with_for_update(of=Payment)
        .execution_options(populate_existing=True)
    )
