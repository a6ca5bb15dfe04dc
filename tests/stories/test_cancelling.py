"""Cancelling, as an admin does it: product lines 22 and 23."""

from __future__ import annotations

import re

from sandbox.demo import ANNA, EMMA, GIULIA
from tests.stories.conversation import Conversation, buttons, text_of


async def test_an_owner_cancels_and_the_plan_ends_when_the_clock_reaches_the_end_of_the_cycle(
    demo_slack: Conversation,
) -> None:
    emma = demo_slack.as_person(EMMA)
    await emma.types("/billing cancel ai")
    form = await emma.sees_modal("AI Assist Growth")
    assert (await emma.submits(form, kind="not_used"))["outcome"] == "updated"
    question = await emma.sees_modal("Yes, cancel subscription")
    assert "Piazza" in text_of(question)
    assert "nothing more will be charged" in text_of(question).lower()
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
    assert "AI Assist Growth" in text_of(await emma.opens_home(f"ended on {ends_on[1]}"))
    await demo_slack.turn_clock(advance="93d")
    later = [m["text"] for m in await demo_slack.announcements() if "AI Assist Growth" in m["text"]]
    assert "ended on" in later[-1]  # nothing was invoiced after the end


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


async def test_the_second_admin_is_told_who_cancelled_first(demo_slack: Conversation) -> None:
    giulia = demo_slack.as_person(GIULIA)
    await giulia.types("/billing annulla ai")
    form = await giulia.sees_modal("AI Assist Growth")
    await giulia.submits(form, kind="not_used")
    question = await giulia.sees_modal("Sì, annulla abbonamento")
    await cancel_ai_assist(demo_slack)
    await giulia.submits(question)
    refused = await giulia.sees_modal(EMMA.id)
    assert "già" in text_of(refused).lower()
    assert len([m for m in await demo_slack.announcements() if "cancelled AI Assist" in m["text"]]) == 1


async def test_an_accountant_cannot_even_open_the_form(demo_slack: Conversation) -> None:
    anna = demo_slack.as_person(ANNA)
    await anna.types("/billing cancel ai")
    refusal = await anna.reads("Only admins and owners")
    assert EMMA.id in refusal["text"]
    assert not (await demo_slack.state())["views"].get(ANNA.id)
