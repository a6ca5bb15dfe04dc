"""Receipts by mail: product lines 19 to 21, from the form in Slack to the demo's mailbox, in both languages."""

from __future__ import annotations

import re

import pytest

from sandbox.demo import ANNA, EMMA, GIULIA, LUCA
from sandbox.people import User
from tests.billing.sample_invoice import pages_of
from tests.stories.conversation import Conversation, Seen, buttons, text_of
from tests.stories.records import refusals, rows, subscription_id, tables
from tests.stories.wire import Heard, Wire, picks

EMMAS, GIULIAS = "emma@esempio.example", "giulia@esempio.example"
BOUGHT = "video-voice:plus:month"
HOSTILE = (
    "someone@else.example",
    f"{EMMAS}\nBcc: c@d.example",
    f"{EMMAS}, c@d.example",
    '"a"@b',
    "ü@b.example",
    "x" * 100_000,
)


async def mails(slack: Conversation, count: int) -> list[Seen]:
    """The mails in the mailbox, oldest first, once there are so many."""

    def look(state: Seen) -> list[Seen]:
        return list(state["mail"]) if len(state["mail"]) >= count else []

    found: list[Seen] = await slack.until(look)
    return found


async def content_of(slack: Conversation, mail: Seen) -> bytes:
    (attachment,) = mail["attachments"]
    async with slack.http.get(attachment["url"]) as answer:
        content = await answer.read()
    assert len(content) == attachment["size"]
    return content


@pytest.mark.product(19, languages="en")
async def test_who_buys_gets_the_receipt_by_mail_with_the_pdf_that_slack_gives(
    demo_slack: Conversation,
) -> None:
    emma = demo_slack.as_person(EMMA)
    form = await emma.opens("/billing buy", "Video and Voice")
    await emma.submits(form, offer=BOUGHT)
    question = await emma.sees_modal("Yes, buy it")
    assert f"Receipts: {EMMAS}" in text_of(question)
    await emma.submits(question)
    await emma.sees_modal("is active")
    await demo_slack.deliver_mail()

    (mail,) = await mails(demo_slack, 1)
    assert mail["subject"].replace("\xa0", " ").endswith(" of Venditore S.p.A. (€71.98)")
    assert (mail["to"], mail["from"]) == (
        f"Emma Clarke <{EMMAS}>",
        '"Venditore S.p.A." <fatture@venditore.example>',
    )
    assert "€71.98 was paid with Visa •••• 4242 on " in mail["text"]
    assert "Video and Voice Plus for Piazza, " in mail["html"]
    assert f'href="{demo_slack.session.url}"' in mail["html"]
    listed = await emma.opens("/billing invoices video plus", "Video and Voice Plus")
    await emma.presses(listed, "invoice.send", buttons(listed, "invoice.send")[0])
    assert await content_of(demo_slack, mail) == await emma.receives_pdf()


@pytest.mark.product(20, 21, languages="it")
async def test_an_admin_chooses_the_recipient_and_it_is_written_to_in_italian(
    italian_slack: Conversation,
) -> None:
    giulia = italian_slack.as_person(GIULIA)
    form = await giulia.opens("/billing ricevute remove", "Ricevute via e-mail")
    assert "Ogni fattura pagata e ogni nota di credito di Remove Branding Standard" in text_of(form)
    assert [
        one
        for one in (EMMAS, GIULIAS, "anna@esempio.example", "luca@esempio.example")
        if one not in text_of(form)
    ] == ["luca@esempio.example"]  # an agent, who sees no billing
    await giulia.submits(form, receipts=["on"], receipts_to=GIULIAS)
    await giulia.sees_modal(f"Da ora le ricevute di Remove Branding Standard di Piazza vanno a {GIULIAS}")
    await giulia.sees_home(GIULIAS)
    await italian_slack.turn_clock(advance="31d")
    await italian_slack.deliver_mail()
    mail = next(one for one in await mails(italian_slack, 2) if GIULIAS in one["to"])
    assert mail["subject"].startswith("Fattura 2026-") or mail["subject"].startswith("Fattura 2027-")
    assert "pagati con Visa •••• 4242" in mail["text"]
    assert "Remove Branding Standard per Piazza" in mail["html"]
    assert 'lang="it"' in mail["html"]
    (page,) = pages_of(await content_of(italian_slack, mail))
    assert re.search(r"Pagata (il |l’)\d+ \w+ 202\d con Visa •••• 4242", page)
    assert "Da addebitare" not in page
    log = text_of(await giulia.opens("/billing registro", "Registro"))
    assert "Ricevute via e-mail" in log
    assert "ricevute via e-mail" in log


