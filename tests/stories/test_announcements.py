"""What the channel is told: one message for each thing, edited on its own day; below it its document: line 28."""

from __future__ import annotations

import pytest

from sandbox.demo import EMMA, GIULIA
from tests.stories.conversation import Conversation, buttons, text_of, words_of
from tests.stories.records import rows
from tests.stories.test_cancelling import cancel_ai_assist
from tests.stories.test_paying import ai_assist_unpaid

UNDO = "subscription.undo_cancellation"


def said(slack: Conversation, english: str, italian: str) -> str:
    """What is said in the language of the workspace."""
    return italian if slack.language == "it" else english


@pytest.mark.parametrize("slack", ["en-GB", "it-IT"], indirect=True)
@pytest.mark.product(28, 31, languages="en it")
async def test_a_cancellation_and_its_undoing_on_one_day_are_one_message_that_says_who(
    slack: Conversation,
) -> None:
    giulia = slack.as_person(GIULIA)
    await cancel_ai_assist(slack)
    told = await slack.until_announced(said(slack, "cancelled AI Assist", "ha disdetto AI Assist"))
    await giulia.presses(told, UNDO, *buttons(told, UNDO))
    undone = await slack.until_announced(said(slack, "undid the cancellation", "ha revocato la disdetta"))
    assert undone["ts"] == told["ts"]
    assert not buttons(undone, UNDO)
    assert said(slack, "Earlier: ", "In precedenza: ") + f"<@{EMMA.id}>" in text_of(undone)
    assert f"<@{GIULIA.id}>" in undone["text"]


@pytest.mark.parametrize("slack", ["en-GB", "it-IT"], indirect=True)
@pytest.mark.product(28, languages="en it")
async def test_what_is_undone_on_another_day_is_a_message_of_that_day(slack: Conversation) -> None:
    giulia = slack.as_person(GIULIA)
    await cancel_ai_assist(slack)
    told = await slack.until_announced(said(slack, "cancelled AI Assist", "ha disdetto AI Assist"))
    await slack.turn_clock(advance="49h")
    home = await giulia.opens_home(UNDO)
    await giulia.presses(home, UNDO, *buttons(home, UNDO))
    undone = await slack.until_announced(said(slack, "undid the cancellation", "ha revocato la disdetta"))
    (closed,) = [m for m in await slack.announcements() if m["ts"] == told["ts"]]
    assert undone["ts"] != told["ts"]
    assert closed["text"] == told["text"]
    assert not buttons(closed, UNDO)


@pytest.mark.parametrize("slack", ["en-GB", "it-IT"], indirect=True)
@pytest.mark.product(28, languages="en it")
async def test_a_purchase_is_one_message_with_its_amount_card_and_invoice(slack: Conversation) -> None:
    emma = slack.as_person(EMMA)
    before = await slack.announcements()
    form = await emma.opens("/billing buy", "video-voice")
    await emma.submits(form, offer="video-voice:plus:month")
    await emma.submits(await emma.sees_modal("Yes, buy"))
    invoice = said(slack, "Invoice 2026-", "Fattura 2026-")
    told = await slack.until_announced(invoice)
    (document,) = await slack.thread_of(told, 1)
    assert document["files"]
    assert [m["ts"] for m in await slack.announcements() if m not in before] == [told["ts"]]
    amount = said(slack, "Paid: €", "Pagato: ")
    for words in (f"<@{EMMA.id}>", amount, invoice, "4242"):
        assert told["text"].count(words) == 1


@pytest.mark.parametrize("slack", ["en-GB", "it-IT"], indirect=True)
@pytest.mark.product(22, 28, languages="en it")
async def test_when_the_end_comes_it_is_news_with_a_way_back_and_the_undo_is_gone(
    slack: Conversation,
) -> None:
    emma = slack.as_person(EMMA)
    await cancel_ai_assist(slack)
    told = await slack.until_announced(said(slack, "cancelled AI Assist", "ha disdetto AI Assist"))
    await slack.turn_clock(advance="32d")

    def news(state: dict[str, object]) -> list[dict[str, object]]:
        messages: list[dict[str, object]] = state["messages"]  # type: ignore[assignment]  # JSON
        words = said(slack, "AI Assist Growth of Piazza ended", "AI Assist Growth di Piazza è terminato")
        return [m for m in messages if words in str(m["text"]) and m["ts"] != told["ts"]]

    (ended,) = await slack.until(news)
    (closed,) = [m for m in await slack.announcements() if m["ts"] == told["ts"]]
    assert not buttons(closed, UNDO)
    assert f"<@{EMMA.id}>" in text_of(closed)
    await emma.presses(ended, "renewal.open", *buttons(ended, "renewal.open"))
    await emma.sees_modal("A new billing cycle starts once the payment succeeds")


