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


def words(text: str) -> Json:
    return {"type": "raw_text", "text": text}


def data_table(count: int = 1, columns: int = 1, text: str = "x", **about: Any) -> Json:
    return {"type": "data_table", "caption": "All", "rows": [[words(text)] * columns] * (count + 1)} | about


def chart(**about: Any) -> Json:
    return {"type": "data_visualization", "title": "Spend", "chart": about}


def pie(count: int = 2, **about: Any) -> Json:
    segments = [{"label": f"No. {number}", "value": 1 + number} | about for number in range(count)]
    return chart(type="pie", segments=segments)


def bars(series: int = 1, categories: int = 2, **about: Any) -> Json:
    names = [f"Month {number}" for number in range(categories)]
    data = [{"label": name, "value": -1.5} for name in names]
    plotted = [{"name": f"No. {number}", "data": data} for number in range(series)]
    return chart(**{"type": "bar", "series": plotted, "axis_config": {"categories": names}} | about)


def alert(text: str = "x", **about: Any) -> Json:
    return {"type": "alert", "text": mrkdwn(text)} | about


def card(**about: Any) -> Json:
    return {"type": "card", "title": mrkdwn("AI Assist")} | about


def rich(*elements: Json, kind: str = "rich_text_section", **about: Any) -> Json:
    return {"type": "rich_text", "elements": [{"type": kind, "elements": list(elements)} | about]}


def said(text: str = "x", **about: Any) -> Json:
    return {"type": "text", "text": text} | about


def feedback(**about: Any) -> Json:
    buttons = {kind: {"text": plain("+"), "value": kind} for kind in ("positive_button", "negative_button")}
    return {"type": "context_actions", "elements": [{"type": "feedback_buttons"} | buttons | about]}


