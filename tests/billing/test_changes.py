"""Changing a plan: when it comes and what it costs is the add-on's policy; a failed payment leaves all as it was."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import partial

import pytest

from billing.adapters.gateways.sandbox import Behaviour
from billing.services import changes, due_work, properties, subscriptions
from billing.services.changes import Changed, PlanSelection
from billing.services.verify import verify
from billing.values.actors import Role
from billing.values.cycles import Interval
from billing.values.documents import LineKind
from billing.values.money import Money
from billing.values.refusals import (
    AlreadyCancelled,
    AlreadyEnded,
    CannotPause,
    JustPaid,
    NothingPending,
    NotSold,
    PaymentDeclined,
    PaymentInProgress,
    SamePlan,
)
from billing.values.snapshots import SubscriptionSnapshot
from tests.billing.desk import Desk, at_once

JUNE_1 = datetime(2026, 6, 1, 10, tzinfo=UTC)
JUNE_16 = datetime(2026, 6, 16, 18, tzinfo=UTC)
JULY_1 = datetime(2026, 7, 1, 10, tzinfo=UTC)
BASIC, PRO, MAX = (PlanSelection(plan, Interval.MONTH) for plan in ("basic", "pro", "max"))
GROWTH, BUSINESS = (PlanSelection(plan, Interval.MONTH) for plan in ("growth", "business"))
LARGE = PlanSelection("large", Interval.MONTH)


def bought_in_june(desk: Desk, what: str, quantity: int = 1) -> SubscriptionSnapshot:
    """Bought on 1 June, looked at on the 16th: 15 of 30 days are left."""
    desk.clock.now = JUNE_1
    owner = desk.owner()
    plan = desk.buy(owner, desk.property_of(owner), what, quantity=quantity)
    desk.clock.now = JUNE_16
    return plan


def change(desk: Desk, plan: SubscriptionSnapshot, wish: PlanSelection, key: str | None = None) -> Changed:
    return changes.change(desk.billing, desk.owner(), plan.id, wish, key=key or desk.key())


def lines(desk: Desk) -> list[tuple[str, str, int, int | None, int | None]]:
    """The lines of the newest invoice: kind, plan, net, days of days."""
    document = desk.invoices()[-1].read_document()
    return [(line.kind.value, line.plan, line.net_minor, line.days, line.of_days) for line in document.lines]


# period_end


@pytest.mark.parametrize(
    ("has", "wish", "charged_then"), [("growth", BUSINESS, 12078), ("business", GROWTH, 3538)]
)
def test_at_the_period_end_nothing_moves_now_and_the_new_price_comes_with_the_next_cycle(
    desk: Desk, has: str, wish: PlanSelection, charged_then: int
) -> None:
    plan = bought_in_june(desk, f"ai-assist/{has}/month")
    changed = change(desk, plan, wish)
    assert (changed.payment, changed.subscription.plan) == (None, plan.plan)
    assert changed.subscription.pending
    assert changed.subscription.pending.applies_at == JULY_1
    assert changed.subscription.next_charge == Money(charged_then, "EUR")
    assert (len(desk.invoices()), len(desk.charged())) == (1, 1)
    desk.turn_to(JULY_1)
    now = desk.plan(plan.id)
    assert (now.plan, now.pending, desk.charged()[-1]) == (wish.plan_id.title(), None, charged_then)
    assert now.period_end_at == datetime(2026, 8, 1, 10, tzinfo=UTC)
    assert desk.told()[2:] == ["ChangePlanned", "PlanChanged", "PaymentReceived"]


def test_annual_to_monthly_charges_the_first_month_on_the_anniversary(desk: Desk) -> None:
    owner = desk.owner()
    plan = desk.buy(owner, desk.property_of(owner), "ai-assist/growth/year")
    desk.turn(days=100)
    change(desk, plan, GROWTH)
    for month in range(3, 12):
        desk.turn_to(datetime(2026, month, 28, tzinfo=UTC) + timedelta(days=30))
    assert desk.charged() == [35380]
    desk.turn_to(plan.period_end_at)
    assert desk.charged() == [35380, 3538]
    assert desk.plan(plan.id).period_end_at == datetime(2027, 2, 28, 9, 30, tzinfo=UTC)


def test_a_new_planned_change_takes_the_place_of_the_one_before(desk: Desk) -> None:
    plan = bought_in_june(desk, "ai-assist/growth/month")
    change(desk, plan, BUSINESS)
    change(desk, plan, PlanSelection("enterprise", Interval.MONTH))
    states = desk.rows("SELECT state FROM planned_changes ORDER BY id")
    assert [row.state for row in states] == ["dropped", "pending"]
    desk.turn_to(JULY_1)
    assert desk.plan(plan.id).plan == "Enterprise"


def test_of_five_who_plan_changes_at_once_one_change_stays_pending(desk: Desk) -> None:
    plan = bought_in_june(desk, "ai-assist/growth/month")
    wishes = [PlanSelection("business", Interval.MONTH, quantity) for quantity in range(1, 6)]
    answers = at_once(*[partial(change, desk, plan, wish, str(wish.quantity)) for wish in wishes])
    assert all(isinstance(answer, Changed) for answer in answers)
    assert len(desk.rows("SELECT id FROM planned_changes WHERE state = 'pending'")) == 1


def test_a_planned_change_can_be_taken_back_before_its_date(desk: Desk) -> None:
    plan = bought_in_june(desk, "ai-assist/growth/month")
    change(desk, plan, BUSINESS)
    undone = changes.undo_change(desk.billing, desk.owner(), plan.id)
    assert (undone.pending, undone.next_charge) == (None, plan.next_charge)
    desk.turn_to(JULY_1)
    assert desk.plan(plan.id).plan == "Growth"
    with pytest.raises(NothingPending):
        changes.undo_change(desk.billing, desk.owner(), plan.id)


def test_cancelling_drops_a_planned_downgrade_and_undoing_does_not_bring_it_back(desk: Desk) -> None:
    """INV-16: decided so."""
    plan, owner = bought_in_june(desk, "ai-assist/business/month"), desk.owner()
    change(desk, plan, GROWTH)
    assert subscriptions.cancel(desk.billing, owner, plan.id, "Too dear").pending is None
    undone = subscriptions.undo_cancellation(desk.billing, owner, plan.id)
    assert (undone.pending, undone.next_charge) == (None, plan.next_charge)
    desk.turn_to(JULY_1)
    assert desk.plan(plan.id).plan == "Business"


# prorate


def test_an_upgrade_is_paid_for_the_days_left_and_comes_at_once(desk: Desk) -> None:
    plan = bought_in_june(desk, "live-chat/basic/month")
    changed = change(desk, plan, PRO)
    assert (changed.subscription.plan, changed.subscription.period_end_at) == ("Pro", JULY_1)
    assert lines(desk) == [("credit", "Basic", -500, 15, 30), ("rest", "Pro", 1000, 15, 30)]
    assert desk.charged() == [1220, 610]
    desk.turn_to(JULY_1)
    assert desk.charged() == [1220, 610, 2440]
    assert desk.told()[2:4] == ["PlanChanged", "PaymentReceived"]
    assert verify(desk.billing) == ()


def test_an_upgrade_by_a_process_whose_clock_is_behind_costs_the_whole_difference_and_no_more(
    desk: Desk,
) -> None:
    """Its clock says that the cycle has not begun."""
    plan = bought_in_june(desk, "live-chat/basic/month")
    desk.clock.now = JUNE_1 - timedelta(minutes=4)
    changed = change(desk, plan, PRO)
    assert changed.subscription.period_end_at == plan.period_end_at
    assert desk.charged() == [1220, 1220]
    assert verify(desk.billing) == ()


def test_a_downgrade_comes_at_the_end_of_the_cycle_without_a_credit(desk: Desk) -> None:
    plan = bought_in_june(desk, "live-chat/pro/month")
    changed = change(desk, plan, BASIC)
    assert (changed.payment, changed.subscription.plan) == (None, "Pro")
    desk.turn_to(JULY_1)
    assert (desk.plan(plan.id).plan, desk.charged()) == ("Basic", [2440, 1220])


def test_more_of_the_same_is_paid_now_and_fewer_come_at_the_end(desk: Desk) -> None:
    plan = bought_in_june(desk, "live-chat/basic/month", quantity=2)
    more = change(desk, plan, PlanSelection("basic", Interval.MONTH, 5))
    assert (more.subscription.quantity, desk.charged()) == (5, [2440, 1830])
    fewer = change(desk, plan, BASIC)
    assert (fewer.subscription.quantity, fewer.payment) == (5, None)
    desk.turn_to(JULY_1)
    assert (desk.plan(plan.id).quantity, desk.charged()[-1]) == (1, 1220)


def test_a_second_upgrade_in_one_cycle_credits_the_whole_plan_and_not_the_last_charge(desk: Desk) -> None:
    plan = bought_in_june(desk, "live-chat/basic/month")
    change(desk, plan, PRO)
    desk.clock.now = datetime(2026, 6, 21, 12, tzinfo=UTC)
    change(desk, plan, MAX)
    # Pro was billed 10.00 for 15 days: 10 of them are left; of Max 10 of 30 days.
    assert lines(desk) == [("credit", "Pro", -667, 10, 15), ("rest", "Max", 1333, 10, 30)]
    assert desk.charged()[-1] == 813  # 6.66 and 22 % of it
    assert verify(desk.billing) == ()


def test_month_to_year_credits_the_unused_days_and_begins_a_whole_year_now(desk: Desk) -> None:
    plan = bought_in_june(desk, "live-chat/basic/month")
    changed = change(desk, plan, PlanSelection("basic", Interval.YEAR))
    assert lines(desk) == [("credit", "Basic", -500, 15, 30), ("cycle", "Basic", 12000, None, None)]
    assert changed.subscription.period_end_at == JUNE_16.replace(year=2027)
    assert (changed.subscription.interval, desk.charged()) == (Interval.YEAR, [1220, 14030])


def test_year_to_month_puts_what_is_left_on_the_credit_balance_which_pays_first(desk: Desk) -> None:
    desk.clock.now = JUNE_1
    owner = desk.owner()
    plan = desk.buy(owner, desk.property_of(owner), "live-chat/basic/year")
    desk.clock.now = JUNE_1 + timedelta(days=73)  # a fifth of the year is used
    changed = change(desk, plan, BASIC)
    assert changed.payment
    assert (changed.payment.state, changed.payment.amount.minor) == ("paid", 0)
    assert desk.invoices()[-1].total == Money(1220, "EUR")
    (note,) = desk.rows("SELECT total_minor, balance_minor FROM credit_notes")
    assert note.total_minor == note.balance_minor == 9600 * 122 // 100
    assert desk.charged() == [14640]
    for _ in range(8):
        desk.turn(days=31)
    assert desk.charged() == [14640]  # eight months of 12.20 are paid by 104.92
    assert desk.invoices()[-1].read_document().credit_minor == 1220
    desk.turn(days=31)
    assert desk.charged() == [14640, 488]
    assert desk.invoices()[-1].read_document().credit_minor == 732
    desk.turn(days=31)
    assert desk.charged() == [14640, 488, 1220]
    assert verify(desk.billing) == ()


# reset


def test_a_change_at_the_same_wall_time_an_hour_later_begins_an_hour_later(desk: Desk) -> None:
    desk.clock.now = datetime(2026, 10, 25, 0, 10, tzinfo=UTC)  # 02:10 in Rome
    owner = desk.owner()
    small = desk.buy(owner, desk.property_of(owner), "ai-bot/small/month")
    desk.clock.now += timedelta(hours=1)  # 02:10 again
    assert change(desk, small, LARGE).subscription.plan == "Large"
    begun = desk.rows("SELECT period_start_at FROM invoice_lines ORDER BY period_start_at")
    assert [str(row[0])[:16] for row in begun] == ["2026-10-25 00:10", "2026-10-25 01:10"]
    assert desk.charged() == [1220, 3660]
    assert verify(desk.billing) == ()
    desk.turn_to(datetime(2026, 12, 1, tzinfo=UTC))
    assert verify(desk.billing) == ()


@pytest.mark.parametrize(("has", "wish", "paid"), [("small", "large", 3660), ("large", "small", 1220)])
def test_a_reset_charges_a_whole_new_cycle_now_and_credits_nothing(
    desk: Desk, has: str, wish: str, paid: int
) -> None:
    plan = bought_in_june(desk, f"ai-bot/{has}/month")
    changed = change(desk, plan, PlanSelection(wish, Interval.MONTH))
    assert changed.subscription.plan == wish.title()
    assert changed.subscription.period_end_at == JUNE_16.replace(month=7)
    assert [line[0] for line in lines(desk)] == ["cycle"]
    assert desk.charged()[-1] == paid
    assert desk.turn_to(JULY_1).renewed == 0
    assert desk.turn_to(JUNE_16.replace(month=7)).renewed == 1


# what all share


def test_an_upgrade_that_is_declined_leaves_the_plan_as_it_was(desk: Desk) -> None:
    """INV-15."""
    plan = bought_in_june(desk, "live-chat/basic/month")
    desk.gateway.expect("tok_visa", Behaviour.DECLINES)
    with pytest.raises(PaymentDeclined):
        change(desk, plan, PRO)
    now = desk.plan(plan.id)
    assert (now.plan, now.status, now.pending, now.period_end_at) == ("Basic", "active", None, JULY_1)
    assert [payment.state for payment in desk.payments()] == ["paid", "failed"]
    assert len(desk.invoices()) == 1
    change(desk, plan, PRO)
    assert [invoice.number[-1] for invoice in desk.invoices()] == ["1", "2"]


def test_a_double_click_on_an_upgrade_is_charged_once(desk: Desk) -> None:
    plan = bought_in_june(desk, "live-chat/basic/month")
    answers = at_once(*[partial(change, desk, plan, PRO, "one click")] * 5)
    assert all(isinstance(answer, Changed) for answer in answers)
    assert desk.charged() == [1220, 610]
    assert len(desk.invoices()) == 2


def upgrade_that_waits(desk: Desk, behaviour: Behaviour = Behaviour.ASKS_FOR_ACTION) -> SubscriptionSnapshot:
    plan = bought_in_june(desk, "live-chat/basic/month")
    desk.gateway.expect("tok_visa", behaviour)
    waiting = change(desk, plan, PRO)
    assert waiting.subscription.pending
    assert (waiting.subscription.plan, waiting.subscription.pending.applies_at) == ("Basic", None)
    return plan


def test_an_upgrade_that_waits_for_authentication_comes_when_it_is_paid(desk: Desk) -> None:
    plan = upgrade_that_waits(desk)
    desk.gateway.authenticate(desk.gateway.calls[-1])
    desk.turn(minutes=1)
    assert (desk.plan(plan.id).plan, desk.charged()) == ("Pro", [1220, 610])


def test_an_upgrade_that_waits_for_authentication_gives_way_to_another_choice(desk: Desk) -> None:
    plan = upgrade_that_waits(desk)
    left = desk.gateway.calls[-1]
    assert change(desk, plan, MAX).subscription.plan == "Max"
    with pytest.raises(KeyError, match="waits for no payer"):
        desk.gateway.authenticate(left)
    assert desk.charged() == [1220, 1830]
    assert "PaymentFailed" not in desk.told()
    assert verify(desk.billing) == ()


def test_an_upgrade_that_waits_for_authentication_gives_way_to_its_undoing_and_to_a_cancellation(
    desk: Desk,
) -> None:
    plan, owner = upgrade_that_waits(desk), desk.owner()
    assert changes.undo_change(desk.billing, owner, plan.id).pending is None
    desk.gateway.expect("tok_visa", Behaviour.ASKS_FOR_ACTION)
    change(desk, plan, PRO)
    cancelled = subscriptions.cancel(desk.billing, owner, plan.id, "Too dear")
    assert (cancelled.plan, cancelled.pending, cancelled.ends_at) == ("Basic", None, plan.period_end_at)
    assert desk.charged() == [1220]
    assert verify(desk.billing) == ()


def test_the_banks_question_is_over_for_all_who_were_told_of_it(desk: Desk) -> None:
    plan, owner = upgrade_that_waits(desk), desk.owner()
    piazza = properties.look_at(desk.billing, owner, plan.property_id)
    anna = desk.member(owner, piazza, "UANNA", Role.ADMIN)
    changes.undo_change(desk.billing, anna, plan.id)
    asked = "SELECT audience, address, subject_key, fact FROM outbox WHERE kind = 'AuthenticationNeeded'"
    told = desk.rows(f"{asked} ORDER BY number")
    places = [("slack_channel", "CBILLING"), ("slack_person", owner.user_id)]
    assert [(row.audience, row.address) for row in told] == places * 2
    assert [str(row.fact).lower().replace(" ", "").count("true") for row in told] == [0, 0, 1, 1]
    assert told[0].subject_key == told[2].subject_key is not None  # in the place of the first
    desk.gateway.expect("tok_visa", Behaviour.ASKS_FOR_ACTION)
    change(desk, plan, PRO)
    changes.undo_change(desk.billing, owner, plan.id)  # who does it need not be told
    assert len(desk.rows(f"{asked} AND audience = 'slack_person'")) == 3


def test_who_was_just_in_time_has_paid_for_the_upgrade_that_was_to_give_way(desk: Desk) -> None:
    plan = upgrade_that_waits(desk)
    desk.gateway.authenticate(desk.gateway.calls[-1])
    cancelled = subscriptions.cancel(desk.billing, desk.owner(), plan.id, "Too dear")
    assert (cancelled.plan, cancelled.ends_at) == ("Pro", plan.period_end_at)
    assert desk.charged() == [1220, 610]
    assert verify(desk.billing) == ()


def test_who_undoes_or_changes_what_was_paid_just_before_is_told_so(desk: Desk) -> None:
    plan, owner = upgrade_that_waits(desk), desk.owner()
    desk.gateway.authenticate(desk.gateway.calls[-1])
    with pytest.raises(JustPaid) as refused:
        changes.undo_change(desk.billing, owner, plan.id)
    assert refused.value.amount.minor == 610
    assert (refused.value.what, refused.value.property_name) == ("Live Chat Pro", "Piazza")
    with pytest.raises(NothingPending):  # which is all that there is to say the next time
        changes.undo_change(desk.billing, owner, plan.id)
    desk.gateway.expect("tok_visa", Behaviour.ASKS_FOR_ACTION)
    change(desk, plan, MAX)
    desk.gateway.authenticate(desk.gateway.calls[-1])
    with pytest.raises(JustPaid):
        change(desk, plan, MAX)
    assert desk.plan(plan.id).plan == "Max"
    assert verify(desk.billing) == ()


def test_who_restarts_again_what_was_paid_just_before_is_told_so(desk: Desk) -> None:
    plan, owner = bought_in_june(desk, "live-chat/basic/month"), desk.owner()
    subscriptions.cancel(desk.billing, owner, plan.id, "Too dear")
    desk.turn_to(JULY_1)
    desk.gateway.expect("tok_visa", Behaviour.ASKS_FOR_ACTION)
    subscriptions.restart(desk.billing, owner, plan.id, key="once")
    desk.gateway.authenticate(desk.gateway.calls[-1])
    with pytest.raises(JustPaid) as refused:
        subscriptions.restart(desk.billing, owner, plan.id, key="again")
    assert refused.value.amount.minor == 1220
    assert desk.plan(plan.id).status == "active"


def test_an_upgrade_that_the_gateway_has_not_answered_blocks_others_until_it_does(desk: Desk) -> None:
    plan, owner = upgrade_that_waits(desk, Behaviour.SILENT_AFTER), desk.owner()
    for act in (
        lambda: change(desk, plan, MAX),
        lambda: changes.undo_change(desk.billing, owner, plan.id),
        lambda: subscriptions.cancel(desk.billing, owner, plan.id, "Too dear"),
    ):
        with pytest.raises(PaymentInProgress):
            act()
    desk.turn(minutes=1)
    assert (desk.plan(plan.id).plan, desk.charged()) == ("Pro", [1220, 610])


def test_an_upgrade_that_is_paid_after_its_cycle_has_ended_is_credited_and_not_applied(desk: Desk) -> None:
    plan = bought_in_june(desk, "live-chat/basic/month")
    desk.clock.now = JULY_1 - timedelta(hours=15)
    desk.gateway.expect("tok_visa", Behaviour.ASKS_FOR_ACTION)
    change(desk, plan, PRO)
    desk.gateway.authenticate(desk.gateway.calls[-1])  # and nobody has asked after it when the cycle ends
    desk.turn_to(JULY_1)
    now = desk.plan(plan.id)
    assert (now.plan, now.pending) == ("Basic", None)
    assert "LatePaymentCredited" in desk.told()
    assert verify(desk.billing) == ()


def test_a_change_to_what_it_has_or_what_is_not_sold_is_refused(desk: Desk) -> None:
    plan = bought_in_june(desk, "live-chat/basic/month")
    with pytest.raises(SamePlan):
        change(desk, plan, BASIC)
    with pytest.raises(NotSold):
        change(desk, plan, PlanSelection("huge", Interval.MONTH))


def test_what_is_cancelled_or_over_cannot_be_changed(desk: Desk) -> None:
    plan = bought_in_june(desk, "live-chat/basic/month")
    subscriptions.cancel(desk.billing, desk.owner(), plan.id, "Too dear")
    with pytest.raises(AlreadyCancelled):
        change(desk, plan, PRO)
    desk.turn_to(JULY_1)
    with pytest.raises(AlreadyEnded):
        change(desk, plan, PRO)


def test_changing_one_add_on_leaves_the_others_as_they_were(desk: Desk) -> None:
    plan, owner = bought_in_june(desk, "live-chat/basic/month"), desk.owner()
    others = [
        desk.subscribed(owner, desk.property_of(owner, "Corso")),
        desk.subscribed(owner, desk.property_of(owner, "Largo"), "video-voice", "standard"),
    ]
    change(desk, plan, MAX)
    assert [desk.plan(other.id) for other in others] == others


@pytest.mark.parametrize("interval", Interval)
def test_there_is_no_pause_and_the_reason_is_the_interval(desk: Desk, interval: Interval) -> None:
    owner = desk.owner()
    plan = desk.subscribed(owner, desk.property_of(owner), interval=interval)
    with pytest.raises(CannotPause) as refused:
        changes.refuse_pause(desk.billing, owner, plan.id)
    assert refused.value.interval == interval
    assert desk.plan(plan.id) == plan


def test_a_change_and_the_schedule_at_once_charge_the_new_cycle_once(desk: Desk) -> None:
    plan = bought_in_june(desk, "live-chat/basic/month")
    desk.clock.now = JULY_1
    at_once(partial(change, desk, plan, PRO), partial(due_work.run_due, desk.billing))
    due_work.run_due(desk.billing)
    cycles = [
        line
        for invoice in desk.invoices()
        for line in invoice.read_document().lines
        if line.kind is LineKind.CYCLE and line.first_day == date(2026, 7, 1)
    ]
    assert len(cycles) == 1
    assert verify(desk.billing) == ()
