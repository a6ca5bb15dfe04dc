"""The billing address of one subscription, checked when it is typed."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from functools import cache
from typing import Any

from babel import Locale

from billing.values import italy
from billing.values.errors import BadFields, Fault
from billing.values.texts import one_line, text_fault

# Two-letter codes that CLDR names but that are no country one can send an invoice to.
NOT_COUNTRIES = frozenset(
    {"AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "ZZ"}
)

# Of name, street and city e-invoices take no more.
LIMITS = {"name": 80, "street": 60, "extra": 120, "postal_code": 16, "city": 60, "region": 80}
OPTIONAL = frozenset({"extra", "postal_code", "region"})


@cache
def countries() -> frozenset[str]:
    """The ISO 3166 codes an address may have."""
    codes = (str(code) for code in Locale("en").territories)
    return frozenset(code for code in codes if len(code) == 2 and code.isalpha()) - NOT_COUNTRIES


@dataclass(frozen=True, slots=True)
class BillingAddress:
    """Who the invoice is for, and where. `country` is an ISO 3166 code, `region` a province or state."""

    name: str
    street: str
    city: str
    country: str
    postal_code: str = ""
    region: str = ""
    extra: str = ""

    @classmethod
    def typed(cls, **values: str) -> BillingAddress:
        """The address from what a person typed; raises BadFields with one fault for each wrong field."""
        cleaned = {field.name: one_line(values.get(field.name, "")) for field in fields(cls)}
        faults = {name: fault for name, value in cleaned.items() if (fault := _fault(name, value))}
        if cleaned["country"] == "IT":
            cleaned["region"] = cleaned["region"].upper()
            faults = italy.faults(cleaned["postal_code"], cleaned["region"]) | faults
        if faults:
            raise BadFields(faults)
        return cls(**cleaned)

    def lines(self) -> tuple[str, ...]:
        """Street, extra line, then place as written on an envelope; the country's name is the reader's matter."""
        region = f"({self.region})" if self.country == "IT" and self.region else self.region
        place = " ".join(part for part in (self.postal_code, self.city, region) if part)
        return tuple(line for line in (self.street, self.extra, place) if line)

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def _fault(name: str, value: str) -> Fault | None:
    if name == "country":
        return country_fault(value)
    return text_fault(value, LIMITS[name], optional=name in OPTIONAL, printed=True)


def country_fault(code: str) -> Fault | None:
    """Why the code is no country that an address may have; None where it is one."""
    return None if code in countries() else Fault("unknown" if code else "missing")
