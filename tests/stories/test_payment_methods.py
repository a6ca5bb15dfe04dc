"""The card of one subscription, by wire to the gateway's own pages: product lines 7, 8 and 33."""

from __future__ import annotations

import pytest
from aiohttp import ClientSession

from billing.services.verify import verify
from sandbox.demo import EMMA, GIULIA
from sandbox.gateway.faults import Fault
from sandbox.people import User
from tests.stories.conversation import Conversation, Seen, buttons, text_of
from tests.stories.records import rows, subscription_id

VISA_THAT_ASKS = "4000 0027 6000 3184"
MASTERCARD = "5555 5555 5555 4444"


def link_in(shown: Seen) -> str:
    """Where the link button of a message or modal leads."""
    (url,) = [
        element["url"]
        for block in shown["blocks"]
        for element in block.get("elements", [])
        if isinstance(element, dict) and "url" in element
    ]
    return str(url)


async def posts(url: str, **typed: str) -> str:
    """Fills in a page of the gateway, in the browser's stead."""
    async with ClientSession() as http, http.post(url, data=typed) as answer:
        assert answer.status == 200, await answer.text()
        return await answer.text()


async def saves_card(slack: Conversation, person: User, words: str, number: str) -> Seen:
    """Adds a card for AI Assist on the hosted page; answers the direct message once it says so."""
    somebody = slack.as_person(person)
    form = await somebody.opens(words, "4242")
    await somebody.presses(form, "payment_method.new", *buttons(form, "payment_method.new"))
    shown = await somebody.sees_modal("/gateway/pay/")
    (told,) = await somebody.direct_messages(1)
    assert link_in(shown) == link_in(told)
    await posts(link_in(told), number=number, expiry="12/30", cvc="123")

    def look(state: Seen) -> list[Seen]:
        return [m for m in state["messages"] if m["ts"] == told["ts"] and "/gateway/pay/" not in text_of(m)]

    (edited,) = await slack.until(look)
    return dict(edited)


@pytest.mark.parametrize(
    ("person", "words", "saved"),
    [
        (
            EMMA,
            "/billing payment ai",
            "Mastercard •••• 4444 is saved and now pays for AI Assist Growth of Piazza",
        ),
        (GIULIA, "/billing carta ai", "Mastercard •••• 4444 è salvata"),
    ],
)
@pytest.mark.product(7, 8, languages="en it")
async def test_a_new_card_is_entered_at_the_gateway_and_the_message_says_so_by_itself(
    paying_slack: Conversation, person: User, words: str, saved: str
) -> None:
    edited = await saves_card(paying_slack, person, words, MASTERCARD)
    assert saved in edited["text"]
    home = await paying_slack.as_person(person).opens_home("4444")
    assert "5555" not in text_of(home)
    assert verify(paying_slack.session.billing) == ()


@pytest.mark.product(7, languages="en")
async def test_the_next_charge_uses_the_new_card_and_other_subscriptions_keep_theirs(
    paying_slack: Conversation,
) -> None:
    billing = paying_slack.session.billing
    before = rows(billing, "SELECT id, payment_method_id FROM subscriptions ORDER BY id")
    await saves_card(paying_slack, EMMA, "/billing payment ai", MASTERCARD)
    after = rows(billing, "SELECT id, payment_method_id FROM subscriptions ORDER BY id")
    ai_assist = subscription_id(billing, "Piazza", "ai-assist")
    assert [new[0] for old, new in zip(before, after, strict=True) if old != new] == [ai_assist]
    await paying_slack.turn_clock(advance="31d")
    told = await paying_slack.until_announced("Paid: €35.38 with VAT for AI Assist Growth of Piazza")
    assert "Mastercard •••• 4444" in told["text"]


async def test_a_saved_card_is_chosen_and_an_unused_one_removed(paying_slack: Conversation) -> None:
    emma = paying_slack.as_person(EMMA)
    await saves_card(paying_slack, EMMA, "/billing payment ai", MASTERCARD)
    form = await emma.opens("/billing payment ai", "Visa •••• 4242, expires 12/28")
    cards = {one["text"]["text"]: one["value"] for one in _radio(form)}
    visa = next(value for name, value in cards.items() if "4242" in name)
    await emma.submits(form, payment_method_id=visa)
    await emma.sees_modal("AI Assist Growth of Piazza is now paid with Visa •••• 4242.")
    await emma.sees_modal("You're now its Billing Admin. Nothing was charged.")
    again = await emma.opens("/billing payment ai", "Use this card")
    await emma.presses(again, "payment_method.remove", *buttons(again, "payment_method.remove"))
    left = await emma.sees_modal("Use this card", other_than=form["id"])
    await paying_slack.until(lambda state: len(_radio(state["views"][EMMA.id][-1])) == 1)
    assert left


@pytest.mark.product(33, languages="it")
async def test_a_bank_that_asks_gets_its_customer_by_a_direct_message(paying_slack: Conversation) -> None:
    giulia = paying_slack.as_person(GIULIA)
    await saves_card(paying_slack, GIULIA, "/billing carta ai", VISA_THAT_ASKS)
    await paying_slack.turn_clock(advance="31d")
    await paying_slack.until_announced("Waiting for its Billing Admin to confirm the payment of")
    asked = "La tua banca ti chiede di confermare il pagamento di 35,38 €"
    told = next(m for m in await giulia.direct_messages(2) if asked in text_of(m))
    await posts(link_in(told), answer="yes")
    paid = await paying_slack.until_announced("Paid: €35.38 with VAT for AI Assist Growth of Piazza")
    assert "Visa •••• 3184" in paid["text"]
    assert verify(paying_slack.session.billing) == ()


async def test_a_gateway_that_is_away_is_said_kindly_and_nothing_is_begun(paying_slack: Conversation) -> None:
    emma = paying_slack.as_person(EMMA)
    paying_slack.session.gateway.faults.plan("/customers", Fault.DEAF)
    form = await emma.opens("/billing payment ai", "4242")
    await emma.presses(form, "payment_method.new", *buttons(form, "payment_method.new"))
    await emma.sees_modal("isn't responding. Nothing was charged")


def _radio(view: Seen) -> list[Seen]:
    return [
        one
        for block in view["blocks"]
        if block["type"] == "input"
        for one in block["element"].get("options", [])
    ]
