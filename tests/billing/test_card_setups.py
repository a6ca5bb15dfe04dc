"""A new card: entered at the gateway's page, kept for the property, and never seen here."""

from __future__ import annotations

from dataclasses import replace

import pytest

from billing import Actor
from billing.services import card_setups, members, outbox, payment_methods, purchases, transfers, webhooks
from billing.services.verify import verify
from billing.values.actors import Role
from billing.values.events import CardSaved
from billing.values.refusals import GatewayDown, NotAllowed, NotFound
from billing.values.snapshots import CardSetupSnapshot
from sandbox.gateway.faults import Fault
from sandbox.gateway.hooks import delivery, signature
from sandbox.gateway.server import WEBHOOK_SECRET
from tests.billing.desk import Desk
from tests.pretend_stripe import RunningStripe

PLACE = {"channel": "DOWNER", "ts": "1700000000.000100", "reader": "UOWNER"}
MASTERCARD = "5555 5555 5555 4444"


def states(desk: Desk) -> list[tuple[str, bool]]:
    rows = desk.rows("SELECT state, payment_method_id FROM card_setups ORDER BY id")
    return [(row.state, row.payment_method_id is not None) for row in rows]


def deliver(desk: Desk, stripe: RunningStripe) -> None:
    """Every webhook that the gateway has to tell, in order."""
    for event in stripe.stripe.hooks.untold():
        body = delivery(event)
        webhooks.receive(desk.billing, body, signature(body, WEBHOOK_SECRET))
        stripe.stripe.books.keep({**event, "told": True})
    webhooks.process(desk.billing)


def begun(desk: Desk, stripe: RunningStripe) -> tuple[Actor, str, CardSetupSnapshot]:
    """A subscription paid by Visa, and the page for another card of it."""
    owner = desk.owner()
    plan = desk.buy(owner, desk.property_of(owner), token="pm_card_visa")
    return owner, plan.id, card_setups.start(desk.billing, owner, subscription_id=plan.id, language="it")


def test_a_card_that_was_entered_is_kept_and_pays_for_its_subscription(
    stripe_desk: Desk, pretend_stripe: RunningStripe
) -> None:
    owner, plan_id, setup = begun(stripe_desk, pretend_stripe)
    assert setup.property_name == "Piazza"
    pretend_stripe.enter_card(setup.url, MASTERCARD).raise_for_status()
    deliver(stripe_desk, pretend_stripe)
    assert states(stripe_desk) == [("saved", True)]
    plan = stripe_desk.plan(plan_id)
    assert plan.card is not None
    assert (plan.card.brand, plan.card.last_four) == ("Mastercard", "4444")
    assert len(payment_methods.listed(stripe_desk.billing, owner)) == 2
    stripe_desk.turn_to(plan.period_end_at)
    assert pretend_stripe.collected() == [1220, 1220]
    assert stripe_desk.rows("SELECT card FROM payment_attempts ORDER BY id")[-1].card == "Mastercard 4444"
    assert verify(stripe_desk.billing) == ()


def test_without_a_webhook_the_gateway_is_asked_by_itself(
    stripe_desk: Desk, pretend_stripe: RunningStripe
) -> None:
    _, _, setup = begun(stripe_desk, pretend_stripe)
    pretend_stripe.enter_card(setup.url)
    stripe_desk.turn(seconds=59)
    assert states(stripe_desk) == [("open", False)]
    stripe_desk.turn(seconds=1)
    assert states(stripe_desk) == [("saved", True)]


def test_it_says_so_where_the_link_was_shown(stripe_desk: Desk, pretend_stripe: RunningStripe) -> None:
    owner, _, setup = begun(stripe_desk, pretend_stripe)
    card_setups.place(stripe_desk.billing, owner, setup.id, PLACE)
    pretend_stripe.enter_card(setup.url)
    for _ in range(3):
        deliver(stripe_desk, pretend_stripe)
        stripe_desk.turn(minutes=5)
    told = [
        row
        for row in stripe_desk.rows("SELECT kind, audience, address, fact FROM outbox")
        if row.kind == "CardSaved"
    ]
    assert [(row.audience, row.address) for row in told] == [("slack_person", "DOWNER")]
    assert "Visa 4242" in str(told[0].fact)


def test_a_page_that_nobody_fills_in_is_over_after_a_day(
    stripe_desk: Desk, pretend_stripe: RunningStripe
) -> None:
    _, plan_id, setup = begun(stripe_desk, pretend_stripe)
    for _ in range(3):
        stripe_desk.turn(hours=13)
    assert states(stripe_desk) == [("over", False)]
    pretend_stripe.enter_card(setup.url)
    stripe_desk.turn(days=2)
    card = stripe_desk.plan(plan_id).card
    assert card is not None
    assert len(stripe_desk.rows("SELECT id FROM payment_methods")) == 1


