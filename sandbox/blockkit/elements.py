"""Block Kit's elements as a table: what each may carry, and in which block it may stand."""

from sandbox.blockkit.checks import (
    Check,
    exactly_one,
    flag,
    items,
    number,
    one_of,
    record,
    string,
    tagged,
)
from sandbox.blockkit.objects import (
    CONFIRM,
    CONVERSATION_FILTER,
    DISPATCH_ACTION_CONFIG,
    ID,
    IMAGE_URL,
    LENGTH,
    LIST_OPTION,
    MENU_OPTION,
    MENU_OPTIONS,
    OVERFLOW_OPTION,
    SLACK_FILE,
    URL,
    initial_among_options,
    plain,
    text,
)
from sandbox.blockkit.rich_text import RICH_TEXT

_DATE = string(pattern=r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])")
_TIME = string(pattern=r"([01]\d|2[0-3]):[0-5]\d")
_NUMBER = string(pattern=r"-?\d+([.]\d+)?")

_USED = {"action_id": ID, "confirm": CONFIRM}
_CHOSEN = {**_USED, "focus_on_load": flag}
_PICKED = {**_CHOSEN, "placeholder": plain(150)}
_MANY = {**_PICKED, "max_selected_items": number(1)}
_TYPED = {
    "action_id": ID,
    "placeholder": plain(150),
    "focus_on_load": flag,
    "dispatch_action_config": DISPATCH_ACTION_CONFIG,
}
_ONE_KIND_OF_OPTIONS = (exactly_one("options", "option_groups"), initial_among_options)

IMAGE = record(
    {"image_url": IMAGE_URL, "slack_file": SLACK_FILE, "alt_text": string(2000)},
    "alt_text",
    also=[exactly_one("image_url", "slack_file")],
)

_TRIGGER = record(
    {
        "url": URL,
        "customizable_input_parameters": items(record({"name": string(), "value": string()}, "name value")),
    },
    "url",
)

_ELEMENTS: dict[str, Check] = {
    "button": record(
        {
            **_USED,
            "text": plain(75),
            "url": URL,
            "value": string(2000),
            "style": one_of("primary", "danger"),
            "accessibility_label": string(75),
        },
        "text",
    ),
    "static_select": record(
        {**_PICKED, **MENU_OPTIONS, "initial_option": MENU_OPTION}, also=_ONE_KIND_OF_OPTIONS
    ),
    "multi_static_select": record(
        {
            **_MANY,
            **MENU_OPTIONS,
            "initial_options": items(MENU_OPTION, 100),
        },
        also=_ONE_KIND_OF_OPTIONS,
    ),
    "multi_external_select": record(
        {
            **_MANY,
            "initial_options": items(MENU_OPTION, 100),
            "min_query_length": number(0),
        }
    ),
    "multi_users_select": record({**_MANY, "initial_users": items(ID)}),
    "multi_channels_select": record({**_MANY, "initial_channels": items(ID)}),
    "multi_conversations_select": record(
        {
            **_MANY,
            "initial_conversations": items(ID),
            "default_to_current_conversation": flag,
            "filter": CONVERSATION_FILTER,
        }
    ),
    "external_select": record({**_PICKED, "initial_option": MENU_OPTION, "min_query_length": number(0)}),
    "users_select": record({**_PICKED, "initial_user": ID}),
    "conversations_select": record(
        {
            **_PICKED,
            "initial_conversation": ID,
            "default_to_current_conversation": flag,
            "response_url_enabled": flag,
            "filter": CONVERSATION_FILTER,
        }
    ),
    "channels_select": record({**_PICKED, "initial_channel": ID, "response_url_enabled": flag}),
    "overflow": record({**_USED, "options": items(OVERFLOW_OPTION, 5)}, "options"),
    "datepicker": record({**_PICKED, "initial_date": _DATE}),
    "datetimepicker": record({**_CHOSEN, "initial_date_time": number(0, 9_999_999_999)}),
    "timepicker": record({**_PICKED, "initial_time": _TIME, "timezone": string(255)}),
    "checkboxes": record(
        {**_CHOSEN, "options": items(LIST_OPTION, 10), "initial_options": items(LIST_OPTION, 10)},
        "options",
        also=[initial_among_options],
    ),
    "radio_buttons": record(
        {**_CHOSEN, "options": items(LIST_OPTION, 10), "initial_option": LIST_OPTION},
        "options",
        also=[initial_among_options],
    ),
    "plain_text_input": record(
        {
            **_TYPED,
            "initial_value": string(3000, shortest=0),
            "multiline": flag,
            "min_length": LENGTH,
            "max_length": number(1, 3000),
        }
    ),
    "email_text_input": record({**_TYPED, "initial_value": string()}),
    "url_text_input": record({**_TYPED, "initial_value": string()}),
    "number_input": record(
        {
            **_TYPED,
            "is_decimal_allowed": flag,
            "initial_value": _NUMBER,
            "min_value": _NUMBER,
            "max_value": _NUMBER,
        },
        "is_decimal_allowed",
    ),
    "rich_text_input": record({**_TYPED, "initial_value": tagged({"rich_text": RICH_TEXT})}),
    "file_input": record(
        {"action_id": ID, "filetypes": items(string()), "max_files": number(1, 10)},
    ),
    "workflow_button": record(
        {
            "action_id": ID,
            "text": plain(75),
            "workflow": record({"trigger": _TRIGGER}, "trigger"),
            "style": one_of("primary", "danger"),
            "accessibility_label": string(75),
        },
        "text workflow action_id",
    ),
    "image": IMAGE,
}

_FEEDBACK = record(
    {"text": plain(75), "value": string(2000), "accessibility_label": string(75)}, "text value"
)
IN_CONTEXT_ACTIONS = tagged(
    {
        "feedback_buttons": record(
            {"action_id": ID, "positive_button": _FEEDBACK, "negative_button": _FEEDBACK},
            "positive_button negative_button",
        ),
        "icon_button": record(
            {
                **_USED,
                "icon": one_of("trash"),
                "text": plain(75),
                "value": string(2000),
                "accessibility_label": string(75),
                "visible_to_user_ids": items(ID, 10),
            },
            "icon text",
        ),
    }
)
_MENUS = "static_select external_select users_select conversations_select channels_select"
_MENUS_OF_MANY = (
    "multi_static_select multi_external_select multi_users_select multi_conversations_select "
    "multi_channels_select"
)
_PICKERS = "datepicker timepicker checkboxes radio_buttons"


def _among(names: str) -> Check:
    return tagged({name: _ELEMENTS[name] for name in names.split()})


BUTTON = _among("button")
IN_SECTION = _among(f"button workflow_button overflow image {_MENUS_OF_MANY} {_MENUS} {_PICKERS}")
IN_ACTIONS = _among(f"button workflow_button overflow datetimepicker {_MENUS} {_PICKERS}")
IN_INPUT = _among(
    "plain_text_input email_text_input url_text_input number_input rich_text_input datetimepicker file_input "
    f"{_MENUS_OF_MANY} {_MENUS} {_PICKERS}"
)


def in_context(longest: int) -> Check:
    """What a context block shows: small images and texts."""
    words = text(longest)
    return tagged({"image": IMAGE, "mrkdwn": words, "plain_text": words})
