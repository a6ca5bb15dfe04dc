"""What one property does costs the same in a workspace of thousands: SQLite does not read through the others."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

import pytest
from sqlalchemy import event

from billing import Actor
from billing.services import (
    budgets,
    contacts,
    downloads,
    due_work,
    help,
    invoices,
    listings,
    lookups,
    members,
    outbox,
    people,
    profiles,
    properties,
    purchase_limits,
    purchase_requests,
    subscriptions,
    transfers,
    usage,
)
from billing.services.purchases import Order
from billing.values.contacts import ContactKind
from billing.values.cycles import Interval
from billing.values.errors import Refusal
from billing.values.usage import Used
from tests.billing.desk import WORKSPACE, Desk
from tests.billing.test_doors import CHANGING, CHOSEN, OWNING, READING, Act, House, Target, house
from tests.billing.test_previews import ACTS
from tests.billing.test_previews import Act as PreviewedAct

__all__ = ["house"]
# PostgreSQL counts its rows itself, and goes by how many there are.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

OTHERS = 2_000
# Steps of SQLite's machine that one statement may take: to read a row takes five and more.
MOST_STEPS = 3_000
# They look at all that is due in the workspace, and for all that it has of somebody.
NOT_CHECKED = {"health", "export"}
# None of them is due with the one that is looked at.
LATER = "datetime(p.period_end_at, '+70 years') || '.000000'"
COPIES: Mapping[str, Mapping[str, str]] = {
    "persons": {"user_id": "'UX' || n"},
    "properties": {"id": "'prop_x' || n", "name": "'Altra ' || n"},
    "members": {"property_id": "'prop_x' || n", "user_id": "'UX' || n"},
    "payment_methods": {"id": "'pm_x' || n", "property_id": "'prop_x' || n", "token": "'tok_x' || n"},
    "subscriptions": {
        "id": "'sub_x' || n",
        "property_id": "'prop_x' || n",
        "payment_method_id": "'pm_x' || n",
        "billing_admin_id": "'UX' || n",
        "trial_property_id": "'prop_x' || n",
        "period_end_at": LATER,
        "due_at": LATER,
    },
    "invoices": {
        "id": "'inv_x' || n",
        "property_id": "'prop_x' || n",
        "subscription_id": "'sub_x' || n",
        "sequence": "1000 + n",
        "number": "'X-' || n",
    },
    "invoice_lines": {"invoice_id": "'inv_x' || n", "subscription_id": "'sub_x' || n"},
    "payments": {
        "id": "'pay_x' || n",
        "property_id": "'prop_x' || n",
        "subscription_id": "'sub_x' || n",
        "invoice_id": "'inv_x' || n",
        "key": "'key_x' || n",
        "gateway_id": "'gateway_x' || n",
    },
    "payment_attempts": {"id": "'try_x' || n", "payment_id": "'pay_x' || n", "token": "'tok_x' || n"},
}
NUMBERS = f"WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {OTHERS})"


# What else is done for one property, by people, by the seller's product and by the seller.
BESIDE: dict[str, Act] = {
    "contacts": lambda b, a, t: contacts.listed(b, a, t.property_id),
    "contact": lambda b, a, t: contacts.add(
        b, a, t.property_id, "", "conti@esempio.it", [ContactKind.RECEIPTS]
    ),
    "downloads": lambda b, a, _: downloads.choices(b, a),
    "download": lambda b, a, t: downloads.ask(b, a, "2026-01", t.property_id),
    "search": lambda b, a, _: invoices.find(b, a, "2026-000001"),
    "profile": lambda b, a, t: profiles.look_at(b, a, t.property_id),
    "budget": lambda b, a, t: budgets.change(b, a, t.property_id, Interval.MONTH, "10"),
    "budget looked at": lambda b, _, t: budgets.warn(b, WORKSPACE, t.property_id),
    "limit": lambda b, a, t: purchase_limits.change(b, a, t.property_id, "10"),
    "request": lambda b, a, t: purchase_requests.ask_purchase(
        b, a, bought(t), key="one", expected_quote=None
    ),
    "asking for a role": lambda b, a, t: members.ask_for_role(b, a, t.property_id, "owner"),
    "where to transfer": lambda b, a, t: transfers.choices(b, a, t.subscription_id),
    "help": lambda b, a, _: help.votes(b, a, "invoices"),
    "entitlements": lambda b, _, t: listings.entitlements(b, WORKSPACE, t.property_id),
    "usage": lambda b, _, t: usage.used(b, WORKSPACE, t.property_id),
    "used": lambda b, a, t: usage.count(b, [Used("e1", WORKSPACE, t.property_id, "live-chat", 1, b.clock())]),
    "members for the seller": lambda b, _, t: lookups.members(b, WORKSPACE, t.property_id),
    "cards for the seller": lambda b, _, t: lookups.cards(b, WORKSPACE, t.property_id),
    "export": lambda b, a, _: people.export(b, WORKSPACE, a.user_id),
}


def bought(target: Target) -> Order:
    return Order(
        target.property_id,
        "video-voice",
        "standard",
        Interval.MONTH,
        payment_method_id=target.payment_method_id,
    )


def grow(desk: Desk) -> None:
    """Gives the workspace as many properties more, each with a member, a card and a plan, paid once."""
    with desk.billing.engine.connect() as connection:
        driver: Any = connection.connection.driver_connection  # outside of any transaction
        driver.execute("PRAGMA foreign_keys = OFF")
        for table, changed in COPIES.items():
            columns = [column[0] for column in driver.execute(f"SELECT * FROM {table} LIMIT 0").description]
            values = ", ".join(changed.get(column, f"p.{column}") for column in columns)
            driver.execute(
                f"INSERT INTO {table} ({', '.join(columns)}) {NUMBERS} "
                f"SELECT {values} FROM numbers, (SELECT * FROM {table} LIMIT 1) p"
            )
        driver.execute("DELETE FROM sealed_rows")
        driver.execute("PRAGMA foreign_keys = ON")


@contextmanager
def none_is_dear(desk: Desk, what: str) -> Iterator[None]:
    """No statement meanwhile takes more steps than that."""
    steps = itertools.count()
    begun: list[tuple[int, str]] = []

    def heard(_connection: object, cursor: Any, statement: str, *_: object) -> None:
        cursor.connection.set_progress_handler(lambda: next(steps) < 0, 1)
        begun.append((next(steps), statement))

    event.listen(desk.billing.engine, "before_cursor_execute", heard)
    with suppress(Refusal):
        yield
    event.remove(desk.billing.engine, "before_cursor_execute", heard)
    ends = [*(at for at, _ in begun[1:]), next(steps)]
    for (at, statement), end in zip(begun, ends, strict=True):
        assert end - at <= MOST_STEPS, f"{what}: {end - at} steps: {statement}"


def test_no_act_of_one_property_reads_through_the_others(house: House) -> None:
    desk, acts = house.desk, READING | CHOSEN | BESIDE | CHANGING | OWNING
    grow(desk)
    for name, act in acts.items():
        if name not in NOT_CHECKED:
            with none_is_dear(desk, name):
                act(desk.billing, house.owner, house.target)


@pytest.mark.parametrize("prepare", ACTS.values(), ids=ACTS)
def test_nor_does_what_charges(desk: Desk, prepare: Callable[[Desk, Actor], PreviewedAct]) -> None:
    billing, owner = desk.billing, desk.owner()
    corso = desk.property_of(owner, "Corso")
    desk.buy(owner, corso)
    act = prepare(desk, owner)
    grow(desk)
    with none_is_dear(desk, "preview"):
        act.preview()
    with none_is_dear(desk, "act"):
        act.do(None)
    (plan,) = properties.purchases(billing, owner).running
    with none_is_dear(desk, "preview of a transfer"):
        transfers.preview_transfer(billing, owner, plan.id, corso.id)
    desk.clock.now = plan.period_end_at
    with none_is_dear(desk, "due work"):
        due_work.run_due(billing)
    with none_is_dear(desk, "outbox"):
        outbox.claim(billing)
    with none_is_dear(desk, "cancellation"):
        subscriptions.cancel(billing, owner, plan.id, "Too dear")
