"""The worked cases of other engines, each held here: proration, shares, splits, and the behaviours around money.

Time's cases are in test_cycles, those of collecting, changing, restarting and transferring with their services.
That of credit notes is with them (LAG-13); that of numbering patterns of each customer (LAG-60) waits.
"""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from billing.models import Subscription
from billing.queries.subscriptions import WHOLE_SUBSCRIPTION
from billing.services import changes, transfers
from billing.services.changes import PlanSelection
from billing.values import tax
from billing.values.cycles import Interval
from billing.values.money import allocate
from billing.values.proration import DaysLeft, credit, share
from tests.billing.desk import WORKSPACE, Desk, at_once

CASES = json.loads(Path(__file__).with_name("billing_cases.json").read_text(encoding="utf-8"))
WAITING = {"LAG-60"}
Case = dict[str, Any]


def cases(kind: str) -> list[Any]:
    chosen = [
        pytest.param(case["input"], case["expected"], id=case["id"]) for case in CASES if case["kind"] == kind
    ]
    assert chosen, kind
    return chosen


def expected_of(case_id: str) -> tuple[Case, Case]:
    (case,) = [case for case in CASES if case["id"] == case_id]
    return case["input"], case["expected"]


def days_left(given: Case) -> DaysLeft:
    first, following = (date.fromisoformat(day) for day in given["period"])
    return DaysLeft.of(first, following, date.fromisoformat(given["on"]))


@pytest.mark.parametrize(("given_", "expected"), cases("plan_change"))
def test_a_change_in_the_middle_credits_and_charges_what_other_engines_document(
    given_: Case, expected: Case
) -> None:
    days = days_left(given_)
    back, charge = credit(given_["old"], 0, days), share(given_["new"], days)
    assert {"credit": back, "charge": charge, "net": charge - back} == expected


@pytest.mark.parametrize(("given_", "expected"), cases("share"))
def test_a_share_is_exact_inside_and_rounded_once(given_: Case, expected: Case) -> None:
    assert share(given_["price"], DaysLeft(given_["days"], given_["of"])) == expected["amount"]


@pytest.mark.parametrize(("given_", "expected"), cases("allocate"))
def test_a_split_adds_up_and_gives_no_part_more_than_its_weight(given_: Case, expected: Case) -> None:
    parts = allocate(given_["total"], given_["over"])
    assert parts == expected["parts"]
    assert sum(parts) == min(given_["total"], sum(given_["over"]))


def test_what_is_used_is_the_complement_of_what_is_credited() -> None:
    """INV-04: two roundings of their own would add a cent three times in thirty days."""
    given, expected = expected_of("INV-04")
    price, whole = given["price_minor"], given["period_days"]
    independent = 0
    for used_days in range(whole + 1):
        back = credit(price, 0, DaysLeft(whole - used_days, whole))
        assert 0 <= back <= price
        independent += share(price, DaysLeft(used_days, whole)) + back != price
    assert independent == expected["violations_if_independent"]


def test_the_credit_is_of_what_was_billed_and_not_of_the_list_price() -> None:
    """STR-15."""
    given, expected = expected_of("STR-15")
    half = DaysLeft(15, 30)
    assert half.fraction == Fraction(given["fraction_left"])
    assert credit(given["actually_debited_minor"], 0, half) == expected["flexible_credit_minor"]


def test_no_more_is_credited_than_is_still_billed() -> None:
    """KIL-48: 30 of 31 days would be 241.89, but 10.00 were given back before."""
    given, expected = expected_of("KIL-48")
    cents = {name: int(Decimal(amount) * 100) for name, amount in expected.items()}
    days = DaysLeft(given["unused_days"], given["period_days"])
    back = credit(24995, 1000, days)
    assert (-back, share(995, days)) == (cents["repair"], cents["charge"])
    assert back - share(995, days) == cents["account_credit"]


