"""A backup card: charged for a renewal where the first was declined for good, or on the schedule's last day."""

from __future__ import annotations

from datetime import timedelta

import pytest

from billing.adapters.gateways.sandbox import Behaviour
from billing.models import PaymentMethod
from billing.models.open_payments import Cards, OpenPayment
from billing.models.payments import AttemptState, PaymentKind
from billing.services import (
    agenda,
    changes,
    due_work,
    facts,
    listings,
    outbox,
    payment_methods,
    payments,
    properties,
    subscriptions,
    transfers,
)
from billing.services.changes import PlanSelection
from billing.services.verify import verify
from billing.values.actors import Role
from billing.values.cycles import Interval, moment_text
from billing.values.events import (
    CardReminder,
    PaymentFailed,
    PaymentReceived,
    PropertyEvent,
    SubscriptionEnded,
)
from billing.values.refusals import BackupPaysAlready, MethodInUse, NotAllowed, NotFound, PaymentDeclined
from billing.values.snapshots import CardSnapshot, PaymentSnapshot, PropertySnapshot, SubscriptionSnapshot
from tests.billing.desk import VISA, Desk, at_once

pytestmark = pytest.mark.slow

DECLINES, FOR_GOOD, ASKS = Behaviour.DECLINES, Behaviour.DECLINES_FOR_GOOD, Behaviour.ASKS_FOR_ACTION
SILENT, BROKEN = Behaviour.SILENT_BEFORE, Behaviour.MISCONFIGURED
BACKUP = CardSnapshot("Mastercard", "5555", 12, 2030)
LAST_DAY = timedelta(days=22)


def backed(desk: Desk) -> SubscriptionSnapshot:
    """A plan that is paid with a Visa card and has a Mastercard as its backup."""
    owner = desk.owner()
    plan = desk.buy(owner, desk.property_of(owner))
    backup = payment_methods.keep(desk.billing, owner, plan.property_id, "tok_backup", BACKUP)
    first = desk.cards[f"{plan.property_id} tok_visa"]
    payment_methods.choose(desk.billing, owner, plan.id, first, backup_id=backup)
    tell(desk)
    return desk.plan(plan.id)


def renewed(
    desk: Desk, first: list[Behaviour], backup: list[Behaviour] | None = None
) -> SubscriptionSnapshot:
    """The same, its renewal tried once: what the two cards do from then on is said."""
    plan = backed(desk)
    desk.gateway.expect("tok_visa", *first)
    desk.gateway.expect("tok_backup", *(backup or []))
    desk.turn_to(plan.period_end_at)
    return plan


def first_of(desk: Desk, plan: SubscriptionSnapshot) -> str:
    return desk.cards[f"{plan.property_id} tok_visa"]


def backup_of(desk: Desk, plan: SubscriptionSnapshot) -> str:
    (row,) = desk.rows("SELECT backup_method_id FROM subscriptions WHERE id = :id", id=plan.id)
    return str(row.backup_method_id)


def _home(desk: Desk, plan: SubscriptionSnapshot) -> PropertySnapshot:
    return properties.look_at(desk.billing, desk.owner(), plan.property_id)


def live_on(desk: Desk, plan: SubscriptionSnapshot, days: int) -> None:
    for day in range(1, days + 1):
        desk.turn_to(plan.period_end_at + timedelta(days=day))


def tell(desk: Desk) -> list[PropertyEvent]:
    """All that is told now in the channel."""
    events = []
    while claimed := list(outbox.claim(desk.billing)):
        for one in claimed:
            outbox.told(desk.billing, one.number, f"{one.number}.0")
            if one.to.address == "CBILLING":
                events.append(one.event)
    return events


def tried(desk: Desk) -> list[tuple[str, str]]:
    """The tries to collect the renewal, by their cards."""
    rows = desk.rows(
        "SELECT a.token, a.state FROM payment_attempts a JOIN payments p ON p.id = a.payment_id "
        "WHERE p.kind = 'renewal' ORDER BY a.sent_at, a.number"
    )
    return [(row.token.removeprefix("tok_"), row.state) for row in rows]


def cards(plan: SubscriptionSnapshot) -> tuple[CardSnapshot | None, CardSnapshot | None]:
    return plan.card, plan.backup


def owed(desk: Desk, plan: SubscriptionSnapshot) -> PaymentSnapshot:
    (payment,) = payments.unpaid(desk.billing, desk.owner(), plan.id)
    return payment


