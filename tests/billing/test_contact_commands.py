"""python -m billing contacts: list, add, remove, in both languages and for scripts."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner, Result

from billing.__main__ import program
from billing.services import contacts, members
from billing.values.actors import Actor, Role
from tests.billing.desk import WORKSPACE, Desk

STUDIO = "studio@commercialista.example"


def run(*words: str) -> Result:
    return CliRunner().invoke(program, ["contacts", *words])


@pytest.fixture
def shop(at_desk: Desk, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("SMTP_URL", "smtp://mail.example.com")  # nothing is sent by these commands
    owner = at_desk.owner()
    members.meet(at_desk.billing, Actor(WORKSPACE, "UANNA"), "Anna Bianchi", "anna@example.com", "en")
    prop = at_desk.property_of(owner)
    members.set_role(at_desk.billing, owner, prop.id, "UANNA", Role.ACCOUNTANT)
    return prop.id


@pytest.mark.parametrize(
    ("language", "none", "waits", "member", "gone", "last"),
    [
        (
            "en",
            "That property has no billing contacts.",
            f"{STUDIO}: receipts, contract changes (not confirmed yet)",
            "UANNA anna@example.com: receipts, payment problems, reminders, contract changes",
            "was removed and gets no more mail.",
            "Nothing was changed. A property that has billing contacts keeps one: add another first.",
        ),
        (
            "it",
            "Quella proprietà non ha contatti di fatturazione.",
            f"{STUDIO}: ricevute, modifiche al contratto (non ancora confermato)",
            "UANNA anna@example.com: ricevute, problemi di pagamento, promemoria, modifiche al contratto",
            "è stato rimosso e non riceve più e-mail.",
            "Non è stato modificato nulla. ",
        ),
    ],
)
def test_contacts_are_added_listed_and_removed(
    at_desk: Desk, shop: str, language: str, none: str, waits: str, member: str, gone: str, last: str
) -> None:
    speaking, place = ("--language", language), (WORKSPACE, "UOWNER", shop)
    assert none in run("list", WORKSPACE, shop, *speaking).output
    kinds = ("--kind", "contract_changes", "--kind", "receipts")
    assert waits in run("add", *place, STUDIO, *kinds, *speaking).output
    assert member in run("add", *place, "UANNA", *speaking).output
    listed = run("list", WORKSPACE, shop, *speaking).output
    assert waits in listed
    assert member in listed
    studio, anna = json.loads(run("list", WORKSPACE, shop, "--json").output)
    assert (studio["address"], studio["kinds"], studio["confirmed"]) == (
        STUDIO,
        ["receipts", "contract_changes"],
        False,
    )
    assert f"{studio['id']} {gone}" in run("remove", *place, studio["id"], *speaking).output
    refused = run("remove", *place, anna["id"], *speaking)
    assert refused.exit_code == 1
    assert last in refused.output
    acts = [entry.via for act in ("contact.add", "contact.remove") for entry in at_desk.audit(act)]
    assert acts == ["operator"] * 4  # the last was refused


def test_it_says_why_a_contact_gets_nothing(at_desk: Desk, shop: str) -> None:
    place = (WORKSPACE, "UOWNER", shop)
    added = json.loads(run("add", *place, STUDIO, "--json").output)
    run("add", *place, "UANNA")
    at_desk.execute("UPDATE billing_contacts SET refused_code = 550 WHERE id = :c", c=added["id"])
    at_desk.execute("DELETE FROM members WHERE user_id = 'UANNA'")
    listed = run("list", WORKSPACE, shop).output
    assert "(rejected by their mail server: 550)" in listed
    assert "(no longer a member)" in listed


def test_who_may_not_or_is_not_there_adds_nobody(at_desk: Desk, shop: str) -> None:
    for who, what in (("UANNA", STUDIO), ("UOWNER", "nowhere@"), ("UOWNER", "UNOBODY")):
        refused = run("add", WORKSPACE, who, shop, what)
        assert (refused.exit_code, "Nothing was changed." in refused.output) == (1, True)
    assert run("list", WORKSPACE, "prop_none").exit_code == 1
    owner = Actor(WORKSPACE, "UOWNER")
    assert contacts.listed(at_desk.billing, owner, shop).contacts == ()
