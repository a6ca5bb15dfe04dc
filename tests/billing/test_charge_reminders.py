"""What is said ahead of a charge, each once, and that it is what is charged then: product line 50."""

from __future__ import annotations

import json
from dataclasses import MISSING, fields
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event

from billing import Actor
from billing.services import (
    agenda,
    changes,
    charge_reminders,
    contacts,
    copies,
    due_work,
    outbox,
    payment_methods,
    properties,
    purchases,
    subscriptions,
    trials,
)
from billing.services.changes import PlanSelection
from billing.values.actors import VIA_OPERATOR, Role
from billing.values.contacts import ContactKind
from billing.values.cycles import Interval
from billing.values.events import EVENTS, Topic
from billing.values.outbox import Audience
from billing.values.refusals import AlreadyCancelled, ChangedMeanwhile, NotAllowed
from billing.values.snapshots import CardSnapshot, PropertySnapshot, SubscriptionSnapshot
from tests.billing.desk import Desk, at_once
from tests.billing.office import Office

YEARLY = "ai-assist/growth/year"
TRIAL = "knowledge-base/standard/month"
KINDS = ("RenewalReminder", "TrialReminder", "CardReminder")


def said(desk: Desk, audience: Audience = Audience.SLACK_CHANNEL) -> list[dict[str, Any]]:
    """All reminders to the channel, oldest first."""
    rows = desk.rows("SELECT kind, fact FROM outbox WHERE audience = :a ORDER BY number", a=audience)
    facts = [(row.kind, json.loads(row.fact) if isinstance(row.fact, str) else row.fact) for row in rows]
    # What equals its field's default is left out.
    return [{"kind": kind} | left_out(kind) | fact["event"] for kind, fact in facts if kind in KINDS]


def left_out(kind: str) -> dict[str, Any]:
    return {field.name: field.default for field in fields(EVENTS[kind]) if field.default is not MISSING}


def days_ahead(desk: Desk, end: datetime, *days: int) -> list[tuple[str, int]]:
    """Which reminders came on each of these days before the end, in order."""
    found = []
    for ahead in days:
        before = len(said(desk))
        desk.turn_to(end - timedelta(days=ahead))
        found += [(one["kind"], ahead) for one in said(desk)[before:]]
    return found


def bought(desk: Desk, what: str = YEARLY) -> tuple[Actor, PropertySnapshot, SubscriptionSnapshot]:
    owner = desk.owner()
    piazza = desk.property_of(owner)
    return owner, piazza, desk.buy(owner, piazza, what)


def test_a_year_is_spoken_of_thirty_and_seven_days_ahead_and_charged_as_was_said(desk: Desk) -> None:
    _, _, plan = bought(desk)
    end = plan.period_end_at
    assert days_ahead(desk, end, 31, 30, 30, 29, 8, 7, 7, 6, 1) == [
        ("RenewalReminder", 30),
        ("RenewalReminder", 7),
    ]
    first, last = said(desk)
    assert first == last
    assert (last["charge_at"], last["minor"], last["currency"]) == (
        "2027-01-31T09:30:00.000000+00:00",
        35380,
        "EUR",
    )
    assert (last["card"], last["next_plan"], last["kept_by"]) == ("Visa 4242", "", "")
    desk.turn_to(end)
    assert desk.charged() == [35380, 35380]
    # And again of the next year.
    end = desk.plan(plan.id).period_end_at
    assert days_ahead(desk, end, 31, 30, 7) == [("RenewalReminder", 30), ("RenewalReminder", 7)]
    assert said(desk)[-1]["charge_at"] == "2028-01-31T09:30:00.000000+00:00"


def test_what_comes_late_is_said_once_and_not_at_all_once_it_has_come(desk: Desk) -> None:
    _, _, plan = bought(desk)
    end = plan.period_end_at
    assert days_ahead(desk, end, 5, 4, 1) == [("RenewalReminder", 5)]
    desk.turn_to(end)
    desk.turn_to(desk.plan(plan.id).period_end_at + timedelta(days=1))
    assert len(said(desk)) == 1


def test_a_monthly_plan_is_not_spoken_of(desk: Desk) -> None:
    _, _, plan = bought(desk, "ai-assist/growth/month")
    desk.turn_to(plan.period_end_at - timedelta(days=1))
    assert said(desk) == []


def test_nothing_is_said_of_what_is_cancelled_and_again_once_that_is_undone(desk: Desk) -> None:
    owner, _, plan = bought(desk)
    end = plan.period_end_at
    subscriptions.cancel(desk.billing, owner, plan.id, "Too dear")
    assert days_ahead(desk, end, 30, 20) == []
    subscriptions.undo_cancellation(desk.billing, owner, plan.id)
    assert days_ahead(desk, end, 7, 6) == [("RenewalReminder", 7)]


