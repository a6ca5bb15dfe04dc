"""The ledger: what a property's credit balance is made of, and what it owes beside its open invoices."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, Select, bindparam, case, func, select

from billing.models import Payment, Posting, Price, Refund, Subscription
from billing.models.ledger import Account
from billing.models.payments import CHARGES_CARRIED_SQL, HOLDS_CREDIT_SQL
from billing.models.refunds import OPEN_REFUND_SQL


@cache
def balance_parts() -> Select[*tuple[int | None, ...]]:
    """Of the credit of `property_id` in `currency`: what is booked, held by open payments, and going back.

    Then of what it owes beside its open invoices: what is booked, and what open payments charge of it already.
    """
    of_it: tuple[Any, ...] = (bindparam("workspace_id"), bindparam("property_id"), bindparam("currency"))
    return select(*_parts(*of_it), *_carried_parts(*of_it))


def credit_of_subscription() -> ColumnElement[int]:
    """The credit balance of the subscription's property less what it owes beside its open invoices, in minor units.

    A column beside the subscription. Where nothing was ever booked as either, nobody looks for what holds it.
    """
    currency = select(Price.currency).where(Price.id == Subscription.price_id).correlate(Subscription)
    of_it = (Subscription.workspace_id, Subscription.property_id, currency.scalar_subquery())
    booked, held, going_back = (part.correlate(Subscription) for part in _parts(*of_it))
    carried, charged = (part.correlate(Subscription) for part in _carried_parts(*of_it))
    credit = -(booked + func.coalesce(held, 0) + func.coalesce(going_back, 0))
    owed = carried + func.coalesce(charged, 0)
    return case((booked.is_(None), 0), else_=credit) - case((carried.is_(None), 0), else_=owed)


# What it says of states and amounts is in the words of the partial indexes: no other is known to be in them.
def _parts(workspace_id: Any, property_id: Any, currency: Any) -> tuple[ScalarSelect[Any], ...]:
    held = select(func.sum(Payment.credit_minor)).where(
        Payment.workspace_id == workspace_id,
        Payment.property_id == property_id,
        Payment.currency == currency,
        HOLDS_CREDIT_SQL,
    )
    going_back = select(func.sum(Refund.minor - Refund.promised_minor)).where(
        Refund.workspace_id == workspace_id,
        Refund.property_id == property_id,
        Refund.currency == currency,
        OPEN_REFUND_SQL,
    )
    booked = _booked(Account.CREDIT, workspace_id, property_id, currency)
    return booked, held.scalar_subquery(), going_back.scalar_subquery()


def _carried_parts(workspace_id: Any, property_id: Any, currency: Any) -> tuple[ScalarSelect[Any], ...]:
    charged = select(func.sum(Payment.carried_minor)).where(
        Payment.workspace_id == workspace_id,
        Payment.property_id == property_id,
        Payment.currency == currency,
        CHARGES_CARRIED_SQL,
    )
    return _booked(Account.CARRIED, workspace_id, property_id, currency), charged.scalar_subquery()


def _booked(account: Account, workspace_id: Any, property_id: Any, currency: Any) -> ScalarSelect[Any]:
    """What stands in that account of the property; null where nothing was booked there."""
    return (
        select(func.sum(Posting.minor))
        .where(
            Posting.workspace_id == workspace_id,
            Posting.property_id == property_id,
            Posting.account == account,
            Posting.currency == currency,
        )
        .scalar_subquery()
    )
