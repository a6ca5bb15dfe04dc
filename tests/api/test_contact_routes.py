"""Billing contacts for the seller's own product: listed, added once for each idempotency key, removed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import requests
from fastapi import FastAPI
from sqlalchemy import select

from api.problems import handle_problems
from billing.models import Workspace
from billing.services import members
from billing.services.verify import verify
from billing.values.actors import Actor, Role
from tests.api.client import Client, served
from tests.api.test_reading import problem
from tests.billing.desk import WORKSPACE, Desk
from tests.serving import running

STUDIO = "studio@commercialista.example"
ALL = ["receipts", "payment_problems", "reminders", "contract_changes"]


@pytest.fixture
def mailing(desk: Desk) -> Desk:
    return replace(desk, billing=replace(desk.billing, mails=True))


@pytest.fixture
def client(mailing: Desk) -> Iterator[Client]:
    with served(mailing) as client:
        yield client


def post(client: Client, path: str, key: str, **body: Any) -> requests.Response:
    return client.ask(path, "POST", json=body, headers={"Idempotency-Key": key})


def test_contacts_are_added_once_listed_and_removed_but_for_the_last(mailing: Desk, client: Client) -> None:
    desk, owner = mailing, mailing.owner()
    shop = desk.property_of(owner)
    members.meet(desk.billing, Actor(WORKSPACE, "UANNA"), "Anna Bianchi", "anna@example.com", "en")
    members.set_role(desk.billing, owner, shop.id, "UANNA", Role.ACCOUNTANT)
    place = f"/customers/{shop.id}/contacts"
    assert client.get(place) == {"data": []}
    studio = post(client, place, "k-1", address=STUDIO, kinds=["receipts", "reminders"])
    assert studio.status_code == 200
    assert studio.json() == {
        "id": studio.json()["id"],
        "workspace": WORKSPACE,
        "property": shop.id,
        "user": None,
        "address": STUDIO,
        "kinds": ["receipts", "reminders"],
        "confirmed": False,
        "refused_code": None,
    }
    assert post(client, place, "k-1", address=STUDIO, kinds=["receipts", "reminders"]).json() == studio.json()
    anna = post(client, place, "k-2", user="UANNA").json()
    assert (anna["user"], anna["address"], anna["kinds"], anna["confirmed"]) == (
        "UANNA",
        "anna@example.com",
        ALL,
        True,
    )
    assert client.get(place) == {"data": [studio.json(), anna]}
    # What the mail with the code says, and the code itself, stay where they are.
    (contact,) = desk.rows("SELECT code FROM billing_contacts WHERE code IS NOT NULL")
    assert contact.code not in studio.text
    assert len(desk.rows("SELECT number FROM outbox WHERE kind = 'ContactToConfirm'")) == 1

    gone = client.ask(f"{place}/{studio.json()['id']}", "DELETE")
    assert (gone.status_code, gone.content) == (204, b"")
    assert problem(client.ask(f"{place}/{studio.json()['id']}", "DELETE")) == (404, "not-found")
    assert problem(client.ask(f"{place}/{anna['id']}", "DELETE")) == (409, "last-contact")
    (key_id,) = (row.id for row in desk.rows("SELECT id FROM api_keys"))
    for act in ("contact.add", "contact.remove"):
        entry = desk.audit(act)[0]
        assert (entry.property_id, entry.user_id, entry.via) == (shop.id, key_id, "api")
    assert verify(desk.billing) == ()


def test_what_cannot_be_a_contact_is_a_problem(mailing: Desk, client: Client) -> None:
    owner = mailing.owner()
    shop = mailing.property_of(owner)
    place = f"/customers/{shop.id}/contacts"
    assert problem(post(client, place, "k-1", address="nowhere")) == (422, "bad-fields")
    assert problem(post(client, place, "k-2", user="UNOBODY")) == (422, "bad-fields")
    assert problem(post(client, place, "k-3")) == (422, "bad-fields")
    assert problem(post(client, place, "k-4", address=STUDIO, kinds=[])) == (422, "bad-fields")
    assert problem(post(client, place, "k-5", address=STUDIO, kinds=["news"])) == (422, "invalid-request")
    assert problem(client.ask(place, "POST", json={"address": STUDIO})) == (422, "invalid-request")
    assert client.get(place) == {"data": []}
    assert problem(client.ask("/customers/prop_none/contacts")) == (404, "not-found")
    assert problem(post(client, "/customers/prop_none/contacts", "k-6", address=STUDIO)) == (404, "not-found")


def test_a_contact_is_found_at_its_own_customer_alone_and_a_deleted_one_has_none(
    mailing: Desk, client: Client
) -> None:
    owner = mailing.owner()
    shop, other = mailing.property_of(owner), mailing.property_of(owner, "Bottega")
    contact = post(client, f"/customers/{shop.id}/contacts", "k-1", user=owner.user_id).json()["id"]
    elsewhere = f"/customers/{other.id}/contacts/{contact}"
    assert problem(client.ask(elsewhere, "DELETE")) == (404, "not-found")
    mailing.execute("UPDATE properties SET deleted_at = created_at WHERE id = :p", p=shop.id)
    assert problem(client.ask(f"/customers/{shop.id}/contacts")) == (404, "not-found")


def test_a_key_that_only_reads_changes_none(mailing: Desk) -> None:
    shop = mailing.property_of(mailing.owner())
    place = f"/customers/{shop.id}/contacts"
    with served(mailing, ("read",)) as reader:
        assert reader.get(place) == {"data": []}
        assert problem(post(reader, place, "k-1", address=STUDIO)) == (403, "scope-missing")
        assert problem(reader.ask(f"{place}/con_1", "DELETE")) == (403, "scope-missing")


def test_a_contact_that_was_added_by_who_was_gone_before_it_answered_is_the_answer(
    mailing: Desk, client: Client
) -> None:
    shop = mailing.property_of(mailing.owner())
    place = f"/customers/{shop.id}/contacts"
    added = post(client, place, "k-1", address=STUDIO, kinds=["receipts"])
    mailing.execute("UPDATE api_replies SET status = NULL")
    mailing.clock.now += timedelta(minutes=2)
    again = post(client, place, "k-1", address=STUDIO, kinds=["receipts"])
    assert (again.status_code, again.json()) == (200, added.json())
    another = post(client, place, "k-2", address=STUDIO, kinds=["receipts"])
    assert problem(another) == (422, "bad-fields")


@pytest.mark.parametrize("user", ["U\0X", "U 1", "<@U1>", "U" * 41])
def test_what_can_be_no_member_is_refused_before_the_database_is_asked(
    mailing: Desk, client: Client, user: str
) -> None:
    shop = mailing.property_of(mailing.owner())
    answer = post(client, f"/customers/{shop.id}/contacts", "k-1", user=user, kinds=["receipts"])
    assert problem(answer) == (422, "invalid-request")


def test_a_fault_of_ours_is_a_problem_too() -> None:
    app = FastAPI()
    handle_problems(app)

    @app.get("/bug")
    def _bug() -> float:
        return 1 / 0

    with running(app) as url:
        assert problem(requests.get(f"{url}/bug", timeout=20)) == (500, "internal-error")


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_value_that_the_database_takes_not_is_no_database_that_is_away(desk: Desk) -> None:
    app = FastAPI()
    handle_problems(app)

    @app.get("/nul")
    def _nul() -> list[str]:
        with desk.billing.read("test") as work:
            return list(work.session.scalars(select(Workspace.id).where(Workspace.name == "\0")))

    with running(app) as url:
        answer = requests.get(f"{url}/nul", timeout=20)
    assert (problem(answer), "Retry-After" in answer.headers) == ((422, "invalid-request"), False)
