"""The codes of FatturaPA 1.2.3 that documents here can have, and the rules by which they get them."""

from __future__ import annotations

import unicodedata
from decimal import Decimal
from types import MappingProxyType
from typing import NamedTuple

from anyascii import anyascii

from billing.values.documents import BY_WHOSE_LAW, InvoiceDocument, Seller
from billing.values.exchange_rates import EURO, in_cents
from billing.values.money import Money
from billing.values.tax_groups import TaxNote

INVOICE, CREDIT_NOTE = "TD01", "TD04"
TO_COMPANIES, TO_PUBLIC_OFFICES = "FPR12", "FPA12"
NO_CODE, ABROAD = "0000000", "XXXXXXX"
# Of a foreigner without a number: SdI wants something there.
NO_NUMBER = "0000000"
POSTAL_CODE_ABROAD = "00000"
PAID_AT_ONCE, BY_CARD = "TP02", "MP08"
DUE_NOW, SPLIT_PAYMENT = "I", "S"
# Stamp duty is owed for what has one of these natures, where it is more than that; whoever sells bears it.
STAMPED = frozenset({"N2.1", "N2.2", "N3.5", "N3.6", "N4"})
STAMPED_ABOVE = Decimal("77.47")
STAMP_DUTY = Decimal("2.00")
LATIN_1 = 0xFF
SIGNS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


class Natura(NamedTuple):
    """Why no VAT is charged: its code, and the article that says so."""

    code: str
    law: str


NATURES: dict[TaxNote, Natura] = {
    "reverse_charge": Natura("N2.1", "Inversione contabile - art. 7-ter DPR 633/72"),
    "not_subject": Natura("N2.1", "Operazione non soggetta - art. 7-ter DPR 633/72"),
    "out_of_scope": Natura("N2.2", "Operazione fuori campo IVA"),
    "exempt": Natura("N4", "Operazione esente - art. 10 DPR 633/72"),
}
# What is sold by electronic means to whoever is no taxable person, outside the territory.
TO_CONSUMERS_LAW = "Operazione non soggetta - art. 7-octies DPR 633/72"
# The VAT of the buyer's country, paid through the One Stop Shop.
OSS = Natura("N7", "IVA assolta in altro Stato UE - art. 74-sexies DPR 633/72")
SPLIT_PAYMENT_LAW = "Scissione dei pagamenti - art. 17-ter DPR 633/72"
TYPOGRAPHIC = MappingProxyType({"\N{EURO SIGN}": "EUR", "\N{EN DASH}": "-", "\N{EM DASH}": "-"})


def natura_of(note: TaxNote, country: str) -> Natura | None:
    """None where Italy's VAT is charged. `note` is that of a line or group, `country` the buyer's."""
    if note in NATURES:
        return NATURES[note]
    return None if country == "IT" or note == "sellers_vat" else OSS


def law_of(note: TaxNote, natura: Natura, document: InvoiceDocument) -> str:
    """The article that says so; what was issued before says what its PDF says."""
    is_consumer = document.wording >= BY_WHOSE_LAW and not document.buyer.vat_number
    return TO_CONSUMERS_LAW if note == "not_subject" and is_consumer else natura.law


def stamped(document: InvoiceDocument) -> Money:
    """What of it stamp duty is reckoned by."""
    nets = (
        group.net_minor
        for group in document.taxes
        if (natura := natura_of(group.note, document.buyer.country)) and natura.code in STAMPED
    )
    return Money(sum(nets), document.currency)


def stamp_duty(document: InvoiceDocument) -> Money | None:
    """What is owed for a document of an Italian seller; None where nothing is.

    In euros where the document has a rate for that. One with VAT, too, is reckoned as it was before rates were kept.
    """
    net = stamped(document)
    if document.in_euro and not document.owed_tax.minor:
        net = Money(in_cents(net, document.in_euro.by.rate), EURO)
    return Money(200, EURO) if net.decimal > STAMPED_ABOVE else None


def progressive_of(count: int) -> str:
    """The file's place among all that the seller makes, in five letters and digits."""
    signs = ""
    while count:
        count, rest = divmod(count, len(SIGNS))
        signs = SIGNS[rest] + signs
    return signs.rjust(5, "0")


def file_name(seller: Seller, count: int) -> str:
    """As SdI wants it: nobody gives another file the same name."""
    whose = seller.codice_fiscale or seller.vat_number.removeprefix("IT")
    return f"IT{whose}_{progressive_of(count)}.xml"


def latin(text: str, limit: int, *, basic: bool = False) -> str:
    """The text in the letters that FatturaPA takes, Latin-1's or the `basic` ones alone, cut to the limit.

    What has no such letters is written as it sounds.
    """
    if not (text.isascii() and text.isprintable()):
        composed = unicodedata.normalize("NFC", text)
        text = "".join(_transliterated(sign, basic) for sign in composed)
    return " ".join(text.split())[:limit].strip()


def _transliterated(sign: str, basic: bool) -> str:
    if sign.isspace():
        return " "
    if not sign.isprintable():
        return ""
    kept = sign.isascii() if basic else ord(sign) <= LATIN_1
    return sign if kept else TYPOGRAPHIC.get(sign, anyascii(sign))
