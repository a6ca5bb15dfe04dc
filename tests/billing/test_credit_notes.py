"""Credit notes: whole and in part, in a series of their own, never more than was billed, booked and frozen."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.exc import DatabaseError
from typer.testing import CliRunner

from billing import Actor
from billing.__main__ import program
from billing.adapters.gateways.sandbox import Behaviour
from billing.invoicing.creditable import Credit, Credited, credit_of, creditable_total
from billing.models import CreditNote, OutboxMessage
from billing.services import (
    changes,
    companies,
    credit_notes,
    invoices,
    payment_methods,
    payment_records,
    payments,
    profiles,
    properties,
    purchases,
    refunds,
    transfers,
)
from billing.services.changes import PlanSelection
from billing.services.credit_notes import Wanted
from billing.services.verify import verify
from billing.values.actors import VIA_API, Role
from billing.values.companies import Company
from billing.values.cycles import Interval
from billing.values.documents import InvoiceDocument
from billing.values.errors import BadFields, InvoiceIncomplete, NotAnAmount, NotSendable
from billing.values.events import PaymentFailed
from billing.values.money import Money, read_amount
from billing.values.refusals import (
    CreditKeyReused,
    CreditOutOfBounds,
    NotAllowed,
    NotFound,
    NothingToRefund,
    PaymentInProgress,
)
from billing.values.snapshots import Quote, SubscriptionSnapshot
from billing.values.tax import Treatment, groups
from billing.values.tax_groups import TaxGroup
from tests.billing.desk import MILANO, WORKSPACE, Desk, at_once
from tests.billing.sample_invoice import ENGLISH, INVOICE, ITALIAN, MONTHLY, text_of, with_lines
from tests.billing.test_cases import expected_of
from tests.billing.test_einvoices import ESEMPIO, sending

ACCOUNTS = "SELECT account, SUM(minor) FROM postings GROUP BY account"
ALL = Wanted()
NOTHING_GIVEN = Credited({}, {}, ())


def bought(desk: Desk, what: str = "live-chat/basic/month", token: str = "tok_visa") -> SubscriptionSnapshot:
    """Paid with 12.20, unless it is something else."""
    owner = desk.owner()
    return desk.buy(owner, desk.property_of(owner), what, token)


def unpaid(desk: Desk) -> SubscriptionSnapshot:
    """A renewal of 12.20 that was declined: its invoice 2026-000002 is open."""
    plan = bought(desk)
    desk.gateway.expect("tok_visa", *[Behaviour.DECLINES] * 9)
    desk.turn_to(plan.period_end_at)
    return desk.plan(plan.id)


def issue(desk: Desk, amount: str = "", number: str = "2026-000001", *, refund: bool = False) -> CreditNote:
    issued = credit_notes.issue(desk.billing, number, Wanted(amount, refund))
    with desk.billing.read("test") as work:
        return work.session.get_one(CreditNote, (WORKSPACE, issued.id))


def balances(desk: Desk) -> dict[str, int]:
    return {row[0]: int(row[1]) for row in desk.rows(ACCOUNTS)}


def nothing_but_refusals_changed(desk: Desk, before: dict[str, list[str]]) -> None:
    assert desk.everything(but=("audit_entries",)) == before


def test_a_whole_one_names_what_it_corrects_and_gives_all_of_it_to_the_credit_balance(desk: Desk) -> None:
    bought(desk)
    desk.clock.now += timedelta(days=3)
    note = issue(desk)
    document = note.read_document()
    assert (note.number, note.total_minor, note.issued_on) == ("CN-2026-000001", 1220, date(2026, 2, 3))
    assert document.corrects is not None
    assert (document.corrects.number, document.corrects.issued_on) == ("2026-000001", date(2026, 1, 31))
    assert document.taxes == (TaxGroup(2200, 1000, 220),)
    assert [(line.kind, line.net_minor) for line in document.lines] == [("credit", 1000)]
    assert document.buyer == desk.invoices()[0].read_document().buyer
    assert balances(desk) == {"cash": 1220, "receivable": 0, "revenue": 0, "tax": 0, "credit": -1220}
    assert desk.told()[-1] == "CreditNoteIssued"
    assert desk.audit("credit_note.issue")[0].after == {"number": "CN-2026-000001", "total": 1220}
    assert verify(desk.billing) == ()


def test_none_is_dated_before_its_invoice(desk: Desk) -> None:
    """The clock went back since: it takes no number, with e-invoices or without."""
    bought(desk)
    at = sending(desk)
    purchases.purchase(
        at.billing,
        at.owner(),
        replace(at.order(at.owner(), at.property_of(at.owner(), "Two")), company=ESEMPIO),
        key="k",
    )
    desk.clock.now -= timedelta(days=2)
    before = desk.everything(but=("audit_entries",))
    with pytest.raises(InvoiceIncomplete) as incomplete:
        issue(desk)
    with pytest.raises(NotSendable) as unsendable:
        issue(at, number="2026-000002")
    assert incomplete.value.field == "a date not before that of the document it corrects"
    assert unsendable.value.code == "00418"
    nothing_but_refusals_changed(desk, before)
    desk.clock.now += timedelta(days=2)
    assert [issue(desk).number, issue(at, number="2026-000002").number] == [
        "CN-2026-000001",
        "CN-2026-000002",
    ]


def test_what_it_gave_pays_the_next_invoice(desk: Desk) -> None:
    plan = bought(desk)
    issue(desk, "5.00")
    desk.turn_to(plan.period_end_at)
    assert desk.charged() == [1220, 720]
    assert desk.invoices()[-1].read_document().credit_minor == 500
    assert balances(desk)["credit"] == 0
    assert verify(desk.billing) == ()


def test_parts_of_it_add_up_to_the_invoice_and_no_cent_more(desk: Desk) -> None:
    bought(desk)
    parts = [issue(desk, amount) for amount in ("0.01", "3.33", "8.00")]
    with pytest.raises(CreditOutOfBounds) as refused:
        issue(desk, "0.87")
    assert refused.value.left == Money(86, "EUR")
    parts.append(issue(desk))
    groups = [note.read_document().taxes[0] for note in parts]
    assert [group.net_minor + group.tax_minor for group in groups] == [1, 333, 800, 86]
    assert (sum(group.net_minor for group in groups), sum(group.tax_minor for group in groups)) == (1000, 220)
    with pytest.raises(CreditOutOfBounds) as refused:
        issue(desk)
    assert refused.value.left == Money(0, "EUR")
    assert [note.number for note in parts] == [f"CN-2026-00000{n}" for n in range(1, 5)]
    assert verify(desk.billing) == ()


def test_twenty_at_once_never_give_back_more_than_was_billed(desk: Desk) -> None:
    bought(desk)
    answers = at_once(*[partial(credit_notes.issue, desk.billing, "2026-000001", Wanted("1.50"))] * 20)
    assert sum(isinstance(answer, CreditOutOfBounds) for answer in answers) == 12
    assert desk.rows("SELECT COUNT(*), SUM(total_minor), MAX(sequence) FROM credit_notes") == [(8, 1200, 8)]
    assert desk.rows("SELECT last FROM number_series WHERE name = 'credit notes 2026'") == [(8,)]
    assert verify(desk.billing) == ()


@pytest.mark.parametrize(
    "amount",
    [
        *(
            "",
            "0",
            "-1",
            "0.001",
            "much",
            "NaN",
            "Infinity",
            "12,20,1",
            "1.200",
            "1,200",
            "12.500",
            "1e3",
            "1_000",
            "٣",
            "5.",
            ".5",
        ),
    ],
)
def test_what_is_no_amount_above_zero_is_refused(amount: str) -> None:
    with pytest.raises(NotAnAmount):
        read_amount(amount, "EUR")


def test_an_amount_is_read_as_english_or_italians_write_it() -> None:
    assert read_amount("12.50", "EUR") == read_amount(" 12,5 ", "EUR") == Money(1250, "EUR")
    assert read_amount("500", "JPY") == Money(500, "JPY")
    assert read_amount("1.200", "KWD") == Money(1200, "KWD")  # which has three decimals
    with pytest.raises(NotAnAmount):
        read_amount("1,000", "JPY")


def test_what_is_refused_leaves_nothing_and_burns_no_number(desk: Desk) -> None:
    bought(desk)
    before = desk.everything(but=("audit_entries",))
    for name, wanted, refusal in (
        ("2026-000001", Wanted("12.21"), CreditOutOfBounds),
        ("2026-000001", Wanted("1.200"), NotAnAmount),
        ("2026-000001", Wanted("much"), NotAnAmount),
        ("2026-000009", ALL, NotFound),
        ("", ALL, NotFound),
        ("2026-000001", Wanted(reason="4242 4242 4242 4242"), BadFields),
        ("2026-000001", Wanted(reason="x" * 201), BadFields),
    ):
        with pytest.raises(refusal):
            credit_notes.issue(desk.billing, name, wanted)
        nothing_but_refusals_changed(desk, before)
    assert issue(desk).number == "CN-2026-000001"


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


def test_a_change_of_plan_gives_back_only_what_no_credit_note_gave_and_the_other_way_round(
    desk: Desk,
) -> None:
    plan = bought(desk)
    issue(desk, "9.76")  # 8.00 of 10.00 net
    desk.clock.now += timedelta(days=10)
    changes.change(desk.billing, desk.owner(), plan.id, PlanSelection("pro", Interval.MONTH), key="up")
    back = desk.invoices()[-1].read_document().lines[0]
    assert back.net_minor == -200  # a good six would be left of the ten
    with pytest.raises(CreditOutOfBounds) as refused:
        issue(desk)
    assert refused.value.left == Money(0, "EUR")
    assert verify(desk.billing) == ()


def test_while_a_change_of_plan_waits_for_its_payment_nothing_is_credited_that_it_gives_back(
    desk: Desk,
) -> None:
    plan = bought(desk)
    desk.clock.now += timedelta(days=10)
    desk.gateway.expect("tok_visa", Behaviour.ASKS_FOR_ACTION)
    changes.change(desk.billing, desk.owner(), plan.id, PlanSelection("pro", Interval.MONTH), key="up")
    with pytest.raises(PaymentInProgress):
        issue(desk)
    desk.gateway.authenticate(desk.gateway.calls[-1])
    desk.turn(hours=6)
    assert desk.plan(plan.id).plan == "Pro"
    assert issue(desk).read_document().net.minor < 1000
    assert verify(desk.billing) == ()


def test_what_a_change_of_plan_gave_back_is_not_given_back_again(desk: Desk) -> None:
    plan = bought(desk)
    desk.clock.now += timedelta(days=10)
    changes.change(desk.billing, desk.owner(), plan.id, PlanSelection("pro", Interval.MONTH), key="up")
    back = -desk.invoices()[-1].read_document().lines[0].net_minor
    note = issue(desk)
    assert note.read_document().net.minor == 1000 - back
    upgrade = desk.invoices()[-1]
    whole = issue(desk, "", upgrade.number)
    assert whole.total_minor == upgrade.total_minor
    assert verify(desk.billing) == ()


def upgraded(desk: Desk, *plans: str) -> SubscriptionSnapshot:
    """Basic, then these one after the other on the first day: 12.20, 12.20 for the difference, 24.40 for the next."""
    plan = bought(desk)
    for name in plans:
        changes.change(desk.billing, desk.owner(), plan.id, PlanSelection(name, Interval.MONTH), key=name)
    return plan


def test_after_an_upgrade_all_of_both_invoices_can_be_credited_whichever_comes_first(desk: Desk) -> None:
    """What the upgrade's invoice gave back is owed again as soon as that invoice is credited whole."""
    plan = bought(desk)
    desk.clock.now += timedelta(days=14)
    changes.change(desk.billing, desk.owner(), plan.id, PlanSelection("pro", Interval.MONTH), key="up")
    first, second = desk.invoices()
    assert (first.total_minor, second.total_minor) == (1220, 610)
    assert issue(desk, "", first.number).total_minor == 610  # the other half is on the upgrade's invoice
    note = issue(desk, "", second.number)
    said = note.read_document()
    assert [(line.kind, line.net_minor, line.tax_rate) for line in said.lines] == [
        ("reversal", -500, 2200),
        ("credit", 1000, 2200),
    ]
    assert (said.taxes, note.total_minor) == ((TaxGroup(2200, 500, 110),), 610)
    assert verify(desk.billing) == ()
    assert issue(desk, "", first.number).total_minor == 610
    assert balances(desk) == {"cash": 1830, "receivable": 0, "revenue": 0, "tax": 0, "credit": -1830}
    for number in (first.number, second.number):
        with pytest.raises(CreditOutOfBounds) as refused:
            issue(desk, "", number)
        assert refused.value.left.minor == 0
    assert verify(desk.billing) == ()


