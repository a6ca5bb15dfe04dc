"""What an operator looks up is what stands in the books: as JSON, and in sentences of both languages."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from billing import Actor
from billing.__main__ import program
from billing.bootstrap import LOCALES
from billing.commands.codes import CODES
from billing.i18n import catalogue
from billing.models import GatewayEventRow
from billing.models.payments import AttemptState, PaymentKind, PaymentState
from billing.models.states import OVER, Status
from billing.services import operators, transfers
from billing.values.actors import Role
from billing.values.cycles import Interval
from billing.values.disputes import DisputeState
from billing.values.snapshots import MOST_FOUND, InvoiceState
from billing.values.webhooks import DeliveryStatus
from tests.billing.desk import WORKSPACE, Desk


def run(*command: str) -> Result:
    return CliRunner().invoke(program, list(command))


def listed(*command: str) -> Any:
    ended = run(*command, "--json")
    assert ended.exit_code == 0, ended.output
    return json.loads(ended.stdout)


def test_invoices_payments_members_cards_and_properties_are_found_by_their_ids(
    at_desk: Desk, tmp_path: Path
) -> None:
    desk = at_desk
    owner = desk.owner()
    piazza = desk.property_of(owner)
    desk.property_of(owner, "Corso")
    desk.member(owner, piazza, "UBOOKS", Role.ACCOUNTANT)
    plan = desk.buy(owner, piazza)
    desk.execute("UPDATE payment_methods SET token = 'tok_declines'")
    desk.turn_to(plan.period_end_at)
    first, second = desk.invoices()

    found = listed("invoices", "list", WORKSPACE, "--property", piazza.id)
    assert [(one["number"], one["state"], one["total"]) for one in found] == [
        (second.number, "past_due", "12.20 EUR"),
        (first.number, "paid", "12.20 EUR"),
    ]
    assert listed("invoices", "list", WORKSPACE, "--limit", "1") == found[:1]
    assert listed("invoices", "show", first.number) == listed("invoices", "show", first.id) == found[1]
    few = run("invoices", "list", WORKSPACE, "--limit", "1")
    assert (len(few.stdout.splitlines()), few.stderr) == (1, "Only 1 is listed: there are more.\n")
    assert run("invoices", "list", WORKSPACE, "--limit", "2").stderr == ""
    coming = run("agenda", WORKSPACE, "--limit", "1", "--language", "it")
    assert len(coming.stdout.splitlines()) == 1
    assert coming.stderr == "L’elenco si ferma a 1 riga e non è completo.\n"
    said = run("invoices", "list", WORKSPACE, "--language", "it").output.splitlines()
    assert said[0].endswith("12.20 EUR  scaduto")
    written = run("invoices", "pdf", first.number, str(tmp_path), "--language", "it")
    assert written.output.startswith(f"{tmp_path / first.number}.pdf contiene la fattura")
    assert (tmp_path / f"{first.number}.pdf").read_bytes().startswith(b"%PDF")

    owed = next(one for one in desk.payments() if one.state == "open")
    shown = listed("payments", "show", owed.id)
    assert (shown["invoice_number"], shown["amount"], shown["kind"]) == (
        second.number,
        "12.20 EUR",
        "renewal",
    )
    assert [one["state"] for one in shown["tries"]] == ["declined"]
    assert "1. 20" in run("payments", "show", owed.id, "--language", "it").output

    people = listed("members", "list", WORKSPACE, piazza.id)
    assert [(one["user_id"], one["role"]) for one in people] == [
        ("UOWNER", "owner"),
        ("UBOOKS", "accountant"),
    ]
    assert "contabile" in run("members", "list", WORKSPACE, piazza.id, "--language", "it").output
    (card,) = listed("cards", "list", WORKSPACE, piazza.id)
    assert card["last_four"] == "4242"
    assert "token" not in card
    assert "Visa •••• 4242" in run("cards", "list", WORKSPACE, piazza.id).output
    assert [one["name"] for one in listed("properties", "list", WORKSPACE)] == ["Corso", "Piazza"]
    assert piazza.id in run("properties", "list", WORKSPACE).output
    offers = listed("catalogue", "show")
    assert {"add_on_id", "plan_id", "interval", "amount"} <= offers[0].keys()
    assert offers[0]["amount"] in run("catalogue", "show", "--language", "it").output


def test_invoices_of_a_property_are_those_of_the_plans_that_it_has_now(at_desk: Desk) -> None:
    owner = at_desk.owner()
    old, new = at_desk.property_of(owner), at_desk.property_of(owner, "Corso")
    moved, _ = (at_desk.buy(owner, old, what) for what in ("live-chat/basic/month", "ai-bot/small/month"))
    transfers.transfer(at_desk.billing, owner, moved.id, new.id)
    first, second = (one.number for one in at_desk.invoices())
    for prop, number in ((new, first), (old, second)):
        found = listed("invoices", "list", WORKSPACE, "--property", prop.id)
        assert [one["number"] for one in found] == [number]


def test_an_event_is_shown_and_dropped_once_with_a_reason_that_the_audit_log_keeps(at_desk: Desk) -> None:
    desk = at_desk
    with desk.billing.work("test") as work:
        row = {"event_id": "evt_1", "kind": "charge.refunded", "object_id": "ch_1"}
        work.session.add(GatewayEventRow(gateway="sandbox", received_at=work.now, **row))
    assert listed("events", "show", "evt_1")["processed_at"] is None
    assert run("events", "drop", "evt_1", "--reason", " ").exit_code == 2
    assert listed("events", "drop", "evt_1", "--reason", "of a test account") == {"dropped": "evt_1"}
    assert listed("events", "list") == []
    assert "elaborato il" in run("events", "show", "evt_1", "--language", "it").output
    (entry,) = desk.audit("event.drop")
    assert (entry.subject_id, entry.after) == ("evt_1", {"reason": "of a test account"})
    again = run("events", "drop", "evt_1", "--reason", "again")
    assert (again.exit_code, again.output.count("\n")) == (1, 1)


@pytest.mark.parametrize(
    "command",
    [
        ["invoices", "list", "T0"],
        ["invoices", "list", WORKSPACE, "--property", "prop_0"],
        ["invoices", "show", "2026-0"],
        ["invoices", "pdf", "2026-0", "file.pdf"],
        ["payments", "show", "pay_0"],
        ["events", "show", "evt_0"],
        ["members", "list", WORKSPACE, "prop_0"],
        ["cards", "list", WORKSPACE, "prop_0"],
        ["properties", "list", "T0"],
    ],
)
def test_what_is_not_there_is_said_in_a_sentence(
    sqlite_desk: Desk, command: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    sqlite_desk.owner()
    monkeypatch.setenv("DATABASE_URL", sqlite_desk.billing.engine.url.render_as_string())
    for language, begins in (
        ("en", "Nothing was changed. There is no such "),
        ("it", "Non è stato modificato nulla."),
    ):
        ended = run(*command, "--language", language)
        assert (ended.exit_code, ended.output.count("\n")) == (1, 1)
        assert ended.output.startswith(begins)


def test_each_code_has_words_in_both_languages() -> None:
    kinds = (
        PaymentState,
        PaymentKind,
        AttemptState,
        DisputeState,
        InvoiceState,
        Role,
        Interval,
        DeliveryStatus,
    )
    assert {str(code) for kind in (*kinds, set(Status) - OVER) for code in kind} <= CODES.keys()
    italian = catalogue("it", LOCALES)
    assert [word for word in CODES.values() if italian.gettext(word) == word] == []


def test_whoever_types_the_whole_name_of_a_customer_finds_that_one_first_among_however_many(
    desk: Desk,
) -> None:
    """To type more of the name helps with the others; of this one there is no more."""
    owner, operator = desk.owner(), Actor("TOPERATOR", "UOPERATOR")
    for name in (*(f"A Shop {number:02}" for number in range(MOST_FOUND + 1)), "Shop"):
        desk.buy(owner, desk.property_of(owner, name), "knowledge-base/standard/month")
        desk.wait(timedelta(minutes=1))
    found = operators.find(desk.billing, operator, "shop")
    assert [one.property for one in found[:2]] == ["Shop", "A Shop 00"]
    trials = operators.find_trials(desk.billing, operator, "shop")
    assert [one.of.property for one in trials[:2]] == ["Shop", "A Shop 00"]
    assert len(found) == len(trials) == MOST_FOUND + 1
