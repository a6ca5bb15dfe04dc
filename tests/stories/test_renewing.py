"""Renewing: product lines 6 and 23. Before the end the same dates and no charge, after it a new, paid cycle."""

from __future__ import annotations

import asyncio

import pytest

from billing.adapters.gateways.sandbox import Behaviour, SandboxGateway
from sandbox.demo import EMMA, GIULIA
from tests.stories.conversation import Conversation, buttons, text_of
from tests.stories.records import rows, subscription_id
from tests.stories.test_cancelling import cancel_ai_assist
from tests.stories.test_changing import CARD, gateway


def restarts(slack: Conversation) -> list[int]:
    return [order.amount.minor for order in gateway(slack).charged("restart")]


@pytest.mark.product(23, languages="it")
async def test_before_its_end_a_cancelled_plan_is_renewed_with_the_same_dates_and_no_charge(
    demo_slack: Conversation,
) -> None:
    emma, giulia = demo_slack.as_person(EMMA), demo_slack.as_person(GIULIA)
    period = "SELECT period_start_at, period_end_at FROM subscriptions WHERE id = :id"
    wanted = subscription_id(demo_slack.session.billing, "Piazza", "ai-assist")
    before = rows(demo_slack.session.billing, period, id=wanted)
    await cancel_ai_assist(demo_slack)
    question = await giulia.opens("/billing rinnova ai", "Sì, rinnova")
    assert "Stai per rinnovare *AI Assist Growth* della proprietà *Piazza*" in text_of(question)
    assert "*Oggi non paghi nulla*" in text_of(question)
    await giulia.submits(question)
    await giulia.sees_modal("continua a 29,00")
    await demo_slack.until_announced("undid the cancellation of AI Assist Growth of Piazza")
    assert rows(demo_slack.session.billing, period, id=wanted) == before
    assert restarts(demo_slack) == []
    assert "active until" not in text_of(await emma.opens_home("AI Assist Growth"))


async def test_the_renew_button_of_a_cancelled_plan_asks_and_takes_the_cancellation_back(
    demo_slack: Conversation,
) -> None:
    emma = demo_slack.as_person(EMMA)
    await cancel_ai_assist(demo_slack)
    home = await emma.opens_home("Renew AI Assist Growth")
    await emma.presses(home, "subscription.undo_cancellation")
    await demo_slack.until_announced("undid the cancellation of AI Assist Growth of Piazza")
    await emma.sees_home("Change plan of AI Assist Growth", other_than=home["hash"])


async def test_a_plan_that_has_ended_and_is_sold_no_more_says_so_and_leads_to_buying(
    demo_slack: Conversation,
) -> None:
    emma = demo_slack.as_person(EMMA)
    with demo_slack.session.billing.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE prices SET on_sale = false WHERE add_on_id = 'video-voice'")
    shown = await emma.opens("/billing renew video", "is no longer on sale, so it can't be renewed.")
    await emma.presses(shown, "purchase.open", *buttons(shown, "purchase.open"))
    await emma.sees_modal("Piazza already has every add-on available to it.")


@pytest.mark.product(23, languages="en")
async def test_after_its_end_a_new_cycle_begins_when_it_is_paid(demo_slack: Conversation) -> None:
    emma = demo_slack.as_person(EMMA)
    await emma.types("/billing")
    card = await emma.reads("Video and Voice Standard")
    await emma.presses(card, "renewal.open", *buttons(card, "renewal.open"))
    question = await emma.sees_modal("Yes, renew")
    for said in (
        "*Video and Voice Standard* of the property *Piazza*",
        "A new billing cycle starts once the payment succeeds",
        "*Charged now:* €35.38 with VAT, to Visa •••• 4242",
        "*Next charge:* €35.38 with VAT, on ",
    ):
        assert said in text_of(question)
    await emma.submits(question)
    await emma.sees_modal("Video and Voice Standard of Piazza restarted. It's paid and active")
    await demo_slack.until_announced("restarted Video and Voice Standard of Piazza. Paid: €35.38 with VAT.")
    assert restarts(demo_slack) == [3538]
    await emma.presses(card, "renewal.open", *buttons(card, "renewal.open"))
    await emma.reads("This subscription isn't cancelled")