def test_three_upgrades_are_credited_whole_from_the_newest_to_the_oldest(desk: Desk) -> None:
    upgraded(desk, "pro", "max")
    totals = [invoice.total_minor for invoice in desk.invoices()]
    assert totals == [1220, 1220, 2440]
    notes = [issue(desk, "", invoice.number).total_minor for invoice in reversed(desk.invoices())]
    assert notes == [2440, 1220, 1220]
    assert balances(desk)["credit"] == -sum(totals)
    assert verify(desk.billing) == ()


def test_an_upgrade_is_credited_in_parts_from_what_it_charged_and_then_whole(desk: Desk) -> None:
    upgraded(desk, "pro")
    second = desk.invoices()[-1]
    part = issue(desk, "3.05", second.number).read_document()
    assert [(line.kind, line.net_minor) for line in part.lines] == [("credit", 250)]
    rest = issue(desk, "", second.number).read_document()
    assert [(line.kind, line.net_minor) for line in rest.lines] == [("reversal", -1000), ("credit", 1750)]
    assert (rest.total.minor, rest.taxes) == (915, (TaxGroup(2200, 750, 165),))
    assert issue(desk, "", desk.invoices()[0].number).total_minor == 1220
    assert verify(desk.billing) == ()


def test_after_an_upgrade_was_credited_whole_the_next_one_gives_back_of_what_was_bought_first(
    desk: Desk,
) -> None:
    plan = upgraded(desk, "pro")
    issue(desk, "", desk.invoices()[-1].number)
    changes.change(desk.billing, desk.owner(), plan.id, PlanSelection("max", Interval.MONTH), key="max")
    lines = desk.invoices()[-1].read_document().lines
    assert [(line.net_minor, line.of_invoice) for line in lines] == [(-1000, "2026-000001"), (4000, "")]
    assert verify(desk.billing) == ()