def test_whoever_lost_the_role_meanwhile_saves_no_card(
    stripe_desk: Desk, pretend_stripe: RunningStripe
) -> None:
    owner = stripe_desk.owner()
    made = stripe_desk.property_of(owner)
    plan = stripe_desk.buy(owner, made, token="pm_card_visa")
    admin = stripe_desk.member(owner, made, "UADMIN", Role.ADMIN)
    setup = card_setups.start(stripe_desk.billing, admin, subscription_id=plan.id)
    members.set_role(stripe_desk.billing, owner, made.id, "UADMIN", Role.ACCOUNTANT)
    pretend_stripe.enter_card(setup.url, MASTERCARD)
    deliver(stripe_desk, pretend_stripe)
    assert states(stripe_desk) == [("refused", False)]
    assert stripe_desk.plan(plan.id).card == plan.card
    assert [entry.refused_as for entry in stripe_desk.audit("card_setup.outcome")] == ["NotAllowed"]


def test_a_subscription_that_was_transferred_meanwhile_keeps_its_card(
    stripe_desk: Desk, pretend_stripe: RunningStripe
) -> None:
    owner, plan_id, setup = begun(stripe_desk, pretend_stripe)
    other = stripe_desk.property_of(owner, "Bottega")
    card_setups.place(stripe_desk.billing, owner, setup.id, PLACE)
    transfers.transfer(stripe_desk.billing, owner, plan_id, other.id)
    pretend_stripe.enter_card(setup.url, MASTERCARD)
    deliver(stripe_desk, pretend_stripe)
    assert states(stripe_desk) == [("saved", True)]
    assert stripe_desk.plan(plan_id).card is None
    (said,) = (one.event for one in outbox.claim(stripe_desk.billing) if isinstance(one.event, CardSaved))
    assert (said.property_name, said.card, said.subscription_id) == ("Piazza", "Mastercard 4444", "")


def test_a_gateway_that_is_away_opens_no_page_and_leaves_nothing_open(
    stripe_desk: Desk, pretend_stripe: RunningStripe
) -> None:
    owner = stripe_desk.owner()
    stripe_desk.property_of(owner)
    for path in ("/customers", "/checkout/sessions"):
        for fault in (Fault.LOST, Fault.ERROR):
            pretend_stripe.stripe.faults.plan(path, fault)
            with pytest.raises(GatewayDown):
                card_setups.start(stripe_desk.billing, owner)
    assert states(stripe_desk) == [("over", False)] * 4
    assert card_setups.start(stripe_desk.billing, owner).url.startswith("http")


def test_only_admins_open_pages_and_only_for_what_is_theirs(stripe_desk: Desk) -> None:
    owner = stripe_desk.owner()
    made = stripe_desk.property_of(owner)
    accountant = stripe_desk.member(owner, made, "UACCOUNTANT", Role.ACCOUNTANT)
    with pytest.raises(NotAllowed):
        card_setups.start(stripe_desk.billing, accountant)
    with pytest.raises(NotFound):
        card_setups.start(stripe_desk.billing, owner, subscription_id="sub_other")
    assert states(stripe_desk) == []


def test_a_removed_card_is_forgotten_by_the_gateway_too(
    stripe_desk: Desk, pretend_stripe: RunningStripe
) -> None:
    owner = stripe_desk.owner()
    made = stripe_desk.property_of(owner)
    setup = card_setups.start(stripe_desk.billing, owner, made.id)
    pretend_stripe.enter_card(setup.url)
    deliver(stripe_desk, pretend_stripe)
    (kept,) = payment_methods.listed(stripe_desk.billing, owner)
    payment_methods.remove(stripe_desk.billing, owner, kept.id)
    pretend_stripe.stripe.faults.plan("/detach", Fault.DEAF)
    assert stripe_desk.turn(minutes=1).left == 1
    assert stripe_desk.turn(minutes=1).left == 0
    (method,) = pretend_stripe.stripe.books.all("payment_method")
    assert method["customer"] is None
    assert stripe_desk.rows("SELECT detached_at FROM payment_methods")[0].detached_at is not None


def test_two_cards_of_a_property_belong_to_one_customer_and_the_second_can_buy(
    stripe_desk: Desk, pretend_stripe: RunningStripe
) -> None:
    owner = stripe_desk.owner()
    made = stripe_desk.property_of(owner)
    for number in ("4242 4242 4242 4242", MASTERCARD):
        pretend_stripe.enter_card(card_setups.start(stripe_desk.billing, owner, made.id).url, number)
    deliver(stripe_desk, pretend_stripe)
    assert len(pretend_stripe.stripe.books.all("customer")) == 1
    newest, _ = payment_methods.listed(stripe_desk.billing, owner)
    order = replace(stripe_desk.order(owner, made, token="pm_card_visa"), payment_method_id=newest.id)
    bought = purchases.purchase(stripe_desk.billing, owner, order, key="one click")
    assert bought.subscription.status == "active"
    assert pretend_stripe.collected() == [1220]
