"""A person can have all that is kept of them, and be erased where the law does not keep them."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from typer.testing import CliRunner, Result

from billing.__main__ import program
from billing.services import contacts, outbox, people, receipts
from billing.services.verify import verify
from billing.values.actors import Role
from billing.values.contacts import ContactKind
from tests.billing.desk import WORKSPACE, Desk


def run(*command: str) -> Result:
    return CliRunner().invoke(program, list(command))


def test_a_person_is_exported_whole_and_erased_and_what_the_law_keeps_stays(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", desk.billing.engine.url.render_as_string(hide_password=False))
    owner = desk.owner()
    piazza = desk.property_of(owner)
    desk.member(owner, piazza, "UANNA", Role.OWNER)
    desk.person("UANNA", "Anna Keller")
    plan = desk.buy(owner, piazza)
    desk.execute("UPDATE persons SET email = user_id || '@example.com'")
    desk.execute("UPDATE subscriptions SET receipts_to = 'UOWNER@example.com', receipts_to_user_id = NULL")
    desk.execute("UPDATE outbox SET audience = 'slack_person', address = 'UOWNER', told_at = written_at")
    invoices, acts = desk.rows("SELECT * FROM invoices"), desk.rows("SELECT id FROM audit_entries")

    found = json.loads(run("people", "export", WORKSPACE, "UOWNER").output)
    assert (found["email"], found["roles"][0]["role"]) == ("UOWNER@example.com", "owner")
    assert [one["subscription_id"] for one in found["subscriptions"]] == [plan.id]
    assert [one["number"] for one in found["invoices"]] == [desk.invoices()[0].number]
    assert found["cards"][0]["last_four"] == "4242"
    assert found["messages"]
    assert {"purchase.ask", "property.create"} <= {one["act"] for one in found["acts"]}
    assert "Anna Keller" not in json.dumps(found)

    refused = CliRunner().invoke(program, ["people", "erase", WORKSPACE, "UOWNER"], input="n\n")
    assert (refused.exit_code, desk.audit("person.erase")) == (1, [])
    assert json.loads(run("people", "erase", WORKSPACE, "UOWNER", "--yes", "--json").output) == {
        "erased": "UOWNER"
    }
    ((name, email),) = desk.rows("SELECT name, email FROM persons WHERE user_id = 'UOWNER'")
    assert (name, email) == ("UOWNER", None)
    assert desk.rows("SELECT receipts_to FROM subscriptions") == [(None,)]
    assert desk.rows("SELECT number FROM outbox WHERE address = 'UOWNER'") == []
    assert {row.to.address for row in outbox.claim(desk.billing)} <= {"CBILLING", "UANNA"}
    assert desk.rows("SELECT * FROM invoices") == invoices
    assert set(acts) < set(desk.rows("SELECT id FROM audit_entries"))
    assert [one.subject_id for act in ("person.export", "person.erase") for one in desk.audit(act)] == [
        "UOWNER"
    ] * 2
    anna = json.loads(run("people", "export", WORKSPACE, "UANNA").output)
    assert (anna["name"], anna["email"]) == ("Anna Keller", "UANNA@example.com")
    assert verify(desk.billing) == ()
    again = run("people", "export", WORKSPACE, "UNOBODY", "--language", "it")
    assert (again.exit_code, again.output.count("\n")) == (1, 1)


def test_who_typed_their_address_in_capitals_is_exported_and_erased_with_it(desk: Desk) -> None:
    desk = replace(desk, billing=replace(desk.billing, mails=True))
    owner = desk.owner()
    piazza, corso = (desk.property_of(owner, name) for name in ("Piazza", "Corso"))
    desk.person("UGIULIA")
    contacts.add(desk.billing, owner, piazza.id, "UOWNER", "", list(ContactKind))
    contacts.add(desk.billing, owner, piazza.id, "", "UGiulia@Example.com", list(ContactKind))
    plan = desk.buy(owner, corso)
    desk.execute("UPDATE subscriptions SET receipts_to = 'UGIULIA@EXAMPLE.COM', receipts_to_user_id = NULL")
    found = people.export(desk.billing, WORKSPACE, "UGIULIA")
    assert found["email"] == "ugiulia@example.com"
    assert [one["property_id"] for one in found["billing_contact_of"]] == [piazza.id]
    assert [(one["subscription_id"], bool(one["gets_receipts"])) for one in found["subscriptions"]] == [
        (plan.id, True)
    ]
    people.erase(desk.billing, WORKSPACE, "UGIULIA")
    assert [one.user_id for one in contacts.listed(desk.billing, owner, piazza.id).contacts] == ["UOWNER"]
    # What was typed before stands in the audit log, which only grows.
    tables = {name: rows for name, rows in desk.everything().items() if name != "audit_entries"}
    assert [name for name, rows in tables.items() if "ugiulia@" in str(rows).lower()] == []


def test_a_member_who_gets_receipts_stands_in_the_audit_log_without_an_address(desk: Desk) -> None:
    owner = desk.owner()
    piazza = desk.property_of(owner)
    desk.member(owner, piazza, "UGIULIA", Role.ADMIN)
    plan = desk.plan(desk.buy(owner, piazza).id)
    receipts.change(desk.billing, owner, plan.id, "ugiulia@example.com", plan.version)
    (entry,) = desk.audit("receipts.change")
    assert entry.after == {"receipts_to": "UGIULIA"}
    people.erase(desk.billing, WORKSPACE, "UGIULIA")
    assert [n for n, rows in desk.everything().items() if "ugiulia@" in str(rows).lower()] == []


def test_no_later_message_gets_the_number_of_one_that_went_with_a_person(desk: Desk) -> None:
    """By its number a channel knows whether a message stands there already."""
    owner = desk.owner()
    plan = desk.buy(owner, desk.property_of(owner))
    desk.execute("UPDATE outbox SET audience = 'slack_person', address = 'UOWNER', told_at = written_at")
    newest = desk.rows("SELECT MAX(number) AS n FROM outbox")[0].n
    people.erase(desk.billing, WORKSPACE, "UOWNER")
    desk.turn_to(plan.period_end_at)
    assert desk.rows("SELECT COUNT(*) AS n FROM outbox WHERE number <= :newest", newest=newest)[0].n <= 1
    assert desk.told()[-1] == "PaymentReceived"
    assert desk.rows("SELECT MAX(number) AS n FROM outbox")[0].n > newest
