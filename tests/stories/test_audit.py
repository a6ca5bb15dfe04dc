"""The audit log and the desk's health, read in Slack: product line 41."""

from __future__ import annotations

import pytest

from billing import Actor
from billing.services import properties, verify
from billing.services.verify import INVARIANTS
from billing.values.events import Topic
from sandbox import demo
from sandbox.demo import ANNA, BILLING_CHANNEL, EMMA, GIULIA, LUCA
from tests.stories.conversation import Conversation, buttons, text_of
from tests.stories.records import property_id, rows
from tests.stories.test_languages import giulia_cancels_ai_assist
from tests.stories.test_permissions import holds_nothing
from tests.stories.wire import Wire


@pytest.mark.product(41, languages="en")
async def test_an_accountant_reads_who_did_what_and_what_was_tried_in_vain(demo_slack: Conversation) -> None:
    await giulia_cancels_ai_assist(demo_slack)
    anna = demo_slack.as_person(ANNA)
    await anna.types("/billing cancel ai")
    await anna.reads("Only admins and owners")
    log = text_of(await anna.opens("/billing audit", "What was done or attempted in the property *Piazza*"))
    assert "*Cancellation* · AI Assist Growth\\nreason: We don't use it enough" in log
    assert f"· <@{GIULIA.id}>" in log
    assert "*View purchases and invoices*\\nRefused: the role does not allow it" in log
    assert f"· <@{ANNA.id}>" in log
    assert "2026-" not in log
    assert "Page 1 of" in log


@pytest.mark.product(41, languages="it")
async def test_an_italian_reads_it_in_italian(demo_slack: Conversation) -> None:
    await giulia_cancels_ai_assist(demo_slack)
    giulia = demo_slack.as_person(GIULIA)
    log = text_of(await giulia.opens("/billing registro", "nella proprietà *Piazza*"))
    assert "*Disdetta* · AI Assist Growth\\nmotivo: Non lo usiamo abbastanza" in log
    assert "in automatico, a scadenza" in log


async def test_the_log_has_pages_that_lead_both_ways_and_its_oldest_entry_is_the_property(
    demo_slack: Conversation,
) -> None:
    emma = demo_slack.as_person(EMMA)
    view = await emma.opens("/billing audit", "Page 1 of")
    (older,) = buttons(view, "audit.page")
    await emma.presses(view, "audit.page", older)
    second = await emma.sees_modal("Page 2 of")
    newer, older = buttons(second, "audit.page")
    await emma.presses(second, "audit.page", newer)
    await emma.sees_modal("Page 1 of")

    wire, last = Wire(demo_slack), f"{property_id(demo_slack.session.billing, 'Piazza')}:999"
    await wire.interacts(wire.press_in(EMMA, await emma.sees_modal(), "audit.page", last))
    oldest = text_of(await emma.sees_modal("*New property*"))
    assert "Older entries" not in oldest


async def test_what_was_done_in_another_property_does_not_stand_in_it(demo_slack: Conversation) -> None:
    billing = demo_slack.session.billing
    emma = Actor(demo.TEAM.id, EMMA.id, "operator")
    properties.announce_in(billing, emma, property_id(billing, "Bottega"), BILLING_CHANNEL, [])
    first = text_of(await demo_slack.as_person(GIULIA).opens("/billing audit"))
    assert "da riga di comando" not in first
    properties.announce_in(billing, emma, property_id(billing, "Piazza"), BILLING_CHANNEL, [Topic.RECEIPTS])
    second = text_of(await demo_slack.as_person(GIULIA).opens("/billing audit"))
    assert f"· <@{EMMA.id}>, da riga di comando" in second
    assert "annunci: ricevute, pagamenti non riusciti" in second
    assert "quote utilizzate" in second
    assert " → ricevute" in second


async def test_an_agent_reads_nothing_of_it(demo_slack: Conversation) -> None:
    luca = demo_slack.as_person(LUCA)
    for word in ("registro", "stato"):
        await luca.types(f"/billing {word}")
        assert holds_nothing(text_of(await luca.reads("Solo contabili, amministratori e proprietari")))


async def test_health_is_short_and_green_when_all_is_well(demo_slack: Conversation) -> None:
    emma, giulia = demo_slack.as_person(EMMA), demo_slack.as_person(GIULIA)
    await emma.types("/billing health")
    answer = await emma.reads(f"The books are right: all {len(INVARIANTS)} checks hold.")
    text = text_of(answer)
    assert "No renewal, ending or payment is overdue." in text
    assert "No messages are waiting to be sent." in text
    assert len(text_of(answer["blocks"])) < 1000
    await giulia.types("/billing stato")
    await giulia.reads(f"I conti tornano: tutti i {len(INVARIANTS)} controlli sono superati.")


async def test_health_names_what_is_wrong_and_nothing_of_whose_it_is(demo_slack: Conversation) -> None:
    with demo_slack.session.billing.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE number_series SET last = last + 1")
    verify.remember(demo_slack.session.billing)
    emma = demo_slack.as_person(EMMA)
    await emma.types("/billing health")
    text = text_of(
        await emma.reads(f"1 of {len(INVARIANTS)} checks does not hold: _counters stand at the last number_")
    )
    assert holds_nothing(text)
    assert not [
        number
        for (number,) in rows(demo_slack.session.billing, "SELECT number FROM invoices")
        if number in text
    ]


async def test_an_accountant_is_not_shown_the_health(demo_slack: Conversation) -> None:
    anna = demo_slack.as_person(ANNA)
    await anna.types("/billing health")
    await anna.reads("Only admins and owners")
