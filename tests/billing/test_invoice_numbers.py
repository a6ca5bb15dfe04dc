"""Invoice numbers: without a gap, whoever issues at once and whatever is rolled back."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial

import pytest

from billing.domain.models import Subscription
from billing.work import WHOLE_SUBSCRIPTION
from tests.billing.desk import WORKSPACE, Desk, at_once


class PulledPlug(Exception):
    """What a test raises where a power cut would strike."""


def numbers(desk: Desk) -> list[str]:
    return [invoice.number for invoice in desk.invoices()]


def test_twenty_who_issue_at_once_get_consecutive_numbers(desk: Desk) -> None:
    owner = desk.owner()
    shops = [desk.property_of(owner, f"Shop {number}") for number in range(20)]
    at_once(*(partial(desk.subscribed, owner, shop) for shop in shops))
    assert sorted(numbers(desk)) == [f"2026-{number:06}" for number in range(1, 21)]
    assert desk.rows("SELECT last FROM number_series") == [(20,)]


def issue_and_pull_the_plug(desk: Desk, subscription_id: str) -> None:
    with desk.billing.work("test") as work:
        subscription = work.session.get(
            Subscription, (WORKSPACE, subscription_id), options=list(WHOLE_SUBSCRIPTION)
        )
        assert subscription is not None
        anchor, period, draft = work.issuer.drafter(work.now).next_cycle(subscription, None)
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
