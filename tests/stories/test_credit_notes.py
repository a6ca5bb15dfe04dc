"""Credit notes stand beside their invoice, and come as a PDF to whoever asked: product line 38."""

from __future__ import annotations

from billing.services import credit_notes
from billing.services.credit_notes import Wanted
from sandbox.demo import EMMA, GIULIA
from tests.stories.conversation import Conversation, buttons, text_of, words_of
from tests.stories.records import invoice_ids, rows, subscription_id


def corrects_newest(slack: Conversation, amount: str = "") -> str:
    """The operator corrects AI Assist's newest invoice; answers the invoice's number."""
    billing = slack.session.billing
    newest = invoice_ids(billing, subscription_id(billing, "Piazza", "ai-assist"))[0]
    credit_notes.issue(billing, newest, Wanted(amount))
    return str(rows(billing, "SELECT number FROM invoices WHERE id = :id", id=newest)[0][0])


async def test_it_stands_under_its_invoice_and_its_pdf_comes_to_who_asked(demo_slack: Conversation) -> None:
    invoice = corrects_newest(demo_slack, "12.20")
    emma = demo_slack.as_person(EMMA)
    home = await emma.opens_home("AI Assist Growth")
    assert text_of(home).count("credited: €12.20") == 1
    listed = await emma.opens("/billing invoices ai", "AI Assist Growth")
    shown = text_of(listed)
    assert shown.index(f"*{invoice}*") < shown.index("↳ Credit note *CN-2026-000001*")
    await emma.presses(listed, "credit_note.send", buttons(listed, "credit_note.send")[0])
    written = words_of(await emma.receives_pdf())
    assert "Credit note €12.20" in written
    assert f"Corrects invoice {invoice} of" in written
    assert "€12.20 was added to your credit balance" in written
    (message,) = await emma.direct_messages(1)
    assert "Credit note CN-2026-000001 of" in message["text"]
    sent = await emma.sees_modal("Credit note CN-2026-000001 of Piazza (€12.20) was sent to you")
    assert buttons(sent, "credit_note.send") == buttons(listed, "credit_note.send")


async def test_the_invoice_itself_stays_byte_for_byte(demo_slack: Conversation) -> None:
    emma = demo_slack.as_person(EMMA)
    listed = await emma.opens("/billing invoices ai", "AI Assist Growth")
    newest = buttons(listed, "invoice.send")[0]
    await emma.presses(listed, "invoice.send", newest)
    before = await emma.receives_pdf()
    corrects_newest(demo_slack)
    again = await emma.opens("/billing invoices ai", "↳ Credit note")
    await emma.presses(again, "invoice.send", newest)
    assert await emma.receives_pdf(2) == before


async def test_the_channel_is_told_and_an_italian_reads_italian(italian_slack: Conversation) -> None:
    invoice = corrects_newest(italian_slack)
    await italian_slack.turn_clock(advance="1m")
    told = await italian_slack.until_announced("Nota di credito CN-2026-000001: 35,38")
    assert f"della fattura {invoice} per AI Assist Growth di Piazza" in text_of(told)
    assert "è stato aggiunto al credito di Piazza, che le prossime fatture usano per primo" in text_of(told)
    giulia = italian_slack.as_person(GIULIA)
    listed = await giulia.opens("/billing fatture ai", "↳ Nota di credito *CN-2026-000001*")
    assert "stornata per intero" in text_of(listed)
    await giulia.presses(listed, "credit_note.send", buttons(listed, "credit_note.send")[0])
    assert f"A rettifica della fattura {invoice} del" in words_of(await giulia.receives_pdf())
