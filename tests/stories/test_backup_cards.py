"""A backup card that is chosen, shown, charged where the first is declined, and told: product line 51."""

from __future__ import annotations

import pytest

from billing import Actor
from billing.adapters.gateways.sandbox import Behaviour
from billing.services import payment_methods
from billing.services.verify import verify
from billing.values.snapshots import CardSnapshot
from sandbox.demo import EMMA, GIULIA
from sandbox.people import User
from tests.stories.conversation import Conversation, buttons, text_of
from tests.stories.records import property_id, rows, subscription_id
from tests.stories.test_changing import CARD, gateway

SAID = {
    "en": (
        "/billing payment ai",
        "Backup card: Mastercard •••• 5555.",
        "Choose another card as the backup",
        "Visa •••• 4242, backup Mastercard •••• 5555",
        "Paid: €35.38 with VAT for AI Assist Growth of Piazza",
        "Mastercard •••• 5555 is the backup card: Visa •••• 4242 couldn't be charged (the bank no longer",
        "From now on Mastercard •••• 5555 pays, and there is no backup card.",
    ),
    "it": (
        "/billing carta ai",
        "Carta di riserva: Mastercard •••• 5555.",
        "Scegli un’altra carta di riserva",
        "Visa •••• 4242, di riserva Mastercard •••• 5555",
        "Pagato: 35,38\xa0€ IVA inclusa per AI Assist Growth di Piazza",
        "Mastercard •••• 5555 è la carta di riserva: non è stato possibile addebitare Visa •••• 4242 (la banca non",
        "D’ora in poi paga Mastercard •••• 5555 e non c’è più una carta di riserva.",
    ),
}


@pytest.mark.product(51, languages="en it")
@pytest.mark.parametrize(
    ("slack", "person"), [("en-GB", EMMA), ("it-IT", GIULIA)], indirect=["slack"], ids=["English", "Italian"]
)
async def test_an_admin_chooses_it_and_the_channel_reads_that_it_was_charged_and_why(
    slack: Conversation, person: User
) -> None:
    words, chosen, other, shown, paid, declined, pays = SAID[slack.language]
    reader, billing = slack.as_person(person), slack.session.billing
    plan, home = subscription_id(billing, "Piazza", "ai-assist"), property_id(billing, "Piazza")
    ((workspace, first),) = rows(
        billing, "SELECT workspace_id, payment_method_id FROM subscriptions WHERE id = :s", s=plan
    )
    card = CardSnapshot("Mastercard", "5555", 12, 2030)
    backup = payment_methods.keep(billing, Actor(workspace, EMMA.id), home, "tok_backup", card)

    form = await reader.opens(words, "4242")
    refused = await reader.submits(form, payment_method_id=first, backup_id=first)
    assert other in refused["errors"]["backup_id"]
    await reader.submits(form, payment_method_id=first, backup_id=backup)
    await reader.sees_modal(chosen)
    await reader.opens_home(shown)

    due = next(m for m in (await slack.state())["clock"]["upcoming"] if "AI Assist Growth" in m["label"])
    while (soonest := (await slack.state())["clock"]["upcoming"][0])["at"] < due["at"]:
        await slack.turn_clock(to=soonest["at"])
    gateway(slack).expect(CARD, Behaviour.DECLINES_FOR_GOOD)
    await slack.turn_clock(to=due["at"])
    told = await slack.until_announced(declined)
    assert paid in told["text"]
    assert pays in told["text"]
    assert buttons(told, "payment_method.open") == [plan]
    await slack.deliver_mail()
    *_, in_her_language, also = SAID["en"]  # Emma's, who gets the receipts
    mails = [mail["text"] for mail in (await slack.state())["mail"]]
    assert [in_her_language in mail and also in mail for mail in mails].count(True) == 1, mails
    assert shown not in text_of(await reader.opens_home("Mastercard •••• 5555"))
    assert rows(billing, "SELECT status FROM subscriptions WHERE id = :s", s=plan) == [("active",)]
    assert verify(billing) == ()
