"""With E_INVOICES on, who bought before without a number is asked for it on the way to the next purchase."""

from __future__ import annotations

from dataclasses import replace

import pytest

from billing import Actor, Billing
from billing.adapters.einvoices.receipts import read
from billing.services import payment_methods, properties, purchases, sdi_receipts
from billing.values.cycles import Interval
from sandbox.clock import TurnableClock
from sandbox.demo import EMMA, TEAM
from sandbox.sdi import answer as answer_of_sdi
from tests.billing.desk import MILANO
from tests.stories.conversation import Conversation, text_of
from tests.stories.records import rows
from tests.stories.test_buying_abroad import OFFER, opened_in
from tests.stories.test_buying_in_italy import HOME


def sending(billing: Billing, how: str) -> Billing:
    seller = replace(
        billing.issuer.seller,
        street="Via dei Mille 10",
        postal_code="10123",
        city="Torino",
        region="TO",
        e_invoices=how,
    )
    return replace(billing, issuer=replace(billing.issuer, seller=seller))


@pytest.fixture
def desk_of_demo(desk_of_demo: tuple[Billing, TurnableClock]) -> tuple[Billing, TurnableClock]:
    billing, clock = desk_of_demo
    return sending(billing, "export"), clock


async def test_an_address_without_a_number_is_asked_for_one_and_the_invoice_has_it(
    demo_slack: Conversation,
) -> None:
    opened_in(demo_slack, "IT")
    emma, actor = demo_slack.as_person(EMMA), Actor(TEAM.id, EMMA.id)
    before = sending(demo_slack.session.billing, "")
    home = properties.look_at(before, actor)
    (card,) = payment_methods.listed(before, actor, home.id)
    order = purchases.Order(home.id, "ai-assist", "growth", Interval.MONTH, card.id, MILANO)
    purchases.purchase(before, actor, order, key="before")

    await emma.submits(await emma.opens("/billing buy", "Video and Voice"), offer=OFFER)
    form = await emma.sees_modal("E-invoices in Italy need an address, and a VAT number or Codice Fiscale.")
    answer = await emma.submits(form, **HOME, country="IT")
    assert answer["errors"].keys() == {"codice_fiscale"}
    await emma.submits(form, **HOME, country="IT", codice_fiscale="RSSMRA80A01H501U")
    question = await emma.sees_modal("Yes, buy it")
    assert "Codice Fiscale RSSMRA80A01H501U" in text_of(question)
    await emma.submits(question)
    sql = "SELECT content FROM einvoices"
    ((content,),) = await demo_slack.until(lambda _: rows(demo_slack.session.billing, sql))
    assert b"<CodiceFiscale>RSSMRA80A01H501U</CodiceFiscale>" in bytes(content)

    billing = demo_slack.session.billing
    ((name,),) = rows(billing, "SELECT file_name FROM einvoices")
    for says, sentence in (
        (None, ""),
        ("MC", " · e-invoice issued: it is in your area at the tax authority"),
        ("RC", " · e-invoice delivered"),
    ):
        if says:
            receipt = answer_of_sdi(name, bytes(content), says, billing.clock(), sdi_id=1).content
            sdi_receipts.take(billing, read(receipt), receipt)
        listed = text_of(await emma.opens("/billing invoices video", "Video and Voice"))
        assert f' · paid{sentence}"' in listed
