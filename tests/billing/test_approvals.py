"""What one operator asks for and another approves: kept as it was shown, and done once, whoever is at it together."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from functools import partial

import pytest

from billing import Actor
from billing.services import approvals, credit_notes, operators
from billing.services.credit_notes import Wanted
from billing.services.verify import verify
from billing.values.approvals import ApprovalLimits, read_limits
from billing.values.money import Money
from billing.values.refusals import (
    ChangedMeanwhile,
    CreditOutOfBounds,
    NotFound,
    OwnRequest,
    RequestClosed,
)
from billing.values.snapshots import ApprovalSnapshot, CreditNoteSnapshot, Customer, RefundSnapshot
from tests.billing.desk import WORKSPACE, Desk, at_once

EMMA, FRED, GINA = (Actor("T0SELLER001", user) for user in ("U0EMMA", "U0FRED", "U0GINA"))
TEN = Wanted("10.00", refund=True, reason="Outage")
ALONE = read_limits("5 EUR")


def invoiced(desk: Desk) -> Customer:
    """The customer of an invoice of 12.20 that was paid."""
    owner = desk.owner()
    desk.buy(owner, desk.property_of(owner))
    return operators.invoice(desk.billing, EMMA, desk.invoices()[0].id)


def asked_for(desk: Desk, of: Customer, wanted: Wanted = TEN, key: str = "form") -> ApprovalSnapshot:
    seen = operators.preview_credit(desk.billing, EMMA, of, wanted)
    return approvals.ask_credit(desk.billing, EMMA, of, wanted, seen, key=key)


def notes(desk: Desk) -> list[int]:
    return [minor for (minor,) in desk.rows("SELECT total_minor FROM credit_notes")]


def test_limits_are_by_currency_and_any_amount_of_one_that_has_none_needs_another() -> None:
    limits = read_limits("500 EUR, 550.50 USD,80000 JPY")
    assert limits.most == {"EUR": 50000, "USD": 55050, "JPY": 80000}
    needed = {
        Money(50000, "EUR"): False,
        Money(50001, "EUR"): True,
        Money(80000, "JPY"): False,
        Money(1, "GBP"): True,
    }
    assert {given: limits.needs_another(given) for given in needed} == needed
    assert not read_limits("").needs_another(Money(10**9, "EUR"))


@pytest.mark.parametrize(
    "written", ["500", "500 eur", "EUR 500", "500,50 EUR", "0 EUR", "-1 EUR", "1 EUR, 2 EUR", "12.505 EUR"]
)
def test_what_is_no_limit_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match=r"amount|currency|twice"):
        read_limits(written)


def test_above_the_limit_nobody_gives_back_alone_and_what_was_given_before_counts(desk: Desk) -> None:
    of, issue = invoiced(desk), partial(operators.credit, desk.billing, EMMA)
    for number, wanted in enumerate((Wanted("3.00"), Wanted("3.00"))):
        seen = operators.preview_credit(desk.billing, EMMA, of, wanted)
        if number:
            with pytest.raises(ChangedMeanwhile):
                issue(of, wanted, seen, alone=ALONE, key="two")
        else:
            issue(of, wanted, seen, alone=ALONE, key="one")
    assert notes(desk) == [300]
    back = operators.preview_refund(desk.billing, EMMA, of, "2.00")
    with pytest.raises(ChangedMeanwhile):
        operators.refund(desk.billing, EMMA, of, back, alone=read_limits("1 EUR"), key="three")


def test_two_halves_at_once_do_not_pass_the_limit(desk: Desk) -> None:
    of, limits = invoiced(desk), ApprovalLimits({"EUR": 700})
    seen = operators.preview_credit(desk.billing, EMMA, of, Wanted("5.00"))
    halves = [
        partial(operators.credit, desk.billing, who, of, Wanted("5.00"), seen, alone=limits, key="half")
        for who in (EMMA, FRED)
    ]
    assert Counter(map(type, at_once(*halves))) == {CreditNoteSnapshot: 1, ChangedMeanwhile: 1}


def test_a_form_that_comes_twice_is_one_request(desk: Desk) -> None:
    of = invoiced(desk)
    asked = {one.id for one in at_once(*[partial(asked_for, desk, of)] * 3)}
    assert len(asked) == 1
    assert asked_for(desk, of, key="another").id not in asked
    shown = approvals.requests(desk.billing, FRED)
    assert [(one.amount, one.state, one.reason) for one in shown] == [
        (Money(1000, "EUR"), "open", "Outage")
    ] * 2
    assert notes(desk) == []


def test_two_who_approve_and_one_who_declines_at_once_decide_once(desk: Desk) -> None:
    of = invoiced(desk)
    asked = asked_for(desk, of)
    place = (WORKSPACE, asked.id)
    answers = at_once(
        partial(approvals.approve, desk.billing, FRED, *place),
        partial(approvals.approve, desk.billing, GINA, *place),
        partial(approvals.decline, desk.billing, GINA, *place),
    )
    assert Counter(map(type, answers))[RequestClosed] == 2
    state = approvals.look(desk.billing, EMMA, *place).state
    assert notes(desk) == ([1000] if state == "approved" else [])
    assert verify(desk.billing) == ()


def test_who_approves_twice_has_issued_one_credit_note(desk: Desk) -> None:
    of = invoiced(desk)
    place = (WORKSPACE, asked_for(desk, of).id)
    first, second = at_once(*[partial(approvals.approve, desk.billing, FRED, *place)] * 2)
    assert first == second
    assert notes(desk) == [1000]


def test_a_refund_is_asked_for_and_approved(desk: Desk) -> None:
    of = invoiced(desk)
    credit_notes.issue(desk.billing, of.invoice_id, TEN)
    seen = operators.preview_refund(desk.billing, EMMA, of, "")
    asked = approvals.ask_refund(desk.billing, EMMA, of, seen, key="form")
    place = (WORKSPACE, asked.id)
    with pytest.raises(OwnRequest):
        approvals.approve(desk.billing, EMMA, *place)
    assert approvals.review(desk.billing, FRED, *place).is_unchanged
    done = approvals.approve(desk.billing, FRED, *place)
    assert isinstance(done, RefundSnapshot)
    assert (done.amount, done.state) == (Money(1000, "EUR"), "succeeded")
    with pytest.raises(RequestClosed):
        approvals.approve(desk.billing, GINA, *place)
    assert desk.rows("SELECT COUNT(*) FROM refunds") == [(1,)]


def test_what_changed_is_shown_and_refused_and_the_request_stays_open(desk: Desk) -> None:
    of = invoiced(desk)
    place = (WORKSPACE, asked_for(desk, of).id)
    credit_notes.issue(desk.billing, of.invoice_id, Wanted("1.00"))
    seen = approvals.review(desk.billing, FRED, *place)
    assert not seen.is_unchanged
    with pytest.raises(ChangedMeanwhile):
        approvals.approve(desk.billing, FRED, *place)
    credit_notes.issue(desk.billing, of.invoice_id, Wanted("5.00"))
    with pytest.raises(CreditOutOfBounds):
        approvals.review(desk.billing, FRED, *place)
    assert approvals.look(desk.billing, FRED, *place).state == "open"


def test_a_refund_beside_which_something_else_was_given_back_is_not_carried_out(desk: Desk) -> None:
    of = invoiced(desk)
    credit_notes.issue(desk.billing, of.invoice_id, TEN)
    seen = operators.preview_refund(desk.billing, EMMA, of, "4.00")
    place = (WORKSPACE, approvals.ask_refund(desk.billing, EMMA, of, seen, key="form").id)
    operators.refund(desk.billing, GINA, of, seen, alone=read_limits("5 EUR"), key="another")
    with pytest.raises(ChangedMeanwhile):
        approvals.approve(desk.billing, FRED, *place)
    assert desk.rows("SELECT minor FROM refunds") == [(400,)]
    assert approvals.look(desk.billing, FRED, *place).state == "open"


def test_it_expires_after_a_day_and_is_taken_back_by_who_asked(desk: Desk) -> None:
    of = invoiced(desk)
    old, new = asked_for(desk, of), asked_for(desk, of, key="two")
    assert approvals.decline(desk.billing, EMMA, WORKSPACE, new.id).decided_by == "U0EMMA"
    desk.clock.now += timedelta(days=1)
    for decide in (approvals.approve, approvals.review, approvals.decline):
        with pytest.raises(RequestClosed) as refused:
            decide(desk.billing, FRED, WORKSPACE, old.id)
        assert refused.value.state == "expired"
    assert approvals.requests(desk.billing, FRED) == ()
    with pytest.raises(NotFound):
        approvals.look(desk.billing, FRED, WORKSPACE, "apr_forged")
