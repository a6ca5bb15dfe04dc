"""Lists that are too long for one statement."""

from __future__ import annotations

import pytest

from billing.queries.slices import VALUES_AT_A_TIME, slices


@pytest.mark.parametrize(
    ("count", "lengths"),
    [(0, []), (1, [1]), (VALUES_AT_A_TIME, [VALUES_AT_A_TIME]), (2_001, [1_000, 1_000, 1])],
)
def test_all_come_in_their_order_and_none_twice(count: int, lengths: list[int]) -> None:
    some = list(slices(str(number) for number in range(count)))
    assert [len(one) for one in some] == lengths
    assert [value for one in some for value in one] == [str(number) for number in range(count)]
