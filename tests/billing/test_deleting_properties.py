"""Deleting a property, product line 43: nothing in it lives or is to be paid, its credit is refunded or given up."""

from __future__ import annotations

from datetime import timedelta

import pytest
from typer.testing import CliRunner

from billing import Actor
from billing.__main__ import program
from billing.adapters.gateways.sandbox import Behaviour
from billing.services import credit_notes, due_work, properties, purchases, refunds, subscriptions, transfers
from billing.services.credit_notes import Wanted
from billing.services.verify import verify
from billing.values.actors import Role
from billing.values.money import Money
from billing.values.refusals import CreditLeft, NoProperty, NotAllowed, NotFound, PropertyInUse, RefundDue
from billing.values.snapshots import PropertySnapshot, SubscriptionSnapshot
from sandbox.gateway.cards import PENDING_REFUND
from tests.billing.desk import WORKSPACE, Desk
from tests.pretend_stripe import RunningStripe

CREDIT = Money(1220, "EUR")


def balances(desk: Desk) -> dict[str, int]:
    rows = desk.rows("SELECT account, SUM(minor) AS sum FROM postings GROUP BY account")
    return {row.account: int(row.sum) for row in rows}


def ended(desk: Desk, owner: Actor, prop: PropertySnapshot) -> SubscriptionSnapshot:
    plan = desk.buy(owner, prop)
    subscriptions.cancel(desk.billing, owner, plan.id, "Too dear")
    desk.turn_to(plan.period_end_at)
    return plan


def with_credit(desk: Desk, owner: Actor) -> PropertySnapshot:
    """A property in which all has ended, and what was paid is credit."""
    prop = desk.property_of(owner)
    ended(desk, owner, prop)
    credit_notes.issue(desk.billing, "2026-000001", Wanted())
    return prop


def test_what_stands_against_it_is_shown_with_the_ways_on(desk: Desk) -> None:
    owner = desk.owner()
    piazza = desk.property_of(owner)
    plan = desk.buy(owner, piazza)
    alone = properties.preview_delete(desk.billing, owner)
    assert [one.id for one in alone.in_use] == [plan.id]
    assert not alone.owns_another
    corso = desk.property_of(owner, "Corso")
    assert properties.preview_delete(desk.billing, owner, piazza.id).owns_another
    transfers.transfer(desk.billing, owner, plan.id, corso.id)
    assert properties.preview_delete(desk.billing, owner, piazza.id).in_use == ()
    properties.delete(desk.billing, owner, piazza.id)
    assert properties.purchases(desk.billing, owner).property.id == corso.id


def test_nothing_but_a_refusal_is_left_of_a_try_while_something_lives(desk: Desk) -> None:
    owner = desk.owner()
    piazza = desk.property_of(owner)
    desk.buy(owner, piazza)
    before = desk.everything(but=("audit_entries",))
    with pytest.raises(PropertyInUse):
        properties.delete(desk.billing, owner, piazza.id)
    assert desk.everything(but=("audit_entries",)) == before
    assert [entry.refused_as for entry in desk.audit("property.delete")] == ["PropertyInUse"]


def test_a_purchase_that_waits_for_the_bank_keeps_it(desk: Desk) -> None:
    owner = desk.owner()
    piazza = desk.property_of(owner)
    desk.gateway.expect("tok_visa", Behaviour.ASKS_FOR_ACTION)
    desk.buy(owner, piazza)
    with pytest.raises(PropertyInUse):
        properties.delete(desk.billing, owner, piazza.id)
    desk.turn(days=2)  # nobody confirmed it in time
    properties.delete(desk.billing, owner, piazza.id)


def test_what_has_ended_and_is_to_be_paid_to_live_again_keeps_it(desk: Desk) -> None:
    owner = desk.owner()
    piazza = desk.property_of(owner)
    plan = ended(desk, owner, piazza)
    desk.gateway.expect("tok_visa", Behaviour.ASKS_FOR_ACTION)
    subscriptions.restart(desk.billing, owner, plan.id, key="again")
    with pytest.raises(PropertyInUse):
        properties.delete(desk.billing, owner, piazza.id)


def test_credit_is_given_up_by_a_word_of_the_owner_and_the_books_balance(desk: Desk) -> None:
    owner = desk.owner()
    prop = with_credit(desk, owner)
    assert properties.preview_delete(desk.billing, owner).credit == CREDIT
    for given_up in (None, Money(1219, "EUR"), Money(1220, "USD")):
        with pytest.raises(CreditLeft) as refused:
            properties.delete(desk.billing, owner, prop.id, given_up=given_up)
        assert refused.value.credit == CREDIT
    before = balances(desk)
    properties.delete(desk.billing, owner, prop.id, given_up=CREDIT)
    assert balances(desk) == before | {"credit": 0, "forfeited": -1220}
    assert verify(desk.billing) == ()
    assert desk.audit("property.delete")[-1].after == {"minor": 1220}


