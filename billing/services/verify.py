"""The books held against themselves: everything that is wrong with the rows. It only reads."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from itertools import chain, islice
from typing import Any

from sqlalchemy import Row

from billing.i18n import Translator
from billing.invariants import CHECKS, Check
from billing.invariants.documents import (
    E_INVOICES,
    FROZEN,
    IN_EURO,
    NOT_AS_MADE,
    SUMS,
    euro_tax_faults,
    faults,
)
from billing.invariants.periods import ANCHORED, OFF_ANCHOR, follows_anchor
from billing.models import Property, Verification
from billing.queries import payments, subscriptions, verifications
from billing.queries.copies import workspaces_among
from billing.queries.documents import KINDS, Kind, documents_after, lines_between
from billing.queries.einvoices import editions_after
from billing.queries.exchange_rates import euro_taxes_after
from billing.queries.invariants.rows import Rows, moments_around
from billing.queries.invariants.subscriptions import periods_after
from billing.queries.outbox import given_up_of_workspace, untold_of_workspace
from billing.services import chain as chain_of_seals
from billing.services.channels import trouble
from billing.services.copies import held_why
from billing.values.actors import Actor
from billing.values.money import Money
from billing.values.snapshots import Health
from billing.work import Billing, Work

BATCH = 500
# Of one invariant no more is told: whoever reads this needs to know that it is broken, not each time.
MAX_FINDINGS = 1000
INVARIANTS = (
    *dict.fromkeys(check.invariant for check in CHECKS),
    ANCHORED,
    FROZEN,
    SUMS,
    E_INVOICES,
    IN_EURO,
    chain_of_seals.SEALED,
)


@dataclass(frozen=True, slots=True)
class Finding:
    """An invariant that does not hold: the ids of where, and a sentence with its values on what is wrong."""

    invariant: str
    where: tuple[str, ...]
    sentence: str
    values: tuple[tuple[str, str], ...] = ()

    @property
    def what(self) -> str:
        """What is wrong there, in English."""
        return self.sentence.format(**dict(self.values))

    def said(self, words: Translator) -> str:
        """All of it in the reader's language, on one line."""
        return f"{words(self.invariant)}: {' '.join(self.where)}: {words(self.sentence, **dict(self.values))}"


def verify(
    billing: Billing, batch: int = BATCH, head: str = "", progress: Callable[[int, int], None] | None = None
) -> tuple[Finding, ...]:
    """Everything that is wrong with the rows, at most a thousand findings of each check. Changes nothing.

    Each check is one statement; documents and periods are read in batches: a desk that is at work meanwhile does not
    disturb it, and a large one does not fill the memory. A `head` of the chain of seals that was kept must be in it
    still: then nothing that it seals was taken away or made anew. `progress` is told how many checks of how many
    are done. Raises ValueError for what is no head.
    """
    with billing.read("verify") as work:
        found = [_run(billing, work, check) for check in CHECKS]
        found.append(islice(_periods(work, batch), MAX_FINDINGS))
        found += [islice(_documents(work, kind, batch), MAX_FINDINGS) for kind in KINDS]
        found.append(islice(_e_invoices(work, batch), MAX_FINDINGS))
        found.append(islice(_euro_taxes(work, batch), MAX_FINDINGS))
        found.append(islice(_sealed(chain_of_seals.faults(work)), MAX_FINDINGS))
        if head:
            found.append(_sealed(chain_of_seals.against(work, head)))
        return tuple(chain.from_iterable(_counted(found, progress) if progress else found))


def remember(billing: Billing, every: timedelta = timedelta()) -> None:
    """Verifies the books unless somebody did within that time, and keeps what is not as it must be, for `health`."""
    with billing.read("verify.last") as work:
        last = work.session.scalars(verifications.newest()).first()
        if last and last.verified_at > work.now - every:
            return
    findings = verify(billing)
    with billing.work("verify.remember") as work:
        ids = {"ids": sorted({finding.where[0] for finding in findings})}
        workspaces = set(work.session.scalars(workspaces_among(), ids))
        broken: dict[str, set[str]] = defaultdict(set)
        for finding in findings:
            broken[finding.where[0] if finding.where[0] in workspaces else ""].add(finding.invariant)
        found = {where: sorted(names) for where, names in broken.items()}
        work.session.add(Verification(verified_at=work.now, broken=found))


def _counted(
    found: Sequence[Iterator[Finding]], progress: Callable[[int, int], None]
) -> Iterator[Iterator[Finding]]:
    for done, findings in enumerate(found):
        progress(done, len(found))
        yield findings
    progress(len(found), len(found))


def health(
    billing: Billing, actor: Actor, property_id: str | None = None, *, support_channel: str | None = None
) -> Health:
    """How the desk does, for admins of that property or of the one that the actor has chosen.

    Of the invariants it says which did not hold in its workspace, or for all, when the books were verified last.
    Raises NoProperty, NotFound, NotAllowed.
    """
    with billing.read("health.read") as work:
        prop, _ = work.property_as_reader(actor, property_id)
        work.property_as_admin(actor, prop.id)
        of_workspace = {"workspace_id": actor.workspace_id}
        verified = work.session.scalars(verifications.newest()).first()
        untold, since = work.session.execute(untold_of_workspace(), of_workspace).one()
        return Health(
            invariants=len(INVARIANTS),
            broken=tuple(_broken(verified, actor)) if verified else (),
            due_since=_due_since(work, actor),
            untold=untold,
            untold_since=since,
            held=held_why(billing),
            given_up=work.session.execute(given_up_of_workspace(), of_workspace).scalar_one(),
            undelivered=_undelivered(work, prop),
            time_zone=prop.time_zone,
            verified_at=verified.verified_at if verified else None,
            channel=trouble(work, actor.workspace_id, prop.billing_channel),
            support_channel=trouble(work, actor.workspace_id, support_channel),
        )


