"""People: all that is kept of one person, and what goes with them when they are erased."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import BindParameter, Delete, Select, bindparam, delete, func, or_, select

from billing.models import (
    AuditEntry,
    Download,
    HelpVote,
    Invoice,
    Member,
    OutboxMessage,
    Payment,
    PaymentMethod,
    Property,
    PurchaseRequest,
    Subscription,
)
from billing.queries.pruning import NEWEST
from billing.values.outbox import Audience

TO_PEOPLE = (Audience.SLACK_PERSON, Audience.MAIL_PERSON)
WORKSPACE: BindParameter[str] = bindparam("workspace_id")
USER: BindParameter[str] = bindparam("user_id")
# Their address as somebody typed it; `address` is in small letters, which hardly any mail server tells from capitals.
TYPED = func.lower(Subscription.receipts_to) == bindparam("address")
TO_THEM = (
    OutboxMessage.workspace_id == WORKSPACE,
    OutboxMessage.audience.in_(TO_PEOPLE),
    OutboxMessage.address == USER,
)


@cache
def roles() -> Select[*tuple[Any, ...]]:
    return (
        select(Property.id.label("property_id"), Property.name, Member.role)
        .select_from(Member)
        .join(Member.prop)
        .where(Member.workspace_id == WORKSPACE, Member.user_id == USER)
        .order_by(Property.name, Property.id)
    )


@cache
def subscriptions() -> Select[*tuple[Any, ...]]:
    """What they ever pay for or get the receipts of."""
    return (
        select(
            Subscription.id.label("subscription_id"),
            Subscription.property_id,
            (Subscription.billing_admin_id == USER).label("pays"),
            or_(Subscription.receipts_to_user_id == USER, TYPED).label("gets_receipts"),
        )
        .where(
            Subscription.workspace_id == WORKSPACE,
            or_(Subscription.billing_admin_id == USER, Subscription.receipts_to_user_id == USER, TYPED),
        )
        .order_by(Subscription.id)
    )


@cache
def invoices() -> Select[*tuple[Any, ...]]:
    """Those that they asked for; one without a billing address names them."""
    return (
        select(Invoice.number, Invoice.issued_at, Invoice.property_id)
        .join(Payment, (Payment.workspace_id == Invoice.workspace_id) & (Payment.invoice_id == Invoice.id))
        .where(Invoice.workspace_id == WORKSPACE, Payment.requested_by == USER)
        .order_by(Invoice.issued_at, Invoice.number)
    )


@cache
def cards() -> Select[*tuple[Any, ...]]:
    card = PaymentMethod
    return (
        select(card.id.label("card_id"), card.property_id, card.brand, card.last_four, card.added_at)
        .where(card.workspace_id == WORKSPACE, card.added_by == USER)
        .order_by(card.added_at, card.id)
    )


@cache
def acts() -> Select[*tuple[Any, ...]]:
    """What they did, and what was done to them."""
    entry = AuditEntry
    return (
        select(
            entry.at,
            entry.user_id,
            entry.act,
            entry.via,
            entry.property_id,
            entry.subject_id,
            entry.refused_as,
        )
        .where(entry.workspace_id == WORKSPACE, or_(entry.user_id == USER, entry.subject_id == USER))
        .order_by(entry.at, entry.id)
    )


@cache
def requests_for_approval() -> Select[*tuple[Any, ...]]:
    """What they asked other admins for, or decided for others."""
    asked = PurchaseRequest
    return (
        select(
            asked.id.label("request_id"),
            asked.property_id,
            asked.act,
            asked.requested_by,
            asked.requested_at,
            asked.state,
            asked.decided_by,
            asked.decided_at,
        )
        .where(asked.workspace_id == WORKSPACE, or_(asked.requested_by == USER, asked.decided_by == USER))
        .order_by(asked.requested_at, asked.id)
    )


@cache
def messages() -> Select[*tuple[Any, ...]]:
    """What they were told, as far as that is still kept."""
    return (
        select(OutboxMessage.kind, OutboxMessage.audience, OutboxMessage.written_at, OutboxMessage.told_at)
        .where(*TO_THEM)
        .order_by(OutboxMessage.number)
    )


@cache
def votes() -> Select[*tuple[Any, ...]]:
    vote = HelpVote
    return (
        select(vote.topic, vote.helpful, vote.voted_at)
        .where(vote.workspace_id == WORKSPACE, vote.user_id == USER)
        .order_by(vote.voted_at)
    )


@cache
def downloads() -> Select[*tuple[Any, ...]]:
    """The documents that they asked for."""
    return (
        select(Download.property_id, Download.span, Download.requested_at, Download.state)
        .where(Download.workspace_id == WORKSPACE, Download.requested_by == USER)
        .order_by(Download.requested_at)
    )


@cache
def receipts_typed() -> Select[Subscription]:
    """The subscriptions whose receipts go to `address`, however somebody typed it."""
    return select(Subscription).where(Subscription.workspace_id == WORKSPACE, TYPED)


@cache
def forget_messages() -> Delete:
    """What they were told; the newest of all messages goes with pruning."""
    told = (OutboxMessage.told_at.is_not(None), OutboxMessage.number < NEWEST)
    return delete(OutboxMessage).where(*TO_THEM, *told)


@cache
def forget_votes() -> Delete:
    return delete(HelpVote).where(HelpVote.workspace_id == WORKSPACE, HelpVote.user_id == USER)
