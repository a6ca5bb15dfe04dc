"""Buying: one confirmation is one purchase, one charge and one invoice, or nothing at all."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from billing import Billing
from billing.adapters.gateways.sandbox import Behaviour
from billing.locks import lock_subscription
from billing.services import due_work, payment_methods, payments, purchases, subscriptions
from billing.services.purchases import PurchaseResult
from billing.services.verify import verify
from billing.values.actors import Role
from billing.values.money import Money
from billing.values.refusals import (
    AlreadyBought,
    BadQuantity,
    NoPaymentMethod,
    NotFound,
    PaymentDeclined,
    PaymentInProgress,
)
from tests.billing.desk import Desk, at_once

PATIENCE = 20


def test_a_double_click_is_one_subscription_one_charge_and_one_invoice(desk: Desk) -> None:
    owner = desk.owner()
    order = desk.order(owner, desk.property_of(owner))
    first, second = (purchases.purchase(desk.billing, owner, order, key="one click") for _ in range(2))
    assert first == second
    assert first.payment
    assert (first.payment.state, first.subscription.status) == ("paid", "active")
    assert desk.charged() == [1220]
    assert len(desk.invoices()) == len(desk.rows("SELECT id FROM subscriptions")) == 1


def test_five_clicks_at_once_are_one_purchase(desk: Desk) -> None:
    owner = desk.owner()
    order = desk.order(owner, desk.property_of(owner))
    answers = at_once(*[lambda: purchases.purchase(desk.billing, owner, order, key="one click")] * 5)
    assert len({answer.subscription.id for answer in answers}) == 1
    assert desk.charged() == [1220]
    assert len(desk.invoices()) == len(desk.payments()) == len(desk.rows("SELECT id FROM subscriptions")) == 1
    assert verify(desk.billing) == ()


def test_another_confirmation_of_the_same_order_is_refused(desk: Desk) -> None:
    owner = desk.owner()
    order = desk.order(owner, desk.property_of(owner))
    purchases.purchase(desk.billing, owner, order, key="one")
    with pytest.raises(AlreadyBought):
        purchases.purchase(desk.billing, owner, order, key="other")
    assert desk.charged() == [1220]


@pytest.mark.parametrize(
    ("token", "reason", "for_good"),
    [("tok_declines", "insufficient_funds", False), ("tok_declines_for_good", "stolen_card", True)],
)
def test_a_declined_purchase_leaves_no_plan_and_burns_no_number(
    desk: Desk, token: str, reason: str, for_good: bool
) -> None:
    owner = desk.owner()
    piazza = desk.property_of(owner)
    with pytest.raises(PaymentDeclined) as refused:
        desk.buy(owner, piazza, token=token)
    assert (refused.value.reason, refused.value.for_good) == (reason, for_good)
    assert desk.invoices() == desk.rows("SELECT * FROM number_series") == desk.charged() == []
    assert desk.rows("SELECT * FROM postings") == []
    assert [row.status for row in desk.rows("SELECT status FROM subscriptions")] == ["abandoned"]
    desk.buy(owner, piazza)
    assert [invoice.number for invoice in desk.invoices()] == ["2026-000001"]
    assert desk.told() == ["PaymentFailed", "SubscriptionStarted", "PaymentReceived"]


def test_a_second_click_after_the_bank_said_no_hears_the_same_and_asks_nobody(desk: Desk) -> None:
    owner = desk.owner()
    order = desk.order(owner, desk.property_of(owner), token="tok_declines")
    for _ in range(2):
        with pytest.raises(PaymentDeclined):
            purchases.purchase(desk.billing, owner, order, key="one click")
    assert len(desk.gateway.calls) == 1


def test_what_was_never_bought_cannot_be_cancelled_or_seen(desk: Desk) -> None:
    owner = desk.owner()
    piazza = desk.property_of(owner)
    desk.gateway.expect("tok_visa", Behaviour.ASKS_FOR_ACTION)
    waiting = desk.buy(owner, piazza)
    with pytest.raises(PaymentInProgress):
        subscriptions.cancel(desk.billing, owner, waiting.id, "Changed my mind")
    assert waiting.status == "incomplete"


def test_without_a_card_nothing_is_bought(desk: Desk) -> None:
    owner = desk.owner()
    order = replace(desk.order(owner, desk.property_of(owner)), payment_method_id=None)
    before = desk.everything(but=("audit_entries",))
    with pytest.raises(NoPaymentMethod):
        purchases.purchase(desk.billing, owner, order, key="one")
    assert desk.everything(but=("audit_entries",)) == before


@pytest.mark.parametrize("quantity", [0, -1, 10_001])
def test_a_quantity_that_is_none_is_refused(desk: Desk, quantity: int) -> None:
    owner = desk.owner()
    with pytest.raises(BadQuantity):
        desk.buy(owner, desk.property_of(owner), quantity=quantity)
    assert desk.charged() == []


def test_more_than_one_is_charged_as_many_times_each_cycle(desk: Desk) -> None:
    owner = desk.owner()
    bought = desk.buy(owner, desk.property_of(owner), quantity=3)
    assert (bought.quantity, bought.next_charge) == (3, Money(3660, "EUR"))
    desk.turn(days=28)
    assert desk.charged() == [3660, 3660]


def test_authentication_is_asked_for_and_the_purchase_is_issued_when_the_payer_has_been_there(
    desk: Desk,
) -> None:
    owner = desk.owner()
    order = desk.order(owner, desk.property_of(owner), token="tok_asks_for_action")
    waiting = purchases.purchase(desk.billing, owner, order, key="one")
    assert waiting.payment
    assert (waiting.payment.waiting_for, waiting.subscription.status) == ("authentication", "incomplete")
    assert waiting.payment.action_url
    assert desk.invoices() == []
    desk.turn(minutes=2)
    assert desk.invoices() == []
    desk.gateway.authenticate(desk.gateway.calls[0])
    desk.turn(minutes=4)
    (invoice,) = desk.invoices()
    assert invoice.issued_at == desk.clock.now
    assert desk.plan(waiting.subscription.id).status == "active"
    assert desk.plan(waiting.subscription.id).period_end_at == datetime(2026, 2, 28, 9, 30, tzinfo=UTC)
    assert desk.told() == ["AuthenticationNeeded", "SubscriptionStarted", "PaymentReceived"]
    assert desk.charged() == [1220]


def test_a_purchase_that_nobody_authenticates_is_given_up_after_23_hours(desk: Desk) -> None:
    owner = desk.owner()
    piazza = desk.property_of(owner)
    waiting = desk.buy(owner, piazza, token="tok_asks_for_action")
    desk.turn(hours=22, minutes=59)
    assert desk.plan(waiting.id).status == "incomplete"
    desk.turn(minutes=1)
    assert desk.plan(waiting.id).status == "abandoned"
    assert [payment.state for payment in desk.payments()] == ["failed"]
    assert desk.told() == ["AuthenticationNeeded", "PaymentFailed"]
    assert desk.buy(owner, piazza).status == "active"


@pytest.mark.parametrize("first", [due_work.run_polls, due_work.run_payments])
def test_a_purchase_that_was_cut_off_before_its_try_is_given_up_after_23_hours_and_never_charged(
    desk: Desk, first: Callable[[Billing], object]
) -> None:
    """Whichever of the schedule's ticks comes first when the bot is back after days."""
    owner = desk.owner()
    piazza = desk.property_of(owner)
    desk.gateway.expect("tok_visa", Behaviour.SILENT_BEFORE)
    plan = desk.buy(owner, piazza)
    desk.execute("DELETE FROM payment_attempts")
    desk.execute("UPDATE payments SET gateway_id = NULL, next_try_at = created_at")
    desk.wait(timedelta(days=3))
    first(desk.billing)
    desk.turn(minutes=1)
    assert desk.charged() == []
    assert (desk.plan(plan.id).status, desk.payments()[0].state) == ("abandoned", "failed")
    assert desk.told() == ["PaymentFailed"]
    assert desk.buy(owner, piazza).status == "active"
    assert verify(desk.billing) == ()