@pytest.mark.product(6, 23, languages="it")
async def test_if_its_payment_fails_it_stays_ended(italian_slack: Conversation) -> None:
    giulia = italian_slack.as_person(GIULIA)
    gateway(italian_slack).expect(CARD, Behaviour.DECLINES_FOR_GOOD)
    question = await giulia.opens("/billing rinnova video", "Sì, rinnova")
    assert "se non riesce, l’abbonamento resta terminato" in text_of(question)
    await giulia.submits(question)
    refused = text_of(await giulia.sees_modal("Pagamento non riuscito: "))
    assert "Scegli un’altra carta" in refused
    home = await giulia.opens_home("Video and Voice")
    assert "Terminato il" in text_of(home)
    assert buttons(home, "renewal.open")
    assert restarts(italian_slack) == []


async def test_a_bank_that_wants_its_customer_leaves_it_ended_until_then(demo_slack: Conversation) -> None:
    emma = demo_slack.as_person(EMMA)
    gateway(demo_slack).expect(CARD, Behaviour.ASKS_FOR_ACTION)
    await emma.submits(await emma.opens("/billing renew video", "Yes, renew"))
    await emma.sees_modal("Your bank asks you to confirm €35.38 with VAT for Video and Voice Standard")
    await emma.opens_home("As soon as it is paid: Standard")
    bank = demo_slack.session.billing.gateway
    assert isinstance(bank, SandboxGateway)
    bank.authenticate(bank.calls[-1])
    await demo_slack.turn_clock(advance="2m")
    await demo_slack.until_announced("restarted Video and Voice Standard of Piazza. Paid: €35.38 with VAT.")


async def test_yes_pressed_five_times_at_once_is_one_cycle_and_one_charge(demo_slack: Conversation) -> None:
    emma = demo_slack.as_person(EMMA)
    question = await emma.opens("/billing renew video", "Yes, renew")
    await asyncio.gather(*(emma.submits(question) for _ in range(5)))
    await emma.sees_modal("of Piazza restarted")
    assert restarts(demo_slack) == [3538]


async def test_what_costs_something_else_by_now_is_shown_anew(demo_slack: Conversation) -> None:
    emma = demo_slack.as_person(EMMA)
    question = await emma.opens("/billing renew video", "Yes, renew")
    with demo_slack.session.billing.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE prices SET minor = 3900 WHERE add_on_id = 'video-voice'")
    await emma.submits(question)
    anew = await emma.sees_modal("This preview is out of date")
    assert restarts(demo_slack) == []
    await emma.submits(anew)
    await emma.sees_modal("of Piazza restarted")
    assert restarts(demo_slack) == [4758]


async def test_where_there_is_nothing_to_renew_it_is_said(demo_slack: Conversation) -> None:
    emma = demo_slack.as_person(EMMA)
    await emma.types("/billing property bottega")
    await emma.reads("Bottega")
    await emma.opens("/billing renew", "Nothing to renew")


async def test_what_goes_on_by_itself_needs_no_renewal(demo_slack: Conversation) -> None:
    emma = demo_slack.as_person(EMMA)
    await cancel_ai_assist(demo_slack)
    question = await emma.opens("/billing renew", "Choose a subscription")
    told = await demo_slack.until_announced("cancelled AI Assist Growth")
    await emma.presses(told, "subscription.undo_cancellation")
    await demo_slack.until_announced("undid the cancellation")
    wanted = subscription_id(demo_slack.session.billing, "Piazza", "ai-assist")
    await emma.submits(question, subscription_id=wanted)
    await emma.sees_modal("This subscription isn't cancelled, so there is nothing to undo or renew")
