"""The company that the invoices of one subscription are for: product line 40."""

from __future__ import annotations

from sandbox.demo import EMMA, GIULIA
from tests.stories.conversation import Conversation, Person, buttons, text_of, words_of
from tests.stories.records import subscription_id, tables

PEC = "amministrazione.fatturazione@" + "d" * 31 + ".pec.example"
COMPANY = {
    "legal_name": "Esempio\u200b Holding S.r.l.",  # and something that nobody sees
    "vat_number": "00743110157",
    "codice_fiscale": "00743110157",
    "sdi_code": "m5uxcr1",
    "pec": PEC,
    "purchase_order": "PO 2026/7",
}
NO_FONT = "Invoices can't show “บ”. Use another alphabet, for example the Latin one."
ON_THE_INVOICE = ("Esempio Holding S.r.l.", "IT00743110157", "M5UXCR1", PEC, "PO 2026/7")
BERLIN = {"name": "Beispiel GmbH", "street": "Hauptstraße 1", "postal_code": "10115", "city": "Berlin"}


async def newest_invoices(person: Person, messages: int) -> tuple[list[str], bytes]:
    """The invoices of AI Assist, newest first, and the PDF of the newest, which is so manyth in the messages."""
    listed = await person.opens("/billing invoices ai", "AI Assist Growth")
    ids = buttons(listed, "invoice.send")
    await person.presses(listed, "invoice.send", ids[0])
    return ids, await person.receives_pdf(messages)


async def test_a_company_stands_on_the_next_invoice_and_on_none_that_was_issued(
    demo_slack: Conversation,
) -> None:
    emma = demo_slack.as_person(EMMA)
    assert len(PEC) == 72
    issued, before = await newest_invoices(emma, messages=1)
    form = await emma.opens("/billing company ai", "company.change")
    assert "future invoices of AI Assist Growth only (property Piazza)" in text_of(form)
    in_thai = await emma.submits(form, **COMPANY | {"legal_name": "บริษัท"})
    assert in_thai["errors"] == {"legal_name": NO_FONT}
    await emma.submits(form, **COMPANY)
    saved = text_of(await emma.sees_modal("Company details of AI Assist Growth of Piazza saved"))
    assert "Esempio Holding S.r.l., VAT number IT00743110157, Codice Fiscale 00743110157" in saved
    assert "Nothing was charged" in saved
    assert text_of(await emma.sees_home("IT00743110157")).count("IT00743110157") == 1

    again, after = await newest_invoices(emma, messages=2)
    assert (again, after) == (issued, before)

    await demo_slack.turn_clock(advance="31d")
    newer, written = await newest_invoices(emma, messages=3)
    assert newer[0] not in issued
    for words in ON_THE_INVOICE:  # a long address goes over two lines
        assert words.replace(" ", "") in words_of(written).replace(" ", "")


async def test_all_that_is_wrong_is_said_at_once_in_the_readers_language(italian_slack: Conversation) -> None:
    giulia = italian_slack.as_person(GIULIA)
    before = tables(italian_slack.session.billing, but=["audit_entries", "persons"])
    form = await giulia.opens("/billing azienda ai", "Dati aziendali")
    answer = await giulia.submits(
        form,
        legal_name="\u200b\u2060",  # nobody sees it
        vat_number="IT00743110158",
        codice_fiscale="RSSMRA80A01H501X",
        sdi_code="M5",
        pec="esempio",
    )
    assert answer["errors"] == {
        "legal_name": "Questo campo è obbligatorio.",
        "vat_number": "Partita IVA non valida. Controlla le cifre.",
        "codice_fiscale": "Codice fiscale non valido. Controlla lettere e cifre.",
        "sdi_code": "Il codice destinatario ha sette lettere o cifre, o sei per un ufficio pubblico, "
        "ad esempio M5UXCR1.",
        "pec": "Indirizzo e-mail non valido. Scrivilo come nome@pec.example.",
    }
    in_thai = await giulia.submits(form, legal_name="บริษัท")
    assert (
        in_thai["errors"]["legal_name"]
        == "Le fatture non possono riportare «บ»: usa un altro alfabeto, per esempio quello latino."
    )
    assert tables(italian_slack.session.billing, but=["audit_entries", "persons"]) == before
    await giulia.submits(form, **COMPANY)
    await giulia.sees_modal("Dati aziendali di AI Assist Growth di Piazza salvati")
    await giulia.sees_home("partita IVA IT00743110157")


