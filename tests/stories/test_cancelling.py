"""Cancelling, as an admin does it: product lines 22 and 23, and the undo of line 31."""

from __future__ import annotations

import asyncio
import re

import pytest

from billing import Actor
from billing.services import changes
from billing.services.changes import PlanSelection
from billing.values.cycles import Interval
from sandbox.demo import ANNA, EMMA, GIULIA, TEAM
from tests.stories.conversation import Conversation, buttons, text_of
from tests.stories.records import refusals, rows, subscription_id, tables
from tests.stories.wire import Wire, presses_as_it_was


@pytest.mark.product(22, languages="en")
async def test_an_owner_cancels_and_the_plan_ends_when_the_clock_reaches_the_end_of_the_cycle(
    demo_slack: Conversation,
) -> None:
    emma = demo_slack.as_person(EMMA)
    await emma.types("/billing cancel ai")
    form = await emma.sees_modal("AI Assist Growth")
    assert (await emma.submits(form, kind="not_used"))["outcome"] == "updated"
    question = await emma.sees_modal("Yes, cancel subscription")
    assert "Piazza" in text_of(question)
    assert "You won't be charged again." in text_of(question)
    assert (await emma.submits(question))["outcome"] == "updated"
    outcome = await emma.sees_modal("stays active until")
    told = await demo_slack.until_announced("cancelled AI Assist Growth of Piazza")
    ends_on = re.search(r"until (\w+ \d+, \d{4})", told["text"])
    assert ends_on
    assert ends_on[1] in text_of(outcome)

    assert "AI Assist Growth" in text_of(await emma.opens_home(f"active until {ends_on[1]}"))

    (end,) = [
        m for m in (await demo_slack.state())["clock"]["upcoming"] if m["label"].endswith("Piazza ends")
    ]
    await demo_slack.turn_clock(to=end["at"])
    await demo_slack.until_announced(f"AI Assist Growth of Piazza ended on {ends_on[1]}")
    assert "AI Assist Growth" in text_of(await emma.opens_home(f"Ended on {ends_on[1]}"))
    await demo_slack.turn_clock(advance="93d")
    later = [m["text"] for m in await demo_slack.announcements() if "AI Assist Growth" in m["text"]]
    assert "ended on" in later[-1]  # nothing was invoiced after the end


async def test_what_was_upgraded_since_the_question_is_shown_before_it_is_cancelled(
    demo_slack: Conversation,
) -> None:
    emma, billing = demo_slack.as_person(EMMA), demo_slack.session.billing
    await emma.types("/billing cancel ai")
    await emma.submits(await emma.sees_modal("AI Assist Growth"), kind="not_used")
    question = await emma.sees_modal("Yes, cancel subscription")
    ai_assist = subscription_id(billing, "Piazza", "ai-assist")
    actor = Actor(TEAM.id, EMMA.id, "demo")
    changes.change(billing, actor, ai_assist, PlanSelection("business", Interval.MONTH), key="one")
    await emma.submits(question)
    anew = await emma.sees_modal("This preview is out of date. Nothing was changed or charged.")
    assert "You are about to cancel *AI Assist Business*" in text_of(anew)
    await emma.submits(anew)
    await emma.sees_modal("AI Assist Business of Piazza is cancelled. It stays active until")


async def test_a_cancellation_is_undone_from_the_channel_by_another_admin(demo_slack: Conversation) -> None:
    emma, giulia = demo_slack.as_person(EMMA), demo_slack.as_person(GIULIA)
    await cancel_ai_assist(demo_slack)
    told = await demo_slack.until_announced("cancelled AI Assist Growth")
    (subscription_id,) = buttons(told, "subscription.undo_cancellation")
    await giulia.presses(told, "subscription.undo_cancellation", subscription_id)
    await demo_slack.until_announced("undid the cancellation of AI Assist Growth")
    assert "AI Assist Growth" in (await giulia.reads("AI Assist Growth"))["text"]
    home = await emma.opens_home("Next charge")
    assert "active until" not in text_of(home)


async def cancel_ai_assist(slack: Conversation) -> None:
    emma = slack.as_person(EMMA)
    await emma.types("/billing cancel ai")
    form = await emma.sees_modal("AI Assist Growth")
    await emma.submits(form, kind="too_expensive")
    await emma.submits(await emma.sees_modal("Yes, cancel subscription"))
    await emma.closes(await emma.sees_modal("is cancelled"))


