"""Who changes or renews a plan that has no card sees its price, adds one, and the form goes on by itself."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
from sqlalchemy import text

from billing.services.verify import verify
from sandbox.demo import EMMA
from tests.stories.conversation import Conversation, Person, Seen, buttons, text_of
from tests.stories.records import rows, subscription_id
from tests.stories.test_payment_methods import MASTERCARD, link_in, posts

WORDS = {
    "en": (
        "Add a card to continue.",
        "*Charged now:*",
        "Mastercard •••• 4444",
        "Yes, change plan",
        "Yes, renew",
    ),
    "it": (
        "Aggiungi una carta per continuare.",
        "*Oggi paghi:*",
        "Mastercard •••• 4444",
        "Sì, cambia piano",
        "Sì, rinnova",
    ),
}


async def to_change(emma: Person, waits: str) -> Seen:
    form = await emma.opens("/billing change ai", "AI Assist Growth")
    await emma.chooses(form, "plan", "business:month")
    return await emma.sees_modal(waits)


async def to_renew(emma: Person, waits: str) -> Seen:
    return await emma.opens("/billing renew video", waits)


@pytest.mark.parametrize("locale", ["en-GB", "it-IT"])
@pytest.mark.parametrize(("opens", "add_on"), [(to_change, "ai-assist"), (to_renew, "video-voice")])
async def test_the_form_is_drawn_anew_when_the_card_is_saved_and_then_charges_it(
    paying_slack: Conversation, opens: Callable[[Person, str], Awaitable[Seen]], add_on: str, locale: str
) -> None:
    await paying_slack.session.sandbox.change_user(EMMA.id, locale=locale)
    emma, billing = paying_slack.as_person(EMMA), paying_slack.session.billing
    waits, charged, card, change, renew = WORDS[locale[:2]]
    plan = subscription_id(billing, "Piazza", add_on)
    with billing.engine.begin() as connection:  # as after a transfer: its card stayed behind
        connection.execute(
            text("UPDATE subscriptions SET payment_method_id = NULL WHERE id = :id"), {"id": plan}
        )
    form = await opens(emma, waits)
    assert charged not in text_of(form)
    await emma.presses(form, "payment_method.new", *buttons(form, "payment_method.new"))
    page = await emma.sees_modal("/gateway/pay/")
    await posts(link_in(page), number=MASTERCARD, expiry="12/30", cvc="123")
    saved = await emma.sees_modal("4444")

    def drawn_anew(state: Seen) -> bool:
        shown = text_of(state["views"][EMMA.id][0])
        return charged in shown and card in shown and waits not in shown

    await paying_slack.until(drawn_anew)
    await emma.closes(saved)
    form = await emma.sees_modal(card)
    if opens is to_change:
        await emma.submits(form)
        form = await emma.sees_modal(change)
    await emma.submits(await emma.sees_modal(change if opens is to_change else renew))

    def collected(_: Seen) -> list[tuple[object, ...]]:
        return rows(
            billing,
            "SELECT a.card FROM payment_attempts a JOIN payments p ON p.id = a.payment_id"
            " WHERE p.subscription_id = :id AND p.state = 'paid' AND a.card LIKE 'Mastercard%'",
            id=plan,
        )

    assert await paying_slack.until(collected) == [("Mastercard 4444",)]
    assert verify(billing) == ()
