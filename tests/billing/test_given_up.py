"""What somebody asked for in their presence is not charged days later: it is given up, and they are told."""

from __future__ import annotations

from datetime import timedelta

import pytest

from billing.adapters.gateways.sandbox import Behaviour
from billing.services import changes, purchases
from billing.services.changes import PlanSelection
from billing.services.verify import verify
from billing.values.cycles import Interval
from billing.values.snapshots import PropertySnapshot, SubscriptionSnapshot
from sandbox.gateway.faults import Fault
from tests.billing.desk import Desk
from tests.billing.test_late_money import VISA, agree, arrive, late
from tests.pretend_stripe import RunningStripe

JUST_IN_TIME, DAYS_LATER = timedelta(hours=22, minutes=59), timedelta(days=3)
TO_BOTH = [("slack_channel", "CBILLING"), ("slack_person", "UOWNER")]


def unsent(desk: Desk, piazza: PropertySnapshot) -> SubscriptionSnapshot:
    """A purchase of which the gateway has heard nothing, though it would hear it now."""
    desk.gateway.expect("tok_visa", Behaviour.SILENT_BEFORE)
    return desk.buy(desk.owner(), piazza)


def later(desk: Desk, span: timedelta) -> None:
    desk.turn_to(desk.clock.now + span)


def tries(desk: Desk) -> list[tuple[str, str]]:
    """Of each payment, oldest first: how it stands, and its only try."""
    found = desk.rows(
        "SELECT payments.state, payment_attempts.state AS tried FROM payments JOIN payment_attempts"
        " ON payment_attempts.payment_id = payments.id ORDER BY payments.created_at, payments.id"
    )
    return [tuple(row) for row in found]


def told_of_failure(desk: Desk) -> list[tuple[str, str]]:
    found = desk.rows("SELECT audience, address FROM outbox WHERE kind = 'PaymentFailed' ORDER BY number")
    return [tuple(row) for row in found]


def reasons(desk: Desk) -> set[str]:
    return {str((entry.after or {}).get("decline")) for entry in desk.audit("payment.failed")}


@pytest.mark.parametrize("state", ["sent", "unknown"], ids=["its process died", "it was refused"])
@pytest.mark.parametrize("opened", [True, False], ids=["opened there", "not even opened"])
def test_a_purchase_that_never_reached_the_gateway_is_given_up_and_its_buyer_is_told(
    desk: Desk, state: str, *, opened: bool
) -> None:
    owner = desk.owner()
    piazza = desk.property_of(owner)
    waiting = unsent(desk, piazza)
    desk.execute("UPDATE payment_attempts SET state = :state, polls = 0", state=state)
    if not opened:
        desk.execute("UPDATE payments SET gateway_id = NULL")
    later(desk, DAYS_LATER)
    assert (desk.charged(), desk.invoices(), desk.plan(waiting.id).status) == ([], [], "abandoned")
    assert (tries(desk), reasons(desk)) == ([("failed", "not_tried")], {"not_tried"})
    assert told_of_failure(desk) == TO_BOTH
    later(desk, timedelta(days=1))
    assert (desk.charged(), told_of_failure(desk)) == ([], TO_BOTH)
    assert (desk.buy(owner, piazza).status, desk.charged()) == ("active", [1220])
    assert verify(desk.billing) == ()


def test_within_its_time_it_is_sent_again(desk: Desk) -> None:
    waiting = unsent(desk, desk.property_of(desk.owner()))
    later(desk, JUST_IN_TIME)
    assert (desk.charged(), desk.plan(waiting.id).status) == ([1220], "active")
    assert told_of_failure(desk) == []


def test_what_the_gateway_had_heard_is_taken_from_it_however_late_that_is_learned(desk: Desk) -> None:
    desk.gateway.expect("tok_visa", Behaviour.SILENT_AFTER)
    owner = desk.owner()
    waiting = desk.buy(owner, desk.property_of(owner))
    later(desk, DAYS_LATER)
    assert (desk.charged(), desk.plan(waiting.id).status) == ([1220], "active")
    assert told_of_failure(desk) == []
    assert verify(desk.billing) == ()


def test_an_upgrade_that_never_reached_the_gateway_leaves_the_plan_as_it_was(desk: Desk) -> None:
    owner = desk.owner()
    plan = desk.buy(owner, desk.property_of(owner))
    desk.gateway.expect("tok_visa", Behaviour.SILENT_BEFORE)
    changes.change(desk.billing, owner, plan.id, PlanSelection("pro", Interval.MONTH), key="up")
    later(desk, DAYS_LATER)
    assert (desk.plan(plan.id).plan, desk.plan(plan.id).pending) == ("Basic", None)
    assert (desk.charged(), tries(desk)[1], told_of_failure(desk)) == (
        [1220],
        ("failed", "not_tried"),
        TO_BOTH,
    )


def test_a_renewal_goes_on_however_late_it_is_heard(desk: Desk) -> None:
    owner = desk.owner()
    plan = desk.buy(owner, desk.property_of(owner))
    desk.gateway.expect("tok_visa", Behaviour.SILENT_BEFORE)
    desk.turn_to(plan.period_end_at)
    later(desk, DAYS_LATER)
    assert (desk.charged(), told_of_failure(desk)) == ([1220, 1220], [])


def test_who_was_never_tried_before_the_time_was_over_is_told_that_no_bank_was_asked(desk: Desk) -> None:
    """The process died between the order and its only try."""
    owner = desk.owner()
    order = desk.order(owner, desk.property_of(owner))
    with desk.billing.work("test") as work:
        purchases.prepare(work, desk.billing, owner, order, key="buy")
    later(desk, DAYS_LATER)
    assert (desk.charged(), reasons(desk), told_of_failure(desk)) == ([], {"not_tried"}, TO_BOTH)


def test_who_did_nothing_at_the_bank_is_told_that_its_time_is_over(desk: Desk) -> None:
    owner = desk.owner()
    desk.buy(owner, desk.property_of(owner), token="tok_asks_for_action")
    later(desk, DAYS_LATER)
    assert (reasons(desk), told_of_failure(desk)) == ({"expired"}, TO_BOTH)


@pytest.mark.slow
def test_the_request_itself_collects_nothing_when_it_arrives_after_that(
    stripe_desk: Desk, pretend_stripe: RunningStripe
) -> None:
    owner = stripe_desk.owner()
    late(pretend_stripe)
    stripe_desk.buy(owner, stripe_desk.property_of(owner), token=VISA)
    later(stripe_desk, DAYS_LATER)
    assert tries(stripe_desk) == [("failed", "not_tried")]
    arrive(stripe_desk, pretend_stripe)
    assert pretend_stripe.collected() == []
    agree(stripe_desk)


def test_a_bank_that_asks_for_a_payer_whose_time_is_over_asks_nobody(
    stripe_desk: Desk, pretend_stripe: RunningStripe
) -> None:
    owner = stripe_desk.owner()
    pretend_stripe.stripe.faults.plan("/confirm", Fault.ERROR_AFTER)
    stripe_desk.buy(owner, stripe_desk.property_of(owner), token="pm_card_authenticationRequired")
    later(stripe_desk, DAYS_LATER)
    assert (tries(stripe_desk), reasons(stripe_desk)) == ([("failed", "declined")], {"expired"})
    assert told_of_failure(stripe_desk) == TO_BOTH
    assert stripe_desk.told() == ["PaymentFailed"]
