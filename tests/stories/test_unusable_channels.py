"""The billing channel is archived, shared with another organisation, or the app has left it: line 28."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from sandbox import demo, payloads
from sandbox.demo import ANNA, BILLING_CHANNEL, EMMA, GIULIA, SUPPORT
from sandbox.people import User
from tests.stories.conversation import Conversation, Person, Seen, buttons, text_of
from tests.stories.records import property_id, rows
from tests.stories.wire import Wire

GENERAL = "C0GENERAL01"
SHARED = "is shared with another organisation, or an invitation to it is pending"


async def changes(
    slack: Conversation, channel: str = BILLING_CHANNEL, by: User = EMMA, **change: bool | str
) -> None:
    answer = await slack.post("channel", user=by.id, channel=channel, **change)
    assert answer["ok"], answer


async def cancels_ai_assist(person: Person) -> None:
    await person.submits(await person.opens("/billing cancel ai", "AI Assist Growth"), kind="not_used")
    await person.submits(await person.sees_modal("Yes, cancel subscription"))
    await person.sees_modal("is cancelled")


async def receives(slack: Conversation, person: User, words: str) -> list[Seen]:
    """The direct messages with these words, once there are any."""

    def look(state: Seen) -> list[Seen]:
        own = {c["id"] for c in state["channels"] if c.get("is_im") and c.get("user") == person.id}
        return [m for m in state["messages"] if m["channel"] in own and words in m["text"]]

    found: list[Seen] = await slack.until(look)
    return found


async def posts_in(slack: Conversation, channel: str) -> list[Seen]:
    messages = (await slack.state())["messages"]
    return [m for m in messages if m["channel"] == channel and not m["ephemeral_to"]]


def problems(slack: Conversation) -> Mapping[str, str]:
    found = rows(slack.session.billing, "SELECT channel, problem FROM unusable_channels")
    return dict(found)


@pytest.mark.product(28, languages="en")
async def test_shared_later_it_gets_no_amount_and_no_document_and_what_waits_comes_to_the_next_one(
    demo_slack: Conversation,
) -> None:
    before = await posts_in(demo_slack, BILLING_CHANNEL)
    files = len(demo_slack.session.sandbox.workspace.files)
    await changes(demo_slack, shared=True)
    await demo_slack.turn_clock(advance="32d")  # renewals are paid meanwhile
    (told,) = await receives(demo_slack, EMMA, "Announcements for Piazza are on hold.")
    assert f"<#{BILLING_CHANNEL}> {SHARED}. Nothing is lost" in told["text"]
    assert await posts_in(demo_slack, BILLING_CHANNEL) == before
    assert len(demo_slack.session.sandbox.workspace.files) == files

    emma = demo_slack.as_person(EMMA)
    await changes(demo_slack, GENERAL, app=True)
    await emma.presses(told, "channel.open", property_id(demo_slack.session.billing, "Piazza"))
    form = await emma.sees_modal("Announcements for the property *Piazza* have been on hold since")
    assert form["state"]["values"]["channel"]["value"]["selected_conversation"] is None
    await emma.submits(form, channel=GENERAL)
    await emma.sees_modal(f"<#{GENERAL}> is the billing channel of Piazza")
    await demo_slack.until(
        lambda state: [m for m in state["messages"] if m["channel"] == GENERAL and "Paid: " in m["text"]]
    )
    assert "Bottega" not in str([m["text"] for m in await posts_in(demo_slack, GENERAL)])
    assert await posts_in(demo_slack, BILLING_CHANNEL) == before


@pytest.mark.product(28, languages="en it")
async def test_the_app_that_was_removed_says_so_to_owners_and_admins_each_in_their_language_at_once(
    demo_slack: Conversation,
) -> None:
    await changes(demo_slack, app=False)
    (piazza,) = await receives(demo_slack, EMMA, "Announcements for Piazza are on hold.")
    assert f"The app isn't in <#{BILLING_CHANNEL}> any more." in piazza["text"]
    assert await receives(demo_slack, EMMA, "Announcements for Bottega are on hold.")
    (in_italian,) = await receives(demo_slack, GIULIA, "Gli annunci di Piazza sono sospesi.")
    assert f"L’app non è più in <#{BILLING_CHANNEL}>." in in_italian["text"]
    assert buttons(in_italian, "channel.open") == buttons(piazza, "channel.open")
    state = await demo_slack.state()
    own = {c["id"] for c in state["channels"] if c.get("is_im") and c.get("user") == ANNA.id}
    assert not [m for m in state["messages"] if m["channel"] in own]  # accountants choose no channel


async def test_invited_again_it_announces_what_waited(demo_slack: Conversation) -> None:
    await changes(demo_slack, app=False)
    await receives(demo_slack, EMMA, "Announcements for Piazza are on hold.")
    await cancels_ai_assist(demo_slack.as_person(EMMA))
    await changes(demo_slack, app=True)
    await demo_slack.until_announced("cancelled AI Assist Growth of Piazza")
    await demo_slack.becomes(lambda: problems(demo_slack) == {})
    form = await demo_slack.as_person(EMMA).opens("/billing channel", "are posted in")
    assert "on hold" not in text_of(form)


@pytest.mark.product(28, languages="en it")
async def test_an_archived_channel_is_named_by_health_and_by_the_form_in_both_languages(
    demo_slack: Conversation,
) -> None:
    emma, giulia = demo_slack.as_person(EMMA, GENERAL), demo_slack.as_person(GIULIA, GENERAL)
    await changes(demo_slack, archived=True)
    await receives(demo_slack, EMMA, f"<#{BILLING_CHANNEL}> is archived.")
    await emma.types("/billing health")
    health = text_of(await emma.reads("The books are right"))
    assert "Announcements have been on hold since" in health
    assert f"<#{BILLING_CHANNEL}> is archived. `/billing channel` chooses another channel." in health
    assert f"<#{BILLING_CHANNEL}> is archived." in text_of(
        await emma.opens("/billing channel", "on hold since")
    )
    await giulia.types("/billing stato")
    in_italian = text_of(await giulia.reads("sospesi dal"))
    assert (
        f"<#{BILLING_CHANNEL}> è archiviato. Per scegliere un altro canale: `/billing canale`." in in_italian
    )
    assert "è archiviato." in text_of(await giulia.opens("/billing canale", "sono sospesi dal"))
    await changes(demo_slack, archived=False)
    await demo_slack.delivered("channel_unarchive", 1)
    await demo_slack.becomes(lambda: not problems(demo_slack))


@pytest.mark.product(28, languages="en it")
async def test_made_public_later_it_is_told_no_more_until_somebody_chooses_it_as_it_is(
    demo_slack: Conversation,
) -> None:
    emma = demo_slack.as_person(EMMA)
    await changes(demo_slack, private=True)
    await emma.submits(await emma.opens("/billing channel"), channel=BILLING_CHANNEL)
    await emma.sees_modal("is the billing channel of Piazza")
    await changes(demo_slack, private=False)  # no event says so
    before = await posts_in(demo_slack, BILLING_CHANNEL)
    await cancels_ai_assist(emma)
    (told,) = await receives(demo_slack, EMMA, "Announcements for Piazza are on hold.")
    assert f"<#{BILLING_CHANNEL}> was private and is public now: everyone in this workspace" in told["text"]
    (in_italian,) = await receives(demo_slack, GIULIA, "Gli annunci di Piazza sono sospesi.")
    assert f"<#{BILLING_CHANNEL}> era privato e ora è pubblico: chiunque in questa area" in in_italian["text"]
    assert await posts_in(demo_slack, BILLING_CHANNEL) == before
    await emma.types("/billing health")
    assert "was private and is public now" in text_of(await emma.reads("The books are right"))
    await emma.presses(told, "channel.open", property_id(demo_slack.session.billing, "Piazza"))
    await emma.submits(await emma.sees_modal("was private and is public now"), channel=BILLING_CHANNEL)
    await demo_slack.until_announced("cancelled AI Assist Growth of Piazza")
    await demo_slack.becomes(lambda: problems(demo_slack) == {})


async def test_a_renamed_channel_is_looked_at_again_and_told_under_its_new_name(
    demo_slack: Conversation,
) -> None:
    emma = demo_slack.as_person(EMMA)
    asked = len(demo_slack.calls("conversations.info"))
    await changes(demo_slack, name="finance")
    await demo_slack.delivered("conversations.info", asked + 1)
    await cancels_ai_assist(emma)
    await demo_slack.until_announced("cancelled AI Assist Growth of Piazza")
    await demo_slack.becomes(lambda: problems(demo_slack) == {})


async def test_an_archived_channel_cannot_be_chosen(demo_slack: Conversation) -> None:
    await changes(demo_slack, GENERAL, app=True)
    await changes(demo_slack, GENERAL, archived=True)
    emma = demo_slack.as_person(EMMA)
    answer = await emma.submits(await emma.opens("/billing channel"), channel=GENERAL)
    assert "This channel is archived" in answer["errors"]["channel"]
    assert problems(demo_slack) == {}  # nobody is announced there


async def test_a_deleted_channel_is_told_and_what_waits_is_not_lost(demo_slack: Conversation) -> None:
    demo_slack.may_fail.add("conversations.info")  # Slack says channel_not_found
    del demo_slack.session.sandbox.workspace.channels[BILLING_CHANNEL]
    await cancels_ai_assist(demo_slack.as_person(EMMA, GENERAL))
    (told,) = await receives(demo_slack, EMMA, "Announcements for Piazza are on hold.")
    assert f"<#{BILLING_CHANNEL}> was deleted, or it is private" in told["text"]
    assert problems(demo_slack) == {BILLING_CHANNEL: "not_found"}


async def test_a_support_channel_that_strangers_read_gets_no_message_and_health_says_so(
    demo_slack: Conversation,
) -> None:
    emma = demo_slack.as_person(EMMA)
    await changes(demo_slack, SUPPORT.channel, shared=True)
    await emma.submits(await emma.opens("/billing contact", "Your message"), message="Which plan fits ten?")
    await emma.sees_modal("is on its way")
    await demo_slack.turn_clock(advance="1m")
    assert not [m for m in await posts_in(demo_slack, SUPPORT.channel) if "fits ten" in m["text"]]
    await emma.types("/billing health")
    health = text_of(await emma.reads("The books are right"))
    assert "Messages to support have been on hold since" in health
    assert f"<#{SUPPORT.channel}> {SHARED}. Tell whoever runs this app." in health
    await changes(demo_slack, SUPPORT.channel, shared=False)
    await demo_slack.until(
        lambda state: [
            m for m in state["messages"] if m["channel"] == SUPPORT.channel and "fits ten" in m["text"]
        ]
    )


async def test_what_happens_to_other_channels_and_in_other_workspaces_is_no_matter(
    demo_slack: Conversation,
) -> None:
    workspace = demo_slack.session.sandbox.workspace
    wire, channel = Wire(demo_slack), workspace.channels[BILLING_CHANNEL]
    await changes(demo_slack, GENERAL, archived=True)
    foreign = payloads.channel_change(workspace, channel, "channel_archive") | {"team_id": "T0FOREIGN01"}
    await wire.tells(foreign)
    await wire.tells(payloads.channel_change(workspace, channel, "member_joined_channel", user=demo.LUCA.id))
    await wire.tells(payloads.channel_change(workspace, channel, "channel_archive") | {"authorizations": []})
    await demo_slack.becomes(lambda: problems(demo_slack) == {})