def test_a_card_that_is_declined_for_good_is_stood_in_for_at_once_and_then_replaced(desk: Desk) -> None:
    plan = renewed(desk, [FOR_GOOD])
    now = desk.plan(plan.id)
    assert tried(desk) == [("visa", "declined_for_good"), ("backup", "succeeded")]
    assert (now.status, cards(now)) == ("active", (BACKUP, None))
    (said,) = tell(desk)
    assert isinstance(said, PaymentReceived)
    assert (said.card, said.minor) == ("Mastercard 5555", 1220)
    assert (said.declined_card, said.declined_reason, said.now_pays) == ("Visa 4242", "stolen_card", True)
    assert verify(desk.billing) == ()
    desk.turn_to(now.period_end_at)
    assert tried(desk)[2:] == [("backup", "succeeded")]
    assert desk.charged() == [1220, 1220, 1220]


def test_each_try_is_in_the_audit_log_and_among_the_facts(desk: Desk) -> None:
    renewed(desk, [FOR_GOOD])
    assert desk.audit("payment.failed")[0].after == {"minor": 1220, "decline": "stolen_card"}
    (changed,) = desk.audit("payment_method.choose")[1:]
    assert (changed.via, changed.before, changed.after) == (
        "schedule",
        {"card": "Visa 4242"},
        {"card": "Mastercard 5555"},
    )
    happened = [fact.type for fact in facts.listed(desk.billing)]
    assert happened[-4:] == ["invoice.issued", "subscription.renewed", "payment.failed", "invoice.paid"]


def test_it_is_tried_on_the_last_day_alone_where_the_first_card_has_no_money(desk: Desk) -> None:
    plan = renewed(desk, [DECLINES] * 5)
    live_on(desk, plan, 21)
    assert tried(desk) == [("visa", "declined")] * 4
    assert owed(desk, plan).next_card == ""
    tell(desk)
    desk.turn_to(plan.period_end_at + LAST_DAY)
    assert tried(desk) == [*[("visa", "declined")] * 5, ("backup", "succeeded")]
    now = desk.plan(plan.id)
    assert (now.status, cards(now)) == ("active", (VISA, BACKUP))
    (said,) = tell(desk)
    assert isinstance(said, PaymentReceived)
    assert (said.card, said.declined_card, said.declined_reason, said.now_pays) == (
        "Mastercard 5555",
        "Visa 4242",
        "insufficient_funds",
        False,
    )
    assert verify(desk.billing) == ()


def test_where_both_are_declined_on_the_last_day_the_plan_ends_and_both_reasons_are_told(desk: Desk) -> None:
    plan = renewed(desk, [DECLINES] * 5, [FOR_GOOD])
    live_on(desk, plan, 22)
    assert tried(desk) == [*[("visa", "declined")] * 5, ("backup", "declined_for_good")]
    assert desk.plan(plan.id).status == "ended"
    failed, ended = tell(desk)[-2:]
    assert isinstance(failed, PaymentFailed)
    assert (failed.reason, failed.backup_card, failed.backup_reason) == (
        "insufficient_funds",
        "Mastercard 5555",
        "stolen_card",
    )
    assert isinstance(ended, SubscriptionEnded)
    assert verify(desk.billing) == ()


def test_once_the_first_is_declined_for_good_the_backup_is_tried_on_each_day_and_the_first_no_more(
    desk: Desk,
) -> None:
    plan = renewed(desk, [FOR_GOOD], [DECLINES] * 2)
    assert tried(desk) == [("visa", "declined_for_good"), ("backup", "declined")]
    payment = owed(desk, plan)
    day = plan.period_end_at + timedelta(days=3)
    assert (desk.plan(plan.id).status, payment.try_at, payment.next_card) == (
        "past_due",
        day,
        "Mastercard 5555",
    )
    comes = agenda.of_property(desk.billing, desk.owner())[0]
    assert (comes.kind, comes.at) == ("retries", day)
    (failed,) = tell(desk)
    assert isinstance(failed, PaymentFailed)
    assert (failed.reason, failed.backup_reason, failed.try_at, failed.next_card) == (
        "stolen_card",
        "insufficient_funds",
        day,
        "Mastercard 5555",
    )
    (listed,) = _listed(desk, plan)
    assert listed["next_try_at"] == moment_text(day)
    live_on(desk, plan, 8)
    assert tried(desk)[2:] == [("backup", "declined"), ("backup", "succeeded")]
    assert cards(desk.plan(plan.id)) == (BACKUP, None)


def _listed(desk: Desk, plan: SubscriptionSnapshot) -> list[dict[str, object]]:
    wanted = listings.Wanted(
        workspace=desk.owner().workspace_id, property=plan.property_id, after=None, size=9
    )
    return [one for one in listings.listed(desk.billing, "payment", wanted) if one["kind"] == "renewal"]


