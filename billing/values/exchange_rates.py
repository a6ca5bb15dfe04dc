"""VAT in euros where another currency is charged (VAT directive, article 230), by published rates (article 91)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from billing.values.money import Money, round_half_up

EURO = "EUR"
# Sellers whose VAT is in euros: the member states that have it.
EURO_AREA = frozenset({
    "AT", "BE", "BG", "CY", "DE", "EE", "ES", "FI", "FR", "GR", "HR", "IE", "IT", "LT", "LU", "LV", "MT", "NL",
    "PT", "SI", "SK",
})  # fmt: skip
# Over holidays nothing is published for some days; what is older than this is no rate of the day any more.
MAX_AGE = timedelta(days=7)
# What an invoice lacks for which no rate is known.
TAX_IN_EURO = "VAT in euros"


@dataclass(frozen=True, slots=True)
class ExchangeRate:
    """How much of the currency was given for a euro, as `source` published it for that day."""

    currency: str
    day: date
    rate: Decimal
    source: str

    def of(self, tax: Money) -> TaxInEuro:
        """That VAT in euros, rounded once, half up."""
        return TaxInEuro(in_cents(tax, self.rate), self)


@dataclass(frozen=True, slots=True)
class TaxInEuro:
    """The VAT of a document in cents of a euro, and the rate by which it came about."""

    cents: int
    by: ExchangeRate

    @property
    def amount(self) -> Money:
        return Money(self.cents, EURO)


class RatesUnavailable(Exception):
    """Who publishes the rates gave none."""


def in_cents(tax: Money, rate: Decimal) -> int:
    """So much VAT in cents of a euro, by what is given for one; rounded half up."""
    return round_half_up(Fraction(tax.decimal) / Fraction(rate) * 100)
