"""What SdI rejects an e-invoice for, by its own codes: nothing is issued that could not be sent."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from billing.values import italy
from billing.values.documents import InvoiceDocument
from billing.values.errors import NotSendable, Unfit
from billing.values.fatturapa import codes
from billing.values.fatturapa.contents import Contents, Line, Summary, contents_of

CENT = Decimal("0.01")
MAX_LINES = 9_999
MAX_AMOUNT = Decimal(10**11)
CODE = re.compile(r"[A-Z0-9]{6,7}")
CODICE_FISCALE = re.compile(r"[A-Z0-9]{11,16}")
# As the schema has it, but that it takes quoted names and addresses of numbers, too.
ATOM = r"[!#-'*+/-9=?A-Z^-~-]+"
PEC = re.compile(rf"{ATOM}(\.{ATOM})*@{ATOM}(\.{ATOM})*")


@dataclass(frozen=True, slots=True)
class Check:
    """SdI's code, whether the e-invoice breaks it, and what is wrong with the way on."""

    code: str
    breaks: Callable[[Contents], bool]
    fault: Unfit


def refuse_unless_sendable(document: InvoiceDocument) -> None:
    """Raises NotSendable with the first thing that SdI would reject; no document that is sent to nobody."""
    if not document.seller.e_invoices:
        return
    for check in broken(contents_of(document), is_numbered=bool(document.number)):
        raise NotSendable(check.code, check.fault)


def broken(contents: Contents, *, is_numbered: bool = True) -> Iterator[Check]:
    """The checks that it does not pass; a draft is not numbered yet."""
    return (one for one in CHECKS if (is_numbered or one.code not in OF_NUMBERS) and one.breaks(contents))


def _unplaced_seller(said: Contents) -> bool:
    at = said.seller
    return not (
        at.name and at.street and at.city and at.province and italy.POSTAL_CODE.fullmatch(at.postal_code)
    )


def _unnamed_buyer(said: Contents) -> bool:
    return not (said.buyer.name and said.buyer.street and said.buyer.city)


def _unplaced_buyer(said: Contents) -> bool:
    return bool(italy.faults(said.buyer.postal_code, said.buyer.province)) if _at_home(said) else False


def _at_home(said: Contents) -> bool:
    return said.buyer.country == "IT"


def _amounts(said: Contents) -> Iterator[Decimal]:
    for line in said.lines:
        yield from (line.unit, line.net)
    for summary in said.summaries:
        yield from (summary.net, summary.tax)
    yield from (said.total, said.to_pay or Decimal(0))


def _uncounted(said: Contents) -> bool:
    """Amounts are written with two decimals, and with eleven digits before them."""
    return any(amount != round(amount, 2) or abs(amount) >= MAX_AMOUNT for amount in _amounts(said))


def _unsummed_rate(said: Contents) -> bool:
    return _nets(said.lines).keys() != _nets(said.summaries).keys()


def _nets(parts: Iterable[Line | Summary]) -> dict[tuple[Decimal, str], Decimal]:
    """The net amounts by rate and nature; of one rate there are two summaries where a part of it is split payment."""
    nets: dict[tuple[Decimal, str], Decimal] = defaultdict(Decimal)
    for part in parts:
        nets[part.rate, part.natura] += part.net
    return nets


def _wrong_tax(said: Contents) -> bool:
    return any(abs(one.tax - one.net * one.rate / 100) > CENT + CENT / 2 for one in said.summaries)


def _wrong_net(said: Contents) -> bool:
    return _nets(said.lines) != _nets(said.summaries)


def _wrong_price(said: Contents) -> bool:
    return any(line.net != line.unit * (1 if line.quantity is None else line.quantity) for line in said.lines)


def _of_other_kind(said: Contents) -> bool:
    """Six characters are an office of the public administration, and seven anybody else."""
    return (len(said.recipient) == len("UFXXXX")) != (said.format == codes.TO_PUBLIC_OFFICES)


