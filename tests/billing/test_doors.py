"""Doors: what belongs to others cannot be told from what does not exist, and a role is checked when one acts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

import pytest
from sqlalchemy import text

from billing import Actor, Billing
from billing.services import (
    addresses,
    agenda,
    audit,
    changes,
    invoices,
    members,
    payment_methods,
    payments,
    plans,
    properties,
    purchases,
    spend,
    subscriptions,
    verify,
)
from billing.services.changes import PlanSelection
from billing.services.purchases import Order
from billing.values.actors import Role
from billing.values.cycles import Interval
from billing.values.errors import Refusal
from billing.values.refusals import LastOwner, NoProperty, NotAllowed, NotFound, OnlyWorkspaceOwners
from tests.billing.desk import KEPT_OF_READING, MILANO, VISA, Desk, at_once
from tests.billing.waiting import wait_for_waiting


@dataclass(frozen=True)
class Target:
    """What somebody tries to get at."""

    property_id: str
    subscription_id: str
    invoice_id: str
    payment_method_id: str


INVENTED = Target("prop_INVENTED", "sub_INVENTED", "inv_INVENTED", "pm_INVENTED")
Act = Callable[[Billing, Actor, Target], object]
BUSINESS = PlanSelection("business", Interval.MONTH)


def trial(target: Target) -> Order:
    """An order for which no card is needed."""
    return Order(target.property_id, "knowledge-base", "standard", Interval.MONTH)


READING: dict[str, Act] = {
    "choose": lambda b, a, t: properties.choose(b, a, t.property_id),
    "look_at": lambda b, a, t: subscriptions.look_at(b, a, t.subscription_id),
    "list": lambda b, a, t: invoices.listed(b, a, t.subscription_id),
    "file": lambda b, a, t: invoices.as_file(b, a, t.invoice_id, "it"),
    "cards": lambda b, a, t: payment_methods.listed(b, a, t.property_id),
    "history": lambda b, a, t: payments.history(b, a, t.subscription_id),
    "tries": lambda b, a, t: payments.listed(b, a, t.subscription_id),
    "agenda": lambda b, a, t: agenda.of_property(b, a, t.property_id),
    "spend": lambda b, a, t: spend.of_property(b, a, t.property_id),
    "agenda_page": lambda b, a, t: agenda.listed(b, a, t.property_id),
    "members": lambda b, a, t: members.listed(b, a, t.property_id),
    "audit": lambda b, a, t: audit.listed(b, a, t.property_id),
    "look_at_property": lambda b, a, t: properties.look_at(b, a, t.property_id),
}
CHANGING: dict[str, Act] = {
    "look_to_change": lambda b, a, t: subscriptions.look_at(b, a, t.subscription_id, to_change=True),
    "preview_purchase": lambda b, a, t: purchases.preview_purchase(b, a, trial(t)),
    "purchase": lambda b, a, t: purchases.purchase(b, a, trial(t), key="once"),
    "on_sale": lambda b, a, t: plans.on_sale(b, a, t.property_id),
    "plans": lambda b, a, t: plans.choices(b, a, t.subscription_id),
    "preview_change": lambda b, a, t: changes.preview_change(b, a, t.subscription_id, BUSINESS),
    "change": lambda b, a, t: changes.change(b, a, t.subscription_id, BUSINESS, key="once"),
    "undo_change": lambda b, a, t: changes.undo_change(b, a, t.subscription_id),
    "preview_cancel": lambda b, a, t: subscriptions.preview_cancel(b, a, t.subscription_id, "Because"),
    "cancel": lambda b, a, t: subscriptions.cancel(b, a, t.subscription_id, "Because"),
    "undo": lambda b, a, t: subscriptions.undo_cancellation(b, a, t.subscription_id),
    "address": lambda b, a, t: addresses.change(b, a, t.subscription_id, MILANO, 1),
    "channel": lambda b, a, t: properties.announce_in(b, a, t.property_id, "CELSEWHERE"),
    "card": lambda b, a, t: payment_methods.keep(b, a, t.property_id, "tok_1", VISA),
    "look_at_channel": lambda b, a, t: properties.look_at(b, a, t.property_id, to_change=True),
    "health": lambda b, a, t: verify.health(b, a, t.property_id),
    "remove_card": lambda b, a, t: payment_methods.remove(b, a, t.payment_method_id),
}
OWNING: dict[str, Act] = {
    "remove": lambda b, a, t: members.remove(b, a, t.property_id, a.user_id),
    "look_at_member": lambda b, a, t: members.look_at(b, a, t.property_id, a.user_id),
    "delete": lambda b, a, t: properties.delete(b, a, t.property_id),
    "set_role": lambda b, a, t: members.set_role(b, a, t.property_id, a.user_id, Role.OWNER),
}
CHOSEN: dict[str, Act] = {
    "purchases": lambda b, a, t: properties.purchases(b, a),
    "list_all": lambda b, a, t: invoices.listed(b, a),
    "tries_of_all": lambda b, a, t: payments.listed(b, a),
    "agenda_of_chosen": lambda b, a, t: agenda.listed(b, a),
}
ALL = READING | CHANGING | OWNING


@dataclass(frozen=True)
class House:
    """Two workspaces, two properties in the first, and people of every kind."""

    desk: Desk
    owner: Actor
    target: Target
    strangers: tuple[Actor, ...]
    agent: Actor
    accountant: Actor
    admin: Actor

    def refused(self, act: Act, actor: Actor, target: Target | None = None) -> Refusal:
        """Tries it; the audit log must name the refusal."""
        entries = self.desk.rows("SELECT id FROM audit_entries")
        with pytest.raises(Refusal) as refused:
            act(self.desk.billing, actor, target or self.target)
        (entry,) = self.desk.rows(
            "SELECT * FROM audit_entries WHERE id > :last ORDER BY id", last=max(row.id for row in entries)
        )
        assert (entry.workspace_id, entry.user_id) == (actor.workspace_id, actor.user_id)
        assert entry.refused_as == type(refused.value).__name__
        return refused.value

    @contextmanager
    def unchanged(self) -> Iterator[None]:
        """Nothing may change meanwhile but the audit log."""
        before = self.desk.everything(but=("audit_entries",))
        yield
        assert self.desk.everything(but=("audit_entries",)) == before


@pytest.fixture
def house(desk: Desk) -> House:
    owner = desk.owner()
    piazza = desk.property_of(owner)
    bought = desk.subscribed(owner, piazza)
    neighbour = desk.person("UNEIGHBOUR")
    desk.subscribed(neighbour, desk.property_of(neighbour, "Corso"))
    properties.register_workspace(desk.billing, "T0002", "Altra", "it")
    far = desk.person("UFAR", workspace_id="T0002")
    desk.subscribed(far, desk.property_of(far, "Lontano"))
    namesake = desk.person(owner.user_id, workspace_id="T0002")
    return House(
        desk=desk,
        owner=owner,
        target=Target(piazza.id, bought.id, desk.invoices()[0].id, desk.card(owner, piazza)),
        strangers=(neighbour, far, namesake, desk.person("UGUEST"), Actor("T0001", "UNEVERMET")),
        agent=desk.member(owner, piazza, "UAGENT", Role.AGENT),
        accountant=desk.member(owner, piazza, "UACCOUNTANT", Role.ACCOUNTANT),
        admin=desk.member(owner, piazza, "UADMIN", Role.ADMIN),
    )


def test_what_belongs_to_others_is_not_found_just_like_what_was_invented(house: House) -> None:
    with house.unchanged():
        for name, act in ALL.items():
            invented = house.refused(act, house.owner, INVENTED)
            assert isinstance(invented, NotFound), name
            for stranger in house.strangers:
                refused = house.refused(act, stranger)
                assert isinstance(refused, NotFound), (name, stranger)
                assert (refused.noun, refused.args) == (invented.noun, invented.args), (name, stranger)


def test_an_agent_sees_and_changes_no_billing(house: House) -> None:
    with house.unchanged():
        for name, act in (ALL | CHOSEN).items():
            refused = house.refused(act, house.agent)
            assert isinstance(refused, NotAllowed), name
            assert refused.admins == ("UADMIN", "UOWNER"), name


def test_an_accountant_reads_all(house: House) -> None:
    before = house.desk.everything(but=KEPT_OF_READING)
    for name, act in (READING | CHOSEN).items():
        assert act(house.desk.billing, house.accountant, house.target), name
    assert house.desk.everything(but=KEPT_OF_READING) == before


def test_an_accountant_changes_nothing_and_is_told_who_may(house: House) -> None:
    with house.unchanged():
        for name, act in (CHANGING | OWNING).items():
            refused = house.refused(act, house.accountant)
            assert isinstance(refused, NotAllowed), name
            assert refused.needed == ("owner" if name in OWNING else "admin"), name
            assert refused.admins == ("UADMIN", "UOWNER"), name


def test_who_was_demoted_while_looking_changes_nothing(house: House) -> None:
    subscriptions.look_at(house.desk.billing, house.admin, house.target.subscription_id, to_change=True)
    members.set_role(house.desk.billing, house.owner, house.target.property_id, "UADMIN", Role.ACCOUNTANT)
    with house.unchanged():
        for name, act in CHANGING.items():
            refused = house.refused(act, house.admin)
            assert isinstance(refused, NotAllowed), name
            assert refused.admins == ("UOWNER",), name


def test_an_admin_may_do_all_but_give_roles(house: House) -> None:
    with house.unchanged():
        assert isinstance(house.refused(OWNING["set_role"], house.admin), NotAllowed)
    # another version of the address is asked for elsewhere, and the card pays
    acts = READING | {name: act for name, act in CHANGING.items() if name not in ("address", "remove_card")}
    for act in (*acts.values(), CHOSEN["purchases"]):
        act(house.desk.billing, house.admin, house.target)
    assert [entry.user_id for entry in house.desk.audit("subscription.undo_cancellation")] == ["UADMIN"]


def test_who_is_a_member_of_nothing_is_told_that_there_is_no_property(house: House) -> None:
    with house.unchanged():
        guest = house.strangers[3]
        for act in CHOSEN.values():
            assert isinstance(house.refused(act, guest), NoProperty)


def test_a_page_opened_to_change_is_refused_to_an_accountant(house: House) -> None:
    with house.unchanged():
        refused = house.refused(lambda b, a, t: properties.purchases(b, a, to_change=True), house.accountant)
        assert isinstance(refused, NotAllowed)


def test_only_an_owner_of_the_workspace_creates_a_property(house: House) -> None:
    refused = house.refused(
        lambda b, a, t: properties.create(b, a, "Nuova", "Europe/Rome", "IT", is_workspace_owner=False),
        house.admin,
    )
    assert isinstance(refused, OnlyWorkspaceOwners)


def test_a_refusal_of_one_who_may_look_is_kept_under_the_property(house: House) -> None:
    house.refused(CHANGING["cancel"], house.accountant)
    house.refused(CHANGING["cancel"], house.strangers[0])
    assert [entry.property_id for entry in house.desk.audit("subscription.cancel")] == [
        house.target.property_id,
        None,
    ]


def test_what_was_refused_before_a_use_case_began_is_kept_too(house: House) -> None:
    audit.record_refusal(house.desk.billing, house.agent, "view.submit", "ForgedForm")
    (entry,) = house.desk.audit("view.submit")
    assert (entry.user_id, entry.refused_as, entry.after) == ("UAGENT", "ForgedForm", None)


def test_the_last_owner_stays(house: House) -> None:
    desk, property_id = house.desk, house.target.property_id
    with pytest.raises(LastOwner):
        members.set_role(desk.billing, house.owner, property_id, "UOWNER", Role.ADMIN)
    members.set_role(desk.billing, house.owner, property_id, "UADMIN", Role.OWNER)
    members.set_role(desk.billing, house.owner, property_id, "UOWNER", Role.ADMIN)
    with pytest.raises(LastOwner):
        members.set_role(desk.billing, house.admin, property_id, "UADMIN", Role.AGENT)


def test_two_owners_who_step_down_at_once_leave_one(house: House) -> None:
    desk, property_id = house.desk, house.target.property_id
    members.set_role(desk.billing, house.owner, property_id, "UADMIN", Role.OWNER)

    def step_down(owner: Actor) -> None:
        members.set_role(desk.billing, owner, property_id, owner.user_id, Role.ADMIN)

    acts = (partial(step_down, house.owner), partial(step_down, house.admin))
    with ThreadPoolExecutor(1) as pool, writers_held_back(desk, "members", len(acts)):
        answers = pool.submit(at_once, *acts)
    assert sum(isinstance(answer, LastOwner) for answer in answers.result()) == 1
    owners = "SELECT user_id FROM members WHERE role = 'owner' AND property_id = :p"
    assert len(desk.rows(owners, p=property_id)) == 1


@contextmanager
def writers_held_back(desk: Desk, table: str, count: int) -> Iterator[None]:
    """Lets that many queue before the first may write to the table. SQLite has one writer at a time anyhow."""
    if desk.billing.engine.dialect.name == "sqlite":
        yield
        return
    with desk.billing.engine.begin() as connection:
        connection.execute(text(f"LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE"))
        yield
        wait_for_waiting(desk, count)
