"""Changing plan and quantity, as an admin does it: product lines 11, 14, 30 and 31."""

from __future__ import annotations

import asyncio
import re
from decimal import ROUND_HALF_UP, Decimal
from functools import partial
from pathlib import Path

import pytest

from billing.adapters.gateways.sandbox import Behaviour, SandboxGateway
from billing.services import catalogue
from billing.values.actors import Role
from sandbox.demo import CATALOGUE, EMMA, GIULIA
from tests.stories.conversation import Conversation, Person, Seen, buttons, text_of
from tests.stories.records import KEPT_OF_REFUSALS, give_role, refusals, rows, subscription_id, tables
from tests.stories.wire import Wire, presses_as_it_was

BUSINESS = "business:month"
CARD = "pm_card_visa"
# Of the demo's catalogue: what is changed at the end of the period is sold by the month alone.
MONTHLY = 'month = "29.00"'


def gateway(slack: Conversation) -> SandboxGateway:
    found = slack.session.billing.gateway
    assert isinstance(found, SandboxGateway)
    return found


async def confirmation(person: Person, plan: str = BUSINESS, yes: str = "Yes, change plan") -> Seen:
    """The question whether AI Assist shall have that plan."""
    form = await person.opens("/billing change ai", "AI Assist Growth")
    await person.submits(form, plan=plan)
    return await person.sees_modal(yes)


async def plan_remove_branding_three_times(person: Person) -> Seen:
    """Three of Remove Branding, whose changes come at the end of the cycle; answers the modal that says so."""
    form = await person.opens("/billing change remove", "Remove Branding")
    await person.submits(form, quantity="3")
    await person.submits(await person.sees_modal("Yes, change plan"))
    return await person.sees_modal("will change. From")


def paid_for_bottega(slack: Conversation) -> list[int]:
    """What was paid for its Remove Branding."""
    wanted = subscription_id(slack.session.billing, "Bottega", "remove-branding")
    paid = "SELECT minor FROM payments WHERE subscription_id = :id AND state = 'paid' ORDER BY created_at"
    return [int(row[0]) for row in rows(slack.session.billing, paid, id=wanted)]


def all_but_ai_assist(slack: Conversation) -> list[tuple[object, ...]]:
    """What every other subscription is, pays and when."""
    changed = subscription_id(slack.session.billing, "Piazza", "ai-assist")
    return rows(slack.session.billing, "SELECT * FROM subscriptions WHERE id <> :id ORDER BY id", id=changed)


def planned_for_ai_assist(slack: Conversation) -> list[tuple[object, ...]]:
    """The change of its plan that waits for something."""
    changed = subscription_id(slack.session.billing, "Piazza", "ai-assist")
    pending = "SELECT id FROM planned_changes WHERE subscription_id = :id AND state = 'pending'"
    return rows(slack.session.billing, pending, id=changed)


def charges(slack: Conversation) -> list[int]:
    return [order.amount.minor for order in gateway(slack).charged("change")]


async def test_the_price_is_shown_when_the_plan_is_chosen_and_nothing_is_done_yet(
    demo_slack: Conversation,
) -> None:
    emma = demo_slack.as_person(EMMA)
    before = tables(demo_slack.session.billing)
    form = await emma.opens("/billing change ai", "AI Assist Growth")
    assert "Choose another plan to see what it costs" in text_of(form)
    assert '"quantity"' not in text_of(form)  # of this one can have one
    await emma.chooses(form, "plan", BUSINESS)
    shown = text_of(await emma.sees_modal("*Charged now:*"))
    assert "*Charged now:* €120.78 with VAT, to Visa •••• 4242" in shown
    assert "VAT 22%: €21.78" in shown
    assert "*Takes effect:* immediately" in shown
    assert re.search(r"\*Next charge:\* €120\.78 with VAT, on \w+ \d+, \d{4}", shown)
    await emma.chooses(await emma.sees_modal(), "plan", "growth:month")
    await emma.sees_modal("It already has this plan, interval and number of units")
    assert tables(demo_slack.session.billing, but=KEPT_OF_REFUSALS) == {
        table: found for table, found in before.items() if table not in KEPT_OF_REFUSALS
    }


