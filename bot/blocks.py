"""Small builders of Block Kit, Slack's language for what stands in messages, modals and the Home tab."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

Block = dict[str, Any]
Element = dict[str, Any]
View = dict[str, Any]

LABEL_LIMIT = 75
VALUE_LIMIT = 150
OPTIONS_LIMIT = 100
MESSAGE_BLOCKS, HOME_BLOCKS = 50, 100
# Every input has this action id, unless it is handled while the form is filled: its block id alone says which
# field it is.
VALUE = "value"
# What stands behind the three dots at the end of a row, and how much each place holds.
MORE = "more"
BUTTONS, FOLDED = 3, 5

_ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
# Slack has no escape for these, so signs that look alike and format nothing stand in for them.
_LOOK_ALIKES = str.maketrans({"*": "∗", "~": "∼", "`": "ˋ"})
_UNDERSCORE_AT_WORD_EDGE = re.compile(r"(?<![^\W_])_|_(?![^\W_])")


class Message(NamedTuple):
    """What is posted: `text` is the whole sentence for notifications and screen readers."""

    text: str
    blocks: list[Block]


def escape(text: str) -> str:
    """A person's text on one line of mrkdwn, unable to mention, link or format."""
    line = " ".join(text.split()).translate(_ENTITIES).translate(_LOOK_ALIKES)
    return _UNDERSCORE_AT_WORD_EDGE.sub("ˍ", line)


def clip(text: str, limit: int = LABEL_LIMIT) -> str:
    """The text, or as much of it as the limit leaves room for, with "…" at its end."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def plain(text: str) -> Element:
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str) -> Element:
    """Formatted text. Verbatim: Slack makes no links of its own out of what people typed."""
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def header(text: str) -> Block:
    return {"type": "header", "text": plain(text)}


def divider() -> Block:
    return {"type": "divider"}


def section(text: str, accessory: Element | None = None) -> Block:
    return _given(type="section", text=mrkdwn(text), accessory=accessory)


def fields(pairs: Sequence[tuple[str, str]]) -> Block:
    """Labels over values, two in a row on wide screens. Values are mrkdwn."""
    return {"type": "section", "fields": [mrkdwn(f"*{label}*\n{value}") for label, value in pairs]}


def context(*texts: str) -> Block:
    return {"type": "context", "elements": [mrkdwn(text) for text in texts]}


def plain_section(text: str) -> Block:
    """A person's text as it is, on as many lines as it has."""
    return {"type": "section", "text": plain(text)}


def plain_context(text: str) -> Block:
    """A line in small print that shows a person's text as it is."""
    return {"type": "context", "elements": [plain(text)]}


def actions(*elements: Element) -> Block:
    return {"type": "actions", "elements": list(elements)}


def button(
    text: str,
    action_id: str,
    value: str,
    label: str | None = None,
    style: str | None = None,
    confirm: Element | None = None,
) -> Element:
    """A button. `label` is what a screen reader says where several look alike."""
    return _given(
        type="button",
        action_id=action_id,
        text=plain(clip(text)),
        value=value,
        accessibility_label=clip(label) if label else None,
        style=style,
        confirm=confirm,
    )


def link_button(text: str, action_id: str, value: str, url: str) -> Element:
    """A button that leads out of Slack; Slack tells us of the press all the same."""
    return {**button(text, action_id, value, style="primary"), "url": url}


def row(*buttons: Element) -> Block:
    """The first three as buttons, the others behind three dots. A button that asks before it acts cannot be there."""
    few = len(buttons) <= BUTTONS
    shown, rest = (buttons, ()) if few else (buttons[:BUTTONS], buttons[BUTTONS:])
    if len(rest) == 1:  # a menu of one is none
        shown, rest = buttons[: BUTTONS - 1], buttons[BUTTONS - 1 :]
    starts = range(0, len(rest), FOLDED)
    menus = [_menu_of(rest[start : start + FOLDED], number) for number, start in enumerate(starts, 1)]
    return actions(*shown, *menus)


def unfolded(action: Mapping[str, Any]) -> Mapping[str, Any]:
    """What was chosen behind the three dots, as the button that it would be."""
    if not action["action_id"].startswith(f"{MORE}."):
        return action
    act, _, value = ((action.get("selected_option") or {}).get("value") or "").partition(" ")
    return {**action, "action_id": act, "value": value}


def confirm(title: str, text: str, yes: str, no: str) -> Element:
    """The question before a button acts."""
    return {"title": plain(title), "text": plain(text), "confirm": plain(yes), "deny": plain(no)}


def option(text: str, value: str, description: str | None = None) -> Element:
    shown = plain(clip(description)) if description else None
    return _given(text=plain(clip(text)), value=value, description=shown)


def group(label: str, options: Sequence[Element]) -> Element:
    return {"label": plain(clip(label)), "options": list(options)}


def select(
    action_id: str, options: Sequence[Element], placeholder: str, initial: str | None = None
) -> Element:
    """A drop-down. Slack takes 100 options in one list: for a longer one it asks what fits what is typed."""
    chosen = _chosen(options, initial)
    if len(options) > OPTIONS_LIMIT:
        return _given(**search(action_id, placeholder), initial_option=chosen)
    return _given(**_menu(action_id, placeholder), options=list(options), initial_option=chosen)


