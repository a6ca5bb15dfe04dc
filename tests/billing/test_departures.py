"""People who left Slack: nothing is for them any more, everything that waits for them is for the others."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from alembic import command
from alembic.config import Config

from billing import Actor
from billing.adapters import database
from billing.adapters.gateways.sandbox import Behaviour
from billing.services import (
    departures,
    members,
    payment_methods,
    payments,
    properties,
    receipts,
    subscriptions,
)
from billing.services.verify import verify
from billing.values.actors import Role
from billing.values.events import PaymentFailed
from billing.values.refusals import LastOwner, NobodyToReplace, NoProperty, NotAllowed, NotFound
from billing.values.snapshots import PropertySnapshot, SubscriptionSnapshot
from tests.billing.desk import VISA, WORKSPACE, Desk, at_once

OWNER, PAYER, OTHER = (Actor(WORKSPACE, user_id) for user_id in ("UOWNER", "UPAYER", "UOTHER"))
BEFORE_0024 = "0023"
ACCOUNTANT = Actor(WORKSPACE, "UACCOUNT")


@dataclass
class Firm:
    """An owner, a payer, another admin and an accountant; and what the payer bought."""

    desk: Desk
    shop: PropertySnapshot
    plan: SubscriptionSnapshot

    def meet(self, actor: Actor, *, is_here: bool) -> None:
        members.meet(
            self.desk.billing, actor, actor.user_id.title(), f"{actor.user_id}@x.example", is_here=is_here
        )

    def leaves(self, actor: Actor) -> None:
        self.meet(actor, is_here=False)

    def told(self, actor: Actor) -> list[str]:
        """What waits to be told to them in Slack and by mail, by kind."""
        found = self.desk.rows(
            "SELECT kind FROM outbox WHERE address = :u AND told_at IS NULL ORDER BY audience DESC, number",
            u=actor.user_id,
        )
        return [str(row.kind) for row in found]

    def fact(self, actor: Actor, kind: str) -> dict[str, object]:
        """What they are told last of that kind."""
        rows = self.desk.rows(
            "SELECT fact FROM outbox WHERE address = :u AND kind = :k ORDER BY number",
            u=actor.user_id,
            k=kind,
        )
        fact = rows[-1].fact
        event: dict[str, object] = (json.loads(fact) if isinstance(fact, str) else fact)["event"]
        return event

    def renewal(self, *behaviours: Behaviour) -> None:
        self.desk.gateway.expect("tok_visa", *behaviours)
        self.desk.turn_to(self.plan.period_end_at)


@pytest.fixture
def firm(desk: Desk) -> Firm:
    mailing = replace(desk, billing=replace(desk.billing, mails=True))
    owner = mailing.owner()
    shop = mailing.property_of(owner)
    for actor, role in ((PAYER, Role.ADMIN), (OTHER, Role.ADMIN), (ACCOUNTANT, Role.ACCOUNTANT)):
        mailing.member(owner, shop, actor.user_id, role)
    return Firm(mailing, shop, mailing.buy(PAYER, shop))


def test_who_pays_and_left_is_told_nothing_and_all_who_may_act_are_told_at_once_and_each_time(
    firm: Firm,
) -> None:
    firm.renewal(Behaviour.DECLINES, Behaviour.DECLINES)
    assert firm.told(PAYER) == ["PaymentFailed"] * 2  # in Slack and by mail
    assert firm.told(OTHER) == firm.told(OWNER) == []
    firm.leaves(PAYER)
    at_once_told = ["BillingAdminLeft", "PaymentFailed", "PaymentFailed"]
    assert (firm.told(PAYER), firm.told(ACCOUNTANT)) == ([], [])
    assert firm.told(OTHER) == firm.told(OWNER) == at_once_told
    failed = firm.fact(OTHER, "PaymentFailed")
    (unpaid,) = payments.unpaid(firm.desk.billing, OWNER, firm.plan.id)
    assert (failed["minor"], failed["reason"], failed["can_pay_now"]) == (1220, "insufficient_funds", True)
    assert failed["payment_id"] == unpaid.id
    firm.leaves(PAYER)  # Slack says so of every change of theirs
    assert firm.told(OTHER) == at_once_told
    firm.desk.turn(days=3)
    assert firm.told(OTHER) == [*at_once_told[:2], "PaymentFailed", "PaymentFailed", "PaymentFailed"]
    assert firm.told(PAYER) == []
    assert verify(firm.desk.billing) == ()


@pytest.mark.parametrize("is_another", [False, True])
def test_the_others_are_told_whether_the_card_that_pays_now_is_tried(firm: Firm, is_another: bool) -> None:
    firm.renewal(Behaviour.DECLINES_FOR_GOOD)
    if is_another:
        other = firm.desk.card(PAYER, firm.shop, "tok_other")
        payment_methods.choose(firm.desk.billing, PAYER, firm.plan.id, other)
    firm.leaves(PAYER)
    failed = PaymentFailed.from_json(firm.fact(OTHER, "PaymentFailed"))
    (unpaid,) = payments.unpaid(firm.desk.billing, OWNER, firm.plan.id)
    assert (unpaid.try_at is not None) is is_another
    assert [failed.try_at, failed.ends_at] == (
        [unpaid.try_at, None] if is_another else [None, unpaid.ends_at]
    )


def test_the_banks_question_goes_on_to_the_others_with_its_page(firm: Firm) -> None:
    firm.renewal(Behaviour.ASKS_FOR_ACTION)
    asked = firm.fact(PAYER, "AuthenticationNeeded")
    firm.leaves(PAYER)
    assert firm.fact(OTHER, "AuthenticationNeeded") == asked
    assert asked["url"]


def test_who_has_nothing_to_pay_leaves_without_a_word(firm: Firm) -> None:
    firm.leaves(OTHER)
    firm.leaves(ACCOUNTANT)
    assert firm.told(PAYER) == firm.told(OWNER) == []


def test_who_is_back_gets_it_again(firm: Firm) -> None:
    firm.leaves(PAYER)
    firm.meet(PAYER, is_here=True)
    firm.renewal(Behaviour.DECLINES)
    assert firm.told(PAYER) == ["PaymentFailed"] * 2
    assert firm.told(OTHER) == ["BillingAdminLeft"]
    subscriptions.look_at(firm.desk.billing, PAYER, firm.plan.id, to_change=True)


def test_who_left_opens_no_door_and_is_named_as_nobodys_help(firm: Firm) -> None:
    billing = firm.desk.billing
    firm.leaves(PAYER)
    with pytest.raises(NoProperty):
        properties.purchases(billing, PAYER)
    for act in (
        lambda: subscriptions.look_at(billing, PAYER, firm.plan.id),
        lambda: properties.look_at(billing, PAYER, firm.shop.id),
        lambda: payment_methods.keep(billing, PAYER, firm.shop.id, "tok_new", VISA),
    ):
        with pytest.raises(NotFound):
            act()
    with pytest.raises(NotAllowed) as refused:
        subscriptions.look_at(billing, ACCOUNTANT, firm.plan.id, to_change=True)
    assert refused.value.admins == ("UOTHER", "UOWNER")
    assert members.ask_for_role(billing, ACCOUNTANT, firm.shop.id, "admin") == ("UOWNER",)
    shown = {one.user_id: one.is_here for one in members.listed(billing, OWNER).members}
    assert shown == {"UOWNER": True, "UPAYER": False, "UOTHER": True, "UACCOUNT": True}


def test_an_owner_who_left_is_not_the_owner_that_a_property_keeps(firm: Firm) -> None:
    billing = firm.desk.billing
    members.set_role(billing, OWNER, firm.shop.id, "UOTHER", Role.OWNER)
    firm.leaves(OTHER)
    with pytest.raises(LastOwner):
        members.set_role(billing, OWNER, firm.shop.id, "UOWNER", Role.ADMIN)
    members.remove(billing, OWNER, firm.shop.id, "UOTHER")  # the one who left can go


def test_another_admin_takes_over_once_and_then_who_left_can_be_removed(firm: Firm) -> None:
    billing = firm.desk.billing
    with pytest.raises(NobodyToReplace):
        departures.take_over(billing, OTHER, firm.shop.id, "UPAYER")  # who is here is not replaced
    firm.leaves(PAYER)
    with pytest.raises(NotAllowed):
        departures.take_over(billing, ACCOUNTANT, firm.shop.id, "UPAYER")
    with pytest.raises(NotFound):
        departures.take_over(billing, firm.desk.person("USTRANGER"), firm.shop.id, "UPAYER")
    card = firm.desk.plan(firm.plan.id).card
    assert departures.take_over(billing, OTHER, firm.shop.id, "UPAYER") == ("Live Chat Basic",)
    now = firm.desk.plan(firm.plan.id)
    assert (now.billing_admin_id, now.card, now.period_end_at) == ("UOTHER", card, firm.plan.period_end_at)
    assert firm.desk.charged() == [1220]
    with pytest.raises(NobodyToReplace):
        departures.take_over(billing, OWNER, firm.shop.id, "UPAYER")
    firm.renewal(Behaviour.DECLINES)
    assert "PaymentFailed" in firm.told(OTHER)
    assert "PaymentFailed" not in firm.told(OWNER)
    members.remove(billing, OWNER, firm.shop.id, "UPAYER")
    (entry,) = [one for one in firm.desk.audit("member.take_over") if one.after]
    assert (entry.before, entry.after) == ({"billing_admin": "UPAYER"}, {"billing_admin": "UOTHER"})


def test_of_two_who_take_over_at_once_one_does(firm: Firm) -> None:
    firm.leaves(PAYER)
    outcomes = at_once(
        lambda: departures.take_over(firm.desk.billing, OTHER, firm.shop.id, "UPAYER"),
        lambda: departures.take_over(firm.desk.billing, OWNER, firm.shop.id, "UPAYER"),
    )
    assert sorted(type(one).__name__ for one in outcomes) == ["NobodyToReplace", "tuple"]


def test_who_restarts_a_plan_is_asked_by_the_bank_whoever_paid_for_it_before(firm: Firm) -> None:
    billing = firm.desk.billing
    subscriptions.cancel(billing, PAYER, firm.plan.id, "Too dear")
    firm.desk.turn_to(firm.plan.period_end_at)
    firm.desk.gateway.expect("tok_visa", Behaviour.ASKS_FOR_ACTION)
    subscriptions.restart(billing, OTHER, firm.plan.id, key="restart")
    assert firm.told(OTHER) == ["AuthenticationNeeded"] * 2
    assert firm.told(PAYER) == []


# Receipts


def receipts_to(firm: Firm, actor: Actor) -> None:
    address = next(
        one
        for one in receipts.choices(firm.desk.billing, OWNER, firm.plan.id).recipients
        if one.lower().startswith(actor.user_id.lower())
    )
    seen = firm.desk.plan(firm.plan.id).version
    receipts.change(firm.desk.billing, OWNER, firm.plan.id, address, seen)


def shown(firm: Firm) -> tuple[str | None, str | None]:
    plan = firm.desk.plan(firm.plan.id)
    return plan.receipts_to, plan.receipts_lost_by


def test_receipts_follow_the_person_to_another_address(firm: Firm) -> None:
    receipts_to(firm, ACCOUNTANT)
    assert shown(firm) == ("uaccount@example.com", None)
    members.meet(firm.desk.billing, ACCOUNTANT, "Anna Verdi", "anna.verdi@example.com")
    assert shown(firm) == ("anna.verdi@example.com", None)


@pytest.mark.parametrize(
    "go",
    [
        lambda firm: firm.leaves(ACCOUNTANT),
        lambda firm: members.remove(firm.desk.billing, OWNER, firm.shop.id, "UACCOUNT"),
        lambda firm: members.set_role(firm.desk.billing, OWNER, firm.shop.id, "UACCOUNT", Role.AGENT),
    ],
    ids=["left Slack", "was removed", "sees no billing any more"],
)
def test_who_got_receipts_and_left_gets_none_and_the_admins_are_asked_for_another(
    firm: Firm, go: Callable[[Firm], None]
) -> None:
    receipts_to(firm, ACCOUNTANT)
    go(firm)
    assert shown(firm) == (None, "UACCOUNT")
    for admin in (OWNER, PAYER, OTHER):
        assert firm.told(admin) == ["RecipientLeft"]
    assert firm.told(ACCOUNTANT) == []
    receipts_to(firm, PAYER)
    assert shown(firm)[1] is None


def test_a_recipient_who_is_back_gets_them_again(firm: Firm) -> None:
    receipts_to(firm, ACCOUNTANT)
    firm.leaves(ACCOUNTANT)
    firm.meet(ACCOUNTANT, is_here=True)
    assert shown(firm) == ("UACCOUNT@x.example", None)


def test_an_address_that_is_nobodys_stays_an_address(firm: Firm) -> None:
    firm.desk.execute(
        "UPDATE subscriptions SET receipts_to = 'free@example.com', receipts_to_user_id = NULL WHERE id = :s",
        s=firm.plan.id,
    )
    assert shown(firm) == ("free@example.com", None)
    firm.desk.turn_to(firm.plan.period_end_at + timedelta(hours=1))
    assert verify(firm.desk.billing) == ()


def test_addresses_from_before_become_their_members_and_back(firm: Firm) -> None:
    """Migration 0024: what was kept as an address is the member's whose address it is."""
    receipts_to(firm, ACCOUNTANT)
    config = Config(toml_file=database.ROOT / "pyproject.toml")
    config.attributes["engine"] = firm.desk.billing.engine
    command.downgrade(config, BEFORE_0024)
    assert firm.desk.rows("SELECT receipts_to FROM subscriptions") == [("uaccount@example.com",)]
    database.migrate(firm.desk.billing.engine)
    found = firm.desk.rows("SELECT receipts_to, receipts_to_user_id FROM subscriptions")
    assert found == [(None, "UACCOUNT")]
    assert shown(firm) == ("uaccount@example.com", None)
