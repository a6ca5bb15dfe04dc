"""What is unpaid is paid at once, and every payment is listed: product lines 17 and 32, and the agenda."""

from __future__ import annotations

import asyncio

import pytest

from billing import Actor
from billing.adapters.gateways.sandbox import Behaviour
from billing.services import payment_methods
from billing.values.actors import Role
from billing.values.snapshots import CardSnapshot
from sandbox.demo import ANNA, EMMA, GIULIA, TEAM
from tests.stories.conversation import Conversation, Seen, buttons, text_of
from tests.stories.records import KEPT_OF_REFUSALS, give_role, property_id, rows, subscription_id, tables
from tests.stories.test_changing import CARD, gateway
from tests.stories.wire import presses_as_it_was

UNPAID = "Payment of €35.38 with VAT for AI Assist Growth of Piazza failed"


async def ai_assist_unpaid(slack: Conversation, *then: Behaviour, unpaid: str = UNPAID) -> Seen:
    """The renewal of AI Assist was declined; answers what the channel reads of it. The card then does that."""
    ai_assist = subscription_id(slack.session.billing, "Piazza", "ai-assist")
    ((end,),) = rows(
        slack.session.billing, "SELECT period_end_at FROM subscriptions WHERE id = :id", id=ai_assist
    )
    due = next(m for m in (await slack.state())["clock"]["upcoming"] if "AI Assist Growth" in m["label"])
    assert end
    while (soonest := (await slack.state())["clock"]["upcoming"][0])["at"] < due["at"]:
        await slack.turn_clock(to=soonest["at"])
    gateway(slack).expect(CARD, Behaviour.DECLINES, *then)
    await slack.turn_clock(to=due["at"])
    return await slack.until_announced(unpaid)


async def test_an_unpaid_renewal_is_paid_from_its_announcement(demo_slack: Conversation) -> None:
    giulia = demo_slack.as_person(GIULIA)
    told = await ai_assist_unpaid(demo_slack)
    await giulia.presses(told, "payment.pay", *buttons(told, "payment.pay"))
    await giulia.sees_modal("Pagato: 35,38 € IVA inclusa per AI Assist Growth di Piazza")
    await demo_slack.until_announced("Paid: €35.38 with VAT for AI Assist Growth of Piazza")
    await giulia.closes(await giulia.sees_modal())
    await presses_as_it_was(giulia, told, "payment.pay")
    await giulia.reads("Qui non c’è più nulla da pagare")


async def test_an_unpaid_renewal_is_shown_on_the_page_and_paid_there(demo_slack: Conversation) -> None:
    emma = demo_slack.as_person(EMMA)
    await ai_assist_unpaid(demo_slack)
    home = await emma.opens_home("*Unpaid*")
    assert "€35.38 with VAT: next try on " in text_of(home)
    assert not [value for value in buttons(home, "change.open") if "ai" in value]
    await emma.presses(home, "payment.pay", buttons(home, "payment.pay")[0])
    await emma.sees_modal("Paid: €35.38 with VAT for AI Assist Growth of Piazza. Nothing else changes.")
    after = await emma.sees_home(other_than=home["hash"])
    assert "*Unpaid*" not in text_of(after)
    assert not buttons(after, "payment.pay")


async def test_a_button_that_names_another_card_than_pays_now_charges_nothing_and_asks_again(
    demo_slack: Conversation,
) -> None:
    emma, billing = demo_slack.as_person(EMMA), demo_slack.session.billing
    await ai_assist_unpaid(demo_slack)
    home = await emma.opens_home("*Unpaid*")
    actor, piazza = Actor(TEAM.id, EMMA.id, "demo"), property_id(billing, "Piazza")
    other = payment_methods.keep(
        billing, actor, piazza, "pm_card_other", CardSnapshot("Mastercard", "4444", 12, 2039)
    )
    payment_methods.choose(billing, actor, subscription_id(billing, "Piazza", "ai-assist"), other)
    await presses_as_it_was(emma, home, "payment.pay", buttons(home, "payment.pay")[0])
    asked = await emma.sees_modal("is paid with another card now: Mastercard •••• 4444. Nothing was charged.")
    assert gateway(demo_slack).charged("renewal")[-1].token != "pm_card_other"
    await emma.presses(asked, "payment.pay", *buttons(asked, "payment.pay"))
    await emma.sees_modal("Paid: €35.38 with VAT for AI Assist Growth of Piazza.")
    assert gateway(demo_slack).charged("renewal")[-1].token == "pm_card_other"


async def test_a_card_that_is_declined_again_says_when_it_is_tried_by_itself(
    italian_slack: Conversation,
) -> None:
    giulia = italian_slack.as_person(GIULIA)
    told = await ai_assist_unpaid(
        italian_slack,
        Behaviour.DECLINES,
        unpaid="Pagamento di 35,38\xa0€ IVA inclusa per AI Assist Growth di Piazza non riuscito",
    )
    tries = "SELECT next_try_at, tries FROM payments WHERE state = 'open'"
    before = rows(italian_slack.session.billing, tries)
    await giulia.presses(told, "payment.pay", *buttons(told, "payment.pay"))
    outcome = text_of(await giulia.sees_modal("fondi insufficienti"))
    assert "Non è stato addebitato nulla. Prossimo tentativo" in outcome
    assert rows(italian_slack.session.billing, tries) == before  # the schedule is not used up by it


