"""What is spent, by month and add-on."""

from __future__ import annotations

from dataclasses import dataclass

from billing.values.money import Money
from billing.values.snapshots.properties import PropertySnapshot
from billing.values.spans import Span


@dataclass(frozen=True, slots=True)
class SpendRow:
    """What an add-on costs in a month, with VAT: invoiced, less credit notes; or to come, as things stand."""

    month: Span
    add_on: str
    total: Money
    is_to_come: bool


@dataclass(frozen=True, slots=True)
class Spend:
    """What a property was and will be invoiced, the earliest month first. `this_month` is the one that runs there."""

    property: PropertySnapshot
    currency: str
    rows: tuple[SpendRow, ...]
    this_month: Span
