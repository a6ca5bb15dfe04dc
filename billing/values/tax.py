"""Which VAT applies, by a table of dated cases. One without a row is refused, never silently zero."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date
from itertools import combinations
from pathlib import Path
from typing import Annotated, Literal, NamedTuple
from unicodedata import normalize

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from billing.values.addresses import countries
from billing.values.companies import is_vat_number_of
from billing.values.documents import Buyer, Seller
from billing.values.errors import TaxCaseUnknown, Unfit
from billing.values.faults import first_fault, read_toml
from billing.values.tax_groups import TaxGroup, TaxNote, tax_on

DEFAULT_TABLE = Path(__file__).with_name("tax.toml")
OSS = "oss"


class Treatment(NamedTuple):
    """The VAT of a line: its rate in hundredths of a per cent, and why there is none where there is none."""

    rate: int
    note: TaxNote = ""


class Row(BaseModel):
    """A row of the table, and the days that it holds on, both included."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    from_: date = Field(alias="from")
    to: date = date.max

    def holds_on(self, day: date) -> bool:
        return self.from_ <= day <= self.to

    def overlaps(self, other: Row) -> bool:
        return self.from_ <= other.to and other.from_ <= self.to


class Area(Row):
    """Countries that are treated alike."""

    name: str
    countries: frozenset[str]


class Place(Row):
    """A part of a country that its VAT does not hold in: all post codes that begin so.

    Its name, which may be an ISO 3166 code of its own, stands in areas and cases in the country's place.
    """

    name: str = Field(min_length=1)
    country: str
    postal_codes: tuple[Annotated[str, Field(pattern=r"^[0-9]+$")], ...] = Field(min_length=1)


class OssRate(Row):
    """What consumers of a country pay to a seller who is registered for the One Stop Shop."""

    country: str
    rate: int = Field(gt=0)


class Case(Row):
    """Who sells to whom, and what VAT that makes."""

    seller: str
    buyer: str
    who: Literal["anybody", "business", "consumer", "public office"]
    rate: int | Literal["oss"]
    note: TaxNote = ""

    @model_validator(mode="after")
    def _nothing_has_a_reason(self) -> Case:
        if self.note == "split_payment":
            if self.rate == 0:
                raise Unfit("split payment needs its rate")
        elif self.note == "sellers_vat":
            if self.rate in (0, OSS):
                raise Unfit("the VAT of the seller's country needs its rate in numbers")
        elif (self.rate == 0) != bool(self.note):
            raise Unfit("a rate of nothing needs its note, and no other rate has one")
        return self


class TaxTable(BaseModel):
    """The table as its file says it, checked whole."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    areas: tuple[Area, ...]
    places: tuple[Place, ...] = ()
    cases: tuple[Case, ...]
    oss: tuple[OssRate, ...] = ()

    @model_validator(mode="after")
    def _one_row_a_day(self) -> TaxTable:
        keyed: list[tuple[object, Row]] = [(area.name, area) for area in self.areas]
        keyed += [(("place", place.country, place.name), place) for place in self.places]
        keyed += [((case.seller, case.buyer, case.who), case) for case in self.cases]
        keyed += [(("oss", rate.country), rate) for rate in self.oss]
        for (key, row), (other_key, other) in combinations(keyed, 2):
            if key == other_key and row.overlaps(other):
                raise Unfit("two rows for {key} hold on the same day", key=key)
        return self

    def treatment(self, seller: Seller, buyer: Buyer, on: date) -> Treatment:
        """The VAT between the two on that day.

        A public office is known by its SDI code. A buyer with a valid VAT number of its own country is a business,
        any other a consumer. Raises TaxCaseUnknown, which says whether the VAT number is missing or there is no rule
        (billing rules, "Tax").
        """
        if buyer.vat_number and not is_vat_number_of(buyer.country, buyer.vat_number):
            raise TaxCaseUnknown(seller.country, buyer.country, "vat_number")
        who = "business" if buyer.vat_number else "consumer"
        place = self.place_of(buyer.country, buyer.postal_code, on)
        there = list(self._between(seller.country, buyer.country, place, on))
        for case in there:
            if self._is_for(case, who, buyer) and (rate := self._rate(case, buyer.country, on)) is not None:
                return Treatment(
                    rate, case.note or self._whose(case, rate, seller.country, buyer.country, on)
                )
        for_business = any(case.who == "business" for case in there)
        missing = "vat_number" if who == "consumer" and for_business else "rule"
        raise TaxCaseUnknown(seller.country, buyer.country, missing, place)

    @staticmethod
    def _is_for(case: Case, who: str, buyer: Buyer) -> bool:
        return case.who in ("anybody", who) or (case.who == "public office" and buyer.is_public_office)

    def knows_seller(self, country: str) -> bool:
        """Whether some case, on whatever day, has a seller in that country."""
        days = {row.from_ for row in (*self.areas, *self.cases)}
        return any(
            case.holds_on(day) and self._is_there(country, case.seller, day)
            for case in self.cases
            for day in days
        )

    def place_of(self, country: str, postal_code: str, on: date) -> str:
        """The part of the country, by its post code, that the country's VAT does not hold in; empty for the rest.

        However the code is written: D-27498 is 27498.
        """
        digits = re.sub(r"[^0-9]", "", normalize("NFKC", postal_code))
        for place in self.places:
            if place.country == country and place.holds_on(on) and digits.startswith(place.postal_codes):
                return place.name
        return ""

    def _between(self, seller: str, buyer: str, place: str, on: date) -> Iterator[Case]:
        return (
            case
            for case in self.cases
            if case.holds_on(on)
            and self._is_there(seller, case.seller, on)
            and (
                buyer != seller if case.buyer == "abroad" else self._is_there(place or buyer, case.buyer, on)
            )
        )

    def _is_there(self, country: str, place: str, on: date) -> bool:
        """Whether the country, or the part of one, is or lies in that place of the table."""
        if country == place:
            return True
        known = [area for area in self.areas if area.holds_on(on)]
        areas = {area.name for area in known if country in area.countries}
        if place == "outside":
            exists = country in countries() or any(one.name == country for one in self.places)
            return bool(known) and exists and not areas
        return place in areas

    def _whose(self, case: Case, rate: int, seller: str, buyer: str, on: date) -> TaxNote:
        """Notes the VAT of the seller's country, charged abroad: by the rate that consumers at home are charged."""
        if case.rate == OSS or buyer == seller:
            return ""
        at_home = (
            one.rate for one in self._between(seller, seller, "", on) if one.who in ("anybody", "consumer")
        )
        return "sellers_vat" if next(at_home, None) == rate else ""

    def _rate(self, case: Case, country: str, on: date) -> int | None:
        if case.rate != OSS:
            return int(case.rate)
        return next((one.rate for one in self.oss if one.country == country and one.holds_on(on)), None)


def read_table(path: Path = DEFAULT_TABLE) -> TaxTable:
    """The table of a TOML file. Raises OSError, or Unfit which says in one sentence what is wrong where."""
    try:
        return TaxTable.model_validate(read_toml(path))
    except ValidationError as faults:
        raise first_fault(faults) from faults


def groups(nets: Iterable[tuple[Treatment, int]]) -> tuple[TaxGroup, ...]:
    """One group for each treatment from (treatment, net minor units) pairs; tax is rounded once per group."""
    sums: dict[Treatment, int] = {}
    for treatment, net in nets:
        sums[treatment] = sums.get(treatment, 0) + net
    return tuple(
        TaxGroup(rate, net, 0 if note == "split_payment" else tax_on(net, rate), note)
        for (rate, note), net in sorted(sums.items())
    )
