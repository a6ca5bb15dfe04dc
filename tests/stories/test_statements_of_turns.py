"""Every statement of every turn names the workspace of whoever asked, and the database shows it no other's rows.

A tap on the engine reads them all, on PostgreSQL, which keeps the rows of workspaces apart by itself as well.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from sqlalchemy import Engine, event

from billing import Billing, services
from billing.adapters.turn_role import TURN_ROLE
from billing.models import Base
from sandbox import demo
from sandbox.clock import TurnableClock
from sandbox.demo import EMMA
from tests.conftest import own_database
from tests.stories.attempts import Try
from tests.stories.conftest import demo_billing
from tests.stories.conversation import Conversation
from tests.stories.listeners import ROWS, piazzas
from tests.stories.wire import Wire

SERVICES = Path(services.__file__).parent
OF_WORKSPACES = {table.name for table in Base.metadata.sorted_tables if "workspace_id" in table.c}
TABLE = re.compile(r"\b(?:FROM|JOIN|INTO|UPDATE)\s+\"?(\w+)\"?")
# The services that are not kept to the one workspace, and why they may.
ACROSS = {
    "agenda.of_workspace": "the page of the pretend Slack shows it beside its clock, in nobody's turn",
    "agenda.next_due": "and turns the clock through the days of the schedule",
    "downloads.claim": "the packer makes what was asked for in all workspaces, one after the other",
    "installations.changed_since": "the process looks who installed the app, once a minute",
    "installations.drop_deliveries": "and what waited too long where it was taken out",
    "approvals.requests": "somebody of the seller's sees what waits for approval, in all workspaces",
    "approvals.look": "and a request of a customer's workspace, which is not theirs",
    "approvals.review": "with what it would do there",
    "approvals.decline": "and that they decline it stands in that workspace",
    "approvals.approve": "as above, when they approve it",
    "operators.find": "somebody of the seller's looks for a customer, in all workspaces",
    "operators.look": "and sees a page as its admins do, in the customer's workspace, which is not theirs",
    "operators.find_trials": "they look for trials as they look for customers",
    "operators.preview_trial": "and see one with more days, in the customer's workspace",
    "operators.extend_trial": "in which it is extended",
    "operators.invoice": "as is looked for by a number, which says nothing of the workspace",
    "operators.paid": "or by a payment's id, which says nothing of it either",
    "outbox.claim": "the courier takes messages of all workspaces in turn",
    "outbox.told": "it holds the message, and names it by its number",
    "outbox.posted": "as above",
    "outbox.failed": "as above",
}


@pytest.fixture
def desk_of_demo(request: pytest.FixtureRequest) -> Iterator[tuple[Billing, TurnableClock]]:
    """The demo on PostgreSQL."""
    server, template = map(request.getfixturevalue, ("postgresql_server", "migrated_postgresql"))
    with own_database(server, template) as url:
        clock = TurnableClock()
        billing = demo_billing(url, clock)
        demo.seed_demo(billing, clock())
        yield billing, clock
        billing.engine.dispose()


def use_case() -> str | None:
    """The service that was called, as `noun.verb`; None for what the test itself asks the database."""
    frame: FrameType | None = sys._getframe()
    outermost = None
    while frame is not None:
        path = Path(frame.f_code.co_filename)
        if path.parent == SERVICES:
            outermost = f"{path.stem}.{frame.f_code.co_name}"
        frame = frame.f_back
    return outermost


@contextmanager
def tapped(engine: Engine, workspace_id: str) -> Iterator[tuple[dict[str, set[str]], set[str]]]:
    """By their service, the statements over workspaces' tables that name none, or could see more than one.

    Beside them all services that were called.
    """
    unscoped: dict[str, set[str]] = {}
    called: set[str] = set()

    def read(conn: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, many: bool) -> None:
        if not (OF_WORKSPACES & set(TABLE.findall(statement)) and (service := use_case())):
            return
        called.add(service)
        # Where SQLAlchemy inserts many rows by one statement, their values come in one row.
        in_rows = many and isinstance(next(iter(parameters), None), tuple | list | dict)
        sets: Iterable[Any] = parameters if in_rows else [parameters]
        named = all(workspace_id in (one.values() if isinstance(one, dict) else one) for one in sets)
        kept = conn.get_execution_options().get("workspace") == workspace_id and conn.info[TURN_ROLE]
        if not (kept and named and "workspace_id" in statement):
            unscoped.setdefault(service, set()).add(" ".join(statement.split()))

    event.listen(engine, "before_cursor_execute", read)
    try:
        yield unscoped, called
    finally:
        event.remove(engine, "before_cursor_execute", read)


async def test_every_statement_of_every_listener_names_its_workspace(demo_slack: Conversation) -> None:
    assert piazzas(demo_slack, "credit note")  # issued once, by an operator
    with tapped(demo_slack.session.billing.engine, demo.TEAM.id) as (unscoped, called):
        for kind in ("word", "suggestion", "shortcut", "action", "submission", "operator"):
            for row in (row for (one, _), row in ROWS.items() if one == kind and row.answers):
                await row.use(Try(Wire(demo_slack), EMMA), piazzas(demo_slack, row.noun))
    assert {service: found for service, found in unscoped.items() if service not in ACROSS} == {}
    assert len(called) > 50  # the tap has read them
