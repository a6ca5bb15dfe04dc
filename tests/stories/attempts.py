"""One person's try at one listener, as the wire carries it, and what they answer."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any

from sandbox.people import User
from tests.stories.records import property_id
from tests.stories.wire import Reply, Wire


class For(Enum):
    """Whom the listener serves."""

    EVERYBODY = auto()
    READERS = auto()
    ADMINS = auto()
    OWNERS = auto()
    OWNERS_OF_BOTH = auto()
    WORKSPACE_OWNERS = auto()
    OPERATORS = auto()


@dataclass(frozen=True)
class Row:
    """How one entry of the routing table is used, whom it serves, and what kind of id it is handed, if any.

    One that only hears of something answers nobody whom it serves, nor does a list that may well be empty.
    """

    serves: For
    noun: str
    use: Callable[[Try, str], Awaitable[str]]
    answers: bool = True


@dataclass(frozen=True)
class Try:
    """One person's try, and its answer. `workspace` is what the request says where it does not say ours."""

    wire: Wire
    person: User
    workspace: str | None = None

    @property
    def other_property(self) -> str:
        return property_id(self.wire.conversation.session.billing, "Bottega")

    async def word(self, text: str) -> str:
        changed = {"team_id": self.workspace} if self.workspace else {}
        return await self._answered(self.wire.commands(self.person, text, **changed))

    async def operator_word(self, text: str) -> str:
        changed = {"team_id": self.workspace} if self.workspace else {}
        commanded = self.wire.commands(self.person, text, command="/billing-operator", **changed)
        return await self._answered(commanded)

    async def press(self, action_id: str, value: str, *, chooses: bool = False) -> str:
        payload = self.wire.press(self.person, action_id, value, chooses=chooses)
        return await self._answered(self.wire.interacts(self._from_there(payload)))

    async def press_in_modal(
        self, action_id: str, value: str, metadata: str, **values: Mapping[str, Any]
    ) -> str:
        """A press in an open modal; `values` are the states of its fields that are heard at once, by name."""
        view = self.wire.open_modal(self.person, "", metadata)
        view = {**view, "state": {"values": {name: {action_id: value} for name, value in values.items()}}}
        payload = self.wire.press_in(self.person, view, action_id, value)
        return await self._answered(self.wire.interacts(self._from_there(payload)))

    async def submit(self, callback_id: str, metadata: str = "", **values: Any) -> str:
        payload = self._from_there(self.wire.submit(self.person, callback_id, metadata, **values))
        reply = await self._acked(self.wire.interacts(payload))
        await self.wire.conversation.rests()
        return json.dumps(json.loads(reply.text), ensure_ascii=False) if reply.text else ""

    async def suggest(self, name: str, metadata: str = "") -> str:
        """Opens a menu that asks for its options; answers them, or what is said where there are none."""
        form, _, field = name.rpartition(" ")
        asked = ("value", field) if form else (field, "menu")
        payload = self.wire.asks_for_options(self.person, form, metadata, *asked)
        person = self.wire.conversation.as_person(self.person)
        seen = await person.private_answers()
        reply = await self._acked(self.wire.interacts(self._from_there(payload)))
        found = json.loads(reply.text)["options"]
        await self.wire.conversation.rests()
        return json.dumps(found, ensure_ascii=False) if found else await person.is_answered(beyond=seen)

    async def shortcut(self, callback_id: str) -> str:
        payload = self._from_there(self.wire.shortcut(self.person, callback_id))
        return await self._answered(self.wire.interacts(payload))

    def _from_there(self, payload: dict[str, Any]) -> dict[str, Any]:
        return payload | {"team": {"id": self.workspace, "domain": "altrove"}} if self.workspace else payload

    async def _answered(self, sending: Awaitable[Reply]) -> str:
        person = self.wire.conversation.as_person(self.person)
        seen = await person.private_answers()
        await self._acked(sending)
        await self.wire.conversation.rests()  # it is answered by then, and looked for once
        return await person.is_answered(beyond=seen)

    async def _acked(self, sending: Awaitable[Reply]) -> Reply:
        reply = await sending
        assert reply.status == 200
        return reply


@dataclass(frozen=True)
class Timed(Try):
    """A try of which only the ack matters, and how long it took: `acks`, in seconds."""

    acks: list[float] = field(default_factory=list)

    async def _answered(self, sending: Awaitable[Reply]) -> str:
        await self._acked(sending)
        return ""

    async def _acked(self, sending: Awaitable[Reply]) -> Reply:
        reply = await super()._acked(sending)
        self.acks.append(reply.seconds)
        return reply
