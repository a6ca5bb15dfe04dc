"""Each limit of Block Kit: what breaks it, and where and how the validation says so."""

from typing import Any

import pytest

from sandbox import blockkit
from tests.sandbox.workbench import home, modal, plain

Json = dict[str, Any]


def mrkdwn(text: str) -> Json:
    return {"type": "mrkdwn", "text": text}


def section(**about: Any) -> Json:
    return {"type": "section", "text": plain("Text")} | about


def actions(*elements: Json) -> Json:
    return {"type": "actions", "elements": list(elements)}


def entry(element: Json, **about: Any) -> Json:
    return {"type": "input", "label": plain("Label"), "element": element} | about


def button(**about: Any) -> Json:
    return {"type": "button", "text": plain("Go")} | about


def options(count: int, **about: Any) -> list[Json]:
    return [{"text": plain(f"No. {number}"), "value": str(number)} | about for number in range(count)]


def select(kind: str = "static_select", **about: Any) -> Json:
    return {"type": kind, "action_id": "a", "options": options(2)} | about


def typed(**about: Any) -> Json:
    return {"type": "plain_text_input"} | about


def confirm(**about: Any) -> Json:
    texts = {"title": plain("Sure?"), "text": mrkdwn("Really?"), "confirm": plain("Yes"), "deny": plain("No")}
    return button(confirm=texts | about)


def table(rows: int = 1, columns: int = 1, text: str = "x") -> Json:
    return {"type": "table", "rows": [[{"type": "raw_text", "text": text}] * columns] * rows}


PICTURE = {"type": "image", "image_url": "https://example.com/a.png", "alt_text": "A"}
TOO_FEW, TOO_MANY, TOO_LONG = "min_items", "max_items", "max_length"

