"""A card that is stolen, or a bank that waits for the payer: each place is told of one fact once, and it is true."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from billing.adapters.gateways.sandbox import Behaviour
from bot import i18n
from sandbox.demo import BILLING_CHANNEL, EMMA
from tests.stories.conversation import Conversation, Seen
from tests.stories.records import rows, subscription_id
from tests.stories.test_changing import CARD, gateway

STOLEN, WAITS = Behaviour.DECLINES_FOR_GOOD, Behaviour.ASKS_FOR_ACTION
# What each place reads, in this order and nothing else. A language's last sentence is never true here.
SAID = {
    "en": {
        STOLEN: "Payment of €35.38 with VAT for AI Assist Growth of Piazza failed: the bank no longer",
        WAITS: "the payment of €35.38 with VAT for AI Assist Growth of Piazza",
        "reminder": "€35.38 with VAT for AI Assist Growth of Piazza is still unpaid: ",
        "ended": "AI Assist Growth of Piazza ended on ",
        "again": "Next try",
    },
    "it": {
        STOLEN: "Pagamento di 35,38\xa0€ IVA inclusa per AI Assist Growth di Piazza non riuscito: la banca non",
        WAITS: "35,38\xa0€ IVA inclusa per AI Assist Growth di Piazza",
        "reminder": " ancora da pagare: ",
        "ended": "AI Assist Growth di Piazza è terminato il ",
        "again": "rossimo tentativo",
    },
}


def told(state: Seen) -> dict[str, list[str]]:
    """What the channel, Emma and her mailbox were told of AI Assist, oldest first."""
    own = {c["id"] for c in state["channels"] if c.get("is_im") and c.get("user") == EMMA.id}
    places = {
        "channel": [m["text"] for m in state["messages"] if m["channel"] == BILLING_CHANNEL],
        "person": [m["text"] for m in state["messages"] if m["channel"] in own],
        "mail": [mail["text"] for mail in state["mail"]],
    }
    return {place: [text for text in texts if "AI Assist" in text] for place, texts in places.items()}


async def days_of_dunning(slack: Conversation, how: Behaviour) -> list[dict[str, list[str]]]:
    """What was told anew on each day from the renewal to the day after the plan ended."""
    due = next(m for m in (await slack.state())["clock"]["upcoming"] if "AI Assist Growth" in m["label"])
    while (soonest := (await slack.state())["clock"]["upcoming"][0])["at"] < due["at"]:
        await slack.turn_clock(to=soonest["at"])
    gateway(slack).expect(CARD, how)
    seen, days = told(await slack.state()), []
    for day in range(24):
        await slack.turn_clock(**({"advance": "1d"} if day else {"to": due["at"]}))
        await slack.deliver_mail()
        now = told(await slack.state())
        days.append({place: now[place][len(seen[place]) :] for place in now})
        seen = now
    return days


async def one_notice_for_one_fact(slack: Conversation, how: Behaviour) -> None:
    said, billing = SAID[slack.language], slack.session.billing
    ai_assist = subscription_id(billing, "Piazza", "ai-assist")
    await slack.session.sandbox.change_user(EMMA.id, locale={"en": "en-US", "it": "it-IT"}[slack.language])
    days = await days_of_dunning(slack, how)
    ((ended_at,),) = rows(billing, "SELECT ended_at FROM subscriptions WHERE id = :s", s=ai_assist)
    ended = datetime.fromisoformat(str(ended_at)).replace(tzinfo=UTC)
    end = i18n.words(slack.language).day_of(ended, "Europe/Rome")
    for place in days[0]:
        heard = [(day, text) for day, one in enumerate(days) for text in one[place]]
        assert [day for day, _ in heard] == [0, 21, 22], (place, heard)
        first, reminder, last = (text for _, text in heard)
        assert said[how] in first
        assert said["reminder"] in reminder
        assert f"{said['ended']}{end}" in last
        assert end in reminder
        assert (end in first) == (how is STOLEN)  # the bank waits: it may still be confirmed
        assert not [text for _, text in heard if said["again"] in text]
    tries = "SELECT a.id FROM payment_attempts a JOIN payments p ON p.id = a.payment_id WHERE p.subscription_id = :s"
    assert len(rows(billing, f"{tries} AND p.state = 'uncollectible'", s=ai_assist)) == 1  # as it was said


@pytest.mark.parametrize("how", [STOLEN, WAITS], ids=["stolen", "waits"])
async def test_one_notice_for_one_fact(demo_slack: Conversation, how: Behaviour) -> None:
    await one_notice_for_one_fact(demo_slack, how)


@pytest.mark.parametrize("how", [STOLEN, WAITS], ids=["stolen", "waits"])
async def test_one_notice_for_one_fact_in_italian(italian_slack: Conversation, how: Behaviour) -> None:
    await one_notice_for_one_fact(italian_slack, how)
