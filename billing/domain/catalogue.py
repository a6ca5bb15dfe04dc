"""The catalogue as a file says it: checked whole, before anything of it is put on sale."""

from __future__ import annotations

import tomllib
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from billing.domain.cycles import Interval
from billing.domain.errors import CatalogueInvalid, UnknownCurrency
from billing.domain.money import decimals

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,40}$")]
Name = Annotated[str, StringConstraints(min_length=1, max_length=60)]
# What the database's integers hold, with room for quantities.
MOST_MINOR = 10**12


class Entry(BaseModel):
    """A table of the file; what it does not know is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class PlanEntry(Entry):
    """A plan with its net prices, written as text ("29.00"): a number in the file would be a float."""

    name: Name
    month: str | None = None
    year: str | None = None
    quota: int | None = Field(default=None, ge=1)
    trial_days: int = Field(default=0, ge=0, le=365)

    def prices(self) -> dict[Interval, str]:
        """The amounts by interval, as written."""
        written = {Interval.MONTH: self.month, Interval.YEAR: self.year}
        return {interval: amount for interval, amount in written.items() if amount is not None}


class AddOnEntry(Entry):
    """An add-on with its plans, from small to large, and how it may be changed and moved."""

    name: Name
    change_policy: Literal["period_end", "prorate", "reset"] = "period_end"
    transferable: bool = True
    plans: dict[Slug, PlanEntry] = Field(min_length=1)


class Catalogue(Entry):
    """Everything that is on sale, in one currency."""

    currency: str
    add_ons: dict[Slug, AddOnEntry]

    @model_validator(mode="after")
    def _amounts_fit(self) -> Catalogue:
        for add_on in self.add_ons.values():
            for plan in add_on.plans.values():
                for amount in plan.prices().values():
                    self.minor(amount)
        return self

    def minor(self, amount: str) -> int:
        """The amount in minor units; ValueError where the currency has no such amount."""
        try:
            minor = Decimal(amount).scaleb(decimals(self.currency))
        except (InvalidOperation, UnknownCurrency):
            raise ValueError(f"{amount} {self.currency} is no amount") from None
        if not minor.is_finite() or minor != minor.to_integral_value() or not 0 <= minor <= MOST_MINOR:
            raise ValueError(f"{amount} {self.currency} is no amount")
        return int(minor)


def read_catalogue(path: Path) -> Catalogue:
    """The catalogue of a TOML file. Raises CatalogueInvalid, which says what is wrong where."""
    try:
        return Catalogue.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except ValidationError as faults:
        first = faults.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise CatalogueInvalid(f"{where}: {first['msg']}") from faults
    except (OSError, ValueError) as fault:
        raise CatalogueInvalid(str(fault)) from fault
