"""The page "Purchases and invoices", on the card and in the Home: product lines 4, 5 and 6."""

from __future__ import annotations

import pytest

from sandbox.demo import ANNA, EMMA, GIULIA, LUCA
from tests.stories.conversation import Conversation, buttons, text_of

ACTIONS = (
    "subscription.cancel",
    "address.edit",
    "invoice.list",
    "invoice.send",
    "subscription.undo_cancellation",
)


def shown(seen: dict[str, object]) -> list[str]:
    """The words and buttons, block by block."""
    blocks = seen["blocks"]
    assert isinstance(blocks, list)
    return [text_of(block) for block in blocks]


@pytest.mark.parametrize("person", [EMMA, GIULIA, ANNA], ids=["owner", "admin", "accountant"])
@pytest.mark.product(4, languages="en it")
async def test_the_card_and_the_home_show_the_same(demo_slack: Conversation, person: object) -> None:
    reader = demo_slack.as_person(person)  # type: ignore[arg-type]
    await reader.types("/billing")
    card = await reader.reads("Piazza")
    home = await reader.opens_home("Piazza")
    assert shown(card) == shown(home)


async def test_the_shortcut_opens_the_page_as_well(demo_slack: Conversation) -> None:
    emma = demo_slack.as_person(EMMA)
    await emma._does("shortcut", callback_id="home.open")
    await emma.sees_modal("AI Assist Growth")


async def test_the_shortcut_refuses_an_agent_in_a_modal_of_his_own(demo_slack: Conversation) -> None:
    luca = demo_slack.as_person(LUCA)
    await luca._does("shortcut", callback_id="home.open")
    await luca.sees_modal("Solo contabili, amministratori e proprietari")


@pytest.mark.product(5, languages="en")
async def test_an_active_subscription_shows_all_that_there_is_to_know_of_it(demo_slack: Conversation) -> None:
    home = await demo_slack.as_person(EMMA).opens_home("AI Assist Growth")
    words = shown(home)
    (title,) = [place for place, block in enumerate(words) if "*AI Assist Growth*" in block]
    facts = words[title + 1]
    for fact in (
        "*Price*\\n€29.00 a month + VAT",
        "*Status*\\nActive",
        "*Next charge*\\n€35.38 with VAT, on ",
        "*Payment method*\\nVisa •••• 4242",
        "*Purchased on*\\n",
        "*Receipts*\\nemma@esempio.example",
        "*Billing address*\\nEsempio S.r.l., Via Roma 1, 20121 Milano (MI), Italy",
    ):
        assert fact in facts
    assert "Send PDF of invoice" in words[title + 2]


@pytest.mark.product(5, languages="it")
async def test_the_page_of_an_italian_shows_the_same_in_italian(demo_slack: Conversation) -> None:
    home = text_of(await demo_slack.as_person(GIULIA).opens_home("AI Assist Growth"))
    for fact in (
        "*Prezzo*\\n29,00 €/mese + IVA",
        "*Stato*\\nAttivo",
        "*Prossimo addebito*\\n35,38 € IVA inclusa, il ",
        "*Metodo di pagamento*\\nVisa •••• 4242",
        "*Data di acquisto*\\n",
        "*Ricevute*\\nemma@esempio.example",
        "*Indirizzo di fatturazione*\\nEsempio S.r.l., Via Roma 1, 20121 Milano (MI), Italia",
    ):
        assert fact in home


@pytest.mark.product(6, languages="en")
async def test_what_is_cancelled_and_what_has_ended_stands_apart(demo_slack: Conversation) -> None:
    emma = demo_slack.as_person(EMMA)
    await emma.types("/billing cancel remove")
    await emma.submits(await emma.sees_modal("Remove Branding"), kind="not_used")
    await emma.submits(await emma.sees_modal("Yes, cancel subscription"))
    await emma.sees_modal("is cancelled")
    words = shown(await emma.sees_home("Renew Remove Branding"))
    places = [
        next(place for place, block in enumerate(words) if wanted in block)
        for wanted in ("*AI Assist Growth*", '"Cancelled"', "*Remove Branding", '"Ended"', "*Video and Voice")
    ]
    assert places == sorted(places)
    (ended,) = [block for block in words if "*Video and Voice" in block]
    assert "Ended on" in ended


async def test_no_two_buttons_read_the_same_aloud(demo_slack: Conversation) -> None:
    home = await demo_slack.as_person(EMMA).opens_home("AI Assist Growth")
    for action in ACTIONS:
        values = buttons(home, action)
        assert len(values) == len(set(values))
