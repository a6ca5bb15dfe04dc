"""No card number is ever kept, logged or said again: product line 8."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from sandbox.demo import EMMA, GIULIA
from tests.stories.conversation import Conversation, Seen, text_of
from tests.stories.records import KEPT_OF_REFUSALS, Printed, refusals, tables
from tests.stories.wire import Wire

# A number of the schemes' own test range, as people type it.
WRITTEN = (
    "4012888888881881",
    "4012 8888 8888 1881",
    "4012-8888-8888-1881",
    "４０１２ ８８８８ ８８８８ １８８１",
)
TRACES = ("40128888", "4012 8888", "4012-8888", "４０１２", "88881881", "8888 1881", "8888-1881", "１８８１")
ADDRESS_FIELDS = ("name", "street", "extra", "city", "region")


def nothing_is_kept(slack: Conversation, printed: Printed) -> None:
    """Neither a row of any table nor a line of the log holds a part of the number."""
    rows = [row for table in tables(slack.session.billing).values() for row in table]
    for trace in TRACES:
        assert not [row for row in rows if trace in row]
        assert not [line for line in printed.lines() if trace in line]


def nothing_is_said(seen: object) -> None:
    assert not [trace for trace in TRACES if trace in text_of(seen)]


async def refused_beside(
    slack: Conversation, form: Seen, *fields: str, sentence: str, by: str = "emma", **also: str
) -> None:
    """The number, typed into the fields, is refused beside each of them, whatever is typed besides."""
    person = slack.as_person(EMMA if by == "emma" else GIULIA)
    limits = {
        block["block_id"]: block["element"].get("max_length", 3000)
        for block in form["blocks"]
        if "element" in block
    }
    before = tables(slack.session.billing, but=KEPT_OF_REFUSALS)
    for written in WRITTEN:
        typed = {field: written for field in fields if len(written) <= limits[field]}
        answer = await person.submits(form, **typed, **also)
        assert answer["outcome"] == "errors"
        assert answer["errors"].keys() == typed.keys()
        assert all(sentence in error for error in answer["errors"].values())
        nothing_is_said(answer)
    assert tables(slack.session.billing, but=KEPT_OF_REFUSALS) == before


@pytest.mark.product(8, languages="en")
async def test_in_every_field_of_an_address(demo_slack: Conversation, printed: Printed) -> None:
    form = await demo_slack.as_person(EMMA).opens("/billing address ai", "address.change")
    await refused_beside(demo_slack, form, *ADDRESS_FIELDS, sentence="That looks like a card number")
    nothing_is_kept(demo_slack, printed)
    assert ("address.change", "CardNumberTyped") in refusals(demo_slack.session.billing, EMMA)


async def test_in_every_field_of_a_company(demo_slack: Conversation, printed: Printed) -> None:
    form = await demo_slack.as_person(EMMA).opens("/billing company ai", "company.change")
    sentence = "That looks like a card number"
    await refused_beside(
        demo_slack, form, "legal_name", "sdi_code", "pec", "purchase_order", sentence=sentence
    )
    form = await demo_slack.as_person(EMMA).opens("/billing company ai", "company.change")
    numbers = ("vat_number", "codice_fiscale")
    await refused_beside(demo_slack, form, *numbers, sentence=sentence, legal_name="Esempio")
    nothing_is_kept(demo_slack, printed)


async def test_in_the_short_field_of_an_address_too(demo_slack: Conversation, printed: Printed) -> None:
    emma = demo_slack.as_person(EMMA)
    form = await emma.opens("/billing address ai", "address.change")
    answer = await emma.submits(form, postal_code=WRITTEN[0])
    assert "That looks like a card number" in answer["errors"]["postal_code"]
    nothing_is_kept(demo_slack, printed)


@pytest.mark.product(8, languages="it")
async def test_in_the_reason_of_a_cancellation(italian_slack: Conversation, printed: Printed) -> None:
    giulia = italian_slack.as_person(GIULIA)
    form = await giulia.opens("/billing annulla ai", "AI Assist Growth")
    for written in WRITTEN:
        answer = await giulia.submits(form, kind="other", reason=f"la carta {written} è scaduta")
        assert list(answer["errors"]) == ["reason"]
        assert "Sembra il numero di una carta" in answer["errors"]["reason"]
    nothing_is_kept(italian_slack, printed)


async def test_in_the_form_of_a_property(demo_slack: Conversation, printed: Printed) -> None:
    form = Wire(demo_slack).submit(EMMA, "property.create", "", name=WRITTEN[1])
    reply = await Wire(demo_slack).interacts(form)
    assert reply.text.count("That looks like a card number") == 1
    assert not [trace for trace in TRACES if trace in reply.text]
    nothing_is_kept(demo_slack, printed)


@pytest.mark.parametrize(
    "words", ["{}", "cancel {}", "address {}", "invoices {}", "property {}", "help {}", "pay {}"]
)
async def test_in_the_words_of_a_command(demo_slack: Conversation, printed: Printed, words: str) -> None:
    emma = demo_slack.as_person(EMMA)
    for written in WRITTEN:
        seen = await emma.private_answers()
        await emma.types(f"/billing {words.format(written)}")
        answer = await emma.is_answered(beyond=seen)
        assert "That looks like a card number. Never type one into Slack" in answer
        nothing_is_said(answer)
    nothing_is_kept(demo_slack, printed)
    assert not (await demo_slack.state())["views"].get(EMMA.id)


async def test_in_a_form_that_was_forged_to_carry_it_past_the_fields(
    demo_slack: Conversation, printed: Printed
) -> None:
    forged = '{"subscription_id": "sub_x", "reason": "4012888888881881"}'
    reply = await Wire(demo_slack).interacts(
        Wire(demo_slack).submit(EMMA, "subscription.cancel_confirmed", forged)
    )
    assert not [trace for trace in TRACES if trace in reply.text]
    nothing_is_kept(demo_slack, printed)


async def test_not_even_when_something_fails_that_nobody_foresaw(
    demo_slack: Conversation, printed: Printed
) -> None:
    demo_slack.may_fail.add("turns")
    wire = Wire(demo_slack)
    payload = wire.submit(EMMA, "address.change", "{}", name=WRITTEN[0])
    run(demo_slack, "ALTER TABLE audit_entries RENAME TO audit_entries_gone")
    reply = await wire.interacts(payload)
    await demo_slack.rests()
    run(demo_slack, "ALTER TABLE audit_entries_gone RENAME TO audit_entries")
    assert reply.status == 200
    assert [line for line in printed.lines() if "audit_entries" in line]
    assert not [trace for trace in TRACES if trace in reply.text]
    nothing_is_kept(demo_slack, printed)


async def test_nor_in_what_is_not_made_as_slack_makes_it(demo_slack: Conversation, printed: Printed) -> None:
    wire = Wire(demo_slack)
    payload = wire.submit(EMMA, "address.change", "{}", name=WRITTEN[0])
    payload["view"]["state"]["values"]["street"] = {"value": WRITTEN[1]}
    reply = await wire.interacts(payload)
    assert reply.status == 400
    assert [line for line in printed.lines() if "not made as Slack makes it" in line]
    assert not [trace for trace in TRACES if trace in reply.text]
    nothing_is_kept(demo_slack, printed)


def run(slack: Conversation, sql: str) -> None:
    with slack.session.billing.engine.begin() as connection:
        connection.execute(text(sql))


async def test_a_number_that_is_no_card_is_an_ordinary_word(demo_slack: Conversation) -> None:
    emma = demo_slack.as_person(EMMA)
    form = await emma.opens("/billing address ai", "address.change")
    assert (await emma.submits(form, extra="Interno 4012 8888 8888 1882"))["outcome"] == "updated"
    await emma.sees_modal("4012 8888 8888 1882")
