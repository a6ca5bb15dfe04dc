"""Webhooks: in any order, any number of copies, they end in the same state; what is not the gateway's is refused."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import replace
from itertools import permutations

import pytest
from structlog.testing import capture_logs

from billing.ports import GatewayUnavailable, WebhookRefused
from billing.services import card_setups, payment_methods, purchases, webhooks
from billing.services.verify import verify
from sandbox.gateway.books import Thing
from sandbox.gateway.faults import Fault
from sandbox.gateway.hooks import delivery, signature
from sandbox.gateway.server import WEBHOOK_SECRET
from tests.billing.desk import VISA, Desk
from tests.pretend_stripe import RunningStripe

pytestmark = pytest.mark.slow

ASKING = "pm_card_authenticationRequired"


def receive(desk: Desk, event: Thing) -> bool:
    body = delivery(event)
    return webhooks.receive(desk.billing, body, signature(body, WEBHOOK_SECRET))


def waiting(desk: Desk, stripe: RunningStripe, name: str) -> tuple[str, str, str]:
    """A purchase that waits for its payer, and an open page for another card: the property, the two pages."""
    owner = desk.owner()
    made = desk.property_of(owner, name, channel=None)
    order = desk.order(owner, made, token=ASKING)
    bought = purchases.purchase(desk.billing, owner, order, key=f"buy {name}")
    assert bought.payment is not None
    page = card_setups.start(desk.billing, owner, made.id)
    return made.id, bought.payment.action_url or "", page.url


def outcome(desk: Desk, property_id: str) -> dict[str, object]:
    def words(column: str, table: str) -> list[str]:
        found = f"SELECT {column} AS word FROM {table} WHERE property_id = :property"
        return [row.word for row in desk.rows(found, property=property_id)]

    return {
        "plans": words("status", "subscriptions"),
        "payments": words("state", "payments"),
        "invoices": len(words("id", "invoices")),
        "setups": words("state", "card_setups"),
        "cards": len(words("id", "payment_methods")),
    }


def test_all_orders_of_five_events_with_copies_end_in_one_state(
    stripe_desk: Desk, pretend_stripe: RunningStripe
) -> None:
    expected = {"plans": ["active"], "payments": ["paid"], "invoices": 1, "setups": ["saved"], "cards": 2}
    for number, order in enumerate(permutations(range(5))):
        pretend_stripe.stripe.books.clear()
        property_id, bank, page = waiting(stripe_desk, pretend_stripe, f"Piazza {number}")
        pretend_stripe.enter_card(page)
        pretend_stripe.answer_bank(bank)
        events = pretend_stripe.stripe.hooks.untold()
        assert len(events) == 5
        for at, index in enumerate(order):
            copies = [receive(stripe_desk, events[index]) for _ in range(1 + (at + number) % 3)]
            assert copies == [True] + [False] * (len(copies) - 1)
            if at % 2:
                webhooks.process(stripe_desk.billing)
        webhooks.process(stripe_desk.billing)
        assert outcome(stripe_desk, property_id) == expected, order
    assert verify(stripe_desk.billing) == ()


@pytest.mark.parametrize("signature_of", [lambda _: "", lambda body: signature(body, "whsec_other")])
def test_a_forged_event_is_refused_and_not_stored(
    stripe_desk: Desk, pretend_stripe: RunningStripe, signature_of: object
) -> None:
    waiting(stripe_desk, pretend_stripe, "Piazza")
    body = delivery(pretend_stripe.stripe.hooks.untold()[0])
    with pytest.raises(WebhookRefused):
        webhooks.receive(stripe_desk.billing, body, signature_of(body))  # type: ignore[operator]
    assert stripe_desk.rows("SELECT event_id FROM gateway_events") == []


EVENT = '{"id": %s, "type": %s, "livemode": false, "data": {"object": {"object": "x", "id": "x"}}}'


@pytest.mark.parametrize(
    "body",
    [
        "[" * 20_000,
        EVENT % (r'"evt_\ud800"', '"charge.failed"'),
        EVENT % (r'"evt_\u0000"', '"charge.failed"'),
        EVENT % ("{}", '"charge.failed"'),
        EVENT % ('"evt_1"', f'"{"x" * 300}"'),
    ],
    ids=["nested", "half a character", "a character that is none", "an object for a name", "an endless name"],
)
def test_a_signed_event_that_cannot_be_kept_is_refused(stripe_desk: Desk, body: str) -> None:
    with pytest.raises(WebhookRefused):
        webhooks.receive(stripe_desk.billing, body.encode(), signature(body.encode(), WEBHOOK_SECRET))
    assert stripe_desk.rows("SELECT * FROM gateway_events") == []


def test_an_event_decides_nothing_the_object_itself_is_asked(
    stripe_desk: Desk, pretend_stripe: RunningStripe
) -> None:
    """Somebody who has the secret tells of a success that there was not."""
    property_id, _, _ = waiting(stripe_desk, pretend_stripe, "Piazza")
    (event,) = [
        one for one in pretend_stripe.stripe.hooks.untold() if one["type"] == "payment_intent.requires_action"
    ]
    about = {**event["data"]["object"], "status": "succeeded", "amount_received": 1220}
    receive(stripe_desk, {**event, "type": "payment_intent.succeeded", "data": {"object": about}})
    webhooks.process(stripe_desk.billing)
    assert outcome(stripe_desk, property_id)["payments"] == ["open"]


def test_an_event_of_something_that_is_not_ours_is_none_of_our_business(
    stripe_desk: Desk, pretend_stripe: RunningStripe
) -> None:
    stripe_desk.owner()
    other = pretend_stripe.stripe.rules.make_intent({"amount": "100", "currency": "eur"})
    pretend_stripe.stripe.rules.confirm(other["id"], {"payment_method": "pm_card_visa"})
    for event in pretend_stripe.stripe.hooks.untold():
        assert receive(stripe_desk, event)
    assert webhooks.process(stripe_desk.billing) == 3
    assert webhooks.process(stripe_desk.billing) == 0
    assert stripe_desk.payments() == []


def test_an_event_that_came_while_the_gateway_was_silent_is_followed_by_the_schedule(
    stripe_desk: Desk, pretend_stripe: RunningStripe
) -> None:
    property_id, bank, _ = waiting(stripe_desk, pretend_stripe, "Piazza")
    pretend_stripe.answer_bank(bank)
    for event in pretend_stripe.stripe.hooks.untold():
        receive(stripe_desk, event)
    (intent,) = pretend_stripe.stripe.books.all("payment_intent")
    pretend_stripe.stripe.faults.plan(intent["id"], *[Fault.LOST] * 4)
    webhooks.process(stripe_desk.billing)
    assert outcome(stripe_desk, property_id)["payments"] == ["open"]
    stripe_desk.turn(hours=7)
    assert outcome(stripe_desk, property_id)["payments"] == ["paid"]


def test_what_is_left_as_the_process_ends_is_asked_after_by_the_next(
    stripe_desk: Desk, pretend_stripe: RunningStripe
) -> None:
    property_id, bank, _ = waiting(stripe_desk, pretend_stripe, "Piazza")
    pretend_stripe.answer_bank(bank)
    for event in pretend_stripe.stripe.hooks.untold():
        receive(stripe_desk, event)
    stripe_desk.billing.stopping.set()
    assert webhooks.process(stripe_desk.billing) == 0
    stripe_desk.billing.stopping.clear()
    assert webhooks.process(stripe_desk.billing) > 0
    assert outcome(stripe_desk, property_id)["payments"] == ["paid"]


def test_a_gateway_that_is_away_is_not_asked_after_each_event(
    stripe_desk: Desk, pretend_stripe: RunningStripe
) -> None:
    _, bank, _ = waiting(stripe_desk, pretend_stripe, "Piazza")
    pretend_stripe.answer_bank(bank)
    for event in pretend_stripe.stripe.hooks.untold():
        receive(stripe_desk, event)
    away = replace(stripe_desk.billing, gateway=pretend_stripe.gateway(away_seconds=60))
    pretend_stripe.stripe.faults.plan("/disputes", *[Fault.ERROR] * 50)
    while not away.gateway.is_away():
        with suppress(GatewayUnavailable):
            away.gateway.dispute("none")
    with capture_logs() as logged:
        assert webhooks.process(away) == 0
    assert logged == []
    assert webhooks.process(stripe_desk.billing) > 0


def test_a_refused_confirmation_is_heard_and_the_purchase_leaves_nothing(
    stripe_desk: Desk, pretend_stripe: RunningStripe
) -> None:
    property_id, bank, _ = waiting(stripe_desk, pretend_stripe, "Piazza")
    pretend_stripe.answer_bank(bank, "no")
    for event in pretend_stripe.stripe.hooks.untold():
        receive(stripe_desk, event)
    webhooks.process(stripe_desk.billing)
    found = outcome(stripe_desk, property_id)
    assert (found["plans"], found["payments"], found["invoices"]) == (["abandoned"], ["failed"], 0)
    assert pretend_stripe.collected() == []


def test_a_renewal_that_needs_its_payer_gives_a_link_and_is_tried_no_more(
    stripe_desk: Desk, pretend_stripe: RunningStripe
) -> None:
    owner = stripe_desk.owner()
    plan = stripe_desk.buy(owner, stripe_desk.property_of(owner), token="pm_card_visa")
    asking = payment_methods.keep(stripe_desk.billing, owner, plan.property_id, ASKING, VISA)
    payment_methods.choose(stripe_desk.billing, owner, plan.id, asking)
    stripe_desk.turn_to(plan.period_end_at)
    (attempt,) = stripe_desk.rows("SELECT state, action_url FROM payment_attempts WHERE token = :t", t=ASKING)
    assert attempt.state == "action_required"
    assert attempt.action_url.startswith(pretend_stripe.url)
    stripe_desk.turn(days=2)
    assert len(pretend_stripe.stripe.books.all("payment_intent")) == 2
    pretend_stripe.answer_bank(attempt.action_url)
    for event in pretend_stripe.stripe.hooks.untold():
        receive(stripe_desk, event)
    webhooks.process(stripe_desk.billing)
    assert stripe_desk.plan(plan.id).status == "active"
    assert pretend_stripe.collected() == [1220, 1220]
    assert verify(stripe_desk.billing) == ()


def test_an_event_whose_payment_cannot_be_read_keeps_no_other_from_being_heard(
    stripe_desk: Desk, pretend_stripe: RunningStripe
) -> None:
    """It is heard of first, is not taken for done, and decides as soon as it can be read."""
    places = [waiting(stripe_desk, pretend_stripe, name) for name in ("Piazza", "Corso")]
    for _, bank, _ in places:
        pretend_stripe.answer_bank(bank)
    for event in pretend_stripe.stripe.hooks.untold():
        receive(stripe_desk, event)
    bad, good = (property_id for property_id, _, _ in places)
    ((draft,),) = stripe_desk.rows("SELECT draft FROM payments WHERE property_id = :p", p=bad)
    stripe_desk.execute("UPDATE payments SET draft = '{}' WHERE property_id = :p", p=bad)
    webhooks.process(stripe_desk.billing)
    assert [outcome(stripe_desk, one)["payments"] for one in (bad, good)] == [["open"], ["paid"]]
    kept = draft if isinstance(draft, str) else json.dumps(draft)
    stripe_desk.execute("UPDATE payments SET draft = :draft WHERE property_id = :p", draft=kept, p=bad)
    webhooks.process(stripe_desk.billing)
    assert outcome(stripe_desk, bad)["payments"] == ["paid"]
