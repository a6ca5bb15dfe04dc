"""Slack's blocks that show data, tables and charts, and the same in plain ones.

A workspace may refuse a block that is new (`invalid_blocks`): it gets the plain ones. A modal always does:
Slack says of messages alone that they take them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from billing.i18n import Translator
from billing.values.money import Money
from bot.blocks import Block, Element, clip, escape, section

DATA = frozenset({"data_table", "data_visualization"})
# Slack's limits: of a table, of its text in a message, of a chart, and of a section.
MOST_ROWS, MOST_TABLE_TEXT = 200, 20_000
MOST_SERIES, MOST_CATEGORIES, LABEL = 12, 20, 20
SECTION_LIMIT = 3000


def word_cell(text: str) -> Element:
    """A cell that is sorted as a word."""
    return {"type": "raw_text", "text": text or "–"}


def amount_cell(money: Money, t: Translator) -> Element:
    """A cell that is sorted as a number, whatever the reader's language makes of it."""
    return {"type": "raw_number", "value": float(money.decimal), "text": t.money(money)}


def count_cell(count: int, t: Translator) -> Element:
    """The same of a whole number."""
    return {"type": "raw_number", "value": count, "text": t.number(count)}


def data_table(caption: str, heads: Sequence[str], rows: Sequence[Sequence[Element]], shown: int) -> Block:
    """A table that can be sorted and filtered, `shown` rows at a time; as many rows as Slack takes."""
    kept: list[Sequence[Element]] = [[word_cell(head) for head in heads]]
    room = MOST_TABLE_TEXT - sum(map(len, heads))
    for row in rows[:MOST_ROWS]:
        room -= sum(len(cell["text"]) for cell in row)
        if room < 0:
            break
        kept.append(row)
    return {
        "type": "data_table",
        "caption": caption,
        "rows": [list(row) for row in kept],
        "page_size": shown,
        "row_header_column_index": 0,
    }


def rows_in(table: Block) -> int:
    """How many rows it has below its heads."""
    return len(table["rows"]) - 1


def bar_chart(
    title: str, categories: Sequence[str], series: Mapping[str, Sequence[Money]], of_values: str
) -> Block:
    """Bars for each category, one for each series: at most 20 and 12, named differently in 20 characters."""
    drawn = [
        {
            "name": name,
            "data": [
                {"label": label, "value": float(one.decimal)}
                for label, one in zip(categories, amounts, strict=True)
            ],
        }
        for name, amounts in series.items()
    ]
    axes = {"categories": list(categories), "y_label": of_values}
    chart = {"type": "bar", "series": drawn, "axis_config": axes}
    return {"type": "data_visualization", "title": clip(title, 50), "chart": chart}


def has_data(blocks: Any) -> bool:
    """Whether there is anything among them that a workspace may not take yet."""
    return isinstance(blocks, list) and any(block["type"] in DATA for block in blocks)


def in_plain(blocks: Iterable[Block]) -> list[Block]:
    """The same without them: a table's caption and rows as lines; no chart, since its table stands beside it."""
    plain: list[Block] = []
    for block in blocks:
        if block["type"] == "data_table":
            plain += _lines(block)
        elif block["type"] not in DATA:
            plain.append(block)
    return plain


def _lines(table: Block) -> list[Block]:
    heads, *rows = ([escape(cell["text"]) for cell in row] for row in table["rows"])
    texts = [f"_{escape(table['caption'])}_\n{' · '.join(heads)}"]
    for first, *others in rows:
        line = " · ".join((f"*{first}*", *others))[:SECTION_LIMIT]
        if len(texts[-1]) + 1 + len(line) > SECTION_LIMIT:
            texts.append(line)
        else:
            texts[-1] += f"\n{line}"
    return [section(text) for text in texts]
