"""What an invoice says, frozen when it is issued: the only thing that its drawing may look at."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from operator import attrgetter
from typing import Any, Literal

from billing.values.appearance import DEFAULT_ACCENT
from billing.values.cycles import Interval
from billing.values.errors import InvoiceIncomplete
from billing.values.exchange_rates import TaxInEuro
from billing.values.money import Money
from billing.values.tax_groups import TaxGroup, TaxNote

# What an invoice lacks whose buyer has neither a VAT number nor a Codice Fiscale.
TAX_NUMBER = "buyer tax number"
# What a credit note lacks where the clock went back since the invoice.
LATER_DATE = "a date not before that of the document it corrects"
# What is fixed as a document is issued, beside its JSON.
BESIDE = ("embeds", "in_euro")
# What the release before does not know is left out where it says nothing.
LEFT_OUT = ("credited_to", "rounding_minor", "wording")
BY_WHOSE_LAW = 2  # the `wording` that goes by the law of the seller's country, and by who buys
# What the PDF of a document holds for programs.
Embedded = Literal["", "factur-x"]


@dataclass(frozen=True, slots=True)
class Seller:
    """Who issues the invoices; from the settings. `country` is an ISO 3166 code; years begin in its zone.

    `logo` is the digest of the picture that stands for the name, or empty; `accent` the one colour. What e-invoices
    need besides: the parts of the address (`region` is the province), the tax code, the entry in the register of
    companies (`rea`), the share capital and the tax regime. `e_invoices` is how they are sent, empty for not at all.
    """

    name: str
    address: tuple[str, ...]
    country: str
    vat_number: str
    time_zone: str
    email: str = ""
    logo: str = ""
    accent: str = DEFAULT_ACCENT
    street: str = ""
    postal_code: str = ""
    city: str = ""
    region: str = ""
    codice_fiscale: str = ""
    rea: str = ""
    share_capital: str = ""
    tax_regime: str = ""
    e_invoices: str = ""


@dataclass(frozen=True, slots=True)
class Buyer:
    """Who the invoice is for. Without a billing address it is the Billing Admin by name (product, line 10).

    Of a company it has the numbers that were typed; `purchase_order` is the buyer's own reference. The address stands
    here in its parts, too: by its `postal_code` places with VAT rules of their own are known, and e-invoices need all
    of them (`region` is the province). Documents of former versions have only the lines.
    """

    name: str
    address: tuple[str, ...]
    country: str
    vat_number: str = ""
    codice_fiscale: str = ""
    sdi_code: str = ""
    pec: str = ""
    purchase_order: str = ""
    postal_code: str = ""
    street: str = ""
    city: str = ""
    region: str = ""

    @property
    def is_public_office(self) -> bool:
        """Italy's public offices are known by SDI codes of six characters; those of all others have seven."""
        return len(self.sdi_code) == len("UFXXXX")

    @property
    def lacks_tax_number(self) -> bool:
        """Whether an e-invoice cannot be made out to it: in Italy a person needs a number, too."""
        return self.country == "IT" and not (self.vat_number or self.codice_fiscale)

    def is_same_party(self, other: Buyer) -> bool:
        """Whether both are one party to the tax office: by a number that both have, by name where one has none."""
        if self.country != other.country:
            return False
        mine, theirs = self._numbers, other._numbers
        return bool(mine & theirs) if mine and theirs else self.name == other.name

    @property
    def _numbers(self) -> set[str]:
        """A company's Codice Fiscale is, as a rule, its VAT number without the country's prefix."""
        return {self.vat_number.removeprefix("IT"), self.codice_fiscale} - {""}


class LineKind(StrEnum):
    """A whole cycle, the rest of one after a change, or what is given back of what was billed before.

    A reversal stands on a credit note alone: what the corrected invoice gave back is owed again.
    """

    CYCLE = "cycle"
    REST = "rest"
    CREDIT = "credit"
    REVERSAL = "reversal"


@dataclass(frozen=True, slots=True)
class DocumentLine:
    """One thing sold: what, for which days (both included), how many, and its net amounts in minor units.

    A line for part of a span says which: `days` of `of_days`, out of `whole_minor` for all of them. One that gives
    back names the invoice that it reduces.
    """

    add_on: str
    plan: str
    interval: Interval
    first_day: date
    last_day: date
    quantity: int
    unit_minor: int
    net_minor: int
    tax_rate: int
    kind: LineKind = LineKind.CYCLE
    days: int | None = None
    of_days: int | None = None
    whole_minor: int | None = None
    tax_note: TaxNote = ""
    of_invoice: str = ""


@dataclass(frozen=True, slots=True)
class Correction:
    """What a credit note corrects. `owed_minor` is owed no more, `refund_minor` sent back, the rest is credit.

    That is the credit of the invoice's property, or of the one of the name `credited_to`.
    """

    number: str
    issued_on: date
    reason: str = ""
    owed_minor: int = 0
    refund_minor: int = 0
    credited_to: str = ""


