"""What is Stripe's own: kept errors, forgotten keys, refusals on the way, webhooks, and units."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from stripe import PaymentIntent
from structlog.testing import capture_logs

from billing.adapters.gateways import stripe_answers
from billing.adapters.gateways.stripe import StripeGateway
from billing.adapters.gateways.stripe_line import PAUSES, QUICK_SECONDS, SILENCES
from billing.payments.webhooks import is_of_dispute
from billing.ports import (
    Answer,
    ChargeOrder,
    GatewayEvent,
    GatewayMisconfigured,
    GatewayUnavailable,
    RefundOrder,
    SetupOrder,
    WebhookRefused,
)
from billing.values.money import Money
from sandbox.gateway.faults import Fault
from sandbox.gateway.hooks import delivery, signature
from sandbox.gateway.server import API_KEY, WEBHOOK_SECRET
from tests.contracts.test_gateways import Clock
from tests.pretend_stripe import RETURN_URL, RunningStripe, running_stripe


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def running(clock: Clock) -> Iterator[RunningStripe]:
    with running_stripe(clock) as running:
        yield running


def opened(gateway: StripeGateway, amount: Money | None = None, token: str = "pm_card_visa") -> ChargeOrder:
    order = ChargeOrder("T1-pay_1-1", "T1-pay_1", token, amount or Money(1220, "EUR"), "renewal pay_1")
    return replace(order, payment_id=gateway.open(order))


def test_after_eight_silences_it_is_left_alone_for_a_while_and_asked_again_then(clock: Clock) -> None:
    with running_stripe(clock) as running:
        gateway = running.gateway(away_seconds=0.3)
        order = opened(gateway)
        running.stripe.faults.plan(order.payment_id or "", *[Fault.ERROR] * SILENCES)
        for _ in range(SILENCES):
            assert not gateway.is_away()
            with pytest.raises(GatewayUnavailable):
                gateway.find(order, answered=False)
        assert gateway.is_away()
        with pytest.raises(GatewayUnavailable, match="again and again"):
            gateway.find(order, answered=False)
        while gateway.is_away():
            pass
        assert gateway.find(order, answered=False) is None
        assert not gateway.is_away()


@pytest.mark.parametrize("fault", list(Fault))
def test_a_page_of_a_list_that_does_not_come_is_asked_for_again_and_the_list_is_whole(
    running: RunningStripe, clock: Clock, fault: Fault
) -> None:
    gateway = running.gateway(read_seconds=1)
    order = opened(gateway)
    assert gateway.charge(order).answer is Answer.SUCCEEDED
    running.stripe.faults.plan("/payment_intents", fault)
    (seen,) = gateway.collected_since(clock.now - timedelta(days=1))
    assert seen.id == order.payment_id


def test_a_list_is_not_asked_for_again_where_it_lets_us_wait_or_is_refused(
    running: RunningStripe, clock: Clock
) -> None:
    """Plans wait for the first look at the start: it may not take as many silences as there are tries."""
    gateway = running.gateway(read_seconds=QUICK_SECONDS + 0.1)
    running.stripe.faults.plan("/payment_intents", Fault.SLOW)
    with pytest.raises(GatewayUnavailable):
        list(gateway.collected_since(clock.now))
    assert list(gateway.collected_since(clock.now)) == []
    wrong = StripeGateway("sk_test_wrong", WEBHOOK_SECRET, api_url=running.url, return_url=RETURN_URL)
    with capture_logs() as logs, pytest.raises(GatewayMisconfigured):
        list(wrong.collected_since(clock.now))
    assert [line["event"] for line in logs] == ["Stripe refuses what we ask"]


def test_a_list_of_which_no_page_comes_is_silence(running: RunningStripe, clock: Clock) -> None:
    gateway = running.gateway()
    running.stripe.faults.plan("/payment_intents", *[Fault.ERROR] * (len(PAUSES) + 1))
    with pytest.raises(GatewayUnavailable):
        list(gateway.collected_since(clock.now))


@pytest.mark.parametrize(("fault", "collected"), [(Fault.ERROR, []), (Fault.ERROR_AFTER, [1220])])
def test_an_error_that_is_kept_for_its_key_is_gone_past_and_one_payment_collected_once(
    running: RunningStripe, fault: Fault, collected: list[int]
) -> None:
    gateway = running.gateway()
    order = opened(gateway)
    running.stripe.faults.plan("/confirm", fault)
    with pytest.raises(GatewayUnavailable):
        gateway.charge(order)
    assert running.collected() == collected
    found = gateway.find(order, answered=False)
    assert (found.answer if found else None) == (Answer.SUCCEEDED if collected else None)
    for _ in range(2):
        assert gateway.charge(order).answer is Answer.SUCCEEDED
    assert running.collected() == [1220]


def test_a_decline_that_is_kept_for_its_key_is_heard_and_no_bank_is_asked_again(
    running: RunningStripe,
) -> None:
    gateway = running.gateway()
    order = opened(gateway, token="pm_card_chargeCustomerFail")
    running.stripe.faults.plan("/confirm", Fault.LOST)
    with pytest.raises(GatewayUnavailable):
        gateway.charge(order)
    assert gateway.find(order, answered=False) is None
    assert gateway.charge(order).answer is Answer.DECLINED
    assert len(running.stripe.books.all("charge")) == 1


@pytest.mark.parametrize("fault", [Fault.BUSY, Fault.TOO_MANY])
def test_a_busy_gateway_is_silence_and_the_same_key_goes_through_later(
    running: RunningStripe, fault: Fault
) -> None:
    gateway = running.gateway()
    order = opened(gateway)
    running.stripe.faults.plan("/confirm", fault)
    with pytest.raises(GatewayUnavailable):
        gateway.charge(order)
    assert gateway.charge(order).answer is Answer.SUCCEEDED
    assert running.collected() == [1220]


def test_a_key_that_was_forgotten_does_not_charge_again(running: RunningStripe, clock: Clock) -> None:
    gateway = running.gateway()
    order = opened(gateway)
    running.stripe.faults.plan("/confirm", Fault.LOST)
    with pytest.raises(GatewayUnavailable):
        gateway.charge(order)
    clock.now += timedelta(days=2)
    assert gateway.charge(order).answer is Answer.SUCCEEDED
    assert running.collected() == [1220]


@pytest.mark.parametrize("path", ["/customers", "/checkout/sessions", "/payment_intents"])
@pytest.mark.parametrize("fault", list(Fault))
def test_whatever_breaks_on_the_way_is_said_to_be_silence(
    running: RunningStripe, path: str, fault: Fault
) -> None:
    gateway = running.gateway(read_seconds=1)
    customer = gateway.customer("known", "Piazza")
    acts: dict[str, Callable[[], object]] = {
        "/customers": lambda: gateway.customer("new", "Piazza"),
        "/checkout/sessions": lambda: gateway.start_setup(SetupOrder("cs_1", customer, "en")),
        "/payment_intents": lambda: opened(gateway),
    }
    running.stripe.faults.plan(path, fault)
    with pytest.raises(GatewayUnavailable):
        acts[path]()
    gateway.customer("another", "Piazza")  # what is held up arrives with it, and does not hold up the end


def test_a_wrong_key_or_a_gateway_that_is_away_is_silence(running: RunningStripe) -> None:
    wrong = StripeGateway("sk_test_wrong", WEBHOOK_SECRET, api_url=running.url, return_url=RETURN_URL)
    away = StripeGateway(API_KEY, WEBHOOK_SECRET, api_url="http://127.0.0.1:9", return_url=RETURN_URL)
    for gateway in (wrong, away):
        with pytest.raises(GatewayUnavailable):
            gateway.customer("key", "Piazza")


def test_a_card_that_is_gone_is_a_decline_for_good(running: RunningStripe) -> None:
    gateway = running.gateway()
    outcome = gateway.charge(opened(gateway, token="pm_gone"))
    assert (outcome.answer, outcome.reason) == (Answer.DECLINED_FOR_GOOD, "payment_method_missing")


def test_an_expired_card_page_is_over(running: RunningStripe, clock: Clock) -> None:
    gateway = running.gateway()
    page = gateway.start_setup(SetupOrder("cs_1", gateway.customer("c", "Piazza"), "it"))
    assert not gateway.setup(page.id).is_over
    clock.now += timedelta(days=1)
    assert gateway.setup(page.id).is_over
    assert running.enter_card(page.url).status_code == 200
    assert gateway.setup(page.id).token is None


@pytest.mark.parametrize(
    ("number", "sentence"),
    [
        ("4000 0000 0000 0002", "La banca ha rifiutato questa carta: usane un&#x27;altra."),
        ("4111 1111 1111 1111", "Non è una delle carte di prova: scegline una qui sotto."),
    ],
)
def test_the_card_page_says_what_is_wrong_and_repeats_no_number(
    running: RunningStripe, number: str, sentence: str
) -> None:
    gateway = running.gateway()
    page = gateway.start_setup(SetupOrder("cs_1", gateway.customer("c", "Piazza"), "it"))
    answer = running.enter_card(page.url, number)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert f'value="{number}' not in answer.text
    assert gateway.setup(page.id).token is None


@pytest.mark.parametrize(
    ("amount", "sent"),
    [
        (Money(1220, "EUR"), 1220),
        (Money(500, "JPY"), 500),
        (Money(500, "ISK"), 50000),
        (Money(9, "UGX"), 900),
    ],
)
def test_amounts_are_sent_in_the_units_of_stripe_and_read_back(
    running: RunningStripe, amount: Money, sent: int
) -> None:
    gateway = running.gateway()
    gateway.charge(opened(gateway, amount))
    assert running.collected() == [sent]
    assert [one.collected for one in gateway.collected_since(running.stripe.books.clock())] == [amount]


def event(running: RunningStripe, **changes: Any) -> bytes:
    """A true event of a payment, changed."""
    gateway = running.gateway()
    gateway.charge(opened(gateway))
    told = running.stripe.hooks.untold()[-1]
    return json.dumps({**json.loads(delivery(told)), **changes}).encode()


def test_a_webhook_names_the_payment_that_it_is_about(running: RunningStripe) -> None:
    gateway = running.gateway()
    order = opened(gateway)
    gateway.charge(order)
    bodies = [delivery(one) for one in running.stripe.hooks.untold()]
    heard = [gateway.read_webhook(body, signature(body, WEBHOOK_SECRET)) for body in bodies]
    kinds = ["payment_intent.created", "charge.succeeded", "payment_intent.succeeded"]
    assert [(one.kind, one.object_id) for one in heard] == [(kind, order.payment_id) for kind in kinds]
    assert len({one.id for one in heard}) == len(kinds)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda body: (body, signature(body, "whsec_other")),
        lambda body: (body, signature(body, WEBHOOK_SECRET, int(time.time()) - 301)),
        lambda body: (body + b" ", signature(body, WEBHOOK_SECRET)),
        lambda body: (body, ""),
        lambda body: (body, "t=now,v1=0"),
        lambda body: (body, "nonsense"),
        lambda body: (b"\xff", signature(b"\xff", WEBHOOK_SECRET)),
        lambda body: (b"[]", signature(b"[]", WEBHOOK_SECRET)),
        lambda body: (b"{", signature(b"{", WEBHOOK_SECRET)),
    ],
)
def test_a_webhook_that_is_forged_stale_or_malformed_is_refused(running: RunningStripe, spoil: Any) -> None:
    gateway = running.gateway()
    with pytest.raises(WebhookRefused):
        gateway.read_webhook(*spoil(event(running)))


@pytest.mark.parametrize("changes", [{"account": "acct_other"}, {"livemode": True}, {"data": {"object": 3}}])
def test_a_webhook_of_another_account_is_refused(running: RunningStripe, changes: dict[str, Any]) -> None:
    body = event(running, **changes)
    with pytest.raises(WebhookRefused):
        running.gateway().read_webhook(body, signature(body, WEBHOOK_SECRET))


def test_a_good_webhook_is_read(running: RunningStripe) -> None:
    body = event(running)
    heard = running.gateway().read_webhook(body, signature(body, WEBHOOK_SECRET))
    assert isinstance(heard, GatewayEvent)
    assert heard.kind == "payment_intent.succeeded"


def test_a_webhook_of_a_dispute_names_the_payment_that_is_disputed(running: RunningStripe) -> None:
    gateway = running.gateway()
    order = opened(gateway)
    gateway.charge(order)
    for status, kind in (("needs_response", "created"), ("under_review", "updated"), ("lost", "closed")):
        assert order.payment_id is not None
        running.stripe.rules.dispute(order.payment_id, status)
        body = delivery(running.stripe.hooks.untold()[-1])
        heard = gateway.read_webhook(body, signature(body, WEBHOOK_SECRET))
        assert (heard.kind, heard.object_id) == (f"charge.dispute.{kind}", order.payment_id)
        assert is_of_dispute(heard.kind)
    assert not is_of_dispute("charge.succeeded")


@pytest.mark.parametrize("answered", [True, False])
def test_what_is_still_being_processed_is_neither_paid_nor_declined(answered: bool) -> None:
    intent = PaymentIntent.construct_from(
        {"id": "pi_1", "object": "payment_intent", "status": "processing", "last_payment_error": None}, None
    )
    with pytest.raises(GatewayUnavailable):
        stripe_answers.outcome(intent, answered=answered)


def test_a_refund_whose_key_stripe_has_forgotten_is_found_and_not_given_twice(running: RunningStripe) -> None:
    gateway = running.gateway()
    order = opened(gateway)
    gateway.charge(order)
    assert order.payment_id
    part = RefundOrder("T1-ref_1", order.payment_id, Money(500, "EUR"))
    given = gateway.refund(part)
    running.stripe.books.forget_keys()
    assert gateway.refund(part) == given
    assert [one["amount"] for one in running.stripe.books.all("refund")] == [500]