def test_what_is_promised_to_a_card_keeps_it_until_it_is_sent_or_cannot_be(desk: Desk) -> None:
    owner = desk.owner()
    prop = desk.property_of(owner)
    ended(desk, owner, prop)
    credit_notes.issue(desk.billing, "2026-000001", Wanted("5.00", refund=True))
    for act in (properties.preview_delete, properties.delete):
        with pytest.raises(RefundDue) as refused:
            act(desk.billing, owner, prop.id)
        assert refused.value.amount == Money(500, "EUR")
    desk.execute("UPDATE payments SET dispute = 'lost'")
    assert not properties.preview_delete(desk.billing, owner, prop.id).credit.minor
    desk.execute("UPDATE payments SET dispute = NULL")
    refunds.refund(desk.billing, Actor(WORKSPACE, "", "operator"), "2026-000001", key="one")
    properties.delete(desk.billing, owner, prop.id)
    assert verify(desk.billing) == ()


def test_what_is_on_its_way_to_a_card_keeps_it_until_the_bank_has_answered(
    stripe_desk: Desk, pretend_stripe: RunningStripe
) -> None:
    owner = stripe_desk.owner()
    prop = stripe_desk.property_of(owner)
    plan = stripe_desk.buy(owner, prop, token=PENDING_REFUND)
    subscriptions.cancel(stripe_desk.billing, owner, plan.id, "Too dear")
    stripe_desk.turn_to(plan.period_end_at)
    credit_notes.issue(stripe_desk.billing, "2026-000001", Wanted())
    refunds.refund(stripe_desk.billing, Actor(WORKSPACE, "", "operator"), "2026-000001", key="one")
    with pytest.raises(RefundDue) as refused:
        properties.delete(stripe_desk.billing, owner, prop.id)
    assert refused.value.amount == CREDIT
    (made,) = pretend_stripe.stripe.books.all("refund")
    pretend_stripe.stripe.rules.refuse_refund(made["id"])
    stripe_desk.turn(days=1)
    with pytest.raises(CreditLeft):
        properties.delete(stripe_desk.billing, owner, prop.id)
    properties.delete(stripe_desk.billing, owner, prop.id, given_up=CREDIT)
    assert verify(stripe_desk.billing) == ()


def test_without_credit_nothing_is_booked(desk: Desk) -> None:
    owner = desk.owner()
    prop = desk.property_of(owner)
    ended(desk, owner, prop)
    before = desk.rows("SELECT * FROM postings")
    properties.delete(desk.billing, owner, prop.id)
    assert desk.rows("SELECT * FROM postings") == before


def test_its_cards_are_removed_and_the_gateway_is_told(desk: Desk) -> None:
    owner = desk.owner()
    prop = desk.property_of(owner)
    ended(desk, owner, prop)
    properties.delete(desk.billing, owner, prop.id)
    desk.clock.now += timedelta(minutes=1)
    due_work.run_due(desk.billing)
    ((removed, detached),) = desk.rows("SELECT removed_at, detached_at FROM payment_methods")
    assert removed
    assert detached
    assert verify(desk.billing) == ()


def test_nothing_is_bought_in_it_any_more_and_it_is_deleted_once(desk: Desk) -> None:
    owner = desk.owner()
    prop = desk.property_of(owner)
    order = desk.order(owner, prop)
    properties.delete(desk.billing, owner, prop.id)
    with pytest.raises(NotFound):
        purchases.purchase(desk.billing, owner, order, key="late")
    with pytest.raises(NotFound):
        properties.delete(desk.billing, owner, prop.id)
    with pytest.raises(NoProperty):
        properties.preview_delete(desk.billing, owner)


def test_only_its_owners_are_asked(desk: Desk) -> None:
    owner = desk.owner()
    prop = desk.property_of(owner)
    admin = desk.member(owner, prop, "UADMIN", Role.ADMIN)
    with pytest.raises(NotAllowed):
        properties.preview_delete(desk.billing, admin, prop.id)


def test_the_operator_deletes_it_in_the_name_of_an_owner(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", desk.billing.engine.url.render_as_string(hide_password=False))
    owner = desk.owner()
    prop = with_credit(desk, owner)
    command = ["properties", "delete", WORKSPACE, owner.user_id, prop.id]
    kept = CliRunner().invoke(program, [*command, "--yes"])
    assert (kept.exit_code, "The property has credit of " in kept.output) == (1, True)
    asked = CliRunner().invoke(program, [*command, "--give-up-credit"], input="n\n")
    assert (asked.exit_code, "and give up its credit of 12.20 EUR?" in asked.output) == (1, True)
    done = CliRunner().invoke(program, [*command, "--give-up-credit"], input="y\n")
    assert (done.exit_code, done.output.splitlines()[-1]) == (0, "Piazza is deleted; its invoices are kept.")
    again = CliRunner().invoke(program, [*command, "--yes"])
    assert (
        again.exit_code,
        "There is no such property" in again.output or "a member of no property" in again.output,
    ) == (1, True)


def test_the_operator_is_told_what_lives_in_it(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", desk.billing.engine.url.render_as_string(hide_password=False))
    owner = desk.owner()
    prop = desk.property_of(owner)
    plan = desk.buy(owner, prop)
    told = CliRunner().invoke(program, ["properties", "delete", WORKSPACE, owner.user_id, prop.id])
    assert told.exit_code == 1
    assert f"Live Chat Basic ({plan.id}): active" in told.output
    assert "The property still has a subscription to Live Chat: " in told.output