def test_where_both_are_declined_for_good_neither_is_tried_again(desk: Desk) -> None:
    plan = renewed(desk, [FOR_GOOD], [FOR_GOOD])
    payment = owed(desk, plan)
    assert (payment.try_at, payment.ends_at) == (None, plan.period_end_at + LAST_DAY)
    live_on(desk, plan, 22)
    assert tried(desk) == [("visa", "declined_for_good"), ("backup", "declined_for_good")]
    assert desk.plan(plan.id).status == "ended"


def test_a_backup_that_nothing_was_charged_to_does_not_take_over(desk: Desk) -> None:
    """What is left is too little to charge, and goes to the next invoice."""
    plan = renewed(desk, [FOR_GOOD], [DECLINES])
    desk.execute("UPDATE payments SET gateway_id = NULL WHERE kind = 'renewal'")
    desk.gateway.least = 5000
    live_on(desk, plan, 3)
    now, said = desk.plan(plan.id), tell(desk)[-1]
    assert isinstance(said, PaymentReceived)
    assert (said.minor, said.declined_card, said.now_pays) == (0, "", False)
    assert (now.status, cards(now)) == ("active", (VISA, BACKUP))


def test_another_first_card_is_tried_again_before_the_backup(desk: Desk) -> None:
    plan = renewed(desk, [FOR_GOOD], [DECLINES])
    owner = desk.owner()
    payment_methods.choose(desk.billing, owner, plan.id, desk.card(owner, _home(desk, plan), "tok_new"))
    live_on(desk, plan, 3)
    assert tried(desk)[2:] == [("new", "succeeded")]
    assert cards(desk.plan(plan.id)) == (VISA, BACKUP)


def test_a_backup_that_is_taken_away_is_tried_no_more_nor_is_the_refused_card(desk: Desk) -> None:
    plan = renewed(desk, [FOR_GOOD], [DECLINES])
    payment_methods.choose(desk.billing, desk.owner(), plan.id, first_of(desk, plan), backup_id="")
    assert owed(desk, plan).try_at is None
    live_on(desk, plan, 22)
    assert len(tried(desk)) == 2
    assert desk.plan(plan.id).status == "ended"


def test_what_the_bank_asks_the_payer_of_the_first_card_gives_way_to_the_backup_on_the_last_day(
    desk: Desk,
) -> None:
    plan = renewed(desk, [ASKS])
    payment, last = owed(desk, plan), plan.period_end_at + LAST_DAY
    assert (payment.waiting_for, payment.try_at, payment.next_card) == (
        "authentication",
        last,
        "Mastercard 5555",
    )
    live_on(desk, plan, 21)
    assert len(tried(desk)) == 1
    desk.turn_to(last)
    assert tried(desk)[1:] == [("backup", "succeeded")]
    said = tell(desk)[-1]
    assert isinstance(said, PaymentReceived)
    assert (said.declined_reason, said.now_pays) == ("authentication_required", False)
    assert desk.charged() == [1220, 1220]


def test_what_the_bank_asks_on_the_last_day_is_told_nobody_and_the_backup_is_tried(desk: Desk) -> None:
    plan = renewed(desk, [*[DECLINES] * 4, ASKS])
    live_on(desk, plan, 22)
    assert tried(desk)[4:] == [("visa", "declined"), ("backup", "succeeded")]
    assert "AuthenticationNeeded" not in desk.told()
    assert desk.plan(plan.id).status == "active"


def test_what_the_bank_asks_the_payer_of_the_backup_waits_for_them(desk: Desk) -> None:
    plan = renewed(desk, [FOR_GOOD], [ASKS])
    for hours in range(6, 72, 6):
        desk.turn_to(plan.period_end_at + timedelta(hours=hours))
    live_on(desk, plan, 21)
    assert tried(desk) == [("visa", "declined_for_good"), ("backup", "action_required")]
    desk.gateway.authenticate(desk.gateway.calls[-1])
    desk.turn(hours=7)
    assert tried(desk)[1:] == [("backup", "succeeded")]
    assert cards(desk.plan(plan.id)) == (BACKUP, None)


