"""Above a limit an admin asks and another one approves, where the team is: product line 49."""

from __future__ import annotations

import pytest

from billing import Actor
from billing.services import properties
from sandbox import demo
from sandbox.demo import EMMA, GIULIA
from sandbox.people import User
from tests.stories.conversation import Conversation, Seen, buttons, text_of
from tests.stories.records import property_id, rows

# What whoever asks reads, in their language, and what the channel reads, in that of the workspace.
SAID = {
    "en": (
        "This needs another admin's approval",
        "Asked for approval. Nothing was charged or changed",
        "asks to buy for Piazza: Video and Voice Plus, monthly.",
        "approved it: done, and €",
        "declined it. Nothing was charged or changed",
        "You asked for this yourself",
        "it has expired. Nothing was charged",
        "withdrew it. Nothing was charged",
    ),
    "it": (
        "Serve l’approvazione di un altro amministratore",
        "Approvazione richiesta. Nulla è stato addebitato o modificato",
        "chiede di acquistare per Piazza: Video and Voice Plus, fatturazione mensile.",
        "ha approvato: fatto, addebitati",
        "ha rifiutato. Nulla è stato addebitato o modificato",
        "L’hai chiesto tu",
        "la richiesta è scaduta. Nulla è stato addebitato",
        "ha ritirato la richiesta. Nulla è stato addebitato",
    ),
}
ENGLISH_ASKS, ITALIAN_ASKS = (("en-GB", EMMA, GIULIA), ("it-IT", GIULIA, EMMA))
IN_BOTH = pytest.mark.parametrize(
    ("slack", "person", "other"),
    [ENGLISH_ASKS, ITALIAN_ASKS],
    indirect=["slack"],
    ids=["English", "Italian"],
)


async def limit_is_set(slack: Conversation) -> None:
    """Emma owns Piazza."""
    emma = slack.as_person(EMMA)
    form = await emma.opens("/billing approvals", "limit.change")
    await emma.submits(form, amount="10")
    await emma.sees_modal("a purchase or an upgrade that charges more than €10.00 at once waits")


async def asks(slack: Conversation, person: User) -> Seen:
    """The message that the channel reads of the request."""
    reader, (needs, asked, told, *_) = slack.as_person(person), SAID[slack.language]
    form = await reader.opens("/billing buy", "video-voice")
    await reader.submits(form, offer="video-voice:plus:month")
    await reader.submits(await reader.sees_modal(needs))
    await reader.sees_modal(asked)
    return await slack.until_announced(told)


def bought(slack: Conversation) -> int:
    found = rows(slack.session.billing, "SELECT id FROM subscriptions WHERE add_on_id = 'video-voice'")
    return len(found)


@pytest.mark.product(49, languages="en it")
@IN_BOTH
async def test_it_is_done_when_another_admin_approves_it_in_the_channel(
    slack: Conversation, person: User, other: User
) -> None:
    _, _, told, done, _, own, _, _ = SAID[slack.language]
    await limit_is_set(slack)
    before = bought(slack)
    message = await asks(slack, person)
    asker, approver = slack.as_person(person), slack.as_person(other)
    await asker.presses(message, "request.approve", *buttons(message, "request.approve"))
    await asker.reads(own)
    assert bought(slack) == before
    await approver.presses(message, "request.approve", *buttons(message, "request.approve"))
    review = await approver.sees_form("request.approve_confirmed")
    assert "Visa •••• 4242" in text_of(review)
    await approver.submits(review)
    message = await slack.until_announced(done)
    assert f"<@{other.id}>" in message["text"]
    assert not buttons(message, "request.approve")
    assert not [one for one in await slack.announcements() if told in one["text"]]
    assert bought(slack) == before + 1


@IN_BOTH
async def test_an_answer_that_comes_too_late_reads_what_became_of_it(
    slack: Conversation, person: User, other: User
) -> None:
    _, _, told, _, declined, _, expired, _ = SAID[slack.language]
    await limit_is_set(slack)
    before = bought(slack)
    message = await asks(slack, person)
    approver = slack.as_person(other)
    await approver.presses(message, "request.decline", *buttons(message, "request.decline"))
    old = message
    await slack.until_announced(declined)
    await approver.presses(old, "request.approve", *buttons(old, "request.approve"))
    await asks(slack, person)
    await slack.turn_clock(advance="73h")
    message = await slack.until_announced(expired)
    assert not buttons(message, "request.approve")
    assert not [one for one in await slack.announcements() if told in one["text"]]
    assert bought(slack) == before


@IN_BOTH
async def test_who_asked_withdraws_it_from_the_list_of_what_waits(
    slack: Conversation, person: User, other: User
) -> None:
    *_, withdrew = SAID[slack.language]
    await limit_is_set(slack)
    await asks(slack, person)
    asker = slack.as_person(person)
    shown = await asker.opens("/billing approvals")
    assert not buttons(shown, "request.approve")
    await asker.presses(shown, "request.decline", *buttons(shown, "request.decline"))
    await asker.sees_modal(withdrew)
    await slack.until_announced(withdrew)
    piazza = property_id(slack.session.billing, "Piazza")
    log = rows(
        slack.session.billing,
        "SELECT user_id, act FROM audit_entries WHERE act LIKE 'purchase_request%' AND property_id = :p ORDER BY id",
        p=piazza,
    )
    assert log == [(person.id, "purchase_request.ask"), (person.id, "purchase_request.withdraw")]
    shown = await slack.as_person(other).opens("/billing approvals")
    assert not buttons(shown, "request.approve")


@pytest.mark.parametrize("slack", ["en-GB"], indirect=True)
async def test_without_a_channel_the_other_admin_answers_in_their_direct_messages(
    slack: Conversation,
) -> None:
    await limit_is_set(slack)
    billing, emma = slack.session.billing, Actor(demo.TEAM.id, EMMA.id)
    properties.announce_in(billing, emma, property_id(billing, "Piazza"), None)
    asker, approver = slack.as_person(EMMA), slack.as_person(GIULIA)
    form = await asker.opens("/billing buy", "video-voice")
    await asker.submits(form, offer="video-voice:plus:month")
    await asker.submits(await asker.sees_modal("This needs another admin's approval"))
    (message,) = await approver.direct_messages(1)
    assert "chiede di acquistare per Piazza" in message["text"]
    await approver.presses(message, "request.decline", *buttons(message, "request.decline"))
    (told,) = await asker.direct_messages(1)
    assert told["text"].endswith(f"<@{GIULIA.id}> declined it. Nothing was charged or changed.")

    def is_said_in_place(state: Seen) -> bool:
        return any(one["ts"] == message["ts"] and "ha rifiutato" in one["text"] for one in state["messages"])

    await slack.until(is_said_in_place)
