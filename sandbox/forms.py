"""What a person typed and chose, written as Slack's `state.values`, and what Slack refuses on the spot."""

import re
from collections.abc import Callable, Iterator
from typing import Any

from sandbox import blockkit, words
from sandbox.errors import Refused
from sandbox.ids import LISTS_OF_ELEMENTS, all_blocks
from sandbox.messages import JsonObject
from sandbox.people import User

# The key under which an element's value stands in the state; its initial value has the same ending.
_VALUE_KEYS = {
    "plain_text_input": "value",
    "email_text_input": "value",
    "url_text_input": "value",
    "number_input": "value",
    "rich_text_input": "rich_text_value",
    "static_select": "selected_option",
    "external_select": "selected_option",
    "radio_buttons": "selected_option",
    "overflow": "selected_option",
    "multi_static_select": "selected_options",
    "checkboxes": "selected_options",
    "multi_external_select": "selected_options",
    "multi_users_select": "selected_users",
    "multi_conversations_select": "selected_conversations",
    "multi_channels_select": "selected_channels",
    "users_select": "selected_user",
    "conversations_select": "selected_conversation",
    "channels_select": "selected_channel",
    "datepicker": "selected_date",
    "datetimepicker": "selected_date_time",
    "timepicker": "selected_time",
    "file_input": "files",
}
# What a person clicks without the element remembering it.
_SEVERAL = ("selected_options", "selected_users", "selected_conversations", "selected_channels", "files")
EXTERNAL = ("external_select", "multi_external_select")
_BUTTONS = ("button", "icon_button", "feedback_buttons")
STATELESS = (*_BUTTONS, "overflow")
# Of these the app hears nothing: a workflow's button starts the workflow.
_PASSIVE = ("image", "workflow_button")
_FORMS_OF_TEXT = {
    "email_text_input": (r"[^@\s]+@[^@\s]+\.[^@\s]+", words.NO_EMAIL),
    "url_text_input": (r"https?://\S+", words.NO_URL),
    "number_input": (r"-?\d+([.]\d+)?", words.NO_NUMBER),
}


def interactive_elements(blocks: list[JsonObject]) -> Iterator[tuple[JsonObject, JsonObject]]:
    """Each block with each element in it that a person can use."""
    for block in all_blocks(blocks):
        within = [block.get("accessory"), block.get("element")]
        for key in LISTS_OF_ELEMENTS.get(block["type"], ()):
            within += block[key]
        for element in within:
            if element is not None and element["type"] not in _PASSIVE:
                yield block, element


def find_element(
    blocks: list[JsonObject], action_id: str, block_id: str | None, given: Any = None
) -> tuple[JsonObject, JsonObject]:
    """The block and the element with this action_id; Refused when nobody could see such an element.

    Buttons in a list often share their action_id: `given` is then the value of the one that is meant.
    """
    for block, element in interactive_elements(blocks):
        same_place = element["action_id"] == action_id and block_id in (None, block["block_id"])
        if same_place and (element["type"] not in _BUTTONS or given in (None, *_values(element))):
            return block, element
    raise Refused("element_not_found")


def _pressable(element: JsonObject) -> list[JsonObject]:
    if element["type"] != "feedback_buttons":
        return [element]
    return [element["positive_button"], element["negative_button"]]


def _values(element: JsonObject) -> list[Any]:
    return [button.get("value") for button in _pressable(element)]


def action(block: JsonObject, element: JsonObject, given: Any) -> JsonObject:
    """One of the `actions` of a delivery: what was clicked or chosen."""
    about = {"type": element["type"], "block_id": block["block_id"], "action_id": element["action_id"]}
    if element["type"] not in _BUTTONS:
        return about | chosen(element, given)
    pressable = _pressable(element)
    element = next((one for one in pressable if one.get("value") == given), pressable[0])
    shown = {key: element[key] for key in ("text", "value", "style", "url", "confirm") if key in element}
    return about | shown


def initial_state(blocks: list[JsonObject]) -> JsonObject:
    """The state of a view that was just opened."""
    return _state(blocks, lambda element, _: _entry(element, _initial(element)))


def filled_state(blocks: list[JsonObject], before: JsonObject, values: JsonObject) -> JsonObject:
    """The state after the person typed and chose `values` ({block_id: {action_id: value}}).

    Elements that are not named stay as they were in `before`. Refused, when a value names a field or an
    option that is not there.
    """
    fields = {(block["block_id"], element["action_id"]) for block, element in interactive_elements(blocks)}
    named = {(block_id, action_id) for block_id, inner in values.items() for action_id in inner}
    if named - fields:
        raise Refused("element_not_found")

    def entry(element: JsonObject, block_id: str) -> JsonObject:
        action_id = element["action_id"]
        if (block_id, action_id) in named:
            return chosen(element, values[block_id][action_id])
        kept = before.get(block_id, {}).get(action_id)
        return kept if kept is not None else _entry(element, _initial(element))

    return _state(blocks, entry)


