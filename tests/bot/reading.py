"""Reads Block Kit as a person or Slack would: its texts, its buttons, and the form that comes back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from billing.i18n import LANGUAGES
from bot.i18n import words

in_both_languages = pytest.mark.parametrize("t", [words(language) for language in LANGUAGES], ids=LANGUAGES)


def strings(block_kit: Any, kind: str) -> Iterator[str]:
    """All texts of that kind in some Block Kit."""
    if isinstance(block_kit, dict):
        if block_kit.get("type") == kind and isinstance(block_kit.get("text"), str):
            yield block_kit["text"]
        for part in block_kit.values():
            yield from strings(part, kind)
    elif isinstance(block_kit, list):
        for part in block_kit:
            yield from strings(part, kind)


def elements(block_kit: Any, kind: str) -> Iterator[dict[str, Any]]:
    """All elements of that type in some Block Kit."""
    if isinstance(block_kit, dict):
        if block_kit.get("type") == kind:
            yield block_kit
        for part in block_kit.values():
            yield from elements(part, kind)
    elif isinstance(block_kit, list):
        for part in block_kit:
            yield from elements(part, kind)


def submitted(view: dict[str, Any], **changed: str) -> dict[str, Any]:
    """The view as Slack sends it back: what stood in it from the start, or what was changed."""
    values: dict[str, dict[str, dict[str, Any]]] = {}
    for block in view["blocks"]:
        if block["type"] == "input":
            element, name = block["element"], block["block_id"]
            values[name] = {element["action_id"]: _state(element, changed.get(name))}
    return {**view, "state": {"values": values}}


def _state(element: dict[str, Any], value: str | None) -> dict[str, Any]:
    if element["type"] in ("plain_text_input", "number_input"):
        return {"type": element["type"], "value": value or element.get("initial_value")}
    chosen = {"value": value} if value else element.get("initial_option")
    return {"type": element["type"], "selected_option": chosen}
