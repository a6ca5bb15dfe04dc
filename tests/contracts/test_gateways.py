"""What every gateway must do: the pretend one in memory, and Stripe's SDK against a strict stand-in over HTTP."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from billing.adapters.gateways.sandbox import Behaviour, SandboxGateway
from billing.ports import (
    Answer,
    ChargeOrder,
    Gateway,
    GatewayUnavailable,
    Outcome,
    RefundAnswer,
    RefundOrder,
    RefundOutcome,
    SetupOrder,
)
from billing.values.disputes import Dispute, DisputeState
from billing.values.money import Money
from billing.values.snapshots import CardSnapshot
from sandbox.gateway.faults import Fault
from tests.pretend_stripe import RunningStripe, running_stripe

NUMBERS = count()
NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
TOKENS = {
    "visa": ("tok_visa", "pm_card_visa"),
    "empty": ("tok_declines", "pm_card_visa_chargeDeclinedInsufficientFunds"),
    "stolen": ("tok_declines_for_good", "pm_card_visa_chargeDeclinedStolenCard"),
    "asking": ("tok_asks_for_action", "pm_card_authenticationRequired"),
}

# Stripe's words for how a dispute stands.
STATUSES = {
    DisputeState.OPEN: "needs_response",
    DisputeState.WON: "won",
    DisputeState.LOST: "lost",
}


@dataclass
class Clock:
    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now


@dataclass
class World:
    """A gateway, and the ways to be its payer, its network and its bookkeeper."""

    gateway: Gateway
    clock: Clock
    token: Callable[[str], str]
    lose_request: Callable[[str], None]
    lose_reply: Callable[[str], None]
    answer_bank: Callable[[ChargeOrder, Outcome, bool], None]
    enter_card: Callable[[str, str], None]
    collected: Callable[[], list[int]]
    dispute: Callable[[str, Dispute], object]
    send_back: Callable[[str], object]

    def order(self, card: str = "visa", minor: int = 1220, *, present: bool = True) -> ChargeOrder:
        """The first try of a new payment, which the gateway has opened."""
        number = next(NUMBERS)
        order = ChargeOrder(
            key=f"T1-pay_{number}-1",
            payment_key=f"T1-pay_{number}",
            token=self.token(card),
            amount=Money(minor, "EUR"),
            description=f"purchase pay_{number}",
            payer_is_there=present,
        )
        return replace(order, payment_id=self.gateway.open(order))


@pytest.fixture(scope="module")
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="module")
def running(clock: Clock) -> Iterator[RunningStripe]:
    with running_stripe(clock) as running:
        yield running


@pytest.fixture(params=["sandbox", "stripe"])
def world(request: pytest.FixtureRequest, clock: Clock, running: RunningStripe) -> World:
    if request.param == "sandbox":
        return in_memory(clock)
    before = len(running.collected())
    return World(
        running.gateway(),
        clock,
        lambda card: TOKENS[card][1],
        lambda _: running.stripe.faults.plan("/confirm", Fault.DEAF),
        lambda _: running.stripe.faults.plan("/confirm", Fault.LOST),
        lambda _, outcome, yes: running.answer_bank(
            outcome.action_url or "", "yes" if yes else "no"
        ).raise_for_status(),
        lambda _, url: running.enter_card(url).raise_for_status(),
        lambda: running.collected()[before:],
        lambda payment, dispute: running.stripe.rules.dispute(payment, STATUSES[dispute.state]),
        running.stripe.rules.refuse_refund,
    )


def in_memory(clock: Clock) -> World:
    gateway = SandboxGateway()
    return World(
        gateway,
        clock,
        lambda card: TOKENS[card][0],
        lambda token: gateway.expect(token, Behaviour.SILENT_BEFORE),
        lambda token: gateway.expect(token, Behaviour.SILENT_AFTER),
        lambda order, _, yes: (gateway.authenticate if yes else gateway.turn_down)(order.key),
        lambda page, _: gateway.enter_card(page, "tok_new", CardSnapshot("Visa", "4242", 12, 2030)),
        lambda: [order.amount.minor for order in gateway.charged()],
        gateway.disputes.__setitem__,
        gateway.sent_back.add,
    )


def test_an_amount_is_collected_once_however_often_its_try_is_sent(world: World) -> None:
    order = world.order()
    outcomes = {world.gateway.charge(order) for _ in range(3)}
    assert [outcome.answer for outcome in outcomes] == [Answer.SUCCEEDED]
    assert world.gateway.find(order, answered=False) in outcomes
    assert world.collected() == [1220]


def test_opening_a_payment_again_gives_the_same_one_and_collects_nothing(world: World) -> None:
    order = world.order()
    assert world.gateway.open(replace(order, payment_id=None)) == order.payment_id
    assert world.gateway.find(order, answered=False) is None
    assert world.collected() == []


@pytest.mark.parametrize(
    ("card", "answer", "reason"),
    [
        ("empty", Answer.DECLINED, "insufficient_funds"),
        ("stolen", Answer.DECLINED_FOR_GOOD, "stolen_card"),
    ],
)
def test_a_decline_has_its_reason_and_says_whether_to_try_again(
    world: World, card: str, answer: Answer, reason: str
) -> None:
    order = world.order(card)
    first = world.gateway.charge(order)
    assert (first.answer, first.reason) == (answer, reason)
    assert world.gateway.charge(order) == first
    assert world.collected() == []


def test_after_a_decline_another_card_collects_the_same_payment(world: World) -> None:
    order = world.order("empty")
    world.gateway.charge(order)
    again = replace(order, key=f"{order.key[:-1]}2", token=world.token("visa"))
    assert world.gateway.find(again, answered=False) is None
    assert world.gateway.charge(again).answer is Answer.SUCCEEDED
    assert world.collected() == [1220]


@pytest.mark.parametrize("present", [True, False], ids=["payer is there", "nobody is there"])
def test_a_bank_that_asks_gives_a_page_and_nothing_is_collected_before_its_answer(
    world: World, present: bool
) -> None:
    order = world.order("asking", present=present)
    asked = world.gateway.charge(order)
    assert (asked.answer, asked.reason) == (Answer.ACTION_REQUIRED, "authentication_required")
    assert (asked.action_url or "").startswith("http")
    assert world.gateway.charge(order) == asked
    assert world.collected() == []
    world.answer_bank(order, asked, True)
    found = world.gateway.find(order, answered=True)
    assert found is not None
    assert found.answer is Answer.SUCCEEDED
    assert world.collected() == [1220]


def test_a_payer_who_refuses_is_a_decline(world: World) -> None:
    order = world.order("asking")
    asked = world.gateway.charge(order)
    world.answer_bank(order, asked, False)
    found = world.gateway.find(order, answered=True)
    assert found is not None
    assert found.answer is Answer.DECLINED
    assert world.collected() == []


def test_what_waits_for_its_payer_can_be_withdrawn_and_is_not_collected_any_more(world: World) -> None:
    order = world.order("asking")
    world.gateway.charge(order)
    for _ in range(2):
        withdrawn = world.gateway.withdraw(order)
        assert (withdrawn.answer, withdrawn.reason) == (Answer.DECLINED, "expired")
    assert world.gateway.charge(order).answer is not Answer.SUCCEEDED
    assert world.collected() == []


def test_withdrawing_too_late_says_that_it_was_paid(world: World) -> None:
    order = world.order("asking")
    world.answer_bank(order, world.gateway.charge(order), True)
    assert world.gateway.withdraw(order).answer is Answer.SUCCEEDED
    assert world.collected() == [1220]


def test_a_lost_request_is_silence_and_the_same_try_is_sent_again(world: World) -> None:
    order = world.order()
    world.lose_request(order.token)
    with pytest.raises(GatewayUnavailable):
        world.gateway.charge(order)
    assert world.gateway.find(order, answered=False) is None
    assert world.gateway.charge(order).answer is Answer.SUCCEEDED
    assert world.collected() == [1220]


def test_a_lost_reply_is_silence_and_the_charge_is_found(world: World) -> None:
    order = world.order()
    world.lose_reply(order.token)
    with pytest.raises(GatewayUnavailable):
        world.gateway.charge(order)
    found = world.gateway.find(order, answered=False)
    assert found is not None
    assert found.answer is Answer.SUCCEEDED
    assert world.gateway.charge(order).answer is Answer.SUCCEEDED
    assert world.collected() == [1220]


def test_a_saved_card_is_known_by_its_token_until_it_is_removed(world: World) -> None:
    customer = world.gateway.customer("customer-T1-prop_2", "Piazza")
    page = world.gateway.start_setup(SetupOrder(f"cs_{next(NUMBERS)}", customer, "en"))
    world.enter_card(page.id, page.url)
    token = world.gateway.setup(page.id).token
    assert token is not None
    found = world.gateway.saved_card(token)
    assert found is not None
    assert (found.card, found.shown) == (CardSnapshot("Visa", "4242", 12, 2030), "Visa 4242")
    assert found.customer in (customer, None)
    world.gateway.detach(token)
    assert world.gateway.saved_card(token) is None
    assert world.gateway.saved_card("pm_never_there") is None


def test_a_card_is_saved_on_a_hosted_page_and_pays(world: World) -> None:
    customer = world.gateway.customer("customer-T1-prop_1", "Piazza")
    assert world.gateway.customer("customer-T1-prop_1", "Piazza") == customer
    order = SetupOrder(f"cs_{next(NUMBERS)}", customer, "it")
    page = world.gateway.start_setup(order)
    assert world.gateway.start_setup(order) == page
    assert world.gateway.setup(page.id).token is None
    world.enter_card(page.id, page.url)
    saved = world.gateway.setup(page.id)
    assert saved.card == CardSnapshot("Visa", "4242", 12, 2030)
    assert saved.token is not None
    charge = replace(world.order(), token=saved.token, customer=customer, payment_id=None)
    charge = replace(charge, payment_key=f"{charge.payment_key}-new", key=f"{charge.key}-new")
    opened = replace(charge, payment_id=world.gateway.open(charge))
    assert world.gateway.charge(opened).answer is Answer.SUCCEEDED
    for _ in range(2):
        world.gateway.detach(saved.token)


def test_refunds_are_given_once_each_and_never_above_what_was_collected(world: World) -> None:
    order = world.order()
    world.gateway.charge(order)
    assert order.payment_id is not None
    part = RefundOrder(f"{order.key}-refund-1", order.payment_id, Money(1000, "EUR"))
    given = {world.gateway.refund(part) for _ in range(3)}
    assert [one.answer for one in given] == [RefundAnswer.SUCCEEDED]
    too_much = RefundOrder(f"{order.key}-refund-2", order.payment_id, Money(221, "EUR"))
    assert world.gateway.refund(too_much).answer is RefundAnswer.FAILED
    rest = RefundOrder(f"{order.key}-refund-3", order.payment_id, Money(220, "EUR"))
    assert world.gateway.refund(rest).answer is RefundAnswer.SUCCEEDED
    (seen,) = [one for one in world.gateway.collected_since(NOW) if one.id == order.payment_id]
    assert (seen.payment_key, seen.collected, seen.refunded_minor) == (order.payment_key, order.amount, 1220)


def test_a_refund_is_found_by_its_id_also_when_the_bank_has_sent_it_back(world: World) -> None:
    order = world.order()
    world.gateway.charge(order)
    assert order.payment_id is not None
    wanted = RefundOrder(f"{order.key}-refund", order.payment_id, order.amount)
    given = world.gateway.refund(wanted)
    assert world.gateway.refunded(given.gateway_id) == given
    world.send_back(given.gateway_id)
    failed = RefundOutcome(RefundAnswer.FAILED, given.gateway_id, "lost_or_stolen_card")
    assert world.gateway.refunded(given.gateway_id) == world.gateway.refund(wanted) == failed
    found = world.gateway.collected(order.payment_id)
    assert found is not None
    assert (found.collected, found.refunded_minor) == (order.amount, 0)
    again = replace(wanted, key=f"{order.key}-again")
    assert world.gateway.refund(again).answer is RefundAnswer.SUCCEEDED


def test_one_payment_is_found_as_it_stands_among_all(world: World) -> None:
    paid, untried = world.order(), world.order()
    assert paid.payment_id is not None
    assert untried.payment_id is not None
    world.gateway.charge(paid)
    (among_all,) = [one for one in world.gateway.collected_since(NOW) if one.id == paid.payment_id]
    alone = world.gateway.collected(paid.payment_id)
    assert alone is not None
    assert replace(alone, made_at=among_all.made_at) == among_all
    assert world.gateway.collected(untried.payment_id) is None
    assert world.gateway.collected("pi_of_nobody") is None


def test_the_books_show_what_was_collected_and_nothing_else(world: World) -> None:
    paid, declined = world.order(minor=4711), world.order("empty")
    world.gateway.charge(paid)
    world.gateway.charge(declined)
    world.order()
    mine = {paid.payment_id, declined.payment_id}
    seen = [one for one in world.gateway.collected_since(NOW) if one.id in mine]
    assert [(one.payment_key, one.collected.minor) for one in seen] == [(paid.payment_key, 4711)]
    if world.gateway.name == "stripe":
        assert not list(world.gateway.collected_since(NOW + timedelta(days=400)))


def test_a_dispute_stands_with_its_payment_and_as_the_bank_said_last(world: World) -> None:
    disputed, other = world.order(), world.order()
    assert disputed.payment_id is not None
    assert other.payment_id is not None
    for order in (disputed, other):
        world.gateway.charge(order)
    for state in (DisputeState.OPEN, DisputeState.LOST, DisputeState.WON):
        dispute = Dispute(state, disputed.amount)
        world.dispute(disputed.payment_id, dispute)
        assert world.gateway.dispute(disputed.payment_id) == dispute
        seen = {one.id: one.dispute for one in world.gateway.collected_since(NOW)}
        assert (seen[disputed.payment_id], seen[other.payment_id]) == (dispute, None)
    assert world.gateway.dispute(other.payment_id) is None
