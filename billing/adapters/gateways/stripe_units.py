"""How Stripe counts amounts (docs.stripe.com/currencies): not every currency as ISO 4217 does."""

from __future__ import annotations

from fractions import Fraction

from billing.values.charges import ChargeLimits
from billing.values.money import Money, decimals

NO_DECIMALS = frozenset(
    ["BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF"]
)
# The last of the three must be a zero.
THREE_DECIMALS = frozenset(["BHD", "JOD", "KWD", "OMR", "TND"])
# Stripe's published least charges, in its own units; elsewhere it depends on what the seller is paid out in.
LEAST = dict.fromkeys(("AUD", "BRL", "CAD", "CHF", "EUR", "INR", "JPY", "NZD", "SGD", "USD"), 50) | {
    "GBP": 30, "AED": 200, "MYR": 200, "PLN": 200, "RON": 200, "DKK": 250, "NOK": 300, "SEK": 300,
    "HKD": 400, "MXN": 1_000, "THB": 1_000, "CZK": 1_500, "HUF": 17_500,
}  # fmt: skip
MOST = 99_999_999


def in_their_units(money: Money) -> int:
    """What Stripe calls the amount. Raises ValueError where it has no such amount."""
    theirs = money.decimal.scaleb(_decimals(money.currency))
    if theirs != theirs.to_integral_value():
        raise ValueError(f"Stripe has no {money.decimal} {money.currency}")
    return int(theirs)


def in_our_units(amount: int, currency: str) -> int:
    """The same in minor units of ISO 4217."""
    shift = decimals(currency) - _decimals(currency)
    return int(amount * Fraction(10) ** shift)


def limits(currency: str) -> ChargeLimits:
    """What one charge in that currency can be, in minor units of ISO 4217."""
    shift = decimals(currency) - _decimals(currency)
    step = 10 if currency in THREE_DECIMALS else int(10 ** max(0, shift))
    least = max(step, in_our_units(LEAST.get(currency, 1), currency))
    return ChargeLimits(least, in_our_units(MOST, currency), step)


def _decimals(currency: str) -> int:
    if currency in THREE_DECIMALS:
        return 3
    return 0 if currency in NO_DECIMALS else 2
