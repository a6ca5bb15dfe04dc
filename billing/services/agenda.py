"""The agenda: what will happen to a property or workspace on which date, and for how much."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from billing.models import Payment, Subscription
from billing.queries.agenda import coming, retries
from billing.services.pagination import PAGE_SIZE, Page
from billing.values.actors import Actor
from billing.values.money import Money
from billing.values.snapshots import AgendaEntry, AgendaPage, SubscriptionSnapshot
from billing.work import Billing, Work

# More than any property has: what is counted and added up must be all of it.
ALL = 2**31 - 1


def of_property(billing: Billing, actor: Actor, property_id: str | None = None) -> tuple[AgendaEntry, ...]:
    """What comes for that property, or the one that the actor has chosen, soonest first.

    Raises NoProperty, NotFound, NotAllowed.
    """
    with billing.read("agenda.read") as work:
        chosen, _ = work.property_as_reader(actor, property_id)
        return entries_of_property(work, chosen.key)


def listed(
    billing: Billing, actor: Actor, property_id: str | None = None, page: int = 1, *, size: int = PAGE_SIZE
) -> AgendaPage:
    """The same in pages; one beyond the last is the last. Raises NoProperty, NotFound, NotAllowed."""
    with billing.read("agenda.read") as work:
        chosen, role = work.property_as_reader(actor, property_id)
        entries = entries_of_property(work, chosen.key)
        at = Page.of(len(entries), page, size)
        shown = entries[slice(*at.span)]
        total, credit = _sum(one.amount for one in entries), _sum(one.credit for one in entries)
        return AgendaPage(chosen.snapshot(role), shown, total, credit, *at.place)


def entries_of_property(work: Work, key: Mapping[str, str]) -> tuple[AgendaEntry, ...]:
    """All that comes for the property of that key, for whoever may read it."""
    return _agenda(work, key)


def of_workspace(billing: Billing, workspace_id: str, limit: int = 5) -> tuple[AgendaEntry, ...]:
    """The next moments of the whole workspace, for its operator."""
    with billing.read("agenda.workspace") as work:
        return _agenda(work, {"workspace_id": workspace_id}, limit)


def _sum(amounts: Iterable[Money | None]) -> Money | None:
    """A property pays in one currency."""
    known = [amount for amount in amounts if amount is not None]
    return sum(known[1:], start=known[0]) if known else None


def _agenda(work: Work, of: Mapping[str, str], limit: int = ALL) -> tuple[AgendaEntry, ...]:
    """What comes for the property that `of` names, or for the whole workspace."""
    of_property, first = "property_id" in of, {**of, "limit": limit}
    subscriptions = work.session.scalars(coming(of_property=of_property), first).all()
    payments = work.session.execute(retries(of_property=of_property), first).all()
    entries = [_of_subscription(one) for one in work.snapshots(subscriptions)]
    entries += [_of_payment(payment, subscription) for payment, subscription in payments]
    return tuple(sorted(entries, key=lambda entry: (entry.at, entry.add_on))[:limit])


def _of_subscription(one: SubscriptionSnapshot) -> AgendaEntry:
    kinds = ("trial_ends", "converts") if one.status == "trialing" else ("ends", "renews")
    kind = kinds[0] if one.ends_at else kinds[1]
    if one.ends_at is None and one.pending and one.pending.applies_at:
        kind = "changes"
    # what ends is not charged
    charge, credit = one.next_charge, one.next_credit
    return AgendaEntry(one.period_end_at, kind, one.property_name, one.add_on, one.plan, charge, credit)


def _of_payment(payment: Payment, subscription: Subscription) -> AgendaEntry:
    assert payment.next_try_at is not None
    plan = subscription.price.plan
    return AgendaEntry(
        payment.next_try_at,
        "retries",
        subscription.prop.name,
        plan.add_on.name,
        plan.name,
        payment.amount,
    )
