"""Slack's side of the wire by hand: requests that nobody could bring about by clicking, signed like all others."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from sandbox import demo, payloads
from sandbox.people import User
from tests.stories.conversation import Conversation, Person, Seen, buttons

FORM, JSON = "application/x-www-form-urlencoded", "application/json"
Payload = dict[str, Any]


@dataclass(frozen=True)
class Reply:
    """What the app answered, and after how long."""

    status: int
    text: str
    seconds: float


@dataclass(frozen=True)
class Heard:
    """The state of an element that tells the app at once when it is used, under an action of its own."""

    action_id: str
    state: Mapping[str, Any]


@dataclass(frozen=True)
class Wire:
    """Sends what Slack could send. Payloads are the sandbox's, and may be changed before they are signed."""

    conversation: Conversation

    async def sends(
        self, body: str | bytes, kind: str = FORM, headers: Mapping[str, str] | None = None
    ) -> Reply:
        """Posts the body; with its own headers instead of a good signature where some are given."""
        content = body.encode() if isinstance(body, str) else body
        signed = self.signature(content) if headers is None else dict(headers)
        begun = time.perf_counter()
        url = self.conversation.session.sandbox.events_url
        async with self.conversation.http.post(
            url, data=content, headers={"content-type": kind, **signed}
        ) as answer:
            return Reply(answer.status, await answer.text(), time.perf_counter() - begun)

    def signature(self, body: bytes, at: float | None = None) -> dict[str, str]:
        """The headers by which Slack proves that the body is its own."""
        return self.conversation.session.sandbox._http.signature(body, at)

    async def interacts(self, payload: Payload) -> Reply:
        return await self.sends(urlencode({"payload": json.dumps(payload)}))

    async def commands(self, person: User, text: str, **changed: str) -> Reply:
        return await self.sends(urlencode({**self.command(person, text), **changed}))

    async def tells(self, event: Payload) -> Reply:
        return await self.sends(json.dumps(event), JSON)

    def command(self, person: User, text: str) -> dict[str, str]:
        """`/billing` with that text, typed in the billing channel."""
        channel = self._workspace.channels[demo.BILLING_CHANNEL]
        url, trigger = self._response_url(person), self._trigger(person)
        return payloads.slash_command(self._workspace, person, channel, "/billing", text, url, trigger)

    def press(self, person: User, action_id: str, value: str, *, chooses: bool = False) -> Payload:
        """A button, or an option of a menu, on an old private answer in the billing channel."""
        message = self._workspace.post_as_app(demo.BILLING_CHANNEL, "an old answer", ephemeral_to=person.id)
        return payloads.action_on_message(
            self._workspace,
            person,
            self._trigger(person),
            _action(action_id, value, chooses=chooses),
            message,
            self._response_url(person, message.ts),
        )

    def press_in(self, person: User, view: Payload, action_id: str, value: str) -> Payload:
        """A button in a modal or Home that the person has open."""
        trigger = self._trigger(person, from_modal=view["type"] == "modal")
        return payloads.action_in_view(self._workspace, person, trigger, _action(action_id, value), view)

    def submit(self, person: User, callback_id: str, metadata: str, **values: Any) -> Payload:
        """A form with these fields, submitted. A mapping is an element's whole state, text is what was typed."""
        view = self.open_modal(person, callback_id, metadata)
        state = {
            name: {value.action_id: value.state} if isinstance(value, Heard) else {"value": _entry(value)}
            for name, value in values.items()
        }
        view = {**view, "state": {"values": state}}
        return payloads.view_submission(self._workspace, person, self._trigger(person, from_modal=True), view)

    def asks_for_options(
        self, person: User, callback_id: str, metadata: str, action_id: str, block_id: str
    ) -> Payload:
        """A menu of a form is opened, and nothing is typed into it yet."""
        view = {**self.open_modal(person, callback_id, metadata), "state": {"values": {}}}
        asked = {"action_id": action_id, "block_id": block_id, "value": ""}
        return payloads.block_suggestion(self._workspace, person, asked, view, None)

    def shortcut(self, person: User, callback_id: str) -> Payload:
        return payloads.shortcut(self._workspace, person, self._trigger(person), callback_id)

    def home_opened(self, person: User) -> Payload:
        return payloads.app_home_opened(self._workspace, person)

    def open_modal(self, person: User, callback_id: str = "", metadata: str = "") -> Payload:
        """A modal of the app's that was opened some time ago, when this person might still do more."""
        definition = {
            "type": "modal",
            "callback_id": callback_id,
            "private_metadata": metadata,
            "title": {"type": "plain_text", "text": "Opened before"},
            "blocks": [{"type": "section", "text": {"type": "plain_text", "text": "Opened before"}}],
        }
        return dict(self._workspace.views.open(person.id, definition))

    @property
    def _workspace(self) -> Any:
        return self.conversation.session.sandbox.workspace

    def _trigger(self, person: User, *, from_modal: bool = False) -> str:
        return str(self.conversation.session.sandbox._wire.tickets.trigger(person.id, from_modal=from_modal))

    def _response_url(self, person: User, message_ts: str | None = None) -> str:
        sandbox = self.conversation.session.sandbox
        path = sandbox._wire.tickets.response_path(person.id, demo.BILLING_CHANNEL, message_ts)
        return sandbox.public_url + path


async def presses_as_it_was(person: Person, seen: Seen, action_id: str, value: str = "") -> None:
    """Presses a button of a message or Home that has changed since this person's screen drew it."""
    wire, (value,) = Wire(person.conversation), [value] if value else buttons(seen, action_id)
    if seen.get("type") == "home":
        press = wire.press_in(person.user, seen, action_id, value)
    else:
        press = wire.press(person.user, action_id, value)
    assert (await wire.interacts(press)).status == 200


def picks(value: str) -> Payload:
    """The state of a menu or of radio buttons in which this was chosen."""
    return {"type": "static_select", "selected_option": {"value": value}}


def _entry(value: Any) -> Any:
    return {"type": "plain_text_input", "value": value} if isinstance(value, str) else value


def _action(action_id: str, value: str, *, chooses: bool = False) -> Payload:
    about = {"block_id": "b1", "action_id": action_id}
    if chooses:
        return about | {"type": "static_select", "selected_option": {"value": value}}
    return about | {"type": "button", "value": value, "text": {"type": "plain_text", "text": "x"}}
