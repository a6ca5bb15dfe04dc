"""What the channel is told ahead of a charge, with what can be done about it: product line 50."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from billing import Actor
from billing.services import catalogue, properties
from sandbox.demo import EMMA, LUCA, TEAM
from tests.stories.conversation import Conversation, Seen, buttons, text_of
from tests.stories.records import property_id, rows
from tests.stories.test_announcements import said
from tests.stories.test_trials import SOLD

KEEP, CHANGE, CANCEL, CARD = "reminder.keep", "change.open", "subscription.cancel", "payment_method.open"


def end_of(slack: Conversation, add_on: str, interval: str) -> datetime:
    """When the cycle of what was bought so is over."""
    ((end,),) = rows(
        slack.session.billing,
        "SELECT period_end_at FROM subscriptions WHERE add_on_id = :add_on AND anchor_interval = :interval"
        " AND status IN ('active', 'trialing')",
        add_on=add_on,
        interval=interval,
    )
    return end if isinstance(end, datetime) else datetime.fromisoformat(end).replace(tzinfo=UTC)


async def turned_to(slack: Conversation, moment: datetime) -> None:
    await slack.turn_clock(to=moment.astimezone(UTC).isoformat())


async def reminders(slack: Conversation) -> list[Seen]:
    found = await slack.announcements()
    return [one for one in found if one["text"].startswith(said(slack, "Reminder: ", "Promemoria: "))]


@pytest.mark.parametrize("slack", ["en-GB", "it-IT"], indirect=True)
@pytest.mark.product(50, languages="en it")
async def test_a_yearly_renewal_is_spoken_of_and_kept_by_one_for_all(slack: Conversation) -> None:
    emma, luca = slack.as_person(EMMA), slack.as_person(LUCA)
    end = end_of(slack, "ai-assist", "year")
    await turned_to(slack, end - timedelta(days=30))
    told = await slack.until_announced(
        said(slack, "AI Assist Business of Bottega renews for another year", "si rinnova per un altro anno")
    )
    assert said(slack, "€1,207.80 with VAT, on ", "1.207,80 € IVA inclusa, il ") in text_of(told).replace(
        "\xa0", " "
    )
    assert "Mastercard •••• 4444" in text_of(told)
    await emma.presses(told, CHANGE, *buttons(told, CHANGE))
    await emma.sees_form("change.confirm")
    await emma.presses(told, CANCEL, *buttons(told, CANCEL))
    await emma.sees_form("subscription.cancel")
    seen = await luca.private_answers()
    await luca.presses(told, KEEP, *buttons(told, KEEP))
    assert "1.207" not in await luca.is_answered(beyond=seen)

    await emma.presses(told, KEEP, *buttons(told, KEEP))
    kept = await slack.until_announced(said(slack, "keeps AI Assist Business", "mantiene AI Assist Business"))
    assert (kept["ts"], buttons(kept, KEEP)) == (told["ts"], [])
    assert f"<@{EMMA.id}>" in kept["text"]
    await turned_to(slack, end - timedelta(days=7))
    assert await reminders(slack) == []


async def test_without_a_channel_whoever_pays_hears_it_in_private_and_keeps_it_there(
    demo_slack: Conversation,
) -> None:
    emma, billing = demo_slack.as_person(EMMA), demo_slack.session.billing
    properties.announce_in(billing, Actor(TEAM.id, EMMA.id), property_id(billing, "Bottega"), None)
    end = end_of(demo_slack, "ai-assist", "year")
    await turned_to(demo_slack, end - timedelta(days=30))
    (told,) = await emma.direct_messages(1)
    assert "AI Assist Business of Bottega renews for another year" in text_of(told)
    seen = await emma.private_answers()
    await emma.presses(told, KEEP, *buttons(told, KEEP))
    assert "Nobody is reminded of that charge again." in await emma.is_answered(beyond=seen)
    await turned_to(demo_slack, end - timedelta(days=7))
    read = await emma.direct_messages(2)
    assert [one["ts"] for one in read if one["text"].startswith("Reminder: ")] == [told["ts"]]


@pytest.mark.parametrize("slack", ["en-GB", "it-IT"], indirect=True)
@pytest.mark.product(50, languages="en it")
async def test_a_trial_is_spoken_of_before_it_costs_something(slack: Conversation, tmp_path: Path) -> None:
    emma = slack.as_person(EMMA)
    (tmp_path / "sold.toml").write_text(SOLD, encoding="utf-8")
    catalogue.apply(slack.session.billing, tmp_path / "sold.toml")
    form = await emma.opens("/billing buy", "Knowledge Base")
    await emma.submits(form, offer="knowledge-base:standard:month")
    await emma.submits(await emma.sees_form("purchase.buy"))
    await slack.until_announced("Knowledge Base Standard")
    await turned_to(slack, end_of(slack, "knowledge-base", "month") - timedelta(days=3))
    told = await slack.until_announced(
        said(
            slack,
            "Reminder: the free trial of Knowledge Base Standard of Piazza ends soon",
            "Promemoria: la prova gratuita di Knowledge Base Standard di Piazza sta per finire",
        )
    )
    assert said(slack, "First charge: €18.30 with VAT", "Primo addebito: 18,30 € IVA inclusa") in told[
        "text"
    ].replace("\xa0", " ")
    await emma.presses(told, CANCEL, *buttons(told, CANCEL))
    await emma.submits(await emma.sees_form("subscription.cancel"), kind="not_used")
    await emma.submits(await emma.sees_form("subscription.cancel_confirmed"))
    off = await slack.until_announced(
        said(slack, "cancelled the free trial", "ha disdetto la prova gratuita")
    )
    assert (off["ts"], buttons(off, KEEP)) == (told["ts"], [])


@pytest.mark.parametrize("slack", ["en-GB", "it-IT"], indirect=True)
@pytest.mark.product(50, languages="en it")
async def test_a_card_that_expires_first_is_spoken_of_and_changed(slack: Conversation) -> None:
    emma = slack.as_person(EMMA)
    end = end_of(slack, "ai-assist", "month")
    last_month = end.replace(day=1) - timedelta(days=1)
    with slack.session.billing.engine.begin() as connection:
        valid = {"year": last_month.year, "month": last_month.month}
        connection.execute(
            text(
                "UPDATE payment_methods SET expiry_year = :year, expiry_month = :month WHERE last_four = '4242'"
            ),
            valid,
        )
    await turned_to(slack, end - timedelta(days=14))
    told = await slack.until_announced(
        said(
            slack,
            "Reminder: Visa •••• 4242, which pays for AI Assist Growth of Piazza, is valid until",
            "Promemoria: Visa •••• 4242, con cui si paga AI Assist Growth di Piazza, è valida fino al",
        )
    )
    await emma.presses(told, CARD, *buttons(told, CARD))
    await emma.sees_form("payment_method.use")
