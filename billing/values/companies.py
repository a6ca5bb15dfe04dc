"""What an invoice says of the company that it is for, checked when it is typed."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, fields, replace
from functools import lru_cache
from typing import Any
from unicodedata import normalize

from stdnum import get_cc_module
from stdnum.eu import vat
from stdnum.exceptions import ValidationError
from stdnum.it import codicefiscale

from billing.values.card_numbers import holds_card_number
from billing.values.errors import BadFields, Fault
from billing.values.texts import one_line, text_fault

# Of the name and the purchase order e-invoices take no more.
LIMITS = {
    "legal_name": 80,
    "vat_number": 24,
    "codice_fiscale": 16,
    "sdi_code": 7,
    "pec": 254,
    "purchase_order": 20,
}
# Numbers, in which blanks and the case of letters mean nothing.
COMPACT = frozenset({"vat_number", "codice_fiscale", "sdi_code"})
# Fields for tax numbers, which are checked as such: a number of the country's own form is no card's.
TAX_NUMBERS = frozenset({"vat_number", "codice_fiscale"})
# Countries whose tax numbers cannot be told from card numbers: their check lets whole ranges of those pass.
LIKE_CARDS = frozenset({"CO", "DZ", "ID"})
# What only Italy's e-invoices know.
ONLY_ITALIAN = ("codice_fiscale", "sdi_code", "pec")
# Seven characters, or six for an office of the public administration.
SDI_CODE = re.compile(r"[A-Z0-9]{6,7}")
EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")
# Outside the Union there is no common form: something to be looked up by, with a digit in it.
ANY_TAX_NUMBER = re.compile(r"(?=.*\d)[A-Z0-9][A-Z0-9./-]{3,23}")
# Names give their letters to the numbers of Mexico's companies, & and Ñ too.
MEXICAN = re.compile(r"(MX)?[A-Z&Ñ]{3,4}\d{6}[A-Z0-9]{3}")


@dataclass(frozen=True, slots=True)
class Company:
    """Numbers are kept as they must stand on the invoice: compact, a VAT number of the Union with its prefix.

    `codice_fiscale` is Italy's tax code of a person or company, `sdi_code` the characters and `pec` the certified
    address to which its e-invoices go; `purchase_order` is the buyer's own reference.
    """

    legal_name: str = ""
    vat_number: str = ""
    codice_fiscale: str = ""
    sdi_code: str = ""
    pec: str = ""
    purchase_order: str = ""

    @classmethod
    def typed(cls, country: str, **values: str) -> Company | None:
        """The company from what a person typed for a billing address in that country; None where all is empty.

        Raises BadFields with one fault for each wrong field.
        """
        cleaned = {field.name: _clean(field.name, values.get(field.name, "")) for field in fields(cls)}
        faults = {name: fault for name in cleaned if (fault := _fault(name, cleaned, country))}
        if faults:
            raise BadFields(faults)
        cleaned["vat_number"] = vat_number_of(country, cleaned["vat_number"]) or ""
        return cls(**cleaned) if any(cleaned.values()) else None

    def without_italian(self) -> Company | None:
        """What is left of it abroad; None where that is nothing."""
        left = replace(self, **dict.fromkeys(ONLY_ITALIAN, ""))
        return left if any(asdict(left).values()) else None

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


@lru_cache(maxsize=4096)
def vat_number_of(country: str, number: str) -> str | None:
    """The number as that country's businesses write it on invoices, or None where it is none of that country.

    In the Union by the country's own check digits, with its prefix (Greece's is EL, though people type GR);
    elsewhere by its form alone, and none of the Union's.
    """
    if not is_member_state(country):
        return _number_outside(country, number)
    prefix = "EL" if country == "GR" else country
    for whole in (number, prefix + number.removeprefix(country)):
        if whole.startswith(prefix):
            try:
                return str(vat.validate(whole))
            except ValidationError:
                continue
    return None


def _number_outside(country: str, number: str) -> str | None:
    if country == "MX" and MEXICAN.fullmatch(number):
        return number
    if country == "GB" and number.startswith("XI") and vat.is_valid(number):
        # Northern Ireland: XI is for goods, on invoices for services the same number begins with GB.
        return "GB" + number.removeprefix("XI")
    return number if ANY_TAX_NUMBER.fullmatch(number) and not vat.is_valid(number) else None


def is_vat_number_of(country: str, number: str) -> bool:
    """Whether a VAT number, as it is kept, is one of that country's."""
    return vat_number_of(country, number) == number


def is_member_state(country: str) -> bool:
    """Whether the ISO 3166 code is that of a member state of the Union, whose VAT numbers VIES knows."""
    return country.lower() in vat.MEMBER_STATES - {"xi"}


def _clean(name: str, value: str) -> str:
    text = one_line(value)
    return normalize("NFC", text.replace(" ", "").upper()) if name in COMPACT else text


def _fault(name: str, typed: dict[str, str], country: str) -> Fault | None:
    value = typed[name]
    if name == "legal_name" and not value and typed["vat_number"]:
        return Fault("missing")
    like_card = name in TAX_NUMBERS and holds_card_number(value)
    if like_card and not _is_checked(value, country):
        return Fault("card_number")
    if not like_card and (fault := text_fault(value, LIMITS[name], optional=True, printed=True)):
        return fault
    if not value:
        return None
    if name in ONLY_ITALIAN and country != "IT":
        return Fault("only_italian")
    return _form_fault(name, value, country)


def _is_checked(value: str, country: str) -> bool:
    """Whether it passes the check that the country has for its tax numbers."""
    own = get_cc_module(country, "vat") if country not in LIKE_CARDS else None
    return own is not None and bool(own.is_valid(value))


def _form_fault(name: str, value: str, country: str) -> Fault | None:
    if name == "vat_number" and vat_number_of(country, value) is None:
        return Fault("other_country" if vat.is_valid(value) else "vat_number")
    if name == "codice_fiscale" and not codicefiscale.is_valid(value):
        return Fault("codice_fiscale")
    if name == "sdi_code" and not SDI_CODE.fullmatch(value):
        return Fault("sdi_code")
    if name == "pec" and not EMAIL.fullmatch(value):
        return Fault("email")
    return None
