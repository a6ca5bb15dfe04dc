"""How many statements a preview, the page and a collection take, however many subscriptions there are."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial

import pytest
from sqlalchemy import Engine, event

from billing import Actor, Billing
from billing.adapters.postgresql import NOW
from billing.kept import Answers, Glance, Glances
from billing.payments.collection import collect_once
from billing.payments.outcomes import PaymentKey
from billing.renewals import bulk
from billing.renewals.single import DueReport
from billing.services import due_work, payments, properties, subscriptions, transfers
from tests.billing.desk import WORKSPACE, Desk
from tests.billing.test_previews import ACTS, Act

MAX_STATEMENTS = 8
MAX_FOR_THE_PAGE = 4
# Whether the books are on hold, before each part; ends and cycles in bulk, each kind of all else in one look.
MAX_FOR_A_TICK = 16
# Three locks, two looks, the try, the gateway's payment, what the outcome changes and adds in six tables; and on
# PostgreSQL, whose copying of facts is not counted, the place in the feed, and whether short forms are read.
MAX_FOR_A_COLLECTION = 14


@contextmanager
def counted(engine: Engine) -> Iterator[list[str]]:
    """The statements that reach the driver meanwhile; BEGIN (with the time), COMMIT and ROLLBACK are none."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if not statement.startswith(("BEGIN", NOW)):
            seen.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)


def cancelling(desk: Desk) -> Callable[[], object]:
    owner = desk.owner()
    plan = desk.buy(owner, desk.property_of(owner))
    return lambda: subscriptions.preview_cancel(desk.billing, owner, plan.id, "Too dear")


def transferring(desk: Desk) -> Callable[[], object]:
    owner = desk.owner()
    plan, corso = desk.buy(owner, desk.property_of(owner)), desk.property_of(owner, "Corso")
    return lambda: transfers.preview_transfer(desk.billing, owner, plan.id, corso.id)


def preview_of(prepare: Callable[[Desk, Actor], Act], desk: Desk) -> Callable[[], object]:
    return prepare(desk, desk.owner()).preview


PREVIEWS: dict[str, Callable[[Desk], Callable[[], object]]] = {
    **{name: partial(preview_of, prepare) for name, prepare in ACTS.items()},
    "cancellation": cancelling,
    "transfer": transferring,
}


@pytest.mark.parametrize("prepare", PREVIEWS.values(), ids=PREVIEWS)
def test_a_preview_takes_at_most_eight_statements(
    desk: Desk, prepare: Callable[[Desk], Callable[[], object]]
) -> None:
    preview = prepare(desk)
    with counted(desk.billing.engine) as statements:
        preview()
    assert 0 < len(statements) <= MAX_STATEMENTS, "\n\n".join(statements)


@dataclass(frozen=True)
class CountedGlances:
    glances: Glances
    statements: list[str]

    def __call__(self, engine: Engine, actor: Actor) -> Glance | None:
        self.statements.append("a glance")
        return self.glances(engine, actor)

    def still(self, engine: Engine, answers: Answers) -> bool:
        self.statements.append("whether it is still so")
        return self.glances.still(engine, answers)


def glances_counted(billing: Billing, statements: list[str]) -> Billing:
    """In its workspace; a look past SQLAlchemy is a statement, too."""
    return replace(billing.within(WORKSPACE), glance=CountedGlances(billing.glance, statements))


def test_the_page_takes_at_most_four_statements(desk: Desk) -> None:
    owner = desk.owner()
    desk.buy(owner, desk.property_of(owner))
    with counted(desk.billing.engine) as statements:
        page = properties.purchases(glances_counted(desk.billing, statements), owner)
    assert page.running[0].plan
    assert page.invoices
    assert 0 < len(statements) <= MAX_FOR_THE_PAGE, "\n\n".join(statements)


def test_a_renewal_is_collected_by_at_most_fourteen_statements(desk: Desk) -> None:
    owner = desk.owner()
    plan = desk.buy(owner, desk.property_of(owner))
    desk.clock.now = plan.period_end_at
    assert bulk.renew(desk.billing) == 1
    (renewal,) = payments.unpaid(desk.billing, owner, plan.id)
    with counted(desk.billing.engine) as statements:
        collect_once(desk.billing, PaymentKey(owner.workspace_id, renewal.id), scheduled=True)
    assert payments.unpaid(desk.billing, owner, plan.id) == ()
    assert 0 < len(statements) <= MAX_FOR_A_COLLECTION, "\n\n".join(statements)


def test_a_run_that_finds_nothing_due_takes_at_most_sixteen_statements(desk: Desk) -> None:
    owner = desk.owner()
    desk.buy(owner, desk.property_of(owner))
    due_work.run_due(desk.billing)
    with counted(desk.billing.engine) as statements:
        assert due_work.run_due(desk.billing) == DueReport()
    assert 0 < len(statements) <= MAX_FOR_A_TICK, "\n\n".join(statements)
