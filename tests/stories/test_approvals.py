"""Above an amount one operator asks and another one approves: nothing is done before, and it is done once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from billing import Billing
from billing.services import credit_notes, verify
from billing.services.credit_notes import Wanted
from billing.values.channels import OperatorChannel
from sandbox import demo
from sandbox.clock import TurnableClock
from sandbox.demo import ANNA, EMMA, GIULIA
from tests.stories.conversation import Conversation, Seen, buttons, text_of
from tests.stories.records import rows
from tests.stories.test_operators import invoice_of, late_money

TWO = demo.OperatorSettings(f"{EMMA.id},{GIULIA.id}", "20 EUR")
Desk = tuple[Billing, TurnableClock]


@pytest.fixture
def desk_of_demo(desk_of_demo: Desk) -> Desk:
    """The demo whose operators have a channel."""
    billing, clock = desk_of_demo
    told_in = OperatorChannel(demo.TEAM.id, demo.BILLING_CHANNEL)
    return replace(billing, operator_channel=told_in), clock


@pytest.fixture
async def pair(desk_of_demo: Desk) -> AsyncIterator[Conversation]:
    """The demo with two operators, an Englishwoman and an Italian."""
    async with Conversation.in_demo(
        *desk_of_demo, locale="en-GB", by_wire=True, operators=TWO
    ) as conversation:
        yield conversation
    assert conversation.failures() == []


def acts(slack: Conversation) -> list[tuple[str, str, str | None]]:
    """What stands in customers' logs of the seller's people: who, what, and why it was refused."""
    found = rows(
        slack.session.billing,
        "SELECT user_id, act, refused_as FROM audit_entries WHERE via = 'seller' ORDER BY id",
    )
    return [(user, act, refused) for user, act, refused in found]


def notes(slack: Conversation) -> list[tuple[int, ...]]:
    return [tuple(row) for row in rows(slack.session.billing, "SELECT total_minor FROM credit_notes")]


async def asks(slack: Conversation, **form: str) -> tuple[str, Seen]:
    """Emma asks for a credit note; answers the invoice's number and the message in the operators' channel."""
    number, emma = invoice_of(slack), slack.as_person(EMMA)
    await emma.submits(await emma.opens(f"/billing-operator credit {number}", "Nothing happens yet"), **form)
    question = await emma.sees_modal("Another operator has to approve it. Nothing happens before.")
    assert question["submit"]["text"] == "Ask for approval"
    await emma.submits(question)
    await emma.sees_modal("Nothing was done yet: another operator has to approve it within a day.")
    await slack.rests()
    assert notes(slack) == []
    return number, await in_channel(slack, "asks to credit")


async def in_channel(slack: Conversation, words: str) -> Seen:
    """The newest message in the operators' channel that holds these words."""

    def look(state: Seen) -> Seen | None:
        found = [
            message
            for message in state["messages"]
            if message["channel"] == demo.BILLING_CHANNEL
            and not message["ephemeral_to"]
            and words in text_of(message)
        ]
        return found[-1] if found else None

    seen: Seen = await slack.until(look)
    return seen


