"""What a FatturaPA says, as plain values taken from a document: the writer only sets them in order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from billing.values.companies import is_member_state
from billing.values.cycles import Interval
from billing.values.documents import Buyer, DocumentLine, InvoiceDocument, LineKind, Seller
from billing.values.exchange_rates import TaxInEuro
from billing.values.fatturapa import codes
from billing.values.fatturapa.codes import latin
from billing.values.money import Money
from billing.values.tax_groups import TaxGroup

INTERVALS = {Interval.MONTH: "mensile", Interval.YEAR: "annuale"}


@dataclass(frozen=True, slots=True)
class Party:
    """Seller or buyer. `id_country` and `id_code` are its VAT number in its two parts, both empty without one."""

    name: str
    id_country: str
    id_code: str
    codice_fiscale: str
    street: str
    postal_code: str
    city: str
    province: str
    country: str


@dataclass(frozen=True, slots=True)
class Line:
    """One line. Without a quantity `unit` is the net amount; `others` are pairs of a kind and a text."""

    description: str
    quantity: int | None
    first_day: date | None
    last_day: date | None
    unit: Decimal
    net: Decimal
    rate: Decimal
    natura: str
    others: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Summary:
    """The sums of all lines of one rate and nature. `due` is when and by whom the VAT is paid."""

    rate: Decimal
    natura: str
    net: Decimal
    tax: Decimal
    due: str
    law: str


@dataclass(frozen=True, slots=True)
class Contents:
    """A FatturaPA but for its place among the files that were sent. `recipient` is the code it goes to."""

    format: str
    recipient: str
    pec: str
    seller: Party
    tax_regime: str
    rea: str
    share_capital: str
    buyer: Party
    kind: str
    currency: str
    issued_on: date
    number: str
    stamp_duty: Decimal | None
    total: Decimal
    reason: str
    in_euro: str
    purchase_order: str
    corrects: tuple[str, date] | None
    lines: tuple[Line, ...]
    summaries: tuple[Summary, ...]
    to_pay: Decimal | None


def contents_of(document: InvoiceDocument) -> Contents:
    """What the e-invoice of that document says; whether it can be sent, the checks know."""
    stamp, corrects, buyer = codes.stamp_duty(document), document.corrects, document.buyer
    summaries = tuple(_summary(group, document) for group in document.taxes)
    recipient = codes.ABROAD if buyer.country != "IT" else buyer.sdi_code or codes.NO_CODE
    return Contents(
        format=codes.TO_PUBLIC_OFFICES if buyer.is_public_office else codes.TO_COMPANIES,
        recipient=recipient,
        pec=buyer.pec if recipient == codes.NO_CODE else "",
        seller=_seller(document.seller),
        tax_regime=document.seller.tax_regime,
        rea=document.seller.rea,
        share_capital=document.seller.share_capital,
        buyer=_buyer(buyer),
        kind=codes.CREDIT_NOTE if corrects else codes.INVOICE,
        currency=document.currency,
        issued_on=document.issued_on,
        number=document.number,
        stamp_duty=stamp.decimal if stamp else None,
        total=sum((one.net + one.tax for one in summaries), Decimal(0)),
        reason=latin(corrects.reason, 200) if corrects else "",
        in_euro=_in_euro(document.tax_in_euro) if document.tax_in_euro else "",
        purchase_order=latin(buyer.purchase_order, 20, basic=True),
        corrects=(corrects.number, corrects.issued_on) if corrects else None,
        lines=tuple(_lines(document)),
        summaries=summaries,
        to_pay=None if corrects else _to_pay(document),
    )


def _seller(seller: Seller) -> Party:
    number = seller.vat_number.removeprefix("IT")
    return Party(
        latin(seller.name, 80),
        "IT",
        number,
        seller.codice_fiscale or number,
        latin(seller.street, 60),
        seller.postal_code,
        latin(seller.city, 60),
        seller.region,
        seller.country,
    )


def _buyer(buyer: Buyer) -> Party:
    at_home = buyer.country == "IT"
    country, number = _number_of(buyer)
    return Party(
        latin(buyer.name, 80),
        country,
        number,
        buyer.codice_fiscale if at_home else "",
        latin(buyer.street, 60),
        buyer.postal_code if at_home else codes.POSTAL_CODE_ABROAD,
        latin(buyer.city, 60),
        buyer.region if at_home else "",
        buyer.country,
    )


def _number_of(buyer: Buyer) -> tuple[str, str]:
    """The VAT number without the prefix that VAT numbers of its country have; Greece's is EL.

    Elsewhere the letters that it begins with are a part of it: CHE-123.456.788. A foreigner without one has something
    in its place.
    """
    number = latin(buyer.vat_number, 28, basic=True)
    if not number:
        return ("", "") if buyer.country == "IT" else (buyer.country, codes.NO_NUMBER)
    prefix = "EL" if buyer.country == "GR" else buyer.country
    is_prefixed = is_member_state(buyer.country) or buyer.country == "GB"
    return prefix, number.removeprefix(prefix) if is_prefixed else number


def _lines(document: InvoiceDocument) -> Iterator[Line]:
    for line in document.lines:
        natura = codes.natura_of(line.tax_note, document.buyer.country)
        is_whole = line.kind is LineKind.CYCLE
        net = Money(line.net_minor, document.currency).decimal
        yield Line(
            latin(_description(line), 1000),
            line.quantity if is_whole else None,
            line.first_day,
            line.last_day,
            Money(line.unit_minor, document.currency).decimal if is_whole else net,
            net,
            _rate(line.tax_rate, natura),
            natura.code if natura else "",
            _others(line, natura, document.buyer.country),
        )
    yield from (_oss_line(group, document) for group in document.taxes if _is_oss(group, document))


def _oss_line(group: TaxGroup, document: InvoiceDocument) -> Line:
    """The VAT of another country stands as a line: Italy's part of the file knows none of it."""
    tax = Money(group.tax_minor, document.currency).decimal
    text = f"IVA {document.buyer.country} {_percent(group.rate)} %, assolta in regime OSS"
    return Line(text, None, None, None, tax, tax, Decimal(0), codes.OSS.code)


