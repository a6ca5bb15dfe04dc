"""Billing cycles: counted from the anchor, so that none drifts, overlaps, or leaves a moment out."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from billing.values.cycles import Anchor, Interval, local_date, zone_of
from billing.values.errors import UnknownTimeZone

CASES = json.loads((Path(__file__).parent / "billing_cases.json").read_text(encoding="utf-8"))
ZONES = (
    "UTC",
    "Europe/Rome",
    "Europe/London",
    "America/New_York",
    "America/St_Johns",
    "America/Sao_Paulo",
    "America/Santiago",
    "Africa/Cairo",
    "Asia/Kathmandu",
    "Asia/Tehran",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Pacific/Kiritimati",
)


def cases(kind: str) -> list[Any]:
    chosen = [
        pytest.param(case["input"], case["expected"], id=case["id"]) for case in CASES if case["kind"] == kind
    ]
    assert chosen, kind
    return chosen


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def anchored(date: str, months: int = 1) -> Anchor:
    """An anchor at midnight UTC, as the cases of other engines mean it."""
    return Anchor(datetime.fromisoformat(date), "UTC", Interval.MONTH, months)


def days(anchor: Anchor, count: int) -> list[tuple[str, str]]:
    periods = (anchor.period(index) for index in range(count))
    return [(f"{period.start_at:%Y-%m-%d}", f"{period.end_at:%Y-%m-%d}") for period in periods]


@pytest.mark.parametrize(("given_", "expected"), cases("periods"))
def test_periods_are_those_that_other_engines_document(
    given_: dict[str, Any], expected: dict[str, Any]
) -> None:
    anchor = anchored(given_["anchor"], given_["months"])
    assert days(anchor, given_["count"]) == [tuple(period) for period in expected["periods"]]


@pytest.mark.parametrize(("given_", "expected"), cases("period_at"))
def test_the_period_that_contains_a_day_is_found_at_once(
    given_: dict[str, Any], expected: dict[str, Any]
) -> None:
    found = anchored(given_["anchor"], given_["months"]).period_at(moment(given_["on"]).replace(tzinfo=UTC))
    assert [f"{found.start_at:%Y-%m-%d}", f"{found.end_at:%Y-%m-%d}"] == expected["period"]


@pytest.mark.parametrize(("given_", "expected"), cases("behaviour:dst_gap"))
def test_a_skipped_wall_time_moves_forward_for_that_period_only(
    given_: dict[str, Any], expected: dict[str, Any]
) -> None:
    zone, index = given_["timezone"], given_["period_index"]
    anchor = Anchor(moment(given_["anchor_local"]), zone, Interval.MONTH)
    assert anchor.start_of(index) == moment(expected["start_utc"])
    local = anchor.start_of(index).astimezone(ZoneInfo(zone))
    assert local.strftime("%Y-%m-%dT%H:%M:%S%z") == expected["local"]
    following = anchor.start_of(index + 1).astimezone(ZoneInfo(zone))
    assert following.strftime("%Y-%m-%dT%H:%M:%S%z") == "2026-04-08T02:30:00-0400"


@pytest.mark.parametrize(("given_", "expected"), cases("behaviour:dst_overlap"))
def test_a_wall_time_that_occurs_twice_means_the_first(
    given_: dict[str, Any], expected: dict[str, Any]
) -> None:
    anchor = Anchor(moment(given_["anchor_local"]), given_["timezone"], Interval.MONTH)
    period = anchor.period(1)
    assert f"{period.start_at:%Y-%m-%d}" == given_["period_start_date"]
    assert period.start_at == moment(expected["start_utc"])
    second_time = period.start_at + timedelta(hours=1)
    assert anchor.period_at(second_time) == period


@pytest.mark.parametrize(("given_", "expected"), cases("behaviour:invariant_tiling"))
def test_periods_of_any_length_tile_time(given_: dict[str, Any], expected: dict[str, bool]) -> None:
    assert all(expected.values())
    for date in given_["anchors"]:
        for months in given_["interval_months"]:
            anchor = anchored(date, months)
            periods = [anchor.period(index) for index in range(given_["count"])]
            assert all(p.start_at < p.end_at for p in periods)
            assert [p.end_at for p in periods[:-1]] == [p.start_at for p in periods[1:]]


@pytest.mark.parametrize(("given_", "expected"), cases("behaviour:invariant_no_drift"))
def test_an_anchor_on_the_31st_comes_back_to_it_in_every_long_month(
    given_: dict[str, Any], expected: dict[str, Any]
) -> None:
    anchor = anchored(given_["anchor"], given_["interval_months"])
    starts = [anchor.start_of(index) for index in range(given_["count"])]
    assert {start.day for start in starts} <= set(expected["start_days_in"])
    assert {start.day for start in starts if start.month in (1, 3, 5, 7, 8, 10, 12)} == {31}


def test_no_start_has_drifted_by_the_year_2100() -> None:
    anchor = Anchor(datetime(2026, 1, 31, 10, 30), "Europe/Rome", Interval.MONTH)
    index = (2100 - 2026) * 12
    assert (
        anchor.start_of(index).astimezone(ZoneInfo("Europe/Rome")).isoformat() == "2100-01-31T10:30:00+01:00"
    )
    assert anchor.start_of(index + 1).astimezone(ZoneInfo("Europe/Rome")).day == 28
    assert anchor.start_of(index + 2).astimezone(ZoneInfo("Europe/Rome")).day == 31


def test_a_yearly_plan_bought_on_a_leap_day_comes_back_to_it_in_leap_years() -> None:
    anchor = Anchor(datetime(2024, 2, 29), "UTC", Interval.YEAR)
    starts = [f"{anchor.start_of(index):%Y-%m-%d}" for index in range(5)]
    assert starts == ["2024-02-29", "2025-02-28", "2026-02-28", "2027-02-28", "2028-02-29"]


def test_a_month_ends_with_the_month_and_begins_again_on_the_31st() -> None:
    assert days(anchored("2026-01-31"), 3) == [
        ("2026-01-31", "2026-02-28"),
        ("2026-02-28", "2026-03-31"),
        ("2026-03-31", "2026-04-30"),
    ]


def test_a_month_keeps_its_wall_time_when_the_clocks_change() -> None:
    anchor = Anchor.at(moment("2026-03-15T08:00:00+00:00"), "Europe/Rome", Interval.MONTH)
    assert anchor.local == datetime(2026, 3, 15, 9)
    assert anchor.start_of(1) == moment("2026-04-15T07:00:00+00:00")


def test_a_day_that_a_country_left_out_gives_no_empty_period() -> None:
    """Samoa had no 30 December 2011."""
    anchor = Anchor(datetime(2011, 11, 30, 10), "Pacific/Apia", Interval.MONTH)
    assert anchor.period(1).start_at < anchor.period(1).end_at
    assert anchor.period(1).start_at == moment("2011-12-30T20:00:00+00:00")


anchors = st.builds(
    lambda year, month, day, hour, minute, zone, interval, count: Anchor(
        datetime(
            year, month, min(day, 28 if month == 2 else 30 if month in (4, 6, 9, 11) else 31), hour, minute
        ),
        zone,
        interval,
        count,
    ),
    year=st.integers(2020, 2035),
    month=st.integers(1, 12),
    day=st.integers(28, 31),
    hour=st.integers(0, 23),
    minute=st.sampled_from([0, 15, 30, 59]),
    zone=st.sampled_from(ZONES),
    interval=st.sampled_from(Interval),
    count=st.integers(1, 4),
)


@settings(max_examples=300, deadline=None)
@given(anchor=anchors, index=st.integers(-50, 400))
def test_periods_tile_time_in_every_zone(anchor: Anchor, index: int) -> None:
    one, following = anchor.period(index), anchor.period(index + 1)
    assert one.start_at < one.end_at == following.start_at < following.end_at


@settings(max_examples=300, deadline=None)
@given(anchor=anchors, minutes=st.integers(-1_000_000, 40_000_000))
def test_every_moment_lies_in_the_one_period_that_is_found_for_it(anchor: Anchor, minutes: int) -> None:
    at = anchor.start_of(0) + timedelta(minutes=minutes)
    found = anchor.period_at(at)
    assert found.start_at <= at < found.end_at
    assert found == anchor.period(found.index)


@settings(max_examples=100, deadline=None)
@given(anchor=anchors, index=st.integers(0, 300))
def test_a_period_is_half_open(anchor: Anchor, index: int) -> None:
    period = anchor.period(index)
    assert anchor.period_at(period.start_at) == period
    assert anchor.period_at(period.end_at - timedelta(microseconds=1)) == period
    assert anchor.period_at(period.end_at).index == index + 1


@pytest.mark.parametrize("name", ["", "Europe/Roma", "../etc/passwd", "/etc/passwd", "Europe", "a" * 300])
def test_a_zone_that_does_not_exist_is_refused_by_its_name(name: str) -> None:
    with pytest.raises(UnknownTimeZone) as refused:
        zone_of(name)
    assert refused.value.name == name


def test_a_date_is_that_of_the_zone() -> None:
    late = moment("2026-12-31T23:30:00+00:00")
    assert local_date(late, "Europe/Rome").isoformat() == "2027-01-01"
    assert local_date(late, "America/New_York").isoformat() == "2026-12-31"


def test_what_begins_in_the_second_of_two_same_hours_begins_then_and_its_later_periods_in_the_first() -> None:
    first, second = moment("2027-10-31T00:30:00Z"), moment("2027-10-31T01:30:00Z")  # both 02:30 in Rome
    for at in (first, second):
        assert Anchor.at(at, "Europe/Rome", Interval.MONTH).start_of(0) == at
    a_month_before = Anchor.at(moment("2027-09-30T00:30:00Z"), "Europe/Rome", Interval.MONTH)
    after = Anchor(
        second.astimezone(zone_of("Europe/Rome")).replace(tzinfo=None), "Europe/Rome", Interval.MONTH
    )
    assert after.period(0).end_at == moment("2027-11-30T01:30:00Z")
    assert a_month_before.start_of(1) == moment("2027-10-30T00:30:00Z")
    yearly = Anchor.at(moment("2021-10-31T01:30:00Z"), "Europe/Rome", Interval.YEAR)
    assert yearly.start_of(6) == first  # 2027 has it on the same day: the first again
