"""The stories' way to act in the pretend Slack: through its control routes, waiting for what becomes visible."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

from aiohttp import ClientSession, ClientTimeout

from billing import Billing
from sandbox import demo
from sandbox.clock import TurnableClock
from sandbox.people import User
from sandbox.stage import Stage, running_stage

PATIENCE_SECONDS = 10
Seen = dict[str, Any]


@dataclass
class Conversation:
    """The running demo as a test sees it."""

    stage: Stage
    http: ClientSession

    @classmethod
    @asynccontextmanager
    async def in_demo(
        cls, billing: Billing, clock: TurnableClock, *, locale: str
    ) -> AsyncIterator[Conversation]:
        """The demo in a workspace of that language."""
        team = replace(demo.TEAM, locale=locale)
        async with (
            running_stage(billing, clock, team) as stage,
            ClientSession(stage.url, timeout=ClientTimeout(total=PATIENCE_SECONDS)) as http,
        ):
            yield cls(stage, http)

    async def post(self, gesture: str, **given: Any) -> Seen:
        async with self.http.post(f"/_control/{gesture}", json=given) as answer:
            seen: Seen = await answer.json()
            return seen

    async def state(self) -> Seen:
        async with self.http.get("/_control/state") as answer:
            seen: Seen = await answer.json()
            return seen

    async def until(self, look: Callable[[Seen], Any]) -> Any:
        """What `look` finds in the state, as soon as it finds anything; each change is a new look."""
        async with self.http.get("/_control/stream") as stream:
            await stream.content.readline()  # it listens: no change is missed from here on
            while not (found := look(await self.state())):
                await stream.content.readuntil(b"\n\n")
            return found

    async def turn_clock(self, **given: str) -> None:
        answer = await self.post("clock", **given)
        assert answer["ok"], answer

    def as_person(self, person: User, channel: str = demo.BILLING_CHANNEL) -> Person:
        return Person(self, person, channel)

    async def announcements(self) -> list[Seen]:
        """What everybody reads in the billing channel, oldest first."""
        return [
            message
            for message in (await self.state())["messages"]
            if message["channel"] == demo.BILLING_CHANNEL and not message["ephemeral_to"]
        ]

    async def until_announced(self, words: str) -> Seen:
        def look(state: Seen) -> Seen | None:
            for message in state["messages"]:
                if message["channel"] == demo.BILLING_CHANNEL and not message["ephemeral_to"]:
                    if words in message["text"]:
                        return message  # type: ignore[no-any-return]
            return None

        found: Seen = await self.until(look)
        return found


@dataclass
class Person:
    """Somebody in the workspace, with their hands and eyes."""

    conversation: Conversation
    user: User
    channel: str

    async def types(self, text: str) -> None:
        command, _, rest = text.partition(" ")
        answer = await self._does("command", channel=self.channel, command=command, text=rest)
        assert answer["ok"], answer

    async def reads(self, words: str = "") -> Seen:
        """The newest private answer that holds these words."""

        def look(state: Seen) -> Seen | None:
            mine = [m for m in state["messages"] if m["ephemeral_to"] == self.user.id and words in text_of(m)]
            return mine[-1] if mine else None

        found: Seen = await self.conversation.until(look)
        return found

    async def sees_modal(self, words: str = "") -> Seen:
        """The modal on top, once it holds these words."""

        def look(state: Seen) -> Seen | None:
            stack = state["views"].get(self.user.id) or []
            return stack[-1] if stack and words in text_of(stack[-1]) else None

        found: Seen = await self.conversation.until(look)
        return found

    async def submits(self, view: Mapping[str, Any], **values: Any) -> Seen:
        """Fills fields by their names and presses the modal's button; answers what Slack made of it."""
        fields = {name: {"value": value} for name, value in values.items()}
        return await self._does("submit", view_id=view["id"], values=fields)

    async def opens_home(self, words: str = "") -> Seen:
        before = (await self.conversation.state())["homes"].get(self.user.id, {})
        await self._does("open-home")
        return await self.sees_home(words, other_than=before.get("hash"))

    async def sees_home(self, words: str = "", other_than: str | None = None) -> Seen:
        """The Home once it holds these words; not the one drawn before."""

        def look(state: Seen) -> Seen | None:
            home = state["homes"].get(self.user.id)
            return home if home and home["hash"] != other_than and words in text_of(home) else None

        found: Seen = await self.conversation.until(look)
        return found

    async def presses(self, where: Mapping[str, Any], action_id: str, value: str | None = None) -> Seen:
        """Presses a button, or chooses an option, of a message or view."""
        place = (
            {"message_ts": where["ts"], "channel": where["channel"]} if "ts" in where else {"view_id": where["id"]}
        )
        given = {"value": value} if value else {}
        return await self._does("action", action_id=action_id, **place, **given)

    async def direct_messages(self, count: int) -> list[Seen]:
        """The messages in this person's conversation with the app, once there are so many."""

        def look(state: Seen) -> list[Seen] | None:
            own = {c["id"] for c in state["channels"] if c.get("is_im") and c["user"] == self.user.id}
            found = [message for message in state["messages"] if message["channel"] in own]
            return found if len(found) >= count else None

        found: list[Seen] = await self.conversation.until(look)
        return found

    async def downloads(self, file: Mapping[str, Any]) -> bytes:
        async with self.conversation.http.get(file["url"]) as answer:
            assert answer.status == 200
            return await answer.read()

    async def _does(self, gesture: str, **given: Any) -> Seen:
        return await self.conversation.post(gesture, user=self.user.id, **given)


def text_of(seen: Any) -> str:
    """All words of a message or view."""
    return json.dumps(seen, ensure_ascii=False)


def buttons(seen: Mapping[str, Any], action_id: str) -> list[str]:
    """The values of all buttons with that action, in their order."""
    found: list[str] = []

    def walk(part: Any) -> None:
        if isinstance(part, dict):
            if part.get("action_id") == action_id and "value" in part:
                found.append(part["value"])
            for inner in part.values():
                walk(inner)
        elif isinstance(part, list):
            for inner in part:
                walk(inner)

    walk(seen["blocks"])
    return found
