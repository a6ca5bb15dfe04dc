"""What Stripe counts otherwise than ISO 4217, in both directions, and what it takes at one go."""

from __future__ import annotations

import pytest

from billing.adapters.gateways.stripe_units import in_our_units, in_their_units, limits
from billing.values.money import Money


@pytest.mark.parametrize(
    ("ours", "currency", "theirs"),
    [
        (1220, "EUR", 1220),
        (1830, "JPY", 1830),
        (24_400, "UGX", 2_440_000),
        (1000, "ISK", 100_000),
        (610_000, "MGA", 6_100),
        (1230, "KWD", 1230),
        (17_500, "HUF", 17_500),
        (99_900, "TWD", 99_900),
    ],
)
def test_an_amount_is_the_same_money_in_stripes_units(ours: int, currency: str, theirs: int) -> None:
    assert in_their_units(Money(ours, currency)) == theirs
    assert in_our_units(theirs, currency) == ours


def test_an_amount_that_stripe_does_not_have_is_never_rounded() -> None:
    with pytest.raises(ValueError, match=r"Stripe has no 61\.50 MGA"):
        in_their_units(Money(6150, "MGA"))


@pytest.mark.parametrize(
    ("currency", "minor", "chargeable"),
    [
        ("EUR", 50, 50),
        ("EUR", 49, 0),
        ("GBP", 30, 30),
        ("KWD", 1226, 1220),
        ("MGA", 610_050, 610_000),
        ("HUF", 17_499, 0),
        ("UGX", 1, 1),
    ],
)
def test_what_can_be_charged_is_at_least_the_least_and_in_whole_steps(
    currency: str, minor: int, chargeable: int
) -> None:
    assert limits(currency).chargeable(minor) == chargeable


def test_the_most_that_stripe_takes_is_eight_digits_of_its_own() -> None:
    assert (limits("EUR").most, limits("UGX").most, limits("MGA").most) == (
        99_999_999,
        999_999,
        9_999_999_900,
    )
