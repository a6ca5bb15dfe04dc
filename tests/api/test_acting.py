"""What the seller's own product may do: the same acts as in Slack, each once for its idempotency key."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
import requests
from sqlalchemy import Engine, event
from sqlalchemy.exc import OperationalError

from billing.services import due_work
from billing.services.verify import verify
from tests.api.client import Client, served
from tests.api.test_reading import problem
from tests.billing.desk import Desk, at_once


@pytest.fixture
def client(desk: Desk) -> Iterator[Client]:
    with served(desk) as client:
        yield client


def post(client: Client, path: str, key: str | None = "k-1", body: Any = None) -> requests.Response:
    headers = {"Idempotency-Key": key} if key else {}
    return client.ask(path, "POST", json=body, headers=headers)


def test_a_plan_is_cancelled_and_goes_on_once_for_each_key(desk: Desk, client: Client) -> None:
    owner = desk.owner()
    plan = desk.buy(owner, desk.property_of(owner)).id
    desk.turn(days=3)
    cancel, dear = f"/subscriptions/{plan}/cancel", {"reason": "Closed the shop"}
    assert problem(post(client, cancel, None, dear)) == (422, "invalid-request")
    done = post(client, cancel, "k-1", dear)
    assert (done.status_code, done.json()["renews"], done.json()["cancelled_by"]) == (200, False, "")
    assert post(client, cancel, "k-1", dear).json() == done.json()
    assert problem(post(client, cancel, "k-1", {"reason": "Another"})) == (422, "idempotency-key-reused")
    assert problem(post(client, cancel, "k-2", dear)) == (409, "already-cancelled")
    assert problem(post(client, cancel, "k-2", dear)) == (409, "already-cancelled")
    back = post(client, f"/subscriptions/{plan}/uncancel", "k-3")
    assert (back.status_code, back.json()["renews"]) == (200, True)
    assert post(client, cancel, "k-1", dear).json() == done.json()  # as it was answered then
    (key_id,) = (row.id for row in desk.rows("SELECT id FROM api_keys"))
    assert [(one.user_id, one.via, one.refused_as) for one in desk.audit("subscription.cancel")] == [
        (key_id, "api", None),
        (key_id, "api", "AlreadyCancelled"),
    ]
    assert desk.told()[-2:] == ["SubscriptionCancelled", "CancellationUndone"]
    desk.clock.now += timedelta(hours=25)
    due_work.run_pruning(desk.billing)
    assert desk.rows("SELECT * FROM api_replies") == []
    assert post(client, cancel, "k-1", {"reason": "Another"}).status_code == 200
    assert problem(post(client, "/subscriptions/sub_none/cancel", "k-9", dear)) == (404, "not-found")
    assert verify(desk.billing) == ()


def test_what_was_done_by_who_was_gone_before_it_answered_is_the_answer(desk: Desk, client: Client) -> None:
    owner = desk.owner()
    plan = desk.buy(owner, desk.property_of(owner)).id
    desk.turn(days=3)
    for act, body in (("cancel", {"reason": "Closed the shop"}), ("uncancel", None)):
        path = f"/subscriptions/{plan}/{act}"
        done = post(client, path, f"k-{act}", body)
        desk.execute("UPDATE api_replies SET status = NULL WHERE status IS NOT NULL")
        assert problem(post(client, path, f"k-{act}", body)) == (409, "being-answered")
        desk.clock.now += timedelta(minutes=2)
        again = post(client, path, f"k-{act}", body)
        assert (again.status_code, again.json()) == (200, done.json())
        assert post(client, path, f"k-{act}", body).json() == done.json()
        assert post(client, path, f"k-{act}-2", body).status_code == 409  # nobody asked for this before
    assert len(desk.told()) == len(set(desk.told()))


@contextmanager
def away_once_that_is_committed(engine: Engine, written: str, at: str) -> Iterator[None]:
    """After the commit of what begins so, the first statement that begins as `at` finds no database, and no other."""
    seen: list[str] = []

    def executed(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if not seen and statement.startswith(written):
            seen.append("written")

    def committed(_connection: object) -> None:
        if seen == ["written"]:
            seen.append("committed")

    def executing(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if seen == ["written", "committed"] and statement.startswith(at):
            seen.append("away")
            raise OperationalError(statement, None, ConnectionError("gone"))

    heard: dict[str, Callable[..., None]] = {
        "after_cursor_execute": executed,
        "commit": committed,
        "before_cursor_execute": executing,
    }
    for name, listener in heard.items():
        event.listen(engine, name, listener)
    try:
        yield
    finally:
        for name, listener in heard.items():
            event.remove(engine, name, listener)
    assert seen == ["written", "committed", "away"]


@pytest.mark.parametrize("gone_at", ["SELECT", "UPDATE api_replies"])
def test_what_was_done_before_the_database_was_gone_is_the_answer_when_it_is_asked_again(
    desk: Desk, client: Client, gone_at: str
) -> None:
    owner = desk.owner()
    plan = desk.buy(owner, desk.property_of(owner)).id
    desk.turn(days=3)
    for act, body, renews in (("cancel", {"reason": "Closed the shop"}, False), ("uncancel", None, True)):
        path = f"/subscriptions/{plan}/{act}"
        with away_once_that_is_committed(desk.billing.engine, "UPDATE subscriptions", gone_at):
            assert problem(post(client, path, f"k-{act}", body)) == (503, "database-away")
        if body:
            assert problem(post(client, path, f"k-{act}", {"reason": "Another"}))[0] == 422
        again = post(client, path, f"k-{act}", body)
        assert (again.status_code, again.json()["renews"]) == (200, renews)
        assert post(client, path, f"k-{act}", body).json() == again.json()
    assert desk.told()[-2:] == ["SubscriptionCancelled", "CancellationUndone"]
    assert len(desk.told()) == len(set(desk.told()))


def test_the_same_request_at_once_is_done_once(desk: Desk, client: Client) -> None:
    owner = desk.owner()
    desk.buy(owner, desk.property_of(owner))
    invoice = client.get("/invoices")["data"][0]["id"]
    body = {"invoice": invoice, "minor": 100, "reason": "Late"}
    answers = at_once(*[lambda: post(client, "/credit-notes", "k-1", body)] * 4)
    assert {answer.status_code for answer in answers} <= {200, 409}
    again = post(client, "/credit-notes", "k-1", body).json()
    assert all(answer.json() == again for answer in answers if answer.status_code == 200)
    assert [one.number for one in desk.rows("SELECT number FROM credit_notes")] == [again["number"]]
    # Whoever was to answer is gone, and what was asked is asked again: the note that there is, is the answer.
    desk.execute("UPDATE api_replies SET status = NULL")
    assert problem(post(client, "/credit-notes", "k-1", body)) == (409, "being-answered")
    desk.clock.now += timedelta(minutes=2)
    assert post(client, "/credit-notes", "k-1", body).json() == again
    assert len(desk.rows("SELECT number FROM credit_notes")) == 1


def test_money_goes_back_once_and_no_more_than_there_is(desk: Desk, client: Client) -> None:
    owner = desk.owner()
    desk.buy(owner, desk.property_of(owner))
    invoice = client.get("/invoices")["data"][0]
    body = {"invoice": invoice["id"], "minor": 500}
    assert problem(post(client, "/refunds", "k-1", body)) == (409, "nothing-to-refund")
    note = post(client, "/credit-notes", "k-2", body | {"refund": True}).json()
    assert note["total"] == {"minor": 500, "currency": "EUR"}
    given = post(client, "/refunds", "k-3", body).json()
    assert (given["status"], given["amount"]) == ("succeeded", {"minor": 500, "currency": "EUR"})
    assert post(client, "/refunds", "k-3", body).json() == given
    assert problem(post(client, "/refunds", "k-4", body)) == (409, "nothing-to-refund")
    too_much = {"invoice": invoice["id"], "minor": 10**9}
    assert problem(post(client, "/credit-notes", "k-5", too_much)) == (409, "credit-out-of-bounds")
    assert [row.requested_by[:4] for row in desk.rows("SELECT requested_by FROM refunds")] == ["key_"]
    assert verify(desk.billing) == ()


def test_a_refund_names_an_invoice_or_a_payment(desk: Desk, client: Client) -> None:
    owner = desk.owner()
    desk.buy(owner, desk.property_of(owner))
    (invoice,), (payment,) = client.get("/invoices")["data"], client.get("/payments")["data"]
    post(client, "/credit-notes", "k-1", {"invoice": invoice["id"]})
    for key, body in (("k-2", {}), ("k-3", {"invoice": invoice["id"], "payment": payment["id"]})):
        assert post(client, "/refunds", key, body).status_code == 422
    given = post(client, "/refunds", "k-4", {"payment": payment["id"], "minor": 500}).json()
    assert (given["status"], given["amount"]["minor"], given["invoice"]) == ("succeeded", 500, None)
    assert post(client, "/refunds", "k-5", {"payment": "pay_none"}).status_code == 404
    assert post(client, "/refunds", "k-6", {"invoice": invoice["id"]}).json()["amount"]["minor"] == 720


def test_a_key_that_was_used_days_ago_for_another_invoice_credits_and_refunds_nothing(
    desk: Desk, client: Client
) -> None:
    owner = desk.owner()
    shop = desk.property_of(owner)
    desk.buy(owner, shop)
    desk.buy(owner, shop, "ai-assist/growth/month")
    one, other = (invoice.id for invoice in desk.invoices())
    first = {"invoice": one, "minor": 100, "refund": True}
    note = post(client, "/credit-notes", "k-1", first).json()
    post(client, "/refunds", "k-2", {"invoice": one, "minor": 100})
    desk.clock.now += timedelta(hours=25)
    due_work.run_pruning(desk.billing)
    assert post(client, "/credit-notes", "k-1", first).json() == note
    desk.clock.now += timedelta(hours=25)
    due_work.run_pruning(desk.billing)
    another = {"invoice": other, "minor": 500}
    assert problem(post(client, "/credit-notes", "k-1", another)) == (409, "credit-key-reused")
    assert problem(post(client, "/refunds", "k-2", another)) == (409, "refund-key-reused")
    assert [row.total_minor for row in desk.rows("SELECT total_minor FROM credit_notes")] == [100]
    assert [row.minor for row in desk.rows("SELECT minor FROM refunds")] == [100]


def test_a_key_that_may_only_read_changes_nothing(desk: Desk) -> None:
    owner = desk.owner()
    plan = desk.buy(owner, desk.property_of(owner)).id
    with served(desk, scopes=("read",)) as client:
        answer = post(client, f"/subscriptions/{plan}/cancel", "k-1", {"reason": "Dear"})
        assert problem(answer) == (403, "scope-missing")
        assert client.get(f"/subscriptions/{plan}")["renews"]
