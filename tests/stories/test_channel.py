"""The billing channel and what is announced in it: product line 28."""

from __future__ import annotations

import pytest

from sandbox.demo import BILLING_CHANNEL, EMMA, GIULIA, LUCA, SUPPORT
from sandbox.people import Channel
from tests.stories.conversation import Conversation, Person, Seen, text_of
from tests.stories.records import property_id, rows

GENERAL = "C0GENERAL01"
ALL = [
    "receipts",
    "failed_payments",
    "endings",
    "cancellations",
    "plan_changes",
    "transfers",
    "members",
    "usage",
    "budgets",
    "approvals",
]
REMINDERS = ["yearly_renewals", "trials", "expiring_cards"]


def chosen(slack: Conversation, name: str = "Piazza") -> tuple[str | None, str]:
    ((channel, muted),) = rows(
        slack.session.billing,
        "SELECT billing_channel, muted_topics FROM properties WHERE id = :id",
        id=property_id(slack.session.billing, name),
    )
    return channel, muted


def with_app(slack: Conversation, channel: str) -> Channel:
    """The app is invited into that channel."""
    workspace = slack.session.sandbox.workspace
    workspace.channels[channel].members.append(workspace.app.bot_user_id)
    return workspace.channels[channel]


async def cancels_ai_assist(person: Person) -> None:
    await person.types("/billing cancel ai")
    await person.submits(await person.sees_modal("AI Assist Growth"), kind="not_used")
    await person.submits(await person.sees_modal("Yes, cancel subscription"))
    await person.sees_modal("is cancelled")


async def posts_in(slack: Conversation, channel: str) -> list[str]:
    messages = (await slack.state())["messages"]
    return [m["text"] for m in messages if m["channel"] == channel and not m["ephemeral_to"]]


async def test_the_form_shows_what_holds_now(demo_slack: Conversation) -> None:
    form = await demo_slack.as_person(EMMA).opens("/billing channel", "Billing channel")
    state = form["state"]["values"]
    assert state["channel"]["value"]["selected_conversation"] == BILLING_CHANNEL
    for field, ticked in (("topics", ALL), ("reminders", REMINDERS)):
        assert [one["value"] for one in state[field]["value"]["selected_options"]] == ticked
    assert f"posted in <#{BILLING_CHANNEL}>" in text_of(form)


async def test_another_channel_is_told_from_then_on(demo_slack: Conversation) -> None:
    with_app(demo_slack, GENERAL)
    emma = demo_slack.as_person(EMMA)
    await emma.submits(await emma.opens("/billing channel"), channel=GENERAL, topics=ALL)
    await emma.sees_modal(f"<#{GENERAL}> is the billing channel of Piazza. Announced there: receipts, failed")
    before = await demo_slack.announcements()
    await cancels_ai_assist(emma)

    def look(state: Seen) -> list[Seen]:
        return [m for m in state["messages"] if m["channel"] == GENERAL and "cancelled AI" in m["text"]]

    assert await demo_slack.until(look)
    assert await demo_slack.announcements() == before


async def test_only_what_was_ticked_is_announced(demo_slack: Conversation) -> None:
    emma = demo_slack.as_person(EMMA)
    form = await emma.opens("/billing channel")
    await emma.submits(form, channel=BILLING_CHANNEL, topics=["endings"], reminders=[])
    await emma.sees_modal("Announced there: endings.")
    await cancels_ai_assist(emma)
    await demo_slack.turn_clock(advance="32d")
    await demo_slack.until_announced("AI Assist Growth of Piazza ended")
    assert not [m for m in await demo_slack.announcements() if "cancelled AI" in m["text"]]
    assert not [m for m in await demo_slack.announcements() if "Paid:" in m["text"] and "Piazza" in m["text"]]


async def test_an_italian_turns_it_off_and_nothing_is_announced_anywhere(italian_slack: Conversation) -> None:
    giulia = italian_slack.as_person(GIULIA)
    form = await giulia.opens("/billing canale", "Canale di fatturazione")
    assert "ricevute" in text_of(form)
    await giulia.presses(form, "channel.off")
    await giulia.sees_modal("Annunci di Piazza: disattivati.")
    assert chosen(italian_slack)[0] is None
    before = await italian_slack.announcements()
    await cancels_ai_assist(italian_slack.as_person(EMMA))
    await italian_slack.turn_clock(advance="32d")
    after = [m for m in await italian_slack.announcements() if m not in before]
    assert not [m for m in after if "Piazza" in m["text"]]
    again = await giulia.opens("/billing canale", "Nessun canale scelto")
    assert again["state"]["values"]["channel"]["value"]["selected_conversation"] is None


async def test_a_channel_that_the_app_is_not_in_is_refused_with_how_to_invite_it(
    demo_slack: Conversation,
) -> None:
    emma = demo_slack.as_person(EMMA)
    form = await emma.opens("/billing channel")
    answer = await emma.submits(form, channel=GENERAL, topics=ALL)
    assert "Type /invite in the channel, choose the app" in answer["errors"]["channel"]
    assert chosen(demo_slack)[0] == BILLING_CHANNEL
    with_app(demo_slack, GENERAL)
    assert (await emma.submits(form, channel=GENERAL, topics=ALL))["outcome"] == "updated"
    assert chosen(demo_slack)[0] == GENERAL


async def test_a_private_channel_that_the_app_cannot_see_is_refused_in_the_same_way(
    demo_slack: Conversation,
) -> None:
    demo_slack.may_fail.add("conversations.info")  # Slack says channel_not_found
    workspace = demo_slack.session.sandbox.workspace
    workspace.channels[SUPPORT.channel].members.remove(workspace.app.bot_user_id)
    emma = demo_slack.as_person(EMMA)
    answer = await emma.submits(await emma.opens("/billing channel"), channel=SUPPORT.channel, topics=ALL)
    assert "The app isn't in this channel" in answer["errors"]["channel"]


@pytest.mark.parametrize("kind", ["429", "500", "timeout"])
async def test_when_slack_cannot_say_what_the_channel_is_nothing_changes(
    demo_slack: Conversation, kind: str
) -> None:
    emma = demo_slack.as_person(EMMA)
    form = await emma.opens("/billing channel")
    await demo_slack.slack_fails("conversations.info", kind)
    with_app(demo_slack, GENERAL)
    await emma.submits(form, channel=GENERAL, topics=[])
    await emma.sees_modal("Slack didn't accept the answer")
    assert chosen(demo_slack) == (BILLING_CHANNEL, "")


async def test_each_property_has_its_own_choice(demo_slack: Conversation) -> None:
    emma = demo_slack.as_person(EMMA)
    form = await emma.opens("/billing channel")
    await emma.submits(form, channel=BILLING_CHANNEL, topics=[], reminders=["trials"])
    await emma.sees_modal("Announced there: free trials, 3 days before they end.")
    form = await emma.opens("/billing channel", "free trials")
    await emma.submits(form, channel=BILLING_CHANNEL, topics=[], reminders=[])
    await emma.sees_modal("Nothing is announced there")
    assert chosen(demo_slack) == (BILLING_CHANNEL, " ".join([*ALL, *REMINDERS]))
    assert chosen(demo_slack, "Bottega") == (BILLING_CHANNEL, "")


async def test_an_agent_is_refused_in_private(demo_slack: Conversation) -> None:
    luca = demo_slack.as_person(LUCA)
    await luca.types("/billing canale")
    await luca.reads("Solo contabili, amministratori e proprietari")
