"""Buying an add-on in Slack: product lines 18 and 30, by wire to the gateway and in both languages."""

from __future__ import annotations

import asyncio

import pytest

from billing.services.verify import verify
from sandbox.demo import EMMA, GIULIA
from sandbox.people import User
from tests.stories.conversation import Conversation, Seen, buttons, text_of, words_of
from tests.stories.records import rows

OFFER = "video-voice:plus:month"


def bought(slack: Conversation) -> list[str]:
    sql = (
        "SELECT status FROM subscriptions WHERE property_id = (SELECT id FROM properties WHERE name = 'Piazza') "
        "AND add_on_id = 'video-voice' AND status <> 'ended'"
    )
    return [row[0] for row in rows(slack.session.billing, sql)]


def collected(slack: Conversation) -> list[int]:
    return [one["amount_received"] for one in slack.session.gateway.collected()]


async def asked(slack: Conversation, words: str = "/billing buy", yes: str = "Yes, buy it") -> Seen:
    """The question, after the form was filled in as it stands."""
    emma = slack.as_person(EMMA if words.endswith("buy") else GIULIA)
    form = await emma.opens(words, "Video and Voice")
    await emma.submits(form, offer=OFFER)
    return await emma.sees_modal(yes)


@pytest.mark.product(18, 30, languages="en")
async def test_what_it_costs_is_shown_before_it_is_bought_and_then_charged_once(
    paying_slack: Conversation,
) -> None:
    emma = paying_slack.as_person(EMMA)
    question = await asked(paying_slack)
    for said in (
        "buy *Video and Voice Plus* for the property *Piazza*: €59.00 a month + VAT",
        "*Charged now:* €71.98 with VAT, to Visa •••• 4242",
        "VAT 22%: €12.98",
        "*Next charge:* €71.98 with VAT, on ",
        "Billing address: Esempio S.r.l., Via Roma 1, 20121 Milano (MI), Italy",
        "Receipts: emma@esempio.example",
    ):
        assert said in text_of(question), said
    assert (bought(paying_slack), collected(paying_slack)) == ([], [])
    await asyncio.gather(*(emma.submits(question) for _ in range(5)))
    await emma.sees_modal(
        "Video and Voice Plus of Piazza is active. €71.98 with VAT was charged. Next charge: "
    )
    await paying_slack.until_announced("bought Video and Voice Plus for Piazza. Paid: €71.98 with VAT.")
    assert (bought(paying_slack), collected(paying_slack)) == (["active"], [7198])
    assert "Video and Voice Plus" in text_of(await emma.opens_home("Video and Voice Plus"))
    assert verify(paying_slack.session.billing) == ()


async def test_of_two_presses_whose_answers_slack_follows_in_the_wrong_order_the_outcome_stays(
    paying_slack: Conversation,
) -> None:
    emma = paying_slack.as_person(EMMA)
    question = await asked(paying_slack)
    await paying_slack.post("faults", method="view_submission", kind="followed_late", seconds=0.5)
    outcomes = asyncio.gather(emma.submits(question), emma.submits(question))
    await emma.sees_modal("Video and Voice Plus of Piazza is active.")
    assert [one["outcome"] for one in await outcomes] == ["updated"] * 2  # the late one: "Working on it"
    await emma.sees_modal("Video and Voice Plus of Piazza is active. €71.98 with VAT was charged.")
    assert (bought(paying_slack), collected(paying_slack)) == (["active"], [7198])


@pytest.mark.product(18, languages="it")
async def test_an_admin_buys_in_italian(paying_slack: Conversation) -> None:
    giulia = paying_slack.as_person(GIULIA)
    question = await asked(paying_slack, "/billing acquista", "Sì, acquista")
    assert "acquistare *Video and Voice Plus* per la proprietà *Piazza*: 59,00 €" in text_of(question)
    await giulia.submits(question)
    await giulia.sees_modal("Video and Voice Plus di Piazza è attivo.")
    assert collected(paying_slack) == [7198]


async def test_what_does_not_fit_stands_beside_its_field_and_what_was_bought_is_offered_no_more(
    paying_slack: Conversation,
) -> None:
    emma = paying_slack.as_person(EMMA)
    form = await emma.opens("/billing buy", "Video and Voice")
    assert "quantity" not in text_of(form)  # how many is asked only of what one can have more than one of
    await emma.chooses(form, "offer", OFFER)
    form = await emma.sees_modal("*Charged now:* €71.98 with VAT, to Visa •••• 4242")
    answer = await emma.submits(form, quantity="0")
    assert "quantity" in answer["errors"]
    await emma.submits(form, quantity="1")
    await emma.submits(await emma.sees_modal("Yes, buy it"))
    await emma.sees_modal("is active")
    again = await emma.opens("/billing buy", "Piazza already has every add-on available to it")
    assert "Video and Voice" not in text_of(again)


async def test_a_bank_that_asks_gets_its_customer_by_a_link_and_nothing_is_bought_before(
    paying_slack: Conversation,
) -> None:
    from tests.stories.test_payment_methods import VISA_THAT_ASKS, link_in, posts, saves_card

    await saves_card(paying_slack, EMMA, "/billing payment ai", VISA_THAT_ASKS)
    emma = paying_slack.as_person(EMMA)
    form = await emma.opens("/billing buy", "3184")
    newest = rows(paying_slack.session.billing, "SELECT id FROM payment_methods WHERE last_four = '3184'")[0][
        0
    ]
    await emma.submits(form, offer=OFFER, payment_method_id=newest)
    await emma.submits(await emma.sees_modal("Yes, buy it"))
    waiting = await emma.sees_modal("Confirm at the bank")
    assert bought(paying_slack) == ["incomplete"]
    await posts(link_in(waiting), answer="yes")
    await paying_slack.until_announced("bought Video and Voice Plus for Piazza. Paid: €71.98 with VAT.")
    assert (bought(paying_slack), collected(paying_slack)) == (["active"], [7198])


@pytest.mark.product(10, languages="en it")
@pytest.mark.parametrize(
    ("person", "words", "yes"),
    [(EMMA, "/billing buy", "Yes, buy it"), (GIULIA, "/billing acquista", "Sì, acquista")],
    ids=["English", "Italian"],
)
async def test_without_an_address_the_invoice_names_the_billing_admin(
    demo_slack: Conversation, person: User, words: str, yes: str
) -> None:
    buyer = demo_slack.as_person(person)
    form = await buyer.opens(words, "Video and Voice")
    await buyer.submits(form, offer=OFFER, address="none")
    question = await buyer.sees_modal(yes)
    assert person.real_name in text_of(question)
    await buyer.submits(question)
    await buyer.sees_home("Video and Voice Plus")
    listed = await buyer.opens(
        words.replace("buy", "invoices").replace("acquista", "fatture") + " video plus"
    )
    await buyer.presses(listed, "invoice.send", buttons(listed, "invoice.send")[0])
    written = words_of(await buyer.receives_pdf())
    assert person.real_name in written
    assert "Via Roma 1" not in written