@dataclass(frozen=True, slots=True)
class InvoiceDocument:
    """An issued invoice. `charged_to` is the card as it may be shown, "Visa 4242", or empty.

    `paid_on` is set where the payment came before it. `credit_minor` is what the property's credit
    balance paid of the total; `carried_minor` is too little to charge and left for the next invoice, or, below zero,
    left by former ones and charged with this one. One that `corrects` another is a credit note: its amounts are what
    is given back. What its PDF `embeds`, and its VAT in euros, are fixed as it is issued, beside its JSON. `wording`
    is that of its sentences on VAT: on documents of former versions it is 0.
    """

    number: str
    issued_on: date
    currency: str
    property_name: str
    seller: Seller
    buyer: Buyer
    lines: tuple[DocumentLine, ...]
    taxes: tuple[TaxGroup, ...]
    charged_to: str
    paid_on: date | None = None
    credit_minor: int = 0
    carried_minor: int = 0
    corrects: Correction | None = None
    embeds: Embedded = ""
    in_euro: TaxInEuro | None = None
    wording: int = 0

    @property
    def net(self) -> Money:
        return Money(sum(group.net_minor for group in self.taxes), self.currency)

    @property
    def tax(self) -> Money:
        return Money(sum(group.tax_minor for group in self.taxes), self.currency)

    @property
    def withheld(self) -> Money:
        """The VAT of split payment, which is in no total that is charged."""
        return Money(sum(group.withheld_minor for group in self.taxes), self.currency)

    @property
    def owed_tax(self) -> Money:
        """All of its VAT, whoever pays that to the tax office."""
        return self.tax + self.withheld

    @property
    def tax_in_euro(self) -> TaxInEuro | None:
        """What it says of euros: nothing where the rate was kept for its stamp duty alone."""
        return self.in_euro if self.owed_tax.minor else None

    @property
    def total(self) -> Money:
        return Money(sum(group.net_minor + group.tax_minor for group in self.taxes), self.currency)

    def refuse_if_incomplete(self, *, numbered: bool = True) -> None:
        """Raises InvoiceIncomplete, naming the field, where the VAT Directive's article 226 or e-invoices want more.

        A draft is not numbered yet.
        """
        wanted = {
            "number": self.number or not numbered,
            "seller name": self.seller.name,
            "seller address": self.seller.address,
            "seller VAT number": self.seller.vat_number,
            "buyer name": self.buyer.name,
            "lines": self.lines,
            "reason for no VAT": all(group.rate or group.note for group in self.taxes),
            LATER_DATE: self.corrects is None or self.issued_on >= self.corrects.issued_on,
        }
        if any(group.note == "reverse_charge" for group in self.taxes):
            wanted |= {"buyer address": self.buyer.address, "buyer VAT number": self.buyer.vat_number}
        if self.seller.e_invoices:
            wanted |= {"buyer address": self.buyer.street, TAX_NUMBER: not self.buyer.lacks_tax_number}
        for field, value in wanted.items():
            if not value:
                raise InvoiceIncomplete(field)

    def as_json(self) -> dict[str, Any]:
        """All its fields as plain data, dates as ISO 8601; programs of before read them, too."""
        return {
            **{name: value for name, value in plain_of(self).items() if name not in BESIDE},
            "seller": _plain_seller(self.seller),
            "buyer": plain_of(self.buyer),
            "corrects": plain_of(self.corrects) if self.corrects else None,
            "lines": [plain_of(line) for line in self.lines],
            "taxes": [plain_of(group) for group in self.taxes],
        }

    @classmethod
    def from_json(cls, plain: dict[str, Any], embeds: Embedded = "") -> InvoiceDocument:
        """The document that `as_json` or `frozen` wrote, and what its PDF embeds."""
        lines = (
            {**line, "interval": Interval(line["interval"]), "kind": LineKind(line["kind"])}
            | {day: date.fromisoformat(line[day]) for day in ("first_day", "last_day")}
            for line in plain["lines"]
        )
        return cls(
            **{
                **plain,
                "issued_on": date.fromisoformat(plain["issued_on"]),
                "paid_on": date.fromisoformat(plain["paid_on"]) if plain.get("paid_on") else None,
                "seller": Seller(**{**plain["seller"], "address": tuple(plain["seller"]["address"])}),
                "buyer": Buyer(**{**plain["buyer"], "address": tuple(plain["buyer"]["address"])}),
                "lines": tuple(DocumentLine(**line) for line in lines),
                "taxes": tuple(TaxGroup(**group) for group in plain["taxes"]),
                "corrects": _correction(plain.get("corrects")),
                "embeds": embeds,
            }
        )


@dataclass(frozen=True, slots=True)
class PaidInvoice(InvoiceDocument):
    """An issued invoice as its payment left it, for its second drawing; what was frozen stays as it was.

    `credited_minor` is what credit notes had taken off the total before the rest of it was paid.
    """

    credited_minor: int = 0

    @classmethod
    def of(
        cls, issued: InvoiceDocument, on: date, card: str, by_card: int, by_credit: int, carried: int
    ) -> PaidInvoice:
        """The invoice as it was paid on that day, so much by card, from the credit balance, and carried on."""
        plain = {name: getattr(issued, name) for name in InvoiceDocument.__slots__}
        credited = issued.total.minor - by_card - by_credit - carried
        paid = {
            "paid_on": on,
            "charged_to": card if by_card else "",
            "credit_minor": by_credit,
            "carried_minor": carried,
        }
        return cls(**plain | paid, credited_minor=credited)


def _correction(plain: dict[str, Any] | None) -> Correction | None:
    return Correction(**plain | {"issued_on": date.fromisoformat(plain["issued_on"])}) if plain else None


@cache
def _plain_seller(seller: Seller) -> dict[str, Any]:
    """The one seller is written into every document."""
    return plain_of(seller)


def plain_of(part: InvoiceDocument | Seller | Buyer | DocumentLine | TaxGroup | Correction) -> dict[str, Any]:
    """Its fields, with dates as ISO 8601 and tuples as lists; what is nested further stays as it is."""
    said = zip(part.__slots__, attrgetter(*part.__slots__)(part), strict=True)
    return {
        name: AS_PLAIN[type(value)](value) if type(value) in AS_PLAIN else value
        for name, value in said
        if value or name not in LEFT_OUT
    }


AS_PLAIN: dict[type, Callable[[Any], Any]] = {
    date: date.isoformat,
    tuple: list,
    Interval: str,
    LineKind: str,
}