@pytest.mark.product(20, languages="en it")
@pytest.mark.parametrize(
    ("person", "switched_off", "nobody", "switched_on"),
    [
        (EMMA, "of Piazza: off. Invoices stay", "*Receipts*\\noff", "Earlier ones aren't sent again"),
        (
            GIULIA,
            "di Piazza: disattivate. Le fatture",
            "*Ricevute*\\ndisattivate",
            "Le precedenti non vengono rispedite",
        ),
    ],
    ids=["English", "Italian"],
)
async def test_switched_off_nothing_is_mailed_and_on_again_no_backlog_comes(
    demo_slack: Conversation, person: User, switched_off: str, nobody: str, switched_on: str
) -> None:
    reader = demo_slack.as_person(person)
    for name in ("remove", "ai"):
        form = await reader.opens(f"/billing receipts {name}", "receipts_to")
        await reader.submits(form, receipts=[], receipts_to=EMMAS)
        await reader.closes(await reader.sees_modal(switched_off))
    await reader.sees_home(nobody)
    await demo_slack.turn_clock(advance="31d")
    await demo_slack.deliver_mail()
    assert (await demo_slack.state())["mail"] == []
    listed = await reader.opens("/billing invoices ai", "AI Assist Growth")
    assert len(buttons(listed, "invoice.send")) > 5
    form = await reader.opens("/billing receipts ai", "receipts_to")
    await reader.submits(form, receipts=["on"], receipts_to=EMMAS)
    assert EMMAS in text_of(await reader.sees_modal(switched_on))
    await demo_slack.turn_clock(advance="1h")
    await demo_slack.deliver_mail()
    assert (await demo_slack.state())["mail"] == []


@pytest.mark.product(21, languages="en")
async def test_any_other_recipient_is_refused_beside_its_field_also_when_it_is_forged(
    demo_slack: Conversation,
) -> None:
    billing, wire = demo_slack.session.billing, Wire(demo_slack)
    chosen = subscription_id(billing, "Piazza", "ai-assist")
    emma = demo_slack.as_person(EMMA)
    form = await emma.opens("/billing receipts ai", "Receive receipts by email")
    before = tables(billing, but=["audit_entries", "persons"])
    for address in HOSTILE:
        on = {"type": "checkboxes", "selected_options": [{"value": "on"}]}
        payload = wire.submit(
            EMMA, "receipts.change", form["private_metadata"], receipts=on, receipts_to=picks(address)
        )
        reply = await wire.interacts(payload)
        assert "That value isn't recognised. Choose or type another." in reply.text
        assert '"receipts_to"' in reply.text
        assert len(reply.text) < 500
    assert tables(billing, but=["audit_entries", "persons"]) == before
    assert refusals(billing, EMMA) == [("receipts.change", "BadFields")] * len(HOSTILE)
    kept = rows(billing, "SELECT receipts_to_user_id FROM subscriptions WHERE id = :s", s=chosen)
    assert kept == [(EMMA.id,)]


