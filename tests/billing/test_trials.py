"""Trials: free for their days, then a first paid cycle that begins where they end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from alembic import command
from alembic.config import Config
from typer.testing import CliRunner

from billing import Actor
from billing.__main__ import program
from billing.adapters import database
from billing.services import (
    changes,
    payment_methods,
    payments,
    plans,
    purchases,
    subscriptions,
    transfers,
    trials,
)
from billing.services.changes import PlanSelection
from billing.services.verify import verify
from billing.values.actors import VIA_OPERATOR, Role
from billing.values.cycles import Interval
from billing.values.money import Money
from billing.values.refusals import (
    AlreadyBought,
    AlreadyCancelled,
    ChangedMeanwhile,
    NotFound,
    NotOnTrial,
    TrialTooLong,
)
from billing.values.snapshots import PropertySnapshot
from tests.billing.desk import WORKSPACE, Desk

TRIAL = "knowledge-base/standard/month"
PLUS = PlanSelection("plus", Interval.MONTH)


def test_a_trial_costs_nothing_and_says_what_will_come(desk: Desk) -> None:
    owner = desk.owner()
    trial = desk.buy(owner, desk.property_of(owner), TRIAL)
    assert (trial.status, trial.next_charge) == ("trialing", Money(1830, "EUR"))
    assert trial.next_charge_at == desk.clock.now + timedelta(days=7)
    assert (desk.charged(), desk.invoices(), desk.told()) == ([], [], ["SubscriptionStarted"])


def test_a_trial_converts_at_its_end_into_a_whole_cycle_with_an_anchor_of_its_own(desk: Desk) -> None:
    """POL-37: without the new anchor the first paid period was a month and 23 days."""
    desk.clock.now = datetime(2024, 4, 28, 12, tzinfo=UTC)
    owner = desk.owner()
    trial = desk.buy(owner, desk.property_of(owner), TRIAL)
    end = datetime(2024, 5, 5, 12, tzinfo=UTC)
    assert trial.period_end_at == end
    assert desk.turn_to(end - timedelta(seconds=1)).renewed == 0
    assert desk.turn_to(end + timedelta(days=2)).renewed == 1
    paid = desk.plan(trial.id)
    assert (paid.status, paid.period_end_at) == ("active", datetime(2024, 6, 5, 12, tzinfo=UTC))
    (line,) = desk.invoices()[0].read_document().lines
    assert (line.first_day.isoformat(), line.last_day.isoformat()) == ("2024-05-05", "2024-06-04")
    assert desk.charged() == [1830]
    assert verify(desk.billing) == ()


def test_a_trial_may_begin_without_a_card_and_is_past_due_when_there_is_none_at_its_end(desk: Desk) -> None:
    owner = desk.owner()
    piazza = desk.property_of(owner)
    order = purchases.Order(piazza.id, "knowledge-base", "standard", Interval.MONTH)
    trial = purchases.purchase(desk.billing, owner, order, key="one").subscription
    desk.turn(days=7)
    assert desk.plan(trial.id).status == "past_due"
    (unpaid,) = payments.unpaid(desk.billing, owner, trial.id)
    payment_methods.choose(desk.billing, owner, trial.id, desk.card(owner, piazza))
    assert payments.pay_now(desk.billing, owner, unpaid.id).state == "paid"
    assert desk.plan(trial.id).status == "active"


def test_a_trial_that_was_cancelled_ends_without_a_charge(desk: Desk) -> None:
    owner = desk.owner()
    trial = desk.buy(owner, desk.property_of(owner), TRIAL)
    subscriptions.cancel(desk.billing, owner, trial.id, "Not for us")
    desk.turn(days=60)
    assert desk.plan(trial.id).ended_at == trial.period_end_at
    assert (desk.charged(), desk.invoices()) == ([], [])


def test_the_plan_of_a_trial_changes_at_once_for_nothing_and_the_trial_goes_on(desk: Desk) -> None:
    owner = desk.owner()
    trial = desk.buy(owner, desk.property_of(owner), TRIAL)
    quote = changes.preview_change(desk.billing, owner, trial.id, PLUS)
    changed = changes.change(desk.billing, owner, trial.id, PLUS, key="up", expected_quote=quote.fingerprint)
    assert (changed.payment, changed.subscription.plan) == (None, "Plus")
    assert (changed.subscription.status, changed.subscription.period_end_at) == (
        "trialing",
        trial.period_end_at,
    )
    desk.turn(days=7)
    assert desk.charged() == [3050]


def test_a_trial_is_begun_with_the_quote_that_was_shown(desk: Desk) -> None:
    owner = desk.owner()
    order = desk.order(owner, desk.property_of(owner), TRIAL)
    quote = purchases.preview_purchase(desk.billing, owner, order)
    assert (quote.charge_now, quote.document) == (Money(0, "EUR"), None)
    assert (quote.next_charge, quote.next_charge_at) == (
        Money(1830, "EUR"),
        desk.clock.now + timedelta(days=7),
    )
    desk.clock.now += timedelta(minutes=1)
    purchases.purchase(desk.billing, owner, order, key="one", expected_quote=quote.fingerprint)


def test_a_second_click_on_a_trial_begins_no_second_one(desk: Desk) -> None:
    owner = desk.owner()
    order = desk.order(owner, desk.property_of(owner), TRIAL)
    purchases.purchase(desk.billing, owner, order, key="one")
    with pytest.raises(AlreadyBought):
        purchases.purchase(desk.billing, owner, order, key="one")
    assert len(desk.rows("SELECT id FROM subscriptions")) == 1


def tried(desk: Desk) -> tuple[Actor, PropertySnapshot]:
    """An owner and a property that had a trial of it, cancelled it and let it end."""
    owner = desk.owner()
    piazza = desk.property_of(owner)
    trial = desk.buy(owner, piazza, TRIAL)
    subscriptions.cancel(desk.billing, owner, trial.id, "not_used")
    desk.turn(days=8)
    assert desk.plan(trial.id).status == "ended"
    return owner, piazza


@pytest.mark.parametrize("what", [TRIAL, "knowledge-base/plus/month"])
@pytest.mark.parametrize("who", ["UOWNER", "UADMIN"])
def test_a_property_has_one_trial_of_an_add_on_whatever_the_plan_and_whoever_buys(
    desk: Desk, what: str, who: str
) -> None:
    owner, piazza = tried(desk)
    buyer = owner if who == "UOWNER" else desk.member(owner, piazza, who, Role.ADMIN)
    offered = plans.on_sale(desk.billing, buyer, piazza.id).offers
    assert [one.trial_days for one in offered if one.add_on_id == "knowledge-base"] == [0, 0]
    shown = purchases.preview_purchase(desk.billing, buyer, desk.order(buyer, piazza, what))
    bought = desk.buy(buyer, piazza, what)
    assert bought.status == "active"
    assert desk.charged() == [shown.charge_now.minor] == [bought.next_charge and bought.next_charge.minor]
    assert verify(desk.billing) == ()


def test_another_property_and_another_add_on_have_a_trial_of_their_own(desk: Desk) -> None:
    owner, _ = tried(desk)
    corso = desk.property_of(owner, "Corso")
    offered = plans.on_sale(desk.billing, owner, corso.id).offers
    assert [one.trial_days for one in offered if one.add_on_id == "knowledge-base"] == [7, 7]
    assert desk.buy(owner, corso, TRIAL).status == "trialing"


def test_a_trial_that_was_transferred_was_had_by_both_properties(desk: Desk) -> None:
    owner = desk.owner()
    piazza, corso = desk.property_of(owner), desk.property_of(owner, "Corso")
    trial = desk.buy(owner, piazza, TRIAL)
    transfers.transfer(desk.billing, owner, trial.id, corso.id)
    assert desk.buy(owner, piazza, TRIAL).status == "active"
    subscriptions.cancel(desk.billing, owner, trial.id, "not_used")
    desk.turn(days=8)
    assert desk.buy(owner, corso, TRIAL).status == "active"


def test_who_restarts_after_a_trial_pays_at_once_and_buys_without_a_trial_later(desk: Desk) -> None:
    owner, piazza = tried(desk)
    (ended,) = desk.rows("SELECT id FROM subscriptions")
    restarted = subscriptions.restart(desk.billing, owner, ended.id, key="again")
    assert (restarted.status, desk.charged()) == ("active", [1830])
    subscriptions.cancel(desk.billing, owner, ended.id, "not_used")
    desk.turn(days=40)
    assert desk.buy(owner, piazza, TRIAL).status == "active"


def test_trials_of_before_are_known_by_the_audit_log(desk: Desk) -> None:
    owner, piazza = tried(desk)
    desk.buy(owner, desk.property_of(owner, "Corso"))
    config = Config(toml_file=database.ROOT / "pyproject.toml")
    config.attributes["engine"] = desk.billing.engine
    command.downgrade(config, "0026")
    database.migrate(desk.billing.engine)
    known = desk.rows("SELECT trial_property_id FROM subscriptions ORDER BY purchased_at")
    assert [row.trial_property_id for row in known] == [piazza.id, None]


SELLER = Actor(WORKSPACE, "U0SELLER", VIA_OPERATOR)


def test_an_extended_trial_is_charged_that_much_later_at_the_same_time_of_day(desk: Desk) -> None:
    desk.clock.now = datetime(2026, 10, 20, 10, tzinfo=UTC)  # noon in Rome; the clocks go back on the 25th
    owner = desk.owner()
    trial = desk.buy(owner, desk.property_of(owner), TRIAL)
    assert trial.period_end_at == datetime(2026, 10, 27, 11, tzinfo=UTC)
    shown, before = trials.preview(desk.billing, SELLER, trial.id, 5)
    longer = trials.extend(desk.billing, SELLER, trial.id, 5, seen_end=before)
    assert (before, longer.period_end_at) == (trial.period_end_at, datetime(2026, 11, 1, 11, tzinfo=UTC))
    assert (shown.period_end_at, shown.next_charge) == (longer.period_end_at, Money(1830, "EUR"))
    with pytest.raises(ChangedMeanwhile):
        trials.extend(desk.billing, SELLER, trial.id, 5, seen_end=before)
    assert desk.told() == ["SubscriptionStarted", "TrialExtended"]
    assert desk.rows("SELECT type FROM facts ORDER BY number")[-1] == ("subscription.changed",)
    assert verify(desk.billing) == ()
    assert desk.turn_to(longer.period_end_at - timedelta(seconds=1)).renewed == 0
    assert desk.turn_to(longer.period_end_at).renewed == 1
    (line,) = desk.invoices()[0].read_document().lines
    assert (line.first_day.isoformat(), line.last_day.isoformat()) == ("2026-11-01", "2026-11-30")
    assert verify(desk.billing) == ()
    with pytest.raises(NotOnTrial):
        trials.extend(desk.billing, SELLER, trial.id, 5, seen_end=longer.period_end_at)


def test_a_trial_is_extended_to_a_year_at_most_and_no_cancelled_one(desk: Desk) -> None:
    owner = desk.owner()
    trial = desk.buy(owner, desk.property_of(owner), TRIAL)
    for days in (0, -1, 359):
        with pytest.raises(TrialTooLong) as refused:
            trials.preview(desk.billing, SELLER, trial.id, days)
        assert refused.value.most == 358
    assert trials.preview(desk.billing, SELLER, trial.id, 358)[0].period_end_at > trial.period_end_at
    subscriptions.cancel(desk.billing, owner, trial.id, "Not for us")
    with pytest.raises(AlreadyCancelled):
        trials.extend(desk.billing, SELLER, trial.id, 5, seen_end=trial.period_end_at)
    with pytest.raises(NotFound):
        trials.preview(desk.billing, Actor("T0OTHER", "", VIA_OPERATOR), trial.id, 5)


def test_the_operator_extends_a_trial_on_the_command_line(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.clock.now = datetime.now(UTC)  # the command goes by the clock of the machine
    owner = desk.owner()
    trial = desk.buy(owner, desk.property_of(owner), TRIAL)
    monkeypatch.setenv("DATABASE_URL", desk.billing.engine.url.render_as_string(hide_password=False))
    given = ["extend-trial", WORKSPACE, trial.id, "7"]
    shown = CliRunner().invoke(program, [*given, "--dry-run"])
    assert "The free trial of Knowledge Base Standard of Piazza would end" in shown.output, shown.output
    assert desk.plan(trial.id).period_end_at == trial.period_end_at
    done = CliRunner().invoke(program, [*given, "--language", "it"])
    assert "La prova gratuita di Knowledge Base Standard di Piazza finisce il" in done.output, done.output
    assert desk.plan(trial.id).period_end_at == trial.period_end_at + timedelta(days=7)
    refused = CliRunner().invoke(program, [*given[:-1], "400"])
    assert (refused.exit_code, "It can be extended by 1 to 351 days." in refused.output) == (1, True)


def test_what_is_said_of_a_change_before_one_is_chosen_is_what_comes_of_it(desk: Desk) -> None:
    owner = desk.owner()
    piazza = desk.property_of(owner)
    trial = desk.buy(owner, piazza, TRIAL)
    chat, bot = desk.buy(owner, piazza, "live-chat/pro/month"), desk.buy(owner, piazza, "ai-bot/small/month")
    plans_of = [plans.choices(desk.billing, owner, one.id).policy for one in (trial, chat, bot)]
    assert plans_of == ["trial", "prorate", "reset"]
    desk.execute("UPDATE subscriptions SET paid_elsewhere_until = period_end_at WHERE id = :s", s=bot.id)
    assert plans.choices(desk.billing, owner, bot.id).policy == "period_end"
    desk.clock.now = chat.period_end_at - timedelta(hours=3)
    assert plans.choices(desk.billing, owner, chat.id).policy == ""
