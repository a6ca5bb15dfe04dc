"""What comes back from a view is what the app wrote there, down to the types, or it is out of date."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest

from billing.values.cycles import Interval
from billing.values.money import Money
from bot.reading import Outdated, reads


@dataclass(frozen=True, slots=True)
class Form:
    id: str
    version: int
    amount: Money | None = None
    kinds: tuple[Interval, ...] = ()


@reads
def read_form(metadata: str) -> Form:
    said = json.loads(metadata)
    amount = Money(**said["amount"]) if "amount" in said else None
    return Form(said["id"], said["version"], amount, tuple(Interval(one) for one in said.get("kinds", [])))


@reads
def read_pair(metadata: str) -> tuple[str, str | None]:
    first, second = json.loads(metadata)
    return first, second


def form(**said: Any) -> str:
    return json.dumps({"id": "sub_1", "version": 1, **said})


def test_what_the_app_wrote_is_read() -> None:
    whole = form(amount={"minor": 1, "currency": "EUR"}, kinds=["month", "year"])
    assert read_form(whole) == Form("sub_1", 1, Money(1, "EUR"), (Interval.MONTH, Interval.YEAR))
    assert read_form(form()) == Form("sub_1", 1)
    assert read_pair('["a", null]') == ("a", None)


@pytest.mark.parametrize(
    "metadata",
    [
        form(id=["sub_1"]),
        form(id={}),
        form(version="1"),
        form(version=True),
        form(version=10**30),
        form(amount={"minor": "1", "currency": "EUR"}),
        form(amount={"minor": 1, "currency": ["EUR"]}),
        form(kinds=["week"]),
        "[" * 3_000,
        "[]",
        "",
    ],
)
def test_what_reads_otherwise_is_out_of_date(metadata: str) -> None:
    with pytest.raises(Outdated):
        read_form(metadata)


@pytest.mark.parametrize("metadata", ['["a", 1]', '[{}, "b"]', '["a"]'])
def test_the_parts_of_a_pair_are_what_they_should_be(metadata: str) -> None:
    with pytest.raises(Outdated):
        read_pair(metadata)
