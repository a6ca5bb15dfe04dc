"""What is declared to the One Stop Shop for a quarter: the VAT of other member states, state by state, in euros."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple

from billing.models import CreditNote, Invoice
from billing.queries.oss import taxed_abroad
from billing.services.reports import limits_of
from billing.values.companies import is_member_state
from billing.values.errors import Unfit
from billing.values.money import Money, currency_fault, decimals, round_half_up
from billing.values.spans import Months, Span
from billing.work import Billing

EUR = "EUR"
RATE = re.compile(r"(?:(?P<quarter>[^:=]+):)?(?P<currency>[A-Za-z]{3})=(?P<rate>\d{1,9}(?:\.\d{1,9})?)")
# How much of each currency the ECB gives for a euro on the last day of each quarter.
Rates = Mapping[tuple[Span, str], Decimal]


@dataclass(frozen=True, slots=True)
class QuarterScope:
    """What a report is of: a quarter of the seller's time zone up to that day; one workspace or, where None, all."""

    quarter: str
    time_zone: str
    last_day: date
    workspace_id: str | None

    @property
    def span(self) -> Span:
        return Span.read(self.quarter)


@dataclass(frozen=True, slots=True)
class OssLine:
    """What was sold to consumers in a member state at a rate, in euros; of corrections, how much less or more."""

    quarter: str
    country: str
    rate: Decimal
    documents: int
    net: Decimal
    tax: Decimal


@dataclass(frozen=True, slots=True)
class Unconverted:
    """A document in another currency, which is in no line: the ECB's rate of that quarter's last day is needed."""

    number: str
    issued_on: date
    quarter: str
    country: str
    rate: Decimal
    currency: str
    net: Decimal
    tax: Decimal


@dataclass(frozen=True, slots=True)
class StateBalance:
    """The VAT of a member state: what was sold in the quarter, and the corrections of earlier ones."""

    country: str
    tax: Decimal


@dataclass(frozen=True, slots=True)
class OssTotal:
    """All documents of a currency, as they say it and as the ledger has it."""

    currency: str
    net: Decimal
    tax: Decimal
    ledger_net: Decimal
    ledger_tax: Decimal

    @property
    def is_equal(self) -> bool:
        return (self.net, self.tax) == (self.ledger_net, self.ledger_tax)


@dataclass(frozen=True, slots=True)
class OssReport:
    """The return of a quarter. Corrections are by the quarter whose invoices they correct."""

    scope: QuarterScope
    supplies: tuple[OssLine, ...]
    corrections: tuple[OssLine, ...]
    balances: tuple[StateBalance, ...]
    unconverted: tuple[Unconverted, ...]
    totals: tuple[OssTotal, ...]


class _Key(NamedTuple):
    quarter: Span
    country: str
    rate: int
    currency: str


class _Part(NamedTuple):
    """What a document says of a rate, a credit note's below zero."""

    number: str
    issued_on: date
    key: _Key
    net: int
    tax: int


def oss(
    billing: Billing, written: str, rates: Sequence[str] = (), workspace_id: str | None = None
) -> OssReport:
    """The supplies of the quarter, and the corrections of earlier ones by credit notes that were issued in it.

    Each of `rates` is like USD=1.0832: so much of the currency for a euro, by the ECB on the quarter's last day, or
    with 2026-Q3: before it, on that of an earlier quarter, which corrections of it are declared by (VAT Directive,
    articles 369g and 369h). Nothing is converted without one. Raises Unfit for what is no quarter or has not begun
    and for what is no rate, and NotFound.
    """
    quarter = _quarter(written)
    of_each = dict(_rate(one, quarter) for one in rates)
    if len(of_each) < len(rates):
        raise Unfit("the same rate is given twice")
    with billing.read("report.oss") as work:
        last_day, of_it = limits_of(work, quarter, workspace_id)
        scope = QuarterScope(str(quarter), work.issuer.seller.time_zone, last_day, workspace_id)
        parts, booked = list[_Part](), defaultdict[str, list[int]](lambda: [0, 0])
        for kind in (Invoice, CreditNote):
            for row in work.session.execute(taxed_abroad(kind, of_one=workspace_id is not None), of_it):
                parts.extend(_parts(row, quarter, booked))
    summed = _lines(parts, of_each)
    supplies = tuple(line for line in summed if line.quarter == scope.quarter)
    return OssReport(
        scope,
        supplies,
        tuple(line for line in summed if line.quarter != scope.quarter),
        tuple(_balances(summed)),
        tuple(_unconverted(part) for part in parts if _factor(part.key, of_each) is None),
        tuple(_total(parts, currency, booked[currency]) for currency in sorted(booked)),
    )