@pytest.mark.product(11, 13, languages="en")
async def test_a_yes_charges_what_was_shown_and_the_channel_reads_who_changed_what(
    demo_slack: Conversation,
) -> None:
    emma, others = demo_slack.as_person(EMMA), all_but_ai_assist(demo_slack)
    question = await confirmation(emma)
    assert "change *AI Assist* of the property *Piazza* to *Business, monthly*" in text_of(question)
    await emma.submits(question)
    outcome = text_of(await emma.sees_modal("is now on"))
    assert "AI Assist of Piazza is now on Business. €120.78 with VAT was charged." in outcome
    assert charges(demo_slack) == [12078]
    await demo_slack.until_announced("changed AI Assist of Piazza from Growth to Business")
    await demo_slack.until_announced("Effective now. Paid: €120.78 with VAT.")
    assert "*AI Assist Business*" in text_of(await emma.sees_home("AI Assist Business"))
    assert all_but_ai_assist(demo_slack) == others


@pytest.mark.product(11, 13, 30, languages="it")
async def test_an_italian_changes_the_plan_in_italian(italian_slack: Conversation) -> None:
    giulia, others = italian_slack.as_person(GIULIA), all_but_ai_assist(italian_slack)
    form = await giulia.opens("/billing cambia ai", "AI Assist Growth")
    await giulia.chooses(form, "plan", BUSINESS)
    await giulia.sees_modal("*Oggi paghi:* 120,78 € IVA inclusa, con Visa •••• 4242")
    await giulia.submits(await giulia.sees_modal(), plan=BUSINESS)
    question = await giulia.sees_modal("Sì, cambia piano")
    assert "Stai per cambiare *AI Assist* della proprietà *Piazza*" in text_of(question)
    await giulia.submits(question)
    await giulia.sees_modal("Sono stati addebitati 120,78 € IVA inclusa")
    await italian_slack.until_announced("ha cambiato AI Assist di Piazza da Growth a Business")
    assert all_but_ai_assist(italian_slack) == others


@pytest.mark.product(30, languages="en")
async def test_the_days_that_are_left_are_counted_in_words_and_charged_so(demo_slack: Conversation) -> None:
    emma = demo_slack.as_person(EMMA)
    await emma.submits(await emma.opens("/billing renew video", "Yes, renew"))
    await emma.closes(await emma.sees_modal("of Piazza restarted"))
    await demo_slack.turn_clock(advance="10d")
    form = await emma.opens("/billing change video", "Video and Voice Standard")
    await emma.chooses(form, "plan", "plus:month")
    shown = text_of(await emma.sees_modal("*Charged now:* €"))
    days = re.findall(r"(\d+) of (\d+) days × €(\d+)\.00 = (-?)€([\d.]+)", shown)
    assert [(whole, sign) for _, _, whole, sign, _ in days] == [("29", "-"), ("59", "")]
    for left, of_days, whole, _, amount in days:
        assert (Decimal(whole) * int(left) / int(of_days)).quantize(
            Decimal("0.01"), ROUND_HALF_UP
        ) == Decimal(amount)
    await emma.submits(form, plan="plus:month")
    await emma.submits(await emma.sees_modal("Yes, change plan"))
    outcome = text_of(await emma.sees_modal("is now on Plus"))
    (charged,) = re.findall(r"\*Charged now:\* €([\d.]+)", shown)
    assert f"€{charged} with VAT was charged" in outcome
    assert charges(demo_slack) == [int(Decimal(charged) * 100)]


async def test_slack_is_answered_before_the_bank_is_asked(demo_slack: Conversation) -> None:
    emma = demo_slack.as_person(EMMA)
    question = await confirmation(emma)
    asked = len(gateway(demo_slack).calls)
    reply = await Wire(demo_slack).interacts(
        Wire(demo_slack).submit(EMMA, question["callback_id"], question["private_metadata"])
    )
    assert "The bank may take a few seconds" in reply.text
    # The modal that was promised was never drawn, so the outcome takes the place of the form that was submitted.
    await emma.sees_modal("is now on Business")
    assert await emma.direct_messages(0) == []
    assert len(gateway(demo_slack).calls) == asked + 1


