"""The books held against themselves: everything that is wrong with the rows. It only reads."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, islice
from typing import Any

from sqlalchemy import Row

from billing.invariants import CHECKS, Check
from billing.models import Property
from billing.queries import payments, subscriptions
from billing.queries.documents import KINDS, Kind, before_newest, documents_after, lines_between
from billing.queries.outbox import untold_of_workspace
from billing.services.channels import trouble
from billing.values.actors import Actor
from billing.values.snapshots import Health
from billing.work import Billing, Work

BATCH = 500
# Of one invariant no more is told: whoever reads this needs to know that it is broken, not each time.
MAX_FINDINGS = 1000
FROZEN = "documents are as they were issued"
INVARIANTS = (*(check.invariant for check in CHECKS), FROZEN)


@dataclass(frozen=True, slots=True)
class Finding:
    """An invariant that does not hold: which one, the ids of where, and what is wrong there in one sentence."""

    invariant: str
    where: tuple[str, ...]
    what: str


def verify(billing: Billing, batch: int = BATCH) -> tuple[Finding, ...]:
    """Everything that is wrong with the rows, at most a thousand findings of each invariant. Changes nothing.

    Each check is one statement; the documents are read in batches: a desk that is at work meanwhile does not
    disturb it, and a large one does not fill the memory.
    """
    with billing.read("verify") as work:
        findings = [finding for check in CHECKS for finding in _run(work, check)]
        findings += islice(chain.from_iterable(_frozen(work, kind, batch) for kind in KINDS), MAX_FINDINGS)
        return tuple(findings)


def health(
    billing: Billing, actor: Actor, property_id: str | None = None, *, support_channel: str | None = None
) -> Health:
    """How the desk does, for admins of that property or of the one that the actor has chosen.

    Of the invariants it says which do not hold anywhere, and nothing of where. Of the documents it looks at the
    newest few: `verify` looks at all. Raises NoProperty, NotFound, NotAllowed.
    """
    with billing.read("health.read") as work:
        prop, _ = work.property_as_reader(actor, property_id)
        work.property_as_admin(actor, prop.id)
        of_workspace = {"workspace_id": actor.workspace_id}
        untold, since = work.session.execute(untold_of_workspace(), of_workspace).one()
        return Health(
            invariants=len(INVARIANTS),
            broken=tuple(_broken(work)),
            due_since=_due_since(work, actor),
            untold=untold,
            untold_since=since,
            undelivered=_undelivered(work, prop),
            time_zone=prop.time_zone,
            at=work.now,
            channel=trouble(work, actor.workspace_id, prop.billing_channel),
            support_channel=trouble(work, actor.workspace_id, support_channel),
        )


def _broken(work: Work) -> Iterator[str]:
    """The invariants that do not hold, as far as a look at the newest documents can say."""
    for check in CHECKS:
        if next(_run(work, check, most=1), None):
            yield check.invariant
    newest = (_frozen(work, kind, BATCH, _before_newest(work, kind)) for kind in KINDS)
    if next(chain.from_iterable(newest), None):
        yield FROZEN


def _undelivered(work: Work, prop: Property) -> tuple[str, ...]:
    refused = work.session.scalars(subscriptions.receipts_refused(), prop.key)
    plans = (one.price.plan for one in refused)
    return tuple(f"{plan.add_on.name} {plan.name}" for plan in plans)


def _due_since(work: Work, actor: Actor) -> datetime | None:
    """Since when the oldest work of the workspace is due that nobody has done, if there is any."""
    now = {"workspace_id": actor.workspace_id, "now": work.now}
    moments = (work.session.scalar(each, now) for each in (subscriptions.due_since(), payments.due_since()))
    return min((moment for moment in moments if moment), default=None)


def _before_newest(work: Work, kind: Kind) -> tuple[str, str]:
    """The key after which the newest documents come."""
    row = work.session.execute(before_newest(kind), {"size": BATCH}).first()
    return (row[0], row[1]) if row else ("", "")


def _run(work: Work, check: Check, most: int = MAX_FINDINGS) -> Iterator[Finding]:
    for row in work.session.execute(check.broken_at(work.now).limit(most)):
        where = tuple(str(part) for part in row[:2] if part is not None)
        yield Finding(check.invariant, where, check.what.format(**row._mapping))


def _frozen(work: Work, kind: Kind, size: int, after: tuple[str, str] = ("", "")) -> Iterator[Finding]:
    while batch := _documents_after(work, kind, after, size):
        last = (batch[-1].workspace_id, batch[-1].id)
        lines = _lines_between(work, kind, after, last)
        for row in batch:
            if differs := ", ".join(_differences(row, kind, lines[row.workspace_id, row.id])):
                yield Finding(FROZEN, (row.workspace_id, row.id), f"{row.number} differs in: {differs}.")
        after = last


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


def _differences(row: Row[Any], kind: Kind, lines: list[tuple[str, ...]]) -> Iterator[str]:
    document: dict[str, Any] = row.document
    if _digest(document) != row.document_hash:
        yield "document"
        return
    said = [tuple(str(one[name]) for name in kind.compared) for one in document["lines"]]
    total = sum(group["net_minor"] + group["tax_minor"] for group in document["taxes"])
    same = {
        "number": row.number == document["number"],
        "date": row.issued_on.isoformat() == document["issued_on"],
        "currency": row.currency == document["currency"],
        "total": row.total_minor == total,
        "lines": lines == said,
    }
    yield from (name for name, holds in same.items() if not holds)


def _digest(document: dict[str, Any]) -> str:
    """As InvoiceDocument's, but of the row as it is: a field that comes later changes no old document."""
    canonical = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()
