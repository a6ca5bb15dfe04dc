"""What Slack lends the app for a short while: trigger ids and response URLs."""

import secrets
import time
from dataclasses import dataclass, field

from sandbox.errors import SlackError


@dataclass
class Trigger:
    """A person's gesture, good for opening one view; `from_modal` says that it was made inside a modal.

    `entity_id` is the Work Object of which details are waited for.
    """

    user_id: str
    from_modal: bool
    expires: float
    entity_id: str = ""
    used: bool = False


@dataclass
class ResponseTicket:
    """Five answers to one gesture; `message_ts` is the message it was made on, None for a command."""

    user_id: str
    channel_id: str
    expires: float
    message_ts: str | None = None
    uses_left: int = 5


@dataclass
class Tickets:
    """All that were handed out. They run by real time: turning the workspace's clock does not age them."""

    trigger_seconds: float = 3
    response_seconds: float = 30 * 60
    _triggers: dict[str, Trigger] = field(default_factory=dict)
    _responses: dict[str, ResponseTicket] = field(default_factory=dict)

    def trigger(self, user_id: str, *, from_modal: bool = False, entity_id: str = "") -> str:
        """A fresh trigger_id for this person's gesture."""
        trigger_id = f"{secrets.randbelow(10**12)}.{secrets.randbelow(10**12)}.{secrets.token_hex(16)}"
        expires = time.monotonic() + self.trigger_seconds
        self._triggers[trigger_id] = Trigger(user_id, from_modal, expires, entity_id)
        return trigger_id

    def gave(self, trigger_id: str) -> bool:
        """Whether the trigger_id is one of these."""
        return trigger_id in self._triggers

    def exchange(self, trigger_id: str) -> Trigger:
        """Use up a trigger_id, which works once and not for long."""
        trigger = self._triggers.get(trigger_id)
        if trigger is None:
            raise SlackError("invalid_trigger_id")
        if trigger.used:
            raise SlackError("exchanged_trigger_id")
        if time.monotonic() > trigger.expires:
            raise SlackError("expired_trigger_id")
        trigger.used = True
        return trigger

    def response_path(self, user_id: str, channel_id: str, message_ts: str | None = None) -> str:
        """A fresh response URL's path."""
        ticket_id = secrets.token_urlsafe(24)
        expires = time.monotonic() + self.response_seconds
        self._responses[ticket_id] = ResponseTicket(user_id, channel_id, expires, message_ts)
        return f"/response/{ticket_id}"

    def use_response(self, ticket_id: str) -> ResponseTicket:
        """Use one of a response URL's five times."""
        ticket = self._responses.get(ticket_id)
        if ticket is None:
            raise SlackError("invalid_url")
        if time.monotonic() > ticket.expires:
            raise SlackError("expired_url")
        if not ticket.uses_left:
            raise SlackError("used_url")
        ticket.uses_left -= 1
        return ticket
