"""Buttons that mean nothing any more, and payments without a card: what is said is so, and there is a way on."""

from __future__ import annotations

from billing import Actor
from billing.adapters.gateways.sandbox import Behaviour
from billing.services import payment_methods, transfers
from billing.values.snapshots import CardSnapshot
from sandbox import demo
from sandbox.demo import EMMA, GIULIA
from tests.stories.conversation import Conversation, Seen, buttons, text_of
from tests.stories.records import property_id, rows, subscription_id
from tests.stories.test_changing import CARD, gateway
from tests.stories.test_paying import ai_assist_unpaid
from tests.stories.test_unusable_channels import receives

OTHER_CARD = CardSnapshot("Mastercard", "4444", 12, 2039)
SAID = {
    "en": {
        "failed": "Payment of €35.38 with VAT for AI Assist Growth of Piazza failed",
        "paid": "Paid: €35.38 with VAT for AI Assist Growth of Piazza",
        "nothing": "No payment is due here any more. Nothing was charged now.",
        "yes": "Yes, renew",
        "declined": "Payment failed: the bank no longer accepts this card. Nothing was charged or changed.",
        "renewed": "Video and Voice Standard of Piazza restarted",
        "no card": "€35.38 with VAT for Remove Branding Standard of Bottega wasn't charged: it has no card yet. "
        "No bank was asked.",
        "add": "Add a card",
        "renews": "You are about to renew *Remove Branding Standard* of the property *Bottega*",
    },
    "it": {
        "failed": "Pagamento di 35,38\xa0€ IVA inclusa per AI Assist Growth di Piazza non riuscito",
        "paid": "Pagato: 35,38\xa0€ IVA inclusa per AI Assist Growth di Piazza",
        "nothing": "Qui non c’è più nulla da pagare",
        "yes": "Sì, rinnova",
        "declined": "Pagamento non riuscito: ",
        "renewed": "Video and Voice Standard di Piazza",
        "no card": "35,38\xa0€ IVA inclusa per Remove Branding Standard di Bottega: nessun addebito, perché non c’è "
        "ancora una carta. Nessuna banca è stata interpellata.",
        "add": "Aggiungi una carta",
        "renews": "Stai per rinnovare *Remove Branding Standard* della proprietà *Bottega*",
    },
}


async def in_language(slack: Conversation, language: str) -> dict[str, str]:
    if language == "it":
        await slack.session.sandbox.change_user(EMMA.id, locale="it-IT")
    return SAID[language]


async def redrawn(slack: Conversation, message: Seen) -> Seen:
    """The message once it stands there with fewer buttons."""

    def look(state: Seen) -> list[Seen]:
        same = [
            m for m in state["messages"] if (m["ts"], m["channel"]) == (message["ts"], message["channel"])
        ]
        return [m for m in same if not buttons(m, "payment.pay")]

    (now,) = await slack.until(look)
    found: Seen = now
    return found


async def an_old_pay_button_goes(slack: Conversation, language: str) -> None:
    said, emma, giulia = await in_language(slack, language), slack.as_person(EMMA), slack.as_person(GIULIA)
    announced = await ai_assist_unpaid(slack, unpaid=said["failed"])
    (mine,) = await receives(slack, EMMA, said["failed"])
    await giulia.presses(announced, "payment.pay", *buttons(announced, "payment.pay"))
    await slack.until_announced(said["paid"])
    charged = len(gateway(slack).charged())
    await emma.presses(mine, "payment.pay", *buttons(mine, "payment.pay"))
    await emma.reads(said["nothing"])
    now = await redrawn(slack, mine)
    assert now["text"] == mine["text"]  # what happened on that day stays as it was said
    assert buttons(now, "payment_method.open") == buttons(mine, "payment_method.open")
    assert len(gateway(slack).charged()) == charged


async def test_an_old_pay_button_says_that_nothing_is_due_and_goes(demo_slack: Conversation) -> None:
    await an_old_pay_button_goes(demo_slack, "en")


async def test_an_old_pay_button_says_so_in_italian_too(italian_slack: Conversation) -> None:
    await an_old_pay_button_goes(italian_slack, "it")