async def test_a_card_that_is_declined_leaves_the_plan_as_it_was_and_says_so(
    demo_slack: Conversation,
) -> None:
    emma = demo_slack.as_person(EMMA)
    gateway(demo_slack).expect(CARD, Behaviour.DECLINES)
    await emma.submits(await confirmation(emma))
    refused = text_of(await emma.sees_modal("Payment failed: insufficient funds"))
    assert "Nothing was charged or changed." in refused
    assert "AI Assist Growth" in text_of(await emma.opens_home("AI Assist Growth"))
    assert charges(demo_slack) == []
    told = await demo_slack.until_announced("Payment of €120.78")
    assert not buttons(told, "payment.pay")


async def test_a_bank_that_wants_its_customer_gets_them_by_a_link_and_the_plan_waits(
    demo_slack: Conversation,
) -> None:
    emma = demo_slack.as_person(EMMA)
    gateway(demo_slack).expect(CARD, Behaviour.ASKS_FOR_ACTION)
    await emma.submits(await confirmation(emma))
    waiting = await emma.sees_modal("Your bank asks you to confirm €120.78")
    assert "Nothing has been charged yet" in text_of(waiting)
    (link,) = [one for block in waiting["blocks"] for one in block.get("elements", []) if "url" in one]
    assert link["url"].startswith("https://gateway.example/action/")
    assert (await emma.presses(waiting, "payment.at_bank"))["ok"]
    home = await emma.opens_home("As soon as it is paid: Business")
    assert buttons(home, "change.undo")  # what waits for its payer blocks nothing
    gateway(demo_slack).authenticate(gateway(demo_slack).calls[-1])
    await demo_slack.turn_clock(advance="2m")
    await demo_slack.until_announced("changed AI Assist of Piazza from Growth to Business")


async def test_a_bank_that_is_silent_is_asked_again_and_charges_once(demo_slack: Conversation) -> None:
    emma = demo_slack.as_person(EMMA)
    gateway(demo_slack).expect(CARD, Behaviour.SILENT_AFTER)
    await emma.submits(await confirmation(emma))
    await emma.sees_modal("nothing is charged twice")
    await demo_slack.turn_clock(advance="2m")
    await demo_slack.until_announced("changed AI Assist of Piazza from Growth to Business")
    assert charges(demo_slack) == [12078]


async def test_yes_pressed_five_times_at_once_is_one_change_and_one_charge(demo_slack: Conversation) -> None:
    emma = demo_slack.as_person(EMMA)
    question = await confirmation(emma)
    await asyncio.gather(*(emma.submits(question) for _ in range(5)))
    await emma.sees_modal("is now on")
    assert charges(demo_slack) == [12078]
    changed = "SELECT id FROM planned_changes WHERE state = 'applied'"
    assert len(rows(demo_slack.session.billing, changed)) == 1


async def test_what_costs_something_else_by_now_is_shown_anew_instead_of_charged(
    demo_slack: Conversation,
) -> None:
    emma = demo_slack.as_person(EMMA)
    question = await confirmation(emma)
    with demo_slack.session.billing.engine.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE prices SET minor = 10900 WHERE plan_id = 'business' AND minor = 9900"
        )
    await emma.submits(question)
    anew = await emma.sees_modal("This preview is out of date")
    assert "*Charged now:* €132.98 with VAT" in text_of(anew)
    assert charges(demo_slack) == []
    await emma.submits(anew)
    await emma.sees_modal("€132.98 with VAT was charged")
    assert charges(demo_slack) == [13298]


async def test_who_closes_the_modal_meanwhile_reads_the_outcome_in_a_direct_message(
    demo_slack: Conversation,
) -> None:
    emma = demo_slack.as_person(EMMA)
    question = await confirmation(emma)
    with gateway(demo_slack).slow():
        await emma.submits(question)
        waiting = await emma.sees_modal("The bank may take a few seconds")
        assert not waiting["submit"]
        await emma.closes(waiting)
    (told,) = await emma.direct_messages(1)
    assert "is now on Business" in told["text"]