async def test_a_forged_recipient_of_a_purchase_is_refused_beside_its_field(demo_slack: Conversation) -> None:
    emma = demo_slack.as_person(EMMA)
    form = await emma.opens("/billing buy", "Video and Voice")
    wire = Wire(demo_slack)
    values = {
        "offer": Heard("purchase.preview", picks(BOUGHT)),
        "quantity": Heard("purchase.preview", {"type": "number_input", "value": "1"}),
        "address": picks("none"),
    }
    payload = wire.submit(
        EMMA, "purchase.confirm", form["private_metadata"], **values, receipts_to=picks("c@d.example")
    )
    reply = await wire.interacts(payload)
    assert '"receipts_to"' in reply.text
    assert "That value isn't recognised" in reply.text


async def test_the_button_of_the_page_opens_the_form_and_an_accountant_has_none(
    demo_slack: Conversation,
) -> None:
    emma, anna = demo_slack.as_person(EMMA), demo_slack.as_person(ANNA)
    home = await emma.opens_home("Purchases and invoices")
    chosen = subscription_id(demo_slack.session.billing, "Piazza", "ai-assist")
    await emma.presses(home, "receipts.edit", chosen)
    assert EMMAS in text_of(await emma.sees_modal("Receive receipts by email"))
    assert buttons(await anna.opens_home("Purchases and invoices"), "receipts.edit") == []
    for person in (ANNA, LUCA):
        somebody = demo_slack.as_person(person)
        seen = await somebody.private_answers()
        await somebody.types("/billing receipts ai")
        assert EMMAS not in await somebody.is_answered(beyond=seen)


async def test_without_a_name_the_subscription_is_asked_for_first(demo_slack: Conversation) -> None:
    emma = demo_slack.as_person(EMMA)
    question = await emma.opens("/billing receipts", "Choose a subscription")
    chosen = subscription_id(demo_slack.session.billing, "Piazza", "remove-branding")
    await emma.submits(question, subscription_id=chosen)
    assert "Remove Branding Standard" in text_of(await emma.sees_modal("Receive receipts by email"))


async def test_a_form_that_was_opened_before_somebody_else_changed_it_changes_nothing(
    demo_slack: Conversation,
) -> None:
    emma, giulia = demo_slack.as_person(EMMA), demo_slack.as_person(GIULIA)
    stale = await emma.opens("/billing receipts ai", "Receive receipts by email")
    form = await giulia.opens("/billing ricevute ai", "Ricevi le ricevute via e-mail")
    await giulia.submits(form, receipts=["on"], receipts_to=GIULIAS)
    await giulia.sees_modal(GIULIAS)
    await emma.submits(stale, receipts=[])
    await emma.sees_modal(f"<@{GIULIA.id}> just changed this (Receipts by email). Your changes weren't saved")


async def test_a_recipient_who_left_is_told_to_the_channel_and_to_who_pays_with_a_way_out(
    demo_slack: Conversation,
) -> None:
    billing, emma = demo_slack.session.billing, demo_slack.as_person(EMMA)
    form = await emma.opens("/billing receipts ai", "Receive receipts by email")
    await emma.submits(form, receipts=["on"], receipts_to="anna@esempio.example")
    await emma.sees_modal("anna@esempio.example")
    with billing.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE persons SET email = NULL WHERE user_id = ?", (ANNA.id,))
    await demo_slack.turn_clock(advance="31d")
    await demo_slack.deliver_mail()
    await demo_slack.turn_clock(advance="1m")
    told = await demo_slack.until_announced("for AI Assist Growth of Piazza wasn't emailed")
    assert "anna@" not in text_of(told)
    (message,) = [one for one in await emma.direct_messages(1) if "wasn't emailed" in one["text"]]
    await emma.presses(message, "receipts.edit", buttons(message, "receipts.edit")[0])
    assert "The last receipt could not be delivered" in text_of(
        await emma.sees_modal("Receive receipts by email")
    )
    await emma.types("/billing health")
    await emma.reads("Receipts couldn't be delivered by email: AI Assist Growth")
    assert f"no one: <@{ANNA.id}> can't receive them any more" in text_of(await emma.opens_home("no one: "))
