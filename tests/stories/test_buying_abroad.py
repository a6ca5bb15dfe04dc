"""Companies abroad buy for the first time: who they are is asked for on the way, or typed before."""

from __future__ import annotations

from billing import Actor
from billing.services import payment_methods, properties
from billing.services.verify import verify
from billing.values.snapshots import CardSnapshot
from sandbox.demo import EMMA, GIULIA, TEAM
from sandbox.people import User
from tests.stories.conversation import Conversation, text_of
from tests.stories.records import rows

OFFER = "video-voice:plus:month"
BERLIN = {"name": "Beispiel GmbH", "street": "Hauptstraße 1", "postal_code": "10115", "city": "Berlin"}
BOSTON = {"name": "Example Inc.", "street": "1 Main Street", "postal_code": "02108", "city": "Boston"}


def opened_in(slack: Conversation, country: str, owner: User = EMMA) -> None:
    """A new property in that country, with a card, which its owner has chosen."""
    billing, actor = slack.session.billing, Actor(TEAM.id, owner.id)
    made = properties.create(billing, actor, country, "Europe/Berlin", country, is_workspace_owner=True)
    payment_methods.keep(billing, actor, made.id, "tok_visa", CardSnapshot("Visa", "4242", 12, 2039))
    properties.choose(billing, actor, made.id)


def bought(slack: Conversation) -> list[tuple[object, ...]]:
    sql = "SELECT p.name, s.status FROM subscriptions s JOIN properties p ON p.id = s.property_id "
    return [tuple(row) for row in rows(slack.session.billing, sql + "WHERE p.name IN ('DE', 'US', 'ES')")]


async def test_a_german_company_is_asked_for_its_number_and_buys_under_reverse_charge(
    demo_slack: Conversation,
) -> None:
    opened_in(demo_slack, "DE")
    emma = demo_slack.as_person(EMMA)
    form = await emma.opens("/billing buy", "Video and Voice")
    await emma.chooses(form, "offer", OFFER)
    form = await emma.sees_modal("The next step asks for your company's VAT number and address")
    await emma.submits(form, offer=OFFER)
    form = await emma.sees_modal("Invoices to your country need your company's VAT number and address.")
    answer = await emma.submits(form, **BERLIN, country="DE")
    assert answer["errors"] == {
        "vat_number": "Invoices to that country need your company's VAT number there."
    }
    answer = await emma.submits(form, **{**BERLIN, "street": " "}, country="DE", vat_number="DE136695977")
    assert answer["errors"].keys() == {"street", "vat_number"}
    assert bought(demo_slack) == []
    await emma.submits(form, **BERLIN, country="DE", vat_number="DE 136 695 976")
    question = text_of(await emma.sees_modal("Yes, buy it"))
    for said in (
        "*Charged now:* €59.00 with VAT, to Visa •••• 4242",
        "Billing address: Beispiel GmbH, Hauptstraße 1, 10115 Berlin, Germany",
        "Company: Beispiel GmbH, VAT number DE136695976",
    ):
        assert said in question, said
    await emma.submits(await emma.sees_modal("Yes, buy it"))
    await emma.sees_modal("Video and Voice Plus of DE is active. €59.00 with VAT was charged.")
    assert bought(demo_slack) == [("DE", "active")]
    assert verify(demo_slack.session.billing) == ()


async def test_its_second_purchase_takes_company_and_address_of_the_first(demo_slack: Conversation) -> None:
    opened_in(demo_slack, "DE")
    emma = demo_slack.as_person(EMMA)
    await emma.submits(await emma.opens("/billing buy", "Video and Voice"), offer=OFFER)
    await emma.submits(
        await emma.sees_modal("Billing details"), **BERLIN, country="DE", vat_number="136695976"
    )
    await emma.submits(await emma.sees_modal("Yes, buy it"))
    await emma.sees_modal("is active")
    form = await emma.opens("/billing buy", "Beispiel GmbH, Hauptstraße 1, 10115 Berlin")
    await emma.submits(form, offer="ai-assist:growth:month")
    assert "Company: Beispiel GmbH, VAT number DE136695976" in text_of(await emma.sees_modal("Yes, buy it"))


async def test_the_company_can_be_typed_before_anything_is_bought(demo_slack: Conversation) -> None:
    opened_in(demo_slack, "US")
    emma = demo_slack.as_person(EMMA)
    form = await emma.opens("/billing company", "These details go on the invoices of what you buy next.")
    await emma.submits(form, **BOSTON, region="MA", country="US", vat_number="12-3456789")
    form = await emma.sees_modal("Example Inc., 1 Main Street, Boston")
    await emma.chooses(form, "offer", OFFER)
    form = await emma.sees_modal("*Charged now:* €59.00 with VAT")
    await emma.submits(form, offer=OFFER)
    question = await emma.sees_modal("Company: Example Inc., VAT number 12-3456789")
    await emma.submits(question)
    await emma.sees_modal("Video and Voice Plus of US is active. €59.00 with VAT was charged.")
    assert bought(demo_slack) == [("US", "active")]


async def test_in_italian_too(italian_slack: Conversation) -> None:
    opened_in(italian_slack, "ES", GIULIA)
    giulia = italian_slack.as_person(GIULIA)
    form = await giulia.opens("/billing acquista", "Video and Voice")
    await giulia.submits(form, offer=OFFER)
    form = await giulia.sees_modal("Per fatturare nel tuo Paese servono la partita IVA e l’indirizzo")
    await giulia.submits(
        form,
        name="Ejemplo S.L.",
        street="Calle Mayor 1",
        city="Las Palmas",
        postal_code="35001",
        country="ES",
    )
    form = await giulia.sees_modal("Dati di fatturazione")
    await giulia.submits(form, vat_number="B58378431")
    question = text_of(await giulia.sees_modal("Sì, acquista"))
    assert "Azienda: Ejemplo S.L., partita IVA ESB58378431" in question


async def test_another_address_is_typed_where_none_of_the_known_ones_fits(
    demo_slack: Conversation,
) -> None:
    emma = demo_slack.as_person(EMMA)
    form = await emma.opens("/billing buy", "Another address or company…")
    await emma.submits(form, offer=OFFER, address="typed")
    form = await emma.sees_modal("Billing details")
    await emma.submits(
        form, name="Rossi", street="Via Verdi 2", city="Torino", postal_code="10121", country="IT"
    )
    question = text_of(await emma.sees_modal("Yes, buy it"))
    assert "Billing address: Rossi, Via Verdi 2, 10121 Torino, Italy" in question
    assert "Company:" not in question
