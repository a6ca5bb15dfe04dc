"""The seller's own people in Slack: they find a customer and see their page; nobody else learns that they can."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from billing import Actor
from billing.adapters.gateways.sandbox import Behaviour
from billing.i18n import Translator
from billing.payments.outcomes import PaymentKey, keep_outcome
from billing.ports import Answer, Outcome
from billing.services import (
    catalogue,
    credit_notes,
    members,
    payment_methods,
    properties,
    purchases,
    subscriptions,
    verify,
)
from billing.services.credit_notes import Wanted
from billing.services.purchases import Order
from billing.values.cycles import Interval
from billing.values.refusals import PaymentDeclined
from bot.i18n import LOCALES
from sandbox import demo
from sandbox.demo import ANNA, EMMA, GIULIA, LUCA
from sandbox.people import User
from tests.stories.conversation import Conversation, buttons, text_of
from tests.stories.records import invoice_ids, property_id, rows, subscription_id
from tests.stories.test_changing import CARD, gateway
from tests.stories.test_paying import ai_assist_unpaid
from tests.stories.test_permissions import holds_nothing
from tests.stories.test_trials import SOLD

MONTI = "T0MONTIHOTEL"


def hotel(slack: Conversation) -> str:
    """A customer in another workspace, in which the operator is nobody; answers its property's id."""
    billing = slack.session.billing
    properties.register_workspace(billing, MONTI, "Monti Hotels", "it")
    owner = Actor(MONTI, "U0MONTI0001")
    members.meet(billing, owner, "Mario Monti", "mario@monti.example", "it")
    return properties.create(billing, owner, "Albergo_Sole", "Europe/Rome", "IT", is_workspace_owner=True).id


async def test_an_operator_finds_a_customer_of_another_workspace_and_sees_the_page(
    demo_slack: Conversation,
) -> None:
    sole = hotel(demo_slack)
    emma = demo_slack.as_person(EMMA)
    await emma.types("/billing-operator find o_s")
    found = await emma.reads("1 match for “o_s”")
    assert "*Albergo_Sole of Monti Hotels*" in text_of(found)
    assert buttons(found, "operator.look") == [f"{MONTI} {sole}"]
    await emma.presses(found, "operator.look")
    await emma.sees_modal("Page of Albergo_Sole of Monti Hotels, as its admins see it, and read only.")
    assert rows(
        demo_slack.session.billing,
        "SELECT workspace_id, user_id, via, act FROM audit_entries WHERE property_id = :id AND act = 'operator.look'",
        id=sole,
    ) == [(MONTI, EMMA.id, "seller", "operator.look")]


async def test_the_page_is_what_admins_see_without_its_buttons_and_their_log_says_who_looked(
    italian_slack: Conversation,
) -> None:
    emma, giulia = italian_slack.as_person(EMMA), italian_slack.as_person(GIULIA)
    await emma.types("/billing-operator cerca piazza")
    found = await emma.reads("Piazza of Esempio S.r.l.")
    await emma.presses(
        found, "operator.look", f"{demo.TEAM.id} {property_id(italian_slack.session.billing, 'Piazza')}"
    )
    page = await emma.sees_modal("read only")
    assert "AI Assist Growth" in text_of(page)
    assert "action_id" not in text_of(page)
    log = text_of(await giulia.opens("/billing registro", "Pagina vista dal fornitore"))
    assert f"il fornitore, `{EMMA.id}`" in log


@pytest.mark.parametrize(
    ("words", "count"), [("esempio", 2), ("PIAZZA", 1), (demo.TEAM.id, 2), ("%", 0), ("emma", 0)]
)
async def test_customers_are_found_by_their_names_and_ids_alone(
    demo_slack: Conversation, words: str, count: int
) -> None:
    emma = demo_slack.as_person(EMMA)
    await emma.types(f"/billing-operator find {words}")
    assert len(buttons(await emma.reads(f"“{words}”"), "operator.look")) == count


async def test_an_invoice_leads_to_its_customer(demo_slack: Conversation) -> None:
    ((number,),) = rows(
        demo_slack.session.billing,
        "SELECT number FROM invoices WHERE property_id = :id ORDER BY number LIMIT 1",
        id=property_id(demo_slack.session.billing, "Bottega"),
    )
    emma = demo_slack.as_person(EMMA)
    await emma.types(f"/billing-operator find {number}")
    assert f"Invoice {number} · *Bottega of Esempio S.r.l.*" in text_of(await emma.reads("1 match"))