@pytest.mark.parametrize("trouble", [SILENT, BROKEN])
def test_a_gateway_that_says_nothing_of_the_backup_is_asked_before_anything_else_is_tried(
    desk: Desk, trouble: Behaviour
) -> None:
    plan = renewed(desk, [FOR_GOOD], [trouble])
    assert len(desk.rows("SELECT id FROM payment_attempts WHERE state IN ('sent', 'unknown')")) <= 1
    assert (desk.plan(plan.id).status, tell(desk)) == ("active", [])
    desk.turn(hours=2)
    assert tried(desk)[-1] == ("backup", "succeeded")
    assert desk.charged() == [1220, 1220]


def test_two_workers_go_over_to_the_backup_once(desk: Desk) -> None:
    plan = backed(desk)
    desk.gateway.expect("tok_visa", FOR_GOOD)
    desk.clock.now = plan.period_end_at
    at_once(*[lambda: due_work.run_due(desk.billing)] * 2)
    due_work.run_due(desk.billing)
    assert tried(desk) == [("visa", "declined_for_good"), ("backup", "succeeded")]
    assert desk.charged() == [1220, 1220]


@pytest.mark.parametrize(("reason", "up"), [("stolen_card", "backup"), ("amount_too_large", None)])
def test_what_no_card_helps_against_is_not_tried_with_the_backup(reason: str, up: str | None) -> None:
    first, backup = PaymentMethod(token="first"), PaymentMethod(token="backup")
    refused = OpenPayment(PaymentKind.RENEWAL, AttemptState.DECLINED_FOR_GOOD, token="first", reason=reason)
    found = refused.card_up(Cards(first, backup), (3, 5))
    assert (found.token if found else None) == up


def test_pay_now_and_an_upgrade_are_the_first_cards_alone(desk: Desk) -> None:
    plan = renewed(desk, [DECLINES, FOR_GOOD])
    paid = payments.pay_now(desk.billing, desk.owner(), owed(desk, plan).id)
    assert (paid.state, paid.reason, paid.next_card) == ("open", "stolen_card", "Mastercard 5555")
    assert tried(desk) == [("visa", "declined"), ("visa", "declined_for_good")]
    live_on(desk, plan, 3)
    assert tried(desk)[2:] == [("backup", "succeeded")]


def test_pay_now_is_charged_to_the_card_that_is_shown_though_the_backup_is_up(desk: Desk) -> None:
    plan = renewed(desk, [FOR_GOOD], [DECLINES])
    paid = payments.pay_now(desk.billing, desk.owner(), owed(desk, plan).id, seen_card="Visa 4242")
    assert (paid.state, tried(desk)[2:]) == ("paid", [("visa", "succeeded")])
    assert cards(desk.plan(plan.id)) == (VISA, BACKUP)


def test_an_upgrade_that_is_declined_is_told_and_never_charged_to_the_backup(desk: Desk) -> None:
    owner = desk.owner()
    plan = desk.buy(owner, desk.property_of(owner), "ai-bot/small/month")
    backup = payment_methods.keep(desk.billing, owner, plan.property_id, "tok_backup", BACKUP)
    payment_methods.choose(desk.billing, owner, plan.id, first_of(desk, plan), backup_id=backup)
    desk.turn(hours=1)
    desk.gateway.expect("tok_visa", FOR_GOOD)
    wish = PlanSelection("large", Interval.MONTH)
    with pytest.raises(PaymentDeclined):
        changes.change(desk.billing, owner, plan.id, wish, key="one")
    desk.turn(hours=2)
    assert len(desk.charged()) == 1


def test_the_backup_is_another_card_of_the_same_property_that_an_admin_chose(desk: Desk) -> None:
    owner, plan = desk.owner(), backed(desk)
    first = first_of(desk, plan)
    corso = desk.property_of(owner, "Corso", "C2")
    stranger = desk.member(owner, _home(desk, plan), "UACCOUNTANT", Role.ACCOUNTANT)
    with pytest.raises(BackupPaysAlready):
        payment_methods.choose(desk.billing, owner, plan.id, first, backup_id=first)
    with pytest.raises(NotFound):
        payment_methods.choose(
            desk.billing, owner, plan.id, first, backup_id=desk.card(owner, corso, "tok_corso")
        )
    with pytest.raises(NotAllowed):
        payment_methods.choose(desk.billing, stranger, plan.id, first, backup_id="")
    assert desk.plan(plan.id).backup == BACKUP


def test_who_chooses_the_backup_as_the_first_has_none(desk: Desk) -> None:
    owner, plan = desk.owner(), backed(desk)
    chosen = payment_methods.choose(desk.billing, owner, plan.id, backup_of(desk, plan))
    assert cards(chosen.subscription) == (BACKUP, None)