SECTION = {"type": "rich_text_section", "elements": [said()]}
ICON = {"type": "icon_button", "icon": "trash", "text": plain("Delete")}
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
    (rich({"type": "dance"}), "/elements/0/elements/0/type", "enum"),
    (rich(said(style={"loud": True})), "/elements/0/elements/0/style", "additional_property"),
    (rich(said("")), "/elements/0/elements/0/text", "min_length"),
    (rich({"type": "link", "url": "here"}), "/elements/0/elements/0/url", "pattern"),
    (rich({"type": "user"}), "/elements/0/elements/0", "missing_field"),
    (rich({"type": "broadcast", "range": "all"}), "/elements/0/elements/0/range", "enum"),
    (rich({"type": "date", "timestamp": 1}), "/elements/0/elements/0", "missing_field"),
    (
        rich({"type": "user", "user_id": "U1"}, kind="rich_text_preformatted"),
        "/elements/0/elements/0/type",
        "enum",
    ),
    (rich(said(), kind="rich_text_list", style="bullet"), "/elements/0/elements/0/type", "enum"),
    (rich(SECTION, kind="rich_text_list"), "/elements/0", "missing_field"),
    (table() | {"column_settings": [None, {"align": "top"}]}, "/column_settings/1/align", "enum"),
    (data_table(201), "/rows", TOO_MANY),
    (data_table(0), "/rows", TOO_FEW),
    (data_table(rows=[[words("x")] * 21, [words("x")]]), "/rows/0", TOO_MANY),
    (data_table(caption=None), "", "missing_field"),
    (data_table(page_size=101), "/page_size", "maximum"),
    (data_table(rows=[[words("a")], [words("b"), words("c")]]), "/rows/1", "equal_items"),
    (data_table(rows=[[rich(said())], [words("b")]]), "/rows/0/0/type", "enum"),
    (
        data_table(rows=[[words("a")], [{"type": "raw_number", "value": "1", "text": "1"}]]),
        "/rows/1/0/value",
        "type",
    ),
    (data_table(100, 10, text="x" * 20), "/rows", TOO_LONG),
    (pie(13), "/chart/segments", TOO_MANY),
    (pie(1, value=0), "/chart/segments/0/value", "exclusive_minimum"),
    (pie(1, label="x" * 21), "/chart/segments/0/label", TOO_LONG),
    (pie() | {"title": "x" * 51}, "/title", TOO_LONG),
    (bars(13), "/chart/series", TOO_MANY),
    (bars(axis_config={"categories": ["A"] * 21}), "/chart/axis_config/categories", TOO_MANY),
    (bars(axis_config={"categories": ["A"]}), "/chart/series/0/data", "categories"),
    (bars(axis_config=None), "/chart", "missing_field"),
    (chart(type="radar"), "/chart/type", "enum"),
    (card(title=mrkdwn("x" * 151)), "/title/text", TOO_LONG),
    (card(subtitle=mrkdwn("x" * 151)), "/subtitle/text", TOO_LONG),
    (card(body=mrkdwn("x" * 201)), "/body/text", TOO_LONG),
    (card(actions=[button()] * 4), "/actions", TOO_MANY),
    (card(actions=[typed()]), "/actions/0/type", "enum"),
    (card(title=None, subtitle=plain("x")), "", "at_least_one"),
    (card(hero_image={"type": "image", "image_url": "https://a.b/c.png"}), "/hero_image", "missing_field"),
    (card(slack_icon={"type": "icon", "name": "euro"}), "/slack_icon/name", "enum"),
    (card(icon=PICTURE, slack_icon={"type": "icon", "name": "key"}), "", "exclusive"),
    (feedback(negative_button=None), "/elements/0", "missing_field"),
    ({"type": "context_actions", "elements": [ICON] * 6}, "/elements", TOO_MANY),
    ({"type": "context_actions", "elements": [ICON | {"icon": "pen"}]}, "/elements/0/icon", "enum"),
    ({"type": "context_actions", "elements": [button()]}, "/elements/0/type", "enum"),
    (
        actions({"type": "datetimepicker", "initial_date_time": "soon"}),
        "/elements/0/initial_date_time",
        "type",
    ),
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
        table() | {"column_settings": [None, {"align": "right"}]},
        {"type": "divider"},
        rich(
            said(style={"bold": True, "code": True}),
            {"type": "link", "url": "https://a.b", "text": "here"},
            {"type": "emoji", "name": "tada", "unicode": "1f389"},
            {"type": "user", "user_id": "U1"},
            {"type": "channel", "channel_id": "C1"},
            {"type": "broadcast", "range": "here"},
            {"type": "date", "timestamp": 1720710212, "format": "{date_num}", "fallback": "then"},
            {"type": "color", "value": "#F405B3"},
        ),
        rich(
            SECTION,
            kind="rich_text_list",
            style="ordered",
            indent=1,
        ),
        rich(said(), kind="rich_text_quote", border=1),
        rich(said("a = 1"), kind="rich_text_preformatted", language="python"),
        data_table(200, 20, page_size=100, row_header_column_index=1),
        data_table(rows=[[words("a")], [{"type": "raw_number", "value": 1.5, "text": "1,50 €"}]]),
        pie(12),
        bars(12, 20, type="line"),
        card(hero_image=PICTURE, subtitle=plain("x" * 150), body=mrkdwn("x" * 200), actions=[button()] * 3),
        card(title=None, actions=[button()], slack_icon={"type": "icon", "name": "key"}),
        feedback(action_id="was_it_good"),
        {"type": "context_actions", "elements": [ICON] * 5},
        actions({"type": "datetimepicker", "initial_date_time": 1628633820}),
        entry({"type": "multi_users_select", "initial_users": ["U1"], "max_selected_items": 1}),
        entry({"type": "multi_external_select", "min_query_length": 0}),
        section(accessory={"type": "multi_channels_select"}),
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


