"""Links to invoices: a card that holds no amount, details for who may read them, a sentence for who may not."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import Browser, expect

from sandbox.demo import ANNA, EMMA, LUCA
from sandbox.people import User
from tests.stories.browsing import Desktop
from tests.stories.conversation import Conversation, Person, Seen, buttons, text_of
from tests.stories.records import rows

in_one_loop = pytest.mark.asyncio(loop_scope="session")
PLACE = "https://billing.example.com/invoices/"
CHANNEL = "C0BILLING01"


def newest(slack: Conversation) -> tuple[str, str, str]:
    """The newest invoice of Piazza: its id, its number, its total as it is written."""
    ((invoice_id, number, minor),) = rows(
        slack.session.billing,
        "SELECT i.id, i.number, i.total_minor FROM invoices i JOIN properties p ON p.id = i.property_id "
        "WHERE p.name = 'Piazza' ORDER BY i.issued_at DESC, i.sequence DESC LIMIT 1",
    )
    return invoice_id, number, f"€{int(minor) / 100:.2f}"


async def posts(person: Person, text: str) -> str:
    """Writes it into the channel; answers the ts of the message."""
    said = await person.conversation.post("say", user=person.user.id, channel=CHANNEL, text=text)
    assert said["ok"], said
    state = await person.conversation.state()
    return str([one["ts"] for one in state["messages"] if one["text"] == text][-1])


async def card_under(slack: Conversation, ts: str) -> Seen:
    def look(state: Seen) -> Any:
        (message,) = [one for one in state["messages"] if one["ts"] == ts]
        return message.get("attachments")

    (card,) = await slack.until(look)
    found: Seen = card
    return found


async def opens_card(person: Person, ts: str, link: str) -> Seen:
    """The details, or why there are none."""
    conversation = person.conversation
    asked = {"user": person.user.id, "channel": CHANNEL, "message_ts": ts, "url": link}
    assert (await conversation.post("open-entity", **asked))["ok"]

    def look(state: Seen) -> Any:
        details = state["details"].get(person.user.id, {})
        return details if any(details.values()) else None

    found: Seen = await conversation.until(look)
    return found


async def test_a_link_becomes_a_card_without_an_amount_and_details_for_readers(
    demo_slack: Conversation,
) -> None:
    emma, anna = demo_slack.as_person(EMMA), demo_slack.as_person(ANNA)
    invoice_id, number, total = newest(demo_slack)
    link = PLACE + invoice_id
    ts = await posts(emma, f"Look at <{link}>")
    card = await card_under(demo_slack, ts)
    assert f"Invoice {number}" in text_of(card)
    assert total.removeprefix("€") not in str(card)
    assert "Piazza" not in str(card)
    details = await opens_card(anna, ts, link)
    shown = {one["label"]: one["value"] for one in details["entity"]["entity_payload"]["custom_fields"]}
    assert shown["Amount with VAT"] == total
    assert shown["State"] == "paid"


async def test_who_may_not_read_it_gets_a_sentence_and_makes_no_card(demo_slack: Conversation) -> None:
    emma, luca = demo_slack.as_person(EMMA), demo_slack.as_person(LUCA)
    invoice_id, _, total = newest(demo_slack)
    link = PLACE + invoice_id
    ts = await posts(emma, f"See <{link}>")
    await card_under(demo_slack, ts)
    refused = await opens_card(luca, ts, link)
    assert refused["entity"] is None
    assert refused["error"]["status"] == "custom"
    assert refused["error"]["custom_message"].endswith("Emma Clarke, Giulia Rossi.")
    assert total.removeprefix("€") not in str(refused)
    of_luca = await posts(luca, f"And mine <{link}>")
    of_nobody = await posts(emma, f"Of nobody <{PLACE}inv_of_nobody>")
    await demo_slack.delivered("link_shared", 3)
    state = await demo_slack.state()
    under = {one["ts"]: one.get("attachments") or [] for one in state["messages"]}
    assert under[of_luca] == under[of_nobody] == []
    await demo_slack.rests()  # a refusal is written down once its answer is on its way
    refusals = rows(
        demo_slack.session.billing,
        "SELECT refused_as FROM audit_entries WHERE act = 'invoice.look_at' AND refused_as IS NOT NULL",
    )
    assert len(refusals) == 3


async def test_the_message_with_the_pdf_holds_the_link(demo_slack: Conversation) -> None:
    emma = demo_slack.as_person(EMMA)
    invoice_id, _, _ = newest(demo_slack)
    shown = await emma.opens("/billing invoices", "newest first")
    await emma.presses(
        shown, "invoice.send", next(one for one in buttons(shown, "invoice.send") if one == invoice_id)
    )
    (message,) = await emma.direct_messages(1)
    assert f"Link for colleagues: {PLACE}{invoice_id}" in message["text"]


@in_one_loop
@pytest.mark.parametrize(("person", "is_reader"), [(EMMA, True), (LUCA, False)], ids=["reader", "stranger"])
async def test_the_card_opens_beside_the_conversation(
    shown_slack: Conversation, browser: Browser, person: User, is_reader: bool
) -> None:
    invoice_id, number, total = newest(shown_slack)
    await posts(shown_slack.as_person(EMMA), f"Look at <{PLACE}{invoice_id}>")
    async with Desktop.of(browser, shown_slack.session.url, person, album="links") as desktop:
        card = desktop.page.get_by_role("button", name=f"Invoice {number}")
        await expect(card).to_be_visible()
        await expect(card).not_to_contain_text(total)
        await card.click()
        pane = desktop.page.get_by_role("complementary", name="Details" if is_reader else "Dettagli")
        if is_reader:
            await expect(pane).to_contain_text(total)
        else:
            await expect(pane.get_by_text("Fattura", exact=True)).to_be_visible()
            await expect(pane).not_to_contain_text(total)
        await desktop.keeps("details")
        assert desktop.complaints == []
