"""Which VAT applies. A case without a rule is refused, never silently zero."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from billing.domain.documents import TaxGroup
from billing.domain.errors import TaxCaseUnknown
from billing.domain.money import round_half_up

# Hundredths of a per cent, by the seller's and the buyer's country.
RATES = {("IT", "IT"): 2200}


def rate_for(seller_country: str, buyer_country: str) -> int:
    """The VAT rate in hundredths of a per cent; raises TaxCaseUnknown where no rule fits."""
    rate = RATES.get((seller_country, buyer_country))
    if rate is None:
        raise TaxCaseUnknown(seller_country, buyer_country)
    return rate


def groups(nets: Iterable[tuple[int, int]]) -> tuple[TaxGroup, ...]:
    """One group for each rate from (rate, net minor units) pairs; the tax is rounded once per group."""
    sums: dict[int, int] = {}
    for rate, net in nets:
        sums[rate] = sums.get(rate, 0) + net
    return tuple(
        TaxGroup(rate, net, round_half_up(Fraction(net * rate, 10_000))) for rate, net in sorted(sums.items())
    )
