"""Money: a whole number of minor units and a currency, rounded once and never guessed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cache

from iso4217 import Currency

from billing.values.errors import CurrenciesDiffer, Fault, NotAnAmount, UnknownCurrency

WRITTEN_AMOUNT = re.compile(r"(?P<whole>[0-9]{1,12})(?:[.,](?P<fraction>[0-9]{1,4}))?")


def round_half_up(amount: Fraction) -> int:
    """The nearest whole number; a half goes away from zero (billing rules: HALF_UP, once per invoice line)."""
    return rounded_quotient(amount.numerator, amount.denominator)


def rounded_quotient(numerator: int, denominator: int) -> int:
    """The same of a fraction that nobody needs reduced; the denominator is above zero."""
    whole = (2 * abs(numerator) + denominator) // (2 * denominator)
    return whole if numerator >= 0 else -whole


@cache
def decimals(currency: str) -> int:
    """How many decimals ISO 4217 gives the currency: 2 for EUR, 0 for JPY, 3 for KWD.

    Raises UnknownCurrency for a code that ISO 4217 does not list.
    """
    try:
        exponent = Currency(currency).exponent
    except ValueError:
        raise UnknownCurrency(currency) from None
    if exponent is None:
        raise UnknownCurrency(currency)
    return int(exponent)


def currency_fault(code: str) -> Fault | None:
    """Why the code is no currency that can be chosen; None where it is one."""
    try:
        decimals(code)
    except UnknownCurrency:
        return Fault("unknown" if code else "missing")
    return None


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in minor units (cents for EUR) of an ISO 4217 currency."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        decimals(self.currency)

    def __add__(self, other: Money) -> Money:
        self._same_currency(other)
        return Money(self.minor + other.minor, self.currency)

    def __sub__(self, other: Money) -> Money:
        return self + -other

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)

    def __mul__(self, factor: int | Fraction) -> Money:
        """The exact product, rounded once to a whole minor unit."""
        return Money(round_half_up(Fraction(factor) * self.minor), self.currency)

    @property
    def decimal(self) -> Decimal:
        """The amount in major units, as a person writes it (35.38)."""
        return Decimal(self.minor).scaleb(-decimals(self.currency))

    def _same_currency(self, other: Money) -> None:
        if other.currency != self.currency:
            raise CurrenciesDiffer(self.currency, other.currency)


def read_amount(written: str, currency: str) -> Money:
    """An amount above zero as a person writes it, 12.50 or 12,50. Raises NotAnAmount.

    More digits behind the sign than the currency has, be they zeros, may be thousands: 1.200 euros are neither.
    """
    amount = WRITTEN_AMOUNT.fullmatch(written.strip())
    fraction = (amount["fraction"] or "") if amount else ""
    places = decimals(currency)
    minor = int(amount["whole"] + fraction.ljust(places, "0")) if amount else 0
    if minor == 0 or len(fraction) > places:
        raise NotAnAmount(currency)
    return Money(minor, currency)


def total(amounts: Iterable[Money], currency: str) -> Money:
    """The sum of the amounts in that currency; zero when there are none."""
    result = Money(0, currency)
    for amount in amounts:
        result += amount
    return result


def allocate(amount: int, over: Sequence[int]) -> list[int]:
    """Splits minor units in proportion to the weights, none above its weight; the parts add up.

    Largest remainder: what rounding down leaves goes, unit by unit, to the parts that lost most.
    """
    whole = sum(over)
    amount = min(amount, whole)
    exact = [Fraction(amount * weight, whole) if whole else Fraction(0) for weight in over]
    parts = [int(part) for part in exact]
    by_loss = sorted(range(len(over)), key=lambda i: (parts[i] - exact[i], i))
    for index in by_loss[: amount - sum(parts)]:
        parts[index] += 1
    return parts
