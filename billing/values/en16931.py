"""EN 16931, the European standard of e-invoices: what a document says in its terms (BT) and groups of terms (BG).

Which program writes them into which syntax is another matter; these are the words of the standard itself.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from stdnum.eu.vat import MEMBER_STATES

from billing.values.documents import Buyer, DocumentLine, Embedded, InvoiceDocument, LineKind, Seller
from billing.values.errors import Unfit
from billing.values.exchange_rates import EURO
from billing.values.money import Money, decimals
from billing.values.tax_groups import TaxGroup, TaxNote, tax_on

Terms = dict[str, Any]
INVOICE, CREDIT_NOTE = "380", "381"
# The VAT's category, and the code of why none is charged, by the document's note.
CATEGORIES: dict[TaxNote, tuple[str, str]] = {
    "": ("S", ""),
    "sellers_vat": ("S", ""),
    "reverse_charge": ("AE", "VATEX-EU-AE"),
    "exempt": ("E", ""),
}
REASONS: dict[TaxNote, str] = {"reverse_charge": "Reverse charge", "exempt": "Exempt from VAT"}
# A unit of nothing in particular; how a bank card is called among the means of payment.
ONE, BY_CARD = "C62", "48"
CODICE_FISCALE = "0210"
# Peppol's process of billing, and the codes of VAT numbers among its electronic addresses (EAS).
PEPPOL_PROCESS = "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0"
PEPPOL_SCHEMES = {
    "AT": "9914", "BE": "9925", "BG": "9926", "CY": "9928", "CZ": "9929", "DE": "9930", "EE": "9931", "ES": "9920",
    "FI": "0213", "FR": "9957", "GR": "9933", "HR": "9934", "HU": "9910", "IE": "9935", "IT": "0211", "LT": "9937",
    "LU": "9938", "LV": "9939", "MT": "9943", "NL": "9944", "PL": "9945", "PT": "9946", "RO": "9947", "SE": "9955",
    "SI": "9949", "SK": "9950",
}  # fmt: skip
# The standard knows no amounts of a tenth of a cent.
MOST_DECIMALS = 2
# How far from its rate VAT may be, in minor units: BR-CO-17 and BR-S-09 allow more.
ROUNDING = 1


def embedded_in(document: InvoiceDocument) -> Embedded:
    """What the PDF of a document that is issued now holds for programs."""
    return "factur-x" if suits(document) else ""


def suits(document: InvoiceDocument) -> bool:
    """Whether it can be said in the standard's terms: sold within the Union, in a usual currency and VAT.

    Split payment, and places inside a member state where its VAT does not hold, have rules of their own.
    """
    parties = {document.seller.country, document.buyer.country}
    return (
        all(country.lower() in MEMBER_STATES for country in parties)
        and decimals(document.currency) <= MOST_DECIMALS
        and all(_is_usual(group) for group in document.taxes)
    )


def _is_usual(group: TaxGroup) -> bool:
    """A part that is credited, and a total that was split anew, may be a cent off the rate: the rules take that."""
    off = abs(group.tax_minor - tax_on(group.net_minor, group.rate))
    return group.note in CATEGORIES and off <= ROUNDING


def terms_of(document: InvoiceDocument) -> Terms:
    """The document's terms. Amounts have the currency's decimals; those of a credit note are what it gives back.

    The amount due is what is left to pay by this document: on a paid one nothing, but for what was too little to
    charge.
    """
    corrects, due = document.corrects, _due(document)
    return {
        "BT-1": document.number,
        "BT-2": document.issued_on,
        "BT-3": CREDIT_NOTE if corrects else INVOICE,
        "BT-5": document.currency,
        **({"BT-6": EURO, "BT-111": _written(document.tax_in_euro.amount)} if document.tax_in_euro else {}),
        "BT-13": document.buyer.purchase_order,
        "BT-20": _payment_terms(document) if due.minor > 0 else "",
        "BT-72": document.issued_on,
        **_span(document),
        "BT-81": BY_CARD if document.charged_to else "",
        "BG-1": [{"BT-22": corrects.reason}] if corrects and corrects.reason else [],
        "BG-3": [{"BT-25": corrects.number, "BT-26": corrects.issued_on}] if corrects else [],
        "BG-4": _seller(document.seller),
        "BG-7": _buyer(document.buyer),
        "BG-23": [_breakdown(group, document.currency) for group in _by_rate(document.taxes)],
        "BG-25": [
            _line(number, line, document.currency) for number, line in enumerate(document.lines, start=1)
        ],
        "BT-106": _written(document.net),
        "BT-109": _written(document.net),
        "BT-110": _written(document.tax),
        "BT-112": _written(document.total),
        "BT-113": _written(document.total - due),
        "BT-115": _written(due),
    }


def peppol_terms_of(document: InvoiceDocument) -> Terms:
    """The same for Peppol BIS Billing 3, which finds either party by its VAT number. Raises Unfit where it cannot."""
    if not suits(document):
        raise Unfit(
            "{number} cannot be said in the terms of EN 16931: its VAT or currency is not of them",
            number=document.number,
        )
    seller = document.seller
    if seller.country == "IT" and not (seller.city and seller.postal_code):
        raise Unfit(
            "{number} cannot go through Peppol: SELLER_CITY and SELLER_POSTAL_CODE were not set when it was issued",
            number=document.number,
        )
    terms = terms_of(document)
    for group, party in (("BG-4", seller), ("BG-7", document.buyer)):
        if not party.vat_number or party.country not in PEPPOL_SCHEMES:
            raise Unfit(
                "{number} cannot go through Peppol: {name} has no VAT number that it could be found by",
                number=document.number,
                name=party.name,
            )
        scheme = PEPPOL_SCHEMES[party.country]
        terms[group] |= {"einvoicing_addr": party.vat_number, "einvoicing_addr_schemeid": scheme}
    # A reference of the buyer's is wanted: without an order what both know the sale by.
    reference = "" if document.buyer.purchase_order else document.number
    return terms | {"BT-23": PEPPOL_PROCESS, "BT-10": reference}


def _due(document: InvoiceDocument) -> Money:
    if document.corrects:
        return document.total
    if document.paid_on:
        return Money(max(document.carried_minor, 0), document.currency)
    return document.total - Money(document.credit_minor, document.currency)


def _payment_terms(document: InvoiceDocument) -> str:
    if document.corrects:
        return "Given back as the document says"
    return "Charged with the next invoice" if document.paid_on else "Charged to the card on file"


def _span(document: InvoiceDocument) -> dict[str, date]:
    """The days that it is for, from the first line's to the last's."""
    return {
        "BT-73": min(line.first_day for line in document.lines),
        "BT-74": max(line.last_day for line in document.lines),
    }


def _seller(seller: Seller) -> Terms:
    parts = _address(seller.street, seller.city, seller.postal_code, seller.region)
    return {
        "name": seller.name,
        "vat_identifier": seller.vat_number,
        "country_code": seller.country,
        **(parts or _lines(seller.address)),
    }


def _buyer(buyer: Buyer) -> Terms:
    number = {"legal_identifier": buyer.codice_fiscale, "legal_identifier_schemeid": CODICE_FISCALE}
    parts = _address(buyer.street, buyer.city, buyer.postal_code, buyer.region)
    return {
        "name": buyer.name,
        "vat_identifier": buyer.vat_number,
        "country_code": buyer.country,
        **(number if buyer.codice_fiscale else {}),
        **(parts or _lines(buyer.address)),
    }


def _address(street: str, city: str, postal_code: str, region: str) -> Terms:
    if not street:
        return {}
    return {"addr_l1": street, "city": city, "postcode": postal_code, "country_subdivision": region}


def _lines(address: tuple[str, ...]) -> Terms:
    """An address that is known by its lines alone; there are three for it."""
    first, second, *rest = (*address, "", "")
    return {"addr_l1": first, "addr_l2": second, "addr_l3": ", ".join(filter(None, rest))}


def _by_rate(taxes: tuple[TaxGroup, ...]) -> list[TaxGroup]:
    """One for each category and rate: the standard does not ask whose VAT it is."""
    found: dict[tuple[tuple[str, str], int], TaxGroup] = {}
    for group in taxes:
        key = CATEGORIES[group.note], group.rate
        net, tax = (found[key].net_minor, found[key].tax_minor) if key in found else (0, 0)
        found[key] = replace(group, net_minor=net + group.net_minor, tax_minor=tax + group.tax_minor)
    return list(found.values())


def _breakdown(group: TaxGroup, currency: str) -> Terms:
    category, why = CATEGORIES[group.note]
    return {
        "BT-116": _written(Money(group.net_minor, currency)),
        "BT-117": _written(Money(group.tax_minor, currency)),
        "BT-118": category,
        "BT-119": _percent(group.rate),
        "BT-120": REASONS.get(group.note, ""),
        "BT-121": why,
    }


def _line(number: int, line: DocumentLine, currency: str) -> Terms:
    """A price is never below zero there: what is given back is a quantity below it."""
    is_whole = line.kind is LineKind.CYCLE and line.unit_minor * line.quantity == line.net_minor
    quantity = line.quantity if is_whole else -1 if line.net_minor < 0 else 1
    unit_minor = line.unit_minor if is_whole else abs(line.net_minor)
    return {
        "BT-126": str(number),
        "BT-129": str(quantity),
        "BT-130": ONE,
        "BT-131": _written(Money(line.net_minor, currency)),
        "BT-134": line.first_day,
        "BT-135": line.last_day,
        "BT-146": _written(Money(unit_minor, currency)),
        "BT-151": CATEGORIES[line.tax_note][0],
        "BT-152": _percent(line.tax_rate),
        "BT-153": f"{line.add_on} {line.plan}",
        "BT-154": _detail(line),
    }


def _detail(line: DocumentLine) -> str:
    """What part of a span it is for, and which invoice it reduces."""
    days = f"{line.days}/{line.of_days}" if line.days is not None else ""
    return " ".join(filter(None, (days, line.of_invoice)))


def _written(amount: Money) -> str:
    return str(amount.decimal)


def _percent(hundredths: int) -> str:
    return f"{Decimal(hundredths).scaleb(-2):.2f}"