async def test_what_is_emptied_names_no_company_any_more(demo_slack: Conversation) -> None:
    emma = demo_slack.as_person(EMMA)
    await emma.submits(await emma.opens("/billing company ai", "company.change"), **COMPANY)
    await emma.sees_modal("Piazza saved")
    form = await emma.opens("/billing company ai", "Esempio Holding S.r.l.")
    await emma.submits(form, **dict.fromkeys(COMPANY, ""))
    await emma.sees_modal("Future invoices of AI Assist Growth of Piazza show no company")


async def test_the_form_of_the_address_leads_to_the_company(demo_slack: Conversation) -> None:
    emma = demo_slack.as_person(EMMA)
    form = await emma.opens("/billing address ai", "Billing a company?")
    await emma.presses(form, "company.edit", buttons(form, "company.edit")[0])
    await emma.submits(await emma.sees_modal("Purchase order number"), **COMPANY)
    await emma.sees_modal("Esempio Holding S.r.l., VAT number IT00743110157")


async def test_without_a_name_the_subscription_is_asked_for_first(demo_slack: Conversation) -> None:
    emma = demo_slack.as_person(EMMA)
    question = await emma.opens("/billing company", "Choose a subscription")
    chosen = subscription_id(demo_slack.session.billing, "Piazza", "remove-branding")
    await emma.submits(question, subscription_id=chosen)
    assert "of Remove Branding Standard only" in text_of(await emma.sees_modal("Purchase order number"))


async def test_a_move_to_another_country_asks_for_the_vat_number_there_and_saves_both_together(
    demo_slack: Conversation,
) -> None:
    emma = demo_slack.as_person(EMMA)
    before = tables(demo_slack.session.billing, but=["audit_entries", "persons"])
    await emma.submits(
        await emma.opens("/billing address ai", "address.change"), **BERLIN, region="", country="DE"
    )
    form = await emma.sees_modal("Invoices to Germany need your company's VAT number there")
    assert tables(demo_slack.session.billing, but=["audit_entries", "persons"]) == before
    answer = await emma.submits(form, legal_name="Beispiel GmbH", vat_number="")
    assert "need your company's VAT number" in answer["errors"]["vat_number"]
    answer = await emma.submits(form, legal_name="Beispiel GmbH", vat_number="IT00743110157")
    assert "are in different countries" in answer["errors"]["vat_number"]
    assert tables(demo_slack.session.billing, but=["audit_entries", "persons"]) == before

    await emma.submits(form, legal_name="Beispiel GmbH", vat_number="DE 136 695 976")
    saved = text_of(await emma.sees_modal("of Piazza saved: Beispiel GmbH, VAT number DE136695976"))
    assert "Billing address: Beispiel GmbH, Hauptstraße 1, 10115 Berlin, Germany" in saved
    await demo_slack.turn_clock(advance="31d")
    _, written = await newest_invoices(emma, messages=1)
    assert "Reverse charge (inversione contabile): the buyer accounts for VAT" in words_of(written)
    assert "Total €29.00" in words_of(written)


async def test_a_move_to_a_place_outside_the_vat_area_says_so_and_asks_for_the_number(
    italian_slack: Conversation,
) -> None:
    giulia = italian_slack.as_person(GIULIA)
    livigno = {"name": "Rossi", "street": "Via Plan 1", "city": "Livigno", "postal_code": "23041"}
    form = await giulia.opens("/billing indirizzo ai", "address.change")
    await giulia.submits(form, **livigno, region="SO", country="IT")
    form = await giulia.sees_modal("Regole IVA proprie per Livigno: per fatturare serve la partita IVA")
    await giulia.submits(form, legal_name="Esempio S.r.l.", vat_number="00743110157")
    await giulia.sees_modal("Via Plan 1, 23041 Livigno (SO), Italia")
    await italian_slack.turn_clock(advance="31d")
    _, written = await newest_invoices(giulia, messages=1)
    assert "Operazione non soggetta a IVA" in words_of(written)


async def test_a_form_that_was_opened_before_somebody_else_changed_it_changes_nothing(
    demo_slack: Conversation,
) -> None:
    emma, giulia = demo_slack.as_person(EMMA), demo_slack.as_person(GIULIA)
    stale = await emma.opens("/billing company ai", "company.change")
    await giulia.submits(await giulia.opens("/billing azienda ai", "Dati aziendali"), **COMPANY)
    await giulia.sees_modal("di Piazza salvati")
    await emma.submits(stale, legal_name="Vecchia S.r.l.")
    await emma.sees_modal(f"<@{GIULIA.id}> just changed this (Company details). Your changes weren't saved")
    await emma.opens("/billing company ai", "Esempio Holding S.r.l.")
