"""The agenda: what will happen to a property or workspace on which date, and for how much."""

from __future__ import annotations

from sqlalchemy import ColumnElement, select

from billing.domain.actors import Actor
from billing.domain.models import Payment, Subscription
from billing.domain.models.payments import PaymentState
from billing.domain.models.subscriptions import LIVING
from billing.domain.snapshots import AgendaEntry, SubscriptionSnapshot
from billing.work import WHOLE_SUBSCRIPTION, Billing, Work


def of_property(billing: Billing, actor: Actor, property_id: str | None = None) -> tuple[AgendaEntry, ...]:
    """What comes for that property, or the one that the actor has chosen, soonest first.

    Raises NoProperty, NotFound, NotAllowed.
    """
    with billing.look("agenda.read") as work:
        chosen, _ = work.property_as_reader(actor, property_id)
        return _agenda(
            work, actor.workspace_id, Subscription.property_id == chosen.id, Payment.property_id == chosen.id
        )


def of_workspace(billing: Billing, workspace_id: str, limit: int = 5) -> tuple[AgendaEntry, ...]:
    """The next moments of the whole workspace, for its operator."""
    with billing.look("agenda.workspace") as work:
        mine = Subscription.workspace_id == workspace_id
        return _agenda(work, workspace_id, mine, Payment.workspace_id == workspace_id, limit)


def _agenda(
    work: Work,
    workspace_id: str,
    mine: ColumnElement[bool],
    owed: ColumnElement[bool],
    limit: int = 100,
) -> tuple[AgendaEntry, ...]:
    subscriptions = work.session.scalars(
        select(Subscription)
        .where(Subscription.workspace_id == workspace_id, mine, Subscription.status.in_(LIVING))
        .options(*WHOLE_SUBSCRIPTION)
        .order_by(Subscription.due_at, Subscription.id)
        .limit(limit)
    ).all()
    payments = work.session.scalars(
        select(Payment)
        .where(
            Payment.workspace_id == workspace_id,
            owed,
            Payment.state == PaymentState.OPEN,
            Payment.next_try_at.is_not(None),
        )
        .order_by(Payment.next_try_at, Payment.id)
        .limit(limit)
    ).all()
    snapshots = {one.id: one for one in work.snapshots(subscriptions)}
    entries = [_of_subscription(one) for one in snapshots.values()]
    entries += [
        _of_payment(one, snapshots[one.subscription_id])
        for one in payments
        if one.subscription_id in snapshots
    ]
    return tuple(sorted(entries, key=lambda entry: (entry.at, entry.add_on))[:limit])


def _of_subscription(one: SubscriptionSnapshot) -> AgendaEntry:
    kind = "ends" if one.ends_at else "converts" if one.status == "trialing" else "renews"
    if kind != "ends" and one.pending and one.pending.applies_at:
        kind = "changes"
    amount = one.next_charge if kind != "ends" else None
    return AgendaEntry(one.period_end_at, kind, one.property_name, one.add_on, one.plan, amount)


def _of_payment(payment: Payment, one: SubscriptionSnapshot) -> AgendaEntry:
    assert payment.next_try_at is not None
    return AgendaEntry(
        payment.next_try_at, "retries", one.property_name, one.add_on, one.plan, payment.amount
    )