@pytest.mark.parametrize("person", [ANNA, GIULIA, LUCA])
@pytest.mark.parametrize("words", ["", "help", "trova piazza", "xyz"])
async def test_whoever_is_not_named_reads_one_sentence_that_says_nothing_more(
    demo_slack: Conversation, person: User, words: str
) -> None:
    reader = demo_slack.as_person(person)
    seen = await reader.private_answers()
    await reader.types(f"/billing-operator {words}".strip())
    answer = await reader.is_answered(beyond=seen)
    english = "This command isn't available to you here. Nothing was changed."
    italian = "Questo comando non è a tua disposizione qui. Non è cambiato nulla."
    assert (english if person is ANNA else italian) in answer
    assert holds_nothing(answer)
    assert "operator" not in answer


async def test_an_operator_is_told_what_to_type(demo_slack: Conversation) -> None:
    emma = demo_slack.as_person(EMMA)
    for typed, answer in (
        ("", "finds a customer by workspace, property or invoice number"),
        ("find", "Type what to look for"),
        ("fnd piazza", "Unknown command “fnd”."),
        ("find nobody", "No customer fits “nobody”."),
        ("find 4242 4242 4242 4242", "That looks like a card number."),
    ):
        await emma.types(f"/billing-operator {typed}".strip())
        await emma.reads(answer)


def invoice_of(slack: Conversation, add_on: str = "ai-assist") -> str:
    """The number of the newest invoice that Piazza got for it."""
    billing = slack.session.billing
    newest = invoice_ids(billing, subscription_id(billing, "Piazza", add_on))[0]
    return str(rows(billing, "SELECT number FROM invoices WHERE id = :id", id=newest)[0][0])


def done_by_operators(slack: Conversation) -> list[str]:
    """The acts that stand in the customer's log with the operator's id."""
    found = rows(
        slack.session.billing,
        "SELECT act FROM audit_entries WHERE via = 'seller' AND user_id = :user AND refused_as IS NULL ORDER BY id",
        user=EMMA.id,
    )
    return [act for (act,) in found]


async def test_an_invoice_is_credited_and_refunded_after_its_preview(paying_slack: Conversation) -> None:
    await paying_slack.turn_clock(advance="31d")  # a renewal, collected by the pretend Stripe
    number, emma = invoice_of(paying_slack), paying_slack.as_person(EMMA)
    form = await emma.opens(f"/billing-operator credit {number}", "Nothing happens yet")
    await emma.submits(form, amount="12.20", reason="Outage")
    question = await emma.sees_modal("You are about to credit *€12.20* with VAT")
    assert "€12.20 of it becomes credit." in text_of(question)
    assert rows(paying_slack.session.billing, "SELECT COUNT(*) FROM credit_notes") == [(0,)]
    await emma.submits(question)
    issued = await emma.sees_modal(f"over €12.20 with VAT was issued for invoice {number}")
    ((credit_note,),) = rows(paying_slack.session.billing, "SELECT number FROM credit_notes")
    assert f"Credit note {credit_note} over" in text_of(issued)
    await paying_slack.rests()

    form = await emma.opens(f"/billing-operator refund {number}", "Nothing happens yet")
    await emma.submits(form, amount="")
    question = await emma.sees_modal("You are about to refund *€12.20*")
    assert "€12.20 of it is taken out of the credit balance." in text_of(question)
    await emma.submits(question)
    await emma.sees_modal(f"€12.20 of invoice {number} was refunded to the card of Piazza")
    await paying_slack.rests()
    assert rows(paying_slack.session.billing, "SELECT minor, state FROM refunds") == [(1220, "succeeded")]
    assert done_by_operators(paying_slack)[:2] == ["credit_note.issue", "refund.ask"]
    assert not verify.verify(paying_slack.session.billing)


def late_money(slack: Conversation) -> str:
    """The bank charged a first payment of Piazza's after it had been told to drop it: the id of the payment."""
    billing, bank, emma = slack.session.billing, gateway(slack), Actor(demo.TEAM.id, EMMA.id)
    piazza = property_id(billing, "Piazza")
    card = payment_methods.keep(billing, emma, piazza, CARD, demo.VISA)
    bought = Order(piazza, "video-voice", "standard", Interval.MONTH, card, demo.HEADQUARTERS)
    bank.expect(CARD, Behaviour.DECLINES)
    with pytest.raises(PaymentDeclined):
        purchases.purchase(billing, emma, bought, key="late")
    key, (order, refused) = list(bank.charges.items())[-1]
    charged = Outcome(Answer.SUCCEEDED, refused.gateway_id)
    bank.charges[key] = (order, charged)
    payment_id = order.payment_key.removeprefix(f"{demo.TEAM.id}-")
    keep_outcome(billing, PaymentKey(demo.TEAM.id, payment_id), key, charged)
    return payment_id


