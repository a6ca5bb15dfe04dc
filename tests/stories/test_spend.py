"""Spend as a chart with its table, lists as tables, and the same in a workspace that takes neither."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from billing.services import spend
from billing.values.actors import Actor
from sandbox.demo import EMMA, GIULIA
from tests.stories.conversation import Conversation, Seen, buttons, text_of
from tests.stories.records import rows

DATA = {"data_visualization", "data_table"}


def block(message: Seen, kind: str) -> Any:
    (found,) = [one for one in message["blocks"] if one["type"] == kind]
    return found


def cells(table: Seen) -> list[list[str]]:
    return [[cell["text"] for cell in row] for row in table["rows"]]


def invoiced(slack: Conversation) -> Decimal:
    """All that Piazza was invoiced, which is no older than a year."""
    ((minor,),) = rows(
        slack.session.billing,
        "SELECT SUM(total_minor) FROM invoices WHERE property_id = "
        "(SELECT id FROM properties WHERE name = 'Piazza')",
    )
    return Decimal(int(minor)) / 100


@pytest.mark.product(47, languages="en")
async def test_chart_and_table_say_what_the_documents_say(demo_slack: Conversation) -> None:
    emma = demo_slack.as_person(EMMA)
    await emma.types("/billing spend")
    told = await emma.reads("Spend of *Piazza*")
    assert f"€{invoiced(demo_slack)} with VAT invoiced in the last twelve months" in text_of(told)
    chart, table = block(told, "data_visualization"), block(told, "data_table")
    heads, *months = cells(table)
    assert heads[0] == "Month"
    assert heads[-1] == "Total"
    drawn = {one["name"]: [point["value"] for point in one["data"]] for one in chart["chart"]["series"]}
    assert list(drawn) == heads[1:-1]
    for at, row in enumerate(table["rows"][1:]):
        assert [cell["value"] for cell in row[1:-1]] == [points[at] for points in drawn.values()]
        assert row[-1]["value"] == pytest.approx(sum(cell["value"] for cell in row[1:-1]))
    past = [row[-1]["value"] for row in table["rows"][1:] if "to come" not in row[0]["text"]]
    assert sum(past) == pytest.approx(float(invoiced(demo_slack)))
    assert any("to come" in month[0] for month in months)


@pytest.mark.product(47, languages="it")
async def test_the_same_in_italian(italian_slack: Conversation) -> None:
    giulia = italian_slack.as_person(GIULIA)
    await giulia.types("/billing spesa")
    told = await giulia.reads("Spesa di *Piazza*")
    heads, first, *_ = cells(block(told, "data_table"))
    assert (heads[0], heads[-1]) == ("Mese", "Totale")
    assert first[-1].endswith("€")
    assert block(told, "data_visualization")["title"] == "Spesa per mese e per servizio"


async def test_a_workspace_that_takes_no_new_blocks_reads_it_in_plain_ones(demo_slack: Conversation) -> None:
    emma = demo_slack.as_person(EMMA)
    await demo_slack.slack_fails("response_url", "invalid_blocks")
    await emma.types("/billing spend")
    told = await emma.reads("Spend of *Piazza*")
    assert not DATA & {one["type"] for one in told["blocks"]}
    billing = demo_slack.session.billing
    found = spend.of_property(billing, Actor(demo_slack.session.sandbox.workspace.team.id, EMMA.id, "Emma"))
    for month in {str(one.month) for one in found.rows}:
        assert f"*{month}" in text_of(told)


async def test_from_the_home_it_opens_in_plain_blocks(demo_slack: Conversation) -> None:
    emma = demo_slack.as_person(EMMA)
    home = await emma.opens_home("Purchases and invoices")
    await emma.presses(home, "spend.open")
    shown = await emma.sees_modal("Spend of *Piazza*")
    assert not DATA & {one["type"] for one in shown["blocks"]}
    assert "Month · " in text_of(shown)


@pytest.mark.parametrize("is_plain", [False, True], ids=["as a table", "in plain blocks"])
async def test_history_and_agenda_are_sent_whole(demo_slack: Conversation, is_plain: bool) -> None:
    emma = demo_slack.as_person(EMMA)
    lists = {
        "history": ("payment.table", "All payments of the property Piazza"),
        "agenda": ("agenda.table", "Upcoming charges for the property Piazza"),
    }
    home = await emma.opens_home("Purchases and invoices")
    for number, (opens, (action, caption)) in enumerate(lists.items(), start=1):
        if is_plain:
            await demo_slack.slack_fails("chat.postMessage", "invalid_blocks")
        await emma.presses(home, {"history": "payment.history", "agenda": "agenda.open"}[opens])
        shown = await emma.sees_modal("soonest first" if opens == "agenda" else "newest first")
        await emma.presses(shown, action, *buttons(shown, action))
        after = await emma.sees_modal("The table was sent to you in a direct message.")
        assert text_of(after).count("newest first") == text_of(shown).count("newest first")
        message = (await emma.direct_messages(number))[-1]
        assert message["text"] == caption
        assert bool(DATA & {one["type"] for one in message["blocks"]}) is not is_plain
        await emma.closes(after)
    ((attempts,),) = rows(
        demo_slack.session.billing,
        "SELECT COUNT(*) FROM payment_attempts a JOIN payments p ON p.id = a.payment_id "
        "WHERE p.property_id = (SELECT id FROM properties WHERE name = 'Piazza')",
    )
    history = (await emma.direct_messages(2))[0]
    if not is_plain:
        heads, *tries = cells(block(history, "data_table"))
        assert heads == ["Date", "Add-on", "Amount with VAT", "Card", "Invoice", "Outcome"]
        assert len(tries) == attempts
        assert [one[0] for one in tries] == sorted((one[0] for one in tries), reverse=True)