async def test_pay_now_that_paid_leaves_the_message_without_it(demo_slack: Conversation) -> None:
    emma = demo_slack.as_person(EMMA)
    await ai_assist_unpaid(demo_slack)
    (mine,) = await receives(demo_slack, EMMA, SAID["en"]["failed"])
    await emma.presses(mine, "payment.pay", *buttons(mine, "payment.pay"))
    await emma.sees_modal(SAID["en"]["paid"])
    assert (await redrawn(demo_slack, mine))["text"] == mine["text"]


async def another_card_restarts_it(slack: Conversation, language: str) -> None:
    said, emma, billing = await in_language(slack, language), slack.as_person(EMMA), slack.session.billing
    actor, piazza = Actor(demo.TEAM.id, EMMA.id, "demo"), property_id(billing, "Piazza")
    other = payment_methods.keep(billing, actor, piazza, "pm_card_other", OTHER_CARD)
    gateway(slack).expect(CARD, Behaviour.DECLINES_FOR_GOOD)
    question = await emma.opens("/billing renew video", said["yes"])
    assert "payment_method_id" not in text_of(question)
    await emma.submits(question)
    again = await emma.sees_modal(said["declined"])
    assert "Mastercard" in text_of(again)
    video = subscription_id(billing, "Piazza", "video-voice")
    state = "SELECT status FROM subscriptions WHERE id = :s"
    assert rows(billing, state, s=video) == [("ended",)]  # as it says
    await emma.submits(again, payment_method_id=other)
    shown = await emma.sees_modal("to Mastercard" if language == "en" else "con Mastercard")
    assert said["declined"] not in text_of(shown)
    await emma.submits(shown)
    await emma.sees_modal(said["renewed"])
    assert rows(billing, state, s=video) == [("active",)]
    ((paid_with,),) = rows(billing, "SELECT payment_method_id FROM subscriptions WHERE id = :s", s=video)
    assert paid_with == other
    assert [order.token for order in gateway(slack).charged("restart")] == ["pm_card_other"]


async def test_a_restart_that_was_declined_offers_another_card_at_once(
    demo_slack: Conversation,
) -> None:
    await another_card_restarts_it(demo_slack, "en")


async def test_a_restart_that_was_declined_offers_another_card_in_italian_too(
    italian_slack: Conversation,
) -> None:
    await another_card_restarts_it(italian_slack, "it")


async def nobody_blames_the_bank(slack: Conversation, language: str) -> None:
    said, emma, billing = await in_language(slack, language), slack.as_person(EMMA), slack.session.billing
    actor, moved = Actor(demo.TEAM.id, EMMA.id, "demo"), subscription_id(billing, "Piazza", "remove-branding")
    transfers.transfer(billing, actor, moved, property_id(billing, "Bottega"))
    calls = gateway(slack).calls
    due = next(m for m in (await slack.state())["clock"]["upcoming"] if "Remove Branding" in m["label"])
    while (soonest := (await slack.state())["clock"]["upcoming"][0])["at"] < due["at"]:
        await slack.turn_clock(to=soonest["at"])
    before = len(calls)
    await slack.turn_clock(to=due["at"])
    (told,) = await receives(slack, EMMA, said["no card"])
    assert len(calls) == before  # no bank was asked, as it says
    assert not buttons(told, "payment.pay")
    await emma.presses(told, "payment_method.open", moved)
    await emma.closes(await emma.sees_modal("Remove Branding Standard"))
    ((payment,),) = rows(
        billing, "SELECT id FROM payments WHERE subscription_id = :s AND state = 'open'", s=moved
    )
    assert payment
    # It ends unpaid; to renew it a card is asked for.
    for _ in range(8):
        await slack.turn_clock(advance="4d")
    await emma.types("/billing property bottega")
    await emma.reads("Bottega")
    home = await emma.opens_home("Remove Branding Standard")
    await emma.presses(home, "renewal.open", moved)
    question = await emma.sees_modal(said["renews"])
    assert buttons(question, "payment_method.new") == [moved]


async def test_without_a_card_no_bank_is_blamed(demo_slack: Conversation) -> None:
    await nobody_blames_the_bank(demo_slack, "en")


async def test_without_a_card_no_bank_is_blamed_in_italian_either(italian_slack: Conversation) -> None:
    await nobody_blames_the_bank(italian_slack, "it")