# A block, where its fault is, and its code: a broken constraint goes by its type.
FAULTY = [
    ({"type": "dance"}, "/type", "enum"),
    ({}, "", "missing_field"),
    ("text", "", "type"),
    (section(colour="red"), "", "additional_property"),
    (section(block_id="x" * 256), "/block_id", TOO_LONG),
    (section(text=plain("")), "/text/text", "min_length"),
    (section(text=plain("x" * 3001)), "/text/text", TOO_LONG),
    (section(text="Text"), "/text", "type"),
    (section(text={"type": "html", "text": "Text"}), "/text/type", "enum"),
    (section(text=mrkdwn("x") | {"emoji": True}), "/text", "additional_property"),
    (section(text=plain("x") | {"verbatim": True}), "/text", "additional_property"),
    (section(text=None), "", "at_least_one"),
    (section(fields=[plain("x")] * 11), "/fields", TOO_MANY),
    (section(fields=[]), "/fields", TOO_FEW),
    (section(fields=[plain("x" * 2001)]), "/fields/0/text", TOO_LONG),
    (section(accessory=typed()), "/accessory/type", "enum"),
    ({"type": "header", "text": plain("x" * 151)}, "/text/text", TOO_LONG),
    ({"type": "header", "text": mrkdwn("x")}, "/text/type", "enum"),
    ({"type": "divider", "text": plain("x")}, "", "additional_property"),
    ({"type": "context", "elements": [plain("x")] * 11}, "/elements", TOO_MANY),
    ({"type": "context", "elements": [button()]}, "/elements/0/type", "enum"),
    (PICTURE | {"alt_text": None}, "", "missing_field"),
    (PICTURE | {"image_url": "a.png"}, "/image_url", "pattern"),
    (PICTURE | {"image_url": None}, "", "exactly_one"),
    (section(accessory={"type": "image", "image_url": "https://a.b/c.png"}), "/accessory", "missing_field"),
    (actions(*[button()] * 26), "/elements", TOO_MANY),
    (actions(), "/elements", TOO_FEW),
    (actions(button(action_id="a"), button(action_id="a")), "/elements/1/action_id", "unique"),
    (actions(typed()), "/elements/0/type", "enum"),
    (actions(button(text=plain("x" * 76))), "/elements/0/text/text", TOO_LONG),
    (actions(button(text=mrkdwn("x"))), "/elements/0/text/type", "enum"),
    (actions(button(text=None)), "/elements/0", "missing_field"),
    (actions(button(value="x" * 2001)), "/elements/0/value", TOO_LONG),
    (actions(button(url="https://e.com/" + "x" * 3000)), "/elements/0/url", TOO_LONG),
    (actions(button(url="javascript:alert(1)")), "/elements/0/url", "pattern"),
    (actions(button(accessibility_label="x" * 76)), "/elements/0/accessibility_label", TOO_LONG),
    (actions(button(style="default")), "/elements/0/style", "enum"),
    (actions(button(action_id="x" * 256)), "/elements/0/action_id", TOO_LONG),
    (actions(confirm(title=plain("x" * 101))), "/elements/0/confirm/title/text", TOO_LONG),
    (actions(confirm(text=plain("x" * 301))), "/elements/0/confirm/text/text", TOO_LONG),
    (actions(confirm(confirm=plain("x" * 31))), "/elements/0/confirm/confirm/text", TOO_LONG),
    (actions(confirm(deny=plain("x" * 31))), "/elements/0/confirm/deny/text", TOO_LONG),
    (actions(confirm(deny=None)), "/elements/0/confirm", "missing_field"),
    (actions(select(options=options(101))), "/elements/0/options", TOO_MANY),
    (actions(select(options=options(1, text=plain("x" * 76)))), "/elements/0/options/0/text/text", TOO_LONG),
    (actions(select(options=options(1, text=mrkdwn("x")))), "/elements/0/options/0/text/type", "enum"),
    (actions(select(options=options(1, value="x" * 151))), "/elements/0/options/0/value", TOO_LONG),
    (
        actions(select(options=options(1, description=plain("x" * 76)))),
        "/elements/0/options/0/description/text",
        TOO_LONG,
    ),
    (actions(select(options=options(1, url="https://a.b"))), "/elements/0/options/0", "additional_property"),
    (actions(select(options=None)), "/elements/0", "exactly_one"),
    (actions(select(placeholder=plain("x" * 151))), "/elements/0/placeholder/text", TOO_LONG),
    (actions(select(initial_option=options(3)[2])), "/elements/0/initial_option", "option"),
    (actions(select("overflow", options=options(6))), "/elements/0/options", TOO_MANY),
    (actions(select("overflow", options=[])), "/elements/0/options", TOO_FEW),
    (actions(select("checkboxes", options=options(11))), "/elements/0/options", TOO_MANY),
    (actions(select("radio_buttons", options=options(11))), "/elements/0/options", TOO_MANY),
    (actions(select("multi_static_select")), "/elements/0/type", "enum"),
    (actions({"type": "datepicker", "initial_date": "31.12.2026"}), "/elements/0/initial_date", "pattern"),
    (actions({"type": "timepicker", "initial_time": "24:00"}), "/elements/0/initial_time", "pattern"),
    (entry(typed(), label=mrkdwn("x")), "/label/type", "enum"),
    (entry(typed(), label=plain("x" * 2001)), "/label/text", TOO_LONG),
    (entry(typed(), hint=plain("x" * 2001)), "/hint/text", TOO_LONG),
    (entry(typed(), optional="yes"), "/optional", "type"),
    (entry(button()), "/element/type", "enum"),
    (entry(typed(max_length=3001)), "/element/max_length", "maximum"),
    (entry(typed(min_length=-1)), "/element/min_length", "minimum"),
    (entry(typed(placeholder=plain("x" * 151))), "/element/placeholder/text", TOO_LONG),
    (entry({"type": "number_input"}), "/element", "missing_field"),
    (table(rows=101), "/rows", TOO_MANY),
    (table(columns=21), "/rows/0", TOO_MANY),
    (table(rows=100, text="x" * 101), "/rows", TOO_LONG),
    ({"type": "markdown", "text": "x" * 12_001}, "/text", TOO_LONG),
    ({"type": "rich_text", "elements": [{"type": "dance"}]}, "/elements/0/type", "enum"),
]


def found(faults: list[blockkit.Fault]) -> list[tuple[str, str]]:
    """Where each fault is, and its code."""
    return [(fault.pointer, fault.constraint["type"] if fault.constraint else fault.code) for fault in faults]


@pytest.mark.parametrize(("block", "pointer", "code"), FAULTY)
def test_a_block_over_a_limit_is_found(block: Any, pointer: str, code: str) -> None:
    assert found(blockkit.blocks_faults([block])) == [(f"/blocks/0{pointer}", code)]


