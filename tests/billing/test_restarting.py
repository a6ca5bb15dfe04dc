"""Renewing: before the end the same dates and no charge, after it a new cycle that is paid first."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial

import pytest

from billing.adapters.gateways.sandbox import Behaviour
from billing.services import members, payments, properties, purchases, subscriptions
from billing.services.verify import verify
from billing.values.actors import Role
from billing.values.refusals import AlreadyBought, PaymentDeclined, PaymentInProgress, StillRunning, Unpaid
from billing.values.snapshots import PropertySnapshot, SubscriptionSnapshot
from tests.billing.desk import Desk, at_once

END = datetime(2026, 2, 28, 9, 30, tzinfo=UTC)


def ended(desk: Desk) -> SubscriptionSnapshot:
    owner = desk.owner()
    plan = desk.buy(owner, desk.property_of(owner))
    subscriptions.cancel(desk.billing, owner, plan.id, "Too dear")
    desk.turn_to(END + timedelta(days=10))
    return desk.plan(plan.id)


def shop_of(desk: Desk, plan: SubscriptionSnapshot) -> PropertySnapshot:
    return properties.choose(desk.billing, desk.owner(), plan.property_id)


def restart(desk: Desk, plan: SubscriptionSnapshot, key: str | None = None) -> SubscriptionSnapshot:
    return subscriptions.restart(desk.billing, desk.owner(), plan.id, key=key or desk.key())


def test_before_the_end_it_goes_on_with_the_anchor_that_it_had(desk: Desk) -> None:
    """POL-38: cancelled and taken back in February, an anchor of the 31st comes back in March."""
    desk.clock.now = datetime(2024, 1, 31, 12, tzinfo=UTC)
    owner = desk.owner()
    plan = desk.buy(owner, desk.property_of(owner))
    assert plan.period_end_at.date().isoformat() == "2024-02-29"
    subscriptions.cancel(desk.billing, owner, plan.id, "Too dear")
    with pytest.raises(StillRunning):
        restart(desk, plan)
    subscriptions.undo_cancellation(desk.billing, owner, plan.id)
    assert desk.charged() == [1220]
    desk.turn_to(plan.period_end_at)
    (line,) = desk.invoices()[-1].read_document().lines
    assert (line.first_day.isoformat(), line.last_day.isoformat()) == ("2024-02-29", "2024-03-30")


def test_after_the_end_a_new_cycle_begins_when_it_is_paid(desk: Desk) -> None:
    plan = ended(desk)
    again = restart(desk, plan)
    assert (again.id, again.status, again.ended_at, again.cancel_reason) == (plan.id, "active", None, None)
    assert again.period_end_at == datetime(2026, 4, 10, 8, 30, tzinfo=UTC)
    assert (desk.charged(), len(desk.invoices())) == ([1220, 1220], 2)
    assert desk.told()[-2:] == ["SubscriptionRestarted", "PaymentReceived"]
    assert desk.turn_to(again.period_end_at).renewed == 1
    assert verify(desk.billing) == ()


def test_a_declined_new_beginning_leaves_it_ended_and_can_be_tried_again(desk: Desk) -> None:
    plan = ended(desk)
    desk.gateway.expect("tok_visa", Behaviour.DECLINES)
    with pytest.raises(PaymentDeclined):
        restart(desk, plan)
    assert desk.plan(plan.id).status == "ended"
    assert desk.plan(plan.id).ended_at == END
    assert len(desk.invoices()) == 1
    assert restart(desk, plan).status == "active"


def test_a_double_click_begins_one_cycle(desk: Desk) -> None:
    plan = ended(desk)
    answers = at_once(*[partial(restart, desk, plan, "one click")] * 4)
    assert {type(answer) for answer in answers} == {SubscriptionSnapshot}
    assert (desk.charged(), len(desk.invoices())) == ([1220, 1220], 2)


def test_what_ended_while_it_was_past_due_is_paid_first(desk: Desk) -> None:
    owner = desk.owner()
    plan = desk.buy(owner, desk.property_of(owner))
    desk.gateway.expect("tok_visa", *[Behaviour.DECLINES] * 2)
    desk = replace(desk, billing=replace(desk.billing, retry_days=(40,)))
    desk.turn_to(plan.period_end_at)
    subscriptions.cancel(desk.billing, owner, plan.id, "Too dear")
    desk.turn_to(desk.plan(plan.id).period_end_at)
    assert desk.plan(plan.id).status == "ended"
    with pytest.raises(Unpaid):
        restart(desk, plan)
    (owed,) = payments.unpaid(desk.billing, owner, plan.id)
    payments.pay_now(desk.billing, owner, owed.id)
    with pytest.raises(Unpaid):
        restart(desk, plan)
    assert payments.pay_now(desk.billing, owner, owed.id).state == "paid"
    assert restart(desk, plan).status == "active"


def test_while_the_gateway_has_not_answered_neither_it_nor_the_add_on_can_be_bought_again(desk: Desk) -> None:
    plan, owner = ended(desk), desk.owner()
    desk.gateway.expect("tok_visa", Behaviour.SILENT_AFTER)
    assert restart(desk, plan).status == "ended"
    with pytest.raises(PaymentInProgress):
        restart(desk, plan)
    with pytest.raises(AlreadyBought):
        desk.buy(owner, shop_of(desk, plan))
    desk.turn(minutes=1)
    assert desk.plan(plan.id).status == "active"


def test_a_restart_that_waits_for_its_payer_gives_way_to_another_one(desk: Desk) -> None:
    plan = ended(desk)
    desk.gateway.expect("tok_visa", Behaviour.ASKS_FOR_ACTION)
    assert restart(desk, plan).status == "ended"
    assert restart(desk, plan).status == "active"
    assert desk.charged() == [1220, 1220]
    assert verify(desk.billing) == ()


def test_it_costs_what_is_on_sale_now(desk: Desk) -> None:
    plan = ended(desk)
    desk.execute(
        "UPDATE prices SET on_sale = :no WHERE add_on_id = 'live-chat' AND plan_id = 'basic'", no=False
    )
    desk.execute(
        "INSERT INTO prices (id, add_on_id, plan_id, interval, currency, minor, trial_days, on_sale)"
        " VALUES ('price_new', 'live-chat', 'basic', 'month', 'EUR', 1500, 0, :yes)",
        yes=True,
    )
    assert restart(desk, plan).price.minor == 1500
    assert desk.charged() == [1220, 1830]


def test_who_has_bought_it_anew_cannot_restart_the_old_one(desk: Desk) -> None:
    plan, owner = ended(desk), desk.owner()
    desk.buy(owner, shop_of(desk, plan))
    with pytest.raises(AlreadyBought):
        restart(desk, plan)


def test_a_restart_whose_outcome_is_heard_weeks_later_begins_then_and_bills_no_day_before(desk: Desk) -> None:
    owner = desk.owner()
    plan = desk.buy(owner, desk.property_of(owner))
    subscriptions.cancel(desk.billing, owner, plan.id, "Too dear")
    desk.turn_to(plan.period_end_at)
    desk.gateway.expect("tok_visa", Behaviour.SILENT_AFTER)
    subscriptions.restart(desk.billing, owner, plan.id, key="one")
    report = desk.turn(days=40)  # in which nobody worked, and it had ended
    now = desk.plan(plan.id)
    assert (report.renewed, now.status) == (0, "active")
    (line,) = desk.invoices()[-1].read_document().lines
    assert (line.first_day, line.last_day) == (date(2026, 4, 9), date(2026, 5, 8))
    assert now.period_end_at == datetime(2026, 5, 9, 9, 30, tzinfo=UTC)
    assert desk.charged() == [1220, 1220]
    assert verify(desk.billing) == ()


def test_who_restarts_it_pays_for_it_and_a_former_member_is_told_nothing(desk: Desk) -> None:
    owner = desk.owner()
    shop = desk.property_of(owner)
    giulia = desk.member(owner, shop, "UGIULIA", Role.ADMIN)
    plan = desk.buy(giulia, shop)
    subscriptions.cancel(desk.billing, giulia, plan.id, "Too dear")
    desk.turn_to(END + timedelta(days=10))
    members.remove(desk.billing, owner, shop.id, giulia.user_id)
    restarted = restart(desk, plan)
    assert restarted.billing_admin_id == owner.user_id
    desk.gateway.expect("tok_visa", Behaviour.DECLINES)
    desk.turn_to(restarted.period_end_at)
    assert told_in_private(desk) == {owner.user_id}


def test_its_invoice_without_an_address_is_for_who_restarts_it_as_the_preview_says(desk: Desk) -> None:
    owner = desk.owner()
    shop = desk.property_of(owner)
    anna = desk.member(owner, shop, "UANNA", Role.ADMIN)
    order = replace(desk.order(anna, shop), address=None)
    plan = purchases.purchase(desk.billing, anna, order, key="one click").subscription
    subscriptions.cancel(desk.billing, anna, plan.id, "Too dear")
    desk.turn_to(END + timedelta(days=10))
    members.remove(desk.billing, owner, shop.id, anna.user_id)
    shown = subscriptions.preview_restart(desk.billing, owner, plan.id)
    subscriptions.restart(desk.billing, owner, plan.id, key="again", expected_quote=shown.fingerprint)
    bought, restarted = (invoice.read_document().buyer.name for invoice in desk.invoices())
    assert (bought, restarted) == ("Admin", "Giulia Rossi")
    assert desk.plan(plan.id).billing_admin_id == owner.user_id


def test_a_restart_that_is_declined_leaves_the_billing_admin_as_it_was(desk: Desk) -> None:
    owner = desk.owner()
    shop = desk.property_of(owner)
    giulia = desk.member(owner, shop, "UGIULIA", Role.ADMIN)
    plan = desk.buy(giulia, shop)
    subscriptions.cancel(desk.billing, giulia, plan.id, "Too dear")
    desk.turn_to(END + timedelta(days=10))
    desk.gateway.expect("tok_visa", Behaviour.DECLINES)
    with pytest.raises(PaymentDeclined):
        restart(desk, plan)
    assert desk.plan(plan.id).billing_admin_id == giulia.user_id


@pytest.mark.parametrize("behaviour", [Behaviour.DECLINES, Behaviour.ASKS_FOR_ACTION])
def test_the_admins_are_told_in_place_of_a_payer_who_may_not_pay_any_more(
    desk: Desk, behaviour: Behaviour
) -> None:
    owner = desk.owner()
    shop = desk.property_of(owner)
    giulia = desk.member(owner, shop, "UGIULIA", Role.ADMIN)
    anna = desk.member(owner, shop, "UANNA", Role.ADMIN)
    desk.member(owner, shop, "ULUCA", Role.ACCOUNTANT)
    plan = desk.buy(giulia, shop)
    desk.execute("UPDATE members SET role = 'agent' WHERE user_id = 'UGIULIA'")
    desk.gateway.expect("tok_visa", behaviour)
    desk.turn_to(plan.period_end_at)
    assert told_in_private(desk) == {owner.user_id, anna.user_id}


def told_in_private(desk: Desk) -> set[str]:
    rows = desk.rows(
        "SELECT address FROM outbox WHERE audience = 'slack_person' "
        "AND kind IN ('PaymentFailed', 'AuthenticationNeeded')"
    )
    return {row[0] for row in rows}