async def test_another_operator_approves_what_one_asked_for_and_it_is_done_once(pair: Conversation) -> None:
    emma, giulia = pair.as_person(EMMA), pair.as_person(GIULIA, demo.BILLING_CHANNEL)
    number, shown = await asks(pair, amount="25.00", reason="Outage of 3 March")
    assert f"asks to credit *€25.00* with VAT of invoice *{number}* to Piazza" in text_of(shown)
    assert "Reason: Outage of 3 March" in text_of(shown)

    await emma.presses(shown, "operator.approve")
    await emma.reads("You asked for this yourself, so another operator has to approve it.")
    await emma.types("/billing-operator requests")
    listed = await emma.reads("1 request waits")
    await giulia.presses(shown, "operator.approve")
    question = await giulia.sees_modal(
        f"chiede di accreditare *25,00 €* IVA inclusa della fattura *{number}*"
    )
    assert question["submit"]["text"] == "Approva e accredita"
    await giulia.submits(question)
    await giulia.sees_modal("La nota di credito CN-2026-000001 di 25,00 €")
    await pair.rests()

    assert notes(pair) == [(2500,)]
    over = await in_channel(pair, f"Approved by <@{GIULIA.id}>.")
    assert over["ts"] == shown["ts"]
    assert not buttons(over, "operator.approve")
    (told,) = await emma.direct_messages(1)
    assert "Credit note CN-2026-000001 over €25.00 with VAT was issued" in text_of(told)
    assert f"Approved by <@{GIULIA.id}>." in text_of(told)
    await emma.presses(listed, "operator.approve")
    await emma.reads(f"<@{GIULIA.id}> already approved this. Nothing was done a second time.")
    assert acts(pair) == [
        (EMMA.id, "operator.ask_credit", None),
        (EMMA.id, "operator.approve", "OwnRequest"),
        (GIULIA.id, "operator.approve", None),
        (GIULIA.id, "credit_note.issue", None),
        (EMMA.id, "operator.approve", "RequestClosed"),
    ]
    assert not verify.verify(pair.session.billing)


async def test_what_was_given_back_before_counts(pair: Conversation) -> None:
    number, emma = invoice_of(pair), pair.as_person(EMMA)
    await emma.submits(
        await emma.opens(f"/billing-operator credit {number}", "Nothing happens yet"), amount="15.00"
    )
    await emma.submits(await emma.sees_modal("You are about to credit *€15.00*"))
    await emma.sees_modal("Credit note CN-2026-000001 over €15.00")
    await emma.submits(
        await emma.opens(f"/billing-operator credit {number}", "Nothing happens yet"), amount="5.01"
    )
    question = await emma.sees_modal("Another operator has to approve it.")
    assert "€15.00 of this invoice was credited before." in text_of(question)


async def test_a_refund_is_approved_and_one_is_declined(pair: Conversation) -> None:
    await pair.turn_clock(advance="31d")  # a renewal, collected by the pretend Stripe
    number, emma, giulia = invoice_of(pair), pair.as_person(EMMA), pair.as_person(GIULIA)
    credit_notes.issue(pair.session.billing, number, Wanted("30.00", refund=True))
    for outcome in ("declined", "approved"):
        form = await emma.opens(f"/billing-operator refund {number}", "Nothing happens yet")
        await emma.submits(form, amount="")
        await emma.submits(await emma.sees_modal("Another operator has to approve it."))
        await emma.sees_modal("Nothing was done yet")
        await giulia.types("/billing-operator richieste")
        listed = await giulia.reads("1 richiesta in attesa")
        if outcome == "declined":
            await giulia.presses(listed, "operator.decline")
            await giulia.reads(f"Rifiutata da <@{GIULIA.id}>. Non è stato fatto nulla.")
            await in_channel(pair, f"Declined by <@{GIULIA.id}>. Nothing was done.")
        else:
            await giulia.presses(listed, "operator.approve")
            await giulia.submits(await giulia.sees_modal("Approva e rimborsa"))
            await giulia.sees_modal(f"30,00 € della fattura {number} sono stati rimborsati")
        await pair.rests()
    assert rows(pair.session.billing, "SELECT minor, state, requested_by FROM refunds") == [
        (3000, "succeeded", GIULIA.id)
    ]
    await giulia.types("/billing-operator richieste")
    await giulia.reads("Nessuna richiesta in attesa di approvazione.")
    assert not verify.verify(pair.session.billing)


