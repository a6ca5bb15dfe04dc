"""Invoice numbers: without a gap, whoever issues at once and whatever is rolled back."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from billing.invoicing.numbering import Numbering
from billing.models import Subscription
from billing.queries.subscriptions import WHOLE_SUBSCRIPTION
from billing.renewals import bulk
from billing.services import credit_notes
from billing.services.credit_notes import Wanted
from billing.services.verify import verify
from tests.billing.desk import WORKSPACE, Desk, at_once

pytestmark = pytest.mark.slow


class PulledPlug(Exception):
    """What a test raises where a power cut would strike."""


def numbers(desk: Desk) -> list[str]:
    return [invoice.number for invoice in desk.invoices()]


def test_fifty_who_issue_at_once_get_consecutive_numbers(desk: Desk) -> None:
    owner = desk.owner()
    shops = [desk.property_of(owner, f"Shop {number}") for number in range(50)]
    desk.subscribed(owner, desk.property_of(owner))
    for shop in shops:
        desk.card(owner, shop)
    at_once(*(partial(desk.subscribed, owner, shop) for shop in shops))
    assert sorted(numbers(desk)) == [f"2026-{number:06}" for number in range(1, 52)]
    assert desk.rows("SELECT last FROM number_series") == [(51,)]
    assert verify(desk.billing) == ()


def test_fifty_credit_notes_at_once_get_consecutive_numbers_of_their_own(desk: Desk) -> None:
    owner = desk.owner()
    for number in range(5):
        desk.buy(owner, desk.property_of(owner, f"Shop {number}"))
    issued = numbers(desk)
    at_once(*(partial(credit_notes.issue, desk.billing, number, Wanted("0.10")) for number in issued * 10))
    given = [row[0] for row in desk.rows("SELECT number FROM credit_notes ORDER BY sequence")]
    assert given == [f"CN-2026-{number:06}" for number in range(1, 51)]
    assert numbers(desk) == issued
    assert verify(desk.billing) == ()


def issue_and_pull_the_plug(desk: Desk, subscription_id: str) -> None:
    with desk.billing.work("test") as work:
        subscription = work.session.get(
            Subscription, (WORKSPACE, subscription_id), options=list(WHOLE_SUBSCRIPTION)
        )
        assert subscription is not None
        anchor, period, draft = work.drafter.next_cycle(subscription, None)
        subscription.renew(anchor, period)
        assert work.issuer.issue(work.session, subscription, draft, work.now).number.startswith("2026-")
        raise PulledPlug


def test_a_transaction_that_was_rolled_back_burns_no_number(desk: Desk) -> None:
    owner = desk.owner()
    bought = desk.subscribed(owner, desk.property_of(owner))
    before = desk.everything()
    for _ in range(3):
        with pytest.raises(PulledPlug):
            issue_and_pull_the_plug(desk, bought.id)
    assert desk.everything() == before
    desk.subscribed(owner, desk.property_of(owner, "Corso"))
    assert numbers(desk) == ["2026-000001", "2026-000002"]


def test_rollbacks_among_those_who_issue_at_once_leave_no_gap(desk: Desk) -> None:
    owner = desk.owner()
    bought = desk.subscribed(owner, desk.property_of(owner))
    shops = [desk.property_of(owner, f"Shop {number}") for number in range(8)]

    def pulled() -> None:
        with pytest.raises(PulledPlug):
            issue_and_pull_the_plug(desk, bought.id)

    at_once(*(partial(desk.subscribed, owner, shop) for shop in shops), *[pulled] * 4)
    assert sorted(numbers(desk)) == [f"2026-{number:06}" for number in range(1, 10)]


def test_a_refused_start_burns_no_number(desk: Desk) -> None:
    owner = desk.owner()
    piazza = desk.property_of(owner)
    desk.subscribed(owner, piazza)
    at_once(*[partial(desk.subscribed, owner, piazza)] * 3)
    desk.subscribed(owner, piazza, "video-voice", "standard")
    assert numbers(desk) == ["2026-000001", "2026-000002"]


def test_the_series_begins_anew_with_the_year_of_the_sellers_zone(desk: Desk) -> None:
    owner = desk.owner()
    for shop, moment in (
        ("Last of the year", datetime(2026, 12, 31, 22, 59, 59, tzinfo=UTC)),
        ("First of the next", datetime(2026, 12, 31, 23, 30, tzinfo=UTC)),
        ("Second of the next", datetime(2027, 1, 1, 12, tzinfo=UTC)),
    ):
        desk.clock.now = moment
        desk.subscribed(owner, desk.property_of(owner, shop))
    assert numbers(desk) == ["2026-000001", "2027-000001", "2027-000002"]
    assert [f"{invoice.issued_on}" for invoice in desk.invoices()] == [
        "2026-12-31",
        "2027-01-01",
        "2027-01-01",
    ]


def run_on(desk: Desk, format: str) -> Desk:
    """The desk with numbers that do not begin anew."""
    numbering = Numbering("invoices", format, restarts_yearly=False)
    issuer = replace(desk.billing.issuer, numbers=numbering)
    return replace(desk, billing=replace(desk.billing, issuer=issuer))


def test_numbers_that_run_on_do_not_begin_anew_with_the_year(desk: Desk) -> None:
    running, owner = run_on(desk, "F{number:04}"), desk.owner()
    for shop, year in (("One", 2026), ("Two", 2027), ("Three", 2029)):
        desk.clock.now = datetime(year, 6, 1, tzinfo=UTC)
        running.subscribed(owner, desk.property_of(owner, shop))
    assert numbers(desk) == ["F0001", "F0002", "F0003"]
    assert desk.rows("SELECT name, last FROM number_series") == [("invoices", 3)]
    assert [one.invariant for one in verify(desk.billing) if "number" in one.invariant] == []


@pytest.mark.parametrize(
    ("format", "restarts", "why"),
    [
        ("{year}", True, "lacks {number}"),
        ("{number:06}", True, "lacks {year}"),
        ("{year}-{number:016}", True, "more than 20 characters"),
        ("{year}-{number}-{month}", True, "and nothing else"),
        ("{}-{number}", False, "and nothing else"),
        ("{year.real.x}{number}", False, "and nothing else"),
    ],
)
def test_a_format_that_two_invoices_could_share_or_that_is_too_long_is_refused(
    format: str, restarts: bool, why: str
) -> None:
    with pytest.raises(ValueError, match=re.escape(why)):
        Numbering("invoices", format, restarts)


@pytest.mark.parametrize(
    ("format", "restarts"),
    [
        ("{year}-{number:06}", True),
        ("{number}/{year}", True),
        ("{number:06}", False),
        ("FT{year}{number}", False),
    ],
)
def test_other_formats_are_taken(format: str, restarts: bool) -> None:
    assert Numbering("invoices", format, restarts).format == format


def late(desk: Desk, moment: datetime) -> Desk:
    """A desk whose works began at that moment and wait since then: for a lock, or for the one writer."""
    return replace(desk, billing=replace(desk.billing, clock=lambda: moment))


NEW_YEARS_EVE = datetime(2026, 12, 31, 22, 59, 58, tzinfo=UTC)  # two seconds before midnight in Rome


def test_who_waited_over_midnight_issues_on_the_next_day_and_in_the_new_year_s_series(desk: Desk) -> None:
    owner = desk.owner()
    shops = [desk.property_of(owner, name) for name in ("One", "Two", "Three")]
    for shop in shops:
        desk.card(owner, shop)
    desk.clock.now = NEW_YEARS_EVE
    desk.buy(owner, shops[0])
    desk.clock.now += timedelta(seconds=4)
    desk.buy(owner, shops[1])
    late(desk, NEW_YEARS_EVE).buy(owner, shops[2])
    issued = desk.rows("SELECT number, issued_on FROM invoices ORDER BY issued_at, sequence")
    assert [(row.number, str(row.issued_on)) for row in issued] == [
        ("2026-000001", "2026-12-31"),
        ("2027-000001", "2027-01-01"),
        ("2027-000002", "2027-01-01"),
    ]
    assert verify(desk.billing) == ()


def test_a_clock_that_is_set_back_over_midnight_dates_nothing_before_what_was_numbered(desk: Desk) -> None:
    owner = desk.owner()
    shops = [desk.property_of(owner, name) for name in ("One", "Two", "Three")]
    for shop in shops:
        desk.card(owner, shop)
    desk.clock.now = after = NEW_YEARS_EVE + timedelta(seconds=4)
    desk.buy(owner, shops[0])
    credit_notes.issue(desk.billing, "2027-000001", Wanted("1.00"))
    desk.clock.now -= timedelta(minutes=50)
    plan = desk.buy(owner, shops[1])
    credit_notes.issue(desk.billing, "2027-000001", Wanted("1.00"))
    for table in ("invoices", "credit_notes"):
        assert [str(row.issued_on) for row in desk.rows(f"SELECT issued_on FROM {table}")] == [
            "2027-01-01"
        ] * 2
    assert plan.purchased_at < after  # what is no document is of the moment that the clock says
    desk.clock.now -= timedelta(days=3)
    desk.buy(owner, shops[2])
    (last,) = desk.rows("SELECT number, issued_on FROM invoices WHERE property_id = :p", p=shops[2].id)
    assert (last.number, f"{last.issued_on}") == ("2026-000001", "2026-12-28")


def test_a_credit_note_that_waited_over_midnight_is_of_the_next_day(desk: Desk) -> None:
    owner = desk.owner()
    desk.clock.now = NEW_YEARS_EVE - timedelta(hours=1)
    desk.buy(owner, desk.property_of(owner))
    desk.clock.now = NEW_YEARS_EVE + timedelta(seconds=4)
    credit_notes.issue(desk.billing, "2026-000001", Wanted("1.00"))
    credit_notes.issue(late(desk, NEW_YEARS_EVE).billing, "2026-000001", Wanted("1.00"))
    given = desk.rows("SELECT number, issued_on FROM credit_notes ORDER BY sequence")
    assert [(row.number, str(row.issued_on)) for row in given] == [
        ("CN-2027-000001", "2027-01-01"),
        ("CN-2027-000002", "2027-01-01"),
    ]
    assert verify(desk.billing) == ()


def test_renewals_in_bulk_that_waited_over_midnight_are_of_the_next_day(desk: Desk) -> None:
    owner = desk.owner()
    desk.clock.now = NEW_YEARS_EVE - timedelta(days=31)
    desk.buy(owner, desk.property_of(owner))
    desk.clock.now = NEW_YEARS_EVE + timedelta(seconds=4)
    assert bulk.renew(late(desk, NEW_YEARS_EVE).billing) == 1
    assert [str(invoice.issued_on) for invoice in desk.invoices()] == ["2026-11-30", "2027-01-01"]
    assert desk.invoices()[-1].number == "2027-000001"