def test_a_purchase_that_was_cut_off_a_moment_ago_is_charged(desk: Desk) -> None:
    desk.gateway.expect("tok_visa", Behaviour.SILENT_BEFORE)
    owner = desk.owner()
    plan = desk.buy(owner, desk.property_of(owner))
    desk.execute("DELETE FROM payment_attempts")
    desk.execute("UPDATE payments SET gateway_id = NULL, next_try_at = created_at")
    desk.turn(minutes=1)
    assert (desk.plan(plan.id).status, desk.charged()) == ("active", [1220])


def test_a_purchase_that_waits_for_its_payer_gives_way_to_another_one(desk: Desk) -> None:
    owner = desk.owner()
    piazza = desk.property_of(owner)
    waiting = desk.buy(owner, piazza, token="tok_asks_for_action")
    bought = desk.buy(owner, piazza)
    assert (desk.plan(waiting.id).status, bought.status) == ("abandoned", "active")
    assert desk.charged() == [1220]
    assert desk.told() == ["AuthenticationNeeded"] * 2 + ["SubscriptionStarted", "PaymentReceived"]
    with pytest.raises(KeyError, match="waits for no payer"):
        desk.gateway.authenticate(desk.gateway.calls[0])
    assert desk.rows(
        "SELECT 1 FROM outbox WHERE audience = 'slack_person' AND kind = 'AuthenticationNeeded'"
    ) == [
        (1,)  # the question itself: who buys anew knows that it is over
    ]


