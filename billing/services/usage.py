"""Usage: what the seller's own product says was used is counted, each event once, in the cycle that it fell into."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache, partial
from typing import Any

from billing.facts import write_facts
from billing.models import AddOn, Plan, Property, Subscription
from billing.models.resources import Resource, UsedCycle, usage_resource
from billing.payments.plan_changes import replaced_by
from billing.queries import usage as queries
from billing.queries.plan_changes import pending_change
from billing.queries.subscriptions import subscription_of_seller
from billing.values.errors import Refusal
from billing.values.events import QuotaUsed
from billing.values.facts import FactType
from billing.values.refusals import NotFound, NotSubscribed, UsageInFuture, UsageTooLate
from billing.values.usage import (
    CLOCKS_DIFFER,
    COUNTED_FOR,
    MARKS,
    REMEMBERED_FOR,
    Counted,
    Place,
    Used,
    mark_of,
)
from billing.work import Billing, Work

MAX_EVENTS = 1_000
PRUNED_AT_ONCE = 5_000
# A property and one of its add-ons, and what lives there of it.
Plans = Mapping[tuple[str, str], Any]


def count(billing: Billing, events: Sequence[Used]) -> list[Counted]:
    """Counts what was not counted before; what became of each, in their order.

    An event that is refused keeps no other from being counted. Those of one workspace are one transaction. Raises
    OnHold.
    """
    of_workspace: defaultdict[str, list[Used]] = defaultdict(list)
    for event in events:
        of_workspace[event.workspace_id].append(event)
    outcomes = {
        workspace: iter(_count_in(billing.within(workspace), workspace, some))
        for workspace, some in of_workspace.items()
    }
    return [next(outcomes[event.workspace_id]) for event in events]


def used(billing: Billing, workspace: str, property_id: str) -> list[Resource]:
    """What a property used in the cycles that run, of each add-on that lives there. Raises NotFound."""
    with billing.read("usage.look_at") as work:
        prop = work.session.get(Property, (workspace, property_id))
        if prop is None or prop.deleted_at is not None:
            raise NotFound("property")
        named = {"workspace_id": workspace, "property_id": property_id}
        rows = work.session.execute(queries.used_in_cycles(), named)
        return [_resource(row.Subscription, row.Plan, row.used or 0) for row in rows]


def forget_events(billing: Billing, size: int = PRUNED_AT_ONCE) -> int:
    """Deletes the ids of events that are too old to be counted again, so many in each transaction; how many.

    Counters stay.
    """
    forgotten, deleted = 0, size
    while deleted >= size and not billing.stopping.is_set():
        with billing.work("usage.forget") as work:
            old = {"before": work.now - REMEMBERED_FOR, "size": size}
            deleted = work.session.connection().execute(queries.forget_events(), old).rowcount
        forgotten += deleted
    return forgotten


def _resource(of: Subscription, plan: Plan, used: int) -> Resource:
    return usage_resource(of, UsedCycle(plan, of.quantity, of.period_start_at, of.period_end_at), used)


def _count_in(billing: Billing, workspace: str, events: Sequence[Used]) -> list[Counted]:
    with billing.work("usage.count") as work:
        plans = _plans(work, workspace, {event.property_id for event in events})
        # Asked once for each property and add-on of a batch, which may be a thousand times the same.
        why_none = cache(partial(_why_none, work, workspace))
        placed = [(event, _placed(work, event, plans, why_none)) for event in events]
        fitting: dict[str, tuple[Used, Place]] = {}
        for event, place in placed:
            if isinstance(place, Place):
                fitting.setdefault(event.event_id, (event, place))
        rows = [_event_row(event, place, work.now) for event, place in fitting.values()]
        new = queries.keep_events(work.session, rows)
        counters = _add_up(work, workspace, [fitting[event_id] for event_id in new])
        _tell_marks(work, counters, {plan.id: plan for plan in plans.values()})
        refused = [event.event_id for event, place in placed if isinstance(place, Refusal)]
        return list(_outcomes(placed, new, _known(work, workspace, refused)))


def _outcomes(
    placed: Iterable[tuple[Used, Place | Refusal]], new: set[str], known: Container[str]
) -> Iterator[Counted]:
    """What was counted before is no refusal, however late it comes again."""
    still_new = set(new)
    for event, place in placed:
        if isinstance(place, Refusal):
            yield Counted(event.event_id, refusal=None if event.event_id in known else place)
        else:
            yield Counted(event.event_id, is_new=event.event_id in still_new)
            still_new.discard(event.event_id)


def _plans(work: Work, workspace: str, property_ids: Iterable[str]) -> Plans:
    named = {"workspace_id": workspace, "property_ids": sorted(property_ids)}
    rows = work.session.execute(queries.living_plans(), named)
    return {(row.property_id, row.add_on_id): row for row in rows}


def _placed(
    work: Work, event: Used, plans: Plans, why_none: Callable[[str, str], Refusal]
) -> Place | Refusal:
    """Which cycle of which subscription it belongs to, or why to none.

    What comes after the end of a cycle that renews is of the next one, though that is not begun yet.
    """
    plan = plans.get((event.property_id, event.add_on_id))
    if plan is None:
        return why_none(event.property_id, event.add_on_id)
    if event.at > work.now + CLOCKS_DIFFER:
        return UsageInFuture(work.now)
    counted_from = max(plan.period_start_at, work.now - COUNTED_FOR)
    if event.at < counted_from:
        return UsageTooLate(counted_from)
    if event.at < plan.period_end_at:
        return Place(plan.id, plan.period_start_at)
    return NotSubscribed(event.add_on_id) if plan.cancelled_at else Place(plan.id, plan.period_end_at)


def _why_none(work: Work, workspace: str, property_id: str, add_on_id: str) -> Refusal:
    if work.session.get(AddOn, add_on_id) is None:
        return NotFound("add-on")
    if work.session.get(Property, (workspace, property_id)) is None:
        return NotFound("property")
    return NotSubscribed(add_on_id)


def _event_row(event: Used, place: Place, now: datetime) -> dict[str, Any]:
    return {
        "workspace_id": event.workspace_id,
        "event_id": event.event_id,
        "subscription_id": place.subscription_id,
        "quantity": event.quantity,
        "at": event.at,
        "counted_at": now,
    }


def _add_up(work: Work, workspace: str, events: Iterable[tuple[Used, Place]]) -> list[Any]:
    """The counters as they are now, locked; this comes last, so that whoever adds to one too waits no longer."""
    sums: Counter[Place] = Counter()
    for event, place in events:
        sums[place] += event.quantity
    rows = [
        {
            "workspace_id": workspace,
            "subscription_id": place.subscription_id,
            "cycle_start_at": place.cycle_start_at,
            "used": quantity,
        }
        for place, quantity in sums.items()
    ]
    return queries.add_to_counters(work.session, rows)


def _tell_marks(work: Work, counters: Iterable[Any], plans: Mapping[str, Any]) -> None:
    """Tells which quotas have reached a mark that was not told yet in their cycle: the highest that each has.

    A counter is locked since it was added to, so one request alone tells it. Who has nothing left may use nothing
    more, so a cycle that is due and not begun yet is told of at once, too. Another plan's quota has marks of its own.
    """
    for counter in counters:
        plan = plans[counter.subscription_id]
        if counter.cycle_start_at == plan.period_start_at:
            cycle = UsedCycle(plan.Plan, plan.quantity, plan.period_start_at, plan.period_end_at)
        else:
            cycle = _following(work, _subscription(work, counter))
        mark = mark_of(counter.used, cycle.allowance)
        told = counter.told_percent if counter.told_quota == cycle.allowance else 0
        if mark > told:
            _tell_mark(work, counter, mark, cycle)


def _following(work: Work, subscription: Subscription) -> UsedCycle:
    """The cycle after this one, with what was planned for it; a change that waits for its payment is over by then."""
    change = pending_change(work.session, subscription)
    if change is not None and change.payment_id is not None:
        change = replaced_by(work.session, change)
    price, quantity = (change or subscription).price, (change or subscription).quantity
    _, period = subscription.next_cycle(price)
    return UsedCycle(price.plan, quantity, period.start_at, period.end_at)


def _subscription(work: Work, counter: Any) -> Subscription:
    named = {"workspace_id": counter.workspace_id, "subscription_id": counter.subscription_id}
    return work.session.scalars(subscription_of_seller(), named).one()


def _tell_mark(work: Work, counter: Any, mark: int, cycle: UsedCycle) -> None:
    assert cycle.allowance is not None  # of none no mark is reached
    subscription = _subscription(work, counter)
    of_it = {"of_subscription": counter.subscription_id, "of_cycle": counter.cycle_start_at}
    told = {"of_workspace": counter.workspace_id, "percent": mark, "quota": cycle.allowance}
    work.session.connection().execute(queries.remember_mark(), of_it | told)
    event = QuotaUsed(
        **subscription.about() | {"plan": cycle.plan.name},
        percent=mark,
        used=counter.used,
        allowance=cycle.allowance,
        ends_at=cycle.end_at,
    )
    work.tell(event, subscription.prop)
    type_ = FactType.QUOTA_REACHED if mark == max(MARKS) else FactType.QUOTA_NEARING
    write_facts(work.session, [(type_, usage_resource(subscription, cycle, counter.used))], work.now)


def _known(work: Work, workspace: str, event_ids: Sequence[str]) -> frozenset[str]:
    if not event_ids:
        return frozenset()
    named = {"workspace_id": workspace, "event_ids": event_ids}
    return frozenset(work.session.scalars(queries.known_events(), named))
