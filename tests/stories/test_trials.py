"""A free trial is called one wherever it is met: bought, shown, changed, cancelled and taken back."""

from __future__ import annotations

from pathlib import Path

import pytest

from billing.services import catalogue
from billing.services.verify import verify
from sandbox.demo import EMMA
from tests.stories.conversation import Conversation, buttons, text_of
from tests.stories.records import rows

SOLD = """version = 2
currency = "EUR"
[add_ons.knowledge-base]
name = "Knowledge Base"
change_policy = "prorate"
plans.standard = { name = "Standard", month = "15.00", trial_days = 7 }
plans.plus = { name = "Plus", month = "25.00", trial_days = 7 }
"""
SAID = {
    "en": {
        "question": "You are about to start a free trial of *Knowledge Base Standard*",
        "yes": "Yes, start trial",
        "begun": "The free trial of Knowledge Base Standard of Piazza has started. Nothing was charged.",
        "told": "started a free trial of Knowledge Base Standard",
        "status": "Free trial until",
        "changed": "The free trial goes on; no card was charged.",
        "cancels": "The free trial goes on until",
        "charges": "You won't be charged.",
        "cancelled": "The free trial of Knowledge Base Plus of Piazza is cancelled.",
        "off": "Cancelled: free trial until",
        "told off": "cancelled the free trial of Knowledge Base Plus of Piazza.",
        "ends": "The free trial of Knowledge Base Plus ends: it was cancelled and won't be charged",
        "over": "The free trial of Knowledge Base Plus of Piazza ended on",
        "change": "Yes, change plan",
        "cancel": "Yes, cancel subscription",
    },
    "it": {
        "question": "Stai per iniziare la prova gratuita di *Knowledge Base Standard*",
        "yes": "Sì, inizia la prova",
        "begun": "La prova gratuita di Knowledge Base Standard di Piazza è iniziata. Non è stato addebitato nulla.",
        "told": "ha iniziato una prova gratuita di Knowledge Base Standard",
        "status": "Prova gratuita fino al",
        "changed": "La prova gratuita continua; nessuna carta è stata addebitata.",
        "cancels": "La prova gratuita continua fino al",
        "charges": "Non ti verrà addebitato nulla.",
        "cancelled": "La prova gratuita di Knowledge Base Plus di Piazza è disdetta.",
        "off": "Disdetto: prova gratuita fino al",
        "told off": "ha disdetto la prova gratuita di Knowledge Base Plus di Piazza.",
        "ends": "La prova gratuita di Knowledge Base Plus termina: è disdetta, nessun addebito",
        "over": "La prova gratuita di Knowledge Base Plus di Piazza è terminata ",
        "change": "Sì, cambia piano",
        "cancel": "Sì, disdici abbonamento",
    },
}
# Said of what was paid for.
OF_PAID = (
    *("charged again", "won't renew", "stays active"),
    *("altri addebiti", "addebitato altro", "non si rinnova", "resta attivo"),
)


@pytest.mark.parametrize("slack", ["en-GB", "it-IT"], indirect=True)
async def test_a_trial_says_that_it_is_one_from_its_first_day_to_its_last(
    slack: Conversation, tmp_path: Path
) -> None:
    await slack.session.sandbox.change_user(EMMA.id, locale=slack.session.sandbox.workspace.team.locale)
    emma, billing, said = slack.as_person(EMMA), slack.session.billing, SAID[slack.language]
    (tmp_path / "sold.toml").write_text(SOLD, encoding="utf-8")
    catalogue.apply(billing, tmp_path / "sold.toml")
    paid = rows(billing, "SELECT COUNT(*) FROM payments")

    form = await emma.opens("/billing buy", "Knowledge Base")
    await emma.submits(form, offer="knowledge-base:standard:month")
    question = await emma.sees_modal(said["yes"])
    assert said["question"] in text_of(question)
    await emma.submits(question)
    await emma.sees_modal(said["begun"])
    await slack.until_announced(said["told"])
    assert said["status"] in text_of(await emma.opens_home("Knowledge Base"))

    form = await emma.opens("/billing change knowledge", "Knowledge Base Standard")
    await emma.submits(form, plan="plus:month")
    await emma.submits(await emma.sees_modal(said["change"]))
    await emma.sees_modal(said["changed"])

    form = await emma.opens("/billing cancel knowledge", "Knowledge Base Plus")
    await emma.submits(form, kind="not_used")
    question = await emma.sees_modal(said["cancel"])
    for sentence in (said["cancels"], said["charges"]):
        assert sentence in text_of(question)
    await emma.submits(question)
    answer = text_of(await emma.sees_modal(said["cancelled"]))
    told = text_of(await slack.until_announced(said["told off"]))
    home = await emma.opens_home(said["off"])
    assert buttons(home, "subscription.undo_cancellation")
    assert said["ends"] in text_of(await emma.opens("/billing agenda"))
    await slack.turn_clock(advance="8d")
    over = text_of(await slack.until_announced(said["over"]))
    for seen in (text_of(question), answer, told, over):
        assert not [sentence for sentence in OF_PAID if sentence in seen]
    assert rows(billing, "SELECT COUNT(*) FROM payments") == paid
    assert verify(billing) == ()