def test_a_second_upgrade_credits_the_value_of_the_plan_and_not_the_last_charge(desk: Desk) -> None:
    """GUM-02: a year at 998.00 with 92.38 % of its days left is worth 921.95, whatever was paid for it last."""
    given, expected = expected_of("GUM-02")
    for plan, minor in (
        ("basic", 46750),
        ("pro", given["plan_value_minor"]),
        ("max", given["new_price_minor"]),
    ):
        desk.execute(
            "UPDATE prices SET minor = :m WHERE add_on_id = 'live-chat' AND interval = 'year' AND plan_id = :p",
            m=minor,
            p=plan,
        )
    owner = desk.owner()
    bought = desk.buy(owner, desk.property_of(owner), "live-chat/basic/year")
    desk.clock.now += timedelta(minutes=1)
    changes.change(desk.billing, owner, bought.id, PlanSelection("pro", Interval.YEAR), key="first")
    share_left = Fraction(given["fraction_left"])
    left = round(365 * share_left)  # Gumroad counts seconds, we count days
    desk.clock.now = bought.period_end_at - timedelta(days=left)
    changes.change(desk.billing, owner, bought.id, PlanSelection("max", Interval.YEAR), key="second")
    back = -desk.invoices()[-1].read_document().lines[0].net_minor
    first_increment = desk.invoices()[1].read_document().net.minor
    assert first_increment == pytest.approx(given["first_charge_increment_minor"], abs=5)
    assert back == share(given["plan_value_minor"], DaysLeft(left, 365))
    as_given = credit(given["plan_value_minor"], 0, DaysLeft(round(10_000 * share_left), 10_000))
    assert as_given == pytest.approx(expected["correct_credit_minor"], abs=expected["tolerance_minor"])


def test_tax_is_reckoned_on_what_is_left_after_the_credit() -> None:
    """INV-24."""
    given, expected = expected_of("INV-24")
    treatment = tax.Treatment(given["tax_percent"] * 100)
    (group,) = tax.groups([(treatment, line) for line in given["lines"]])
    assert (group.net_minor, group.tax_minor) == (expected["subtotal_minor"], expected["tax_minor"])
    assert group.net_minor + group.tax_minor == expected["total_minor"]


class PulledPlug(Exception):
    """What a test raises where a power cut would strike."""


def test_forty_who_issue_among_ten_rollbacks_leave_no_gap(desk: Desk) -> None:
    """INV-14."""
    given, _ = expected_of("INV-14")
    owner = desk.owner()
    bought = desk.buy(owner, desk.property_of(owner))
    begun = len(desk.invoices())

    def issue(number: int, *, pulled: bool) -> None:
        with desk.billing.work("test") as work:
            plan = work.session.get_one(Subscription, (WORKSPACE, bought.id), options=WHOLE_SUBSCRIPTION)
            period = plan.anchor.period(number)
            draft = work.drafter.cycle(plan, plan.price, 1, period)
            work.issuer.issue(work.session, plan, draft, work.now)
            if pulled:
                raise PulledPlug

    def pull(number: int) -> None:
        with pytest.raises(PulledPlug):
            issue(number, pulled=True)

    count, rollbacks = given["parallel_finalizations"], given["rollbacks"]
    acts = [partial(pull, n) if n % 5 == 0 else partial(issue, n, pulled=False) for n in range(1, count + 1)]
    for start in range(0, count, 10):
        at_once(*acts[start : start + 10])
    issued = sorted(invoice.sequence for invoice in desk.invoices())
    assert issued == list(range(1, begun + count - rollbacks + 1))


def test_a_transfer_in_the_middle_moves_the_time_that_was_paid(desk: Desk) -> None:
    """INV-17."""
    given, expected = expected_of("INV-17")
    start, end = (datetime.fromisoformat(day).replace(hour=10, tzinfo=UTC) for day in given["period"])
    desk.clock.now, owner = start, desk.owner()
    here, there = desk.property_of(owner), desk.property_of(owner, "Corso")
    plan = desk.buy(owner, here)
    desk.clock.now = datetime.fromisoformat(given["transfer_at"]).replace(hour=10, tzinfo=UTC)
    moved = transfers.transfer(desk.billing, owner, plan.id, there.id)
    assert (len(desk.invoices()), len(desk.charged())) == (1, 1)
    assert moved.period_end_at == end
    assert moved.period_end_at.date().isoformat() == expected["b_first_renewal"]
    assert (moved.period_end_at - plan.purchased_at).days == expected["a_days_plus_b_days"]


def test_every_case_is_held_by_a_test() -> None:
    tests = "\n".join(path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("test_*.py"))
    for case in CASES:
        held = f'cases("{case["kind"]}")' in tests or case["id"] in tests
        assert held, case["id"]
    assert {case["id"] for case in CASES} >= WAITING
