"""What it costs to claim: as much as is taken, however much waits."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from sqlalchemy import event, insert, select, text, update

from billing.adapters.ciphers import FernetCipher, new_key
from billing.models import Fact, OutboxMessage, WebhookDelivery, WebhookEndpoint
from billing.services import outbox, properties, webhook_endpoints
from billing.services import webhook_deliveries as deliveries
from billing.values.outbox import BY_MAIL, Audience
from tests.billing.desk import Desk

WAITING = 10_000
OLDEST = "number IN (SELECT min(number) FROM outbox GROUP BY workspace_id, audience, address)"
PUT_OFF = {
    "sqlite": f"CASE WHEN {OLDEST} THEN due_at ELSE datetime(due_at, '-1 hour') || '.000000' END",
    "postgresql": f"CASE WHEN {OLDEST} THEN due_at ELSE due_at - interval '1 hour' END",
}
EXPLAIN = "EXPLAIN (ANALYZE, FORMAT JSON)"


def test_to_claim_is_not_to_look_through_all_that_waits(desk: Desk) -> None:
    """A day without a mail server, or a Slack that wants to be waited for, leaves tens of thousands of them."""
    owner = desk.owner()
    desk.buy(owner, desk.property_of(owner), "knowledge-base/standard/month")
    homes = ("T0001", "T0002", "T0003", "T0004")
    for home in homes[1:]:
        properties.register_workspace(desk.billing, home, "Altra", "it")
    with desk.billing.engine.begin() as connection:
        one = dict(connection.execute(select(OutboxMessage.__table__)).one()._mapping)
        del one["number"]
        mails = [
            {**one, "workspace_id": homes[n % 4], "audience": Audience.MAIL_RECEIPTS, "address": f"sub_{n}"}
            for n in range(WAITING)
        ]
        messages = [
            {**one, "workspace_id": homes[n % 4], "address": f"C{n // 4 % 10}"} for n in range(WAITING)
        ]
        connection.execute(insert(OutboxMessage), [*mails, *messages])
        # Each channel's oldest had to wait, and is due again: all behind it have been due for longer.
        connection.execute(text(f"UPDATE outbox SET due_at = {PUT_OFF[connection.dialect.name]}"))
        connection.execute(text("ANALYZE outbox"))
    with touched(desk) as by_mail:
        assert len(outbox.claim(desk.billing, 30, BY_MAIL)) == 30
    with touched(desk) as in_slack:
        assert len(outbox.claim(desk.billing, 50)) == 41
    with touched(desk) as none_left:
        assert outbox.claim(desk.billing, 50) == []
    assert max(by_mail[0], in_slack[0], none_left[0]) < WAITING / 10


def test_nor_is_it_for_webhooks(desk: Desk) -> None:
    """Every other one waits for the one before it about the same subject."""
    owner = desk.owner()
    desk.buy(owner, desk.property_of(owner), "knowledge-base/standard/month")
    keyed = replace(desk.billing, cipher=FernetCipher([new_key()]))
    endpoint, _ = webhook_endpoints.create(keyed, "https://example.com/hear", ())
    with desk.billing.engine.begin() as connection:
        facts = connection.execute(select(Fact.number)).scalars().all()
        connection.execute(update(WebhookEndpoint), {"id": endpoint.id, "queued_up_to": max(facts) + WAITING})
        connection.execute(
            insert(WebhookDelivery),
            [
                {"endpoint_id": endpoint.id, "fact_number": max(facts) + n, "subject_key": f"sub_{n // 2}"}
                for n in range(WAITING)
            ],
        )
        connection.execute(text("ANALYZE webhook_deliveries"))
    with touched(desk) as busy:
        assert deliveries.busy(desk.billing) == [endpoint.id]
    with touched(desk) as claimed:
        deliveries.claim(desk.billing, endpoint.id, 10)
    held = desk.rows("SELECT count(*) AS held FROM webhook_deliveries WHERE claimed_until IS NOT NULL")
    assert held[0].held == 10
    assert max(busy[0], claimed[0]) < WAITING / 10


@contextmanager
def touched(desk: Desk) -> Iterator[list[int]]:
    """How many rows the database touches within it: on SQLite a hundred steps of its machine are taken for one."""
    asked: list[tuple[str, Any]] = []
    steps = itertools.count()
    engine, rows = desk.billing.engine, [0]

    def heard(_connection: object, cursor: Any, statement: str, values: Any, *_: object) -> None:
        asked.append((statement, values))
        if engine.name == "sqlite":
            cursor.connection.set_progress_handler(lambda: next(steps) < 0, 100)

    event.listen(engine, "before_cursor_execute", heard)
    yield rows
    event.remove(engine, "before_cursor_execute", heard)
    if engine.name == "sqlite":
        rows[0] = next(steps)
        return
    with engine.connect() as connection:
        for statement, values in asked:
            if statement.startswith(("WITH", "UPDATE", "SELECT webhook")):
                (explained,) = connection.exec_driver_sql(f"{EXPLAIN} {statement}", values).scalar_one()
                rows[0] += rows_of(explained["Plan"])
        connection.rollback()


def rows_of(node: dict[str, Any]) -> int:
    removed = sum(int(value) for name, value in node.items() if name.startswith("Rows Removed"))
    below = sum(rows_of(one) for one in node.get("Plans", ()))
    return (int(node["Actual Rows"]) + removed) * int(node["Actual Loops"]) + below