@pytest.mark.parametrize("block", [table(), feedback(), {"type": "markdown", "text": "x"}])
@pytest.mark.parametrize("surface", ["modal", "home"])
def test_some_blocks_are_for_messages_only(block: Json, surface: str) -> None:
    assert found(blockkit.blocks_faults([block], surface)) == [("/blocks/0/type", "surface")]


def test_an_alert_is_for_modals_only() -> None:
    assert blockkit.blocks_faults([alert("x" * 200, level="error")], "modal") == []
    assert found(blockkit.blocks_faults([alert("x" * 201)], "modal")) == [("/blocks/0/text/text", TOO_LONG)]
    assert found(blockkit.blocks_faults([alert(level="loud")], "modal")) == [("/blocks/0/level", "enum")]
    for surface in ("message", "home"):
        assert found(blockkit.blocks_faults([alert()], surface)) == [("/blocks/0/type", "surface")]


def test_a_message_has_one_table_and_two_charts() -> None:
    assert found(blockkit.blocks_faults([table(), table()])) == [("/blocks/1", "max_tables")]
    assert blockkit.blocks_faults([pie(), bars()]) == []
    assert found(blockkit.blocks_faults([pie()] * 3)) == [("/blocks/2", "max_data_visualizations")]


def test_the_tables_of_a_message_count_their_text_together() -> None:
    half = data_table(100, 1, text="x" * 100)
    assert found(blockkit.blocks_faults([half, half])) == [("/blocks/1/rows", TOO_LONG)]


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


def task(**about: Any) -> Json:
    return {"type": "task_card", "task_id": "t1", "title": "Compare"} | about


def container(*blocks: Json, **about: Any) -> Json:
    return {"type": "container", "title": plain("Due"), "child_blocks": list(blocks)} | about


CARD = {"type": "card", "title": plain("Growth")}
# A block that holds others, on its surface, and what is said of it first; None where it is taken.
GROUPS: list[tuple[Json, str, str | None]] = [
    ({"type": "carousel", "elements": [CARD] * 10}, "message", None),
    ({"type": "carousel", "elements": [CARD]}, "home", None),
    ({"type": "carousel", "elements": [CARD]}, "modal", "unsupported type: carousel"),
    ({"type": "carousel", "elements": [CARD] * 11}, "message", "no more than 10 items allowed"),
    ({"type": "carousel", "elements": [section()]}, "message", "unsupported type: section"),
    (task(status="error", sources=[{"type": "url", "url": "https://a.example", "text": "a"}]), "message", None),
    (task(status="done"), "message", "must be one of pending, in_progress, complete, error"),
    (task(), "home", "unsupported type: task_card"),
    ({"type": "plan", "title": "All", "tasks": [task()]}, "message", None),
    ({"type": "plan", "title": "All", "tasks": [section()]}, "message", "unsupported type: section"),
    (container(section(), entry(typed())), "modal", None),
    (container(section(), title=None), "modal", "must have at least one of: title, rich_text_title"),
    (container(container(section())), "modal", "unsupported type: container"),
    (container(section(), default_collapsed=True), "modal", "requires is_collapsible to be true"),
    (container(*[section()] * 11), "modal", "no more than 10 items allowed"),
    ({"type": "file", "external_id": "a", "source": "remote"}, "message", None),
    ({"type": "file", "external_id": "a", "source": "local"}, "message", "must be one of remote"),
    (entry({"type": "file_input", "max_files": 11}), "modal", "must be 10 or less"),
    (actions({"type": "workflow_button", "text": plain("Go"), "action_id": "a"}), "message",
     "missing required field: workflow"),
]  # fmt: skip


def test_blocks_that_hold_others_are_looked_through() -> None:
    for block, surface, said in GROUPS:
        faults = blockkit.blocks_faults([block], surface)
        assert (faults[0].message if faults else None) == said, block
    lacking = modal(container(entry(typed()))) | {"submit": None}
    assert [fault.field for fault in blockkit.view_faults(lacking)] == ["submit"]
