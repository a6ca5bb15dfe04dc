"""What a change takes with it is said before and after: paid time under `reset`, and the change planned before."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any, TypeVar

import pytest

from billing import Actor
from billing.adapters.gateways.sandbox import Behaviour
from billing.services import changes, credit_notes, subscriptions
from billing.services.changes import PlanSelection
from billing.services.credit_notes import Wanted
from billing.values.cycles import Interval
from billing.values.events import ChangePlanned, Event, PlanChanged, PlannedChangeDropped, PlannedChangeUndone
from billing.values.money import Money
from billing.values.refusals import NothingPending, PaymentDeclined, PreviewChanged
from billing.values.snapshots import PropertySnapshot
from billing.values.terms import PlanTerms
from tests.billing.desk import Desk

MONTH, YEAR = Interval.MONTH, Interval.YEAR
JUNE_1 = datetime(2026, 6, 1, 10, tzinfo=UTC)
LARGE, SMALL = (PlanSelection(plan, Interval.MONTH) for plan in ("large", "small"))
BASIC, PRO, MAX = (PlanSelection(plan, Interval.MONTH) for plan in ("basic", "pro", "max"))


@pytest.fixture
def owner(desk: Desk) -> Actor:
    desk.clock.now = JUNE_1
    return desk.owner()


def told(desk: Desk, kind: str) -> list[dict[str, Any]]:
    """What the channel was told of that kind, oldest first."""
    found = desk.rows(
        "SELECT fact FROM outbox WHERE kind = :kind AND audience = 'slack_channel' ORDER BY number", kind=kind
    )
    facts = [row.fact if isinstance(row.fact, dict) else json.loads(row.fact) for row in found]
    return [fact["event"] for fact in facts]


E = TypeVar("E", bound=Event)


def announced(desk: Desk, kind: type[E]) -> list[E]:
    """The same as it is read back."""
    return [kind.from_json(event) for event in told(desk, kind.__name__)]


@pytest.mark.parametrize(("has", "wish"), [("small", LARGE), ("large", SMALL)], ids=["up", "down"])
def test_under_reset_the_preview_the_result_and_the_channel_say_the_days_and_the_money_that_are_lost(
    desk: Desk, owner: Actor, piazza: PropertySnapshot, has: str, wish: PlanSelection
) -> None:
    plan = desk.buy(owner, piazza, f"ai-bot/{has}/month")
    desk.clock.now = JUNE_1.replace(day=12)
    quote = changes.preview_change(desk.billing, owner, plan.id, wish)
    ((paid,),) = desk.rows("SELECT net_minor FROM invoice_lines WHERE kind = 'cycle'")
    assert quote.lost
    assert (quote.lost.days, quote.lost.of_days, quote.lost.plan) == (19, 30, has.title())
    assert quote.lost.amount == Money(round(paid * 19 / 30), "EUR")
    assert quote.document
    assert quote.charge_now == quote.document.total  # nothing is given back
    done = changes.change(desk.billing, owner, plan.id, wish, key="one", expected_quote=quote.fingerprint)
    again = changes.change(desk.billing, owner, plan.id, wish, key="one", expected_quote=quote.fingerprint)
    assert done.lost == again.lost == quote.lost
    (event,) = told(desk, "PlanChanged")
    assert (event["lost_days"], event["lost_of_days"]) == (19, 30)
    assert (event["lost_minor"], event["currency"]) == (quote.lost.amount.minor, "EUR")
    ((balance,),) = desk.rows("SELECT COALESCE(SUM(minor), 0) FROM postings WHERE account = 'credit'")
    assert balance == 0


def test_what_a_credit_note_gave_back_is_not_lost_again(
    desk: Desk, owner: Actor, piazza: PropertySnapshot
) -> None:
    plan = desk.buy(owner, piazza, "ai-bot/large/month")
    credit_notes.issue(desk.billing, desk.invoices()[-1].number, Wanted("30.50"))  # 25.00 net of 30.00
    desk.clock.now = JUNE_1.replace(day=12)
    lost = changes.preview_change(desk.billing, owner, plan.id, SMALL).lost
    assert lost
    assert lost.amount == Money(500, "EUR")


def test_with_the_next_day_less_is_lost_and_the_preview_is_shown_anew(
    desk: Desk, owner: Actor, piazza: PropertySnapshot
) -> None:
    plan = desk.buy(owner, piazza, "ai-bot/small/month")
    desk.clock.now = JUNE_1.replace(day=12)
    quote = changes.preview_change(desk.billing, owner, plan.id, LARGE)
    desk.clock.now = JUNE_1.replace(day=13)
    with pytest.raises(PreviewChanged) as refused:
        changes.change(desk.billing, owner, plan.id, LARGE, key="one", expected_quote=quote.fingerprint)
    assert refused.value.quote.lost
    assert refused.value.quote.lost.days == 18


def test_where_days_are_given_back_none_are_lost(desk: Desk, owner: Actor, piazza: PropertySnapshot) -> None:
    plan = desk.buy(owner, piazza, "live-chat/basic/month")
    desk.clock.now = JUNE_1.replace(day=12)
    for wish in (PRO, PlanSelection("basic", Interval.YEAR)):
        assert changes.preview_change(desk.billing, owner, plan.id, wish).lost is None


def test_a_second_planned_change_says_that_it_drops_the_first(
    desk: Desk, owner: Actor, piazza: PropertySnapshot
) -> None:
    plan = desk.buy(owner, piazza, "live-chat/max/month")
    first = changes.change(desk.billing, owner, plan.id, PRO, key="one").subscription.pending
    assert first
    quote = changes.preview_change(desk.billing, owner, plan.id, BASIC)
    assert quote.replaces == first
    done = changes.change(desk.billing, owner, plan.id, BASIC, key="two", expected_quote=quote.fingerprint)
    assert done.replaced == first
    assert desk.told()[2:] == ["ChangePlanned", "PlannedChangeDropped", "ChangePlanned"]
    (dropped,) = told(desk, "PlannedChangeDropped")
    assert (dropped["change_id"], dropped["next_plan"]) == (first.id, "Pro")
    with pytest.raises(NothingPending):
        changes.undo_change(desk.billing, owner, plan.id, first.id)


def test_a_second_yes_to_the_same_plan_plans_and_tells_nothing_anew(
    desk: Desk, owner: Actor, piazza: PropertySnapshot
) -> None:
    plan = desk.buy(owner, piazza, "live-chat/max/month")
    first = changes.change(desk.billing, owner, plan.id, PRO, key="one").subscription.pending
    again = changes.change(desk.billing, owner, plan.id, PRO, key="one")
    assert (again.subscription.pending, again.replaced) == (first, None)
    assert desk.told().count("ChangePlanned") == 1
    assert "PlannedChangeDropped" not in desk.told()


def test_an_upgrade_drops_what_was_planned_once_it_is_paid(
    desk: Desk, owner: Actor, piazza: PropertySnapshot
) -> None:
    plan = desk.buy(owner, piazza, "live-chat/pro/month")
    planned = changes.change(desk.billing, owner, plan.id, BASIC, key="one").subscription.pending
    desk.turn(days=1)
    quote = changes.preview_change(desk.billing, owner, plan.id, MAX)
    assert quote.replaces == planned
    done = changes.change(desk.billing, owner, plan.id, MAX, key="two", expected_quote=quote.fingerprint)
    assert (done.replaced, done.subscription.pending) == (planned, None)
    assert desk.told()[3:5] == ["PlannedChangeDropped", "PlanChanged"]


def test_an_upgrade_that_is_declined_leaves_what_was_planned(
    desk: Desk, owner: Actor, piazza: PropertySnapshot
) -> None:
    plan = desk.buy(owner, piazza, "live-chat/pro/month")
    planned = changes.change(desk.billing, owner, plan.id, BASIC, key="one").subscription.pending
    assert planned
    desk.execute("UPDATE payment_methods SET token = 'tok_declines'")
    desk.turn(days=1)
    with pytest.raises(PaymentDeclined):
        changes.change(desk.billing, owner, plan.id, MAX, key="two")
    kept = desk.plan(plan.id).pending
    assert (kept, kept.id if kept else "") == (planned, planned.id)
    assert "PlannedChangeDropped" not in desk.told()
    desk.execute("UPDATE payment_methods SET token = 'tok_visa'")
    desk.turn_to(plan.period_end_at)
    assert desk.plan(plan.id).plan == "Basic"


def test_what_a_change_changes_stands_in_what_is_told_of_it(
    desk: Desk, owner: Actor, piazza: PropertySnapshot
) -> None:
    plan = desk.buy(owner, piazza, "ai-assist/growth/month", quantity=3)
    for wish in (PlanSelection("growth", Interval.MONTH, 1), PlanSelection("growth", Interval.YEAR, 2)):
        changes.change(desk.billing, owner, plan.id, wish, key=desk.key())
    desk.turn_to(plan.period_end_at)
    had, one, two = PlanTerms("Growth", 3, MONTH), PlanTerms("Growth", 1, MONTH), PlanTerms("Growth", 2, YEAR)
    assert [(e.had, e.gets) for e in announced(desk, ChangePlanned)] == [(had, one), (had, two)]
    assert [(e.had, e.gets) for e in announced(desk, PlannedChangeDropped)] == [(had, one)]
    assert [(e.had, e.has) for e in announced(desk, PlanChanged)] == [(had, two)]


def test_what_an_upgrade_drops_is_named_beside_the_plan_that_it_was_planned_for(
    desk: Desk, owner: Actor, piazza: PropertySnapshot
) -> None:
    plan = desk.buy(owner, piazza, "live-chat/pro/month")
    changes.change(desk.billing, owner, plan.id, BASIC, key="one")
    desk.turn(days=1)
    changes.change(desk.billing, owner, plan.id, MAX, key="two")
    (dropped,) = announced(desk, PlannedChangeDropped)
    assert (dropped.plan, dropped.had, dropped.is_replaced) == ("Pro", PlanTerms("Pro", 1, MONTH), True)


def test_cancelling_says_what_it_drops_before_after_and_where_it_was_announced(
    desk: Desk, owner: Actor, piazza: PropertySnapshot
) -> None:
    plan = desk.buy(owner, piazza, "live-chat/pro/month")
    planned = changes.change(desk.billing, owner, plan.id, BASIC, key="one").subscription.pending
    shown = subscriptions.preview_cancel(desk.billing, owner, plan.id, "Too dear")
    done = subscriptions.cancel(desk.billing, owner, plan.id, "Too dear")
    assert planned
    assert shown.dropped == done.dropped == planned
    (scheduled,), (dropped,) = announced(desk, ChangePlanned), announced(desk, PlannedChangeDropped)
    assert (dropped.subject_key, dropped.is_replaced) == (scheduled.subject_key, False)
    assert dropped.by == owner.user_id
    undone = subscriptions.undo_cancellation(desk.billing, owner, plan.id)
    assert (undone.pending, undone.dropped) == (None, None)


def test_undoing_an_upgrade_that_waits_for_the_bank_says_that_it_drops_what_was_planned(
    desk: Desk, owner: Actor, piazza: PropertySnapshot
) -> None:
    plan = desk.buy(owner, piazza, "live-chat/pro/month")
    planned = changes.change(desk.billing, owner, plan.id, BASIC, key="one").subscription.pending
    desk.execute("UPDATE payment_methods SET token = 'tok_asks_for_action'")
    desk.turn(days=1)
    changes.change(desk.billing, owner, plan.id, MAX, key="two")
    undone = changes.undo_change(desk.billing, owner, plan.id)
    assert planned
    assert (undone.pending, undone.dropped) == (None, planned)
    assert f"change {planned.id}" in {event.subject_key for event in announced(desk, PlannedChangeUndone)}


def test_a_plan_that_ends_unpaid_takes_what_was_planned_with_it_and_says_so(
    desk: Desk, owner: Actor, piazza: PropertySnapshot
) -> None:
    plan = desk.buy(owner, piazza, "live-chat/pro/month")
    desk.gateway.expect("tok_visa", *[Behaviour.DECLINES] * 9)
    desk.turn_to(plan.period_end_at)
    price = "SELECT id FROM prices WHERE plan_id = 'basic' AND add_on_id = 'live-chat' AND interval = 'month'"
    ((basic,),) = desk.rows(f"{price} AND currency = 'EUR'")
    desk.execute(
        "INSERT INTO planned_changes (workspace_id, id, subscription_id, price_id, quantity, new_cycle, state, "
        "requested_by, requested_at) SELECT workspace_id, 'chg_planned', id, :basic, 1, :no, 'pending', "
        "'UOWNER', purchased_at FROM subscriptions",
        basic=basic,
        no=False,
    )
    while desk.plan(plan.id).status != "ended":
        desk.turn(days=1)
    (dropped,) = announced(desk, PlannedChangeDropped)
    assert (dropped.change_id, dropped.by, dropped.is_replaced) == ("chg_planned", "", False)


def test_cancelling_drops_all_that_was_planned_also_behind_an_upgrade_that_waits_for_the_bank(
    desk: Desk, owner: Actor, piazza: PropertySnapshot
) -> None:
    plan = desk.buy(owner, piazza, "live-chat/pro/month")
    changes.change(desk.billing, owner, plan.id, BASIC, key="one")
    desk.execute("UPDATE payment_methods SET token = 'tok_asks_for_action'")
    desk.turn(days=1)
    changes.change(desk.billing, owner, plan.id, MAX, key="two")
    subscriptions.cancel(desk.billing, owner, plan.id, "Too dear")
    assert desk.plan(plan.id).pending is None
    subscriptions.undo_cancellation(desk.billing, owner, plan.id)
    assert desk.plan(plan.id).pending is None