@pytest.mark.parametrize(
    "block",
    [
        section(
            text=plain("x" * 3000), fields=[mrkdwn("x" * 2000)] * 10, accessory=PICTURE | {"alt_text": "A"}
        ),
        {"type": "header", "text": plain("x" * 150), "block_id": "x" * 255},
        {"type": "context", "elements": [mrkdwn("x")] * 9 + [PICTURE]},
        actions(*[button(value="x" * 2000) | {"action_id": str(number)} for number in range(25)]),
        actions(confirm(title=plain("x" * 100), text=mrkdwn("x" * 300), style="danger")),
        actions(select(options=options(100), initial_option=options(100)[99])),
        actions(select(options=None, option_groups=[{"label": plain("Group"), "options": options(100)}])),
        actions(select("overflow", options=options(5, url="https://a.b"))),
        actions(select("radio_buttons", options=options(10, text=mrkdwn("*x*")))),
        actions({"type": "users_select"}, {"type": "external_select", "min_query_length": 0}),
        entry(typed(max_length=3000, min_length=0, multiline=True, initial_value=""), hint=plain("Hint")),
        entry(select("multi_static_select", initial_options=options(2))),
        entry({"type": "number_input", "is_decimal_allowed": False, "min_value": "1"}),
        table(rows=100, columns=20),
        {"type": "divider"},
    ],
)
def test_a_block_at_its_limits_passes(block: Json) -> None:
    assert blockkit.blocks_faults([block]) == []


def test_a_block_id_stands_once() -> None:
    twins = [section(block_id="a"), section(block_id="a")]
    assert found(blockkit.blocks_faults(twins)) == [("/blocks/1/block_id", "unique")]


@pytest.mark.parametrize(("surface", "most"), [("message", 50), ("modal", 100), ("home", 100)])
def test_a_surface_takes_so_many_blocks(surface: str, most: int) -> None:
    assert blockkit.blocks_faults([section()] * most, surface) == []
    assert found(blockkit.blocks_faults([section()] * (most + 1), surface)) == [("/blocks", TOO_MANY)]


@pytest.mark.parametrize("block", [table(), {"type": "markdown", "text": "x"}])
@pytest.mark.parametrize("surface", ["modal", "home"])
def test_some_blocks_are_for_messages_only(block: Json, surface: str) -> None:
    assert found(blockkit.blocks_faults([block], surface)) == [("/blocks/0/type", "surface")]


def test_a_message_has_one_table() -> None:
    assert found(blockkit.blocks_faults([table(), table()])) == [("/blocks/1", "max_tables")]


def test_one_element_has_the_focus() -> None:
    focused = [entry(typed(focus_on_load=True)), entry(typed(focus_on_load=True))]
    assert found(blockkit.blocks_faults(focused)) == [("/blocks/1/element/focus_on_load", "max_focus")]


@pytest.mark.parametrize(
    ("view", "pointer", "code"),
    [
        (modal(title=plain("x" * 25)), "/title/text", TOO_LONG),
        (modal(title=mrkdwn("x")), "/title/type", "enum"),
        (modal(title=None), "", "missing_field"),
        (modal(blocks=None), "", "missing_field"),
        (modal(submit=plain("x" * 25)), "/submit/text", TOO_LONG),
        (modal(close=plain("x" * 25)), "/close/text", TOO_LONG),
        (modal(submit=None), "", "missing_field"),
        (modal(private_metadata="x" * 3001), "/private_metadata", TOO_LONG),
        (modal(callback_id="x" * 256), "/callback_id", TOO_LONG),
        (modal(external_id="x" * 256), "/external_id", TOO_LONG),
        (modal(notify_on_close="yes"), "/notify_on_close", "type"),
        (modal(colour="red"), "", "additional_property"),
        (home("x") | {"title": plain("x")}, "", "additional_property"),
        (modal(type="dialog"), "/type", "enum"),
    ],
)
def test_a_view_over_a_limit_is_found(view: Json, pointer: str, code: str) -> None:
    assert found(blockkit.view_faults(view)) == [(f"/view{pointer}", code)]


def test_a_view_at_its_limits_passes() -> None:
    full = modal(title=plain("x" * 24), close=plain("x" * 24), private_metadata="x" * 3000)
    assert blockkit.view_faults(full) == []
    assert blockkit.view_faults(home("x")) == []


@pytest.mark.parametrize("value", [None, 7, "text", [], ["text"], [[]], {"type": []}, [{"type": ["x"]}]])
def test_whatever_is_sent_the_validation_answers(value: Any) -> None:
    blockkit.blocks_faults(value)
    assert blockkit.view_faults(value)