async def test_what_has_changed_since_is_said_and_not_done(pair: Conversation) -> None:
    giulia = pair.as_person(GIULIA, demo.BILLING_CHANNEL)
    number, shown = await asks(pair, amount="25.00")
    await giulia.presses(shown, "operator.approve")
    question = await giulia.sees_modal("Approva e accredita")
    credit_notes.issue(pair.session.billing, number, Wanted("5.00"))
    await giulia.submits(question)
    await giulia.sees_modal("Qualcosa è cambiato da quando ti è stato mostrato. Non è stato fatto nulla.")
    await pair.rests()
    await giulia.presses(shown, "operator.approve")
    changed = await giulia.sees_modal("Dalla richiesta qualcosa è cambiato")
    assert "Già accreditato o rimborsato: 0,00 € al momento della richiesta, 5,00 € adesso" in text_of(
        changed
    )
    assert changed["submit"] is None
    assert notes(pair) == [(500,)]


async def test_after_a_day_it_has_expired(pair: Conversation) -> None:
    giulia = pair.as_person(GIULIA, demo.BILLING_CHANNEL)
    _, shown = await asks(pair, amount="25.00")
    await pair.turn_clock(advance="25h")
    await giulia.presses(shown, "operator.approve")
    await giulia.reads("Questa richiesta è scaduta: nessuno l’ha approvata entro un giorno.")
    over = await in_channel(pair, "Nobody approved it within a day: it has expired, and nothing was done.")
    assert not buttons(over, "operator.decline")
    assert notes(pair) == []


async def test_who_is_no_operator_any_more_approves_nothing(desk_of_demo: Desk) -> None:
    async with Conversation.in_demo(*desk_of_demo, locale="en-GB", operators=TWO) as slack:
        await asks(slack, amount="25.00")
    others = replace(TWO, ids=f"{EMMA.id},{ANNA.id}")
    async with Conversation.in_demo(*desk_of_demo, locale="en-GB", operators=others) as slack:
        anna, giulia = slack.as_person(ANNA), slack.as_person(GIULIA)
        await anna.types("/billing-operator requests")
        listed = await anna.reads("1 request waits")
        await giulia.types("/billing-operator richieste")
        await giulia.reads("Questo comando non è a tua disposizione qui.")
        assert buttons(listed, "operator.approve")
        slack.may_fail.add("chat.update")  # the channel's message was in the Slack of before
        await anna.presses(listed, "operator.approve")
        await anna.submits(await anna.sees_modal("Approve and credit"))
        await anna.sees_modal("Credit note CN-2026-000001 over €25.00 with VAT was issued")


async def test_a_channel_that_takes_nothing_is_said_and_the_request_stands(pair: Conversation) -> None:
    emma = pair.as_person(EMMA)
    await pair.slack_fails("chat.postMessage", "channel_not_found")
    number = invoice_of(pair)
    await emma.submits(await emma.opens(f"/billing-operator credit {number}", "Nothing happens yet"))
    await emma.submits(await emma.sees_modal("Another operator has to approve it."))
    await emma.sees_modal("It couldn't be posted in the operators' channel: tell a colleague.")
    await pair.as_person(GIULIA).types("/billing-operator requests")
    await pair.as_person(GIULIA).reads("1 richiesta in attesa")


async def test_a_refund_without_an_invoice_is_not_asked_for_where_it_needs_another_operator(
    desk_of_demo: Desk,
) -> None:
    async with Conversation.in_demo(*desk_of_demo, locale="en-GB", operators=TWO) as slack:
        payment, emma = late_money(slack), slack.as_person(EMMA)
        form = await emma.opens(f"/billing-operator refund {payment}", "Nothing happens yet")
        await emma.submits(form, amount="20.01")
        told = await emma.sees_modal("Nothing was refunded: another operator would have to approve €20.01")
        assert f"`python -m billing refund {demo.TEAM.id} {payment}`" in text_of(told)
        form = await emma.opens(f"/billing-operator refund {payment}", "Nothing happens yet")
        await emma.submits(form, amount="20.00")
        question = await emma.sees_modal("You are about to refund *€20.00*")
        assert question["submit"]["text"] == "Yes, refund"
        assert rows(slack.session.billing, "SELECT COUNT(*) FROM refunds") == [(0,)]
