"""Usage: each event counts once, in the cycle that it fell into, or it is said why not."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from billing.adapters.gateways.sandbox import Behaviour
from billing.services import changes, due_work, properties, subscriptions, usage
from billing.services.changes import PlanSelection
from billing.services.facts import listed
from billing.values.cycles import Interval
from billing.values.refusals import NotFound, NotSubscribed, UsageInFuture, UsageTooLate
from billing.values.usage import Counted, Used
from bot.i18n import words
from bot.views import phrases
from tests.billing.desk import WORKSPACE, Desk, at_once
from tests.billing.test_statements import counted


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


def told(desk: Desk) -> list[tuple[str, int, int, int]]:
    """What was said of quotas, in the feed and in the channel alike."""
    facts = [one for one in listed(desk.billing) if one.type.startswith("quota.")]
    rows = desk.rows("SELECT fact FROM outbox WHERE kind = 'QuotaUsed' ORDER BY number")
    events = [fact if isinstance(fact, dict) else json.loads(fact) for (fact,) in rows]
    said = [(one["event"]["percent"], one["event"]["used"], one["event"]["allowance"]) for one in events]
    assert [(one.state["used"], one.state["allowance"]) for one in facts] == [(u, a) for _, u, a in said]
    return [(str(fact.type), *one) for fact, one in zip(facts, said, strict=True)]


def test_a_quota_is_told_at_eighty_and_a_hundred_per_cent_once_a_cycle_each(desk: Desk) -> None:
    owner = desk.owner()
    home = desk.property_of(owner)
    plan = desk.buy(owner, home, "ai-bot/small/month")
    for number, quantity in enumerate((799, 1, 199, 1, 500)):
        usage.count(desk.billing, [used(desk, f"e-{number}", home.id, quantity)])
    assert told(desk) == [("quota.nearing", 80, 800, 1000), ("quota.reached", 100, 1000, 1000)]
    desk.turn_to(plan.period_end_at)
    usage.count(desk.billing, [used(desk, "next", home.id, 1200)])
    assert told(desk)[2:] == [("quota.reached", 100, 1200, 1000)]
    fact = listed(desk.billing)[-1]
    assert (fact.subject, fact.property, fact.state["left"]) == (plan.id, home.id, 0)
    assert desk.told()[-1] == "QuotaUsed"


def test_of_two_that_pass_a_mark_at_once_one_tells_it(desk: Desk) -> None:
    owner = desk.owner()
    home = desk.property_of(owner)
    desk.buy(owner, home, "ai-bot/small/month")
    events = [used(desk, f"e-{number}", home.id, 99) for number in range(9)]
    at_once(*[lambda event=event: usage.count(desk.billing, [event]) for event in events])
    assert told(desk) == [("quota.nearing", 80, 891, 1000)]


def test_what_fills_the_quota_of_a_cycle_that_is_due_is_told_before_it_has_begun(desk: Desk) -> None:
    """Nothing more may come that would tell it later: the product lets nobody use what is used up."""
    owner = desk.owner()
    home = desk.property_of(owner)
    plan = desk.buy(owner, home, "ai-bot/small/month")
    usage.count(desk.billing, [used(desk, "before", home.id, 800)])
    desk.clock.now = plan.period_end_at + timedelta(minutes=1)
    usage.count(desk.billing, [used(desk, "early", home.id, 1000)])
    assert told(desk) == [("quota.nearing", 80, 800, 1000), ("quota.reached", 100, 1000, 1000)]
    due_work.run_due(desk.billing)
    begun = desk.plan(plan.id)
    (shown,) = usage.used(desk.billing, WORKSPACE, home.id)
    fact = next(one for one in listed(desk.billing) if one.type == "quota.reached")
    assert fact.state == shown
    row = desk.rows("SELECT fact FROM outbox WHERE kind = 'QuotaUsed' ORDER BY number")[-1]
    kept = row.fact if isinstance(row.fact, dict) else json.loads(row.fact)
    assert datetime.fromisoformat(kept["event"]["ends_at"]) == begun.period_end_at
    usage.count(desk.billing, [used(desk, "then", home.id, 1)])
    assert len(told(desk)) == 2


def test_an_upgrade_that_waits_for_the_bank_gives_the_cycle_that_is_due_no_quota(desk: Desk) -> None:
    owner = desk.owner()
    home = desk.property_of(owner)
    plan = desk.buy(owner, home, "ai-bot/small/month")
    desk.clock.now = plan.period_end_at - timedelta(days=1, hours=-2)
    desk.gateway.expect("tok_visa", Behaviour.ASKS_FOR_ACTION)
    changes.change(desk.billing, owner, plan.id, PlanSelection("large", Interval.MONTH), key=desk.key())
    desk.clock.now = plan.period_end_at + timedelta(minutes=1)
    usage.count(desk.billing, [used(desk, "early", home.id, 1000)])
    assert told(desk) == [("quota.reached", 100, 1000, 1000)]
    due_work.run_due(desk.billing)
    (shown,) = usage.used(desk.billing, WORKSPACE, home.id)
    assert (shown["plan"], shown["left"]) == ("small", 0)


def test_the_quota_of_a_cycle_that_is_due_is_that_of_the_plan_that_comes_with_it(desk: Desk) -> None:
    owner = desk.owner()
    home = desk.property_of(owner)
    plan = desk.buy(owner, home, "ai-bot/large/month")
    desk.execute("UPDATE add_ons SET change_policy = 'period_end' WHERE id = 'ai-bot'")
    changes.change(desk.billing, owner, plan.id, PlanSelection("small", Interval.MONTH), key=desk.key())
    desk.clock.now = plan.period_end_at + timedelta(minutes=1)
    usage.count(desk.billing, [used(desk, "early", home.id, 1000)])
    assert told(desk) == [("quota.reached", 100, 1000, 1000)]
    due_work.run_due(desk.billing)
    (shown,) = usage.used(desk.billing, WORKSPACE, home.id)
    assert (shown["plan"], shown["left"]) == ("small", 0)


def test_a_change_of_plan_in_the_cycle_takes_the_new_quota(desk: Desk) -> None:
    """One that begins no new cycle, as a prorated change does not."""
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
    usage.count(desk.billing, [used(desk, "e-2", home.id, 100)])
    assert told(desk) == [("quota.nearing", 80, 900, 1000)]
    usage.count(desk.billing, [used(desk, "e-3", home.id, 3000)])
    assert told(desk)[1:] == [("quota.nearing", 80, 4000, 5000)]


def test_the_page_shows_what_was_used_and_is_left(desk: Desk) -> None:
    owner = desk.owner()
    home = desk.property_of(owner)
    desk.buy(owner, home, "ai-bot/small/month", quantity=3)
    desk.buy(owner, home, "live-chat/basic/month")
    usage.count(desk.billing, [used(desk, "e-1", home.id, 1234)])
    bot, chat = properties.purchases(desk.billing, owner).running
    assert phrases.usage(bot, words("en")) == "Usage this cycle: 1,234 of 3,000, 1,766 left"
    assert phrases.usage(bot, words("it")) == "Consumi di questo ciclo: 1.234 su 3.000, ne restano 1.766"
    assert phrases.usage(chat, words("en")) is None
    usage.count(desk.billing, [used(desk, "e-2", home.id, 2000)])
    over = properties.purchases(desk.billing, owner).running[0]
    assert phrases.usage(over, words("en")) == "Usage this cycle: 3,234 of 3,000, 234 over"


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


def test_a_thousand_events_are_counted_by_few_statements(desk: Desk) -> None:
    owner = desk.owner()
    home = desk.property_of(owner)
    desk.buy(owner, home, "ai-bot/small/month")
    usage.count(desk.billing, [used(desk, "warm", home.id)])
    events = [used(desk, f"e-{number}", home.id) for number in range(usage.MAX_EVENTS)]
    with counted(desk.billing.engine) as statements:
        assert all(one.is_new for one in usage.count(desk.billing, events))
    assert len(statements) <= 8, statements
    assert usage.used(desk.billing, WORKSPACE, home.id)[0]["used"] == 1001


def test_a_thousand_events_of_nobody_are_refused_by_few_statements(desk: Desk) -> None:
    home = desk.property_of(desk.owner())
    whose = [("prop_of_nobody", "ai-bot"), (home.id, "ai-bot"), (home.id, "no-such")]
    events = [
        Used(f"e-{number}", WORKSPACE, *whose[number % 3], 1, desk.clock.now)
        for number in range(usage.MAX_EVENTS)
    ]
    with counted(desk.billing.engine) as statements:
        outcomes = usage.count(desk.billing, events)
    assert [type(one.refusal) for one in outcomes[:3]] == [NotFound, NotSubscribed, NotFound]
    assert len({(type(one.refusal), str(one.refusal)) for one in outcomes}) == 3
    assert len(statements) <= 10, statements


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
