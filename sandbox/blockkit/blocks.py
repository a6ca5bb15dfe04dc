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
    one_of,
    only_on,
    record,
    string,
    tagged,
)
from sandbox.blockkit.data import DATA_TABLE, DATA_VISUALIZATION, TABLE, not_too_much
from sandbox.blockkit.elements import (
    BUTTON,
    IMAGE,
    IN_ACTIONS,
    IN_CONTEXT_ACTIONS,
    IN_INPUT,
    IN_SECTION,
    in_context,
)
from sandbox.blockkit.objects import ID, IMAGE_URL, SLACK_FILE, SLACK_ICON, URL, plain, text
from sandbox.blockkit.rich_text import RICH_TEXT


def _block(fields: Mapping[str, Check], required: str = "", also: tuple[Check, ...] = ()) -> Check:
    return record({"block_id": ID, **fields}, required, also)


def _some_content(card: dict[str, Any], place: Place) -> Iterator[Fault]:
    yield from at_least_one("hero_image", "title", "actions", "body")(card, place)
    if card.get("icon") and card.get("slack_icon"):
        yield place.fails("exclusive", "cannot have both icon and slack_icon", "one icon", "two")


_CARD = _block(
    {
        "hero_image": IMAGE,
        "icon": IMAGE,
        "slack_icon": SLACK_ICON,
        "title": text(150),
        "subtitle": text(150),
        "body": text(200),
        "actions": every(items(BUTTON, 3), distinct("action_id")),
    },
    also=(_some_content,),
)
_RICH_TEXT = tagged({"rich_text": RICH_TEXT})
_SOURCE = tagged({"url": record({"url": URL, "text": string()}, "url text")})
_TASK_CARD = _block(
    {
        "task_id": string(),
        "title": string(),
        "details": _RICH_TEXT,
        "output": _RICH_TEXT,
        "sources": items(_SOURCE, fewest=0),
        "status": one_of("pending", "in_progress", "complete", "error"),
    },
    "task_id title",
)
_TASK = tagged({"task_card": _TASK_CARD})

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
    "rich_text": RICH_TEXT,
    "table": only_on("message", TABLE),
    "data_table": DATA_TABLE,
    "data_visualization": DATA_VISUALIZATION,
    "alert": only_on(
        "modal",
        _block(
            {"text": text(200), "level": one_of("default", "info", "warning", "error", "success")}, "text"
        ),
    ),
    "card": _CARD,
    "carousel": only_on("message home", _block({"elements": items(tagged({"card": _CARD}), 10)}, "elements")),
    "plan": only_on("message", _block({"title": string(), "tasks": items(_TASK, fewest=0)}, "title")),
    "task_card": only_on("message", _TASK_CARD),
    "file": only_on(
        "message", _block({"external_id": string(), "source": one_of("remote")}, "external_id source")
    ),
    "context_actions": only_on(
        "message",
        _block({"elements": every(items(IN_CONTEXT_ACTIONS, 5), distinct("action_id"))}, "elements"),
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

_IN_CONTAINER = "actions context divider file header image input rich_text section table video"


def _collapses(container: dict[str, Any], place: Place) -> Iterator[Fault]:
    yield from at_least_one("title", "rich_text_title")(container, place)
    if container.get("default_collapsed") and not container.get("is_collapsible"):
        message = "requires is_collapsible to be true"
        yield place.at("default_collapsed").fails("requires", message, "is_collapsible", None)


_BLOCKS["container"] = _block(
    {
        "title": plain(150),
        "rich_text_title": _RICH_TEXT,
        "subtitle": text(150),
        "child_blocks": items(tagged({name: _BLOCKS[name] for name in _IN_CONTAINER.split()}), 10),
        "width": one_of("narrow", "standard", "wide", "full"),
        "icon": IMAGE,
        "is_collapsible": flag,
        "default_collapsed": flag,
        "has_header_divider": flag,
    },
    "child_blocks",
    also=(_collapses,),
)

_MOST_BLOCKS = {"message": 50, "modal": 100, "home": 100}


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
            yield from every(not_too_much, _one_focus)(value, place)
