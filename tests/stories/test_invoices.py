"""The invoices of each subscription and of the property: product line 16."""

from __future__ import annotations

import re

import pytest

from sandbox.demo import ANNA, EMMA, GIULIA
from tests.stories.conversation import Conversation, Seen, buttons, text_of, words_of
from tests.stories.records import invoice_ids, rows, subscription_id

NUMBER = re.compile(r"\*(\d{4}-\d{6})\*")


def numbers(seen: Seen) -> list[str]:
    return NUMBER.findall(text_of(seen))


def issued_numbers(slack: Conversation, property_name: str) -> list[str]:
    """As they stand in the ledger, newest first."""
    found = rows(
        slack.session.billing,
        "SELECT i.number FROM invoices i JOIN properties p ON p.id = i.property_id"
        " WHERE p.name = :name ORDER BY i.issued_at DESC, i.sequence DESC",
        name=property_name,
    )
    return [str(row[0]) for row in found]


@pytest.mark.product(16, languages="en")
async def test_the_newest_invoices_stand_beside_their_subscription(demo_slack: Conversation) -> None:
    home = await demo_slack.as_person(EMMA).opens_home("AI Assist Growth")
    billing = demo_slack.session.billing
    for add_on in ("ai-assist", "remove-branding"):
        newest = invoice_ids(billing, subscription_id(billing, "Piazza", add_on))[:3]
        shown = [value for value in buttons(home, "invoice.send") if value in newest]
        assert shown == newest


async def test_the_list_of_one_subscription_opens_from_its_button(demo_slack: Conversation) -> None:
    emma = demo_slack.as_person(EMMA)
    home = await emma.opens_home("AI Assist Growth")
    billing = demo_slack.session.billing
    wanted = subscription_id(billing, "Piazza", "ai-assist")
    (button,) = [value for value in buttons(home, "invoice.list") if wanted in value]
    await emma.presses(home, "invoice.list", button)
    listed = await emma.sees_modal("*AI Assist Growth*, property *Piazza*")
    assert buttons(listed, "invoice.send") == invoice_ids(billing, wanted)


@pytest.mark.product(16, languages="it")
async def test_the_list_of_the_whole_property_opens_from_the_card(demo_slack: Conversation) -> None:
    giulia = demo_slack.as_person(GIULIA)
    await giulia.types("/billing")
    card = await giulia.reads("Acquisti e fatture")
    await giulia.presses(card, "invoice.list", buttons(card, "invoice.list")[0])
    assert numbers(await giulia.sees_modal("Pagina 1 di")) == issued_numbers(demo_slack, "Piazza")[:8]


async def test_two_years_of_invoices_are_leafed_through_page_by_page(demo_slack: Conversation) -> None:
    await demo_slack.turn_clock(advance="731d")
    anna = demo_slack.as_person(ANNA)
    await anna.types("/billing invoices")
    expected = issued_numbers(demo_slack, "Piazza")
    pages = -(-len(expected) // 8)
    assert pages > 5
    seen: list[str] = []
    for page in range(1, pages + 1):
        listed = await anna.sees_modal(f"Page {page} of {pages}")
        seen += numbers(listed)
        if page < pages:
            (older,) = [value for value in buttons(listed, "invoice.page") if value.endswith(f":{page + 1}")]
            await anna.presses(listed, "invoice.page", older)
    assert seen == expected
    (newer,) = buttons(listed, "invoice.page")
    await anna.presses(listed, "invoice.page", newer)
    assert (
        numbers(await anna.sees_modal(f"Page {pages - 1} of {pages}"))
        == expected[-8 - len(numbers(listed)) :][:8]
    )


@pytest.mark.product(16, languages="en")
async def test_a_pdf_comes_to_whoever_asked_and_to_nobody_else(demo_slack: Conversation) -> None:
    emma, anna = demo_slack.as_person(EMMA), demo_slack.as_person(ANNA)
    await anna.types("/billing invoices ai")
    listed = await anna.sees_modal("AI Assist Growth")
    wanted = buttons(listed, "invoice.send")[0]
    await anna.presses(listed, "invoice.send", wanted)
    confirmed = await anna.sees_modal("was sent to you in a direct message")
    number = numbers(confirmed)[0]

    (message,) = await anna.direct_messages(1)
    assert re.fullmatch(
        rf"Invoice {number} of \w{{3}} \d{{1,2}}, \d{{4}} for Piazza: €35.38",
        message["text"].splitlines()[0],
    )
    assert [file["name"] for file in message["files"]] == [f"{number}.pdf"]
    assert not await emma.direct_messages(0)
    state = await demo_slack.state()
    assert [m["channel"] for m in state["messages"] if m["files"]] == [message["channel"]]
    written = words_of(await anna.receives_pdf())
    assert number in written
    assert "35.38" in written


async def test_a_pdf_from_the_card_is_confirmed_where_it_was_asked_for(demo_slack: Conversation) -> None:
    giulia = demo_slack.as_person(GIULIA)
    await giulia.types("/billing")
    card = await giulia.reads("Acquisti e fatture")
    await giulia.presses(card, "invoice.send", buttons(card, "invoice.send")[0])
    await giulia.reads("messaggio diretto")
    assert "35,38" in words_of(await giulia.receives_pdf())


async def test_the_same_invoice_asked_for_twice_is_the_same_file(demo_slack: Conversation) -> None:
    emma = demo_slack.as_person(EMMA)
    home = await emma.opens_home("AI Assist Growth")
    wanted = buttons(home, "invoice.send")[0]
    await emma.presses(home, "invoice.send", wanted)
    first = await emma.receives_pdf(1)
    await emma.presses(home, "invoice.send", wanted)
    assert await emma.receives_pdf(2) == first
