"""Block Kit's composition objects as tables: texts, options, confirmations."""

from collections.abc import Iterator
from typing import Any

from sandbox.blockkit.checks import (
    Check,
    Fault,
    Place,
    exactly_one,
    flag,
    items,
    number,
    one_of,
    record,
    string,
    tagged,
)

ID = string(255)
URL = string(3000, pattern=r"(https?|mailto|slack):\S+")
IMAGE_URL = string(3000, pattern=r"https?://\S+")


def plain(longest: int) -> Check:
    """A text object that takes no formatting."""
    return tagged({"plain_text": record({"text": string(longest), "emoji": flag}, "text")})


def text(longest: int) -> Check:
    """A text object, formatted or not."""
    return tagged(
        {
            "plain_text": record({"text": string(longest), "emoji": flag}, "text"),
            "mrkdwn": record({"text": string(longest), "verbatim": flag}, "text"),
        }
    )


def option(words: Check, **further: Check) -> Check:
    """One choice in a menu or list, with this kind of text."""
    return record({"text": words, "value": string(150), "description": words, **further}, "text value")


MENU_OPTION = option(plain(75))
LIST_OPTION = option(text(75))
OVERFLOW_OPTION = option(plain(75), url=URL)

OPTION_GROUP = record({"label": plain(75), "options": items(MENU_OPTION, 100)}, "label options")

CONFIRM = record(
    {
        "title": plain(100),
        "text": text(300),
        "confirm": plain(30),
        "deny": plain(30),
        "style": one_of("primary", "danger"),
    },
    "title text confirm deny",
)

DISPATCH_ACTION_CONFIG = record(
    {"trigger_actions_on": items(one_of("on_enter_pressed", "on_character_entered"), 2)}
)

CONVERSATION_FILTER = record(
    {
        "include": items(one_of("im", "mpim", "private", "public"), 4),
        "exclude_external_shared_channels": flag,
        "exclude_bot_users": flag,
    }
)

SLACK_FILE = record({"id": ID, "url": URL}, also=[exactly_one("id", "url")])

_ICONS = """
archive book bookmark bot bug calendar call caret-left caret-right check clipboard code comment compass copy cube
download edit email eye-closed eye-open file flag folder gear globe heart help image info key lightbulb link map
mobile new-window pin plus refine refresh rocket save screen share sparkle star star-filled tag thumbs-down
thumbs-up trash upload user warning
"""
SLACK_ICON = tagged({"icon": record({"name": one_of(*_ICONS.split())}, "name")})

MENU_OPTIONS = {"options": items(MENU_OPTION, 100), "option_groups": items(OPTION_GROUP, 100)}
LENGTH = number(0, 3000)


def _all_options(element: dict[str, Any]) -> list[Any]:
    groups = element.get("option_groups") or []
    return (element.get("options") or []) + [one for group in groups for one in group["options"]]


def initial_among_options(element: dict[str, Any], place: Place) -> Iterator[Fault]:
    """What is chosen from the start must be one of the choices, exactly as it is written there."""
    for name in ("initial_option", "initial_options"):
        given = element.get(name)
        chosen = given if isinstance(given, list) else [given] if given else []
        if any(one not in _all_options(element) for one in chosen):
            yield place.at(name).fails("option", "must exactly match an option", "an option", chosen)