def test_a_scheduled_change_is_part_of_what_is_said(desk: Desk) -> None:
    owner, _, plan = bought(desk)
    wanted = PlanSelection("business", Interval.YEAR, 2)
    changes.change(desk.billing, owner, plan.id, wanted, key=desk.key())
    desk.turn_to(plan.period_end_at - timedelta(days=30))
    (one,) = said(desk)
    assert (one["plan"], one["next_plan"], one["quantity"], one["before_quantity"]) == (
        "Growth",
        "Business",
        2,
        1,
    )
    (comes,) = agenda.of_property(desk.billing, owner)
    assert comes.amount is not None
    assert one["minor"] == comes.amount.minor == 241560
    desk.turn_to(plan.period_end_at)
    assert desk.charged()[-1] == 241560


def test_a_year_that_becomes_months_is_no_yearly_renewal(desk: Desk) -> None:
    owner, _, plan = bought(desk)
    wanted = PlanSelection("growth", Interval.MONTH)
    changes.change(desk.billing, owner, plan.id, wanted, key=desk.key())
    assert days_ahead(desk, plan.period_end_at, 30, 10) == []
    changes.undo_change(desk.billing, owner, plan.id)
    assert days_ahead(desk, plan.period_end_at, 7) == [("RenewalReminder", 7)]


def test_several_who_found_the_same_due_say_it_once(desk: Desk) -> None:
    owner, _, plan = bought(desk)
    desk.clock.now = plan.period_end_at - timedelta(days=30)
    found = (owner.workspace_id, plan.id)
    at_once(*[lambda: charge_reminders.remind_of_end(desk.billing, *found)] * 6)
    assert [one["kind"] for one in said(desk)] == ["RenewalReminder"]


def test_a_trial_is_spoken_of_three_days_before_its_end_and_charged_as_was_said(desk: Desk) -> None:
    _, _, plan = bought(desk, TRIAL)
    end = plan.period_end_at
    assert days_ahead(desk, end, 4, 3, 3, 2, 1) == [("TrialReminder", 3)]
    (one,) = said(desk)
    assert (datetime.fromisoformat(one["charge_at"]), one["minor"], one["card"]) == (end, 1830, "Visa 4242")
    desk.turn_to(end)
    assert desk.charged() == [1830]


def test_a_trial_that_goes_on_is_spoken_of_again_before_its_new_end(desk: Desk) -> None:
    owner, _, plan = bought(desk, TRIAL)
    assert days_ahead(desk, plan.period_end_at, 3) == [("TrialReminder", 3)]
    seller = Actor(owner.workspace_id, "USELLER", VIA_OPERATOR)
    put_off = trials.extend(desk.billing, seller, plan.id, 10, seen_end=plan.period_end_at)
    assert days_ahead(desk, put_off.period_end_at, 4, 3) == [("TrialReminder", 3)]


def test_a_trial_without_a_card_says_that_it_has_none(desk: Desk) -> None:
    owner = desk.owner()
    piazza = desk.property_of(owner)
    order = purchases.Order(piazza.id, "knowledge-base", "standard", Interval.MONTH)
    trial = purchases.purchase(desk.billing, owner, order, key="one").subscription
    desk.turn_to(trial.period_end_at - timedelta(days=3))
    assert [(one["kind"], one["card"]) for one in said(desk)] == [("TrialReminder", "")]


def test_a_trial_no_longer_than_that_was_spoken_of_when_it_began(desk: Desk) -> None:
    desk.execute("UPDATE prices SET trial_days = 3 WHERE add_on_id = 'knowledge-base'")
    _, _, plan = bought(desk, TRIAL)
    assert plan.period_end_at == desk.clock.now + timedelta(days=3)
    assert days_ahead(desk, plan.period_end_at, 2, 1) == []


def with_card(
    desk: Desk, month: int, year: int, token: str = "tok_visa"
) -> tuple[Actor, str, SubscriptionSnapshot]:
    """A monthly plan whose cycles end on the last day of each month, paid by a card that is valid to that month."""
    owner = desk.owner()
    piazza = desk.property_of(owner)
    card = CardSnapshot("Visa", "4242", month, year)
    desk.cards[f"{piazza.id} {token}"] = payment_methods.keep(desk.billing, owner, piazza.id, token, card)
    return owner, piazza.id, desk.buy(owner, piazza, "ai-assist/growth/month", token)


def test_a_card_that_expires_before_the_next_charge_is_spoken_of_once(desk: Desk) -> None:
    desk.clock.now = datetime(2026, 3, 10, 9, tzinfo=UTC)
    _, _, plan = with_card(desk, 3, 2026)
    end = datetime(2026, 4, 10, 8, tzinfo=UTC)
    assert plan.period_end_at == end
    assert days_ahead(desk, end, 15, 14, 14, 13, 1) == [("CardReminder", 14)]
    (one,) = said(desk)
    assert (one["last_day"], one["minor"], one["card"]) == ("2026-03-31", 3538, "Visa 4242")
    # The bank took it all the same: the same card is not spoken of again.
    desk.turn_to(end)
    assert desk.charged() == [3538, 3538]
    desk.turn_to(desk.plan(plan.id).period_end_at - timedelta(days=1))
    assert len(said(desk)) == 1


