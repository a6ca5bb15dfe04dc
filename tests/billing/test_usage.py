"""Usage: each event counts once, in the cycle that it fell into, or it is said why not."""

from __future__ import annotations

from datetime import datetime, timedelta
from time import perf_counter

from billing.services import due_work, subscriptions, usage
from billing.values.refusals import NotFound, NotSubscribed, UsageInFuture, UsageTooLate
from billing.values.usage import Counted, Used
from tests.billing.desk import WORKSPACE, Desk, at_once


def used(desk: Desk, event_id: str, property_id: str, quantity: int = 1, at: datetime | None = None) -> Used:
    return Used(event_id, WORKSPACE, property_id, "ai-bot", quantity, at or desk.clock.now)


def test_an_event_counts_once_however_often_it_comes(desk: Desk) -> None:
    owner = desk.owner()
    home = desk.property_of(owner)
    plan = desk.buy(owner, home, "ai-bot/small/month", quantity=2)
    one, two = used(desk, "e-1", home.id, 30), used(desk, "e-2", home.id, 12)
    assert usage.count(desk.billing, [one, two, one]) == [
        Counted("e-1", is_new=True),
        Counted("e-2", is_new=True),
        Counted("e-1"),
    ]
    assert usage.count(desk.billing, [two]) == [Counted("e-2")]
    (shown,) = usage.used(desk.billing, WORKSPACE, home.id)
    assert (shown["subscription"], shown["add_on"], shown["plan"]) == (plan.id, "ai-bot", "small")
    assert (shown["used"], shown["allowance"], shown["left"]) == (42, 2000, 1958)
    desk.buy(owner, home, "live-chat/basic/month")
    bot, chat = usage.used(desk.billing, WORKSPACE, home.id)
    assert (bot["used"], chat["used"], chat["allowance"], chat["left"]) == (42, 0, None, None)


def test_what_comes_too_late_or_too_early_or_for_nothing_is_refused_and_stops_no_other(desk: Desk) -> None:
    owner = desk.owner()
    home = desk.property_of(owner)
    other = desk.property_of(owner, "Shop")
    start = desk.clock.now
    desk.buy(owner, home, "ai-bot/small/month")
    desk.turn(days=20)
    now = desk.clock.now
    cases = [
        (used(desk, "late", home.id, at=start - timedelta(seconds=1)), UsageTooLate),
        (used(desk, "soon", home.id, at=now + timedelta(minutes=6)), UsageInFuture),
        (used(desk, "none", other.id), NotSubscribed),
        (used(desk, "who", "prop_none"), NotFound),
        (Used("what", WORKSPACE, home.id, "ai-bots", 1, now), NotFound),
        (Used("where", "T0002", home.id, "ai-bot", 1, now), NotFound),
        (used(desk, "first", home.id, at=start), None),
        (used(desk, "clock", home.id, at=now + timedelta(minutes=4)), None),
    ]
    for (event, refused_as), outcome in zip(
        cases, usage.count(desk.billing, [event for event, _ in cases]), strict=True
    ):
        assert outcome.event_id == event.event_id
        assert type(outcome.refusal) is (refused_as or type(None)), event
        assert outcome.is_new is (refused_as is None)
    assert [row.event_id for row in desk.rows("SELECT event_id FROM usage_events ORDER BY event_id")] == [
        "clock",
        "first",
    ]


