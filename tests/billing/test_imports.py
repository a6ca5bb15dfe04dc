"""Subscriptions that ran elsewhere are taken over: anchor, price and paid time stay, and nothing is charged early."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from billing.services import changes, imports, subscriptions, verify
from billing.services.changes import PlanSelection
from billing.values.actors import Role
from billing.values.cycles import Interval
from billing.values.imports import DateOrder
from billing.values.snapshots import PropertySnapshot
from tests.billing.desk import Desk
from tests.billing.importing import a_line, import_lines, quiet, read, why, written


@pytest.fixture
def prop(desk: Desk) -> PropertySnapshot:
    return desk.property_of(desk.owner())


def test_an_imported_subscription_is_one_like_any_other_and_is_charged_when_its_paid_time_is_over(
    desk: Desk, prop: PropertySnapshot
) -> None:
    (report,) = import_lines(desk, a_line(prop, quantity="2"))
    assert (report.state, report.faults) == ("imported", ())
    assert report.charge is not None
    assert (report.charge.minor, report.charge.currency) == (2440, "EUR")
    plan = desk.plan(report.subscription_id or "")
    assert (plan.status, plan.quantity, plan.period_end_at) == (
        "active",
        2,
        datetime(2026, 2, 27, 23, tzinfo=UTC),
    )
    assert verify.verify(desk.billing) == ()
    desk.turn_to(datetime(2026, 2, 27, 22, 59, tzinfo=UTC))
    assert (desk.charged(), desk.invoices()) == ([], [])
    desk.turn_to(datetime(2026, 2, 27, 23, tzinfo=UTC))
    assert desk.charged() == [2440]
    (invoice,) = desk.invoices()
    line = invoice.read_document().lines[0]
    assert (str(line.first_day), str(line.last_day), line.net_minor) == ("2026-02-28", "2026-03-30", 2000)
    assert verify.verify(desk.billing) == ()


def test_the_seller_s_own_product_is_told_of_it_as_of_a_purchase_and_the_team_of_nothing(
    desk: Desk, prop: PropertySnapshot
) -> None:
    (report,) = import_lines(desk, a_line(prop))
    imported = desk.plan(report.subscription_id or "")
    facts = desk.rows(
        "SELECT type, version FROM facts WHERE subject_id = :of ORDER BY number", of=imported.id
    )
    assert [tuple(row) for row in facts] == [("subscription.created", 1), ("entitlements.changed", 1)]
    assert desk.told() == []
    (entry,) = desk.audit("subscription.import")
    assert (entry.user_id, entry.via, entry.subject_id) == ("UOWNER", "operator", imported.id)
    assert entry.after == {
        "plan": "Basic",
        "reference": "old-1",
        "period_end_at": "2026-02-27T23:00:00.000000+00:00",
    }


def test_its_facts_have_the_form_of_those_of_a_purchase(desk: Desk, prop: PropertySnapshot) -> None:
    other = desk.property_of(desk.owner(), "Other")
    bought = desk.buy(desk.owner(), other)
    (report,) = import_lines(desk, a_line(prop))
    forms = [
        [
            (row.type, sorted(row.state if isinstance(row.state, dict) else json.loads(row.state)))
            for row in desk.rows(
                "SELECT type, state FROM facts WHERE subject_id = :of ORDER BY number", of=subject
            )
        ]
        for subject in (bought.id, report.subscription_id)
    ]
    assert forms[0] == forms[1]


def test_the_same_line_twice_is_one_in_a_file_and_from_one_call_to_the_next(
    desk: Desk, prop: PropertySnapshot
) -> None:
    line = a_line(prop)
    first, again = import_lines(desk, line, line)
    assert (first.state, again.state) == ("imported", "known")
    (later,) = import_lines(desk, line)
    assert (later.state, later.subscription_id) == ("known", first.subscription_id)
    assert desk.rows("SELECT count(*) FROM subscriptions")[0][0] == 1
    # The same said in another way is the same.
    (later,) = imports.import_lines(
        desk.billing, read(written({**line, "anchor": "31/8/2025"}, delimiter=";"), DateOrder.DMY), quiet
    )
    assert later.state == "known"


def test_a_reference_that_says_other_things_now_is_wrong_and_changes_nothing(
    desk: Desk, prop: PropertySnapshot
) -> None:
    line, other = a_line(prop), a_line(prop, quantity="3")
    wrong = import_lines(desk, line, other)[1]
    assert why(wrong) == ["line 2 has the same reference and says other things: keep one of them"]
    (first,) = import_lines(desk, line)
    (wrong,) = import_lines(desk, other)
    assert why(wrong) == [
        f"it was imported before as {first.subscription_id}, and said other things: change it there"
    ]
    assert desk.plan(first.subscription_id or "").quantity == 1


def test_nothing_is_imported_while_a_line_is_wrong_unless_it_is_to_be_skipped(
    desk: Desk, prop: PropertySnapshot
) -> None:
    good, bad = a_line(prop), a_line(prop, reference="old-2", add_on="ai-assist", plan="none")
    before = desk.everything()
    assert [one.state for one in import_lines(desk, good, bad)] == ["ready", "wrong"]
    assert desk.everything() == before
    assert [one.state for one in import_lines(desk, good, bad, skip_wrong=True)] == ["imported", "wrong"]
    assert verify.verify(desk.billing) == ()


def test_a_price_of_its_own_is_kept_and_shared_by_those_who_have_the_same(
    desk: Desk, prop: PropertySnapshot
) -> None:
    owner = desk.owner()
    others = [desk.property_of(owner, name) for name in ("Two", "Three")]
    reports = import_lines(
        desk,
        a_line(prop, price="7,50", currency="EUR"),
        a_line(others[0], reference="old-2", price="7.50", currency="EUR"),
        a_line(others[1], reference="old-3", price="10.00", currency="EUR"),
    )
    assert [one.charge.minor for one in reports if one.charge] == [915, 915, 1220]
    prices = {row.price_id for row in desk.rows("SELECT price_id FROM subscriptions")}
    assert len(prices) == 2
    assert desk.rows("SELECT count(*) FROM prices WHERE NOT on_sale")[0][0] == 1
    desk.turn_to(datetime(2026, 2, 27, 23, tzinfo=UTC))
    assert sorted(desk.charged()) == [915, 915, 1220]
    assert verify.verify(desk.billing) == ()


def test_one_that_was_cancelled_there_ends_with_its_paid_time_and_is_never_charged(
    desk: Desk, prop: PropertySnapshot
) -> None:
    (report,) = import_lines(desk, a_line(prop, cancelled="yes"))
    assert (report.charge, report.ends_at) == (None, datetime(2026, 2, 27, 23, tzinfo=UTC))
    assert verify.verify(desk.billing) == ()
    assert desk.turn(days=40).ended == 1
    assert (desk.plan(report.subscription_id or "").status, desk.charged()) == ("ended", [])


def test_without_a_card_it_is_asked_for_before_the_charge(desk: Desk, prop: PropertySnapshot) -> None:
    (report,) = import_lines(desk, a_line(prop, card=""))
    assert report.without_card
    desk.turn_to(datetime(2026, 2, 21, 12, tzinfo=UTC))
    assert [row.kind for row in desk.rows("SELECT kind FROM outbox WHERE audience = 'slack_person'")] == [
        "DetailsMissing"
    ]


def test_a_change_in_the_cycle_that_was_paid_elsewhere_comes_at_its_end_and_charges_nothing_now(
    desk: Desk, prop: PropertySnapshot
) -> None:
    owner = desk.owner()
    (report,) = import_lines(desk, a_line(prop))
    for wish in (PlanSelection("pro", Interval.MONTH), PlanSelection("pro", Interval.YEAR)):
        changed = changes.change(desk.billing, owner, report.subscription_id or "", wish, key=desk.key())
        assert (changed.payment, changed.subscription.plan) == (None, "Basic")
    desk.turn_to(datetime(2026, 2, 27, 23, tzinfo=UTC))
    assert desk.charged() == [24400]
    upgrade = PlanSelection("max", Interval.YEAR)
    changes.change(desk.billing, owner, report.subscription_id or "", upgrade, key=desk.key())
    assert len(desk.charged()) == 2  # in a cycle of ours, at once
    assert verify.verify(desk.billing) == ()


def test_it_can_be_cancelled_and_begun_anew_like_any_other(desk: Desk, prop: PropertySnapshot) -> None:
    owner = desk.owner()
    (report,) = import_lines(desk, a_line(prop))
    subscriptions.cancel(desk.billing, owner, report.subscription_id or "", "too dear")
    desk.turn_to(datetime(2026, 2, 27, 23, tzinfo=UTC))
    subscriptions.restart(desk.billing, owner, report.subscription_id or "", key=desk.key())
    assert desk.charged() == [1220]
    assert verify.verify(desk.billing) == ()


def test_the_anchor_is_kept_though_its_month_has_no_such_day(desk: Desk, prop: PropertySnapshot) -> None:
    """From the 31st: the cycles end on 27 February, 30 March, 29 April."""
    (report,) = import_lines(desk, a_line(prop))
    ends = []
    for _ in range(3):
        plan = desk.plan(report.subscription_id or "")
        ends.append(f"{plan.period_end_at:%m-%d %H}")
        desk.turn_to(plan.period_end_at)
    assert ends == ["02-27 23", "03-30 22", "04-29 22"]


def test_moments_of_a_system_that_counts_in_seconds_are_kept_to_the_second(
    desk: Desk, prop: PropertySnapshot
) -> None:
    moments = {"anchor": "2025-08-15T09:41:07+02:00", "paid_through": "2026-02-15T08:41:07Z"}
    (report,) = import_lines(desk, a_line(prop, **moments))
    assert report.charged_at == datetime(2026, 2, 15, 8, 41, 7, tzinfo=UTC)
    assert verify.verify(desk.billing) == ()


@pytest.mark.parametrize(
    ("anchor", "paid_through", "later", "days"),
    [
        # The clocks are put forward between the two: 10:30 in Rome, and 11:30.
        (
            "2026-01-15T09:30:00+00:00",
            "2026-04-15T09:30:00+00:00",
            datetime(2026, 5, 15, 9, 30, tzinfo=UTC),
            ("2026-04-15", "2026-05-14"),
        ),
        # In Rome it is the 1st already, in each month.
        (
            "2026-01-31T23:30:00+00:00",
            "2026-04-30T23:30:00+00:00",
            datetime(2026, 5, 31, 23, 30, tzinfo=UTC),
            ("2026-05-01", "2026-05-31"),
        ),
        # In Rome it is the 31st, whose cycle would end on 30 April; in UTC the 30th, whose cycle ends with that day.
        (
            "2026-01-30T23:30:00+00:00",
            "2026-04-30T23:30:00+00:00",
            datetime(2026, 5, 30, 23, 30, tzinfo=UTC),
            ("2026-05-01", "2026-05-30"),
        ),
        # Counted in Rome, from its midnight.
        (
            "2026-01-31T00:00:00+01:00",
            "2026-04-30T00:00:00+02:00",
            datetime(2026, 5, 30, 22, tzinfo=UTC),
            ("2026-04-30", "2026-05-30"),
        ),
    ],
)
def test_cycles_that_a_system_counts_in_utc_go_on_as_there(
    desk: Desk, prop: PropertySnapshot, anchor: str, paid_through: str, later: datetime, days: tuple[str, str]
) -> None:
    desk.turn_to(datetime(2026, 4, 10, tzinfo=UTC))
    (report,) = import_lines(desk, a_line(prop, anchor=anchor, paid_through=paid_through))
    assert why(report) == []
    assert report.charged_at == datetime.fromisoformat(paid_through)
    assert verify.verify(desk.billing) == ()
    desk.turn_to(report.charged_at)
    plan = desk.plan(report.subscription_id or "")
    assert (plan.period_end_at, plan.time_zone) == (later, "Europe/Rome")
    (invoice,) = desk.invoices()
    line = invoice.read_document().lines[0]
    assert (str(line.first_day), str(line.last_day)) == days
    assert verify.verify(desk.billing) == ()


@pytest.mark.parametrize("paid_through", ["2026-04-14T09:30:00+00:00", "2026-04-15T10:30:00+00:00"])
def test_a_moment_that_is_no_end_of_its_cycle_anywhere_is_wrong(
    desk: Desk, prop: PropertySnapshot, paid_through: str
) -> None:
    desk.turn_to(datetime(2026, 4, 10, tzinfo=UTC))
    line = a_line(prop, anchor="2026-01-15T09:30:00+00:00", paid_through=paid_through)
    (report,) = import_lines(desk, line)
    assert [said.rpartition(": ")[2] for said in why(report)] == ["correct one of them"]


WRONG = [
    ({"reference": ""}, "reference is missing"),
    ({"reference": "x" * 101}, "reference has more than 100 characters"),
    ({"interval": "weekly"}, "interval is 'weekly': month or year is needed"),
    ({"quantity": "0"}, "quantity is '0': a whole number from 1 on is needed"),
    ({"quantity": "1.5"}, "quantity is '1.5': a whole number from 1 on is needed"),
    ({"quantity": "1000000"}, "quantity is 1000000: at most 10000 is sold"),
    ({"price": "9"}, "currency is missing: a price needs one, like EUR"),
    (
        {"price": "1.234,50", "currency": "EUR"},
        "price is '1.234,50': an amount like 29.00 is needed, without thousands and currency",
    ),
    ({"price": "0", "currency": "EUR"}, "price is 0: no amount above zero in EUR, written without thousands"),
    (
        {"price": "9.999", "currency": "EUR"},
        "price is 9.999: no amount above zero in EUR, written without thousands",
    ),
    (
        {"price": "1.200", "currency": "EUR"},
        "price is 1.200: no amount above zero in EUR, written without thousands",
    ),
    ({"price": "9", "currency": "USD"}, "currency is USD, and the property pays in EUR"),
    (
        {"anchor": "31/08/2025"},
        "anchor is '31/08/2025', day and month in doubt: write 2026-01-31, or say --dates dmy or mdy",
    ),
    (
        {"anchor": "2025-02-30"},
        "anchor is '2025-02-30': a day like 2026-01-31 is needed, or a moment like 2026-01-31T09:30:00+01:00",
    ),
    (
        {"anchor": "2025-08-31T00:00:00"},
        "anchor is '2025-08-31T00:00:00': a day like 2026-01-31 is needed, or a moment like "
        "2026-01-31T09:30:00+01:00",
    ),
    ({"anchor": "0001-08-31"}, "anchor is '0001-08-31': a year from 1990 to 2100 is needed"),
    ({"anchor": "2026-02-01"}, "anchor is still to come: it is the first day of the first cycle"),
    (
        {"paid_through": "2026-01-30"},
        "paid_through is 2026-01-30, which is over: renew it there, and write up to when that is paid",
    ),
    (
        {"paid_through": "2026-03-30"},
        "paid_through is 2026-03-30, and its cycle ends on 2026-02-27: import it in its last paid cycle",
    ),
    (
        {"paid_through": "2026-02-28"},
        "paid_through is 2026-02-28, and by its anchor the cycle ends on 2026-02-27: correct one of them",
    ),
    ({"cancelled": "maybe"}, "cancelled is 'maybe': yes or no is needed"),
    (
        {"workspace": "TNONE"},
        "TNONE has no property {property}: `properties list TNONE` names those it has",
    ),
    (
        {"user": "UNOBODY"},
        "UNOBODY is no owner or admin of the property: `members list T0001 {property}` names them",
    ),
    (
        {"user": "UBOOKS"},
        "UBOOKS is no owner or admin of the property: `members list T0001 {property}` names them",
    ),
    ({"plan": "huge"}, "the catalogue has no plan live-chat huge: `catalogue show` names those it has"),
    (
        {"add_on": "ai-bot", "plan": "small", "interval": "year", "paid_through": "2026-08-30"},
        "ai-bot small is not sold per year in EUR: give it a price in that column",
    ),
    (
        {"card": "pm_lost"},
        "the gateway has no such card that can be charged: correct the token, or leave it empty",
    ),
    (
        {"card": "tok_silent_before"},
        "the gateway does not say whether it has the card: try again later",
    ),
    ({"postal_code": "2012"}, "postal_code needs five digits in Italy"),
    ({"city": ""}, "city is missing"),
    ({"country": "XX"}, "country is not known: a code like IT is needed"),
    (
        {"vat_number": "IT00743110158", "legal_name": "Esempio"},
        "vat_number is no VAT number of the address's country: correct one of them",
    ),
    ({"country": "DE", "region": ""}, "TaxCaseUnknown"),
    (
        {"street": "=HYPERLINK(1)"},
        "street begins like a formula: write the value, or an apostrophe before it",
    ),
    ({"name": "@SUM(A1)"}, "name begins like a formula: write the value, or an apostrophe before it"),
]


@pytest.mark.parametrize(("cells", "said"), WRONG, ids=lambda value: value if isinstance(value, str) else "")
def test_what_is_wrong_with_a_line_is_said_with_the_way_on_and_nothing_is_imported(
    desk: Desk, prop: PropertySnapshot, cells: dict[str, str], said: str
) -> None:
    desk.member(desk.owner(), prop, "UBOOKS", Role.ACCOUNTANT)
    before = desk.everything()
    (report,) = import_lines(desk, a_line(prop, **cells))
    assert why(report) == [said.format(property=prop.id)]
    assert desk.everything() == before


def test_what_comes_to_more_than_the_gateway_takes_at_once_is_not_imported(
    desk: Desk, prop: PropertySnapshot
) -> None:
    desk.gateway.most = 1000
    (report,) = import_lines(desk, a_line(prop))
    assert why(report) == ["AmountNotCharged"]


def test_a_property_has_one_of_each_add_on_also_within_a_file(desk: Desk, prop: PropertySnapshot) -> None:
    _, second = import_lines(desk, a_line(prop), a_line(prop, reference="old-2"))
    assert why(second) == ["line 2 gives the property live-chat already: a property has one of each"]
    bought = desk.buy(desk.owner(), prop)
    (report,) = import_lines(desk, a_line(prop))
    assert why(report) == [
        f"the property has live-chat already, as {bought.id}: take the line out, or end that one first"
    ]


def test_a_card_number_is_refused_wherever_it_stands_and_never_repeated(
    desk: Desk, prop: PropertySnapshot
) -> None:
    number = "4242424242424242"
    for column in ("reference", "card", "quantity", "anchor", "name", "price"):
        (report,) = import_lines(desk, a_line(prop, **{column: number}))
        assert why(report) == [f"{column} holds a card number, which never belongs in a file: take it out"]
        assert number not in repr(report)


def test_a_card_that_is_saved_already_is_not_saved_twice_and_the_gateway_is_asked_once_for_each(
    desk: Desk, prop: PropertySnapshot
) -> None:
    owner = desk.owner()
    kept = desk.card(owner, prop, "tok_visa")
    import_lines(
        desk,
        a_line(prop),
        a_line(prop, reference="old-2", add_on="ai-bot", plan="small", card="tok_other"),
        a_line(prop, reference="old-3", add_on="ai-assist", plan="growth", card="tok_other"),
    )
    cards = [
        row.payment_method_id for row in desk.rows("SELECT payment_method_id FROM subscriptions ORDER BY id")
    ]
    assert cards[0] == kept
    assert cards[1] == cards[2] != kept
    assert desk.rows("SELECT count(*) FROM payment_methods")[0][0] == 2
