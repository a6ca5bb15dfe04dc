"""The feed of facts: all that happened, in order, for whoever listens or lost what it was told."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row

from billing.facts import readable_up_to
from billing.models import Fact
from billing.models.facts import full_state
from billing.queries.facts import facts_after, number_of_fact
from billing.values.refusals import NotFound
from billing.values.snapshots.facts import FactSnapshot
from billing.work import Billing

MAX_PAGE = 100


def listed(billing: Billing, after: str | None = None, size: int = MAX_PAGE) -> list[FactSnapshot]:
    """The next `size` facts behind that id, from the first one on without it. Raises NotFound for an unknown id.

    Nothing that was written before them is left out: what is being written still, and all behind it, comes later.
    """
    with billing.read("facts.list") as work:
        last = readable_up_to(work.session)
        number = 0 if after is None else work.session.scalar(number_of_fact(), {"id": after})
        if number is None:
            raise NotFound("event")
        behind = {"number": number, "last": last, "size": min(size, MAX_PAGE)}
        return [snapshot_of(fact) for fact in work.session.execute(facts_after(), behind)]


def snapshot_of(row: Row[*tuple[Any, ...]]) -> FactSnapshot:
    """A fact as it leaves the services, of its row in `with_subjects`."""
    fact: Fact = row.Fact
    return FactSnapshot(
        fact.id,
        fact.type,
        fact.workspace_id,
        fact.property_id or row.property_id,
        fact.subject_id,
        fact.version,
        fact.at,
        full_state(fact, row._asdict()),
    )