def test_two_vat_treatments_of_one_invoice_are_mirrored_line_by_line(desk: Desk) -> None:
    """Bought before its SDI code was known, upgraded as a public office: only the rest has the office pay its VAT."""
    owner = desk.owner()
    order = replace(desk.order(owner, desk.property_of(owner)), company=Company(codice_fiscale="80012000826"))
    plan = purchases.purchase(desk.billing, owner, order, key="one").subscription
    typed = {"legal_name": "Comune di Esempio", "codice_fiscale": "80012000826", "sdi_code": "UFABC1"}
    companies.change(desk.billing, owner, plan.id, typed, desk.plan(plan.id).version, MILANO)
    changes.change(desk.billing, owner, plan.id, PlanSelection("pro", Interval.MONTH), key="up")
    upgrade = desk.invoices()[-1]
    assert upgrade.total_minor == 2000 - 1220
    note = issue(desk, "", upgrade.number)
    said = note.read_document()
    assert [(line.net_minor, line.tax_rate, line.tax_note) for line in said.lines] == [
        (-1000, 2200, ""),
        (2000, 2200, "split_payment"),
    ]
    assert said.taxes == (TaxGroup(2200, -1000, -220), TaxGroup(2200, 2000, 0, "split_payment"))
    assert note.total_minor == 780
    assert issue(desk, "", "2026-000001").total_minor == 1220
    assert verify(desk.billing) == ()