def test_a_card_that_is_removed_is_a_backup_no_longer(desk: Desk) -> None:
    owner, plan = desk.owner(), backed(desk)
    shown = {one.id: one for one in payment_methods.listed(desk.billing, owner)}
    backup = shown[backup_of(desk, plan)]
    assert (backup.pays, backup.backs) == ((), ("Live Chat",))
    with pytest.raises(MethodInUse):
        payment_methods.remove(desk.billing, owner, first_of(desk, plan))
    payment_methods.remove(desk.billing, owner, backup.id)
    assert cards(desk.plan(plan.id)) == (VISA, None)
    assert (desk.audit("payment_method.back_up")[-1].before, verify(desk.billing)) == (
        {"card": "Mastercard 5555"},
        (),
    )


@pytest.mark.parametrize("as_before", [False, True])
def test_a_transfer_takes_no_card_along(desk: Desk, as_before: bool) -> None:
    """Not of a version either that knows of no backup, and transfers without a look at it."""
    owner, plan = desk.owner(), backed(desk)
    backup, corso = backup_of(desk, plan), desk.property_of(owner, "Corso", "C2")
    transfers.transfer(desk.billing, owner, plan.id, corso.id)
    if as_before:
        desk.execute("UPDATE subscriptions SET backup_method_id = :card", card=backup)
    moved = payment_methods.choose(
        desk.billing, owner, plan.id, desk.card(owner, corso, "tok_corso")
    ).subscription
    assert moved.backup is None
    desk.gateway.expect("tok_corso", FOR_GOOD)
    desk.turn_to(plan.period_end_at)
    assert tried(desk) == [("corso", "declined_for_good")]
    assert verify(desk.billing) == ()


AS_A_VERSION_BEFORE = {
    "removes it": "UPDATE payment_methods SET removed_at = purchased_at FROM subscriptions "
    "WHERE payment_methods.id = backup_method_id",
    "lets it pay": "UPDATE subscriptions SET payment_method_id = backup_method_id",
}


@pytest.mark.parametrize("act", AS_A_VERSION_BEFORE.values(), ids=AS_A_VERSION_BEFORE)
def test_what_a_version_that_knows_no_backup_does_to_the_card_ends_it(desk: Desk, act: str) -> None:
    plan = backed(desk)
    desk.execute(act)
    assert desk.plan(plan.id).backup is None
    desk.gateway.expect("tok_visa", FOR_GOOD)
    desk.gateway.expect("tok_backup", FOR_GOOD)
    desk.turn_to(plan.period_end_at)
    assert len(tried(desk)) == 1
    assert verify(desk.billing) == ()


def test_a_card_that_is_removed_as_the_renewal_goes_over_to_it_is_charged_before_or_not_at_all(
    desk: Desk,
) -> None:
    owner, plan = desk.owner(), backed(desk)
    desk.gateway.expect("tok_visa", FOR_GOOD)
    desk.clock.now, backup = plan.period_end_at, backup_of(desk, plan)
    at_once(
        lambda: due_work.run_due(desk.billing),
        lambda: payment_methods.remove(desk.billing, owner, backup),
    )
    due_work.run_due(desk.billing)
    charged = ("backup", "succeeded") in tried(desk)
    assert charged is (desk.plan(plan.id).card == BACKUP)
    assert charged is (desk.plan(plan.id).status == "active")
    assert verify(desk.billing) == ()


def test_an_ended_plan_loses_both_cards_with_the_first(desk: Desk) -> None:
    owner, plan = desk.owner(), backed(desk)
    subscriptions.cancel(desk.billing, owner, plan.id, "dear")
    desk.turn_to(plan.period_end_at)
    payment_methods.remove(desk.billing, owner, first_of(desk, plan))
    assert cards(desk.plan(plan.id)) == (None, None)


def test_a_reminder_of_the_first_card_names_the_backup_only_while_that_is_good(desk: Desk) -> None:
    owner = desk.owner()
    home = desk.property_of(owner)
    plan = desk.buy(owner, home)
    old = payment_methods.keep(desk.billing, owner, home.id, "tok_old", CardSnapshot("Visa", "1111", 1, 2026))
    backup = payment_methods.keep(desk.billing, owner, home.id, "tok_backup", BACKUP)
    payment_methods.choose(desk.billing, owner, plan.id, old, backup_id=backup)
    due_work.run_card_reminders(desk.billing)
    desk.turn_to(plan.period_end_at - timedelta(days=10))
    said = [event for event in tell(desk) if isinstance(event, CardReminder)]
    assert [(one.card, one.backup_card) for one in said] == [("Visa 1111", "Mastercard 5555")]