@pytest.mark.product(33, languages="en")
async def test_a_bank_that_wants_its_customer_gets_them_by_a_link(demo_slack: Conversation) -> None:
    emma = demo_slack.as_person(EMMA)
    told = await ai_assist_unpaid(demo_slack, Behaviour.ASKS_FOR_ACTION)
    await emma.presses(told, "payment.pay", *buttons(told, "payment.pay"))
    await emma.sees_modal("Confirm at the bank")
    home = await emma.opens_home("waiting for confirmation at the bank")
    _, ai_assist = (block for block in home["blocks"] if "Confirm at the bank" in text_of(block))
    assert buttons(
        {"blocks": [ai_assist]}, "payment.pay"
    )  # another try takes the place of the one that waits
    await emma.closes(await emma.sees_modal("Confirm at the bank"))
    await emma.presses(home, "payment.pay", buttons(home, "payment.pay")[0])
    await emma.sees_modal("Paid: €35.38 with VAT for AI Assist Growth of Piazza")


async def test_pay_now_pressed_five_times_at_once_is_one_charge(demo_slack: Conversation) -> None:
    emma = demo_slack.as_person(EMMA)
    told = await ai_assist_unpaid(demo_slack)
    (value,) = buttons(told, "payment.pay")
    before = len(gateway(demo_slack).charged("renewal"))
    await asyncio.gather(*(emma.presses(told, "payment.pay", value) for _ in range(5)))
    await demo_slack.until_announced("Paid: €35.38 with VAT for AI Assist Growth of Piazza")
    assert len(gateway(demo_slack).charged("renewal")) == before + 1


async def test_who_may_only_read_pays_nothing(demo_slack: Conversation) -> None:
    anna, giulia = demo_slack.as_person(ANNA), demo_slack.as_person(GIULIA)
    told = await ai_assist_unpaid(demo_slack)
    (value,) = buttons(told, "payment.pay")
    home = await anna.opens_home("*Unpaid*")
    assert not buttons(home, "payment.pay")
    give_role(demo_slack.session.billing, GIULIA, "Piazza", Role.AGENT)
    besides = (*KEPT_OF_REFUSALS, "outbox")  # that the message was told is written after it can be read
    before = tables(demo_slack.session.billing, but=besides)
    await anna.presses(told, "payment.pay", value)
    await anna.reads("Only admins and owners of this property can change its billing")
    await giulia.presses(told, "payment.pay", value)
    await giulia.reads("Solo amministratori e proprietari")
    assert tables(demo_slack.session.billing, but=besides) == before


@pytest.mark.product(17, languages="en")
async def test_an_accountant_reads_every_payment_failures_too(demo_slack: Conversation) -> None:
    anna = demo_slack.as_person(ANNA)
    await ai_assist_unpaid(demo_slack)
    history = await anna.opens("/billing history ai", "Payment history")
    newest, *_ = [block for block in history["blocks"] if "Visa •••• 4242" in text_of(block)]
    assert "Payment failed: insufficient funds" in text_of(newest)
    for said in ("*AI Assist Growth*, property *Piazza*", "€35.38", "Paid", "invoice 20"):
        assert said in text_of(history)
    await anna.closes(history)
    whole = await anna.opens("/billing history", "All payments of the property *Piazza*")
    assert "Page 1 of 2" in text_of(whole)
    await anna.presses(whole, "payment.page", *buttons(whole, "payment.page"))
    second = await anna.sees_modal("Page 2 of 2")
    assert "Video and Voice" in text_of(second)


async def test_the_agenda_says_what_comes_when_and_for_how_much(demo_slack: Conversation) -> None:
    anna, giulia = demo_slack.as_person(ANNA), demo_slack.as_person(GIULIA)
    shown = text_of(await anna.opens("/billing agenda", "Upcoming charges for the property *Piazza*"))
    for said in (
        "2 dates, soonest first; €70.76 with VAT in total, as things stand",
        "AI Assist Growth renews",
        "Remove Branding Standard renews",
        "Page 1 of 1",
    ):
        assert said in shown
    scadenze = text_of(await giulia.opens("/billing scadenze", "Prossimi addebiti della proprietà *Piazza*"))
    assert "35,38 € IVA inclusa" in scadenze
    assert "AI Assist Growth si rinnova" in scadenze
    await ai_assist_unpaid(demo_slack)
    after = text_of(await anna.opens("/billing agenda", "Upcoming charges for the property *Piazza*"))
    assert "Next try for the past-due invoice of AI Assist Growth" in after


@pytest.mark.product(17, languages="it")
async def test_the_history_behind_the_three_dots_is_the_one_of_that_subscription(
    demo_slack: Conversation,
) -> None:
    giulia = demo_slack.as_person(GIULIA)
    home = await giulia.opens_home("AI Assist Growth")
    wanted = subscription_id(demo_slack.session.billing, "Piazza", "ai-assist")
    await giulia.presses(home, "payment.history", f"{wanted}:1")
    await giulia.sees_modal("*AI Assist Growth*, proprietà *Piazza*")