async def test_money_that_came_too_late_for_an_invoice_is_refunded_by_its_payment(
    demo_slack: Conversation,
) -> None:
    payment, emma = late_money(demo_slack), demo_slack.as_person(EMMA)
    form = await emma.opens(
        f"/billing-operator refund {payment}", f"Payment *{payment}* of Piazza of Esempio"
    )
    answer = await emma.submits(form, amount="1e9")
    assert answer["errors"].keys() == {"amount"}, answer
    await emma.submits(form, amount="2.20")
    question = await emma.sees_modal(f"You are about to refund *€2.20* of payment {payment} to the card of")
    assert "€2.20 of it is taken out of the credit balance." in text_of(question)
    await emma.submits(question)
    await emma.sees_modal(f"€2.20 of payment {payment} was refunded to the card of Piazza of Esempio")
    await demo_slack.rests()
    found = rows(demo_slack.session.billing, "SELECT payment_id, minor, state FROM refunds")
    assert found == [(payment, 220, "succeeded")]
    assert not verify.verify(demo_slack.session.billing)


async def test_an_invoice_is_refunded_by_the_id_of_its_payment_too(demo_slack: Conversation) -> None:
    number, emma = invoice_of(demo_slack), demo_slack.as_person(EMMA)
    ((payment,),) = rows(
        demo_slack.session.billing,
        "SELECT p.id FROM payments p JOIN invoices i ON i.id = p.invoice_id WHERE i.number = :number",
        number=number,
    )
    await emma.opens(f"/billing-operator refund {payment}", f"Invoice *{number}* of Piazza of Esempio")


async def test_an_italian_operator_reads_italian(italian_slack: Conversation) -> None:
    await italian_slack.session.sandbox.change_user(EMMA.id, locale="it-IT")
    number, emma = invoice_of(italian_slack), italian_slack.as_person(EMMA)
    form = await emma.opens(f"/billing-operator accredita {number}", "Non succede ancora nulla")
    await emma.submits(form, amount="12,20")
    await emma.submits(await emma.sees_modal("Stai per accreditare *12,20 €* IVA inclusa"))
    await emma.sees_modal("La nota di credito CN-2026-000001 di 12,20 € IVA inclusa è stata emessa")


async def test_a_preview_that_is_true_no_more_is_refused_and_nothing_is_done(
    demo_slack: Conversation,
) -> None:
    number, emma = invoice_of(demo_slack), demo_slack.as_person(EMMA)
    form = await emma.opens(f"/billing-operator credit {number}", "Nothing happens yet")
    await emma.submits(form, amount="12.20", refund=["card"])
    question = await emma.sees_modal("€12.20 of it will be promised to the card that paid.")
    credit_notes.issue(demo_slack.session.billing, number, Wanted("30.00", refund=True))
    await emma.submits(question)
    await emma.sees_modal("At most €5.38 of this invoice can be credited.")
    assert rows(demo_slack.session.billing, "SELECT COUNT(*) FROM credit_notes") == [(1,)]


async def test_an_operator_who_was_overtaken_is_led_back_by_their_own_command(
    demo_slack: Conversation,
) -> None:
    number, emma = invoice_of(demo_slack), demo_slack.as_person(EMMA)
    form = await emma.opens(f"/billing-operator credit {number}", "Nothing happens yet")
    await emma.submits(form, amount="12.20")
    question = await emma.sees_modal("You are about to credit *€12.20*")
    credit_notes.issue(demo_slack.session.billing, number, Wanted("1.00"))
    await emma.submits(question)
    told = await emma.sees_modal("This has changed since it was shown to you. Nothing was done.")
    assert "`/billing-operator`" in text_of(told)
    assert "`/billing`" not in text_of(told)


@pytest.mark.parametrize("word", ["credit", "refund"])
@pytest.mark.parametrize("amount", ["x", "-1", "1e9", "0", "12.505"])
async def test_what_is_no_amount_is_said_beside_its_field(
    demo_slack: Conversation, word: str, amount: str
) -> None:
    emma = demo_slack.as_person(EMMA)
    form = await emma.opens(f"/billing-operator {word} {invoice_of(demo_slack)}", "Nothing happens yet")
    answer = await emma.submits(form, amount=amount)
    assert answer["errors"].keys() == {"amount"}, answer