def test_several_who_found_the_same_card_speak_of_it_once(desk: Desk) -> None:
    desk.clock.now = datetime(2026, 3, 10, 9, tzinfo=UTC)
    owner, _, plan = with_card(desk, 3, 2026)
    desk.clock.now = plan.period_end_at - timedelta(days=14)
    found = (owner.workspace_id, plan.id)
    at_once(*[lambda: charge_reminders.remind_of_card(desk.billing, *found)] * 6)
    assert [one["kind"] for one in said(desk)] == ["CardReminder"]


def test_a_card_that_is_good_at_the_next_charge_is_spoken_of_before_the_one_after(desk: Desk) -> None:
    desk.clock.now = datetime(2026, 3, 10, 9, tzinfo=UTC)
    _, _, plan = with_card(desk, 4, 2026)
    desk.turn_to(plan.period_end_at - timedelta(days=1))
    assert said(desk) == []
    desk.turn_to(plan.period_end_at)
    assert days_ahead(desk, desk.plan(plan.id).period_end_at, 15, 14) == [("CardReminder", 14)]


def test_of_a_card_that_was_replaced_nothing_is_said(desk: Desk) -> None:
    desk.clock.now = datetime(2026, 3, 10, 9, tzinfo=UTC)
    owner, piazza, plan = with_card(desk, 3, 2026)
    newer = payment_methods.keep(
        desk.billing, owner, piazza, "tok_new", CardSnapshot("Visa", "1111", 12, 2030)
    )
    payment_methods.choose(desk.billing, owner, plan.id, newer)
    desk.turn_to(plan.period_end_at - timedelta(days=1))
    assert said(desk) == []


@pytest.mark.parametrize("muted", [Topic.YEARLY_RENEWALS, Topic.TRIALS, Topic.EXPIRING_CARDS])
def test_each_is_switched_off_by_itself(desk: Desk, muted: Topic) -> None:
    desk.clock.now = datetime(2026, 3, 10, 9, tzinfo=UTC)
    owner = desk.owner()
    piazza = desk.property_of(owner)
    others = [topic for topic in Topic if topic is not muted]
    properties.announce_in(desk.billing, owner, piazza.id, "CBILLING", others)
    card = CardSnapshot("Visa", "4242", 2, 2027)
    desk.cards[f"{piazza.id} tok_visa"] = payment_methods.keep(
        desk.billing, owner, piazza.id, "tok_visa", card
    )
    trial, year = desk.buy(owner, piazza, TRIAL), desk.buy(owner, piazza, YEARLY)
    desk.turn_to(trial.period_end_at - timedelta(days=1))
    subscriptions.cancel(desk.billing, owner, trial.id, "Not now")
    for ahead in (30, 14, 7):
        desk.turn_to(year.period_end_at - timedelta(days=ahead))
    told = dict(zip(KINDS, (Topic.YEARLY_RENEWALS, Topic.TRIALS, Topic.EXPIRING_CARDS), strict=True))
    assert {one["kind"] for one in said(desk)} == {kind for kind in KINDS if told[kind] is not muted}


def test_while_no_channel_is_chosen_whoever_pays_hears_it_in_private(desk: Desk) -> None:
    owner, piazza, plan = bought(desk)
    desk.member(owner, piazza, "UADMIN", Role.ADMIN)
    properties.announce_in(desk.billing, owner, piazza.id, None)
    desk.turn_to(plan.period_end_at - timedelta(days=30))
    assert (said(desk), [one["kind"] for one in said(desk, Audience.SLACK_PERSON)]) == (
        [],
        ["RenewalReminder"],
    )
    assert told_to(desk) == [owner.user_id]
    # Who has a channel and does not want it told there, does not want it told.
    others = [topic for topic in Topic if topic is not Topic.YEARLY_RENEWALS]
    properties.announce_in(desk.billing, owner, piazza.id, "CBILLING", others)
    desk.turn_to(plan.period_end_at - timedelta(days=7))
    properties.announce_in(desk.billing, owner, piazza.id, None)
    assert (said(desk), told_to(desk)) == ([], [owner.user_id])


def told_to(desk: Desk) -> list[str]:
    """Who read reminders in private."""
    told = desk.rows("SELECT kind, address FROM outbox WHERE audience = 'slack_person' ORDER BY number")
    return [row.address for row in told if row.kind in KINDS]