def test_the_vat_that_a_public_office_pays_adds_up_over_all_parts_that_are_credited(desk: Desk) -> None:
    """2.20 on 10.00: 0.73 on each third would leave a cent of it for good."""
    at = sending(desk)
    owner = at.owner()
    office = Company(codice_fiscale="80012000158", sdi_code="UFABC1")
    order = replace(at.order(owner, at.property_of(owner)), company=office)
    purchases.purchase(at.billing, owner, order, key="one")
    for amount in ("3.33", "3.33", ""):
        issue(at, amount)
    notes = [note.read_document() for note in notes_of(at)]
    assert [(note.total.minor, note.withheld.minor) for note in notes] == [(333, 73), (333, 74), (334, 73)]
    kept = [note.document["taxes"][0].get("rounding_minor") for note in notes_of(at)]
    assert kept == [None, 1, None], "the release before reads what needs none"
    rows = at.rows("SELECT content FROM einvoices ORDER BY progressive")
    said = [bytes(row.content).decode().split("<Imposta>")[1].split("<")[0] for row in rows]
    assert said == ["2.20", "0.73", "0.74", "0.73"]
    assert "VAT 22% €3.33 €0.74" in text_of(notes[1], ENGLISH)
    assert verify(at.billing) == ()


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


@pytest.mark.parametrize(
    ("number", "amount"), [("2026-000002", "1.00"), ("2026-000002", ""), ("2026-000001", "2.00")]
)
def test_a_key_that_was_used_for_another_invoice_or_amount_is_refused_and_says_for_what(
    desk: Desk, number: str, amount: str
) -> None:
    bought(desk)
    bought(desk, "ai-bot/small/month")
    by = Actor(WORKSPACE, "key_1", VIA_API)

    def once(number: str, amount: str) -> str:
        return credit_notes.issue(desk.billing, number, Wanted(amount), by=by, key="k").number

    first = once("2026-000001", "1.00")
    assert once("2026-000001", "1.00") == once("2026-000001", "1,00") == once("2026-000001", "") == first
    with pytest.raises(CreditKeyReused) as refused:
        once(number, amount)
    assert (refused.value.key, refused.value.number) == ("k", "2026-000001")
    assert refused.value.amount == Money(100, "EUR")
    with pytest.raises(NotAnAmount):
        once("2026-000001", "1.200")
    assert len(notes_of(desk)) == 1


def down_to_a_month(desk: Desk, plan: SubscriptionSnapshot, wish: str = "basic") -> Quote:
    """What the preview says; then it is done."""
    wanted = PlanSelection(wish, Interval.MONTH)
    shown = changes.preview_change(desk.billing, desk.owner(), plan.id, wanted)
    changes.change(desk.billing, desk.owner(), plan.id, wanted, key="down", expected_quote=shown.fingerprint)
    return shown


def notes_of(desk: Desk) -> list[CreditNote]:
    with desk.billing.read("test") as work:
        return list(work.session.scalars(select(CreditNote).order_by(CreditNote.sequence)))


