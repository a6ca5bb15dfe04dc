"""The month in figures, as the seller's own people read it in their channel."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from billing.services import monthly_reports
from billing.values.events import MonthReported
from billing.values.spans import Months, Span
from sandbox import demo
from tests.stories.conversation import Conversation, Seen, text_of
from tests.stories.test_spend import DATA, cells

SAYS: dict[str, dict[str, Any]] = {
    "en": {
        "revenue": "Monthly recurring revenue (MRR)",
        "lost": "Who was lost",
        "journal": "Journal",
        "heads": ["Currency", "Beginning", "New", "Expansion", "Contraction", "Churn", "Reactivation", "End"],
        "sums": "All sums are those of the ledger and of the plans.",
    },
    "it": {
        "revenue": "Ricavi ricorrenti mensili (MRR)",
        "lost": "Clienti persi",
        "journal": "Libro giornale",
        "heads": ["Valuta", "Inizio", "Nuovi", "Aumenti", "Riduzioni", "Abbandoni", "Rientri", "Fine"],
        "sums": "Tutte le somme corrispondono alla contabilità e ai piani.",
    },
}  # fmt: skip


async def told(slack: Conversation) -> tuple[MonthReported, Seen]:
    """What is reported of the demo's last month, and the message that says it."""
    billing = replace(slack.session.billing, operator_channel=demo.OPERATOR_CHANNEL)
    found = monthly_reports.tell(billing, str(Span.of(billing.clock().date(), Months.MONTH).before))
    await slack.turn_clock(advance="1m")

    def look(state: Seen) -> list[Seen]:
        return [m for m in state["messages"] if m["channel"] == demo.SUPPORT.channel and "MRR" in m["text"]]

    (message,) = await slack.until(look)
    return found, message


@pytest.mark.parametrize("slack", ["en-GB", "it-IT"], indirect=True)
async def test_chart_and_tables_say_what_the_reports_say(slack: Conversation) -> None:
    found, message = await told(slack)
    says = SAYS[slack.language]
    (chart,) = [block for block in message["blocks"] if block["type"] == "data_visualization"]
    drawn = [point["value"] for point in chart["chart"]["series"][0]["data"]]
    assert drawn == [minor / 100 for minor in found.revenue["EUR"].values()]
    tables = {block["caption"]: block for block in message["blocks"] if block["type"] == "data_table"}
    revenue, lost, journal = (tables[says[name]] for name in ("revenue", "lost", "journal"))
    assert cells(revenue)[0] == says["heads"]
    assert [row[0] for row in cells(revenue)[1:]] == ["EUR"]
    assert [cell["value"] for cell in revenue["rows"][1][1:]] == drawn
    assert lost["rows"][1][1]["value"] == found.customers["EUR"]["opening"]
    assert [cell["value"] for cell in journal["rows"][1][1:]] == [
        found.journal["EUR"][side] / 100 for side in ("debit", "credit")
    ]
    assert says["sums"] in text_of(message)


async def test_a_workspace_that_takes_no_new_blocks_reads_it_in_plain_ones(demo_slack: Conversation) -> None:
    await demo_slack.slack_fails("chat.postMessage", "invalid_blocks")
    _, message = await told(demo_slack)
    assert not DATA & {block["type"] for block in message["blocks"]}
    (revenue,) = [
        block["text"]["text"] for block in message["blocks"] if "recurring revenue" in str(block.get("text"))
    ]
    caption, heads, line = revenue.splitlines()
    assert caption == "_Monthly recurring revenue (MRR)_"
    assert heads.startswith("Currency · Beginning · New · ")
    assert line.startswith("*EUR* · €")
