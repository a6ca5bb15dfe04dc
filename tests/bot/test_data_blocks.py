"""Charts and tables: what is left off is said, and what a chart names is named once."""

from __future__ import annotations

from dataclasses import replace

from bot.blocks import Block, section
from bot.data_blocks import MOST_ROWS, MOST_SERIES, data_table, has_data, in_plain, rows_in, word_cell
from bot.i18n import words
from bot.views import spend, tables
from tests.bot import sample_documents
from tests.bot.sample_people import ORDINARY


def chart_of(blocks: list[Block]) -> Block:
    return next(block for block in blocks if block["type"] == "data_visualization")


def test_of_too_many_add_ons_the_least_are_one_and_nothing_is_lost() -> None:
    *_, many = sample_documents.spends(ORDINARY)
    chart = chart_of(spend.spend(many, words("en")).blocks)["chart"]
    names = [one["name"] for one in chart["series"]]
    assert len(names) == len(set(names)) == MOST_SERIES
    assert names.count("Other add-ons") == 1
    last = chart["axis_config"]["categories"][-1]
    drawn = sum(point["value"] for one in chart["series"] for point in one["data"] if point["label"] == last)
    meant = sum(row.total.minor for row in many.rows if row.is_to_come and row.month == many.rows[-1].month)
    assert round(drawn * 100) == meant


def test_names_that_begin_alike_stay_apart_in_a_chart() -> None:
    *_, found, _ = sample_documents.spends(ORDINARY)
    alike = [replace(row, add_on=f"Assistance on the phone {row.add_on}") for row in found.rows]
    found = replace(found, rows=tuple(alike))
    names = [one["name"] for one in chart_of(spend.spend(found, words("en")).blocks)["chart"]["series"]]
    assert len(names) == len(set(names)) == 2
    assert all(len(name) <= 20 for name in names)


def test_a_table_takes_what_slack_takes_and_the_message_says_of_how_many() -> None:
    page = sample_documents.attempt_page(ORDINARY)
    whole = tables.history(page, words("en"))
    assert len(whole.blocks) == 3
    assert f"The first {len(page.attempts)} of {page.count} rows" in str(whole.blocks[-1])
    rows = [[word_cell(f"row {number}")] for number in range(MOST_ROWS + 5)]
    assert rows_in(data_table("Rows", ["What"], rows, 5)) == MOST_ROWS
    assert rows_in(data_table("Rows", ["What"], [[word_cell("x" * 9_000)]] * 3, 5)) == 2


def test_plain_blocks_hold_each_row_and_no_mention() -> None:
    table = data_table("Rows", ["What", "Who"], [[word_cell("one"), word_cell("<!channel>")]], 5)
    plain = in_plain([section("before"), table])
    assert has_data([table])
    assert not has_data(plain)
    assert plain == [section("before"), section("_Rows_\nWhat · Who\n*one* · &lt;!channel&gt;")]
