"""Credit notes and changes of plans: what one of them gave back, the other does not give again."""

from __future__ import annotations

from datetime import timedelta

import pytest

from billing.adapters.gateways.sandbox import Behaviour
from billing.services import changes
from billing.services.changes import PlanSelection
from billing.services.verify import verify
from billing.values.cycles import Interval
from billing.values.money import Money
from billing.values.refusals import CreditOutOfBounds, PaymentInProgress
from billing.values.tax_groups import TaxGroup
from tests.billing.credited import balances, bought, down_to_a_month, issue, notes_of, upgraded
from tests.billing.desk import Desk
from tests.billing.sample_invoice import ENGLISH, text_of


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


def test_what_paid_for_a_plan_without_a_charge_is_given_back_once_that_plan_is_changed_again(
    desk: Desk,
) -> None:
    """Twelve seats of a month pay for a year to the cent: its invoice and its credit note come to nothing."""
    owner = desk.owner()
    plan = desk.buy(owner, desk.property_of(owner), "live-chat/basic/month", quantity=12)
    desk.clock.now += timedelta(minutes=5)
    changes.change(
        desk.billing, owner, plan.id, PlanSelection("basic", Interval.YEAR, quantity=1), key="year"
    )
    desk.clock.now += timedelta(minutes=5)
    shown = down_to_a_month(desk, plan)
    seats, year, month = desk.invoices()
    assert [one.total_minor for one in (seats, year, month)] == [14640, 0, 1220]
    of_year, of_seats = notes_of(desk)
    assert [(one.invoice_id, one.total_minor) for one in (of_year, of_seats)] == [
        (year.id, 0),
        (seats.id, 14640),
    ]
    lines = of_year.read_document().lines
    assert [(line.kind, line.net_minor) for line in lines] == [("reversal", -12000), ("credit", 12000)]
    assert shown.credited.minor == 14640 - 1220 == -balances(desk)["credit"]
    assert desk.charged() == [14640]
    assert verify(desk.billing) == ()
    assert "there is nothing to pay or to return" in text_of(of_year.read_document(), ENGLISH)
