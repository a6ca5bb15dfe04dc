"""The agenda: what will happen to a property or workspace on which date, and for how much."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from billing.models import Payment, PaymentAttempt, Subscription, Workspace
from billing.models.open_payments import Cards
from billing.models.subscriptions import Status
from billing.payments.collection import snapshot
from billing.queries.agenda import coming, next_cycle, next_day, uncollected
from billing.services.pagination import PAGE_SIZE, Page
from billing.values.actors import Actor
from billing.values.money import Money
from billing.values.refusals import NotFound
from billing.values.snapshots import AgendaEntry, AgendaPage, SubscriptionSnapshot
from billing.work import Billing, Work

# More than any property has: what is counted and added up must be all of it.
ALL = 2**31 - 1
# What an invoice comes of; what is tried again was invoiced already.
INVOICED = frozenset({"renews", "changes", "converts"})


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
    """The next moments of the whole workspace, none where there is no such workspace."""
    with billing.read("agenda.workspace") as work:
        return _agenda(work, {"workspace_id": workspace_id}, limit)


def next_due(billing: Billing, workspace_id: str) -> datetime | None:
    """When the schedule of the workspace has something to do next, be it to count a day without a try."""
    with billing.read("agenda.next_due") as work:
        now = {"workspace_id": workspace_id, "now": work.now}
        found = [work.session.scalar(asked(), now) for asked in (next_cycle, next_day)]
        return min((moment for moment in found if moment is not None), default=None)


def for_operator(billing: Billing, workspace_id: str, limit: int) -> tuple[AgendaEntry, ...]:
    """The same for who may have typed the workspace. Raises NotFound."""
    with billing.read("agenda.workspace") as work:
        if work.session.get(Workspace, workspace_id) is None:
            raise NotFound("workspace")
        return _agenda(work, {"workspace_id": workspace_id}, limit)


def _sum(amounts: Iterable[Money | None]) -> Money | None:
    """A property pays in one currency."""
    known = [amount for amount in amounts if amount is not None]
    return sum(known[1:], start=known[0]) if known else None


def _agenda(work: Work, of: Mapping[str, str], limit: int = ALL) -> tuple[AgendaEntry, ...]:
    """What comes for the property that `of` names, or for the whole workspace."""
    of_property = "property_id" in of
    owed = work.session.execute(uncollected(of_property=of_property), of).all()
    # Of so many at most the end comes before their next cycle.
    first = {**of, "limit": min(limit + len(owed), ALL)}
    subscriptions = work.session.scalars(coming(of_property=of_property), first).all()
    shown = work.snapshots(subscriptions)
    entries = [entry for one in shown for entry in entries_of(one)]
    entries += [entry for row in owed if (entry := _of_payment(work, *row))]
    return tuple(sorted(entries, key=lambda entry: (entry.at, entry.add_on))[:limit])


def entries_of(one: SubscriptionSnapshot) -> Iterator[AgendaEntry]:
    """Its next cycle or its end; without a try to come first the day on which it ends unpaid."""
    about = one.property_name, one.add_on, one.plan
    if one.ends_unpaid_at is not None and one.dunning is not None and one.dunning.try_at is None:
        yield AgendaEntry(one.ends_unpaid_at, "ends_unpaid", *about, None, subscription_id=one.id)
        if one.ends_unpaid_at <= one.period_end_at:
            return
    kinds = ("trial_ends", "converts") if one.status == "trialing" else ("ends", "renews")
    kind = kinds[0] if one.ends_at else kinds[1]
    if one.ends_at is None and one.pending and one.pending.applies_at:
        kind = "changes"
    # what ends is not charged
    yield AgendaEntry(one.period_end_at, kind, *about, one.next_charge, one.next_credit, one.id)


def _of_payment(
    work: Work, payment: Payment, attempt: PaymentAttempt | None, subscription: Subscription
) -> AgendaEntry | None:
    """The next try to collect it, if there is one without a person."""
    cards = Cards(subscription.payment_method, subscription.backup_method)
    try_at = snapshot(work.session, payment, attempt, cards, work.retry_days).try_at
    if try_at is None:
        return None
    kind = "collects" if subscription.status is Status.ACTIVE else "retries"
    plan = subscription.price.plan
    about = subscription.prop.name, plan.add_on.name, plan.name
    return AgendaEntry(try_at, kind, *about, payment.amount, subscription_id=subscription.id)
