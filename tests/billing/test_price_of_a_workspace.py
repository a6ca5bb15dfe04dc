"""What one property does costs the same in a workspace of thousands: SQLite does not read through the others."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

import pytest
from sqlalchemy import event

from billing import Actor
from billing.services import due_work, outbox, properties, subscriptions, transfers
from billing.values.errors import Refusal
from tests.billing.desk import Desk
from tests.billing.test_doors import CHANGING, CHOSEN, OWNING, READING, House, house
from tests.billing.test_previews import ACTS, Act

__all__ = ["house"]
# PostgreSQL counts its rows itself, and goes by how many there are.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

OTHERS = 2_000
# Steps of SQLite's machine that one statement may take: to read a row takes five and more.
MOST_STEPS = 3_000
NOT_CHECKED = {"health"}  # looks at all that is due in the workspace
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
    desk, acts = house.desk, READING | CHOSEN | CHANGING | OWNING
    grow(desk)
    for name, act in acts.items():
        if name not in NOT_CHECKED:
            with none_is_dear(desk, name):
                act(desk.billing, house.owner, house.target)


@pytest.mark.parametrize("prepare", ACTS.values(), ids=ACTS)
def test_nor_does_what_charges(desk: Desk, prepare: Callable[[Desk, Actor], Act]) -> None:
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
