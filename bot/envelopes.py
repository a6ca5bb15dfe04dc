"""What Slack sends, as far as it is read here: what is made otherwise is none of Slack's, and goes no further."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Any, Self

import structlog
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import PydanticCustomError

log = structlog.get_logger()


def _storable(text: str) -> str:
    """As a database keeps it: no half of a surrogate pair, and no NUL. Raises ValueError."""
    if "\0" in text:
        raise ValueError
    text.encode()
    return text


Text = Annotated[str, AfterValidator(_storable)]
Name = Annotated[Text, Field(min_length=1)]


class _Part(BaseModel):
    """What nobody reads may be anything."""

    model_config = ConfigDict(strict=True, extra="ignore")


class _Thing(_Part):
    id: Name


class _Place(_Part):
    id: Text | None = None


class _Authorization(_Part):
    team_id: Text | None = None
    enterprise_id: Text | None = None
    user_id: Text | None = None


class _Profile(_Part):
    real_name: Text | None = None
    email: Text | None = None


class _OfOrganisation(_Part):
    enterprise_id: Text | None = None
    teams: list[Text] | None = None


class _Person(_Thing):
    team_id: Text | None = None
    locale: Text | None = None
    name: Text | None = None
    real_name: Text | None = None
    tz: Text | None = None
    profile: _Profile = _Profile()
    teams: list[Text] | None = None
    enterprise_user: _OfOrganisation | None = None


class _Option(_Part):
    value: Text


class _Element(_Part):
    """A button, or a field of a form."""

    action_id: Text = ""
    block_id: Text = ""
    value: Text | None = None
    selected_option: _Option | None = None
    selected_options: list[_Option] | None = None
    selected_user: Name | None = None
    selected_conversation: Name | None = None


class _State(_Part):
    values: dict[Text, dict[Text, _Element]] = {}


class _View(_Part):
    id: Name
    type: Text = ""
    callback_id: Text | None = None
    private_metadata: Text = ""
    state: _State = _State()


class _Link(_Part):
    url: Text


class _Reference(_Thing):
    type: Text | None = None


# What links and their details cannot be shown without.
ANSWERED_BY: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "link_shared": ("links", "unfurl_id", "source"),
        "entity_details_requested": ("external_ref", "trigger_id"),
    }
)


class _Event(_Part):
    type: Text
    user: Text | _Person | None = None
    channel: Text | _Thing | None = None
    channel_type: Text | None = None
    subtype: Text | None = None
    bot_id: Text | None = None
    tab: Text | None = None
    text: Text | None = None
    tokens: dict[str, Any] | None = None
    links: list[_Link] = []
    unfurl_id: Text | None = None
    source: Text | None = None
    trigger_id: Text | None = None
    external_ref: _Reference | None = None

    @model_validator(mode="after")
    def _has_what_it_is_answered_by(self) -> Self:
        if missing := [name for name in ANSWERED_BY.get(self.type, ()) if not getattr(self, name)]:
            raise PydanticCustomError("missing", "lacks {names}", {"names": ", ".join(missing)})
        return self


class _Envelope(_Part):
    type: Text | None = None
    command: Text | None = None
    text: Text | None = None
    team_id: Text | None = None
    enterprise_id: Text | None = None
    user_id: Name | None = None
    team: _Place | None = None
    enterprise: _Place | None = None
    user: _Person | None = None
    authorizations: list[_Authorization] | None = None
    trigger_id: Text | None = None
    response_url: Text | None = None
    callback_id: Text | None = None
    action_id: Text | None = None
    block_id: Text | None = None
    value: Text | None = None
    actions: list[_Element] | None = None
    view: _View | None = None
    event: _Event | None = None


def is_whole(body: Any) -> bool:
    """Whether a body is made as Slack makes it, and says who did it, or in which workspace it happened."""
    try:
        read = _Envelope.model_validate(body)
    except ValidationError as faults:
        first = faults.errors(include_input=False, include_context=False, include_url=False)[0]
        log.warning(
            "not made as Slack makes it", place=".".join(map(str, first["loc"]))[:100], why=first["type"]
        )
        return False
    if read.type == "url_verification" or "ssl_check" in body:
        return True  # Slack's own, which Bolt answers
    return bool(read.team_id if read.event else read.user_id or read.user)