async def test_the_second_admin_is_told_who_cancelled_first(demo_slack: Conversation) -> None:
    giulia = demo_slack.as_person(GIULIA)
    await giulia.types("/billing annulla ai")
    form = await giulia.sees_modal("AI Assist Growth")
    await giulia.submits(form, kind="not_used")
    question = await giulia.sees_modal("Sì, disdici abbonamento")
    await cancel_ai_assist(demo_slack)
    await giulia.submits(question)
    refused = await giulia.sees_modal(EMMA.id)
    assert "già" in text_of(refused).lower()
    await demo_slack.until_announced("cancelled AI Assist")
    assert len([m for m in await demo_slack.announcements() if "cancelled AI Assist" in m["text"]]) == 1


async def test_an_accountant_cannot_even_open_the_form(demo_slack: Conversation) -> None:
    anna = demo_slack.as_person(ANNA)
    await anna.types("/billing cancel ai")
    refusal = await anna.reads("Only admins and owners")
    assert EMMA.id in refusal["text"]
    assert not (await demo_slack.state())["views"].get(ANNA.id)


async def test_until_the_last_yes_nothing_is_cancelled(demo_slack: Conversation) -> None:
    emma = demo_slack.as_person(EMMA)
    before = tables(demo_slack.session.billing)
    form = await emma.opens("/billing cancel ai", "AI Assist Growth")
    await emma.submits(form, kind="other", reason="Closing the shop")
    question = text_of(await emma.sees_modal("Yes, cancel subscription"))
    for words in (
        "AI Assist Growth",
        "Piazza",
        "€29.00 a month + VAT",
        "You can undo this",
        "Closing the shop",
    ):
        assert words in question
    assert tables(demo_slack.session.billing) == before


async def test_a_cancellation_asks_for_a_reason(demo_slack: Conversation) -> None:
    emma = demo_slack.as_person(EMMA)
    answer = await emma.submits(await emma.opens("/billing cancel ai", "AI Assist Growth"))
    assert list(answer["errors"]) == ["kind"]


async def test_the_reason_is_shown_to_the_team_as_it_was_typed_and_inert(demo_slack: Conversation) -> None:
    emma = demo_slack.as_person(EMMA)
    form = await emma.opens("/billing cancel ai", "AI Assist Growth")
    await emma.submits(form, kind="other", reason="<!channel> *too* dear")
    await emma.submits(await emma.sees_modal("Yes, cancel subscription"))
    told = await demo_slack.until_announced("cancelled AI Assist Growth")
    (reason,) = [block for block in told["blocks"] if "too* dear" in text_of(block)]
    assert [element["type"] for element in reason["elements"]] == ["plain_text"]
    assert "<!channel>" not in told["text"]


async def test_yes_pressed_five_times_at_once_is_one_cancellation_and_one_announcement(
    demo_slack: Conversation,
) -> None:
    emma = demo_slack.as_person(EMMA)
    form = await emma.opens("/billing cancel ai", "AI Assist Growth")
    await emma.submits(form, kind="not_used")
    question = await emma.sees_modal("Yes, cancel subscription")
    await asyncio.gather(*(emma.submits(question) for _ in range(5)))
    await demo_slack.until_announced("cancelled AI Assist Growth")
    await demo_slack.turn_clock(advance="1m")  # whatever else there is to tell has been told by then
    await demo_slack.until_announced("cancelled AI Assist")
    assert len([m for m in await demo_slack.announcements() if "cancelled AI Assist" in m["text"]]) == 1
    done = "SELECT id FROM audit_entries WHERE act = 'subscription.cancel' AND refused_as IS NULL AND user_id = :emma"
    assert len(rows(demo_slack.session.billing, done + " AND via = 'chat'", emma=EMMA.id)) == 1
    assert set(refusals(demo_slack.session.billing, EMMA)) <= {("subscription.cancel", "AlreadyCancelled")}


async def test_undo_pressed_five_times_at_once_is_one_undo_and_one_announcement(
    demo_slack: Conversation,
) -> None:
    giulia = demo_slack.as_person(GIULIA)
    await cancel_ai_assist(demo_slack)
    told = await demo_slack.until_announced("cancelled AI Assist Growth")
    await asyncio.gather(*(giulia.presses(told, "subscription.undo_cancellation") for _ in range(5)))
    await giulia.reads("continua a 29,00")
    await giulia.reads("non è disdetto")
    await demo_slack.turn_clock(advance="1m")
    assert len([m for m in await demo_slack.announcements() if "undid the cancellation" in m["text"]]) == 1