async def test_while_a_bank_is_slow_everybody_else_is_answered(demo_slack: Conversation) -> None:
    emma, giulia = demo_slack.as_person(EMMA), demo_slack.as_person(GIULIA)
    question = await confirmation(emma)
    with gateway(demo_slack).slow():
        await emma.submits(question)
        await emma.sees_modal("The bank may take a few seconds")
        await demo_slack.becomes(partial(planned_for_ai_assist, demo_slack))  # Slack is answered before it is
        await giulia.types("/billing")
        await giulia.reads("Appena pagato: Business")
    await emma.sees_modal("is now on")


@pytest.mark.product(31, languages="en it")
async def test_a_planned_change_is_shown_and_undone_until_its_date(demo_slack: Conversation) -> None:
    emma, giulia = demo_slack.as_person(EMMA), demo_slack.as_person(GIULIA)
    outcome = await plan_remove_branding_three_times(emma)
    assert "3 × Standard" in text_of(outcome)
    assert buttons(outcome, "change.undo")
    home = await emma.opens_home("3 × Standard")
    assert "*Scheduled change*" in text_of(home)
    told = await demo_slack.until_announced(
        "of Remove Branding of Piazza: from 1 × Standard to 3 × Standard on"
    )
    await giulia.presses(told, "change.undo")
    await giulia.reads("Modifica programmata revocata")
    await demo_slack.until_announced("undid the scheduled change of Remove Branding Standard")
    await presses_as_it_was(emma, home, "change.undo")
    await emma.sees_modal("There is no scheduled change to undo")
    assert "*Scheduled change*" not in text_of(await emma.opens_home("Remove Branding"))
    await demo_slack.turn_clock(advance="32d")
    assert not [m for m in await demo_slack.announcements() if "as scheduled" in m["text"]]


async def test_a_planned_change_comes_on_its_date_and_is_charged_then(demo_slack: Conversation) -> None:
    emma = demo_slack.as_person(EMMA)
    await emma.closes(await plan_remove_branding_three_times(emma))
    await demo_slack.turn_clock(advance="32d")
    changed = "Remove Branding of Piazza changed from 1 × Standard to 3 × Standard, as scheduled"
    await demo_slack.until_announced(changed)
    await demo_slack.until_announced("Paid: €106.14 with VAT for Remove Branding Standard of Piazza")
    assert "3 × €29.00 a month + VAT" in text_of(await emma.opens_home("Remove Branding"))


async def test_the_undo_of_an_older_change_undoes_no_newer_one(demo_slack: Conversation) -> None:
    emma = demo_slack.as_person(EMMA)
    await emma.closes(await plan_remove_branding_three_times(emma))
    old = await demo_slack.until_announced("scheduled a change of Remove Branding")
    form = await emma.opens("/billing change remove", "Remove Branding")
    await emma.submits(form, quantity="5")
    await emma.submits(await emma.sees_modal("Yes, change plan"))
    await emma.closes(await emma.sees_modal("5 × Standard"))
    await presses_as_it_was(emma, old, "change.undo")
    await emma.reads("There is no scheduled change to undo")
    assert "5 × Standard" in text_of(await emma.opens_home("*Scheduled change*"))


async def test_what_cannot_be_chosen_is_said_beside_its_field(demo_slack: Conversation) -> None:
    emma = demo_slack.as_person(EMMA)
    form = await emma.opens("/billing change ai", "AI Assist Growth")
    same = await emma.submits(form)
    assert "It already has this plan, interval and number of units" in same["errors"]["plan"]
    await emma.closes(form)
    form = await emma.opens("/billing change remove", "Remove Branding")
    await emma.chooses(form, "quantity", "2")
    await emma.sees_modal("*Next charge:* €70.76 with VAT")
    assert (await emma.submits(form, quantity="0"))["errors"]["quantity"]


async def test_among_several_the_person_chooses_first(demo_slack: Conversation) -> None:
    emma = demo_slack.as_person(EMMA)
    question = await emma.opens("/billing change", "Choose a subscription")
    wanted = subscription_id(demo_slack.session.billing, "Piazza", "ai-assist")
    await emma.submits(question, subscription_id=wanted)
    await emma.sees_modal("*AI Assist Growth* of the property *Piazza*: €29.00 a month + VAT")


