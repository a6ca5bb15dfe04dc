"""Ids in Slack's manner, and those that Slack gives to blocks and elements that came without."""

import secrets

from sandbox.messages import JsonObject

# Where a block keeps the elements that a person can use, if it has several.
LISTS_OF_ELEMENTS = {"actions": ("elements",), "context_actions": ("elements",), "card": ("actions",)}

# Where a block keeps blocks of its own.
NESTED_BLOCKS = {"container": "child_blocks", "carousel": "elements", "plan": "tasks"}


def new_id(prefix: str) -> str:
    """An id in Slack's manner: a letter for the kind, then what nobody should read anything into."""
    return f"{prefix}0{secrets.token_hex(5).upper()}"


def with_block_ids(blocks: list[JsonObject]) -> list[JsonObject]:
    """The blocks, each with a block_id and each interactive element with an action_id."""
    return [_with_action_ids({**block, "block_id": block.get("block_id") or _short_id()}) for block in blocks]


def all_blocks(blocks: list[JsonObject]) -> list[JsonObject]:
    """The blocks, and those that stand in them."""
    return [one for block in blocks for one in (block, *all_blocks(_nested(block)))]


def _nested(block: JsonObject) -> list[JsonObject]:
    return block.get(NESTED_BLOCKS.get(block["type"], "")) or []


def _with_action_ids(block: JsonObject) -> JsonObject:
    filled = dict(block)
    if nested := _nested(block):
        filled[NESTED_BLOCKS[block["type"]]] = with_block_ids(nested)
    for key in ("accessory", "element"):
        if key in block:
            filled[key] = _with_action_id(block[key])
    for key in LISTS_OF_ELEMENTS.get(block["type"], ()):
        filled[key] = [_with_action_id(element) for element in block.get(key) or ()]
    return filled


def _with_action_id(element: JsonObject) -> JsonObject:
    if element["type"] == "image":
        return element
    return {**element, "action_id": element.get("action_id") or _short_id()}


def _short_id() -> str:
    return secrets.token_urlsafe(4)[:5]