def search(action_id: str, placeholder: str) -> Element:
    """A field that asks what fits what is typed in it, from the first letter on."""
    return {**_menu(action_id, placeholder), "type": "external_select", "min_query_length": 0}


def fitting(options: Sequence[Element], words: str) -> list[Element]:
    """Of a list that is longer than Slack takes, what holds all the words that were typed."""
    wanted = words.casefold().split()
    found = [one for one in options if all(word in one["text"]["text"].casefold() for word in wanted)]
    return found[:OPTIONS_LIMIT]


def grouped_select(
    action_id: str, groups: Sequence[Element], placeholder: str, initial: str | None = None
) -> Element:
    """A drop-down whose options stand under headings."""
    chosen = _chosen([option for one in groups for option in one["options"]], initial)
    return _given(**_menu(action_id, placeholder), option_groups=list(groups), initial_option=chosen)


def radio_buttons(options: Sequence[Element], initial: str | None = None) -> Element:
    chosen = _chosen(options, initial)
    return _given(type="radio_buttons", action_id=VALUE, options=list(options), initial_option=chosen)


def checkboxes(options: Sequence[Element], initial: Collection[str]) -> Element:
    chosen = [one for one in options if one["value"] in initial]
    return _given(type="checkboxes", action_id=VALUE, options=list(options), initial_options=chosen or None)


def person_select(placeholder: str) -> Element:
    """A drop-down of the workspace's people."""
    return {"type": "users_select", "action_id": VALUE, "placeholder": plain(placeholder)}


def channel_select(placeholder: str, initial: str | None) -> Element:
    """A drop-down of the workspace's own channels, public and private."""
    return _given(
        type="conversations_select",
        action_id=VALUE,
        placeholder=plain(placeholder),
        initial_conversation=initial,
        filter={"include": ["public", "private"], "exclude_external_shared_channels": True},
    )


def text_input(max_length: int, initial: str = "", *, multiline: bool = False) -> Element:
    return _given(
        type="plain_text_input",
        action_id=VALUE,
        max_length=max_length,
        # Slack refuses a prefilled text above the limit, and somebody must be able to shorten it.
        initial_value=initial[:max_length] or None,
        multiline=multiline or None,
    )


def number_input(action_id: str, most: int, initial: int) -> Element:
    """A whole number from 1; Slack tells of it when Enter is pressed."""
    return {
        "type": "number_input",
        "action_id": action_id,
        "is_decimal_allowed": False,
        "min_value": "1",
        "max_value": str(most),
        "initial_value": str(initial),
    }


def input_block(
    name: str,
    label: str,
    element: Element,
    hint: str | None = None,
    *,
    optional: bool = False,
    dispatches: bool | None = None,
) -> Block:
    """A field of a form. Its block id is the field's name. `dispatches`: what is chosen in it comes to us at once."""
    return _given(
        type="input",
        dispatch_action=dispatches,
        block_id=name,
        label=plain(label),
        element=element,
        hint=plain(hint) if hint else None,
        optional=optional,
    )


def modal(
    title: str,
    blocks: Sequence[Block],
    *,
    close: str,
    callback_id: str | None = None,
    submit: str | None = None,
    metadata: str = "",
) -> View:
    return _given(
        type="modal",
        callback_id=callback_id,
        title=plain(title),
        blocks=list(blocks),
        submit=plain(submit) if submit else None,
        close=plain(close),
        private_metadata=metadata,
    )


def home_tab(blocks: Sequence[Block]) -> View:
    return {"type": "home", "blocks": list(blocks)}


def typed(view: Mapping[str, Any], name: str, action_id: str = VALUE) -> str:
    """What was typed into the field of a form; empty when nothing was."""
    return view["state"]["values"].get(name, {}).get(action_id, {}).get("value") or ""


def picked(view: Mapping[str, Any], name: str, action_id: str = VALUE) -> str:
    """The value of the option chosen in the field of a form; empty when none was."""
    chosen = view["state"]["values"].get(name, {}).get(action_id, {}).get("selected_option")
    return chosen["value"] if chosen else ""


def picked_person(view: Mapping[str, Any], name: str) -> str:
    """The id of the person chosen in the field; empty when nobody was."""
    return view["state"]["values"].get(name, {}).get(VALUE, {}).get("selected_user") or ""


def picked_channel(view: Mapping[str, Any], name: str) -> str:
    """The id of the channel chosen in the field; empty when none was."""
    return view["state"]["values"].get(name, {}).get(VALUE, {}).get("selected_conversation") or ""


def ticked(view: Mapping[str, Any], name: str) -> list[str]:
    """The values of the options ticked in the field."""
    chosen = view["state"]["values"].get(name, {}).get(VALUE, {}).get("selected_options") or []
    return [one["value"] for one in chosen]


def _menu(action_id: str, placeholder: str) -> Element:
    return {"type": "static_select", "action_id": action_id, "placeholder": plain(placeholder)}


def _menu_of(buttons: Sequence[Element], number: int) -> Element:
    options = [option(one["text"]["text"], f"{one['action_id']} {one['value']}") for one in buttons]
    return {"type": "overflow", "action_id": f"{MORE}.{number}", "options": options}


def _chosen(options: Sequence[Element], value: str | None) -> Element | None:
    return next((one for one in options if one["value"] == value), None)


def _given(**parts: Any) -> dict[str, Any]:
    return {name: part for name, part in parts.items() if part is not None}
