"""What Slack accepts as blocks, messages and views, and what it says is wrong with the rest."""

import json
from collections.abc import Iterator
from typing import Any

from sandbox.blockkit.blocks import blocks as _blocks
from sandbox.blockkit.checks import Fault, JsonObject, Place, exactly_one, flag, items, record, string, tagged
from sandbox.blockkit.objects import MENU_OPTION, OPTION_GROUP, plain

__all__ = ["Fault", "blocks_faults", "options_faults", "view_faults", "view_too_large"]

_LARGEST_VIEW = 250 * 1024

_ANY_VIEW = {"blocks": _blocks, "private_metadata": string(3000, shortest=0)}
_ANY_VIEW |= {name: string(255, shortest=0) for name in ("callback_id", "external_id")}


def _submit_for_inputs(view: JsonObject, place: Place) -> Iterator[Fault]:
    blocks = view.get("blocks") or ()
    within = [child for block in blocks if block["type"] == "container" for child in block["child_blocks"]]
    if any(block["type"] == "input" for block in (*blocks, *within)) and not view.get("submit"):
        message = "missing required field: submit"
        yield Fault(place.pointer, "missing_field", message, field="submit")


_MODAL = record(
    {
        **_ANY_VIEW,
        "title": plain(24),
        "submit": plain(24),
        "close": plain(24),
        "clear_on_close": flag,
        "notify_on_close": flag,
    },
    "title blocks",
    also=[_submit_for_inputs],
)
_HOME = record(_ANY_VIEW, "blocks")
_SUGGESTION = record(
    {"options": items(MENU_OPTION, 100, fewest=0), "option_groups": items(OPTION_GROUP, 100, fewest=0)},
    also=[exactly_one("options", "option_groups")],
)


def blocks_faults(value: Any, surface: str = "message", pointer: str = "/blocks") -> list[Fault]:
    """What is wrong with these blocks on this surface (message, modal, home)."""
    return list(_blocks(value, Place(pointer, surface)))


def view_faults(view: Any, kinds: tuple[str, ...] = ("modal", "home"), pointer: str = "/view") -> list[Fault]:
    """What is wrong with this view, which must be of one of these kinds."""
    known = {"modal": _MODAL, "home": _HOME}
    surface = str(view.get("type")) if isinstance(view, dict) else ""
    return list(tagged({kind: known[kind] for kind in kinds})(view, Place(pointer, surface)))


def options_faults(value: Any) -> list[Fault]:
    """What is wrong with the options that the app suggests for an external_select."""
    return list(_SUGGESTION(value, Place("", "message")))


def view_too_large(view: JsonObject) -> bool:
    """Whether the view is more than Slack takes."""
    return len(json.dumps(view)) > _LARGEST_VIEW
