"""What happened to the VAT numbers of buyers."""

from __future__ import annotations

from dataclasses import dataclass

from billing.values.events.base import PropertyEvent


@dataclass(frozen=True, slots=True)
class VatNumberRejected(PropertyEvent):
    """VIES says that `number`, under which the property buys without VAT, is not valid."""

    number: str