async def test_what_is_cancelled_cannot_be_changed_and_says_who_cancelled_it(
    demo_slack: Conversation,
) -> None:
    emma, giulia = demo_slack.as_person(EMMA), demo_slack.as_person(GIULIA)
    home = await giulia.opens_home("AI Assist Growth")
    form = await emma.opens("/billing cancel ai", "AI Assist Growth")
    await emma.submits(form, kind="not_used")
    await emma.submits(await emma.sees_modal("Yes, cancel subscription"))
    await emma.sees_modal("is cancelled")
    wanted = subscription_id(demo_slack.session.billing, "Piazza", "ai-assist")
    await presses_as_it_was(giulia, home, "change.open", wanted)
    assert EMMA.id in text_of(await giulia.sees_modal("Già disdetto"))


async def test_demoted_while_the_question_was_open_nothing_is_changed_or_charged(
    demo_slack: Conversation,
) -> None:
    giulia = demo_slack.as_person(GIULIA)
    question = await confirmation(giulia, yes="Sì, cambia piano")
    give_role(demo_slack.session.billing, GIULIA, "Piazza", Role.ACCOUNTANT)
    before = tables(demo_slack.session.billing, but=KEPT_OF_REFUSALS)
    await giulia.submits(question)
    await giulia.sees_modal("Solo amministratori e proprietari")
    assert tables(demo_slack.session.billing, but=KEPT_OF_REFUSALS) == before
    assert refusals(demo_slack.session.billing, GIULIA) == [("subscription.look_at", "NotAllowed")]


@pytest.mark.product(14, languages="en it")
async def test_there_is_no_pause_and_the_reason_is_given(demo_slack: Conversation) -> None:
    emma, giulia = demo_slack.as_person(EMMA), demo_slack.as_person(GIULIA)
    await giulia.types("/billing sospendi ai")
    await giulia.reads("ogni mese si paga in anticipo")
    await emma.types("/billing property bottega")
    await emma.reads("Bottega")
    await emma.types("/billing pause")
    await emma.reads("Subscriptions can't be paused: each year is paid in advance.")
    await demo_slack.session.sandbox.change_user(EMMA.id, locale="it-IT")
    await emma.types("/billing sospendi")
    await emma.reads("Gli abbonamenti non si possono sospendere: ogni anno si paga in anticipo.")


@pytest.mark.product(12, languages="en it")
@pytest.mark.parametrize("slack", ["en-GB", "it-IT"], indirect=True)
async def test_a_yearly_plan_turns_monthly_on_its_anniversary(slack: Conversation, tmp_path: Path) -> None:
    await slack.session.sandbox.change_user(EMMA.id, locale=slack.session.sandbox.workspace.team.locale)
    emma, english = slack.as_person(EMMA), slack.language == "en"
    sold = CATALOGUE.read_text(encoding="utf-8").replace(MONTHLY, f'{MONTHLY}, year = "290.00"', 1)
    (tmp_path / "catalogue.toml").write_text(sold.replace("version = 1", "version = 2"), encoding="utf-8")
    catalogue.apply(slack.session.billing, tmp_path / "catalogue.toml")
    await emma.types("/billing property bottega")
    await emma.reads("Bottega")
    await emma.submits(
        await emma.opens("/billing buy"), offer="remove-branding:standard:year", address="none"
    )
    await emma.submits(await emma.sees_modal("Yes, buy it" if english else "Sì, acquista"))
    await emma.closes(await emma.sees_modal("is active" if english else "è attivo"))
    await emma.submits(await emma.opens("/billing change remove", "standard:year"), plan="standard:month")
    question = await emma.sees_modal("Yes, change plan" if english else "Sì, cambia piano")
    assert ("*Charged now:* nothing" if english else "*Oggi non paghi nulla*") in text_of(question)
    same_day = r"(effect:\*|Decorrenza:\*)( on)? (.+?)\\n.*35.38.*, (on |il |l’)\3"
    assert re.search(same_day, text_of(question))
    await emma.submits(question)
    await emma.sees_modal("will change. From" if english else "cambierà. ")
    (renewal,) = [
        moment
        for moment in (await slack.state())["clock"]["upcoming"]
        if "Remove Branding" in moment["label"] and "Bottega" in moment["label"]
    ]
    assert paid_for_bottega(slack) == [35380]
    await slack.turn_clock(to=renewal["at"])
    assert paid_for_bottega(slack) == [35380, 3538]
