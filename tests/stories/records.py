"""What is kept when all is said: the rows of the tables and the lines of the log, read past all services."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy import text

from billing import Actor, Billing
from billing.services import members, payment_methods
from billing.values.actors import Role
from sandbox import demo
from sandbox.people import User
from tests.billing.desk import NOTED, rows_of_tables

# Columns that only the outbox has: a message can be read before it stands in them that it was told.
OF_THE_COURIER = ("tries", "claimed_until", "told_at", "message_ref", "last_error")
# Refusals are written down, and who was met; neither changes what anybody has or pays.
KEPT_OF_REFUSALS = ("audit_entries", "persons")
# Who was met, and the hash of what was drawn for the first time.
KEPT_OF_READING = ("persons", "drawings")


def tables(billing: Billing, *, but: Collection[str] = ()) -> dict[str, list[str]]:
    """All rows of all tables as text, without what the courier writes when it tells something."""
    return rows_of_tables(billing.engine, (*but, *NOTED), OF_THE_COURIER)


def rows(billing: Billing, sql: str, **values: Any) -> list[tuple[Any, ...]]:
    with billing.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(sql), values)]


def refusals(billing: Billing, user: User) -> list[tuple[str, str]]:
    """What the audit log says that this person tried in vain, and as what it was refused."""
    found = rows(
        billing,
        "SELECT act, refused_as FROM audit_entries WHERE user_id = :user AND refused_as IS NOT NULL ORDER BY at",
        user=user.id,
    )
    return [(act, refused_as) for act, refused_as in found]


def property_id(billing: Billing, name: str) -> str:
    ((found,),) = rows(billing, "SELECT id FROM properties WHERE name = :name", name=name)
    return str(found)


def subscription_id(billing: Billing, property_name: str, add_on_id: str) -> str:
    ((found,),) = rows(
        billing,
        "SELECT s.id FROM subscriptions s JOIN properties p ON p.id = s.property_id"
        " WHERE p.name = :name AND s.add_on_id = :add_on",
        name=property_name,
        add_on=add_on_id,
    )
    return str(found)


def invoice_ids(billing: Billing, subscription: str) -> list[str]:
    """The invoices of the subscription, newest first."""
    found = rows(
        billing,
        "SELECT id FROM invoices WHERE subscription_id = :subscription ORDER BY sequence DESC",
        subscription=subscription,
    )
    return [str(row[0]) for row in found]


def give_role(billing: Billing, person: User, property_name: str, role: Role) -> None:
    """The owner of the property changes the role of somebody, from outside of Slack.

    Whoever will not be able to change what they pay for has handed it over to the owner before.
    """
    emma = Actor(demo.TEAM.id, demo.EMMA.id, "demo")
    members.meet(billing, Actor(demo.TEAM.id, person.id, "demo"), person.real_name, person.email or None)
    property_of_role = property_id(billing, property_name)
    if not role.writes:
        paid_for = (
            "SELECT id, payment_method_id FROM subscriptions"
            " WHERE property_id = :property AND billing_admin_id = :payer"
        )
        for subscription, method in rows(billing, paid_for, property=property_of_role, payer=person.id):
            payment_methods.choose(billing, emma, subscription, method)
    members.set_role(billing, emma, property_of_role, person.id, role)


def pays_for_nothing(billing: Billing, person: User) -> None:
    """Somebody else pays for what they paid for: nobody is told anything when they leave."""
    with billing.engine.begin() as connection:
        taken = "UPDATE subscriptions SET billing_admin_id = ? WHERE billing_admin_id = ?"
        connection.exec_driver_sql(taken, (demo.EMMA.id, person.id))


@dataclass
class Printed:
    """What the app logged: structlog's lines, and those of the libraries."""

    capsys: pytest.CaptureFixture[str]
    caplog: pytest.LogCaptureFixture
    _so_far: list[str] = field(default_factory=list)

    def lines(self) -> list[str]:
        read = self.capsys.readouterr()
        self._so_far += [*read.out.splitlines(), *read.err.splitlines()]
        return [*self._so_far, *self.caplog.text.splitlines()]

    def text(self) -> str:
        return "\n".join(self.lines())