def test_a_change_that_gives_back_more_than_it_charges_is_a_credit_note_and_an_invoice_never_below_zero(
    desk: Desk,
) -> None:
    """A year of 120.00, ten days old: 116.71 are given back (355 of 365 days), a month of 10.00 is charged."""
    plan = bought(desk, "live-chat/basic/year")
    desk.clock.now += timedelta(days=10)
    shown = down_to_a_month(desk, plan)
    first, month = desk.invoices()
    (note,) = notes_of(desk)
    said = note.read_document()
    assert (first.total_minor, month.total_minor, note.total_minor) == (14640, 1220, 14239)
    assert shown.credited.minor == note.total_minor - month.total_minor == -balances(desk)["credit"] == 13019
    assert (note.number, said.corrects and said.corrects.number) == ("CN-2026-000001", first.number)
    assert said.taxes == (TaxGroup(2200, 11671, 2568),)
    (line,) = said.lines
    assert (line.net_minor, line.days, line.of_days, line.whole_minor) == (11671, 355, 365, 12000)
    assert month.read_document().credit_minor == 1220
    assert [one.kind for one in month.read_document().lines] == ["cycle"]
    assert desk.charged() == [14640]
    assert desk.told()[-3:] == ["PlanChanged", "CreditNoteIssued", "PaymentReceived"]
    assert verify(desk.billing) == ()
    assert issue(desk, "", first.number).total_minor == 14640 - 14239
    assert issue(desk, "", month.number).total_minor == 1220
    assert balances(desk) == {"cash": 14640, "receivable": 0, "revenue": 0, "tax": 0, "credit": -14640}
    assert verify(desk.billing) == ()


def test_what_two_invoices_paid_together_is_given_back_by_a_credit_note_of_each(desk: Desk) -> None:
    """An upgrade charged the difference alone: the rest of what is not used stands on the invoice before it."""
    plan = bought(desk, "live-chat/basic/year")
    changes.change(desk.billing, desk.owner(), plan.id, PlanSelection("pro", Interval.YEAR), key="up")
    desk.clock.now += timedelta(days=10)
    shown = down_to_a_month(desk, plan)
    first, upgrade, month = desk.invoices()
    assert [one.total_minor for one in (first, upgrade, month)] == [14640, 9760, 1220]
    notes = notes_of(desk)
    assert [(note.invoice_id, note.total_minor) for note in notes] == [(upgrade.id, 9760), (first.id, 13971)]
    assert shown.credited.minor == 9760 + 13971 - 1220 == -balances(desk)["credit"]
    assert verify(desk.billing) == ()
    desk.turn_to(desk.plan(plan.id).period_end_at)
    assert desk.charged() == [14640, 9760]
    assert verify(desk.billing) == ()


def test_what_is_not_used_after_a_transfer_is_the_credit_of_the_property_that_is_charged(desk: Desk) -> None:
    plan, owner = bought(desk, "live-chat/basic/year"), desk.owner()
    corso = desk.property_of(owner, "Corso")
    transfers.transfer(desk.billing, owner, plan.id, corso.id)
    payment_methods.choose(desk.billing, owner, plan.id, desk.card(owner, corso))
    desk.clock.now += timedelta(days=10)
    shown = down_to_a_month(desk, plan)
    (note,) = notes_of(desk)
    credit = desk.rows(
        "SELECT property_id, SUM(minor) FROM postings WHERE account = 'credit' GROUP BY property_id"
    )
    assert [tuple(row) for row in credit] == [(corso.id, -13019)]
    assert (note.property_id, shown.credited.minor) == (corso.id, 13019)
    assert verify(desk.billing) == ()


TORINO = replace(MILANO, name="Altra S.r.l.", street="Via Po 2", city="Torino", region="TO")
ALTRA = {"legal_name": "Altra S.r.l.", "vat_number": "IT01234560017"}


def transferred(desk: Desk, what: str, details: dict[str, str]) -> SubscriptionSnapshot:
    """Bought by Esempio S.r.l. in Piazza, and ten days later in Corso, which is billed by those details."""
    owner = desk.owner()
    piazza, corso = desk.property_of(owner), desk.property_of(owner, "Corso")
    order = replace(desk.order(owner, piazza, what), company=ESEMPIO)
    plan = purchases.purchase(desk.billing, owner, order, key="one").subscription
    profiles.change(
        desk.billing, owner, corso.id, details, profiles.look_at(desk.billing, owner, corso.id).seen
    )
    desk.clock.now += timedelta(days=10)
    transfers.transfer(desk.billing, owner, plan.id, corso.id)
    payment_methods.choose(desk.billing, owner, plan.id, desk.card(owner, corso))
    return desk.plan(plan.id)


