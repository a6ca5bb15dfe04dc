"""What the gateway left open is listed for the operator, and asked after on demand."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from billing.__main__ import program
from billing.models import GatewayEventRow
from billing.services import undecided
from billing.values.refusals import NotFound
from tests.billing.desk import Desk

run = CliRunner().invoke


def test_a_payment_without_an_answer_is_listed_asked_after_and_charged_once(at_desk: Desk) -> None:
    desk = at_desk
    owner = desk.owner()
    plan = desk.buy(owner, desk.property_of(owner))
    assert run(program, ["payments", "list"]).output == "Every payment that was tried is decided.\n"
    desk.execute("UPDATE payment_methods SET token = 'tok_silent_after'")
    desk.turn_to(plan.period_end_at)
    (open_one,) = undecided.payments(desk.billing)
    (listed,) = json.loads(run(program, ["payments", "list", "--json"]).output)
    assert (listed["payment_id"], listed["state"]) == (open_one.payment_id, "unknown")
    assert listed["amount"] == "12.20 EUR"
    told = run(program, ["payments", "list", "--language", "it"]).output
    assert f"{open_one.payment_id} (" in told
    assert "esito chiesto " in told
    assert undecided.ask(desk.billing, open_one.payment_id) == "succeeded"
    assert undecided.payments(desk.billing) == ()
    assert desk.charged() == [1220, 1220]
    with pytest.raises(NotFound):
        undecided.ask(desk.billing, open_one.payment_id)
    again = run(program, ["payments", "retry", open_one.payment_id])
    assert (again.exit_code, again.output.count("\n")) == (1, 1)


def test_an_event_that_waits_is_listed_and_done_on_demand(at_desk: Desk) -> None:
    desk = at_desk
    with desk.billing.work("test") as work:
        row = {"event_id": "evt_1", "kind": "payment_intent.succeeded", "object_id": "pi_1"}
        work.session.add(GatewayEventRow(gateway="sandbox", received_at=work.now, **row))
    assert "evt_1  payment_intent.succeeded  pi_1" in run(program, ["events", "list"]).output
    assert [one["event_id"] for one in json.loads(run(program, ["events", "list", "--json"]).output)] == [
        "evt_1"
    ]
    assert run(program, ["events", "retry"]).output == "1 done, 0 still waiting.\n"
    assert (
        run(program, ["events", "list", "--language", "it"]).output
        == "Nessun evento del gateway è in attesa.\n"
    )
