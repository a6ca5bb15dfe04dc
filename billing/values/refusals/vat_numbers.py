"""VAT numbers under which no reverse charge is applied."""

from __future__ import annotations

from dataclasses import dataclass

from billing.values.errors import Refusal


@dataclass(eq=False)
class VatNumberInvalid(Refusal):
    """VIES, the Union's register, says that `number` is not valid: nothing is sold under it without VAT."""

    number: str
