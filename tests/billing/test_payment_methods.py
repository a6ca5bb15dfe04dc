"""Saved cards: which there are, what each pays, and how one is removed."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from billing.adapters.gateways.sandbox import Behaviour
from billing.services import card_setups, payment_methods, payments, subscriptions
from billing.values.events import CardSaved
from billing.values.refusals import MethodInUse, NoPaymentMethod, NotFound, PaymentDeclined
from billing.values.snapshots import CardSnapshot
from tests.billing.desk import VISA, Desk, at_once


def test_a_card_names_what_it_pays_and_when_it_expires(desk: Desk) -> None:
    owner = desk.owner()
    piazza, corso = desk.property_of(owner), desk.property_of(owner, "Corso")
    plan = desk.buy(owner, piazza)
    desk.buy(owner, piazza, "ai-bot/small/month")
    desk.card(owner, corso, "tok_other")
    desk.clock.now = datetime(2026, 2, 1, tzinfo=UTC)
    old = payment_methods.keep(
        desk.billing, owner, piazza.id, "tok_old", CardSnapshot("Visa", "1111", 1, 2026)
    )
    soon = payment_methods.keep(
        desk.billing, owner, piazza.id, "tok_soon", CardSnapshot("Visa", "2222", 2, 2026)
    )
    found = {
        one.id: (one.pays, one.expires) for one in payment_methods.listed(desk.billing, owner, piazza.id)
    }
    assert found == {
        soon: ((), "soon"),
        old: ((), "expired"),
        desk.card(owner, piazza): (("AI Bot", "Live Chat"), None),
    }
    payment_methods.choose(desk.billing, owner, plan.id, soon)
    assert {one.id: one.pays for one in payment_methods.listed(desk.billing, owner, piazza.id)}[soon] == (
        "Live Chat",
    )


@pytest.mark.parametrize(
    ("today", "expires"),
    [
        (date(2028, 1, 29), None),
        (date(2028, 1, 30), "soon"),
        (date(2028, 2, 29), "soon"),
        (date(2028, 3, 1), "expired"),
    ],
)
def test_a_card_is_good_to_the_last_day_of_its_month(today: date, expires: str | None) -> None:
    assert CardSnapshot("Visa", "4242", 2, 2028).expires(today) == expires


def test_the_same_card_is_kept_once_however_many_keep_it(desk: Desk) -> None:
    owner = desk.owner()
    piazza = desk.property_of(owner)
    ids = at_once(*[lambda: payment_methods.keep(desk.billing, owner, piazza.id, "tok_visa", VISA)] * 4)
    assert len(set(ids)) == 1
    assert len(payment_methods.listed(desk.billing, owner)) == 1


def test_a_card_that_pays_is_not_removed_and_another_one_frees_it(desk: Desk) -> None:
    owner = desk.owner()
    piazza = desk.property_of(owner)
    plan = desk.buy(owner, piazza)
    card, other = desk.card(owner, piazza), desk.card(owner, piazza, "tok_other")
    before = desk.everything(but=("audit_entries",))
    with pytest.raises(MethodInUse) as refused:
        payment_methods.remove(desk.billing, owner, card)
    assert refused.value.subscriptions == ("Live Chat",)
    assert desk.everything(but=("audit_entries",)) == before
    payment_methods.choose(desk.billing, owner, plan.id, other)
    payment_methods.remove(desk.billing, owner, card)
    assert [one.id for one in payment_methods.listed(desk.billing, owner)] == [other]
    assert [one.card for one in payments.history(desk.billing, owner, plan.id)] == ["Visa 4242"]
    for act in (
        lambda: payment_methods.remove(desk.billing, owner, card),
        lambda: payment_methods.choose(desk.billing, owner, plan.id, card),
    ):
        with pytest.raises(NotFound):
            act()


def test_an_ended_plan_loses_the_card_and_does_not_begin_anew_with_it(desk: Desk) -> None:
    owner = desk.owner()
    piazza = desk.property_of(owner)
    plan = desk.buy(owner, piazza)
    subscriptions.cancel(desk.billing, owner, plan.id, "Too dear")
    desk.turn_to(plan.period_end_at)
    payment_methods.remove(desk.billing, owner, desk.card(owner, piazza))
    with pytest.raises(NoPaymentMethod):
        subscriptions.restart(desk.billing, owner, plan.id, key="one")
    again = payment_methods.keep(desk.billing, owner, piazza.id, "tok_visa", VISA)
    payment_methods.choose(desk.billing, owner, plan.id, again)
    assert subscriptions.restart(desk.billing, owner, plan.id, key="two").status == "active"


def test_a_card_that_is_removed_while_it_is_chosen_never_pays(desk: Desk) -> None:
    owner = desk.owner()
    piazza = desk.property_of(owner)
    plan = desk.buy(owner, piazza)
    other = desk.card(owner, piazza, "tok_other")
    at_once(
        lambda: payment_methods.choose(desk.billing, owner, plan.id, other),
        lambda: payment_methods.remove(desk.billing, owner, other),
    )
    (left,) = desk.rows(
        "SELECT count(*) AS wrong FROM subscriptions s JOIN payment_methods m ON m.id = s.payment_method_id"
        " WHERE m.removed_at IS NOT NULL"
    )
    assert left.wrong == 0


def test_a_card_that_the_bank_refused_for_good_is_marked_until_it_pays_again(desk: Desk) -> None:
    owner = desk.owner()
    piazza = desk.property_of(owner)
    token = f"tok_{Behaviour.DECLINES_FOR_GOOD}"
    good, bad = desk.card(owner, piazza), desk.card(owner, piazza, token)
    with pytest.raises(PaymentDeclined):
        desk.buy(owner, piazza, token=token)
    listed = {one.id: one.is_dead for one in payment_methods.listed(desk.billing, owner, piazza.id)}
    assert listed == {good: False, bad: True}
    desk.gateway.expect(token, Behaviour.MISCONFIGURED)
    with pytest.raises(PaymentDeclined):
        desk.buy(owner, piazza, token=token)
    listed = {one.id: one.is_dead for one in payment_methods.listed(desk.billing, owner, piazza.id)}
    assert listed == {good: False, bad: True}  # no bank was asked since


def test_a_card_is_said_to_be_charged_with_the_renewal_that_waits_for_the_payer_of_another(
    desk: Desk,
) -> None:
    owner = desk.owner()
    piazza = desk.property_of(owner)
    plan = desk.buy(owner, piazza)
    careful, other = desk.card(owner, piazza, "tok_asks_for_action"), desk.card(owner, piazza, "tok_other")
    choice = payment_methods.choose(desk.billing, owner, plan.id, careful)
    assert (choice.tried, choice.due) == (None, None)
    desk.turn_to(plan.period_end_at)
    assert payment_methods.choose(desk.billing, owner, plan.id, careful).due is None
    choice = payment_methods.choose(desk.billing, owner, plan.id, other)
    assert choice.tried is None
    assert choice.due is not None
    assert (choice.due.amount.minor, choice.due.waiting_for) == (1220, "authentication")
    desk.turn(seconds=1)
    assert desk.charged() == [1220, 1220]


def test_of_two_that_are_owed_a_card_is_said_to_be_charged_with_the_one_that_is_charged_at_once(
    desk: Desk,
) -> None:
    desk = replace(desk, billing=replace(desk.billing, retry_days=(33, 33)))
    owner = desk.owner()
    piazza = desk.property_of(owner)
    plan = desk.buy(owner, piazza)
    desk.gateway.expect("tok_visa", Behaviour.DECLINES, Behaviour.ASKS_FOR_ACTION)
    desk.turn_to(plan.period_end_at)
    desk.turn_to(desk.plan(plan.id).period_end_at)
    _, first, second = desk.payments()
    assert first.next_try_at is not None
    assert second.next_try_at is not None
    assert first.next_try_at < second.next_try_at
    due = payment_methods.choose(desk.billing, owner, plan.id, desk.card(owner, piazza, "tok_other")).due
    assert due is not None
    assert (due.id, due.charged_at) == (second.id, None)
    desk.turn(seconds=1)
    assert [one.state for one in desk.payments()] == ["paid", "open", "paid"]


def test_a_card_is_said_to_be_charged_on_the_next_date_with_what_the_last_one_did_not_pay(desk: Desk) -> None:
    owner = desk.owner()
    piazza = desk.property_of(owner)
    plan = desk.buy(owner, piazza)
    bad = desk.card(owner, piazza, "tok_declines_for_good")
    payment_methods.choose(desk.billing, owner, plan.id, bad)
    desk.turn_to(plan.period_end_at)
    assert payment_methods.choose(desk.billing, owner, plan.id, bad).due is None
    due = payment_methods.choose(desk.billing, owner, plan.id, desk.card(owner, piazza, "tok_other")).due
    assert due is not None
    assert (due.waiting_for, due.try_at) == ("schedule", plan.period_end_at + timedelta(days=3))


def test_a_card_from_the_gateways_page_is_told_with_what_is_charged_to_it(desk: Desk) -> None:
    owner = desk.owner()
    piazza = desk.property_of(owner)
    plan = desk.buy(owner, piazza)
    desk.gateway.expect("tok_visa", Behaviour.ASKS_FOR_ACTION)
    desk.turn_to(plan.period_end_at)
    setup = card_setups.start(desk.billing, owner, subscription_id=plan.id)
    card_setups.place(desk.billing, owner, setup.id, {"channel": "D1", "ts": "1.1", "reader": owner.user_id})
    (page,) = desk.gateway.setups
    desk.gateway.enter_card(page, "tok_new", CardSnapshot("Mastercard", "4444", 12, 2030))
    desk.turn(minutes=5)
    (told,) = [row.fact for row in desk.rows("SELECT kind, fact FROM outbox") if row.kind == "CardSaved"]
    said = json.loads(told) if isinstance(told, str) else told
    event = CardSaved.from_json(said["event"])
    assert (event.due_minor, event.due_at) == (1220, None)
    desk.turn(minutes=5)
    assert desk.charged() == [1220, 1220]


def test_a_card_of_another_property_cannot_be_chosen(desk: Desk) -> None:
    owner = desk.owner()
    plan = desk.buy(owner, desk.property_of(owner))
    with pytest.raises(NotFound):
        payment_methods.choose(
            desk.billing, owner, plan.id, desk.card(owner, desk.property_of(owner, "Corso"))
        )
    assert desk.plan(plan.id) == plan