def test_an_upgrade_after_a_transfer_to_another_company_credits_the_one_that_was_billed(desk: Desk) -> None:
    """18 of 28 days of 10.00 and 20.00: what the old company was billed is no reduction of the new one's VAT."""
    at = sending(desk)
    plan = transferred(at, "live-chat/basic/month", TORINO.as_dict() | ALTRA)
    wanted = PlanSelection("pro", Interval.MONTH)
    shown = changes.preview_change(at.billing, at.owner(), plan.id, wanted)
    changes.change(at.billing, at.owner(), plan.id, wanted, key="up", expected_quote=shown.fingerprint)
    first, second = (invoice.read_document() for invoice in at.invoices())
    (note,) = (one.read_document() for one in notes_of(at))
    assert shown.document
    assert shown.invoice
    assert (shown.invoice.lines, shown.invoice.taxes) == (second.lines, second.taxes)
    assert shown.invoice.total - shown.document.total == note.total
    assert [one.buyer.vat_number for one in (first, note, second)] == [
        "IT01114601006",
        "IT01114601006",
        "IT01234560017",
    ]
    assert [(line.kind, line.net_minor) for line in second.lines] == [("rest", 1286)]
    assert [(line.kind, line.net_minor) for line in note.lines] == [("credit", 643)]
    assert note.corrects
    assert note.corrects.number == first.number
    assert (second.total.minor, second.credit_minor, note.total.minor) == (1569, 785, 785)
    assert at.charged() == [1220, 784] == [first.total.minor, shown.charge_now.minor]
    assert balances(at)["credit"] == 0
    assert verify(at.billing) == ()


@pytest.mark.parametrize(
    "details",
    [
        MILANO.as_dict() | {"legal_name": "Esempio", "vat_number": "IT01114601006"},
        TORINO.as_dict() | {"legal_name": "Esempio di Torino", "codice_fiscale": "01114601006"},
    ],
    ids=["another name", "by its Codice Fiscale"],
)
def test_a_company_that_goes_on_in_another_property_has_it_on_its_own_invoice(
    desk: Desk, details: dict[str, str]
) -> None:
    plan = transferred(desk, "live-chat/basic/month", details)
    up = PlanSelection("pro", Interval.MONTH)
    assert changes.preview_change(desk.billing, desk.owner(), plan.id, up).invoice is None
    changes.change(desk.billing, desk.owner(), plan.id, up, key="up")
    assert [line.kind for line in desk.invoices()[-1].read_document().lines] == ["credit", "rest"]
    assert notes_of(desk) == []


def test_a_credit_note_to_the_company_of_before_says_whose_balance_has_it(desk: Desk) -> None:
    plan = transferred(desk, "live-chat/basic/year", TORINO.as_dict() | ALTRA)
    down_to_a_month(desk, plan)
    (note,) = notes_of(desk)
    document = note.read_document()
    assert document.buyer.vat_number == "IT01114601006"
    said = text_of(document, ENGLISH)
    assert "€142.39 was added to the credit balance of Corso; its next invoices use it first." in said
    assert "è stato aggiunto al credito disponibile di Corso" in text_of(document, ITALIAN)
    assert document.corrects
    unsaid = text_of(replace(document, corrects=replace(document.corrects, credited_to="")), ENGLISH)
    assert "€142.39 was added to your credit balance" in unsaid, "as credit notes of before are drawn"
    own = issue(desk, "1.00")
    assert "was added to your credit balance" in text_of(own.read_document(), ENGLISH)
    assert verify(desk.billing) == ()


def test_a_credit_note_of_a_change_is_in_the_audit_log_and_drawn_with_its_days(desk: Desk) -> None:
    plan = bought(desk, "live-chat/basic/year")
    desk.clock.now += timedelta(days=10)
    down_to_a_month(desk, plan)
    assert desk.audit("credit_note.issue")[-1].after == {"number": "CN-2026-000001", "total": 14239}
    drawn = text_of(notes_of(desk)[0].read_document(), ENGLISH)
    for words in (
        "Credit note €142.39",
        "Corrects invoice 2026-000001 of January 31, 2026",
        "355 of 365 days × €120.00",
        "€142.39 was added to your credit balance",
    ):
        assert words in drawn, drawn


def test_after_a_transfer_it_is_the_credit_of_whoever_paid_and_listed_where_the_history_is(
    desk: Desk,
) -> None:
    owner = desk.owner()
    piazza, corso = desk.property_of(owner), desk.property_of(owner, "Corso")
    plan = desk.buy(owner, piazza)
    transfers.transfer(desk.billing, owner, plan.id, corso.id)
    note = issue(desk)
    with desk.billing.read("test") as work:
        told = work.session.scalars(select(OutboxMessage).filter_by(kind="CreditNoteIssued")).one()
    assert (told.fact["event"]["property_name"], told.fact["event"]["credited_to"]) == ("Corso", "Piazza")
    for shop, used in ((piazza, 1220), (corso, 0)):
        quote = purchases.preview_purchase(desk.billing, owner, desk.order(owner, shop, "ai-bot/small/month"))
        assert quote.credit_used.minor == used, shop.name
    properties.choose(desk.billing, owner, corso.id)
    (listed,) = invoices.listed(desk.billing, owner).invoices
    assert [each.id for each in listed.credit_notes] == [note.id]
    assert verify(desk.billing) == ()


