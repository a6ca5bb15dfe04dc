"""What Slack delivers twice, late or out of order does no harm: nothing is done twice, and the person is told."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from sandbox.demo import EMMA, SUPPORT
from tests.stories.conversation import Conversation, Person, Seen, text_of
from tests.stories.records import property_id, rows
from tests.stories.test_addresses import NEW
from tests.stories.test_companies import COMPANY


async def test_a_yes_that_is_delivered_twice_cancels_once(demo_slack: Conversation) -> None:
    emma = demo_slack.as_person(EMMA)
    form = await emma.opens("/billing cancel ai", "AI Assist Growth")
    await emma.submits(form, kind="not_used")
    question = await emma.sees_modal("Yes, cancel subscription")
    await demo_slack.post("faults", method="view_submission", kind="twice")
    await emma.submits(question)
    await demo_slack.until_announced("cancelled AI Assist Growth of Piazza")
    await demo_slack.turn_clock(advance="1m")  # whatever else is to be told is told
    texts = [one["text"] for one in await demo_slack.announcements() if "cancelled AI" in one["text"]]
    assert len(texts) == 1


async def form_of(emma: Person, command: str) -> Seen:
    return await emma.opens(f"/billing {command}")


async def transfer_question(emma: Person, command: str) -> Seen:
    to = property_id(emma.conversation.session.billing, "Bottega")
    await emma.submits(await emma.opens(f"/billing {command}", "To which property?"), property_id=to)
    return await emma.sees_modal("Yes, transfer")


@pytest.mark.parametrize(
    ("command", "opens", "values", "said", "act"),
    [
        ("address ai", form_of, NEW, "of Piazza saved", "address.change"),
        (
            "company ai",
            form_of,
            COMPANY,
            "Company details of AI Assist Growth of Piazza saved",
            "company.change",
        ),
        ("receipts ai", form_of, {"receipts": []}, "Receipts", "receipts.change"),
        ("transfer remove", transfer_question, {}, "now belongs to Bottega", "transfer.make"),
    ],
)
async def test_a_form_that_is_pressed_again_says_what_came_of_the_first_time(
    demo_slack: Conversation,
    command: str,
    opens: Callable[[Person, str], Awaitable[Seen]],
    values: dict[str, Any],
    said: str,
    act: str,
) -> None:
    emma, made = (
        demo_slack.as_person(EMMA),
        "SELECT COUNT(*) FROM audit_entries WHERE act = :act AND refused_as IS NULL",
    )
    ((before,),) = rows(demo_slack.session.billing, made, act=act)
    form = await opens(emma, command)
    await demo_slack.post("faults", method="view_submission", kind="twice")
    await emma.submits(form, **values)
    assert said in text_of(await emma.sees_modal("Billing desk"))
    await demo_slack.delivered("view_submission", 2 if opens is form_of else 3)
    log = demo_slack.session.sandbox.log.entries()
    answers = [text_of(one["response"]) for one in log if one["method"] == "view_submission"][-2:]
    assert answers[0] == answers[1]
    # A transfer stands in the log of both properties.
    once = 1 if opens is form_of else 2
    assert rows(demo_slack.session.billing, made, act=act) == [(before + once,)]


async def test_a_command_that_comes_too_late_for_its_form_is_answered_in_words(
    demo_slack: Conversation,
) -> None:
    emma = demo_slack.as_person(EMMA)
    demo_slack.may_fail.add("views.open")
    demo_slack.session.sandbox._wire.tickets.trigger_seconds = 0.05
    await demo_slack.post("faults", method="slash_command", kind="late", seconds=0.1)
    await emma.types("/billing cancel ai")
    await emma.reads("That took too long, so Slack didn't open the form. Nothing was changed or charged.")


async def test_two_commands_in_the_wrong_order_are_both_answered(demo_slack: Conversation) -> None:
    emma = demo_slack.as_person(EMMA)
    await demo_slack.post("faults", method="slash_command", kind="reordered")
    held = asyncio.create_task(emma.types("/billing help roles"))
    await demo_slack.until(lambda state: not state["faults"])
    await emma.types("/billing health")
    await held
    await emma.reads("What each role can do")
    log = demo_slack.session.sandbox.log.entries()
    typed = [entry["payload"]["text"] for entry in log if entry["method"] == "slash_command"]
    assert typed == ["health", "help roles"]


async def test_a_message_whose_form_is_delivered_twice_reaches_the_support_once(
    demo_slack: Conversation,
) -> None:
    emma = demo_slack.as_person(EMMA)
    form = await emma.opens("/billing contact", "Your message")
    await demo_slack.post("faults", method="view_submission", kind="twice")
    await emma.submits(form, message="Which plan fits ten people?")
    await emma.sees_modal("is on its way to support")
    await demo_slack.delivered("view_submission", 2)
    await demo_slack.turn_clock(advance="1m")  # whatever else is to be told is told
    messages = (await demo_slack.state())["messages"]
    told = [m for m in messages if m["channel"] == SUPPORT.channel and "ten people" in m["text"]]
    assert len(told) == 1