def test_whose_purchase_gave_way_to_somebody_elses_is_told_and_the_log_says_whose(desk: Desk) -> None:
    owner = desk.owner()
    piazza = desk.property_of(owner)
    anna = desk.member(owner, piazza, "UANNA", Role.ADMIN)
    desk.buy(owner, piazza, token="tok_asks_for_action")
    desk.buy(anna, piazza)
    told = desk.rows(
        "SELECT address FROM outbox WHERE kind = 'AuthenticationNeeded' AND audience = 'slack_person'"
    )
    assert [row.address for row in told] == [owner.user_id, owner.user_id]  # asked, and told that it is over
    assert [entry.user_id for entry in desk.audit("payment.supersede")] == [anna.user_id]


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)  # SQLite has one writer
def test_a_preview_waits_for_nobody_who_is_at_what_would_give_way(desk: Desk) -> None:
    """It has locked the property, for which whoever has the subscription may be waiting: a deadlock."""
    owner = desk.owner()
    piazza = desk.property_of(owner)
    waiting = desk.buy(owner, piazza, token="tok_asks_for_action")
    order = desk.order(owner, piazza)
    with ThreadPoolExecutor(1) as pool, desk.billing.work("test") as work:
        assert lock_subscription(work.session, owner.workspace_id, waiting.id)
        looking = pool.submit(purchases.preview_purchase, desk.billing, owner, order)
        with pytest.raises(PaymentInProgress) as refused:
            looking.result(timeout=PATIENCE)
    (attempt,) = desk.rows("SELECT action_url FROM payment_attempts")
    assert refused.value.action_url == attempt.action_url
    assert purchases.preview_purchase(desk.billing, owner, order).charge_now.minor == 1220


def test_a_purchase_that_waits_is_paid_with_another_card_when_that_is_chosen(desk: Desk) -> None:
    owner = desk.owner()
    piazza = desk.property_of(owner)
    waiting = desk.buy(owner, piazza, token="tok_asks_for_action")
    other = desk.card(owner, piazza)
    choice = payment_methods.choose(desk.billing, owner, waiting.id, other)
    assert choice.tried is not None
    assert (choice.subscription.status, choice.tried.state) == ("active", "paid")
    assert desk.charged() == [1220]


