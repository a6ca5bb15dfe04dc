"""Who changes or renews a plan that has no card sees its price, adds one, and the form goes on by itself."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
from sqlalchemy import text

from billing import Actor, Billing
from billing.services import payment_methods
from billing.services.verify import verify
from sandbox import demo
from sandbox.demo import EMMA
from tests.stories.conversation import Conversation, Person, Seen, buttons, text_of
from tests.stories.records import property_id, rows, subscription_id
from tests.stories.test_old_buttons import OTHER_CARD
from tests.stories.test_payment_methods import MASTERCARD, link_in, posts, saves_card

SAVED_THEN_DECLINED = "4000000000000341"
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


PAID_WITH = (
    "SELECT a.card FROM payment_attempts a JOIN payments p ON p.id = a.payment_id"
    " WHERE p.subscription_id = :id AND p.state = 'paid' AND a.card LIKE 'Mastercard%'"
)


async def to_change(emma: Person, waits: str) -> Seen:
    form = await emma.opens("/billing change ai", "AI Assist Growth")
    await emma.chooses(form, "plan", "business:month")
    return await emma.sees_modal(waits)


async def to_renew(emma: Person, waits: str) -> Seen:
    return await emma.opens("/billing renew video", waits)


def without_card(billing: Billing, plan: str) -> None:
    """As after a transfer: its card stayed behind."""
    with billing.engine.begin() as connection:
        connection.execute(
            text("UPDATE subscriptions SET payment_method_id = NULL WHERE id = :id"), {"id": plan}
        )


@pytest.mark.parametrize("locale", ["en-GB", "it-IT"])
@pytest.mark.parametrize(("opens", "add_on"), [(to_change, "ai-assist"), (to_renew, "video-voice")])
async def test_the_form_is_drawn_anew_when_the_card_is_saved_and_then_charges_it(
    paying_slack: Conversation, opens: Callable[[Person, str], Awaitable[Seen]], add_on: str, locale: str
) -> None:
    await paying_slack.session.sandbox.change_user(EMMA.id, locale=locale)
    emma, billing = paying_slack.as_person(EMMA), paying_slack.session.billing
    waits, charged, card, change, renew = WORDS[locale[:2]]
    plan = subscription_id(billing, "Piazza", add_on)
    without_card(billing, plan)
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
        return rows(billing, PAID_WITH, id=plan)

    assert await paying_slack.until(collected) == [("Mastercard 4444",)]
    assert verify(billing) == ()


@pytest.mark.parametrize("locale", ["en-GB", "it-IT"])
@pytest.mark.parametrize(("opens", "add_on"), [(to_change, "ai-assist"), (to_renew, "video-voice")])
async def test_the_form_is_drawn_anew_beneath_when_a_saved_card_is_chosen(
    demo_slack: Conversation, opens: Callable[[Person, str], Awaitable[Seen]], add_on: str, locale: str
) -> None:
    await demo_slack.session.sandbox.change_user(EMMA.id, locale=locale)
    emma, billing = demo_slack.as_person(EMMA), demo_slack.session.billing
    waits, charged, card, *_ = WORDS[locale[:2]]
    plan = subscription_id(billing, "Piazza", add_on)
    without_card(billing, plan)
    actor, piazza = Actor(demo.TEAM.id, EMMA.id, "demo"), property_id(billing, "Piazza")
    other = payment_methods.keep(billing, actor, piazza, "pm_card_other", OTHER_CARD)
    form = await opens(emma, waits)
    await emma.presses(form, "payment_method.open", *buttons(form, "payment_method.open"))
    await emma.submits(await emma.sees_modal("Mastercard"), payment_method_id=other)

    def drawn_anew(state: Seen) -> bool:
        shown = text_of(state["views"][EMMA.id][0])
        return charged in shown and card in shown and waits not in shown

    await demo_slack.until(drawn_anew)
    assert rows(billing, "SELECT payment_method_id FROM subscriptions WHERE id = :s", s=plan) == [(other,)]


@pytest.mark.parametrize("locale", ["en-GB", "it-IT"])
async def test_a_card_that_is_added_after_a_decline_leads_back_to_the_question(
    paying_slack: Conversation, locale: str
) -> None:
    await paying_slack.session.sandbox.change_user(EMMA.id, locale=locale)
    emma, billing = paying_slack.as_person(EMMA), paying_slack.session.billing
    card, renew = WORDS[locale[:2]][2], WORDS[locale[:2]][4]
    plan = subscription_id(billing, "Piazza", "video-voice")
    await saves_card(paying_slack, EMMA, "/billing payment ai", SAVED_THEN_DECLINED)
    with billing.engine.begin() as connection:
        declines = "(SELECT id FROM payment_methods WHERE last_four = '0341')"
        connection.execute(
            text(f"UPDATE subscriptions SET payment_method_id = {declines} WHERE id = :id"), {"id": plan}
        )
    await emma.submits(await emma.opens("/billing renew video", renew))
    declined = await emma.sees_modal("payment_method.new")
    await emma.presses(declined, "payment_method.new", *buttons(declined, "payment_method.new"))
    await posts(link_in(await emma.sees_modal("/gateway/pay/")), number=MASTERCARD, expiry="12/30", cvc="123")
    await emma.closes(await emma.sees_modal("4444"))
    question = await emma.sees_modal(renew)
    assert card in text_of(question)
    await emma.submits(question)
    assert await paying_slack.until(lambda _: rows(billing, PAID_WITH, id=plan)) == [("Mastercard 4444",)]
