"""Documents were issued to properties that have a budget: it is compared with them once they are committed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy.orm import Session

from billing.queries.budgets import to_look_at


def note_spending(session: Session, properties: Iterable[tuple[str, str]], at: datetime) -> None:
    """Marks the budgets of these properties, by workspace and id.

    Whoever looks at one waits until this transaction is over, and sees its documents.
    """
    rows = [
        {"of_workspace": workspace_id, "of_property": property_id, "at": at}
        for workspace_id, property_id in sorted(set(properties))
    ]
    if rows:
        session.connection().execute(to_look_at(), rows)
