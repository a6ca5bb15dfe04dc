"""What the pages of plans, transfers, agenda and payment history are told, and which undo a button stands for."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from billing.adapters.gateways.sandbox import Behaviour
from billing.services import (
    agenda,
    catalogue,
    changes,
    invoices,
    payments,
    plans,
    properties,
    subscriptions,
    transfers,
)
from billing.services.changes import PlanSelection
from billing.values.actors import Role
from billing.values.cycles import Interval
from billing.values.money import Money
from billing.values.refusals import AlreadyCancelled, NothingPending, NothingToPay, NotOwnerOfBoth, Unpaid
from tests.billing.desk import Desk

JUNE_1 = datetime(2026, 6, 1, 10, tzinfo=UTC)
BUSINESS = PlanSelection("business", Interval.MONTH)


@pytest.fixture
def june(desk: Desk) -> Desk:
    desk.clock.now = JUNE_1
    return desk


def test_a_plan_can_be_changed_to_all_that_are_on_sale_and_its_own_stays_at_its_own_price(june: Desk) -> None:
    owner = june.owner()
    plan = june.buy(owner, june.property_of(owner), "ai-assist/business/month")
    june.execute("UPDATE prices SET on_sale = false WHERE plan_id = 'business' AND interval = 'month'")
    june.execute("UPDATE prices SET on_sale = false WHERE plan_id = 'enterprise' AND interval = 'year'")
    shown = plans.choices(june.billing, owner, plan.id)
    assert [(one.plan, one.interval.value, one.price.minor, one.is_own) for one in shown.offers] == [
        ("Growth", "month", 2900, False),
        ("Business", "month", 9900, True),
        ("Enterprise", "month", 39900, False),
        ("Growth", "year", 29000, False),
        ("Business", "year", 99000, False),
    ]
    assert (shown.subscription.id, shown.policy) == (plan.id, "period_end")


def test_no_plans_are_shown_where_none_can_be_chosen(june: Desk) -> None:
    owner = june.owner()
    plan = june.buy(owner, june.property_of(owner))
    subscriptions.cancel(june.billing, owner, plan.id, "Too dear")
    with pytest.raises(AlreadyCancelled):
        plans.choices(june.billing, owner, plan.id)
    subscriptions.undo_cancellation(june.billing, owner, plan.id)
    june.gateway.expect("tok_visa", Behaviour.DECLINES)
    june.turn_to(plan.period_end_at)
    with pytest.raises(Unpaid):
        plans.choices(june.billing, owner, plan.id)


def test_the_undo_of_one_planned_change_undoes_no_later_one(june: Desk) -> None:
    owner = june.owner()
    plan = june.buy(owner, june.property_of(owner), "ai-assist/growth/month")
    first = changes.change(june.billing, owner, plan.id, BUSINESS, key="1").subscription.pending
    second = changes.change(
        june.billing, owner, plan.id, PlanSelection("enterprise", Interval.MONTH), key="2"
    )
    assert first
    assert second.subscription.pending
    with pytest.raises(NothingPending):
        changes.undo_change(june.billing, owner, plan.id, first.id)
    undone = changes.undo_change(june.billing, owner, plan.id, second.subscription.pending.id)
    assert undone.pending is None


def test_the_page_shows_the_oldest_unpaid_renewal_and_it_can_be_paid_once(june: Desk) -> None:
    owner = june.owner()
    plan = june.buy(owner, june.property_of(owner))
    june.gateway.expect("tok_visa", Behaviour.DECLINES)
    june.turn_to(plan.period_end_at)
    unpaid = properties.purchases(june.billing, owner).unpaid[plan.id]
    assert (unpaid.amount, unpaid.waiting_for) == (Money(1220, "EUR"), "schedule")
    assert payments.payable(june.billing, owner, unpaid.id).id == plan.id
    assert payments.pay_now(june.billing, owner, unpaid.id).state == "paid"
    assert properties.purchases(june.billing, owner).unpaid == {}
    with pytest.raises(NothingToPay):
        payments.payable(june.billing, owner, unpaid.id)


def test_tries_are_paged_newest_first_failures_too(june: Desk) -> None:
    owner = june.owner()
    piazza = june.property_of(owner)
    plan = june.buy(owner, piazza)
    june.gateway.expect("tok_visa", Behaviour.DECLINES, *[Behaviour.SUCCEEDS] * 20)
    for month in range(7, 13):
        june.turn_to(datetime(2026, month, 2, tzinfo=UTC))
    june.turn_to(datetime(2027, 3, 10, tzinfo=UTC))
    newest = payments.listed(june.billing, owner, plan.id)
    oldest = payments.listed(june.billing, owner, plan.id, 99)
    assert (newest.page, newest.pages, newest.count, oldest.page) == (1, 2, 11, 2)
    assert [one.outcome for one in oldest.attempts] == ["succeeded", "declined", "succeeded"]
    assert newest.title == "Live Chat Basic"
    assert (*newest.attempts, *oldest.attempts) == payments.history(june.billing, owner, plan.id)
    assert payments.listed(june.billing, owner).attempts == newest.attempts


def test_the_agenda_is_paged_and_says_what_it_all_costs(june: Desk) -> None:
    owner = june.owner()
    piazza = june.property_of(owner)
    for what in ("live-chat/basic/month", "ai-assist/growth/month", "ai-bot/small/month"):
        june.buy(owner, piazza, what)
    page = agenda.listed(june.billing, owner, piazza.id, 7)
    assert (page.page, page.pages, page.count, page.total) == (1, 1, 3, Money(1220 + 3538 + 1220, "EUR"))
    assert page.entries == agenda.of_property(june.billing, owner, piazza.id)
    empty = agenda.listed(june.billing, owner, june.property_of(owner, "Corso").id)
    assert (empty.entries, empty.total, empty.pages) == ((), None, 1)


def test_an_owner_of_two_properties_is_shown_what_can_go_where(june: Desk) -> None:
    owner = june.owner()
    piazza, corso = june.property_of(owner), june.property_of(owner, "Corso")
    plan = june.buy(owner, piazza)
    shown = transfers.choices(june.billing, owner, plan.id)
    assert [one.id for one in shown.subscriptions] == [plan.id]
    assert [one.name for one in shown.properties] == ["Corso"]
    properties.choose(june.billing, owner, corso.id)
    assert transfers.choices(june.billing, owner).subscriptions == ()


def test_who_does_not_own_both_is_shown_nothing_to_transfer(june: Desk) -> None:
    owner = june.owner()
    piazza = june.property_of(owner)
    plan = june.buy(owner, piazza)
    with pytest.raises(NotOwnerOfBoth):
        transfers.choices(june.billing, owner, plan.id)
    june.property_of(owner, "Corso")
    admin = june.member(owner, piazza, "UADMIN", Role.ADMIN)
    june.property_of(admin, "Viale")
    with pytest.raises(NotOwnerOfBoth):
        transfers.choices(june.billing, admin, plan.id)


def test_beyond_a_hundred_everything_is_counted_added_up_and_on_some_page(june: Desk, tmp_path: Path) -> None:
    many = 104
    sold = [
        f'[add_ons.a{n}]\nname = "A{n}"\nplans.one = {{ name = "One", month = "10.00" }}' for n in range(many)
    ]
    (tmp_path / "many.toml").write_text("\n".join(['version = 2\ncurrency = "EUR"', *sold]), encoding="utf-8")
    catalogue.apply(june.billing, tmp_path / "many.toml")
    owner = june.owner()
    shop = june.property_of(owner)
    for number in range(many):
        june.buy(owner, shop, f"a{number}/one/month")
    last = agenda.listed(june.billing, owner, page=10**6)
    assert (last.count, last.total) == (many, Money(many * 1220, "EUR"))
    assert last.entries == agenda.of_property(june.billing, owner)[-len(last.entries) :]
    assert {entry.add_on for entry in agenda.of_property(june.billing, owner)} == {
        f"A{n}" for n in range(many)
    }
    assert invoices.listed(june.billing, owner).count == many
    assert payments.listed(june.billing, owner).count == many
    assert len(properties.purchases(june.billing, owner).running) == many
