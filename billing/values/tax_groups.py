"""The VAT of a document, rate by rate, and why none is charged where none is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from billing.values.money import rounded_quotient

# Why no VAT is charged; empty where some is. With split payment there is a rate, and the buyer pays the tax office.
# Sold to another country there are two that it can be: that of the buyer's, or, as noted then, of the seller's.
TaxNote = Literal[
    "", "reverse_charge", "not_subject", "out_of_scope", "exempt", "split_payment", "sellers_vat"
]


@dataclass(frozen=True, slots=True)
class TaxGroup:
    """The VAT charged for all lines of one rate, which is in hundredths of a per cent; `note` is why none is.

    `rounding_minor` is how far the VAT of split payment is off its rate, where a part takes what other parts left.
    """

    rate: int
    net_minor: int
    tax_minor: int
    note: TaxNote = ""
    rounding_minor: int = 0

    @property
    def withheld_minor(self) -> int:
        """The VAT that a public office pays to the tax office in place of the seller."""
        return tax_on(self.net_minor, self.rate) + self.rounding_minor if self.note == "split_payment" else 0


def tax_on(net_minor: int, rate: int) -> int:
    """The VAT of that rate on so much, rounded once."""
    return rounded_quotient(net_minor * rate, 10_000)
