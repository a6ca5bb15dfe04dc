"""Blocks that show data: tables, data tables and charts, and what a message may hold of them."""

from collections.abc import Iterator
from typing import Any

from sandbox.blockkit.checks import (
    Check,
    Fault,
    Place,
    distinct,
    every,
    flag,
    items,
    nullable,
    number,
    one_of,
    quantity,
    record,
    string,
    tagged,
)
from sandbox.blockkit.objects import ID
from sandbox.blockkit.rich_text import RICH_TEXT

# How much text all tables of a kind in one message may hold, and how many there may be.
_LONGEST = {"table": 10_000, "data_table": 20_000}
_MOST = {"table": 1, "data_visualization": 2}

_WORDS = record({"text": string()}, "text")
_NUMBER = record({"value": quantity(), "text": string()}, "value text")
_CELL = tagged({"raw_text": _WORDS, "raw_number": _NUMBER, "rich_text": RICH_TEXT})
_HEADING = tagged({"raw_text": _WORDS, "raw_number": _NUMBER})
_COLUMN = record({"align": one_of("left", "center", "right"), "is_wrapped": flag})

TABLE = record(
    {
        "block_id": ID,
        "rows": items(items(_CELL, 20), 100),
        "column_settings": items(nullable(_COLUMN), 20),
    },
    "rows",
)


def _rows(value: Any, place: Place) -> Iterator[Fault]:
    found = list(items(items(_CELL, 20), 201, fewest=2)(value, place))
    yield from found
    if found:
        return
    yield from items(_HEADING)(value[0], place.at(0))
    for index, row in enumerate(value):
        if len(row) != len(value[0]):
            message = "all rows must have the same number of cells"
            yield place.at(index).fails("equal_items", message, len(value[0]), len(row))


DATA_TABLE = record(
    {
        "block_id": ID,
        "caption": string(),
        "rows": _rows,
        "page_size": number(1, 100),
        "row_header_column_index": number(0, 19),
    },
    "caption rows",
)

_LABEL = string(20)
_POINTS = items(record({"label": _LABEL, "value": quantity()}, "label value"), 20)
_SERIES = every(
    items(record({"name": _LABEL, "data": _POINTS}, "name data"), 12),
    distinct("name"),
)
_AXES = record({"categories": items(_LABEL, 20), "x_label": string(50), "y_label": string(50)}, "categories")


def _a_point_for_each_category(chart: dict[str, Any], place: Place) -> Iterator[Fault]:
    if not (chart.get("axis_config") and chart.get("series")):
        return
    categories = chart["axis_config"]["categories"]
    for index, series in enumerate(chart["series"]):
        labels = [point["label"] for point in series["data"]]
        if sorted(labels) != sorted(categories):
            message = "must have one data point for each category"
            yield place.at("series").at(index).at("data").fails("categories", message, categories, labels)


def _over_axes() -> Check:
    fields = {"series": _SERIES, "axis_config": _AXES}
    return record(fields, "series axis_config", also=[_a_point_for_each_category])


_CHART = tagged(
    {
        "pie": record(
            {"segments": items(record({"label": _LABEL, "value": quantity(above=0)}, "label value"), 12)},
            "segments",
        ),
        **{kind: _over_axes() for kind in ("bar", "line", "area")},
    }
)
DATA_VISUALIZATION = record({"block_id": ID, "title": string(50), "chart": _CHART}, "title chart")


def _text_length(value: Any) -> int:
    if isinstance(value, dict):
        return sum(len(inner) if key == "text" else _text_length(inner) for key, inner in value.items())
    return sum(map(_text_length, value)) if isinstance(value, list) else 0


def not_too_much(blocks: list[Any], place: Place) -> Iterator[Fault]:
    """What the tables and charts of a message, together, may be."""
    for kind, most in _MOST.items():
        of_kind = [index for index, block in enumerate(blocks) if block.get("type") == kind]
        for index in of_kind[most:]:
            yield place.at(index).fails(f"max_{kind}s", f"only {most} allowed: {kind}", most, len(of_kind))
    for kind, longest in _LONGEST.items():
        length = 0
        for index, block in enumerate(blocks):
            if block.get("type") == kind:
                length += _text_length(block.get("rows"))
                if length > longest:
                    message = f"must be less than {longest + 1} characters"
                    yield place.at(index).at("rows").fails("max_length", message, longest, length)
