"""What an imported subscription is in the books: written many at a time, with the facts that one alone would have."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from billing.facts import Found, write_facts
from billing.models import AuditEntry, ImportedSubscription, PaymentMethod, Subscription
from billing.models.audit import audit_row
from billing.models.base import new_ids
from billing.models.resources import subscription_resource
from billing.models.subscriptions import Status
from billing.ports import SavedCard
from billing.queries.in_sql import insert_many
from billing.services.import_checks import Planned
from billing.services.reminders import next_reminder
from billing.values.actors import Actor
from billing.values.cycles import moment_text
from billing.values.facts import FactType, entitlement
from billing.work import Work

Columns = dict[str, Any]


def write_planned(work: Work, planned: Sequence[Planned]) -> list[str]:
    """Writes what was planned, all of it or nothing, and answers the ids of the subscriptions in that order.

    Nothing is charged, and nobody is told in the chat; the seller's own product is, as of a purchase.
    """
    if not planned:
        return []
    session = work.session
    session.flush()  # new prices, which subscriptions refer to
    ids = new_ids("sub", len(planned))
    cards = _new_cards(work, planned)
    insert_many(session, PaymentMethod, list(cards.values()))
    kept = {key: card["id"] for key, card in cards.items()}
    rows = [_subscription(work, one, id_, kept) for one, id_ in zip(planned, ids, strict=True)]
    insert_many(session, Subscription, rows)
    insert_many(
        session, ImportedSubscription, [_reference(work, *each) for each in zip(planned, ids, strict=True)]
    )
    audit_ids = new_ids("aud", len(planned))
    entries = zip(planned, ids, audit_ids, strict=True)
    insert_many(session, AuditEntry, [_entry(work, *each) for each in entries])
    write_facts(session, _facts(planned, rows), work.now)
    return ids


def _new_cards(work: Work, planned: Sequence[Planned]) -> dict[tuple[str, ...], Columns]:
    """The cards that are not saved yet, each once for its property."""
    new = {_card_key(one): one.card for one in planned if isinstance(one.card, SavedCard)}
    by_key = {_card_key(one): one.running.user_id for one in planned}
    return {
        key: {
            "workspace_id": key[0],
            "id": id_,
            "property_id": key[1],
            "token": key[2],
            "customer": saved.customer,
            "brand": saved.card.brand,
            "last_four": saved.card.last_four,
            "expiry_month": saved.card.expiry_month,
            "expiry_year": saved.card.expiry_year,
            "added_by": by_key[key],
            "added_at": work.now,
        }
        for (key, saved), id_ in zip(new.items(), new_ids("pm", len(new)), strict=True)
    }


def _card_key(one: Planned) -> tuple[str, str, str]:
    return one.running.workspace_id, one.running.property_id, one.running.card


def _subscription(work: Work, one: Planned, id_: str, cards: dict[tuple[str, ...], str]) -> Columns:
    running, anchor, period = one.running, one.anchor, one.period
    card_id = one.card.id if isinstance(one.card, PaymentMethod) else cards.get(_card_key(one))
    row: Columns = {
        "workspace_id": running.workspace_id,
        "id": id_,
        "property_id": running.property_id,
        "add_on_id": running.add_on_id,
        "price_id": one.price.id,
        "quantity": running.quantity,
        "status": Status.ACTIVE,
        "billing_admin_id": running.user_id,
        "payment_method_id": card_id,
        "address": one.address,
        "company": one.company,
        "receipts_to_user_id": running.user_id,
        "purchased_at": anchor.start_of(0),
        "anchor_local": anchor.local,
        "anchor_fold": anchor.local.fold,
        "anchor_zone": anchor.zone,
        "days_zone": one.prop.time_zone,
        "anchor_interval": anchor.interval,
        "anchor_count": anchor.count,
        "period_index": period.index,
        "period_start_at": period.start_at,
        "period_end_at": period.end_at,
        "paid_elsewhere_until": period.end_at,
        "due_at": period.end_at,
        "due_failures": 0,
        "cancelled_at": work.now if running.cancelled else None,
        "cancelled_by": running.user_id if running.cancelled else None,
        "cancel_reason": "" if running.cancelled else None,
        "ended_at": None,
        "version": 1,
    }
    row["remind_at"] = None if card_id else next_reminder(Subscription(**row), work.now)
    return row


def _reference(work: Work, one: Planned, id_: str) -> Columns:
    return {
        "workspace_id": one.running.workspace_id,
        "reference": one.running.reference,
        "subscription_id": id_,
        "digest": one.running.digest(),
        "imported_at": work.now,
    }


def _entry(work: Work, one: Planned, subscription_id: str, id_: str) -> Columns:
    running = one.running
    after = {
        "plan": one.price.plan.name,
        "reference": running.reference,
        "period_end_at": moment_text(one.period.end_at),
    }
    actor = Actor(running.workspace_id, running.user_id, "operator")
    act = "subscription.import"
    return audit_row(actor, running.property_id, work.now, act, subscription_id, after=after, id_=id_)


def _facts(planned: Sequence[Planned], rows: Sequence[Columns]) -> list[Found]:
    """As of a purchase: each subscription, then what it entitles to."""
    shown = [
        (subscription_resource(row, one.price), one.price.plan.quota)
        for one, row in zip(planned, rows, strict=True)
    ]
    created: list[Found] = [(FactType.SUBSCRIPTION_CREATED, state) for state, _ in shown]
    entitled: list[Found] = [
        (FactType.ENTITLEMENTS_CHANGED, entitlement(state, quota)) for state, quota in shown
    ]
    return created + entitled
