"""A VAT rate that changes while the bank asks, and cycles that begin when they are paid."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import text

from billing import Billing
from billing.adapters.gateways.sandbox import Behaviour
from billing.models import Invoice
from billing.renewals import bulk
from billing.services import changes, due_work, subscriptions
from billing.services.changes import PlanSelection
from billing.services.verify import verify
from billing.values.cycles import Interval
from billing.values.documents import InvoiceDocument, LineKind
from billing.values.money import Money
from billing.values.proration import DaysLeft, share
from billing.values.snapshots import SubscriptionSnapshot
from billing.values.tax import DEFAULT_TABLE, read_table
from tests.billing.desk import Desk
from tests.crashes import grant_credit

OLD = 'who = "anybody"\nrate = 2200\nfrom = 2013-10-01\n'
LAST_EVENING = datetime(2026, 3, 31, 18, tzinfo=UTC)


def with_rate(desk: Desk, tmp_path: Path, rate: int) -> Desk:
    """Italy's VAT is 22 % to 31 March 2026, and that rate from 1 April on."""
    plain = DEFAULT_TABLE.read_text(encoding="utf-8")
    assert OLD in plain
    new = f'[[cases]]\nseller = "IT"\nbuyer = "IT"\nwho = "anybody"\nrate = {rate}\nfrom = 2026-04-01\n'
    table = tmp_path / "tax.toml"
    table.write_text(plain.replace(OLD, f"{OLD}to = 2026-03-31\n\n{new}"), encoding="utf-8")
    issuer = replace(desk.billing.issuer, taxes=read_table(table))
    return replace(desk, billing=replace(desk.billing, issuer=issuer))


@pytest.fixture
def changing(desk: Desk, tmp_path: Path) -> Desk:
    return with_rate(desk, tmp_path, 2300)


def bank_asks(desk: Desk) -> None:
    desk.gateway.expect("tok_visa", Behaviour.ASKS_FOR_ACTION)


def paid_in_the_morning(desk: Desk) -> Invoice:
    """The payer confirms at the bank on 1 April; the newest invoice then."""
    desk.clock.now = LAST_EVENING + timedelta(hours=14)
    desk.gateway.authenticate(list(desk.gateway.charges)[-1])
    desk.turn(hours=1)
    desk.turn(hours=6)
    invoice = desk.invoices()[-1]
    assert invoice.issued_on == date(2026, 4, 1)
    return invoice


def arithmetic_holds(document: InvoiceDocument) -> None:
    for line in document.lines:
        whole = line.unit_minor * line.quantity
        if line.kind is LineKind.REST:
            assert line.days
            assert line.of_days
            assert line.whole_minor == whole
            whole = share(whole, DaysLeft(line.days, line.of_days))
        assert line.kind is LineKind.CREDIT or line.net_minor == whole


# rate and quantity, then net, VAT, and what of what was charged is left for the credit balance
SPLITS = [
    (2300, 1, 992, 228, 0),
    (2100, 1, 1008, 212, 0),
    (2300, 7, 6937, 1596, 7),  # 7 at 9.92 each would be 85.41, a cent too many
]


@pytest.mark.parametrize(("rate", "quantity", "net", "tax", "left"), SPLITS)
def test_what_was_charged_in_the_evening_is_split_anew_by_the_morning_s_rate(
    desk: Desk, tmp_path: Path, rate: int, quantity: int, net: int, tax: int, left: int
) -> None:
    desk = with_rate(desk, tmp_path, rate)
    owner = desk.owner()
    piazza = desk.property_of(owner)
    desk.clock.now = LAST_EVENING
    bank_asks(desk)
    desk.buy(owner, piazza, quantity=quantity)
    document = paid_in_the_morning(desk).read_document()
    agreed = 1220 * quantity
    assert desk.charged() == [agreed]
    assert [(one.rate, one.net_minor, one.tax_minor) for one in document.taxes] == [(rate, net, tax)]
    assert (document.total, document.paid_on) == (Money(agreed - left, "EUR"), date(2026, 4, 1))
    (credit,) = desk.rows("SELECT coalesce(sum(-minor), 0) AS minor FROM postings WHERE account = 'credit'")
    assert credit.minor == left
    arithmetic_holds(document)
    assert verify(desk.billing) == ()
    with desk.billing.engine.begin() as connection:
        connection.execute(text("UPDATE prices SET minor = minor + 1"))
    assert {finding.invariant for finding in verify(desk.billing)} == {
        "prices stay as they were",
        "facts say how plans stand",
    }


