"""What was billed, what was given back of it already, and how a credit is split over what is left."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from sqlalchemy.orm import Session

from billing.models.invoices import Invoice, InvoiceLine
from billing.models.subscriptions import Subscription
from billing.queries import invoice_lines
from billing.values.documents import DocumentLine, InvoiceDocument, LineKind, TaxGroup
from billing.values.money import Money, allocate, round_half_up
from billing.values.refusals import CreditOutOfBounds
from billing.values.tax import Treatment, groups


@dataclass(frozen=True, slots=True)
class Billed:
    """A line of an issued invoice, the VAT that it was issued with, and what of its net is credited already."""

    line: InvoiceLine
    treatment: Treatment
    credited: int


def billed_to_end(session: Session, subscription: Subscription) -> list[Billed]:
    """The line that covers the rest of the cycle, if there is one."""
    of_it = {
        "workspace_id": subscription.workspace_id,
        "subscription_id": subscription.id,
        "period_end_at": subscription.period_end_at,
    }
    return [
        Billed(line, _treatment(invoice.read_document().lines[line.position - 1]), int(minor))
        for line, invoice, minor in session.execute(invoice_lines.billed_to_end(), of_it)
    ]


@dataclass(frozen=True, slots=True)
class Credited:
    """What was given back of an invoice's lines, net by their positions.

    `prorated` is what later invoices gave back when the plan changed; `noted` and `taxes` are of its credit notes.
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
    """What of one VAT group of an invoice is not given back yet; `lines` is net by position."""

    treatment: Treatment
    net: int
    tax: int
    lines: Mapping[int, int]

    @property
    def gross(self) -> int:
        return self.net + self.tax

    def part(self, gross: int) -> TaxGroup:
        """So much of it with its VAT, such that the parts of the whole add up to it."""
        exact = round_half_up(Fraction(gross * 10_000, 10_000 + self.treatment.rate))
        net = min(max(exact, gross - self.tax), self.net)
        return TaxGroup(self.treatment.rate, net, gross - net, self.treatment.note)


def creditable_of(document: InvoiceDocument, given: Credited) -> list[Creditable]:
    """What can still be credited, for each VAT group of which something is left."""
    return [left for group in document.taxes if (left := _creditable(document, group, given)).gross > 0]


def creditable_total(document: InvoiceDocument, given: Credited) -> Money:
    """The most that a credit note may still give back: never more than the total (billing rules, "Invoices")."""
    back = sum(group.net_minor + group.tax_minor for group in given.taxes)
    of_lines = [(_treatment(document.lines[p - 1]), net) for p, net in given.prorated.items()]
    back += sum(group.net_minor + group.tax_minor for group in groups(of_lines))
    whole = sum(left.gross for left in creditable_of(document, given))
    return Money(max(0, min(whole, document.total.minor - back)), document.currency)


@dataclass(frozen=True, slots=True)
class Credit:
    """What a credit note gives back: its lines, each with the position that it corrects, and its VAT."""

    lines: tuple[tuple[int, DocumentLine], ...]
    taxes: tuple[TaxGroup, ...]

    @property
    def total(self) -> int:
        return sum(group.net_minor + group.tax_minor for group in self.taxes)


def credit_of(document: InvoiceDocument, given: Credited, amount: Money | None) -> Credit:
    """So much, VAT included, or all that is left; over the VAT groups and lines in proportion to what is left.

    Raises CreditOutOfBounds for nothing, or for more than is left.
    """
    most = creditable_total(document, given)
    gross = amount or most
    if gross.currency != most.currency or not 0 < gross.minor <= most.minor:
        raise CreditOutOfBounds(most)
    left = creditable_of(document, given)
    parts = allocate(gross.minor, [each.gross for each in left])
    pairs = [(each, each.part(minor)) for each, minor in zip(left, parts, strict=True) if minor]
    lines = [line for each, group in pairs for line in _lines(document, each, group.net_minor)]
    return Credit(tuple(sorted(lines, key=lambda line: line[0])), tuple(group for _, group in pairs))


def _lines(document: InvoiceDocument, left: Creditable, net: int) -> Iterator[tuple[int, DocumentLine]]:
    parts = allocate(net, list(left.lines.values()))
    for index, (position, minor) in enumerate(zip(left.lines, parts, strict=True)):
        if minor or (not net and not index):  # where only a cent of VAT is left, it needs a line to stand on
            was = document.lines[position - 1]
            whole = replace(was, days=None, of_days=None, whole_minor=None)
            yield (
                position,
                replace(whole, kind=LineKind.CREDIT, quantity=1, unit_minor=minor, net_minor=minor),
            )


def _creditable(document: InvoiceDocument, group: TaxGroup, given: Credited) -> Creditable:
    treatment = Treatment(group.rate, group.note)
    mine = {
        position: line.net_minor
        for position, line in enumerate(document.lines, start=1)
        if _treatment(line) == treatment and line.net_minor > 0
    }
    prorated = groups((treatment, given.prorated.get(position, 0)) for position in mine)
    back = [*prorated, *(one for one in given.taxes if (one.rate, one.note) == treatment)]
    lines = {
        position: max(0, net - given.prorated.get(position, 0) - given.noted.get(position, 0))
        for position, net in mine.items()
    }
    return Creditable(
        treatment,
        max(0, min(group.net_minor - sum(one.net_minor for one in back), sum(lines.values()))),
        max(0, group.tax_minor - sum(one.tax_minor for one in back)),
        lines,
    )


def _treatment(line: DocumentLine) -> Treatment:
    return Treatment(line.tax_rate, line.tax_note)