def test_who_authenticates_in_the_last_hours_is_still_in_time(desk: Desk) -> None:
    owner = desk.owner()
    waiting = desk.buy(owner, desk.property_of(owner), token="tok_asks_for_action")
    desk.turn(hours=22)
    desk.gateway.authenticate(desk.gateway.calls[0])
    desk.turn(hours=1)
    assert desk.plan(waiting.id).status == "active"
    assert desk.charged() == [1220]


def test_who_authenticates_too_late_gets_the_money_as_credit(desk: Desk) -> None:
    owner = desk.owner()
    piazza = desk.property_of(owner)
    waiting = desk.buy(owner, piazza, token="tok_asks_for_action")
    desk.turn(hours=23)
    desk.gateway.authenticate(desk.gateway.calls[0])
    desk.turn(hours=6)
    assert desk.plan(waiting.id).status == "abandoned"
    assert desk.told()[-1] == "LatePaymentCredited"
    assert desk.invoices() == []
    quote = purchases.preview_purchase(desk.billing, owner, desk.order(owner, piazza))
    assert (quote.charge_now.minor, quote.credit_used.minor) == (0, 1220)
    assert verify(desk.billing) == ()


def test_a_late_no_after_the_payment_was_given_up_changes_nothing(desk: Desk) -> None:
    owner = desk.owner()
    desk.buy(owner, desk.property_of(owner), token="tok_asks_for_action")
    desk.turn(hours=23)
    told = desk.told()
    desk.gateway.charges.clear()  # the gateway has let it go
    desk.turn(hours=6)
    assert desk.told() == told
    assert len(desk.gateway.calls) == 1
    assert desk.rows("SELECT state FROM payment_attempts") == [("declined",)]


def test_the_history_shows_the_tries_newest_first_failures_too(desk: Desk) -> None:
    owner = desk.owner()
    piazza = desk.property_of(owner)
    desk.gateway.expect("tok_visa", Behaviour.SUCCEEDS, Behaviour.DECLINES)
    bought = desk.buy(owner, piazza)
    desk.turn_to(bought.period_end_at)
    desk.turn(days=3)
    tries = payments.history(desk.billing, owner, bought.id)
    assert [(one.outcome, one.reason, one.card, one.amount.minor, one.invoice_number) for one in tries] == [
        ("succeeded", None, "Visa 4242", 1220, "2026-000002"),
        ("declined", "insufficient_funds", "Visa 4242", 1220, "2026-000002"),
        ("succeeded", None, "Visa 4242", 1220, "2026-000001"),
    ]


def test_what_two_buy_at_once_of_different_add_ons_is_both_bought(desk: Desk) -> None:
    owner = desk.owner()
    piazza = desk.property_of(owner)
    orders = [desk.order(owner, piazza, what) for what in ("live-chat/basic/month", "ai-bot/small/month")]
    answers = at_once(
        *(
            lambda order=order: purchases.purchase(desk.billing, owner, order, key=order.add_on_id)
            for order in orders
        )
    )
    assert all(isinstance(answer, PurchaseResult) for answer in answers)
    assert desk.charged() == [1220, 1220]


def test_the_first_invoice_is_issued_paid_with_the_card_that_paid(desk: Desk) -> None:
    owner = desk.owner()
    desk.buy(owner, desk.property_of(owner))
    document = desk.invoices()[0].read_document()
    assert (document.charged_to, document.paid_on) == ("Visa 4242", document.issued_on)
    assert desk.payments()[0].decided_at == desk.clock.now
    assert desk.clock.now - desk.payments()[0].created_at == timedelta(0)


def test_a_card_of_another_property_or_one_that_was_removed_pays_for_nothing(desk: Desk) -> None:
    owner = desk.owner()
    piazza, corso = desk.property_of(owner), desk.property_of(owner, "Corso")
    removed = desk.card(owner, piazza)
    payment_methods.remove(desk.billing, owner, removed)
    for card in (desk.card(owner, corso), removed):
        order = replace(desk.order(owner, piazza), payment_method_id=card)
        with pytest.raises(NotFound):
            purchases.purchase(desk.billing, owner, order, key=card)
    assert desk.charged() == []