def test_it_stands_beside_its_invoice_and_the_invoice_stays_as_it_was(desk: Desk) -> None:
    owner = desk.owner()
    plan = bought(desk)
    (before,) = invoices.listed(desk.billing, owner, plan.id).invoices
    drawn_before = invoices.as_file(desk.billing, owner, before.id, "it").content
    notes = [issue(desk, "1.00"), issue(desk, "2.00")]
    (after,) = invoices.listed(desk.billing, owner, plan.id).invoices
    assert [(each.number, each.total.minor) for each in after.credit_notes] == [
        ("CN-2026-000001", 100),
        ("CN-2026-000002", 200),
    ]
    assert properties.purchases(desk.billing, owner).invoices[plan.id] == (after,)
    assert invoices.as_file(desk.billing, owner, before.id, "it").content == drawn_before
    file = credit_notes.as_file(desk.billing, owner, notes[0].id, "it")
    assert (file.name, file.property_name, file.invoice) == (
        "CN-2026-000001.pdf",
        "Piazza",
        after.credit_notes[0],
    )
    assert file == credit_notes.as_file(desk.billing, owner, notes[0].id, "it")


def test_its_file_is_for_those_who_may_read_the_invoices(desk: Desk) -> None:
    owner = desk.owner()
    piazza = desk.property_of(owner)
    desk.buy(owner, piazza)
    note = issue(desk)
    agent = desk.member(owner, piazza, "UAGENT", Role.AGENT)
    with pytest.raises(NotAllowed):
        credit_notes.as_file(desk.billing, agent, note.id, "it")
    for actor, some_id in (
        (desk.person("UNOBODY"), note.id),
        (owner, "cn_invented"),
        (Actor("T0002", owner.user_id), note.id),
    ):
        with pytest.raises(NotFound) as refused:
            credit_notes.as_file(desk.billing, actor, some_id, "it")
        assert refused.value.noun == "credit note"
    accountant = desk.member(owner, piazza, "UACCOUNTANT", Role.ACCOUNTANT)
    assert credit_notes.as_file(desk.billing, accountant, note.id, "it").content.startswith(b"%PDF-")


def test_the_drawing_cannot_be_taken_for_an_invoice(desk: Desk) -> None:
    bought(desk)
    whole = credit_notes.issue(
        desk.billing, "2026-000001", Wanted("5", refund=True, reason="Servizio non reso")
    )
    with desk.billing.read("test") as work:
        document = work.session.get_one(CreditNote, (WORKSPACE, whole.id)).read_document()
    italian, english = text_of(document, ITALIAN), text_of(document, ENGLISH)
    for words in (
        "Nota di credito 5,00 €",
        "A rettifica della fattura 2026-000001 del 31 gennaio 2026",
        "Numero nota di credito",
        "Servizio non reso",
        "Totale a credito",
        "5,00 € viene rimborsato sulla carta usata per il pagamento.",
    ):
        assert words in italian.replace("\xa0", " "), italian
    for words in (
        "Credit note €5.00",
        "Corrects invoice 2026-000001 of January 31, 2026",
        "Total credited €5.00",
    ):
        assert words in english, english
    assert "Invoice number" not in english
    assert "Credit note" not in text_of(INVOICE, ENGLISH)


@pytest.mark.parametrize("table", ["credit_notes", "credit_note_lines"])
def test_the_database_itself_refuses_to_change_or_delete_one(desk: Desk, table: str) -> None:
    bought(desk)
    issue(desk)
    before = desk.everything()
    emptied = {
        "sqlite": f"REPLACE INTO {table} SELECT * FROM {table}",
        "postgresql": f"TRUNCATE {table} CASCADE",
    }
    for words in (
        f"UPDATE {table} SET workspace_id = 'T0002'",
        f"DELETE FROM {table}",
        emptied[desk.billing.engine.dialect.name],
    ):
        with pytest.raises(DatabaseError, match="only grows"):
            desk.execute(words)
        assert desk.everything() == before


