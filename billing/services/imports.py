"""Imports: subscriptions that ran in another system are taken over, each line whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from itertools import repeat
from typing import TypeVar

from billing.ports import GatewayMisconfigured, GatewayUnavailable, SavedCard
from billing.queries.in_sql import plan_anew
from billing.services.import_checks import Cards, Checker, Faults, Planned, Wrong
from billing.services.import_knowledge import Key, Known, imported_before
from billing.services.import_rows import write_planned
from billing.values.errors import Unfit
from billing.values.imports import ImportLine, Running
from billing.values.money import Money
from billing.work import Billing, Work

BATCH = 500
# How many questions a gateway is asked at a time: a live account of Stripe answers a hundred a second.
ASKED_AT_ONCE = 8
# Has the other system end a subscription with its paid time; what stands against that.
End = Callable[[Running], Unfit | None]
Progress = Callable[[int, int], None]
T = TypeVar("T")


class LineState(StrEnum):
    """What became of a line. Ready: it would be imported. Known: it was before, and says the same."""

    IMPORTED = "imported"
    READY = "ready"
    KNOWN = "known"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class LineReport:
    """One line: what became of it, or what is wrong with it. `charge` comes at `charged_at`, VAT included."""

    number: int
    reference: str
    state: LineState
    faults: Faults = ()
    subscription_id: str | None = None
    charge: Money | None = None
    charged_at: datetime | None = None
    ends_at: datetime | None = None
    without_card: bool = False


def preview(billing: Billing, lines: Sequence[ImportLine], progress: Progress) -> tuple[LineReport, ...]:
    """What importing the lines would do, by the code that imports. The gateway is asked for each card."""
    return _worked(billing, lines, _cards(billing, lines, progress), progress, write=False)


def import_lines(
    billing: Billing,
    lines: Sequence[ImportLine],
    progress: Progress,
    *,
    skip_wrong: bool = False,
    end: End | None = None,
) -> tuple[LineReport, ...]:
    """Takes over what the lines say: anchor, price and paid time stay, nothing is charged before its end.

    Nothing is imported while a line is wrong, unless `skip_wrong` says to go on without it. A line that was imported
    before is left as it is. What ends in the middle is gone on with by the same call. With `end` the other system
    has said that it ends a subscription before that is imported: none is billed by both.
    """
    cards = _cards(billing, lines, progress)
    checked = _worked(billing, lines, cards, progress, write=False)
    if not skip_wrong and any(one.state is LineState.WRONG for one in checked):
        return checked
    if end is not None:
        lines = _ended(lines, checked, end, progress)
    return _worked(billing, lines, cards, progress, write=True)


def _cards(billing: Billing, lines: Sequence[ImportLine], progress: Progress) -> Cards:
    """What the gateway says of the cards that the lines name, asked with no transaction open, each once."""
    sound = [line.running for line in lines if line.running]
    known: set[Key] = set()
    with billing.read("subscription.import") as work:
        for batch in _batches(sound):
            known |= imported_before(work, [one.key for one in batch]).keys()
    tokens = sorted({one.card for one in sound if one.card and one.key not in known})
    found: dict[str, SavedCard | Unfit] = {}
    with ThreadPoolExecutor(ASKED_AT_ONCE) as pool:
        for token, card in zip(tokens, pool.map(lambda token: _asked(billing, token), tokens), strict=True):
            found[token] = card
            progress(len(found), len(tokens))
    return found


def _asked(billing: Billing, token: str) -> SavedCard | Unfit:
    silent = Unfit("the gateway does not say whether it has the card: try again later")
    found = _at_gateway(lambda: billing.gateway.saved_card(token), silent)
    if found is None:
        return Unfit("the gateway has no such card that can be charged: correct the token, or leave it empty")
    return found


def _at_gateway(ask: Callable[[], T], silent: Unfit) -> T | Unfit:
    """What it answers, or what stands against that: `silent` where it says nothing."""
    try:
        return ask()
    except GatewayMisconfigured as fault:
        return Unfit("the gateway refuses our account ({reason}): `check` says more", reason=fault.reason)
    except GatewayUnavailable:
        return silent


def _ended(
    lines: Sequence[ImportLine], checked: Sequence[LineReport], end: End, progress: Progress
) -> list[ImportLine]:
    """The lines, those that the other system does not end as wrong ones. No transaction is open."""
    ready = {one.number for one in checked if one.state is LineState.READY}
    found: list[ImportLine] = []
    with ThreadPoolExecutor(ASKED_AT_ONCE) as pool:
        faults = pool.map(lambda line: _end(line, end) if line.number in ready else None, lines)
        for line, fault in zip(lines, faults, strict=True):
            found.append(line if fault is None else replace(line, running=None, faults=(fault,)))
            progress(len(found), len(lines))
    return found


def _end(line: ImportLine, end: End) -> Unfit | None:
    running = line.running
    assert running is not None
    silent = Unfit("the gateway does not say whether it ends it: import it again later")
    return _at_gateway(lambda: end(running), silent)


def _batches(lines: Sequence[Running]) -> Iterator[tuple[Running, ...]]:
    for first in range(0, len(lines), BATCH):
        yield tuple(lines[first : first + BATCH])


def _worked(
    billing: Billing, lines: Sequence[ImportLine], cards: Cards, progress: Progress, *, write: bool
) -> tuple[LineReport, ...]:
    seen = _Seen()
    reports: list[LineReport] = []
    for first in range(0, len(lines), BATCH):
        batch = lines[first : first + BATCH]
        unit = billing.work if write else billing.dry_run
        with unit("subscription.import") as work:
            plan_anew(work.session)  # the batches before may have filled what was empty
            reports += _Batch(work, batch, cards, seen, write=write).reports()
        progress(len(reports), len(lines))
    return tuple(reports)


@dataclass
class _Seen:
    """What the lines before said: their references with line and digest, and what their properties will have."""

    references: dict[Key, tuple[int, str]] = field(default_factory=dict)
    running: dict[Key, int] = field(default_factory=dict)


class _Batch:
    """Some lines in one transaction."""

    def __init__(
        self, work: Work, lines: Sequence[ImportLine], cards: Cards, seen: _Seen, *, write: bool
    ) -> None:
        sound = [line.running for line in lines if line.running]
        self.work, self.lines, self.seen, self.write = work, lines, seen, write
        self.before = imported_before(work, [one.key for one in sound])
        self.known = Known.of(work, sound, lock=write)
        drafter = work.drafter
        self.checker = Checker(self.known, cards, drafter, work.limits, work.now)

    def reports(self) -> list[LineReport]:
        """What became of each line; what was planned is written before that is said."""
        found = [self._planned(line) for line in self.lines]
        planned = [one for one in found if isinstance(one, Planned)]
        if self.write:
            self.work.session.add_all(self.known.new_prices)
            ids: Iterator[str | None] = iter(write_planned(self.work, planned))
        else:
            ids = repeat(None)
        return [
            one if isinstance(one, LineReport) else self._report(line, one, next(ids))
            for line, one in zip(self.lines, found, strict=True)
        ]

    def _planned(self, line: ImportLine) -> Planned | LineReport:
        running = line.running
        if running is None:
            return LineReport(line.number, line.reference, LineState.WRONG, line.faults)
        try:
            if known := self._known(line, running):
                return known
            planned = self._checked(running)
        except Wrong as wrong:
            return LineReport(line.number, line.reference, LineState.WRONG, wrong.faults)
        self.seen.references[running.key] = (line.number, running.digest())
        self.seen.running[_had_once(running)] = line.number
        return planned

    def _known(self, line: ImportLine, running: Running) -> LineReport | None:
        """What is said of a line that is here already, in the books or further up. Raises Wrong if it says else."""
        further_up = self.seen.references.get(running.key)
        before = self.before.get(running.key)
        if further_up is not None:
            number, digest = further_up
            if digest == running.digest():
                return LineReport(line.number, line.reference, LineState.KNOWN)
            raise Wrong(
                Unfit(
                    "line {number} has the same reference and says other things: keep one of them",
                    number=number,
                )
            )
        if before is None:
            return None
        if before.digest == running.digest():
            return LineReport(
                line.number, line.reference, LineState.KNOWN, subscription_id=before.subscription_id
            )
        raise Wrong(
            Unfit(
                "it was imported before as {subscription}, and said other things: change it there",
                subscription=before.subscription_id,
            )
        )

    def _checked(self, running: Running) -> Planned:
        if number := self.seen.running.get(_had_once(running)):
            raise Wrong(
                Unfit(
                    "line {number} gives the property {add_on} already: a property has one of each",
                    number=number,
                    add_on=running.add_on_id,
                )
            )
        return self.checker.planned(running)

    def _report(self, line: ImportLine, planned: Planned, id_: str | None) -> LineReport:
        ends = planned.period.end_at
        return LineReport(
            line.number,
            line.reference,
            LineState.IMPORTED if self.write else LineState.READY,
            subscription_id=id_,
            charge=planned.charge,
            charged_at=ends if planned.charge else None,
            ends_at=None if planned.charge else ends,
            without_card=planned.card is None,
        )


def _had_once(running: Running) -> Key:
    """What a property has once."""
    return running.workspace_id, running.property_id, running.add_on_id
