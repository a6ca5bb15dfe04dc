"""Transfer: the plan and its whole history go to another property, no money moves, no document changes."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from billing import Actor
from billing.adapters.gateways.sandbox import Behaviour
from billing.services import (
    addresses,
    agenda,
    due_work,
    invoices,
    members,
    outbox,
    payment_methods,
    payments,
    properties,
    subscriptions,
    transfers,
)
from billing.services.verify import verify
from billing.values.actors import Role
from billing.values.errors import Refusal
from billing.values.events import DetailsMissing, SubscriptionTransferred
from billing.values.refusals import (
    AlreadyBought,
    AlreadyCancelled,
    AlreadyEnded,
    ChangedMeanwhile,
    LegacyPrice,
    NoPaymentMethod,
    NotFound,
    NotOwnerOfBoth,
    NotSoldThere,
    NotTransferable,
    PaymentInProgress,
    SameProperty,
    Unpaid,
)
from billing.values.snapshots import PropertySnapshot, SubscriptionSnapshot
from tests.billing.desk import MILANO, Desk, at_once

JUNE_1 = datetime(2025, 6, 1, 10, tzinfo=UTC)


@dataclass(frozen=True)
class Move:
    """A plan in Piazza, bought on 1 June 2025, that shall go to Corso on the 16th."""

    desk: Desk
    owner: Actor
    piazza: PropertySnapshot
    corso: PropertySnapshot
    plan: SubscriptionSnapshot

    def __call__(self) -> SubscriptionSnapshot:
        return transfers.transfer(self.desk.billing, self.owner, self.plan.id, self.corso.id)


@pytest.fixture
def move(desk: Desk) -> Move:
    desk.clock.now = JUNE_1
    owner = desk.owner()
    piazza, corso = desk.property_of(owner), desk.property_of(owner, "Corso", "CCORSO")
    plan = desk.buy(owner, piazza)
    desk.clock.now = JUNE_1 + timedelta(days=15)
    return Move(desk, owner, piazza, corso, plan)


def test_no_money_moves_and_the_dates_stay(move: Move) -> None:
    """INV-17: the new property has the days that are left, and its first charge is at their end."""
    desk = move.desk
    moved = move()
    assert (moved.property_id, moved.property_name) == (move.corso.id, "Corso")
    assert moved.period_end_at == move.plan.period_end_at == datetime(2025, 7, 1, 10, tzinfo=UTC)
    assert (moved.card, moved.address, moved.receipts_to) == (None, None, None)
    assert (desk.charged(), len(desk.invoices())) == ([1220], 1)
    addresses.change(desk.billing, move.owner, moved.id, MILANO, moved.version)
    payment_methods.choose(desk.billing, move.owner, moved.id, desk.card(move.owner, move.corso))
    assert desk.turn_to(moved.period_end_at).renewed == 1
    assert desk.charged() == [1220, 1220]
    assert desk.invoices()[-1].read_document().property_name == "Corso"
    assert verify(desk.billing) == ()


def test_the_history_is_listed_over_there_and_its_documents_are_the_same_bytes(move: Move) -> None:
    desk = move.desk
    (issued,) = invoices.listed(desk.billing, move.owner, move.plan.id).invoices
    before = invoices.as_file(desk.billing, move.owner, issued.id, "en").content
    rows = desk.rows("SELECT * FROM invoices")
    move()
    assert invoices.as_file(desk.billing, move.owner, issued.id, "en").content == before
    assert desk.rows("SELECT * FROM invoices") == rows
    for shop, count in ((move.piazza, 0), (move.corso, 1)):
        properties.choose(desk.billing, move.owner, shop.id)
        assert invoices.listed(desk.billing, move.owner).count == count
        assert len(properties.purchases(desk.billing, move.owner).running) == count
    assert len(payments.history(desk.billing, move.owner, move.plan.id)) == 1


def test_both_properties_are_told_and_both_have_it_in_their_log(move: Move) -> None:
    move()
    told = "SELECT address FROM outbox WHERE kind = 'SubscriptionTransferred' ORDER BY address"
    assert [row.address for row in move.desk.rows(told)] == ["CBILLING", "CCORSO"]
    assert {e.property_id for e in move.desk.audit("transfer.make")} == {move.piazza.id, move.corso.id}


def test_a_cancelled_plan_moves_and_ends_on_its_day_over_there(move: Move) -> None:
    subscriptions.cancel(move.desk.billing, move.owner, move.plan.id, "Too dear")
    assert move().ends_at == move.plan.period_end_at
    told = [
        one.event for one in outbox.claim(move.desk.billing) if isinstance(one.event, SubscriptionTransferred)
    ]
    assert [event.renews for event in told] == [False] * len(told)
    assert told
    move.desk.turn_to(move.plan.period_end_at)
    assert move.desk.plan(move.plan.id).status == "ended"


def test_an_ended_plan_moves_too_even_where_the_add_on_is_in_use(move: Move) -> None:
    desk = move.desk
    subscriptions.cancel(desk.billing, move.owner, move.plan.id, "Too dear")
    desk.turn_to(move.plan.period_end_at)
    desk.buy(move.owner, move.corso)
    assert move().property_id == move.corso.id


def test_a_preview_shows_it_and_changes_nothing(move: Move) -> None:
    before = move.desk.everything()
    shown = transfers.preview_transfer(move.desk.billing, move.owner, move.plan.id, move.corso.id)
    assert move.desk.everything() == before
    assert replace(shown, version=0) == replace(move(), version=0)


def test_what_was_renewed_since_the_preview_is_not_transferred_unseen(move: Move) -> None:
    desk, act = move.desk, transfers.transfer
    shown = transfers.preview_transfer(desk.billing, move.owner, move.plan.id, move.corso.id)
    desk.turn_to(move.plan.period_end_at)
    with pytest.raises(ChangedMeanwhile):
        act(desk.billing, move.owner, move.plan.id, move.corso.id, expected=shown.fingerprint)
    assert desk.plan(move.plan.id).property_id == move.piazza.id
    anew = transfers.preview_transfer(desk.billing, move.owner, move.plan.id, move.corso.id)
    moved = act(desk.billing, move.owner, move.plan.id, move.corso.id, expected=anew.fingerprint)
    assert moved.property_id == move.corso.id


def refused(move: Move, refusal: type[Exception], actor: Actor | None = None) -> None:
    """Tries it, looked at and done: neither is allowed and no row changes."""
    before = move.desk.everything(but=("audit_entries",))
    for act in (transfers.preview_transfer, transfers.transfer):
        with pytest.raises(refusal):
            act(move.desk.billing, actor or move.owner, move.plan.id, move.corso.id)
    assert move.desk.everything(but=("audit_entries",)) == before


@pytest.mark.parametrize(
    ("here", "there"), [(Role.OWNER, Role.ADMIN), (Role.ADMIN, Role.OWNER), (Role.ACCOUNTANT, Role.OWNER)]
)
def test_who_does_not_own_both_is_refused(move: Move, here: Role, there: Role) -> None:
    actor = move.desk.member(move.owner, move.piazza, "UOTHER", here)
    move.desk.member(move.owner, move.corso, "UOTHER", there)
    refused(move, NotOwnerOfBoth, actor)


def test_a_property_one_is_no_member_of_is_not_found(move: Move) -> None:
    refused(move, NotFound, move.desk.member(move.owner, move.piazza, "UOTHER", Role.OWNER))


def test_a_plan_that_is_not_sold_there_is_refused(move: Move) -> None:
    move.desk.execute("UPDATE properties SET currency = 'USD' WHERE id = :p", p=move.corso.id)
    refused(move, NotSoldThere)
    move.desk.execute("UPDATE properties SET currency = 'EUR', country = 'FR' WHERE id = :p", p=move.corso.id)
    refused(move, NotSoldThere)


def test_an_add_on_that_the_other_property_has_already_is_refused(move: Move) -> None:
    move.desk.buy(move.owner, move.corso, "live-chat/max/month")
    refused(move, AlreadyBought)


def test_a_legacy_price_is_refused(move: Move) -> None:
    move.desk.execute("UPDATE prices SET on_sale = :no WHERE add_on_id = 'live-chat'", no=False)
    refused(move, LegacyPrice)


def test_an_add_on_that_cannot_be_transferred_is_refused(move: Move) -> None:
    move.desk.execute("UPDATE add_ons SET transferable = :no WHERE id = 'live-chat'", no=False)
    refused(move, NotTransferable)


def test_it_cannot_go_to_where_it_is(move: Move) -> None:
    with pytest.raises(SameProperty):
        transfers.transfer(move.desk.billing, move.owner, move.plan.id, move.piazza.id)


@pytest.mark.parametrize(
    ("behaviour", "refusal"),
    [
        (Behaviour.DECLINES, Unpaid),
        (Behaviour.DECLINES_FOR_GOOD, Unpaid),
        (Behaviour.SILENT_AFTER, PaymentInProgress),
        (Behaviour.ASKS_FOR_ACTION, PaymentInProgress),
    ],
)
def test_what_is_unpaid_or_unknown_stays_where_it_is(
    move: Move, behaviour: Behaviour, refusal: type[Refusal]
) -> None:
    move.desk.gateway.expect("tok_visa", behaviour)
    move.desk.turn_to(move.plan.period_end_at)
    refused(move, refusal)


def test_a_transfer_and_the_schedule_at_once_do_not_stand_in_each_others_way(move: Move) -> None:
    desk = move.desk
    desk.clock.now = move.plan.period_end_at
    at_once(move, partial(due_work.run_due, desk.billing), partial(due_work.run_due, desk.billing))
    due_work.run_due(desk.billing)
    assert len(desk.invoices()) == 2
    assert desk.rows("SELECT due_failures FROM subscriptions") == [(0,)]
    assert verify(desk.billing) == ()


def test_after_it_the_agenda_of_the_old_property_is_empty(move: Move) -> None:
    move()
    assert agenda.of_property(move.desk.billing, move.owner, move.piazza.id) == ()
    (entry,) = agenda.of_property(move.desk.billing, move.owner, move.corso.id)
    assert (entry.kind, entry.at) == ("renews", move.plan.period_end_at)


# From Rome; the period ends at half past midnight there, on 16 July. New York is behind, Tokyo ahead.
DAYS_OVER_THERE = {
    "America/New_York": [
        ("2025-06-16", "2025-07-15"),
        ("2025-07-16", "2025-08-14"),
        ("2025-08-15", "2025-09-14"),
    ],
    "Asia/Tokyo": [("2025-06-16", "2025-07-15"), ("2025-07-16", "2025-08-15"), ("2025-08-16", "2025-09-15")],
}


@pytest.mark.parametrize("in_bulk", [True, False])
@pytest.mark.parametrize("zone", DAYS_OVER_THERE)
def test_in_another_zone_days_are_those_of_there_and_none_is_billed_twice(
    desk: Desk, zone: str, in_bulk: bool
) -> None:
    desk.clock.now = datetime(2025, 6, 15, 22, 30, tzinfo=UTC)
    owner = desk.owner()
    plan = desk.buy(owner, desk.property_of(owner))
    there = properties.create(desk.billing, owner, "There", zone, "IT", is_workspace_owner=True)
    transfers.transfer(desk.billing, owner, plan.id, there.id)
    payment_methods.choose(desk.billing, owner, plan.id, desk.card(owner, there))
    for _ in range(2):
        desk.clock.now = desk.plan(plan.id).period_end_at
        if not in_bulk:
            due_work.each_due(desk.billing, due_work.CYCLES)
        due_work.run_due(desk.billing)
    billed = [invoice.read_document().lines[0] for invoice in desk.invoices()]
    assert [(str(line.first_day), str(line.last_day)) for line in billed] == DAYS_OVER_THERE[zone]
    moments = desk.rows("SELECT period_start_at, period_end_at FROM invoice_lines ORDER BY period_start_at")
    assert [one.period_end_at for one in moments][:2] == [one.period_start_at for one in moments][1:]
    assert verify(desk.billing) == ()


@pytest.mark.parametrize("in_bulk", [True, False])
def test_in_another_zone_all_that_is_shown_and_told_goes_by_the_days_of_there(
    desk: Desk, in_bulk: bool
) -> None:
    desk.clock.now = datetime(2026, 5, 31, 22, 30, tzinfo=UTC)
    owner = desk.owner()
    plan = desk.buy(owner, desk.property_of(owner))
    there = properties.create(desk.billing, owner, "There", "America/New_York", "IT", is_workspace_owner=True)
    transfers.transfer(desk.billing, owner, plan.id, there.id)
    assert desk.plan(plan.id).time_zone == "America/New_York"
    subscriptions.cancel(desk.billing, owner, plan.id, "Closed")
    with pytest.raises(AlreadyCancelled) as again:
        subscriptions.cancel(desk.billing, owner, plan.id, "Closed")
    assert again.value.zone == "America/New_York"
    properties.announce_in(desk.billing, owner, there.id, "C2")
    desk.clock.now = plan.period_end_at
    if not in_bulk:
        due_work.each_due(desk.billing, due_work.CYCLES)
    due_work.run_due(desk.billing)
    ((fact,),) = desk.rows("SELECT fact FROM outbox WHERE kind = 'SubscriptionEnded'")
    event = (json.loads(fact) if isinstance(fact, str) else fact)["event"]
    assert event["time_zone"] == "America/New_York"
    with pytest.raises(AlreadyEnded) as over:
        subscriptions.cancel(desk.billing, owner, plan.id, "Closed")
    assert over.value.zone == "America/New_York"


# What stays behind


def asked_for(move: Move) -> list[tuple[str, str, bool]]:
    """Of whom it was asked in private, what is missing, and whether it was a reminder."""
    rows = move.desk.rows("SELECT address, fact FROM outbox WHERE kind = 'DetailsMissing' ORDER BY number")
    facts = [(row.address, json.loads(row.fact) if isinstance(row.fact, str) else row.fact) for row in rows]
    events = [(to, DetailsMissing.from_json(fact["event"])) for to, fact in facts]
    return [(to, event.missing, event.is_reminder) for to, event in events]


def test_what_stays_behind_is_asked_for_at_once_and_twice_before_the_charge(move: Move) -> None:
    move()
    at_once_asked = ("UOWNER", "card address receipts", False)
    assert asked_for(move) == [at_once_asked]
    end = move.plan.period_end_at
    move.desk.turn_to(end - timedelta(days=8))
    assert asked_for(move) == [at_once_asked]
    move.desk.turn_to(end - timedelta(days=7))
    move.desk.turn_to(end - timedelta(days=7))
    assert asked_for(move)[1:] == [("UOWNER", "card address receipts", True)]
    move.desk.turn_to(end - timedelta(days=1))
    move.desk.turn_to(end - timedelta(hours=1))
    assert len(asked_for(move)) == 3
    ((fact,),) = move.desk.rows(
        "SELECT fact FROM outbox WHERE kind = 'DetailsMissing' ORDER BY number LIMIT 1"
    )
    event = (json.loads(fact) if isinstance(fact, str) else fact)["event"]
    assert (event["minor"], datetime.fromisoformat(event["charge_at"])) == (1220, end)


def test_for_a_cycle_that_costs_nothing_no_card_is_asked_for(move: Move) -> None:
    move.desk.execute("UPDATE prices SET minor = 0 WHERE add_on_id = 'live-chat'")
    move()
    assert [missing for _, missing, _ in asked_for(move)] == ["address receipts"]


def test_what_was_added_is_not_asked_for_again(move: Move) -> None:
    desk, moved = move.desk, move()
    addresses.change(desk.billing, move.owner, moved.id, MILANO, moved.version)
    desk.turn_to(move.plan.period_end_at - timedelta(days=7))
    assert asked_for(move)[-1] == ("UOWNER", "card receipts", True)
    version = desk.plan(moved.id).version
    payment_methods.choose(desk.billing, move.owner, moved.id, desk.card(move.owner, move.corso))
    assert desk.plan(moved.id).version == version + 1  # the reminder made no open form stale
    desk.turn_to(move.plan.period_end_at - timedelta(days=1))
    assert len(asked_for(move)) == 2


def test_who_reads_the_reminder_when_whoever_transferred_it_left(move: Move) -> None:
    move.desk.member(move.owner, move.corso, "UADMIN", Role.ADMIN)
    move()
    members.meet(move.desk.billing, move.owner, "Gone", None, is_here=False)
    move.desk.turn_to(move.plan.period_end_at - timedelta(days=7))
    assert asked_for(move)[-1][0] == "UADMIN"


def test_of_one_that_is_cancelled_nothing_is_asked(move: Move) -> None:
    subscriptions.cancel(move.desk.billing, move.owner, move.plan.id, "Too dear")
    move()
    move.desk.turn_to(move.plan.period_end_at - timedelta(days=1))
    assert asked_for(move) == []


def test_of_one_whose_cancellation_is_undone_it_is_asked_before_its_charge(move: Move) -> None:
    desk, end = move.desk, move.plan.period_end_at
    subscriptions.cancel(desk.billing, move.owner, move.plan.id, "Too dear")
    move()
    subscriptions.undo_cancellation(desk.billing, move.owner, move.plan.id)
    for before in (timedelta(days=7), timedelta(days=1)):
        desk.turn_to(end - before)
    assert asked_for(move) == [("UOWNER", "card address receipts", True)] * 2


def test_of_one_that_was_cancelled_when_a_reminder_came_the_next_one_comes(move: Move) -> None:
    desk, end = move.desk, move.plan.period_end_at
    move()
    subscriptions.cancel(desk.billing, move.owner, move.plan.id, "Too dear")
    desk.turn_to(end - timedelta(days=6))
    subscriptions.undo_cancellation(desk.billing, move.owner, move.plan.id)
    desk.turn_to(end - timedelta(days=1))
    assert asked_for(move)[1:] == [("UOWNER", "card address receipts", True)]


def test_pay_now_without_a_card_asks_no_bank_and_says_nothing_to_the_team(move: Move) -> None:
    moved = move()
    move.desk.turn_to(moved.period_end_at)
    (unpaid,) = payments.unpaid(move.desk.billing, move.owner, moved.id)
    told, calls = move.desk.told(), len(move.desk.gateway.calls)
    with pytest.raises(NoPaymentMethod) as refused:
        payments.pay_now(move.desk.billing, move.owner, unpaid.id)
    assert refused.value.subscription_id == moved.id
    assert (move.desk.told(), len(move.desk.gateway.calls)) == (told, calls)
    payment_methods.choose(move.desk.billing, move.owner, moved.id, move.desk.card(move.owner, move.corso))
    assert payments.pay_now(move.desk.billing, move.owner, unpaid.id).state == "paid"