def test_each_cycle_counts_its_own_and_one_that_is_due_already(desk: Desk) -> None:
    owner = desk.owner()
    home = desk.property_of(owner)
    plan = desk.buy(owner, home, "ai-bot/small/month")
    before = used(desk, "before", home.id, 7)
    usage.count(desk.billing, [before])
    desk.clock.now = plan.period_end_at + timedelta(minutes=1)
    after = used(desk, "after", home.id, 5)
    last = used(desk, "last", home.id, 3, plan.period_end_at - timedelta(seconds=1))
    assert all(one.is_new for one in usage.count(desk.billing, [after, last]))
    due_work.run_due(desk.billing)
    (shown,) = usage.used(desk.billing, WORKSPACE, home.id)
    assert shown["used"] == 5
    assert [row.used for row in desk.rows("SELECT used FROM usage_counters ORDER BY cycle_start_at")] == [
        10,
        5,
    ]
    # What was counted is known, though its cycle is over; what was not, comes too late.
    again, late = usage.count(desk.billing, [before, used(desk, "new", home.id, 1, before.at)])
    assert again == Counted("before")
    assert isinstance(late.refusal, UsageTooLate)
    assert late.refusal.counted_from == plan.period_end_at
    subscriptions.cancel(desk.billing, owner, plan.id, "Too dear")
    desk.clock.now = desk.plan(plan.id).period_end_at
    (ended,) = usage.count(desk.billing, [used(desk, "ended", home.id)])
    assert isinstance(ended.refusal, NotSubscribed)


def test_a_change_of_plan_in_the_cycle_takes_the_new_quota(desk: Desk) -> None:
    owner = desk.owner()
    home = desk.property_of(owner)
    plan = desk.buy(owner, home, "ai-bot/small/month")
    usage.count(desk.billing, [used(desk, "e-1", home.id, 900)])
    desk.execute(
        "UPDATE subscriptions SET price_id = (SELECT id FROM prices WHERE plan_id = 'large') WHERE id = :id",
        id=plan.id,
    )
    (shown,) = usage.used(desk.billing, WORKSPACE, home.id)
    assert (shown["used"], shown["allowance"], shown["left"]) == (900, 5000, 4100)


def test_the_same_events_at_once_count_once(desk: Desk) -> None:
    owner = desk.owner()
    homes = [desk.property_of(owner, f"Shop {number}") for number in range(3)]
    for home in homes:
        desk.buy(owner, home, "ai-bot/small/month")
    events = [used(desk, f"e-{number}", homes[number % 3].id) for number in range(60)]
    batches = [events, events[::-1], events[30:] + events[:30], events[::2] + events[1::2]]
    answers = at_once(*[lambda batch=batch: usage.count(desk.billing, batch) for batch in batches])
    new = [one.event_id for answer in answers for one in answer if one.is_new]
    assert sorted(new) == sorted(event.event_id for event in events)
    assert [row.used for row in desk.rows("SELECT used FROM usage_counters")] == [20, 20, 20]


def test_a_thousand_events_are_counted_in_well_under_a_second(desk: Desk) -> None:
    owner = desk.owner()
    home = desk.property_of(owner)
    desk.buy(owner, home, "ai-bot/small/month")
    usage.count(desk.billing, [used(desk, "warm", home.id)])
    events = [used(desk, f"e-{number}", home.id) for number in range(usage.MAX_EVENTS)]
    began = perf_counter()
    assert all(one.is_new for one in usage.count(desk.billing, events))
    took = perf_counter() - began
    assert took < 1, took
    assert usage.used(desk.billing, WORKSPACE, home.id)[0]["used"] == 1001


def test_ids_are_forgotten_once_they_could_count_no_more(desk: Desk) -> None:
    owner = desk.owner()
    home = desk.property_of(owner)
    desk.buy(owner, home, "live-chat/basic/year")
    old = Used("old", WORKSPACE, home.id, "live-chat", 4, desk.clock.now)
    usage.count(desk.billing, [old])
    desk.clock.now += timedelta(days=35, minutes=1)
    usage.count(desk.billing, [Used("new", WORKSPACE, home.id, "live-chat", 3, desk.clock.now)])
    due_work.run_pruning(desk.billing)
    assert usage.count(desk.billing, [old]) == [Counted("old")]
    desk.clock.now += timedelta(days=1)
    assert usage.forget_events(desk.billing, size=1) == 1
    assert [row.event_id for row in desk.rows("SELECT event_id FROM usage_events")] == ["new"]
    (again,) = usage.count(desk.billing, [old])
    assert isinstance(again.refusal, UsageTooLate)
    assert usage.used(desk.billing, WORKSPACE, home.id)[0]["used"] == 7
