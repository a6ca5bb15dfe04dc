"""What the law gives a person: all that is kept of them in a file, and their name and address gone."""

from __future__ import annotations

from typing import Any

from billing.models import Person
from billing.models.properties import PROPERTY_LOCK
from billing.queries import contacts
from billing.queries import people as queries
from billing.services import departures
from billing.values.actors import Actor
from billing.values.refusals import NotFound
from billing.work import Billing, Work

# Under which names the lists stand in the file.
LISTS = {
    "roles": queries.roles,
    "subscriptions": queries.subscriptions,
    "invoices": queries.invoices,
    "cards": queries.cards,
    "acts": queries.acts,
    "requests_for_approval": queries.requests_for_approval,
    "messages": queries.messages,
    "votes": queries.votes,
    "downloads": queries.downloads,
    "billing_contact_of": contacts.of_person,
}


def export(billing: Billing, workspace_id: str, user_id: str) -> dict[str, Any]:
    """All that is kept of that person; that it was given out stands in the audit log. Raises NotFound."""
    with billing.work("person.export") as work:
        person = _person(work, workspace_id, user_id)
        of_it = {"workspace_id": workspace_id, "user_id": user_id}
        found: dict[str, Any] = {
            **of_it,
            "name": person.name,
            "email": person.email,
            "language": person.language,
            "not_in_the_workspace_since": person.deactivated_at,
        }
        kept_of = of_it | {"address": _small(person.email)}
        for name, statement in LISTS.items():
            found[name] = [dict(row._mapping) for row in work.session.execute(statement(), kept_of)]
        work.record("person.export", user_id)
        return found


def erase(billing: Billing, workspace_id: str, user_id: str) -> None:
    """Their name and address are gone, and what they were told; nothing reaches them any more.

    Others are asked to take over what they pay for, as if they had left. What the law keeps stays as it was written:
    invoices, and who did what in the audit log, under Slack's id alone. Raises NotFound.
    """
    with billing.work("person.erase") as work:
        person = _person(work, workspace_id, user_id)
        address = _small(person.email)
        if person.deactivated_at is None:
            departures.leave(work, billing, person)
        person.name, person.email, person.language, person.chosen_property_id = user_id, None, None, None
        if address:
            typed = {"workspace_id": workspace_id, "address": address}
            for subscription in work.session.scalars(queries.receipts_typed(), typed):
                subscription.receipts_to = None
        of_it = {"workspace_id": workspace_id, "user_id": user_id, "address": address}
        work.session.flush()
        for statement in (queries.forget_messages(), queries.forget_votes(), contacts.forget_contacts()):
            work.session.connection().execute(statement, of_it)
        work.property_id = None
        work.record("person.erase", user_id)


def _small(address: str | None) -> str | None:
    """As `queries` compare what was typed by hand."""
    return address.lower() if address else None


def _person(work: Work, workspace_id: str, user_id: str) -> Person:
    work.actor = Actor(workspace_id, "", "operator")
    found = work.session.get(Person, (workspace_id, user_id), with_for_update=PROPERTY_LOCK)
    if found is None:
        raise NotFound("person")
    return found
