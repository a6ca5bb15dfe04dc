"""Block Kit's blocks as a table, and the rules for a list of them."""

from collections.abc import Iterator, Mapping
from typing import Any

from sandbox.blockkit.checks import (
    Check,
    Fault,
    Place,
    at_least_one,
    distinct,
    every,
    exactly_one,
    flag,
    items,
    number,
    one_of,
    only_on,
    record,
    string,
    tagged,
)
from sandbox.blockkit.elements import IN_ACTIONS, IN_INPUT, IN_SECTION, in_context
from sandbox.blockkit.objects import ID, IMAGE_URL, SLACK_FILE, URL, plain, text

_LONGEST_TABLE = 10_000


def _block(fields: Mapping[str, Check], required: str = "", also: tuple[Check, ...] = ()) -> Check:
    return record({"block_id": ID, **fields}, required, also)


def _anything(_value: Any, _place: Place) -> Iterator[Fault]:
    # The inside of rich text is a language of its own, which Slack's editor writes and nobody here does.
    yield from ()


_RICH_TEXT_PARTS = tagged(
    {
        "rich_text_section": record({"elements": items(_anything, fewest=0)}, "elements"),
        "rich_text_quote": record({"elements": items(_anything), "border": number(0, 1)}, "elements"),
        "rich_text_preformatted": record({"elements": items(_anything), "border": number(0, 1)}, "elements"),
        "rich_text_list": record(
            {
                "elements": items(_anything),
                "style": one_of("bullet", "ordered"),
                "indent": number(0),
                "offset": number(0),
                "border": number(0, 1),
            },
            "elements style",
        ),
    }
)
_RICH_TEXT = _block({"elements": items(_RICH_TEXT_PARTS)}, "elements")
_CELL = tagged({"raw_text": record({"text": string()}, "text"), "rich_text": _RICH_TEXT})

_BLOCKS: dict[str, Check] = {
    "section": _block(
        {"text": text(3000), "fields": items(text(2000), 10), "accessory": IN_SECTION, "expand": flag},
        also=(at_least_one("text", "fields"),),
    ),
    "actions": _block({"elements": every(items(IN_ACTIONS, 25), distinct("action_id"))}, "elements"),
    "context": _block({"elements": items(in_context(3000), 10)}, "elements"),
    "divider": _block({}),
    "header": _block({"text": plain(150)}, "text"),
    "image": _block(
        {
            "image_url": IMAGE_URL,
            "slack_file": SLACK_FILE,
            "alt_text": string(2000),
            "title": plain(2000),
        },
        "alt_text",
        also=(exactly_one("image_url", "slack_file"),),
    ),
    "input": _block(
        {
            "label": plain(2000),
            "element": IN_INPUT,
            "hint": plain(2000),
            "optional": flag,
            "dispatch_action": flag,
        },
        "label element",
    ),
    "rich_text": _RICH_TEXT,
    "table": only_on(
        "message",
        _block(
            {
                "rows": items(items(_CELL, 20), 100),
                "column_settings": items(
                    record({"align": one_of("left", "center", "right"), "is_wrapped": flag}), 20
                ),
            },
            "rows",
        ),
    ),
    "markdown": only_on("message", _block({"text": string(12_000)}, "text")),
    "video": _block(
        {
            "alt_text": string(2000),
            "title": plain(199),
            "thumbnail_url": IMAGE_URL,
            "video_url": IMAGE_URL,
            "title_url": URL,
            "description": plain(199),
            "provider_name": string(49),
            "provider_icon_url": IMAGE_URL,
            "author_name": string(49),
        },
        "alt_text title thumbnail_url video_url",
    ),
}

_MOST_BLOCKS = {"message": 50, "modal": 100, "home": 100}


def _text_length(value: Any) -> int:
    if isinstance(value, dict):
        return sum(len(inner) if key == "text" else _text_length(inner) for key, inner in value.items())
    return sum(map(_text_length, value)) if isinstance(value, list) else 0


def _one_short_table(blocks: list[Any], place: Place) -> Iterator[Fault]:
    tables = [index for index, block in enumerate(blocks) if block.get("type") == "table"]
    for index in tables[1:]:
        yield place.at(index).fails("max_tables", "only one table is allowed", 1, len(tables))
    for index in tables:
        length = _text_length(blocks[index])
        if length > _LONGEST_TABLE:
            message = f"must be less than {_LONGEST_TABLE + 1} characters"
            yield place.at(index).at("rows").fails("max_length", message, _LONGEST_TABLE, length)


def _one_focus(blocks: list[Any], place: Place) -> Iterator[Fault]:
    focused = [
        index for index, block in enumerate(blocks) if (block.get("element") or {}).get("focus_on_load")
    ]
    for index in focused[1:]:
        pointer = place.at(index).at("element").at("focus_on_load")
        yield pointer.fails("max_focus", "only one element can have the focus", 1, len(focused))


def blocks(value: Any, place: Place) -> Iterator[Fault]:
    """The blocks of a message or view, each for itself and all together."""
    faults = list(items(tagged(_BLOCKS), _MOST_BLOCKS[place.surface], fewest=0)(value, place))
    yield from faults
    if isinstance(value, list) and all(isinstance(block, dict) for block in value):
        yield from distinct("block_id")(value, place)
        if not faults:
            yield from every(_one_short_table, _one_focus)(value, place)
