"""One call of the Web API: its arguments, read strictly, and the workspace it acts on."""

import base64
import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sandbox.errors import SlackError, invalid_arguments
from sandbox.events import Events
from sandbox.messages import JsonObject, Message
from sandbox.people import Channel, User
from sandbox.schedule import Schedule
from sandbox.sockets import Sockets
from sandbox.tickets import Tickets
from sandbox.workspace import Workspace

_PAGE, _LARGEST_PAGE = 100, 1000
_TRUE, _FALSE = (True, "true", "1", 1), (False, "false", "0", 0, "", None)


def needs_scope(scope: str | None, given: Collection[str]) -> None:
    """The token must have this scope, if any, or one of several with commas between them."""
    if scope is not None and not set(scope.split(",")) & set(given):
        raise SlackError("missing_scope", needed=scope, provided=",".join(given))


@dataclass(frozen=True)
class Call:
    """What a Web API method is given."""

    workspace: Workspace
    tickets: Tickets
    sockets: Sockets
    events: Events
    schedule: Schedule
    public_url: str
    args: JsonObject

    def require(self, *names: str) -> None:
        """These arguments must be there."""
        missing = [name for name in names if self.args.get(name) in (None, "")]
        if missing:
            raise invalid_arguments(*(f"missing required field: {name}" for name in missing))

    def text(self, name: str) -> str:
        """A string argument; empty when it was not given."""
        value = self.args.get(name)
        if value is None:
            return ""
        if not isinstance(value, str):
            raise invalid_arguments(f"must be a string [json-pointer:/{name}]")
        return value

    def flag(self, name: str) -> bool:
        """A true or false argument, also as forms write it."""
        value = self.args.get(name)
        if value in _TRUE:
            return True
        if value in _FALSE:
            return False
        raise invalid_arguments(f"must be a boolean [json-pointer:/{name}]")

    def number(self, name: str) -> int:
        """A whole number argument, also as forms write it."""
        value = str(self.args.get(name))
        if not value.isdecimal():
            raise invalid_arguments(f"must be an integer [json-pointer:/{name}]")
        return int(value)

    def structure(self, name: str) -> Any:
        """An array or object, as JSON or as a string of JSON; None when it was not given."""
        value = self.args.get(name)
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value)
        except json.JSONDecodeError as error:
            raise invalid_arguments(f"must be valid JSON [json-pointer:/{name}]") from error

    def user(self, name: str = "user") -> User:
        """The person an argument names."""
        user = self.workspace.users.get(self.text(name))
        if user is None:
            raise SlackError("user_not_found")
        return user

    def channel(self, name: str = "channel") -> Channel:
        """The conversation an argument names by its id, or by the name of a channel.

        What people write to each other is none of the app's business: it is not there.
        """
        wanted = self.text(name)
        by_id = self.workspace.channels.get(wanted)
        if by_id is not None and (not by_id.is_im or self.app_is_in(by_id)):
            return by_id
        for channel in self.workspace.channels.values():
            if channel.name and channel.name == wanted.removeprefix("#"):
                return channel
        raise SlackError("channel_not_found")

    def open_channel(self, name: str = "channel") -> Channel:
        """The same where something is to be written, which nothing is in an archived one."""
        channel = self.channel(name)
        if channel.is_archived:
            raise SlackError("is_archived")
        return channel

    def page(self, found: Sequence[Any], default: int = _PAGE) -> tuple[list[Any], str]:
        """The part of a list that `limit` and `cursor` ask for, and the next cursor, empty at the end."""
        size = self.number("limit") if self.args.get("limit") else default
        if not 1 <= size <= _LARGEST_PAGE:
            raise SlackError("invalid_limit")
        start = _read_cursor(self.text("cursor"))
        end = start + size
        return list(found[start:end]), _cursor(end) if end < len(found) else ""

    def message(self, channel: Channel, name: str = "ts") -> Message:
        """The message in the conversation whose `ts` is the argument."""
        message = self.workspace.messages.get((channel.id, self.text(name)))
        if message is None or message.ephemeral_to is not None:
            raise SlackError("message_not_found")
        return message

    def app_is_in(self, channel: Channel) -> bool:
        """Whether the app's bot user is a member."""
        return self.workspace.app.bot_user_id in channel.members

    def own_message(self, channel: Channel, refusal: str) -> Message:
        """The message of the app with the argument `ts`; somebody else's is refused with `refusal`."""
        message = self.message(channel)
        if message.bot_id != self.workspace.app.bot_id:
            raise SlackError(refusal)
        return message


def _cursor(start: int) -> str:
    return base64.urlsafe_b64encode(f"from:{start}".encode()).decode()


def _read_cursor(cursor: str) -> int:
    try:
        written = base64.b64decode(cursor, b"-_", validate=True).decode()
        return int(written.removeprefix("from:")) if written else 0
    except ValueError:
        raise SlackError("invalid_cursor") from None