@pytest.mark.parametrize("slack", ["en-GB", "it-IT"], indirect=True)
@pytest.mark.product(28, languages="en it")
async def test_a_receipt_has_its_invoice_as_pdf_in_its_thread(slack: Conversation) -> None:
    await slack.turn_clock(advance="32d")
    words = said(slack, "VAT for AI Assist Growth of Piazza", "inclusa per AI Assist Growth di Piazza")
    receipt = await slack.until_announced(words)
    (reply,) = await slack.thread_of(receipt, 1)
    pdf = words_of(await slack.as_person(EMMA).downloads(*reply["files"])).replace("\xa0", " ")
    assert said(slack, "€35.38", "35,38 €") in pdf
    number = text_of(receipt).partition(said(slack, "invoice ", "fattura "))[2].partition(".")[0]
    assert number in pdf
    assert number in reply["text"]


@pytest.mark.parametrize("slack", ["en-GB", "it-IT"], indirect=True)
@pytest.mark.product(28, 32, languages="en it")
async def test_what_failed_and_is_paid_then_is_one_message(slack: Conversation) -> None:
    giulia = slack.as_person(GIULIA)
    told = await ai_assist_unpaid(slack, unpaid=said(slack, "Payment of €35.38", "Pagamento di 35,38\xa0€"))
    assert buttons(told, "payment_method.open")
    await giulia.presses(told, "payment.pay", *buttons(told, "payment.pay"))
    await giulia.sees_modal("Pagato: 35,38 €")
    (document,) = await slack.thread_of(told, 1)
    (paid,) = [m for m in await slack.announcements() if m["ts"] == told["ts"]]
    assert paid["text"].startswith(said(slack, "Paid: €35.38", "Pagato: 35,38\xa0€"))
    assert not buttons(paid, "payment.pay")
    assert document["files"]


async def test_a_planned_change_that_is_taken_back_is_one_message(demo_slack: Conversation) -> None:
    emma = demo_slack.as_person(EMMA)
    form = await emma.opens("/billing change remove", "Remove Branding")
    await emma.submits(form, quantity="2")
    await emma.submits(await emma.sees_modal("Yes, change plan"))
    told = await demo_slack.until_announced("scheduled a change of Remove Branding")
    await emma.closes(await emma.sees_modal())
    await emma.presses(told, "change.undo", *buttons(told, "change.undo"))
    undone = await demo_slack.until_announced("undid the scheduled change of Remove Branding")
    assert undone["ts"] == told["ts"]
    assert not buttons(undone, "change.undo")


async def test_a_message_that_was_deleted_meanwhile_is_no_obstacle(demo_slack: Conversation) -> None:
    emma = demo_slack.as_person(EMMA)
    await cancel_ai_assist(demo_slack)
    told = await demo_slack.until_announced("cancelled AI Assist")
    demo_slack.may_fail.add("chat.update")
    demo_slack.session.sandbox.workspace.messages.pop((told["channel"], told["ts"]))
    home = await emma.opens_home("Renew")
    await emma.presses(home, UNDO, *buttons(home, UNDO))
    undone = await demo_slack.until_announced("undid the cancellation")
    assert undone["ts"] != told["ts"]


async def test_a_pdf_that_slack_does_not_take_at_first_comes_later_and_its_receipt_once(
    demo_slack: Conversation,
) -> None:
    await demo_slack.slack_fails("files.getUploadURLExternal", "500")
    await demo_slack.turn_clock(advance="32d")
    words = "with VAT for AI Assist Growth of Piazza"
    untaken = "SELECT 1 FROM outbox WHERE last_error IS NOT NULL"
    await demo_slack.becomes(lambda: rows(demo_slack.session.billing, untaken))
    demo_slack.lets_it_try_again()
    receipt = await demo_slack.until_announced(words)
    await demo_slack.thread_of(receipt, 1)
    assert len([m for m in await demo_slack.announcements() if words in m["text"]]) == 1