def _description(line: DocumentLine) -> str:
    what = f"{line.add_on}, {line.plan}, {INTERVALS[line.interval]}"
    if line.kind is LineKind.CREDIT:
        what = f"Storno di {what}"
    elif line.kind is LineKind.REVERSAL:
        what = f"Annullamento dello storno di {what}"
    days = f": {line.days} giorni su {line.of_days}" if line.days is not None else ""
    of = f" (fattura {line.of_invoice})" if line.of_invoice else ""
    return what + days + of


def _others(line: DocumentLine, natura: codes.Natura | None, country: str) -> tuple[tuple[str, str], ...]:
    if line.tax_note == "reverse_charge":
        return (("INVCONT", "Inversione contabile"),)
    return (("OSS", f"{country} {_percent(line.tax_rate)}"),) if natura is codes.OSS else ()


def _summary(group: TaxGroup, document: InvoiceDocument) -> Summary:
    natura = codes.natura_of(group.note, document.buyer.country)
    net, charged, withheld = (
        Money(minor, document.currency).decimal
        for minor in (group.net_minor, group.tax_minor, group.withheld_minor)
    )
    if natura:
        law = codes.law_of(group.note, natura, document)
        return Summary(Decimal(0), natura.code, net + charged, Decimal(0), "", law)
    split = group.note == "split_payment"
    due, law = (codes.SPLIT_PAYMENT, codes.SPLIT_PAYMENT_LAW) if split else (codes.DUE_NOW, "")
    return Summary(_rate(group.rate, None), "", net, charged + withheld, due, law)


def _to_pay(document: InvoiceDocument) -> Decimal | None:
    left = document.total - Money(document.credit_minor, document.currency)
    return left.decimal if left.minor > 0 else None


def _in_euro(tax: TaxInEuro) -> str:
    """What article 21, 2 l) D.P.R. 633/1972 wants; the file has no element of its own for it."""
    by = tax.by
    amount = f"{tax.amount.decimal} EUR"
    return f"IVA in euro: {amount} (1 EUR = {by.rate} {by.currency}, {by.source}, {by.day:%d/%m/%Y})"


def _is_oss(group: TaxGroup, document: InvoiceDocument) -> bool:
    return codes.natura_of(group.note, document.buyer.country) is codes.OSS and bool(group.tax_minor)


def _rate(hundredths: int, natura: codes.Natura | None) -> Decimal:
    return Decimal(0) if natura else Decimal(hundredths).scaleb(-2)


def _percent(hundredths: int) -> str:
    return f"{Decimal(hundredths).scaleb(-2):.2f}"
