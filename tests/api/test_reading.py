"""What the seller's own product may know: entitlements, lists, the feed; and with which key."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import positive_data_acceptance
from starlette.applications import Starlette
from starlette.routing import Mount
from typer.testing import CliRunner

from api.app import DESCRIPTION, make_app, written
from api.settings import PREFIX
from billing.__main__ import program
from billing.services import (
    api_keys,
    credit_notes,
    due_work,
    exchange_rates,
    purchases,
    subscriptions,
    transfers,
)
from billing.services.credit_notes import Wanted
from tests.api.client import Client, served
from tests.billing.desk import WORKSPACE, Desk
from tests.billing.dollars import RATES, buy, in_dollars
from tests.billing.test_einvoices import ESEMPIO, sending
from tests.billing.test_statements import counted

pytestmark = pytest.mark.slow


@pytest.fixture
def client(desk: Desk) -> Iterator[Client]:
    with served(desk) as client:
        yield client


def problem(answer: requests.Response) -> tuple[int, str]:
    """What is wrong, as it is said everywhere."""
    said = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert said.keys() == {"type", "title", "status", "detail"}
    assert said["status"] == answer.status_code
    return said["status"], said["type"].removeprefix("urn:problem:")


def test_an_entitlement_says_what_to_serve_and_until_when(desk: Desk, client: Client) -> None:
    owner = desk.owner()
    home = desk.property_of(owner, channel=None)
    asked = {"workspace": WORKSPACE, "property": home.id}
    assert client.get("/entitlements", **asked) == {"data": []}
    plan = desk.buy(owner, home, "live-chat/basic/month", quantity=2)
    with counted(desk.billing.engine) as statements:
        answer = client.ask("/entitlements", params=asked)
    assert len(statements) == 1, statements
    (one,) = answer.json()["data"]
    assert one == {
        "workspace": WORKSPACE,
        "property": home.id,
        "subscription": plan.id,
        "add_on": "live-chat",
        "plan": "basic",
        "quantity": 2,
        "quota": None,
        "state": "active",
        "until": None,
        "version": one["version"],
    }
    tag = {"If-None-Match": answer.headers["ETag"]}
    again = client.ask("/entitlements", params=asked, headers=tag)
    assert (again.status_code, again.content) == (304, b"")
    subscriptions.cancel(desk.billing, owner, plan.id, "Too dear")
    after = client.ask("/entitlements", params=asked, headers=tag)
    assert after.json()["data"][0]["until"] == client.get(f"/subscriptions/{plan.id}")["period_end_at"]
    desk.turn(days=31)
    assert client.get("/entitlements", **asked)["data"][0]["state"] == "ended"
    assert client.get("/events")["data"][-1]["data"] == client.get("/entitlements", **asked)["data"][0]
    assert problem(client.ask("/entitlements", params=asked | {"workspace": "T0002"})) == (404, "not-found")


def test_a_cancelled_plan_is_ended_when_its_date_has_come_though_nobody_was_there_to_end_it(
    desk: Desk, client: Client
) -> None:
    owner = desk.owner()
    home = desk.property_of(owner)
    plans = [desk.buy(owner, home, what) for what in ("live-chat/basic/month", "ai-bot/small/month")]
    cancelled, goes_on = plans
    subscriptions.cancel(desk.billing, owner, cancelled.id, "Too dear")

    def entitled() -> dict[str, dict[str, Any]]:
        found = client.get("/entitlements", workspace=WORKSPACE, property=home.id)["data"]
        return {one["subscription"]: one for one in found}

    desk.clock.now = cancelled.period_end_at - timedelta(seconds=1)
    until = entitled()[cancelled.id]["until"]
    assert entitled()[cancelled.id]["state"] == "active"
    desk.clock.now = cancelled.period_end_at
    away = entitled()
    assert (away[cancelled.id]["state"], away[cancelled.id]["until"]) == ("ended", until)
    assert (away[goes_on.id]["state"], away[goes_on.id]["until"]) == ("active", None)
    due_work.run_due(desk.billing)
    ended = entitled()[cancelled.id]
    assert ended | {"version": 0} == away[cancelled.id] | {"version": 0}


def test_lists_are_whole_page_by_page_and_each_row_is_found_by_its_id(desk: Desk, client: Client) -> None:
    owner = desk.owner()
    homes = [desk.property_of(owner, f"Shop {number}") for number in range(3)]
    plans = [desk.buy(owner, home) for home in homes]
    notes = [
        credit_notes.issue(desk.billing, one.number, credit_notes.Wanted("2.50")) for one in desk.invoices()
    ]
    for noun in ("subscriptions", "invoices", "credit-notes", "payments", "customers"):
        first = client.get(f"/{noun}", limit=2)
        rest = client.get(f"/{noun}", limit=2, cursor=first["next"])
        assert (len(first["data"]), len(rest["data"]), rest["next"]) == (2, 1, None)
        assert {one["property"] for one in first["data"] + rest["data"]} == {home.id for home in homes}
        of_one = client.get(f"/{noun}", workspace=WORKSPACE, property=homes[1].id)["data"]
        assert [one["property"] for one in of_one] == [homes[1].id]
        assert client.get(f"/{noun}", workspace="T0002")["data"] == []
        for lie in ("nonsense", "_", "AAAA", "9" * 200):
            assert problem(client.ask(f"/{noun}", params={"cursor": lie})) == (400, "invalid-cursor")
        assert problem(client.ask(f"/{noun}", params={"limit": 101})) == (422, "invalid-request")
    told = {one["subject"]: one["data"] for one in client.get("/events")["data"]}
    invoice = client.get("/invoices", property=homes[0].id)["data"][0]
    assert client.get(f"/invoices/{invoice['id']}") == invoice
    assert invoice == told[invoice["id"]] | {"e_invoice": None, "vat_in_euro": None}
    note = client.get(f"/credit-notes/{notes[0].id}")
    assert note == told[notes[0].id] | {"e_invoice": None, "vat_in_euro": None}
    assert note["total"] == {"minor": 250, "currency": "EUR"}
    assert note["invoice"] in {one["id"] for one in client.get("/invoices")["data"]}
    assert client.get(f"/subscriptions/{plans[0].id}")["unit_price"]["currency"] == "EUR"
    assert problem(client.ask("/subscriptions/sub_none")) == (404, "not-found")
    for path, one in (("invoices", invoice), ("credit-notes", note)):
        pdf = client.ask(f"/{path}/{one['id']}.pdf", params={"language": "it"})
        assert (pdf.headers["content-type"], pdf.content[:5]) == ("application/pdf", b"%PDF-")
        assert one["number"] in pdf.headers["content-disposition"]
        assert problem(client.ask(f"/{path}/inv_none.pdf")) == (404, "not-found")
    assert problem(client.ask("/nothing")) == (404, "not-found")
    assert problem(client.ask("/invoices", method="DELETE")) == (405, "method-not-allowed")


def test_lists_of_a_property_have_the_history_that_a_transfer_brought_it_and_not_what_it_gave_away(
    desk: Desk, client: Client
) -> None:
    owner = desk.owner()
    old, new = desk.property_of(owner), desk.property_of(owner, "Corso")
    moved, stays = (desk.buy(owner, old, what).id for what in ("live-chat/basic/month", "ai-bot/small/month"))
    for one in desk.invoices():
        credit_notes.issue(desk.billing, one.number, credit_notes.Wanted("2.50"))
    transfers.transfer(desk.billing, owner, moved, new.id)
    for noun in ("invoices", "credit-notes", "payments"):
        for asked, has in ((old, stays), (new, moved)):
            for where in ({}, {"workspace": WORKSPACE}):
                listed = client.get(f"/{noun}", property=asked.id, **where)["data"]
                assert [one["subscription"] for one in listed] == [has], noun
                assert {one["property"] for one in listed} == {old.id}  # to which it was issued
    assert [one["id"] for one in client.get("/subscriptions", property=new.id)["data"]] == [moved]


def test_an_e_invoice_is_read_as_it_is_sent_and_where_there_is_none_it_is_said_why(desk: Desk) -> None:
    owner = desk.owner()
    home = desk.property_of(owner, channel=None)
    desk.buy(owner, home)
    at = sending(desk)
    order = replace(desk.order(owner, home, "ai-assist/growth/month"), company=ESEMPIO)
    purchases.purchase(at.billing, owner, order, key="with one")
    without, invoice = desk.invoices()
    note = credit_notes.issue(at.billing, invoice.id, credit_notes.Wanted(reason="Prova"))
    with served(desk) as client:
        for path, id_ in (("invoices", invoice.id), ("credit-notes", note.id)):
            ((name, content),) = desk.rows(
                "SELECT file_name, content FROM einvoices WHERE document_id = :id", id=id_
            )
            xml = client.ask(f"/{path}/{id_}.xml")
            assert (xml.headers["content-type"], xml.content) == ("application/xml", bytes(content))
            assert name in xml.headers["content-disposition"]
        at.execute("UPDATE einvoices SET state = 'delivered' WHERE document_id = :id", id=invoice.id)
        listed = {one["id"]: one["e_invoice"] for one in client.get("/invoices")["data"]}
        assert listed == {without.id: None, invoice.id: "delivered"}
        assert client.get(f"/invoices/{invoice.id}")["e_invoice"] == "delivered"
        assert client.get(f"/credit-notes/{note.id}")["e_invoice"] == "ready"
        none = client.ask(f"/invoices/{without.id}.xml")
        assert problem(none) == (404, "no-e-invoice")
        assert none.json()["detail"].startswith(
            f"{without.number} has no e-invoice: it was issued with E_INVOICES off"
        )
        assert problem(client.ask(f"/invoices/{note.id}.xml")) == (404, "not-found")
        assert problem(client.ask("/credit-notes/cn_none.xml")) == (404, "not-found")


def test_a_document_is_read_for_peppol_and_where_it_cannot_go_there_it_is_said_why(desk: Desk) -> None:
    owner = desk.owner()
    home = desk.property_of(owner, channel=None)
    desk.buy(owner, home)
    order = replace(desk.order(owner, home, "ai-assist/growth/month"), company=ESEMPIO)
    at = sending(desk)
    purchases.purchase(at.billing, owner, order, key="for a company")
    nobody, invoice = desk.invoices()
    note = credit_notes.issue(at.billing, invoice.id, credit_notes.Wanted(reason="Prova"))
    with served(desk) as client:
        for path, id_, number in (
            ("invoices", invoice.id, invoice.number),
            ("credit-notes", note.id, note.number),
        ):
            ubl = client.ask(f"/{path}/{id_}.ubl")
            assert ubl.headers["content-type"] == "application/xml"
            assert f'filename="{number}.xml"' in ubl.headers["content-disposition"]
            assert f">{number}</cbc:ID>" in ubl.text
        assert problem(client.ask(f"/invoices/{nobody.id}.ubl")) == (404, "no-ubl")
        assert problem(client.ask("/credit-notes/cn_none.ubl")) == (404, "not-found")


def test_the_feed_is_read_on_from_the_last_event(desk: Desk, client: Client) -> None:
    owner = desk.owner()
    desk.buy(owner, desk.property_of(owner, channel=None))
    seen, after = [], None
    for _ in itertools.count():
        page = client.get("/events", limit=2, **({"after": after} if after else {}))
        if not page["data"]:
            break
        seen += [one["type"] for one in page["data"]]
        after = page["next"]
    assert seen == [
        "property.created",
        "invoice.issued",
        "invoice.paid",
        "subscription.created",
        "entitlements.changed",
    ]
    assert page["next"] == after
    assert problem(client.ask("/events", params={"after": "evt_never"})) == (404, "not-found")


def test_a_key_opens_what_it_may_until_it_is_over_or_revoked(
    sqlite_desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = sqlite_desk
    monkeypatch.setenv("DATABASE_URL", desk.billing.engine.url.render_as_string())
    run = CliRunner().invoke
    secret = run(program, ["keys", "create", "My app", "--scopes", "read"]).stdout.strip()
    assert secret.startswith("bk_")
    assert secret not in str(desk.everything())
    assert f"{secret[:11]}...  My app  read: never used" in run(program, ["keys", "list"]).output
    assert run(program, ["keys", "create", "Other", "--scopes", "admin"]).exit_code == 1
    with served(desk, scopes=("write",), limit=5) as client:
        assert problem(client.ask("/events")) == (403, "scope-missing")
        nobody = requests.get(f"{client.url}/events", timeout=20)
        assert problem(nobody) == (401, "no-key")
        assert nobody.headers["WWW-Authenticate"] == "Bearer"
        client.key = "bk_wrong"
        assert problem(client.ask("/events")) == (401, "invalid-key")
        _, client.key = api_keys.create(desk.billing, "Short", ("read",), desk.clock.now + timedelta(hours=1))
        assert client.ask("/events").status_code == 200
        desk.clock.now += timedelta(hours=2)
        assert problem(client.ask("/events")) == (401, "invalid-key")
        client.key = secret
        answers = [client.ask("/events") for _ in range(6)]
        assert [answer.status_code for answer in answers] == [200] * 5 + [429]
        assert 1 <= int(answers[-1].headers["Retry-After"]) <= 60
    assert "last used" in run(program, ["keys", "list"]).output
    assert run(program, ["keys", "revoke", secret[:11]]).output == "My app is revoked.\n"
    with served(desk) as client:
        client.key = secret
        assert problem(client.ask("/events")) == (401, "invalid-key")
    assert [entry.act for entry in (*desk.audit("api_key.revoke"),)] == ["api_key.revoke"]


def test_the_description_is_that_of_this_code(sqlite_desk: Desk) -> None:
    kept = DESCRIPTION.read_text(encoding="utf-8")
    assert kept == written(make_app(sqlite_desk.billing)), "python -m api describe writes it anew"


def test_the_description_says_of_each_route_what_any_may_be_answered(sqlite_desk: Desk) -> None:
    always = {"400", "401", "403", "408", "413", "422", "429", "500", "503"}
    for path, routes in make_app(sqlite_desk.billing).openapi()["paths"].items():
        for method, route in routes.items():
            wrong = {status: said for status, said in route["responses"].items() if status >= "400"}
            assert always <= wrong.keys(), (method, path)
            forms = {form for said in wrong.values() for form in said["content"]}
            assert forms == {"application/problem+json"}, (method, path)


def test_every_answer_is_as_the_description_promises(sqlite_desk: Desk) -> None:
    """Requests made up from the description: nothing fails, and nothing is answered that it does not name.

    What fits it may be refused all the same: whether a cursor is one of ours no description says.
    """
    desk = sqlite_desk
    owner = desk.owner()
    desk.buy(owner, desk.property_of(owner))
    app = Starlette(routes=[Mount(PREFIX, make_app(desk.billing, requests=100_000))])
    _, secret = api_keys.create(desk.billing, "Tests", ("read", "write"))
    schema = schemathesis.openapi.from_asgi(f"{PREFIX}/openapi.json", app)

    for found in schema.get_all_operations():
        assert isinstance(found, Ok)

        @settings(max_examples=6, deadline=None, database=None, suppress_health_check=list(HealthCheck))
        @given(case=found.ok().as_strategy())
        def ask(case: schemathesis.Case[Any]) -> None:
            bearer = {"Authorization": f"Bearer {secret}"}
            case.call_and_validate(headers=bearer, excluded_checks=[positive_data_acceptance])

        ask()


def test_documents_in_dollars_say_their_vat_in_euros_and_by_which_rate(desk: Desk, tmp_path: Path) -> None:
    selling = in_dollars(desk, tmp_path)
    exchange_rates.keep(selling.billing, RATES)
    buy(selling)
    issued = selling.invoices()[0]
    note = credit_notes.issue(selling.billing, issued.number, Wanted("61.00", False))
    by = {"rate": "1.0850", "day": "2026-01-30", "source": "ECB"}
    with served(selling) as client:
        invoice = client.get(f"/invoices/{issued.id}")
        assert invoice["vat_in_euro"] == {"amount": {"minor": 2028, "currency": "EUR"}} | by
        assert client.get("/invoices")["data"] == [invoice]
        noted = client.get(f"/credit-notes/{note.id}")
        assert noted["vat_in_euro"] == {"amount": {"minor": 1014, "currency": "EUR"}} | by
        assert client.get("/credit-notes")["data"] == [noted]
