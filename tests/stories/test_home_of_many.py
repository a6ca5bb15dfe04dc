"""The Home of a property with a dozen subscriptions: what waits first, a line each, everything a press away."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from billing import Actor, Billing
from billing.services import catalogue, payment_methods, purchases
from billing.values.cycles import Interval
from billing.values.snapshots import CardSnapshot
from sandbox import demo
from sandbox.demo import EMMA, GIULIA, HEADQUARTERS, VISA
from sandbox.people import User
from tests.stories.conversation import Conversation, buttons, text_of
from tests.stories.records import property_id, rows, subscription_id

ADD_ONS = tuple(f"tool-{number}" for number in range(1, 11))


def buys_ten_more(billing: Billing, folder: Path) -> None:
    """Piazza has two; Emma buys ten more tools, the last with a card that expires this month."""
    written = ['version = 2\ncurrency = "EUR"\n']
    written += [
        f'[add_ons.{one}]\nname = "{one.title()}"\nplans.one = {{ name = "One", month = "10.00" }}\n'
        for one in ADD_ONS
    ]
    (path := folder / "tools.toml").write_text("".join(written), encoding="utf-8")
    catalogue.apply(billing, path)
    emma, piazza = Actor(demo.TEAM.id, EMMA.id, "demo"), property_id(billing, "Piazza")
    today = billing.clock()
    short_lived = CardSnapshot("Mastercard", "4444", today.month, today.year)
    for add_on in ADD_ONS:
        shown = short_lived if add_on == ADD_ONS[-1] else VISA
        card = payment_methods.keep(billing, emma, piazza, demo.TOKENS[shown.last_four], shown)
        order = purchases.Order(piazza, add_on, "one", Interval.MONTH, card, HEADQUARTERS)
        purchases.purchase(billing, emma, order, key=add_on)


@pytest.mark.parametrize(
    ("person", "sentences"),
    [
        (
            EMMA,
            (
                "Needs your attention",
                "The card of *Tool-10 One* expires before its next charge",
                "*Monthly total*",
            ),
        ),
        (
            GIULIA,
            ("Da fare", "La carta di *Tool-10 One* scade prima del prossimo addebito", "*Totale mensile*"),
        ),
    ],
    ids=["English", "Italian"],
)
async def test_a_dozen_subscriptions_are_a_line_each_below_what_waits_and_what_it_costs(
    demo_slack: Conversation, tmp_path: Path, person: User, sentences: tuple[str, ...]
) -> None:
    billing = demo_slack.session.billing
    buys_ten_more(billing, tmp_path)
    reader = demo_slack.as_person(person)
    home = await reader.opens_home("Tool-10")
    said = text_of(home)
    assert len(home["blocks"]) < 40
    places = [said.index(sentence) for sentence in (*sentences, "*AI Assist Growth*")]
    assert places == sorted(places)
    ((net,),) = rows(
        billing,
        "SELECT SUM(p.minor) FROM subscriptions s JOIN prices p ON p.id = s.price_id "
        "WHERE s.property_id = :piazza AND s.status = 'active'",
        piazza=property_id(billing, "Piazza"),
    )
    euros = f"{net // 100}.{net % 100:02}"
    assert (f"€{euros} + VAT" if person is EMMA else f"{euros.replace('.', ',')} € + IVA") in said
    details = buttons(home, "subscription.details")
    assert len(details) == len(set(details)) == 13  # twelve that run, and one that has ended

    await reader.presses(home, "subscription.details", details[0])
    shown = await reader.sees_modal("4242")
    assert "Esempio S.r.l., Via Roma 1, 20121 Milano (MI)" in text_of(shown)
    await reader.presses(shown, "address.edit", details[0])
    await reader.sees_form("address.change")


async def test_a_settings_button_leads_to_members_channel_and_log(demo_slack: Conversation) -> None:
    emma = demo_slack.as_person(EMMA)
    home = await emma.opens_home("property.settings")
    for action, words in (
        ("member.list", "owners first"),
        ("audit.open", "newest first"),
        ("channel.open", "Channel"),
    ):
        await emma.presses(home, "property.settings", buttons(home, "property.settings")[0])
        settings = await emma.sees_modal("Settings")
        await emma.presses(settings, action, buttons(settings, action)[0])
        opened = await emma.sees_modal(words, other_than=settings["id"])
        await emma.closes(opened)
        await emma.closes(settings)


@pytest.mark.product(54, languages="en it")
@pytest.mark.parametrize(
    ("person", "field", "state", "typed"),
    [
        (EMMA, "Find a subscription or invoice", "paid", ("12.20", "{:%B %Y}")),
        (GIULIA, "Cerca un abbonamento o una fattura", "pagata", ("12,20 €", "{:%m/%Y}")),
    ],
    ids=["English", "Italian"],
)
async def test_a_subscription_and_an_invoice_are_found_by_what_is_typed(
    demo_slack: Conversation, tmp_path: Path, person: User, field: str, state: str, typed: tuple[str, str]
) -> None:
    billing = demo_slack.session.billing
    buys_ten_more(billing, tmp_path)
    reader = demo_slack.as_person(person)
    home = await reader.opens_home("Tool-10")
    assert field in text_of(home)
    (found,) = await reader.looks_up(home, "home.find", "tool-7")
    assert found["text"]["text"].startswith("Tool-7 One")
    await reader.picks(home, "home.find", found)
    assert "Tool-7 One" in text_of(await reader.sees_modal("Tool-7"))
    of_tool = subscription_id(billing, "Piazza", "tool-3")
    ((number, some_id, issued_on),) = rows(
        billing, f"SELECT number, id, issued_on FROM invoices WHERE subscription_id = '{of_tool}'"
    )
    offered = await reader.looks_up(home, "home.find", str(number).lower())
    assert [one["value"] for one in offered] == [f"invoice {some_id}"]
    await reader.picks(home, "home.find", offered[0])
    shown = text_of(await reader.sees_modal(str(number)))
    assert "Tool-3 One" in shown
    assert state in shown
    await reader.presses(await reader.sees_modal(str(number)), "invoice.send", str(some_id))
    assert str(number) in text_of((await reader.direct_messages(1))[-1])
    assert "*2026-" in text_of(
        await reader.sees_modal("PDF")
    )  # the list stands there, and what was sent above it
    assert await reader.looks_up(home, "home.find", "%") == []  # no pattern of the database's
    amount, month = typed[0], typed[1].format(date.fromisoformat(str(issued_on)))
    by_amount, by_month = [await reader.looks_up(home, "home.find", words) for words in (amount, month)]
    assert len(by_amount) == len(ADD_ONS)
    for offered in (by_amount, by_month):
        assert f"invoice {some_id}" in [one["value"] for one in offered]