def test_nothing_is_said_while_the_books_are_on_hold(desk: Desk) -> None:
    _, _, plan = bought(desk)
    desk.clock.now = plan.period_end_at - timedelta(days=30)
    copies.hold(desk.billing, "A drill.")
    due_work.run_due(desk.billing)
    assert said(desk) == []


def claimed(desk: Desk) -> list[Any]:
    return [one.event for one in outbox.claim(desk.billing) if one.event.kind in KINDS]


def without_what_was_told(desk: Desk) -> None:
    desk.execute("UPDATE outbox SET told_at = written_at")


def test_what_waited_is_told_as_it_is_by_then_or_not_at_all(desk: Desk) -> None:
    owner, _, plan = bought(desk)
    end = plan.period_end_at
    without_what_was_told(desk)
    desk.turn_to(end - timedelta(days=30))
    # The seller's price is another one by the time that Slack is back.
    desk.execute("UPDATE prices SET minor = 30000 WHERE plan_id = 'growth' AND interval = 'year'")
    (event,) = claimed(desk)
    assert (event.minor, event.charge_at) == (36600, end)
    desk.execute("UPDATE outbox SET claimed_until = NULL")
    subscriptions.cancel(desk.billing, owner, plan.id, "Too dear")
    assert claimed(desk) == []
    subscriptions.undo_cancellation(desk.billing, owner, plan.id)
    assert claimed(desk) == []  # once it was told no more it stays untold


def test_what_waited_past_its_charge_is_not_told(desk: Desk) -> None:
    _, _, plan = bought(desk)
    without_what_was_told(desk)
    desk.turn_to(plan.period_end_at - timedelta(days=7))
    assert len(said(desk)) == 1
    desk.turn_to(plan.period_end_at)
    assert claimed(desk) == []


def test_who_keeps_it_ends_the_reminders_of_that_charge(desk: Desk) -> None:
    owner, piazza, plan = bought(desk)
    end = plan.period_end_at
    agent = desk.member(owner, piazza, "UACCOUNTANT", Role.ACCOUNTANT)
    desk.turn_to(end - timedelta(days=30))
    with pytest.raises(NotAllowed):
        charge_reminders.keep(desk.billing, agent, plan.id, end)
    with pytest.raises(ChangedMeanwhile):
        charge_reminders.keep(desk.billing, owner, plan.id, end + timedelta(days=365))
    version = desk.plan(plan.id).version
    kept = charge_reminders.keep(desk.billing, owner, plan.id, end)
    assert (kept.next_charge_at, kept.version) == (end, version)
    charge_reminders.keep(desk.billing, owner, plan.id, end)
    assert [one["kept_by"] for one in said(desk)] == ["", "UOWNER"]
    entries = desk.audit("subscription.keep")
    assert [entry.refused_as for entry in entries] == ["NotAllowed", "ChangedMeanwhile", None]
    assert days_ahead(desk, end, 7, 1) == []
    desk.turn_to(end)
    assert days_ahead(desk, desk.plan(plan.id).period_end_at, 30) == [("RenewalReminder", 30)]


def test_what_is_cancelled_cannot_be_kept(desk: Desk) -> None:
    owner, _, plan = bought(desk)
    subscriptions.cancel(desk.billing, owner, plan.id, "Too dear")
    with pytest.raises(AlreadyCancelled):
        charge_reminders.keep(desk.billing, owner, plan.id, plan.period_end_at)


@pytest.mark.slow
def test_contacts_who_want_reminders_are_mailed_them(both: Office) -> None:
    desk, shop = both.desk, both.shop
    contacts.add(desk.billing, both.owner, shop.id, "UANNA", "", (ContactKind.REMINDERS,))
    plan = both.buy(None, "ai-assist/growth/year")
    both.deliver()
    both.box.taken.clear()
    desk.turn_to(plan.period_end_at - timedelta(days=30))
    both.deliver()
    assert both.subjects() == ["Reminder: AI Assist Growth renews on January 31, 2027"]


def test_a_tick_that_finds_nothing_asks_for_reminders_by_their_indexes_in_one_statement(desk: Desk) -> None:
    bought(desk)
    asked: list[tuple[str, Any]] = []
    event.listen(engine := desk.billing.engine, "before_cursor_execute", lambda *of: asked.append(of[2:4]))
    due_work.run_plans(desk.billing)
    ((statement, values),) = [one for one in asked if "early_reminder_end_at" in one[0]]
    is_sqlite = engine.dialect.name == "sqlite"
    with engine.begin() as connection:
        if not is_sqlite:
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")  # of one row it would read the table
        explain = "EXPLAIN QUERY PLAN" if is_sqlite else "EXPLAIN"
        plan = str(connection.exec_driver_sql(f"{explain} {statement}", values).all())
    for name in ("early_reminder", "late_reminder", "trial_reminder"):
        assert f"ix_subscriptions_{name}" in plan
