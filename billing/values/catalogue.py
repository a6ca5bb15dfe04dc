"""The catalogue as a file says it: checked whole, before anything of it is put on sale."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)

from billing.values.cycles import MAX_TRIAL_DAYS, Interval
from billing.values.errors import CatalogueInvalid, Unfit, UnknownCurrency
from billing.values.faults import first_fault, read_toml, unreadable
from billing.values.money import Money, decimals
from billing.values.texts import shown


def _listed(currency: str) -> str:
    """Raises ValueError for what is no currency, a lower-case code included."""
    try:
        decimals(currency)
    except UnknownCurrency:
        raise Unfit("{written} is not an ISO 4217 currency code like EUR", written=repr(currency)) from None
    return currency


Currency = Annotated[str, AfterValidator(_listed)]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,40}$")]
Name = Annotated[str, StringConstraints(min_length=1, max_length=60), AfterValidator(shown)]
# What the database's integers hold, with room for quantities.
MAX_MINOR = 10**12
# As people write one: no exponent, no signs, no digits of other scripts.
AMOUNT = re.compile(r"[0-9]{1,15}(\.[0-9]{1,15})?")
# The largest that the database's integers of four bytes hold.
MAX_INTEGER = 2**31 - 1
# How many of an add-on one subscription can have, where the file does not say less.
MAX_QUANTITY = 10_000


class Entry(BaseModel):
    """A table of the file; what it does not know is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class PlanEntry(Entry):
    """A plan with its net prices, written as text ("29.00"): a number in the file would be a float.

    A price in other currencies than the file's is written with them: `month = { EUR = "29.00", USD = "32.00" }`.
    A plan that is not sold is kept for those who have it.
    """

    name: Name
    month: str | dict[Currency, str] | None = None
    year: str | dict[Currency, str] | None = None
    quota: int | None = Field(default=None, ge=1, le=MAX_INTEGER)
    trial_days: int = Field(default=0, ge=0, le=MAX_TRIAL_DAYS)
    sold: bool = True


class AddOnEntry(Entry):
    """An add-on with its plans, from small to large, and how it may be changed and moved.

    `most` is how many of it one subscription can have; of what is had once, nobody is asked how many.
    """

    name: Name
    change_policy: Literal["period_end", "prorate", "reset"] = "period_end"
    transferable: bool = True
    most: int = Field(default=MAX_QUANTITY, ge=1, le=MAX_QUANTITY)
    sold: bool = True
    plans: dict[Slug, PlanEntry] = Field(min_length=1)


class Catalogue(Entry):
    """Everything that is on sale. The version counts up: a file that changes anything has a higher one."""

    version: int = Field(ge=1, le=MAX_INTEGER)
    currency: Currency
    add_ons: dict[Slug, AddOnEntry]

    @model_validator(mode="after")
    def _amounts_fit(self) -> Catalogue:
        for add_on in self.add_ons.values():
            for plan in add_on.plans.values():
                list(self.prices(plan))
        return self

    def prices(self, plan: PlanEntry) -> Iterator[tuple[Interval, Money]]:
        """The plan's prices; ValueError where a currency has no such amount."""
        for interval, written in ((Interval.MONTH, plan.month), (Interval.YEAR, plan.year)):
            amounts = {self.currency: written} if isinstance(written, str) else written or {}
            for currency, amount in amounts.items():
                yield interval, _money(amount, currency)

    def digest(self) -> str:
        """The same for files that say the same in the same order, whatever their blanks and comments."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()


def _money(amount: str, currency: str) -> Money:
    minor = Decimal(amount).scaleb(decimals(currency)) if AMOUNT.fullmatch(amount) else None
    if minor is None or minor != minor.to_integral_value() or minor > MAX_MINOR:
        raise Unfit("{amount} {currency} is no amount like 29.00", amount=repr(amount), currency=currency)
    return Money(int(minor), currency)


def read_catalogue(path: Path) -> Catalogue:
    """The catalogue of a TOML file. Raises CatalogueInvalid, which says what is wrong where."""
    try:
        return Catalogue.model_validate(read_toml(path))
    except ValidationError as faults:
        raise CatalogueInvalid(first_fault(faults)) from faults
    except OSError as fault:
        raise CatalogueInvalid(unreadable(path, fault)) from fault
    except Unfit as fault:
        raise CatalogueInvalid(fault) from fault
