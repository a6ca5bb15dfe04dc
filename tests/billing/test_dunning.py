"""A renewal that fails: service goes on, the bank is asked again on the settings' days, and then it is over."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from billing.adapters.gateways.sandbox import Behaviour, SandboxGateway
from billing.models.ledger import Account
from billing.ports import Answer, ChargeOrder, Outcome
from billing.renewals.single import DueReport
from billing.services import (
    agenda,
    changes,
    due_work,
    outbox,
    payment_methods,
    payments,
    purchases,
    subscriptions,
    transfers,
)
from billing.services.changes import PlanSelection
from billing.services.verify import verify
from billing.values.cycles import Interval
from billing.values.events import SubscriptionCancelled
from billing.values.refusals import ChangedMeanwhile, NotFound, NothingToPay, Unpaid
from billing.values.snapshots import CardSnapshot, SubscriptionSnapshot
from tests.billing.desk import Desk

pytestmark = pytest.mark.slow

DECLINES, FOR_GOOD, ACTION = Behaviour.DECLINES, Behaviour.DECLINES_FOR_GOOD, Behaviour.ASKS_FOR_ACTION
SCHEDULE = (0, 3, 8, 15, 22)


def failing(desk: Desk, *behaviours: Behaviour) -> SubscriptionSnapshot:
    """A plan whose renewal has met the first of the behaviours."""
    owner = desk.owner()
    plan = desk.buy(owner, desk.property_of(owner))
    desk.gateway.expect("tok_visa", *behaviours)
    desk.turn_to(plan.period_end_at)
    return plan


def booked(desk: Desk, account: Account) -> int:
    (row,) = desk.rows("SELECT COALESCE(SUM(minor), 0) FROM postings WHERE account = :a", a=account.value)
    return int(row[0])


def unpaid_id(desk: Desk, plan: SubscriptionSnapshot) -> str:
    (unpaid,) = payments.unpaid(desk.billing, desk.owner(), plan.id)
    return unpaid.id


def live_on(desk: Desk, start: datetime, days: int) -> None:
    for day in range(1, days + 1):
        desk.turn_to(start + timedelta(days=day))


def test_it_is_past_due_and_lives_on_with_its_new_dates(desk: Desk) -> None:
    plan = failing(desk, DECLINES)
    now = desk.plan(plan.id)
    assert (now.status, now.ended_at, len(desk.invoices())) == ("past_due", None, 2)
    assert now.period_end_at > plan.period_end_at
    (unpaid,) = payments.unpaid(desk.billing, desk.owner(), plan.id)
    assert (unpaid.state, unpaid.waiting_for, unpaid.reason) == ("open", "schedule", "insufficient_funds")
    assert unpaid.try_at == plan.period_end_at + timedelta(days=3)
    assert desk.told()[-1] == "PaymentFailed"
    kinds = [(entry.kind, entry.at) for entry in agenda.of_property(desk.billing, desk.owner())]
    assert kinds == [("retries", unpaid.try_at), ("renews", now.period_end_at)]


def test_it_is_tried_again_after_3_5_7_and_7_days_then_ends_and_the_loss_is_booked(desk: Desk) -> None:
    plan = failing(desk, *[DECLINES] * 9)
    start, tried = plan.period_end_at, []
    for day in range(1, 40):
        before = len(desk.gateway.calls)
        desk.turn_to(start + timedelta(days=day))
        if len(desk.gateway.calls) > before:
            tried.append(day)
    assert tuple(tried) == SCHEDULE[1:]
    ended = desk.plan(plan.id)
    assert (ended.status, ended.ended_at) == ("ended", start + timedelta(days=22))
    assert [payment.state for payment in desk.payments()] == ["paid", "uncollectible"]
    assert (booked(desk, Account.BAD_DEBT), booked(desk, Account.RECEIVABLE)) == (1220, 0)
    assert desk.told()[2:] == [*["PaymentFailed"] * 5, "SubscriptionEnded"]
    assert (len(desk.invoices()), desk.charged()) == (2, [1220])
    assert verify(desk.billing) == ()


def test_who_pays_is_told_of_each_try_that_failed_and_at_last_that_the_plan_ended(desk: Desk) -> None:
    plan = failing(desk, *[DECLINES] * 5)
    live_on(desk, plan.period_end_at, 22)
    told = desk.rows("SELECT kind FROM outbox WHERE audience = 'slack_person' ORDER BY number")
    assert [row.kind for row in told] == [*["PaymentFailed"] * 4, "SubscriptionEnded"]


def test_the_audit_log_says_what_the_schedule_tried_and_why_it_failed(desk: Desk) -> None:
    plan = failing(desk, DECLINES, ACTION)
    live_on(desk, plan.period_end_at, 22)
    minor = {"minor": 1220}
    found = [
        (entry.user_id, entry.via, entry.after)
        for act in ("payment.failed", "payment.ask_bank", "payment.remind", "payment.uncollectible")
        for entry in desk.audit(act)
    ]
    assert found == [
        ("", "schedule", minor | {"decline": "insufficient_funds"}),
        ("", "schedule", minor),
        ("", "schedule", minor | {"decline": "authentication_required"}),
        ("", "schedule", minor),
    ]
    assert desk.audit("payment.open") == []


def test_what_a_person_tried_is_theirs_in_the_audit_log(desk: Desk) -> None:
    plan = failing(desk, DECLINES, DECLINES)
    payments.pay_now(desk.billing, desk.owner(), unpaid_id(desk, plan))
    entries = [(entry.user_id, entry.via) for entry in desk.audit("payment.failed")]
    assert entries == [("", "schedule"), ("UOWNER", "payment")]


@pytest.mark.parametrize("last", [[DECLINES], [Behaviour.SILENT_BEFORE, DECLINES]])
def test_a_plan_whose_last_try_and_next_cycle_are_due_at_once_ends_and_is_not_billed_again(
    desk: Desk, last: list[Behaviour]
) -> None:
    plan = failing(desk, *[DECLINES] * 4, *last)
    next_cycle = desk.plan(plan.id).period_end_at
    live_on(desk, plan.period_end_at, 21 if len(last) == 1 else 22)
    assert desk.plan(plan.id).status == "past_due"
    desk.turn_to(next_cycle)
    ended = desk.plan(plan.id)
    assert (ended.status, ended.ended_at) == ("ended", next_cycle)
    assert (len(desk.invoices()), desk.charged()) == (2, [1220])
    assert verify(desk.billing) == ()


def test_no_cycle_begins_while_another_process_waits_for_the_answer_to_the_last_try(desk: Desk) -> None:
    class Meanwhile(SandboxGateway):
        def charge(self, order: ChargeOrder) -> Outcome:
            report = due_work.run_due(replace(desk.billing, gateway=SandboxGateway()))
            assert (report.renewed, report.left) == (0, 0)
            return Outcome(Answer.DECLINED, order.key, "insufficient_funds")

    plan = failing(desk, *[DECLINES] * 4)
    live_on(desk, plan.period_end_at, 21)
    desk.clock.now = desk.plan(plan.id).period_end_at
    due_work.run_due(replace(desk.billing, gateway=Meanwhile()))
    assert desk.plan(plan.id).status == "ended"
    assert len(desk.invoices()) == 2
    assert verify(desk.billing) == ()


def test_no_cycle_begins_before_the_last_try_is_made_or_while_its_answer_is_unknown(desk: Desk) -> None:
    """Plans renew without waiting for the gateway: one that may be over by its answer waits for it."""
    plan = failing(desk, *[DECLINES] * 4, Behaviour.SILENT_BEFORE, Behaviour.SILENT_BEFORE, DECLINES)
    live_on(desk, plan.period_end_at, 21)
    desk.clock.now = desk.plan(plan.id).period_end_at
    assert due_work.run_plans(desk.billing) == DueReport()
    due_work.run_payments(desk.billing)
    assert due_work.run_plans(desk.billing) == DueReport()
    assert (desk.plan(plan.id).status, len(desk.invoices())) == ("past_due", 2)
    desk.turn(hours=2)
    assert desk.plan(plan.id).status == "past_due"
    assert verify(desk.billing) == ()  # nothing is left undone
    desk.turn(hours=6)
    assert (desk.plan(plan.id).status, len(desk.invoices())) == ("ended", 2)
    assert desk.charged() == [1220]


def test_a_retry_that_succeeds_makes_it_active_again(desk: Desk) -> None:
    plan = failing(desk, DECLINES, DECLINES)
    live_on(desk, plan.period_end_at, 8)
    assert desk.plan(plan.id).status == "active"
    assert (desk.charged(), desk.told()[-1]) == ([1220, 1220], "PaymentReceived")


def test_a_hard_decline_is_not_sent_again_and_ends_on_the_same_day(desk: Desk) -> None:
    plan = failing(desk, FOR_GOOD)
    calls = len(desk.gateway.calls)
    live_on(desk, plan.period_end_at, 21)
    assert (len(desk.gateway.calls), desk.plan(plan.id).status) == (calls, "past_due")
    live_on(desk, plan.period_end_at, 22)
    assert (len(desk.gateway.calls), desk.plan(plan.id).status) == (calls, "ended")


def test_a_new_card_after_a_hard_decline_is_tried_on_the_next_date(desk: Desk) -> None:
    plan, owner = failing(desk, FOR_GOOD), desk.owner()
    method = payment_methods.keep(desk.billing, owner, plan.property_id, "tok_other", plan.card)  # type: ignore[arg-type]
    payment_methods.choose(desk.billing, owner, plan.id, method)
    assert desk.charged() == [1220]
    live_on(desk, plan.period_end_at, 3)
    assert (desk.charged(), desk.plan(plan.id).status) == ([1220, 1220], "active")


def test_paying_now_does_not_use_up_the_schedule(desk: Desk) -> None:
    plan, owner = failing(desk, *[DECLINES] * 4), desk.owner()
    for _ in range(3):
        answer = payments.pay_now(desk.billing, owner, unpaid_id(desk, plan))
        assert (answer.state, answer.try_at) == ("open", plan.period_end_at + timedelta(days=3))
    live_on(desk, plan.period_end_at, 3)
    assert desk.plan(plan.id).status == "active"


def test_paying_now_pays_and_there_is_nothing_left_to_pay(desk: Desk) -> None:
    plan, owner = failing(desk, DECLINES), desk.owner()
    payment_id = unpaid_id(desk, plan)
    assert payments.pay_now(desk.billing, owner, payment_id).state == "paid"
    assert desk.plan(plan.id).status == "active"
    with pytest.raises(NothingToPay):
        payments.pay_now(desk.billing, owner, payment_id)
    live_on(desk, plan.period_end_at, 25)
    assert desk.charged() == [1220, 1220]
    stranger = desk.person("USTRANGER")
    with pytest.raises(NotFound):
        payments.pay_now(desk.billing, stranger, payment_id)


def test_paying_now_charges_no_other_card_than_the_one_that_was_shown(desk: Desk) -> None:
    owner = desk.owner()
    shop = desk.property_of(owner)
    plan = desk.buy(owner, shop)
    desk.gateway.expect("tok_visa", Behaviour.DECLINES)
    desk.turn_to(plan.period_end_at)
    payment_id = unpaid_id(desk, plan)
    mastercard = CardSnapshot("Mastercard", "4444", 12, 2030)
    other = payment_methods.keep(desk.billing, owner, shop.id, "tok_mastercard", mastercard)
    payment_methods.choose(desk.billing, owner, plan.id, other)
    with pytest.raises(ChangedMeanwhile):
        payments.pay_now(desk.billing, owner, payment_id, seen_card="Visa 4242")
    assert desk.charged() == [1220]
    paid = payments.pay_now(desk.billing, owner, payment_id, seen_card="Mastercard 4444")
    assert (paid.state, desk.charged()) == ("paid", [1220, 1220])


def test_what_is_past_due_can_be_cancelled_and_not_changed(desk: Desk) -> None:
    plan, owner = failing(desk, DECLINES), desk.owner()
    with pytest.raises(Unpaid):
        changes.change(desk.billing, owner, plan.id, PlanSelection("pro", Interval.MONTH), key="up")
    assert subscriptions.cancel(desk.billing, owner, plan.id, "Broke").status == "past_due"


def test_the_bank_wants_the_payer_and_nothing_is_tried_until_then(desk: Desk) -> None:
    plan = failing(desk, ACTION)
    (unpaid,) = payments.unpaid(desk.billing, desk.owner(), plan.id)
    assert (unpaid.waiting_for, desk.plan(plan.id).status) == ("authentication", "past_due")
    assert unpaid.action_url
    calls = len(desk.gateway.calls)
    live_on(desk, plan.period_end_at, 14)
    assert len(desk.gateway.calls) == calls
    assert desk.told()[2:] == ["AuthenticationNeeded"]
    desk.gateway.authenticate(desk.gateway.calls[-1])
    live_on(desk, plan.period_end_at, 15)
    assert (desk.plan(plan.id).status, desk.charged()) == ("active", [1220, 1220])


def test_what_nobody_authenticates_ends_with_the_schedule_and_late_money_is_credited(desk: Desk) -> None:
    plan, owner = failing(desk, ACTION), desk.owner()
    live_on(desk, plan.period_end_at, 22)
    ended = desk.plan(plan.id)
    assert ended.status == "ended"
    desk.gateway.authenticate(desk.gateway.calls[-1])
    desk.turn(days=1)
    assert desk.plan(plan.id) == ended
    assert desk.told()[-1] == "LatePaymentCredited"
    quote = subscriptions.preview_restart(desk.billing, owner, plan.id)
    assert (quote.credit_used.minor, quote.charge_now.minor) == (1220, 0)
    assert verify(desk.billing) == ()


def test_late_money_of_a_plan_that_was_transferred_is_announced_to_the_property_whose_credit_it_is(
    desk: Desk,
) -> None:
    plan, owner = failing(desk, ACTION), desk.owner()
    corso = desk.property_of(owner, "Corso", channel="CCORSO")
    live_on(desk, plan.period_end_at, 22)
    transfers.transfer(desk.billing, owner, plan.id, corso.id)
    desk.gateway.authenticate(desk.gateway.calls[-1])
    desk.turn(days=1)
    (told,) = desk.rows("SELECT audience, address, fact FROM outbox WHERE kind = 'LatePaymentCredited'")
    assert (told.audience, told.address) == ("slack_channel", "CBILLING")
    fact = json.loads(told.fact) if isinstance(told.fact, str) else told.fact
    event = fact["event"]
    assert (event["property_id"], event["property_name"]) == (plan.property_id, "Piazza")
    credit = "SELECT property_id FROM postings WHERE account = 'credit'"
    assert {row.property_id for row in desk.rows(credit)} == {plan.property_id}
    assert [entry.property_id for entry in desk.audit("payment.credit")] == [plan.property_id]
    assert verify(desk.billing) == ()


def test_what_nobody_authenticated_is_taken_back_when_the_payment_is_given_up(desk: Desk) -> None:
    plan = failing(desk, ACTION)
    live_on(desk, plan.period_end_at, 22)
    desk.turn(hours=7)
    (*_, attempt) = payments.history(desk.billing, desk.owner(), plan.id)[::-1]
    assert (attempt.outcome, attempt.reason) == ("declined", "withdrawn")
    before = desk.everything()
    with pytest.raises(KeyError, match="waits for no payer"):
        desk.gateway.authenticate(desk.gateway.calls[-1])
    desk.turn(days=30)
    assert desk.everything() == before
    assert verify(desk.billing) == ()


def test_authentication_that_is_demanded_at_the_last_try_comes_too_late(desk: Desk) -> None:
    plan = failing(desk, *[DECLINES] * 4, ACTION)
    live_on(desk, plan.period_end_at, 22)
    assert desk.plan(plan.id).status == "ended"
    assert desk.told()[-2:] == ["PaymentFailed", "SubscriptionEnded"]
    assert "AuthenticationNeeded" not in desk.told()


def test_a_plan_that_has_ended_stays_ended_when_its_last_invoice_is_given_up(desk: Desk) -> None:
    plan, owner = failing(desk, *[DECLINES] * 9), desk.owner()
    subscriptions.cancel(desk.billing, owner, plan.id, "Broke")
    desk.execute("UPDATE payments SET next_try_at = :at WHERE state = 'open'", at="2027-01-01 00:00:00+00:00")
    end = desk.plan(plan.id).period_end_at
    desk.turn_to(datetime.fromisoformat("2027-01-01T00:00:00+00:00"))
    (retry,) = agenda.of_property(desk.billing, owner)
    assert (retry.kind, retry.at, desk.plan(plan.id).status) == (
        "retries",
        desk.clock.now + timedelta(days=5),
        "ended",
    )
    live_on(desk, desk.clock.now, 22)
    assert desk.plan(plan.id).ended_at == end
    assert [payment.state for payment in desk.payments()] == ["paid", "uncollectible"]


def test_after_downtime_each_period_is_issued_and_collected_by_itself(desk: Desk) -> None:
    """INV-19, where the card has failed in the meantime: nothing is skipped, nothing is doubled."""
    owner = desk.owner()
    plan = desk.buy(owner, desk.property_of(owner))
    desk.gateway.expect("tok_visa", DECLINES, DECLINES, DECLINES)
    desk.turn_to(datetime.fromisoformat("2026-05-10T00:00:00+00:00"))
    assert (len(desk.invoices()), desk.plan(plan.id).status) == (4, "past_due")
    live_on(desk, desk.clock.now, 3)
    assert (desk.charged(), desk.plan(plan.id).status) == ([1220] * 4, "active")


def test_a_purchase_while_another_plan_is_past_due_is_its_own_affair(desk: Desk) -> None:
    plan, owner = failing(desk, DECLINES), desk.owner()
    order = purchases.Order(
        plan.property_id, "ai-bot", "small", Interval.MONTH, desk.payments()[0].payment_method_id
    )
    assert purchases.purchase(desk.billing, owner, order, key="one").subscription.status == "active"
    assert desk.plan(plan.id).status == "past_due"


def test_the_team_is_told_that_what_is_unpaid_of_a_cancelled_plan_is_still_collected(desk: Desk) -> None:
    plan = failing(desk, DECLINES)
    subscriptions.cancel(desk.billing, desk.owner(), plan.id, "Too dear")
    facts = []
    while claimed := outbox.claim(desk.billing):
        facts += [one.event for one in claimed]
        for one in claimed:
            outbox.told(desk.billing, one.number)
    assert isinstance(facts[-1], SubscriptionCancelled)
    assert facts[-1].unpaid
