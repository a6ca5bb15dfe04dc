"""What is imported: a subscription that ran in another system, as one line of a file says it."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType

from billing.values import csv_lines
from billing.values.addresses import BillingAddress
from billing.values.card_numbers import holds_card_number
from billing.values.companies import Company
from billing.values.csv_lines import CsvLine
from billing.values.cycles import Interval
from billing.values.errors import Fault, Unfit
from billing.values.money import WRITTEN_AMOUNT

# Every column, with what the example of the template has in it.
TEMPLATE: Mapping[str, str] = MappingProxyType(
    {
        "reference": "sub_1042",
        "workspace": "T0123456789",
        "property": "prop_01JABCDEFGHJKMNPQRSTVWXYZ0",
        "user": "U0123456789",
        "add_on": "remove-branding",
        "plan": "standard",
        "interval": "month",
        "quantity": "1",
        "price": "29.00",
        "currency": "EUR",
        "anchor": "2024-01-31",
        "paid_through": "2026-12-30",
        "cancelled": "no",
        "card": "pm_1OabcdEFGH",
        "name": "Esempio S.r.l.",
        "street": "Via Roma 1",
        "extra": "",
        "postal_code": "20121",
        "city": "Milano",
        "region": "MI",
        "country": "IT",
        "legal_name": "Esempio S.r.l.",
        "vat_number": "IT00743110157",
        "codice_fiscale": "",
        "sdi_code": "0000000",
        "pec": "",
        "purchase_order": "",
    }
)
NEEDED = (
    *("reference", "workspace", "property", "user", "add_on", "plan", "interval", "anchor", "paid_through"),
)
ADDRESS = tuple(field.name for field in fields(BillingAddress))
COMPANY = tuple(field.name for field in fields(Company))
IDS = ("reference", "workspace", "property", "user", "add_on", "plan", "card")
LIMITS = MappingProxyType({"reference": 100, "card": 255})
ID_LIMIT = 40
ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
WRITTEN_DATE = re.compile(r"([0-9]{1,2})[./-]([0-9]{1,2})[./-]([0-9]{4})")
YEARS = range(1990, 2101)


class DateOrder(StrEnum):
    """How a file writes its dates beside 2026-01-31: not at all otherwise, day first, or month first."""

    ISO = "iso"
    DMY = "dmy"
    MDY = "mdy"


@dataclass(frozen=True, slots=True)
class Running:
    """A subscription that runs elsewhere. `reference` is what it is called there, in its workspace once.

    `price` is what one unit costs an interval, net, in `currency`, as it was written; empty for the price on sale.
    `anchor` is where its first cycle began: a day of the property's zone, or a moment. `paid_through` is the last
    day that is paid for, or the moment up to which it is. `card` is the gateway's name of a saved card.
    """

    reference: str
    workspace_id: str
    property_id: str
    user_id: str
    add_on_id: str
    plan_id: str
    interval: Interval
    quantity: int
    price: str
    currency: str
    anchor: date | datetime
    paid_through: date | datetime
    cancelled: bool
    card: str
    address: Mapping[str, str]
    company: Mapping[str, str]

    @property
    def key(self) -> tuple[str, str]:
        """What it is known by here: the same line twice is one subscription."""
        return self.workspace_id, self.reference

    def digest(self) -> str:
        """The same for lines that say the same."""
        said = {field.name: getattr(self, field.name) for field in fields(self)}
        return hashlib.sha256(json.dumps(said, sort_keys=True, default=str).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class ImportLine:
    """A line of the file: what it says, or what is wrong with it."""

    number: int
    reference: str
    running: Running | None
    faults: tuple[Unfit, ...] = ()


def read_line(line: CsvLine, dates: DateOrder) -> ImportLine:
    """What a line says. Nothing in it is guessed, and no card number is repeated."""
    reader = _Reader(line.cells, dates)
    reference = line.cells.get("reference", "")
    shown = csv_lines.shown(reference)
    if line.faults:
        return ImportLine(line.number, shown, None, line.faults)
    running = reader.running()
    if reader.faults:
        return ImportLine(line.number, shown, None, tuple(reader.faults))
    return ImportLine(line.number, shown, running)


def field_fault(column: str, fault: Fault) -> Unfit:
    """What is wrong with a cell of an address or a company, and what belongs there."""
    match fault.reason:
        case "missing":
            return Unfit("{column} is missing", column=column)
        case "too_long":
            return Unfit("{column} has more than {limit} characters", column=column, limit=fault.limit)
        case "card_number":
            return Unfit(
                "{column} holds a card number, which never belongs in a file: take it out", column=column
            )
        case "control_characters":
            return Unfit("{column} has characters that cannot be printed: type it again", column=column)
        case "no_font":
            return Unfit(
                "{column}: no font of the invoices has “{character}”",
                column=column,
                character=fault.character,
            )
        case "vat_number":
            return Unfit(
                "{column} is no VAT number of the address's country: correct one of them", column=column
            )
        case "other_country":
            return Unfit("{column} is a VAT number of another country than the address", column=column)
        case "codice_fiscale":
            return Unfit("{column} is no Codice Fiscale: its check character is wrong", column=column)
        case "sdi_code":
            return Unfit("{column} needs 7 characters, or 6 for a public office", column=column)
        case "email" | "mail_address":
            return Unfit("{column} is no mail address", column=column)
        case "only_italian":
            return Unfit("{column} is for addresses in Italy: leave it empty", column=column)
        case "italian_postal_code":
            return Unfit("{column} needs five digits in Italy", column=column)
        case "province":
            return Unfit("{column} needs the two letters of an Italian province, like MI", column=column)
        case "needed_abroad":
            return Unfit(
                "{column} is needed: invoices to that country name the company's number", column=column
            )
        case "needed_in_italy":
            return Unfit("{column} is needed in Italy, or a VAT number", column=column)
        case _:
            return Unfit("{column} is not known: a code like IT is needed", column=column)


class _Reader:
    """Reads the cells of one line, and keeps what is wrong with them."""

    def __init__(self, cells: Mapping[str, str], dates: DateOrder) -> None:
        self.cells = cells
        self.dates = dates
        self.faults: list[Unfit] = []

    def running(self) -> Running | None:
        typed = [name for name in self.cells if name not in (*ADDRESS, *COMPANY)]
        self.faults += [
            field_fault(name, Fault("card_number")) for name in typed if holds_card_number(self.cells[name])
        ]
        if self.faults:
            return None
        named = {name: self._id(name) for name in IDS}
        interval, quantity = self._interval(), self._quantity()
        price, currency = self._price()
        anchor, paid_through = self._day("anchor"), self._day("paid_through")
        cancelled = self._yes("cancelled")
        if self.faults or anchor is None or paid_through is None:
            return None
        return Running(
            reference=named["reference"],
            workspace_id=named["workspace"],
            property_id=named["property"],
            user_id=named["user"],
            add_on_id=named["add_on"],
            plan_id=named["plan"],
            interval=interval,
            quantity=quantity,
            price=price,
            currency=currency,
            anchor=anchor,
            paid_through=paid_through,
            cancelled=cancelled,
            card=named["card"],
            address=self._filled(ADDRESS),
            company=self._filled(COMPANY),
        )

    def _cell(self, name: str) -> str:
        return self.cells.get(name, "")

    def _filled(self, names: tuple[str, ...]) -> Mapping[str, str]:
        return {name: cell for name in names if (cell := self._cell(name))}

    def _id(self, name: str) -> str:
        cell, limit = self._cell(name), LIMITS.get(name, ID_LIMIT)
        if not cell and name in NEEDED:
            self.faults.append(field_fault(name, Fault("missing")))
        elif len(cell) > limit:
            self.faults.append(field_fault(name, Fault("too_long", limit)))
        elif not cell.isprintable():
            self.faults.append(field_fault(name, Fault("control_characters")))
        return cell

    def _interval(self) -> Interval:
        cell = self._cell("interval")
        if cell in set(Interval):
            return Interval(cell)
        self.faults.append(Unfit("interval is {written}: month or year is needed", written=repr(cell)))
        return Interval.MONTH

    def _quantity(self) -> int:
        cell = self._cell("quantity") or "1"
        if re.fullmatch("[0-9]{1,9}", cell) and int(cell):
            return int(cell)
        self.faults.append(
            Unfit("quantity is {written}: a whole number from 1 on is needed", written=repr(cell))
        )
        return 1

    def _price(self) -> tuple[str, str]:
        price, currency = self._cell("price"), self._cell("currency").upper()
        if price and not WRITTEN_AMOUNT.fullmatch(price):
            self.faults.append(
                Unfit(
                    "price is {written}: an amount like 29.00 is needed, without thousands and currency",
                    written=repr(price),
                )
            )
        elif price and not currency:
            self.faults.append(Unfit("currency is missing: a price needs one, like EUR"))
        return price.replace(",", "."), currency

    def _yes(self, name: str) -> bool:
        cell = self._cell(name).lower()
        if cell not in ("", "yes", "no"):
            self.faults.append(
                Unfit("{column} is {written}: yes or no is needed", column=name, written=repr(cell))
            )
        return cell == "yes"

    def _day(self, name: str) -> date | datetime | None:
        """A day, or a moment that says how far its clock is from UTC."""
        cell = self._cell(name)
        try:
            found = _day(name, cell, self.dates)
            if found.year in YEARS:
                return found
            fault = Unfit(
                "{column} is {written}: a year from 1990 to 2100 is needed", column=name, written=repr(cell)
            )
        except Unfit as unfit:
            fault = unfit
        except ValueError:
            fault = Unfit(
                "{column} is {written}: a day like 2026-01-31 is needed, or a moment like 2026-01-31T09:30:00+01:00",
                column=name,
                written=repr(cell),
            )
        self.faults.append(fault if cell else field_fault(name, Fault("missing")))
        return None


def _day(name: str, cell: str, dates: DateOrder) -> date | datetime:
    """Raises ValueError, and Unfit for what can be read in two ways."""
    if ISO_DATE.fullmatch(cell):
        return date.fromisoformat(cell)
    if parts := WRITTEN_DATE.fullmatch(cell):
        if dates is DateOrder.ISO:
            raise Unfit(
                "{column} is {written}, day and month in doubt: write 2026-01-31, or say --dates dmy or mdy",
                column=name,
                written=repr(cell),
            )
        one, other, year = map(int, parts.groups())
        return date(year, other, one) if dates is DateOrder.DMY else date(year, one, other)
    moment = datetime.fromisoformat(cell)
    if moment.tzinfo is None:
        raise ValueError(cell)
    return moment