OF_NUMBERS = frozenset({"00425"})
CHECKS = (
    Check(
        "00200",
        _unplaced_seller,
        Unfit("the seller's name or a part of its address is missing: see E_INVOICES in .env.example"),
    ),
    Check(
        "00200",
        _unnamed_buyer,
        Unfit("the buyer's name, street or city cannot be written in Latin letters: change the billing address"),
    ),
    Check(
        "00200",
        _unplaced_buyer,
        Unfit("the buyer's post code or province is not an Italian one: change the billing address"),
    ),
    Check(
        "00200",
        lambda said: not all(line.description for line in said.lines),
        Unfit("a plan has no name that can be written in Latin letters: change the catalogue"),
    ),
    Check(
        "00200",
        lambda said: not 0 < len(said.lines) <= MAX_LINES,
        Unfit("it has no lines, or more than 9,999: bill less at a time"),
    ),
    Check(
        "00200",
        lambda said: not said.number.isascii(),
        Unfit("the number has characters that are not ASCII: change the formats of numbers in the settings"),
    ),
    Check(
        "00200",
        _uncounted,
        Unfit("an amount is too high or has more than two decimals: sell in another currency"),
    ),
    Check(
        "00200",
        lambda said: bool(said.pec and not PEC.fullmatch(said.pec)),
        Unfit("the buyer's PEC is not an address that can be written to: change the company's details"),
    ),
    Check(
        "00200",
        lambda said: bool(said.buyer.codice_fiscale and not CODICE_FISCALE.fullmatch(said.buyer.codice_fiscale)),
        Unfit("the buyer's Codice Fiscale must have 11 to 16 characters: change the company's details"),
    ),
    Check(
        "00311",
        lambda said: not CODE.fullmatch(said.recipient),
        Unfit("the buyer's SDI code has not seven characters, or an office's six: change the company's details"),
    ),
    Check(
        "00313",
        lambda said: (said.recipient == codes.ABROAD) == _at_home(said),
        Unfit("the SDI code XXXXXXX is for buyers abroad, and for all of them: change the company's details"),
    ),
    Check(
        "00400",
        lambda said: any(not line.rate and not line.natura for line in said.lines),
        Unfit("a line has no VAT and no reason for it: change TAX_TABLE"),
    ),
    Check(
        "00401",
        lambda said: any(line.rate and line.natura for line in said.lines),
        Unfit("a line has VAT and a reason for none: change TAX_TABLE"),
    ),
    Check(
        "00417",
        lambda said: not (said.buyer.id_code or said.buyer.codice_fiscale),
        Unfit("the buyer has neither a VAT number nor a Codice Fiscale: add one to the company's details"),
    ),
    Check(
        "00418",
        lambda said: bool(said.corrects and said.issued_on < said.corrects[1]),
        Unfit("it is dated before the invoice that it corrects: set the database's clock right"),
    ),
    Check("00419", _unsummed_rate, Unfit("its lines have rates for which no VAT is summed up: report this as a bug")),
    Check(
        "00421",
        _wrong_tax,
        Unfit("its VAT is more than a cent off its rate: credit another amount, or all that is left"),
    ),
    Check("00422", _wrong_net, Unfit("its taxable amounts are not the sums of its lines: report this as a bug")),
    Check("00423", _wrong_price, Unfit("a line is not its price times its quantity: report this as a bug")),
    Check(
        "00425",
        lambda said: not re.search("[0-9]", said.number),
        Unfit("the number has no digit: change the formats of numbers in the settings"),
    ),
    Check(
        "00426",
        lambda said: bool(said.pec and said.recipient != codes.NO_CODE),
        Unfit("a PEC is only for buyers whose SDI code is 0000000: report this as a bug"),
    ),
    Check(
        "00427",
        _of_other_kind,
        Unfit("an SDI code of six characters is for public offices alone: change the company's details"),
    ),
    Check(
        "00476",
        lambda said: said.seller.id_country != "IT" and said.buyer.country != "IT",
        Unfit("neither seller nor buyer is in Italy: turn E_INVOICES off"),
    ),
)  # fmt: skip
