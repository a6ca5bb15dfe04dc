"""Work Objects: what an app says of the things behind its links, checked as strictly as blocks are.

A card stands under the message for everybody; its details are asked of the app for each person who opens it.
"""

from collections.abc import Iterator
from typing import Any

from sandbox.blockkit.checks import Check, Fault, Place, distinct, every, items, one_of, record, string
from sandbox.errors import SlackError
from sandbox.messages import JsonObject

_KINDS = tuple(f"slack#/entities/{kind}" for kind in ("task", "file", "item", "incident", "content_item"))
_PLAIN = ("integer", "string", "array", "boolean")
_OWN = ("date", "timestamp", "image", "channel_id", "user", "entity_ref", "link", "email")
_TYPES = (*_PLAIN, *(f"slack#/types/{kind}" for kind in _OWN))
_STATUSES = (
    "restricted",
    "internal_error",
    "not_found",
    "custom",
    "custom_partial_view",
    "timeout",
    "edit_error",
)


def _anything(_value: Any, _place: Place) -> Iterator[Fault]:
    """Parts of entities that the page does not draw."""
    return iter(())


def _with(fields: str, **known: Check) -> dict[str, Check]:
    return {**dict.fromkeys(fields.split(), _anything), **known}


_ATTRIBUTES = record(
    _with(
        "product_icon full_size_preview metadata_last_modified",
        title=record({"text": string(), "edit": _anything}, "text"),
        **dict.fromkeys(("display_type", "display_id", "product_name", "locale"), string()),
    ),
    "title",
)
_CUSTOM_FIELD = record(
    _with(
        "value link icon long format image_url slack_file alt_text tag_color edit item_type user entity_ref boolean",
        key=string(),
        label=string(),
        type=one_of(*_TYPES),
    ),
    "key label type",
)
_PAYLOAD = record(
    _with(
        "fields slack_file actions",
        attributes=_ATTRIBUTES,
        custom_fields=every(items(_CUSTOM_FIELD), distinct("key")),
        display_order=items(string()),
    ),
    "attributes",
)
_ENTITY = record(
    {
        "entity_type": one_of(*_KINDS),
        "url": string(),
        "app_unfurl_url": string(),
        "external_ref": record({"id": string(), "type": string()}, "id"),
        "entity_payload": _PAYLOAD,
    },
    "entity_type url external_ref entity_payload",
)
_ERROR = record(
    _with("actions", status=one_of(*_STATUSES), **dict.fromkeys(("custom_message", "custom_title"), string()))
    | {"message_format": one_of("markdown")},
    "status",
)


def checked_entity(value: Any) -> JsonObject:
    """The entity. Raises SlackError `invalid_metadata` with what is wrong with it."""
    return _checked(value, _ENTITY, "invalid_metadata")


def checked_error(value: Any) -> JsonObject:
    """Why somebody sees no details. Raises SlackError."""
    return _checked(value, _ERROR, "invalid_arguments")


def _checked(value: Any, check: Check, refusal: str) -> JsonObject:
    faults = list(check(value, Place("/metadata", "message")))
    if faults:
        messages = [f"[ERROR] {fault.to_sentence()}" for fault in faults]
        raise SlackError(refusal, response_metadata={"messages": messages})
    entity: JsonObject = value
    return entity
