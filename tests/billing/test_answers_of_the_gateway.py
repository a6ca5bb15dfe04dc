"""A definite no is not silence, a fault of ours is no try, and money that comes late is always booked."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from billing.adapters.gateways.sandbox import Behaviour
from billing.payments.charging import opened_at_gateway
from billing.payments.outcomes import PaymentKey, keep_outcome, settlement, write_outcome
from billing.payments.polling import poll
from billing.ports import Answer, ChargeOrder, Outcome
from billing.services import changes, payment_methods, payments, subscriptions
from billing.services.changes import PlanSelection
from billing.services.verify import verify
from billing.values.cycles import Interval
from billing.values.money import Money
from billing.values.refusals import PaymentDeclined, PaymentInProgress
from tests.billing.desk import Desk
from tests.billing.waiting import once_it_waits


def test_a_purchase_that_our_own_account_stands_in_the_way_of_fails_at_once_and_can_be_tried_again(
    desk: Desk,
) -> None:
    owner = desk.owner()
    piazza = desk.property_of(owner)
    desk.gateway.expect("tok_visa", Behaviour.MISCONFIGURED)
    with pytest.raises(PaymentDeclined) as declined:
        desk.buy(owner, piazza)
    assert declined.value.reason == "not_tried"
    (told,) = [row for row in desk.rows("SELECT * FROM outbox") if row.kind == "PaymentFailed"]
    assert "not_tried" in str(told.fact)
    assert desk.buy(owner, piazza).status == "active"
    assert desk.charged() == [1220]


def test_a_renewal_that_our_own_account_stands_in_the_way_of_is_no_try_and_goes_on_when_it_is_mended(
    desk: Desk,
) -> None:
    owner = desk.owner()
    plan = desk.buy(owner, desk.property_of(owner))
    desk.gateway.expect("tok_visa", *[Behaviour.MISCONFIGURED] * 30)
    desk.turn_to(plan.period_end_at)
    told = desk.told()
    for _ in range(29):
        desk.turn(hours=1)
    (unpaid,) = payments.unpaid(desk.billing, owner, plan.id)
    assert (unpaid.reason, unpaid.for_good) == ("not_tried", False)
    assert (unpaid.waiting_for, desk.plan(plan.id).status) == ("schedule", "active")
    assert desk.rows("SELECT tries FROM payments WHERE state = 'open'")[0].tries == 0
    assert desk.told() == told
    desk.turn(hours=1)
    assert desk.charged() == [1220, 1220]
    assert verify(desk.billing) == ()


def test_what_our_own_account_stands_in_the_way_of_when_it_is_sent_again_is_not_waited_for(
    desk: Desk,
) -> None:
    """No answer came, and then a definite one: whoever pays may choose another card and pay at once."""
    owner = desk.owner()
    piazza = desk.property_of(owner)
    plan = desk.buy(owner, piazza)
    desk.gateway.expect("tok_visa", Behaviour.SILENT_BEFORE, Behaviour.MISCONFIGURED)
    desk.turn_to(plan.period_end_at)
    (unpaid,) = payments.unpaid(desk.billing, owner, plan.id)
    with pytest.raises(PaymentInProgress):
        payments.pay_now(desk.billing, owner, unpaid.id)
    desk.turn(minutes=1)
    (tried,) = payments.history(desk.billing, owner, plan.id)[:1]
    assert (tried.outcome, desk.plan(plan.id).status) == ("not_tried", "active")
    payment_methods.choose(desk.billing, owner, plan.id, desk.card(owner, piazza, "tok_other"))
    assert payments.pay_now(desk.billing, owner, unpaid.id).state == "paid"
    assert verify(desk.billing) == ()


def test_an_amount_that_the_gateway_takes_no_more_when_it_is_asked_is_a_definite_no(desk: Desk) -> None:
    """Its least amount rose while the first try waited for an answer."""
    owner = desk.owner()
    piazza = desk.property_of(owner)
    waiting = desk.buy(owner, piazza, token="tok_asks_for_action")
    desk.execute("UPDATE payments SET gateway_id = NULL")
    desk.gateway.least = 5000
    payment_methods.choose(desk.billing, owner, waiting.id, desk.card(owner, piazza))
    newest = desk.rows("SELECT state, reason FROM payment_attempts ORDER BY number DESC")[0]
    assert (newest.state, newest.reason) == ("declined_for_good", "amount_too_small")
    assert not any(one.declined for one in payment_methods.listed(desk.billing, owner, piazza.id))


def test_money_of_a_try_that_was_given_up_pays_or_becomes_credit_once(desk: Desk) -> None:
    """Whoever asked the gateway hears of the success after somebody else has called the try off."""
    owner = desk.owner()
    plan = desk.buy(owner, desk.property_of(owner), token="tok_asks_for_action")
    (payment,) = desk.payments()
    key = PaymentKey(owner.workspace_id, payment.id)
    attempt_key = desk.gateway.calls[0]
    desk.turn(hours=23)
    assert desk.plan(plan.id).status == "abandoned"
    for _ in range(3):
        keep_outcome(desk.billing, key, attempt_key, Outcome(Answer.SUCCEEDED, "ch_late"))
    assert desk.told()[-1:] == ["LatePaymentCredited"]
    assert desk.told().count("LatePaymentCredited") == 1
    assert [attempt.state for attempt in desk.rows("SELECT state FROM payment_attempts")] == ["succeeded"]
    assert verify(desk.billing) == ()


def test_a_try_that_was_decided_meanwhile_opens_nothing_at_the_gateway_any_more(desk: Desk) -> None:
    owner = desk.owner()
    desk.gateway.expect("tok_visa", Behaviour.SILENT_BEFORE)
    plan = desk.buy(owner, desk.property_of(owner))
    (payment,) = desk.payments()
    desk.execute("UPDATE payment_attempts SET state = 'declined', poll_at = NULL, decided_at = sent_at")
    assert poll(desk.billing, PaymentKey(owner.workspace_id, payment.id)) is None
    assert desk.charged() == []
    assert desk.plan(plan.id).status == "incomplete"


def not_opened(desk: Desk) -> tuple[PaymentKey, ChargeOrder]:
    """A first payment of which the gateway has said nothing yet, and what is to be opened there for it."""
    owner = desk.owner()
    desk.gateway.expect("tok_visa", Behaviour.SILENT_BEFORE)
    desk.buy(owner, desk.property_of(owner))
    desk.execute("UPDATE payments SET gateway_id = NULL")
    key = PaymentKey(owner.workspace_id, desk.payments()[0].id)
    return key, ChargeOrder("try", "one", "tok_visa", Money(1220, "EUR"), "Live Chat", number=1)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_try_that_is_being_decided_opens_nothing_at_the_gateway_either(desk: Desk) -> None:
    """Whoever sends it waits for the decision, and sees it: nobody would ask after money that it collects."""
    key, order = not_opened(desk)
    with ThreadPoolExecutor(1) as pool:
        with desk.billing.work("payment.outcome") as work:
            deciding = settlement(work, desk.billing, key)
            assert deciding.attempt is not None
            write_outcome(work, deciding, deciding.attempt.key, Outcome(Answer.NOT_TRIED, ""))
            sending = once_it_waits(desk, pool.submit(opened_at_gateway, desk.billing, key, order))
        assert sending.result() is None
    assert desk.payments()[0].gateway_id is None


def test_what_an_earlier_try_opened_is_not_the_next_one_s(desk: Desk) -> None:
    """It may have been closed at the gateway, where the earlier try was taken back."""
    owner = desk.owner()
    plan = desk.buy(owner, desk.property_of(owner))
    desk.gateway.expect("tok_visa", Behaviour.DECLINES, Behaviour.SILENT_BEFORE)
    desk.turn_to(plan.period_end_at)
    (unpaid,) = payments.unpaid(desk.billing, owner, plan.id)
    payments.pay_now(desk.billing, owner, unpaid.id)
    desk.execute("UPDATE payments SET gateway_id = NULL WHERE state = 'open'")
    key = PaymentKey(owner.workspace_id, unpaid.id)
    order = ChargeOrder(f"{key.workspace_id}-{key.id}-1", key.id, "tok_visa", unpaid.amount, "renewal")
    assert opened_at_gateway(desk.billing, key, order) is None
    second = opened_at_gateway(desk.billing, key, replace(order, number=2))
    assert second is not None
    assert second.payment_id is not None


def test_what_nobody_can_try_is_told_when_it_is_met_and_a_day_before_the_end(desk: Desk) -> None:
    """A stolen card: one try, one notice, one reminder, the end (billing rules, "Decided since")."""
    owner = desk.owner()
    plan = desk.buy(owner, desk.property_of(owner))
    desk.gateway.expect("tok_visa", *[Behaviour.DECLINES_FOR_GOOD] * 9)
    desk.turn_to(plan.period_end_at)
    before = len(desk.told())
    calls = len(desk.gateway.calls)
    for day in range(1, 23):
        desk.turn(days=1)
        said = desk.told()[before:]
        if day < 21:
            assert said == [], day
        elif day == 21:
            assert said == ["PaymentFailed"], day
    assert desk.told()[before:] == ["PaymentFailed", "SubscriptionEnded"]
    assert len(desk.gateway.calls) == calls
    assert desk.plan(plan.id).status == "ended"
    with pytest.raises(PaymentDeclined):
        subscriptions.restart(desk.billing, owner, plan.id, key="again")


def test_a_try_of_what_was_given_up_is_in_order_before_it_is_closed_at_the_gateway(desk: Desk) -> None:
    owner = desk.owner()
    plan = desk.buy(owner, desk.property_of(owner), "live-chat/basic/month")
    desk.turn(hours=1)
    desk.gateway.expect("tok_visa", Behaviour.DECLINES_FOR_GOOD)
    with pytest.raises(PaymentDeclined):
        changes.change(desk.billing, owner, plan.id, PlanSelection("pro", Interval.MONTH), key="up")
    waits = "SELECT COUNT(*) FROM payment_attempts WHERE state = 'declined_for_good' AND poll_at IS NOT NULL"
    assert desk.rows(waits)[0][0] == 1
    assert verify(desk.billing) == ()
    desk.turn(minutes=1)
    assert desk.rows(waits)[0][0] == 0


def test_of_two_that_open_a_payment_at_once_both_go_on_with_the_first(desk: Desk) -> None:
    """What the second has opened is never confirmed, so that it can move no money."""
    key, order = not_opened(desk)
    first = opened_at_gateway(desk.billing, key, order)
    second = opened_at_gateway(desk.billing, key, replace(order, payment_key="another"))
    assert first is not None
    assert second == replace(first, payment_key="another")
    assert desk.payments()[0].gateway_id == first.payment_id == desk.gateway.open(order)