def chosen(element: JsonObject, value: Any) -> JsonObject:
    """An element's entry in the state, once the person typed or chose `value`."""
    key = _VALUE_KEYS[element["type"]]
    if key == "selected_option":
        return _entry(element, None if value in (None, "") else _option(element, value))
    if key == "files":
        return _entry(element, _files(element, value or []))
    if key in _SEVERAL:
        wanted = value if isinstance(value, list) else [value]
        if len(wanted) > element.get("max_selected_items", len(wanted)):
            raise Refused("too_many_selected", 400)
        is_option = key == "selected_options"
        return _entry(element, [_option(element, one) if is_option else str(one) for one in wanted])
    if key == "rich_text_value" and value:
        if blockkit.blocks_faults([value], "modal") or value["type"] != "rich_text":
            raise Refused("invalid_rich_text", 400)
        return _entry(element, value)
    if key == "selected_date_time" and str(value).isdecimal():
        return _entry(element, int(value))
    return _entry(element, None if value in (None, "") else str(value))


def _files(element: JsonObject, files: Any) -> list[JsonObject]:
    if not isinstance(files, list) or not all(isinstance(file, dict) and "name" in file for file in files):
        raise Refused("invalid_files", 400)
    if len(files) > element.get("max_files", 10):
        raise Refused("too_many_selected", 400)
    wanted = element.get("filetypes")
    if wanted and not all(file["name"].rpartition(".")[2].lower() in wanted for file in files):
        raise Refused("invalid_filetype", 400)
    return files


def local_errors(blocks: list[JsonObject], values: JsonObject, user: User) -> dict[str, str]:
    """What Slack itself says under the fields, before the app ever hears of the submission."""
    errors = {}
    for block in all_blocks(blocks):
        if block["type"] == "input":
            element = block["element"]
            entry = values[block["block_id"]][element["action_id"]]
            value = entry[_VALUE_KEYS[element["type"]]]
            if not value:
                problem = None if block.get("optional") else words.told_to(user, words.REQUIRED)
            else:
                problem = _text_problem(element, value, user) if isinstance(value, str) else None
            if problem:
                errors[block["block_id"]] = problem
    return errors


def _text_problem(element: JsonObject, value: str, user: User) -> str | None:
    if len(value) < element.get("min_length", 0):
        return words.told_to(user, words.TOO_SHORT, count=element["min_length"])
    if element["type"] == "plain_text_input" and len(value) > element.get("max_length", 3000):
        return words.told_to(user, words.TOO_LONG, count=element.get("max_length", 3000))
    pattern, refusal = _FORMS_OF_TEXT.get(element["type"], ("", ""))
    if pattern and not re.fullmatch(pattern, value):
        return words.told_to(user, refusal)
    return _number_problem(element, float(value), user) if element["type"] == "number_input" else None


def _number_problem(element: JsonObject, value: float, user: User) -> str | None:
    if not element["is_decimal_allowed"] and not value.is_integer():
        return words.told_to(user, words.NOT_WHOLE)
    if value < float(element.get("min_value", "-inf")):
        return words.told_to(user, words.TOO_LITTLE, least=element["min_value"])
    if value > float(element.get("max_value", "inf")):
        return words.told_to(user, words.TOO_MUCH, most=element["max_value"])
    return None


def _state(blocks: list[JsonObject], entry: Callable[[JsonObject, str], JsonObject]) -> JsonObject:
    state: JsonObject = {}
    for block, element in interactive_elements(blocks):
        if element["type"] not in STATELESS:
            state.setdefault(block["block_id"], {})[element["action_id"]] = entry(element, block["block_id"])
    return state


def _initial(element: JsonObject) -> Any:
    key = _VALUE_KEYS[element["type"]]
    nothing: Any = [] if key in _SEVERAL else None
    name = "value" if key == "rich_text_value" else key.removeprefix("selected_")
    return element.get(f"initial_{name}", nothing)


def _entry(element: JsonObject, value: Any) -> JsonObject:
    return {"type": element["type"], _VALUE_KEYS[element["type"]]: value}


def _option(element: JsonObject, value: Any) -> JsonObject:
    if isinstance(value, dict) and element["type"] in EXTERNAL:
        return value
    groups = element.get("option_groups", [])
    options = element.get("options", []) + [option for group in groups for option in group["options"]]
    for option in options:
        if option.get("value") == value:
            return dict(option)
    raise Refused("option_not_found")