def test_the_operator_corrects_an_invoice_by_its_number(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    bought(desk)
    url = desk.billing.engine.url.render_as_string(hide_password=False)
    monkeypatch.setenv("DATABASE_URL", url)

    def run(*words: str) -> Any:
        return CliRunner().invoke(program, ["credit", *words])

    told = run("2026-000001", "--amount", "2,20", "--refund", "--reason", "Errore")
    assert told.exit_code == 0, told.output
    assert told.output.endswith("000001 credits 2.20 EUR of 2026-000001.\n")
    assert run("2026-000001", "--amount", "much").exit_code == 1
    assert run("2026-000009").exit_code == 1
    assert run("2026-000001").output.endswith("000002 credits 10.00 EUR of 2026-000001.\n")
    refused = run("2026-000001", "--amount", "1")
    assert refused.exit_code == 1
    assert "At most €0.00 of that invoice can be credited" in refused.output


def document_of(*lines: tuple[int, int]) -> InvoiceDocument:
    """An invoice of lines of such net amounts and rates."""
    made = [replace(MONTHLY, net_minor=net, tax_rate=rate) for net, rate in lines]
    taxes = groups((Treatment(line.tax_rate), line.net_minor) for line in made)
    return replace(INVOICE, lines=tuple(made), taxes=taxes)


def credited(document: InvoiceDocument, amounts: list[int]) -> list[Credit]:
    """Credits of so many cents, one after the other, and at last of all that is left."""
    given, credits = NOTHING_GIVEN, []
    for minor in (*amounts, None):
        amount = Money(minor, "EUR") if minor is not None else None
        credits.append(credit := credit_of(document, given, amount))
        noted = Counter(given.noted)
        for position, line in credit.lines:
            noted[position] += line.net_minor
        given = Credited({}, noted, (*given.taxes, *credit.taxes))
    assert creditable_total(document, given).minor == 0
    return credits


def test_two_partial_ones_add_up_exactly_to_the_invoice() -> None:
    """LAG-13."""
    asked, expected = expected_of("LAG-13")
    document = document_of(*[(net, asked["tax_percent"] * 100) for net in asked["items"]])
    assert document.total.minor == asked["invoice_total_minor"]
    credits = credited(document, expected["totals"][:1])
    assert [credit.total for credit in credits] == expected["totals"]
    assert [sum(group.tax_minor for group in credit.taxes) for credit in credits] == expected["taxes"]
    assert sum(credit.total for credit in credits) == expected["sum"]


LINES = st.lists(
    st.tuples(st.integers(1, 100_000), st.sampled_from([0, 400, 1000, 2200])), min_size=1, max_size=5
)


@settings(deadline=None)
@drawn(LINES, st.lists(st.integers(1, 60_000), max_size=6))
def test_however_an_invoice_is_credited_its_parts_add_up_and_none_is_below_zero(
    lines: list[tuple[int, int]], amounts: list[int]
) -> None:
    document = document_of(*lines)
    fitting, left = [], document.total.minor - 1
    for amount in amounts:
        if amount <= left:
            fitting.append(amount)
            left -= amount
    credits = credited(document, fitting)
    assert [credit.total for credit in credits[:-1]] == fitting
    assert sum(credit.total for credit in credits) == document.total.minor
    back: Counter[int] = Counter()
    for credit in credits:
        assert credit.lines
        assert all(group.net_minor >= 0 and group.tax_minor >= 0 for group in credit.taxes)
        assert sum(line.net_minor for _, line in credit.lines) == sum(g.net_minor for g in credit.taxes)
        for position, line in credit.lines:
            back[position] += line.net_minor
    assert [back[position] for position in range(1, len(lines) + 1)] == [net for net, _ in lines]


@settings(deadline=None)
@drawn(st.lists(st.integers(1, 500), min_size=1, max_size=3), st.lists(st.integers(1, 300), max_size=9))
def test_however_a_public_office_is_credited_the_vat_that_it_withheld_adds_up(
    nets: list[int], amounts: list[int]
) -> None:
    """None of it is in a total, and yet the last part takes what rounding left, which SdI takes of any part."""
    split = Treatment(2200, "split_payment")
    lines = tuple(replace(MONTHLY, net_minor=net, tax_note=split.note) for net in nets)
    document = replace(INVOICE, lines=lines, taxes=groups((split, net) for net in nets))
    fitting, left = [], document.total.minor - 1
    for amount in amounts:
        if amount <= left:
            fitting.append(amount)
            left -= amount
    parts = [group for credit in credited(document, fitting) for group in credit.taxes]
    assert sum(group.withheld_minor for group in parts) == document.withheld.minor
    assert all(abs(group.rounding_minor) <= 1 and group.withheld_minor >= 0 for group in parts)


def test_what_was_given_back_with_another_vat_is_owed_again_with_that() -> None:
    document = document_of((-500, 2200), (1000, 0))
    credit = credit_of(document, NOTHING_GIVEN, None)
    assert (document.total.minor, credit.total) == (390, 390)
    assert [(position, line.net_minor) for position, line in credit.lines] == [(1, -500), (2, 1000)]
    assert credit.taxes == (TaxGroup(0, 1000, 0), TaxGroup(2200, -500, -110))
    part = credit_of(document, NOTHING_GIVEN, Money(389, "EUR"))
    assert [(position, line.net_minor) for position, line in part.lines] == [(2, 389)]


def test_another_currency_is_refused() -> None:
    with pytest.raises(CreditOutOfBounds):
        credit_of(with_lines(MONTHLY), NOTHING_GIVEN, Money(1, "USD"))