def _broken(verified: Verification, actor: Actor) -> Iterator[str]:
    broken = {name for of in ("", actor.workspace_id) for name in verified.broken.get(of, ())}
    yield from (invariant for invariant in INVARIANTS if invariant in broken)


def _undelivered(work: Work, prop: Property) -> tuple[str, ...]:
    refused = work.session.scalars(subscriptions.receipts_refused(), prop.key)
    plans = (one.price.plan for one in refused)
    return tuple(f"{plan.add_on.name} {plan.name}" for plan in plans)


def _due_since(work: Work, actor: Actor) -> datetime | None:
    """Since when the oldest work of the workspace is due that nobody has done, if there is any."""
    now = {"workspace_id": actor.workspace_id, "now": work.now}
    moments = (work.session.scalar(each, now) for each in (subscriptions.due_since(), payments.due_since()))
    return min((moment for moment in moments if moment), default=None)


def _run(billing: Billing, work: Work, check: Check) -> Iterator[Finding]:
    # The clock is asked for each: on large books the first one was hours ago, and what came since is not to come.
    for row in work.session.execute(_first_broken_at(check), moments_around(billing.clock())):
        where = tuple(str(part) for part in row[:2] if part is not None)
        yield _finding(check.invariant, where, check.what, row._asdict())


@cache
def _first_broken_at(check: Check) -> Rows:
    """Kept: of a statement that is made anew, the driver's text is found by walking through all of it again."""
    return check.broken_at().limit(MAX_FINDINGS)


def _finding(invariant: str, where: tuple[str, ...], sentence: str, values: Mapping[str, Any]) -> Finding:
    shown = tuple(
        (name, _shown(name, value, values)) for name, value in values.items() if f"{{{name}}}" in sentence
    )
    return Finding(invariant, where, sentence, shown)


def _shown(name: str, value: Any, beside: Mapping[str, Any]) -> str:
    """A value as an operator reads it: amounts with their currency, moments to the minute."""
    if value is None:
        return "-"
    if name.endswith("_minor"):
        amount = Money(int(value), beside["currency"])
        return f"{amount.decimal} {amount.currency}"
    return f"{value:%Y-%m-%d %H:%M} UTC" if isinstance(value, datetime) else str(value)


def _sealed(faults: Iterable[chain_of_seals.Found]) -> Iterator[Finding]:
    for where, sentence, values in faults:
        yield _finding(chain_of_seals.SEALED, where, sentence, values)


def _periods(work: Work, size: int) -> Iterator[Finding]:
    after = ("", "")
    while batch := work.session.execute(periods_after(), {**_named("after", after), "size": size}).all():
        for row in batch:
            if not follows_anchor(row):
                yield _finding(ANCHORED, (row.workspace_id, row.id), OFF_ANCHOR, row._asdict())
        after = (batch[-1].workspace_id, batch[-1].id)


def _documents(work: Work, kind: Kind, size: int) -> Iterator[Finding]:
    after = ("", "")
    while batch := _documents_after(work, kind, after, size):
        last = (batch[-1].workspace_id, batch[-1].id)
        lines = _lines_between(work, kind, after, last)
        for row in batch:
            for invariant, sentence, values in faults(row, kind, lines[row.workspace_id, row.id]):
                yield _finding(invariant, (row.workspace_id, row.id), sentence, values)
        after = last


def _e_invoices(work: Work, size: int) -> Iterator[Finding]:
    after = 0
    while batch := work.session.execute(editions_after(), {"after": after, "size": size}).all():
        for row in batch:
            if hashlib.sha256(row.content).hexdigest() != row.digest:
                where = (row.workspace_id, row.document_id)
                yield _finding(E_INVOICES, where, NOT_AS_MADE, {"number": row.number})
        after = batch[-1].progressive


def _euro_taxes(work: Work, size: int) -> Iterator[Finding]:
    after = ("", "")
    while batch := work.session.execute(euro_taxes_after(), {**_named("after", after), "size": size}).all():
        for row in batch:
            said = row.EuroTax
            for invariant, sentence, values in euro_tax_faults(row):
                yield _finding(invariant, (said.workspace_id, said.document_id), sentence, values)
        after = (batch[-1].EuroTax.workspace_id, batch[-1].EuroTax.document_id)


def _documents_after(work: Work, kind: Kind, after: tuple[str, str], size: int) -> Sequence[Row[Any]]:
    return work.session.execute(documents_after(kind), {**_named("after", after), "size": size}).all()


def _lines_between(
    work: Work, kind: Kind, after: tuple[str, str], last: tuple[str, str]
) -> dict[tuple[str, str], list[tuple[str, ...]]]:
    lines = defaultdict(list)
    between = _named("after", after) | _named("last", last)
    for workspace_id, document_id, *values in work.session.execute(lines_between(kind), between):
        lines[workspace_id, document_id].append(tuple(str(value) for value in values))
    return lines


def _named(which: str, key: tuple[str, str]) -> dict[str, str]:
    return {f"{which}_workspace_id": key[0], f"{which}_id": key[1]}
