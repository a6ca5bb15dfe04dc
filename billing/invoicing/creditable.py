"""What was billed, what was given back of it already, and how a credit is split over what is left."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from sqlalchemy.orm import Session

from billing.models.invoices import Invoice, InvoiceLine
from billing.models.subscriptions import Subscription
from billing.queries import invoice_lines
from billing.values.documents import DocumentLine, InvoiceDocument, LineKind
from billing.values.money import Money, allocate, round_half_up
from billing.values.refusals import CreditOutOfBounds
from billing.values.tax import Treatment, groups
from billing.values.tax_groups import TaxGroup, tax_on


@dataclass(frozen=True, slots=True)
class Billed:
    """A line of an issued invoice, its number, the VAT that it was issued with, and what is credited of its net."""

    line: InvoiceLine
    number: str
    treatment: Treatment
    credited: int


def billed_to_end(session: Session, subscription: Subscription) -> list[Billed]:
    """The line that covers the rest of the cycle, if there is one of which something is left."""
    of_it = {
        "workspace_id": subscription.workspace_id,
        "subscription_id": subscription.id,
        "period_end_at": subscription.period_end_at,
    }
    return [
        Billed(line, invoice.number, _treatment(invoice.read_document().lines[line.position - 1]), int(minor))
        for line, invoice, minor in session.execute(invoice_lines.billed_to_end(), of_it)
    ]


@dataclass(frozen=True, slots=True)
class Credited:
    """What was given back of an invoice's lines, net by their positions.

    `prorated` is what later invoices gave back when the plan changed, less what their credit notes took back of that;
    `noted` and `taxes` are of its own credit notes.
    """

    prorated: Mapping[int, int]
    noted: Mapping[int, int]
    taxes: Sequence[TaxGroup]


def credited_of(session: Session, invoice: Invoice, notes: Sequence[InvoiceDocument]) -> Credited:
    """What was given back of the invoice so far; `notes` are the documents of its credit notes."""
    of_it = {"workspace_id": invoice.workspace_id, "invoice_id": invoice.id}
    prorated, noted = (
        {position: int(minor) for position, minor in session.execute(statement, of_it)}
        for statement in (invoice_lines.prorated_by_position(), invoice_lines.noted_by_position())
    )
    return Credited(prorated, noted, [group for note in notes for group in note.taxes])


@dataclass(frozen=True, slots=True)
class Creditable:
    """What of one VAT group of an invoice is not given back yet; `lines` is net by position.

    `withheld` is the VAT of split payment, which is in no total. What the invoice itself gave back stands in it below
    zero: whoever gives back all of the invoice takes it back.
    """

    treatment: Treatment
    net: int
    tax: int
    withheld: int
    lines: Mapping[int, int]

    @property
    def gross(self) -> int:
        return self.net + self.tax

    @property
    def group(self) -> TaxGroup:
        return self._group(self.net, self.tax, self.withheld)

    @property
    def charged(self) -> Creditable:
        """The part of it that was charged, with the VAT on that: what is credited in parts is taken from it."""
        lines = {position: net for position, net in self.lines.items() if net > 0}
        taken_back = sum(self.lines.values()) - sum(lines.values())
        (back,) = groups([(self.treatment, taken_back)])
        return Creditable(
            self.treatment,
            self.net - taken_back,
            self.tax - back.tax_minor,
            self.withheld - back.withheld_minor,
            lines,
        )

    def part(self, gross: int) -> TaxGroup:
        """So much of it with its VAT, such that the parts of the whole add up to it."""
        exact = round_half_up(Fraction(gross * 10_000, 10_000 + self.treatment.rate))
        net = min(max(exact, gross - self.tax), self.net)
        # What the rest will be, is left for it: each part is within a cent of its rate, and the last one, too.
        return self._group(net, gross - net, self.withheld - tax_on(self.net - net, self.treatment.rate))

    def _group(self, net: int, tax: int, withheld: int) -> TaxGroup:
        rate, note = self.treatment
        rounding = withheld - tax_on(net, rate) if note == "split_payment" else 0
        return TaxGroup(rate, net, tax, note, rounding)


def creditable_of(document: InvoiceDocument, given: Credited) -> list[Creditable]:
    """What can still be credited, VAT group by VAT group."""
    return [_creditable(document, group, given) for group in document.taxes]


def creditable_total(document: InvoiceDocument, given: Credited) -> Money:
    """The most that a credit note may still give back: never more than the total (billing rules, "Invoices")."""
    return Money(max(0, sum(left.gross for left in creditable_of(document, given))), document.currency)


@dataclass(frozen=True, slots=True)
class Credit:
    """What a credit note gives back: its lines, each with the position that it corrects, and its VAT."""

    lines: tuple[tuple[int, DocumentLine], ...]
    taxes: tuple[TaxGroup, ...]

    @property
    def total(self) -> int:
        return sum(group.net_minor + group.tax_minor for group in self.taxes)


def credit_of(document: InvoiceDocument, given: Credited, amount: Money | None) -> Credit:
    """So much, VAT included, or all that is left.

    All mirrors the invoice line by line, each with its own rate: what a line of it gave back is owed again. A part
    comes from what was charged, over the VAT groups and lines in proportion to what is left. Raises CreditOutOfBounds
    for nothing, or for more than is left.
    """
    most = creditable_total(document, given)
    gross = amount or most
    if gross.currency != most.currency or not 0 < gross.minor <= most.minor:
        raise CreditOutOfBounds(most)
    if gross == most:
        return whole_of(document, given)
    charged = [part for each in creditable_of(document, given) if (part := each.charged).gross > 0]
    parts = allocate(gross.minor, [each.gross for each in charged])
    return _credit(
        document, [(each, each.part(minor)) for each, minor in zip(charged, parts, strict=True) if minor]
    )


def whole_of(document: InvoiceDocument, given: Credited) -> Credit:
    """All that is left of it; without a line where nothing is.

    Its total is zero where the invoice gave back as much as it charged: what it gave back is owed again.
    """
    left = creditable_of(document, given)
    return _credit(
        document,
        [(each, each.group) for each in left if each.net or each.tax or any(each.lines.values())],
    )


def _credit(document: InvoiceDocument, pairs: Sequence[tuple[Creditable, TaxGroup]]) -> Credit:
    lines = [line for each, group in pairs for line in _lines(document, each, group.net_minor)]
    return Credit(tuple(sorted(lines, key=lambda line: line[0])), tuple(group for _, group in pairs))


def _lines(document: InvoiceDocument, left: Creditable, net: int) -> Iterator[tuple[int, DocumentLine]]:
    parts = list(left.lines.values()) if net == left.net else allocate(net, list(left.lines.values()))
    for index, (position, minor) in enumerate(zip(left.lines, parts, strict=True)):
        if minor or (not any(parts) and not index):  # where only a cent of VAT is left, a line must carry it
            was = document.lines[position - 1]
            kind = LineKind.REVERSAL if was.kind is LineKind.CREDIT else LineKind.CREDIT
            whole = replace(was, kind=kind, days=None, of_days=None, whole_minor=None)
            yield position, replace(whole, quantity=1, unit_minor=minor, net_minor=minor)


def _creditable(document: InvoiceDocument, group: TaxGroup, given: Credited) -> Creditable:
    treatment = Treatment(group.rate, group.note)
    mine = {
        position: line.net_minor
        for position, line in enumerate(document.lines, start=1)
        if _treatment(line) == treatment
    }
    prorated = groups((treatment, given.prorated.get(position, 0)) for position in mine)
    back = [*prorated, *(one for one in given.taxes if (one.rate, one.note) == treatment)]
    return Creditable(
        treatment,
        group.net_minor - sum(one.net_minor for one in back),
        group.tax_minor - sum(one.tax_minor for one in back),
        group.withheld_minor - sum(one.withheld_minor for one in back),
        {
            position: net - given.prorated.get(position, 0) - given.noted.get(position, 0)
            for position, net in mine.items()
        },
    )


def _treatment(line: DocumentLine) -> Treatment:
    return Treatment(line.tax_rate, line.tax_note)
