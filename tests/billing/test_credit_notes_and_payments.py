"""Credit notes and payments: what is owed still, what goes to the card, and what is said of both."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from billing import Actor
from billing.adapters.gateways.sandbox import Behaviour
from billing.services import payment_methods, payment_records, payments, properties, refunds
from billing.services.verify import verify
from billing.values.events import PaymentFailed
from billing.values.money import Money
from billing.values.refusals import NothingToRefund, PaymentInProgress
from tests.billing.credited import balances, bought, issue, nothing_but_refusals_changed, unpaid
from tests.billing.desk import WORKSPACE, Desk


def test_one_to_be_refunded_is_promised_to_the_card_as_far_as_that_paid(desk: Desk) -> None:
    plan = bought(desk)
    issue(desk, "5.00")
    desk.turn_to(plan.period_end_at)  # 5.00 of the second invoice come from the credit, 7.20 from the card
    first = issue(desk, "7.00", "2026-000002", refund=True)
    second = issue(desk, "", "2026-000002", refund=True)
    assert [(note.refund_minor, note.balance_minor) for note in (first, second)] == [(700, 0), (20, 500)]
    assert (balances(desk)["refund"], balances(desk)["credit"]) == (-720, -500)
    assert verify(desk.billing) == ()


def test_what_is_not_paid_yet_is_owed_no_more_and_the_rest_is_collected(desk: Desk) -> None:
    unpaid(desk)
    note = issue(desk, "2.20", "2026-000002")
    assert (note.owed_minor, note.balance_minor) == (220, 0)
    assert balances(desk)["receivable"] == 1000
    desk.gateway.expect("tok_visa", Behaviour.SUCCEEDS)
    desk.turn(days=3)
    assert verify(desk.billing) == ()


def test_what_is_credited_later_does_not_change_what_was_tried(desk: Desk) -> None:
    plan = unpaid(desk)
    for amount in ("2.20", ""):
        issue(desk, amount, "2026-000002")
        tried = payments.history(desk.billing, desk.owner(), plan.id)
        assert [one.amount for one in tried] == [Money(1220, "EUR")] * 2
    (lowered,) = (one for one in desk.payments() if one.state == "credited")
    found = payment_records.payment(desk.billing, lowered.id)
    assert (found.amount, [one.amount for one in found.tries]) == ("0.00 EUR", ["12.20 EUR"])
    desk.execute("UPDATE payment_attempts SET minor = NULL")  # as a version before has written them
    tried = payments.history(desk.billing, desk.owner(), plan.id)
    assert [one.amount.minor for one in tried] == [0, 1220]


def test_an_unpaid_invoice_that_is_credited_whole_is_collected_no_more_and_the_plan_is_active_again(
    desk: Desk,
) -> None:
    plan = unpaid(desk)
    assert plan.status == "past_due"
    note = issue(desk, "", "2026-000002")
    assert (note.owed_minor, note.balance_minor) == (1220, 0)
    assert desk.plan(plan.id).status == "active"
    assert [payment.state for payment in desk.payments()] == ["paid", "credited"]
    tries = len(desk.gateway.calls)
    desk.turn(days=20)
    assert len(desk.gateway.calls) == tries
    assert balances(desk) == {"cash": 1220, "receivable": 0, "revenue": -1000, "tax": -220}
    assert verify(desk.billing) == ()


def test_what_nobody_will_pay_any_more_is_lost_no_more(desk: Desk) -> None:
    unpaid(desk)
    for days in (3, 5, 7, 7):
        desk.turn(days=days)
    assert balances(desk)["bad_debt"] == 1220
    note = issue(desk, "", "2026-000002", refund=True)
    assert (note.lost_minor, note.refund_minor, note.balance_minor) == (1220, 0, 0)
    assert balances(desk)["bad_debt"] == 0
    assert verify(desk.billing) == ()


def test_while_a_try_to_collect_is_not_decided_nothing_is_credited(desk: Desk) -> None:
    plan = bought(desk)
    desk.gateway.expect("tok_visa", Behaviour.ASKS_FOR_ACTION)
    desk.turn_to(plan.period_end_at)
    before = desk.everything(but=("audit_entries",))
    with pytest.raises(PaymentInProgress):
        issue(desk, "", "2026-000002")
    nothing_but_refusals_changed(desk, before)


def test_no_more_is_promised_to_the_card_than_it_still_gave(desk: Desk) -> None:
    """10.00 of the 12.20 went back already, out of credit that came otherwise."""
    owner = desk.owner()
    prop = desk.property_of(owner)
    desk.buy(owner, prop)
    desk.buy(owner, prop, "remove-branding/standard/month")
    issue(desk, "10.00", "2026-000002")
    operator = Actor(WORKSPACE, "", "operator")
    refunds.refund(desk.billing, operator, "2026-000001", key="kind", amount=Decimal("10.00"))
    note = issue(desk, "", refund=True)
    assert (note.refund_minor, note.balance_minor) == (220, 1000)
    made = refunds.refund(desk.billing, operator, "2026-000001", key="rest")
    assert (made.state, made.amount.minor) == ("succeeded", 220)
    assert (balances(desk)["refund"], balances(desk)["cash"]) == (0, 35_38)
    assert verify(desk.billing) == ()


def of_payments(desk: Desk, since: int) -> list[tuple[str, str | None, dict[str, Any]]]:
    """What the channel was told since, of which subject."""
    rows = desk.rows(
        "SELECT kind, subject_key, fact FROM outbox WHERE audience = 'slack_channel' ORDER BY number"
    )
    facts = [json.loads(row.fact) if isinstance(row.fact, str) else row.fact for row in rows]
    return [(row.kind, row.subject_key, fact["event"]) for row, fact in zip(rows, facts, strict=True)][since:]


@pytest.mark.parametrize("bank", [Behaviour.DECLINES, Behaviour.DECLINES_FOR_GOOD])
def test_what_was_told_of_a_failed_payment_asks_for_what_is_still_owed_and_for_nothing_once_all_is_credited(
    desk: Desk, bank: Behaviour
) -> None:
    plan = bought(desk)
    desk.gateway.expect("tok_visa", bank)
    desk.turn_to(plan.period_end_at)
    told = of_payments(desk, 0)
    _, subject, failed = told[-1]
    assert failed["minor"] == 1220
    issue(desk, "5.00", "2026-000002")
    part, left = of_payments(desk, len(told))
    assert (part[:2], left[:2]) == (("CreditNoteIssued", None), ("PaymentFailed", subject))
    assert left[2] == failed | {"minor": 720, "is_reminder": True}
    issue(desk, "", "2026-000002")
    (rest,) = of_payments(desk, len(told) + 2)
    assert rest[:2] == ("CreditNoteIssued", subject)


def test_what_is_left_is_said_to_be_tried_with_the_card_that_was_chosen_since(desk: Desk) -> None:
    plan = bought(desk)
    desk.gateway.expect("tok_visa", Behaviour.DECLINES_FOR_GOOD)
    desk.turn_to(plan.period_end_at)
    owner = desk.owner()
    other = desk.card(owner, properties.look_at(desk.billing, owner, plan.property_id), "tok_other")
    payment_methods.choose(desk.billing, owner, plan.id, other)
    issue(desk, "5.00", "2026-000002")
    ((_, _, left),) = of_payments(desk, -1)
    due_at = desk.payments()[-1].next_try_at
    assert due_at is not None
    event = PaymentFailed.from_json(left)
    assert (event.minor, event.try_at, event.ends_at) == (720, due_at, None)


def test_what_is_left_is_asked_for_too_where_there_was_no_card_to_try(desk: Desk) -> None:
    plan = bought(desk)
    desk.execute("UPDATE subscriptions SET payment_method_id = NULL")
    desk.turn_to(plan.period_end_at)
    ((_, subject, failed),) = of_payments(desk, -1)
    issue(desk, "5.00", "2026-000002")
    assert of_payments(desk, -1) == [("PaymentFailed", subject, failed | {"minor": 720, "is_reminder": True})]


def test_a_credit_note_of_what_is_paid_has_a_message_of_its_own(desk: Desk) -> None:
    bought(desk)
    issue(desk, "")
    assert of_payments(desk, -1)[0][:2] == ("CreditNoteIssued", None)


def test_nothing_is_promised_to_a_card_whose_bank_took_the_money_back(desk: Desk) -> None:
    bought(desk)
    desk.execute("UPDATE payments SET dispute = 'lost'")
    note = issue(desk, "", refund=True)
    assert (note.refund_minor, note.balance_minor) == (0, 1220)


@pytest.mark.parametrize("promised_before", [True, False])
def test_nothing_goes_to_a_card_whose_bank_took_the_money_back_whatever_is_credit_or_promised(
    desk: Desk, promised_before: bool
) -> None:
    bought(desk)
    if promised_before:
        issue(desk, "", refund=True)
    desk.execute("UPDATE payments SET dispute = 'lost'")
    if not promised_before:
        issue(desk, "", refund=True)
    operator = Actor(WORKSPACE, "", "operator")
    for act in (
        lambda: refunds.preview(desk.billing, operator, "2026-000001"),
        lambda: refunds.refund(desk.billing, operator, "2026-000001", key="once"),
    ):
        with pytest.raises(NothingToRefund) as refused:
            act()
        assert refused.value.most.minor == 0
    assert desk.gateway.refunds == {}
    desk.execute("UPDATE payments SET dispute = 'won'")
    assert refunds.refund(desk.billing, operator, "2026-000001", key="once").amount.minor == 1220
