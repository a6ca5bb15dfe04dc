"""The page is kept, and is true all the same: in the very next turn after whatever was done, in any process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from billing import Actor, Billing
from billing.adapters import database
from billing.adapters.gateways.sandbox import Behaviour
from billing.bootstrap import with_clock
from billing.kept import KeptPages
from billing.services import budgets, due_work, members, payments, properties, subscriptions, transfers
from billing.values.actors import Role
from billing.values.cycles import Interval
from billing.values.money import Money
from billing.values.refusals import NoProperty, NotAllowed
from billing.values.snapshots import PurchasesPage
from tests.billing.desk import WORKSPACE, Desk
from tests.billing.test_previews import ACTS, Act
from tests.billing.test_statements import counted, glances_counted


@contextmanager
def another_process(desk: Desk) -> Iterator[Billing]:
    """The desk as another process has it: with connections of its own, and nothing kept."""
    engine = database.connect(desk.billing.engine.url.render_as_string(hide_password=False))
    yield replace(desk.billing, engine=engine, kept=KeptPages())
    engine.dispose()


def shown(desk: Desk, actor: Actor) -> PurchasesPage:
    """The page in the next turn; it is held against the one that is read by who has kept nothing."""
    page = properties.purchases(desk.billing.within(actor.workspace_id), actor)
    assert page == properties.purchases(replace(desk.billing, kept=KeptPages()), actor)
    return page


def test_a_page_that_nothing_has_happened_to_is_a_glance(desk: Desk) -> None:
    owner = desk.owner()
    piazza = desk.property_of(owner)
    desk.buy(owner, piazza)
    colleague = desk.member(owner, piazza, "UADMIN", Role.ADMIN)
    with desk.billing.engine.connect():  # so that one and the same other connection serves who looks
        first = shown(desk, owner)
        shown(desk, colleague)
        with counted(desk.billing.engine) as statements:
            looking = glances_counted(desk.billing, statements)
            again = properties.purchases(looking, owner)
            of_colleague = properties.purchases(looking, colleague)
    assert statements == ["a glance"] * 2, "\n\n".join(statements)
    assert again == first
    assert (of_colleague.running, of_colleague.property.role) == (first.running, Role.ADMIN)


def test_a_page_that_others_acts_have_not_touched_is_not_made_anew(desk: Desk) -> None:
    owner, neighbour = desk.owner(), desk.owner("UNEIGHBOUR")
    desk.buy(owner, desk.property_of(owner))
    bottega = desk.property_of(neighbour, "Bottega")
    plan = desk.buy(neighbour, bottega)
    with another_process(desk) as elsewhere:
        first, of_neighbour = shown(desk, owner), shown(desk, neighbour)
        subscriptions.cancel(elsewhere, neighbour, plan.id, "Too dear")
        again = shown(desk, owner)
        assert again.running is first.running
        assert shown(desk, neighbour).running != of_neighbour.running


class SlowlyKept(KeptPages):
    """Remembers what it was given."""

    def __init__(self) -> None:
        super().__init__()
        self.given: list[Any] = []

    def keep(self, *what: Any) -> None:
        self.given.append(what)
        super().keep(*what)


def test_what_was_not_asked_for_before_is_on_the_page_all_the_same(desk: Desk) -> None:
    """Whether there is a budget is known by the property: where there is none, none is asked for."""
    owner, slow = desk.owner(), SlowlyKept()
    piazza = desk.property_of(owner)
    looking = replace(desk.billing, kept=slow).within(WORKSPACE)
    assert properties.purchases(looking, owner).budget is None
    with another_process(desk) as elsewhere:
        made = budgets.change(elsewhere, owner, piazza.id, Interval.MONTH, "500").budget
        assert properties.purchases(looking, owner).budget == made
        slow.keep(*slow.given[0])  # as a turn does that read before the change, and was held up until now
        properties.register_workspace(elsewhere, "T0002", "Altra", "it")
    assert properties.purchases(looking, owner).budget == made


@pytest.mark.parametrize("prepare", ACTS.values(), ids=ACTS)
def test_each_act_is_on_the_page_at_once_wherever_it_was_done(
    desk: Desk, prepare: Callable[[Desk, Actor], Act]
) -> None:
    owner = desk.owner()
    with another_process(desk) as elsewhere:
        there = replace(desk, billing=elsewhere)
        prepare(there, owner).do(None)
        (plan,) = shown(desk, owner).running
        subscriptions.cancel(elsewhere, owner, plan.id, "Too dear")
        assert shown(desk, owner).running[0].cancel_reason == "Too dear"
        subscriptions.undo_cancellation(desk.billing, owner, plan.id)
        assert shown(desk, owner).running[0].cancel_reason is None
        assert properties.purchases(elsewhere, owner) == shown(desk, owner)


def test_what_no_act_did_is_on_the_page_too(desk: Desk) -> None:
    owner = desk.owner()
    desk.buy(owner, desk.property_of(owner))
    assert shown(desk, owner).running[0].billing_admin_name == "Giulia Rossi"
    with another_process(desk) as elsewhere, elsewhere.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE persons SET name = 'Emma Conti'")
        connection.exec_driver_sql("UPDATE add_ons SET name = 'Chat' WHERE id = 'live-chat'")
    page = shown(desk, owner)
    assert (page.running[0].billing_admin_name, page.running[0].add_on) == ("Emma Conti", "Chat")


def test_what_is_not_committed_is_not_shown_and_is_once_it_is(desk: Desk) -> None:
    owner = desk.owner()
    desk.buy(owner, desk.property_of(owner))
    with another_process(desk) as elsewhere:
        with elsewhere.engine.begin() as connection:
            connection.exec_driver_sql("UPDATE properties SET name = 'Bottega'")
            assert shown(desk, owner).property.name == "Piazza"
            assert shown(desk, owner).running[0].property_name == "Piazza"
        assert shown(desk, owner).running[0].property_name == "Bottega"


def test_a_role_is_read_anew_however_much_is_kept(desk: Desk) -> None:
    owner = desk.owner()
    piazza = desk.property_of(owner)
    desk.buy(owner, piazza)
    reader = desk.member(owner, piazza, "UREADER", Role.ACCOUNTANT)
    assert shown(desk, reader).running
    with pytest.raises(NotAllowed):
        properties.purchases(desk.billing, reader, to_change=True)
    with another_process(desk) as elsewhere:
        members.set_role(elsewhere, owner, piazza.id, reader.user_id, Role.AGENT)
        with pytest.raises(NotAllowed):
            properties.purchases(desk.billing, reader)
        members.set_role(elsewhere, owner, piazza.id, reader.user_id, Role.ADMIN)
        assert shown(desk, reader).property.role is Role.ADMIN
    with pytest.raises(NoProperty):
        properties.purchases(desk.billing, Actor("T0002", reader.user_id))
    assert shown(desk, reader).property.id == piazza.id


def test_time_alone_changes_the_page(desk: Desk) -> None:
    owner = desk.owner()
    plan = desk.buy(owner, desk.property_of(owner))
    before = shown(desk, owner).running[0].allowed
    desk.clock.now = plan.period_end_at - timedelta(microseconds=1)
    assert shown(desk, owner).running[0].allowed == before
    desk.clock.now = plan.period_end_at
    assert shown(desk, owner).running[0].allowed < before
    desk.clock.now = plan.purchased_at
    assert shown(desk, owner).running[0].allowed == before


def test_due_work_payments_and_a_transfer_are_on_the_page(desk: Desk) -> None:
    owner = desk.owner()
    piazza, bottega = desk.property_of(owner), desk.property_of(owner, "Bottega")
    plan = desk.buy(owner, piazza)
    properties.choose(desk.billing, owner, piazza.id)
    assert not shown(desk, owner).unpaid
    desk.gateway.expect("tok_visa", Behaviour.DECLINES)
    with another_process(desk) as elsewhere:
        desk.wait(plan.period_end_at - desk.clock.now)
        due_work.run_due(elsewhere)
        owed = shown(desk, owner).unpaid[plan.id]
        payments.pay_now(elsewhere, owner, owed.id)
        assert not shown(desk, owner).unpaid
        assert len(shown(desk, owner).invoices[plan.id]) == 2
        transfers.transfer(elsewhere, owner, plan.id, bottega.id)
        assert not shown(desk, owner).running
        properties.choose(elsewhere, owner, bottega.id)
        assert [one.id for one in shown(desk, owner).running] == [plan.id]


def test_other_terms_of_the_seller_are_other_pages(desk: Desk) -> None:
    owner = desk.owner()
    plan = desk.buy(owner, desk.property_of(owner))
    issuer = desk.billing.issuer
    cases = [one.model_copy(update={"rate": 2500}) if one.rate == 2200 else one for one in issuer.taxes.cases]
    dearer = replace(issuer, taxes=issuer.taxes.model_copy(update={"cases": tuple(cases)}))
    with desk.billing.engine.connect():  # so that one and the same other connection serves who looks
        assert shown(desk, owner).running[0].next_charge == Money(1220, "EUR")
        of_dearer = properties.purchases(replace(desk.billing, issuer=dearer), owner)
        assert of_dearer.running[0].next_charge == Money(1250, "EUR")
    later = with_clock(desk.billing, lambda: plan.period_end_at)
    assert properties.purchases(later, owner) == properties.purchases(replace(later, kept=KeptPages()), owner)


def test_of_too_many_pages_the_oldest_goes(desk: Desk) -> None:
    owners = [desk.owner(f"U{number}") for number in range(4)]
    for number, owner in enumerate(owners):
        desk.buy(owner, desk.property_of(owner, f"Piazza {number}"))
    few = replace(desk.billing, kept=KeptPages(most=2))
    with desk.billing.engine.connect():
        for owner in owners:
            properties.purchases(few.within(WORKSPACE), owner)
        with counted(few.engine) as statements:
            properties.purchases(glances_counted(few, statements), owners[3])
            properties.purchases(glances_counted(few, statements), owners[2])
        assert statements == ["a glance"] * 2
        with counted(few.engine) as statements:
            properties.purchases(glances_counted(few, statements), owners[1])
    assert len(statements) == 3
