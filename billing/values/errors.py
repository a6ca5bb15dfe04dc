"""Errors that the values themselves raise: each carries what its sentence needs."""

from __future__ import annotations

from dataclasses import dataclass


class Unfit(ValueError):
    """What was written in a setting or a file cannot be used: a sentence for a translator, and what it names."""

    def __init__(self, message: str, /, **values: object) -> None:
        super().__init__(message.format(**values))
        self.message = message
        self.values = values


class Away(Unfit):
    """Nothing is wrong but that somebody does not answer now: waiting may mend it."""


class Refusal(Exception):
    """Something that was asked for and is not done. Nothing has changed when one is raised."""


@dataclass(eq=False)
class BadFields(Refusal):
    """What was typed does not fit. One fault for each field name."""

    faults: dict[str, Fault]


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a field was refused: `reason` is one of missing, too_long, card_number, unknown, control_characters.

    Of what stands on documents also no_font, with the first `character` that none has; of a company's numbers also
    vat_number, other_country, too_many_questions, needed_abroad, needed_in_italy, codice_fiscale, sdi_code, email,
    only_italian; of an Italian address also italian_postal_code, province. Of a billing contact also mail_address,
    one_of_two, not_member, contact_known, too_many_contacts, too_many_codes, no_mail, wrong_code, old_code.
    """

    reason: str
    limit: int | None = None
    character: str = ""


@dataclass(eq=False)
class UnknownCurrency(Refusal):
    """ISO 4217 does not list the currency."""

    code: str


@dataclass(eq=False)
class NotAnAmount(Refusal):
    """What was written is no amount above zero in that currency, or could be one with thousands as well."""

    currency: str


@dataclass(eq=False)
class CurrenciesDiffer(Refusal):
    """Amounts of two currencies cannot be added."""

    one: str
    other: str


@dataclass(eq=False)
class UnknownTimeZone(Refusal):
    """The IANA time zone database does not list the zone."""

    name: str


@dataclass(eq=False)
class TaxCaseUnknown(Refusal):
    """No case of the tax table fits, so no tax is guessed and nothing is issued.

    `missing` is "vat_number" where that of the buyer's own country would make it a known case, else "rule". `place`
    is the part of the country that the buyer is in, where its VAT is not the country's.
    """

    seller_country: str
    buyer_country: str
    missing: str = "rule"
    place: str = ""


@dataclass(eq=False)
class InvoiceIncomplete(Refusal):
    """A field that the law wants on an invoice is missing."""

    field: str


@dataclass(eq=False)
class NotSendable(Refusal):
    """The exchange system (SdI) would reject the e-invoice: by which `code`; the `fault` says what to mend where."""

    code: str
    fault: Unfit


@dataclass(eq=False)
class CatalogueInvalid(Refusal):
    """The catalogue file cannot be applied."""

    fault: Unfit