def _quarter(written: str) -> Span:
    try:
        if (span := Span.read(written)).months is Months.QUARTER:
            return span
    except ValueError:
        pass
    raise Unfit("{written} is not a quarter like 2026-Q4", written=repr(written))


def _rate(written: str, quarter: Span) -> tuple[tuple[Span, str], Decimal]:
    found = RATE.fullmatch(written.strip())
    if found is None or not (rate := Decimal(found["rate"])):
        raise Unfit("{written} is not a rate like USD=1.0832 or 2026-Q3:USD=1.0832", written=repr(written))
    of, currency = _quarter(found["quarter"]) if found["quarter"] else quarter, found["currency"].upper()
    if currency == EUR or currency_fault(currency):
        raise Unfit("{currency} is no currency that is converted to euros", currency=currency)
    return (of, currency), rate


def _parts(row: Any, quarter: Span, booked: dict[str, list[int]]) -> Iterator[_Part]:
    """The groups of the document that have the VAT of the buyer's state on them: the seller's has its note.

    What the ledger has of the whole document is added to `booked`, less what the other groups say.
    """
    said = row.document
    country, currency, corrects = said["buyer"]["country"], said["currency"], said.get("corrects")
    if not is_member_state(country):
        return
    sign = -1 if corrects else 1
    of = Span.of(date.fromisoformat(corrects["issued_on"]), Months.QUARTER) if corrects else quarter
    others, found = [0, 0], False
    for group in said["taxes"]:
        net, tax = sign * group["net_minor"], sign * group["tax_minor"]
        if group["rate"] and not group.get("note"):
            found = True
            key = _Key(of, country, group["rate"], currency)
            yield _Part(said["number"], date.fromisoformat(said["issued_on"]), key, net, tax)
        else:
            others = [others[0] + net, others[1] + tax]
    if found:
        sums = booked[currency]
        sums[0] += int(row.net or 0) - others[0]
        sums[1] += int(row.tax or 0) - others[1]


def _lines(parts: Iterable[_Part], rates: Rates) -> list[OssLine]:
    """By quarter, state and rate; what has no rate to convert it by is left out."""
    grouped: defaultdict[_Key, list[_Part]] = defaultdict(list)
    for part in parts:
        grouped[part.key].append(part)
    lines: defaultdict[tuple[Span, str, int], list[int]] = defaultdict(lambda: [0, 0, 0])
    for key, of_it in grouped.items():
        if (factor := _factor(key, rates)) is None:
            continue
        line = lines[key.quarter, key.country, key.rate]
        line[0] += len(of_it)
        # Summed exactly, and rounded once for each currency.
        line[1] += round_half_up(sum(part.net for part in of_it) * factor)
        line[2] += round_half_up(sum(part.tax for part in of_it) * factor)
    return [
        OssLine(str(quarter), country, _percent(rate), count, _euros(net), _euros(tax))
        for (quarter, country, rate), (count, net, tax) in sorted(
            lines.items(), key=lambda one: (one[0][0].first_day, *one[0][1:])
        )
    ]


def _factor(key: _Key, rates: Rates) -> Fraction | None:
    """How many cents of a euro a minor unit of the currency is; None where it is not known."""
    if key.currency == EUR:
        return Fraction(1)
    rate = rates.get((key.quarter, key.currency))
    return Fraction(10 ** decimals(EUR), 10 ** decimals(key.currency)) / Fraction(rate) if rate else None


def _balances(lines: Iterable[OssLine]) -> Iterator[StateBalance]:
    by_state: defaultdict[str, Decimal] = defaultdict(Decimal)
    for line in lines:
        by_state[line.country] += line.tax
    return (StateBalance(country, tax) for country, tax in sorted(by_state.items()))


def _unconverted(part: _Part) -> Unconverted:
    key = part.key
    net, tax = (Money(minor, key.currency).decimal for minor in (part.net, part.tax))
    of = (str(key.quarter), key.country, _percent(key.rate), key.currency)
    return Unconverted(part.number, part.issued_on, *of, net, tax)


def _total(parts: Iterable[_Part], currency: str, booked: Sequence[int]) -> OssTotal:
    of_it = [part for part in parts if part.key.currency == currency]
    sums = (sum(part.net for part in of_it), sum(part.tax for part in of_it), *booked)
    net, tax, ledger_net, ledger_tax = (Money(minor, currency).decimal for minor in sums)
    return OssTotal(currency, net, tax, ledger_net, ledger_tax)


def _percent(hundredths: int) -> Decimal:
    return Decimal(hundredths).scaleb(-2)


def _euros(cents: int) -> Decimal:
    return Money(cents, EUR).decimal
