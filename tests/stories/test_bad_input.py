"""What was typed or pressed wrongly gets a kind, private sentence, and changes nothing."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from sandbox.demo import EMMA, GIULIA, LUCA
from tests.stories.conversation import Conversation, text_of
from tests.stories.records import KEPT_OF_REFUSALS, Printed, rows, subscription_id, tables
from tests.stories.wire import Payload, Wire, picks

OUTDATED = "This button or form is out of date"
# Either the sentence for what is no longer there, or the one with a reference; never silence.
KIND_SENTENCES = (OUTDATED, "Not found: it may have been moved", "Something went wrong")


@pytest.mark.parametrize(
    ("typed", "nearest"),
    [
        ("cancle", "cancel"),
        ("adress ai", "address"),
        ("invocies", "invoices"),
        ("HLEP", "help"),
        ("fature", "invoices"),
        ("chnage ai", "change"),
        ("trasfersci", "transfer"),
        ("agnda", "agenda"),
    ],
)
async def test_an_unknown_word_gets_the_nearest_one_and_help(
    demo_slack: Conversation, typed: str, nearest: str
) -> None:
    emma = demo_slack.as_person(EMMA)
    await emma.types(f"/billing {typed}")
    answer = text_of(await emma.reads("Unknown command"))
    assert f"Did you mean `/billing {nearest}`?" in answer
    assert "`/billing invoices`  lists all invoices" in answer


async def test_the_help_of_an_italian_lists_italian_words(demo_slack: Conversation) -> None:
    giulia = demo_slack.as_person(GIULIA)
    for typed in ("anula", "cancle"):
        await giulia.types(f"/billing {typed}")
        answer = text_of(await giulia.reads(f"Comando sconosciuto: «{typed}»"))
        assert "Intendevi `/billing annulla`?" in answer
    for word in ("annulla", "cambia", "rinnova", "trasferisci", "scadenze", "storico", "fatture", "aiuto"):
        assert f"`/billing {word}`" in answer


async def test_a_word_that_resembles_none_gets_help_alone(demo_slack: Conversation) -> None:
    emma = demo_slack.as_person(EMMA)
    await emma.types("/billing qqqqq")
    answer = text_of(await emma.reads("Unknown command"))
    assert "Did you mean" not in answer
    assert "Commands" in answer


@pytest.mark.parametrize(
    "hostile",
    [
        "<!channel>",
        "<@U0LUCA00001>",
        "*bold*",
        "`code`",
        "<https://evil.example|here>",
        "x" * 4000,
        "🙂",
        "%s{0}",
    ],
)
async def test_a_hostile_word_is_shown_inert(demo_slack: Conversation, hostile: str) -> None:
    luca = demo_slack.as_person(LUCA)
    await luca.types(f"/billing {hostile}")
    answer = await luca.reads("Comando sconosciuto")
    assert answer["ephemeral_to"] == LUCA.id
    for live in ("<!channel>", "<@U0LUCA00001>", "*bold*", "`code`", "<https://"):
        assert live not in answer["text"]


async def test_blanks_alone_are_the_bare_command(demo_slack: Conversation) -> None:
    emma = demo_slack.as_person(EMMA)
    await emma.types("/billing \u00a0  ")
    await emma.reads("Purchases and invoices")


async def test_what_is_too_long_or_missing_is_refused_beside_its_field_however_it_got_past_slack(
    demo_slack: Conversation,
) -> None:
    billing, wire = demo_slack.session.billing, Wire(demo_slack)
    subscription = subscription_id(billing, "Piazza", "ai-assist")
    metadata = json.dumps({"subscription_id": subscription, "version": 1})
    before = tables(billing, but=KEPT_OF_REFUSALS)
    fields = {"extra": "कंपनी", "postal_code": "", "region": ""}
    payload = wire.submit(
        EMMA,
        "address.change",
        metadata,
        **fields,
        name="x" * 3000,
        street="",
        city="y" * 81,
        country=picks("ZZ"),
    )
    errors = json.loads((await wire.interacts(payload)).text)["errors"]
    assert errors == {
        "name": "Too long: use at most 80 characters.",
        "street": "This field is required.",
        "extra": "Invoices can't show “क”. Use another alphabet, for example the Latin one.",
        "city": "Too long: use at most 60 characters.",
        "country": "That value isn't recognised. Choose or type another.",
    }
    assert tables(billing, but=KEPT_OF_REFUSALS) == before


async def test_a_company_that_does_not_fit_is_refused_beside_each_field_however_it_got_past_slack(
    demo_slack: Conversation,
) -> None:
    billing, wire = demo_slack.session.billing, Wire(demo_slack)
    subscription = subscription_id(billing, "Piazza", "ai-assist")
    ((version,),) = rows(billing, "SELECT version FROM subscriptions WHERE id = :id", id=subscription)
    nowhere = {"name": "", "street": "x", "city": "y", "country": "ZZ"}
    before = tables(billing, but=KEPT_OF_REFUSALS)
    for address, wanted in (
        (
            None,
            {
                "vat_number": "That VAT number isn't valid",
                "sdi_code": "at most 7",
                "pec": "That email address isn't valid",
            },
        ),
        (nowhere, {"vat_number": "That value isn't recognised"}),
    ):
        metadata = json.dumps({"subscription_id": subscription, "version": version, "address": address})
        payload = wire.submit(
            EMMA, "company.change", metadata, vat_number="x" * 24, sdi_code="y" * 3000, pec="z"
        )
        errors = json.loads((await wire.interacts(payload)).text)["errors"]
        assert errors.keys() >= wanted.keys()
        assert all(sentence in errors[field] for field, sentence in wanted.items()), errors
    assert tables(billing, but=KEPT_OF_REFUSALS) == before


@pytest.mark.parametrize("name", ["", "x" * 81, "Mer\u202ecato\x1b[31m"], ids=repr)
async def test_a_property_whose_name_does_not_fit_is_refused_beside_the_field(
    demo_slack: Conversation, name: str
) -> None:
    wire = Wire(demo_slack)
    payload = wire.submit(
        EMMA, "property.create", "", name=name, time_zone=picks("Europe/Rome"), country=picks("IT")
    )
    assert list(json.loads((await wire.interacts(payload)).text).get("errors", {})) == ["name"]
    assert len(rows(demo_slack.session.billing, "SELECT id FROM properties")) == 2


@pytest.mark.parametrize("name", ["Mer\x00cato", "Mer\ud800cato"], ids=repr)
async def test_what_nobody_can_type_into_slack_is_none_of_its_forms(
    demo_slack: Conversation, name: str
) -> None:
    wire = Wire(demo_slack)
    payload = wire.submit(
        EMMA, "property.create", "", name=name, time_zone=picks("Europe/Rome"), country=picks("IT")
    )
    before = tables(demo_slack.session.billing)
    assert (await wire.interacts(payload)).status == 400
    assert tables(demo_slack.session.billing) == before


async def test_a_property_in_no_country_of_the_list_is_refused_beside_the_field(
    demo_slack: Conversation,
) -> None:
    wire = Wire(demo_slack)
    payload = wire.submit(
        EMMA, "property.create", "", name="Mercato", time_zone=picks("Europe/Rome"), country=picks("ZZ")
    )
    assert list(json.loads((await wire.interacts(payload)).text).get("errors", {})) == ["country"]
    assert len(rows(demo_slack.session.billing, "SELECT id FROM properties")) == 2


PRESSED: dict[str, Callable[[Wire], Payload]] = {
    "an action id of no version": lambda wire: wire.press(EMMA, "subscription.explode", "x"),
    "an empty action id": lambda wire: wire.press(EMMA, "", "x"),
    "the longest action id": lambda wire: wire.press(EMMA, "a" * 255, "x"),
    "no page number": lambda wire: wire.press(EMMA, "invoice.list", "abc"),
    "a page that is no number": lambda wire: wire.press(EMMA, "invoice.list", "all:abc"),
    "an empty list": lambda wire: wire.press(EMMA, "invoice.list", ""),
    "an agenda without a page": lambda wire: wire.press_in(
        EMMA, wire.open_modal(EMMA, "", ""), "agenda.page", "abc"
    ),
    "a history without a page": lambda wire: wire.press(EMMA, "payment.history", "all:abc"),
    "nothing behind three dots": lambda wire: wire.press(EMMA, "more.1", ""),
    "an undo of nothing": lambda wire: wire.press(EMMA, "change.undo", ""),
    "a payment of nothing": lambda wire: wire.press(EMMA, "payment.pay", ""),
    "an empty button": lambda wire: wire.press(EMMA, "invoice.send", ""),
    "an unknown shortcut": lambda wire: wire.shortcut(EMMA, "home.close"),
    "paging in a modal with lost metadata": lambda wire: wire.press_in(
        EMMA, wire.open_modal(EMMA, "", "x"), "invoice.page", "abc"
    ),
    "an unknown button in a modal": lambda wire: wire.press_in(EMMA, wire.open_modal(EMMA), "x.y", "z"),
}


@pytest.mark.parametrize("press", PRESSED.values(), ids=PRESSED.keys())
async def test_a_button_that_means_nothing_gets_a_sentence(
    demo_slack: Conversation, press: Callable[[Wire], Payload]
) -> None:
    demo_slack.may_fail.add("turns")
    emma, wire = demo_slack.as_person(EMMA), Wire(demo_slack)
    before = tables(demo_slack.session.billing, but=KEPT_OF_REFUSALS)
    payload = press(wire)
    seen = await emma.private_answers()
    assert (await wire.interacts(payload)).status == 200
    answer = await emma.is_answered(beyond=seen)
    assert any(sentence in answer for sentence in KIND_SENTENCES), answer
    assert tables(demo_slack.session.billing, but=KEPT_OF_REFUSALS) == before


@pytest.mark.parametrize(
    "callback",
    [
        *("subscription.cancel_confirmed", "address.change", "company.change"),
        *("change.make", "renewal.restart", "renewal.keep", "transfer.make"),
    ],
)
@pytest.mark.parametrize(
    "metadata", ["", "x", "{}", "[]", "null", "7", '{"subscription_id": null, "reason": null}']
)
async def test_a_form_whose_metadata_is_spoilt_gets_a_sentence(
    demo_slack: Conversation, callback: str, metadata: str
) -> None:
    demo_slack.may_fail.add("turns")
    before = tables(demo_slack.session.billing, but=KEPT_OF_REFUSALS)
    reply = await Wire(demo_slack).interacts(Wire(demo_slack).submit(EMMA, callback, metadata))
    assert reply.status == 200
    assert any(sentence in reply.text for sentence in KIND_SENTENCES), reply.text
    assert tables(demo_slack.session.billing, but=KEPT_OF_REFUSALS) == before


async def test_a_form_of_no_version_is_called_outdated(demo_slack: Conversation) -> None:
    reply = await Wire(demo_slack).interacts(Wire(demo_slack).submit(EMMA, "subscription.explode", "{}"))
    assert OUTDATED in reply.text


async def test_a_shortcut_of_no_version_is_called_outdated(italian_slack: Conversation) -> None:
    giulia, wire = italian_slack.as_person(GIULIA), Wire(italian_slack)
    await wire.interacts(wire.shortcut(GIULIA, "home.close"))
    await giulia.sees_modal("Questo pulsante o modulo non è più valido")


async def test_a_failure_is_told_with_the_reference_that_stands_in_the_log_and_without_what_was_typed(
    demo_slack: Conversation, printed: Printed
) -> None:
    demo_slack.may_fail.add("turns")
    emma, wire = demo_slack.as_person(EMMA), Wire(demo_slack)
    await emma.types("/billing help")
    await emma.reads("Commands")
    metadata = json.dumps({"subscription_id": "sub_x", "version": 1})
    fields = dict.fromkeys(("street", "city"), "x")
    payload = wire.submit(
        EMMA, "address.change", metadata, name="Segretissima S.r.l.", country=picks("DE"), **fields
    )
    with demo_slack.session.billing.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE subscriptions RENAME TO taken_away")
    reply = await wire.interacts(payload)
    (line,) = [line for line in printed.lines() if "a turn failed" in line]
    reference = json.loads(line)["reference"]
    assert reference in reply.text
    assert "Segretissima" not in printed.text()
    assert demo_slack.session.sandbox.workspace.app.bot_token not in printed.text()


async def test_a_refusal_is_told_even_when_it_cannot_be_written_down(demo_slack: Conversation) -> None:
    demo_slack.may_fail.add("turns")
    emma, wire = demo_slack.as_person(EMMA), Wire(demo_slack)
    await emma.types("/billing help")
    await emma.reads("Commands")
    with demo_slack.session.billing.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE audit_entries RENAME TO taken_away")
    payload = wire.press(EMMA, "subscription.explode", "x")
    seen = await emma.private_answers()
    await wire.interacts(payload)
    answer = await emma.is_answered(beyond=seen)
    assert any(sentence in answer for sentence in KIND_SENTENCES)