@pytest.mark.parametrize(
    ("person", "sentence"),
    [(EMMA, "This subscription isn't cancelled"), (GIULIA, "Questo abbonamento non è disdetto")],
)
async def test_the_undo_of_an_old_announcement_says_how_things_stand(
    demo_slack: Conversation, person: object, sentence: str
) -> None:
    presser = demo_slack.as_person(person)  # type: ignore[arg-type]
    await cancel_ai_assist(demo_slack)
    told = await demo_slack.until_announced("cancelled AI Assist Growth")
    await presser.presses(told, "subscription.undo_cancellation")
    await demo_slack.until_announced("undid the cancellation")
    before = tables(demo_slack.session.billing)["subscriptions"]
    await presses_as_it_was(presser, told, "subscription.undo_cancellation")
    await presser.reads(sentence)
    assert tables(demo_slack.session.billing)["subscriptions"] == before


async def test_after_the_end_the_undo_comes_too_late_and_says_so(demo_slack: Conversation) -> None:
    emma = demo_slack.as_person(EMMA)
    await cancel_ai_assist(demo_slack)
    told = await demo_slack.until_announced("cancelled AI Assist Growth")
    await demo_slack.turn_clock(advance="32d")
    await demo_slack.until_announced("AI Assist Growth of Piazza ended on")
    await presses_as_it_was(emma, told, "subscription.undo_cancellation")
    await emma.reads("This subscription ended on")


async def test_a_cancel_button_of_an_old_card_says_who_cancelled(demo_slack: Conversation) -> None:
    giulia = demo_slack.as_person(GIULIA)
    home = await giulia.opens_home("AI Assist Growth")
    await cancel_ai_assist(demo_slack)
    await demo_slack.until_announced("cancelled AI Assist Growth")
    wanted = subscription_id(demo_slack.session.billing, "Piazza", "ai-assist")
    await presses_as_it_was(giulia, home, "subscription.cancel", wanted)
    form = await giulia.sees_modal("AI Assist Growth")
    if form["submit"]:
        await giulia.submits(form, kind="not_used")
    assert EMMA.id in text_of(await giulia.sees_modal("Già disdetto"))


async def test_the_end_comes_at_its_moment_though_the_bot_was_away_for_months(
    demo_slack: Conversation,
) -> None:
    await cancel_ai_assist(demo_slack)
    told = await demo_slack.until_announced("cancelled AI Assist Growth")
    date = re.search(r"until (\w+ \d+, \d{4})", told["text"])
    assert date
    await demo_slack.turn_clock(advance="100d")
    await demo_slack.until_announced(f"AI Assist Growth of Piazza ended on {date[1]}")


async def test_an_italian_workspace_reads_of_a_cancellation_and_its_undo_in_italian(
    italian_slack: Conversation,
) -> None:
    emma = italian_slack.as_person(EMMA)
    await cancel_ai_assist(italian_slack)
    told = await italian_slack.until_announced("ha disdetto AI Assist Growth di Piazza")
    await emma.presses(told, "subscription.undo_cancellation")
    await italian_slack.until_announced("ha revocato la disdetta di AI Assist Growth di Piazza")
    await emma.reads("continues at €29.00 a month + VAT")


async def test_the_same_request_delivered_again_by_slack_is_one_cancellation(
    demo_slack: Conversation,
) -> None:
    wanted = subscription_id(demo_slack.session.billing, "Piazza", "ai-assist")
    wire = Wire(demo_slack)
    payload = wire.submit(
        EMMA, "subscription.cancel_confirmed", f'{{"subscription_id": "{wanted}", "reason": "Twice"}}'
    )
    first, second = await wire.interacts(payload), await wire.interacts(payload)
    assert "is cancelled. It stays active until" in first.text
    assert "Already cancelled by" in second.text


async def test_an_old_undo_button_undoes_no_later_cancellation(demo_slack: Conversation) -> None:
    emma = demo_slack.as_person(EMMA)
    await cancel_ai_assist(demo_slack)
    old = await demo_slack.until_announced("cancelled AI Assist Growth")
    await emma.presses(old, "subscription.undo_cancellation", *buttons(old, "subscription.undo_cancellation"))
    await demo_slack.until_announced("undid the cancellation of AI Assist Growth")
    await demo_slack.turn_clock(advance="31d")
    await cancel_ai_assist(demo_slack)
    await presses_as_it_was(emma, old, "subscription.undo_cancellation")
    await emma.reads("isn't cancelled")
    await emma.opens_home("active until")