async def test_what_is_paid_is_not_charged_again_and_an_unknown_number_is_said(
    demo_slack: Conversation,
) -> None:
    emma = demo_slack.as_person(EMMA)
    number = invoice_of(demo_slack)
    await emma.types(f"/billing-operator retry {number}")
    await emma.reads(f"Nothing was charged: invoice {number} of Piazza of Esempio S.r.l. isn't waiting")
    await emma.types("/billing-operator retry 2026-999999")
    await emma.reads("No invoice, or more than one, has the number “2026-999999”.")
    await emma.types("/billing-operator refund")
    await emma.reads("Which invoice? Type its number")


async def test_a_retry_says_to_the_operator_what_came_of_it(demo_slack: Conversation) -> None:
    await ai_assist_unpaid(demo_slack, Behaviour.DECLINES, Behaviour.ASKS_FOR_ACTION)
    number, emma = invoice_of(demo_slack), demo_slack.as_person(EMMA)
    for outcome in (
        f"The payment of €35.38 for invoice {number} of Piazza of Esempio S.r.l. failed: ",
        f"The bank wants the customer to confirm €35.38 for invoice {number} of Piazza",
    ):
        question = await emma.opens(f"/billing-operator retry {number}", "You are about to charge *€35.38*")
        await emma.submits(question)
        shown = await emma.sees_modal(outcome)
        assert not [block for block in shown["blocks"] if block["type"] == "actions"]
        await demo_slack.rests()


@pytest.mark.parametrize(
    ("bank", "why"),
    [
        (Behaviour.ASKS_FOR_ACTION, "waits until Piazza of Esempio S.r.l. confirms it with their bank."),
        (Behaviour.SILENT_AFTER, "of Piazza of Esempio S.r.l. isn't decided yet. The bank is asked again"),
    ],
)
async def test_an_operator_is_not_sent_to_the_customer_s_bank_where_a_credit_waits_for_it(
    demo_slack: Conversation, bank: Behaviour, why: str
) -> None:
    await ai_assist_unpaid(demo_slack, bank)
    number, emma = invoice_of(demo_slack), demo_slack.as_person(EMMA)
    await emma.submits(await emma.opens(f"/billing-operator retry {number}", "You are about to charge"))
    await emma.sees_modal("Piazza of Esempio S.r.l.")
    form = await emma.opens(f"/billing-operator credit {number}", "Nothing happens yet")
    await emma.submits(form, amount="1.00")
    shown = await emma.sees_modal(
        f"Nothing was credited: a payment for the subscription of invoice {number} "
    )
    assert why in text_of(shown)
    assert "http" not in text_of(shown)


async def test_a_trial_is_extended_after_its_preview_and_the_customer_is_told(
    demo_slack: Conversation, tmp_path: Path
) -> None:
    emma, piazza = demo_slack.as_person(EMMA), property_id(demo_slack.session.billing, "Piazza")
    owner = Actor(demo.TEAM.id, EMMA.id)
    (tmp_path / "sold.toml").write_text(SOLD, encoding="utf-8")
    catalogue.apply(demo_slack.session.billing, tmp_path / "sold.toml")
    order = Order(piazza, "knowledge-base", "standard", Interval.MONTH)
    trial = purchases.purchase(demo_slack.session.billing, owner, order, key="trial").subscription
    await emma.types("/billing-operator trial bottega")
    await emma.reads("No free trial is running for “bottega”.")
    await emma.types("/billing-operator trial piazza")
    found = await emma.reads("1 free trial")
    await emma.presses(found, "operator.trial")
    form = await emma.sees_modal("The first charge comes that much later")
    assert (await emma.submits(form, days="359"))["errors"].keys() == {"days"}
    await emma.submits(form, days="14")
    question = await emma.sees_modal("You are about to extend the free trial of *Knowledge Base Standard")
    until = trial.period_end_at + timedelta(days=14)
    said = Translator(LOCALES, "en").day_of(until, "Europe/Rome")
    assert f"Free trial until {said}, then €" in text_of(question)
    await emma.submits(question)
    await emma.sees_modal(f"The free trial of Knowledge Base Standard of Piazza goes on until {said}.")
    await demo_slack.until_announced("The provider extended the free trial of Knowledge Base Standard")
    assert subscriptions.look_at(demo_slack.session.billing, owner, trial.id).period_end_at == until
    assert done_by_operators(demo_slack) == ["subscription.extend_trial"]