def test_an_upgrade_gives_back_at_the_old_rate_and_charges_at_the_new_one(changing: Desk) -> None:
    desk = changing
    owner = desk.owner()
    desk.clock.now = datetime(2026, 3, 20, 9, tzinfo=UTC)
    plan = desk.buy(owner, desk.property_of(owner))
    desk.clock.now = LAST_EVENING
    bank_asks(desk)
    done = changes.change(desk.billing, owner, plan.id, PlanSelection("max", Interval.MONTH), key=desk.key())
    asked = done.payment.amount if done.payment else None
    document = paid_in_the_morning(desk).read_document()
    assert sorted(group.rate for group in document.taxes) == [2200, 2300]
    credit = next(line for line in document.lines if line.kind is LineKind.CREDIT)
    assert (credit.tax_rate, credit.net_minor) == (2200, -share(1000, DaysLeft(20, 31)))
    assert asked is not None
    assert desk.charged()[-1] == asked.minor
    assert 0 <= asked.minor - document.total.minor <= 1
    arithmetic_holds(document)
    assert verify(desk.billing) == ()


@pytest.mark.parametrize("renew", [bulk.renew, partial(due_work.each_due, duty=due_work.CYCLES)])
def test_a_renewal_that_waited_for_its_number_keeps_its_net_and_has_the_next_day_s_rate(
    changing: Desk, renew: Callable[[Billing], object]
) -> None:
    desk = changing
    owner = desk.owner()
    desk.clock.now = datetime(2026, 2, 28, 21, 59, 58, tzinfo=UTC)
    plan = desk.buy(owner, desk.property_of(owner))
    before_midnight = plan.period_end_at + timedelta(hours=2)
    assert before_midnight < datetime(2026, 3, 31, 22, tzinfo=UTC)
    desk.clock.now = datetime(2026, 3, 31, 22, 0, 5, tzinfo=UTC)  # in Rome 1 April has begun
    renew(replace(desk.billing, clock=lambda: before_midnight))
    document = desk.invoices()[-1].read_document()
    assert (document.issued_on, document.net.minor, document.tax.minor) == (date(2026, 4, 1), 1000, 230)
    assert desk.payments()[-1].minor == 1230
    desk.turn(hours=1)
    assert desk.charged() == [1220, 1230]
    assert verify(desk.billing) == ()


@pytest.mark.parametrize(
    ("rate", "total", "credit", "carried"),
    [(1000, 1100, 1100, 0), (2150, 1215, 1190, 25), (2300, 1230, 1190, 40)],
)
def test_credit_and_what_is_carried_fit_the_total_of_the_next_day(
    desk: Desk, tmp_path: Path, rate: int, total: int, credit: int, carried: int
) -> None:
    desk = with_rate(desk, tmp_path, rate)
    desk.clock.now = datetime(2026, 2, 28, 21, 59, 58, tzinfo=UTC)
    plan = desk.buy(desk.owner(), desk.property_of(desk.owner()))
    grant_credit(desk, plan.property_id, 1190)
    desk.gateway.least = 50
    before_midnight = plan.period_end_at + timedelta(hours=2)
    desk.clock.now = datetime(2026, 3, 31, 22, 0, 5, tzinfo=UTC)
    due_work.each_due(replace(desk.billing, clock=lambda: before_midnight), due_work.CYCLES)
    desk.turn(hours=1)
    paid = desk.payments()[-1]
    assert desk.invoices()[-1].total_minor == total
    assert (paid.state, paid.minor, paid.credit_minor, paid.carried_minor) == ("paid", 0, credit, carried)
    assert verify(desk.billing) == ()


def ended(desk: Desk) -> SubscriptionSnapshot:
    owner = desk.owner()
    desk.clock.now = datetime(2026, 2, 20, 9, tzinfo=UTC)
    plan = desk.buy(owner, desk.property_of(owner))
    subscriptions.cancel(desk.billing, owner, plan.id, "not_used")
    desk.turn_to(plan.period_end_at)
    return plan


def test_a_restart_begins_when_its_payment_succeeded_and_has_the_rate_of_that_day(changing: Desk) -> None:
    desk = changing
    plan = ended(desk)
    desk.clock.now = LAST_EVENING
    bank_asks(desk)
    subscriptions.restart(desk.billing, desk.owner(), plan.id, key=desk.key())
    document = paid_in_the_morning(desk).read_document()
    (line,) = document.lines
    assert (line.first_day, line.last_day) == (date(2026, 4, 1), date(2026, 4, 30))
    assert [(one.rate, one.net_minor, one.tax_minor) for one in document.taxes] == [(2300, 992, 228)]
    now = desk.plan(plan.id)
    begun = desk.rows("SELECT period_start_at FROM subscriptions")[0].period_start_at
    assert str(begun)[:16] == "2026-04-01 09:00"
    assert (now.status, now.period_end_at) == ("active", datetime(2026, 5, 1, 9, tzinfo=UTC))
    assert verify(desk.billing) == ()
