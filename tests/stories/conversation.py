"""The stories' way to act in the pretend Slack: through its control routes, waiting for what becomes visible."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from io import BytesIO
from typing import Any

from aiohttp import ClientSession, ClientTimeout
from pypdf import PdfReader
from sqlalchemy import text

from billing import Billing
from bot.settings import SlackMode, Support
from sandbox import demo
from sandbox.clock import TurnableClock
from sandbox.people import User
from sandbox.session import Session, running_session

PATIENCE_SECONDS = 30
LAST_SEEN = 10  # entries of the log
SLACKS_OWN = ("ts", "block_id", "id", "hash", "root_view_id", "previous_view_id")
Seen = dict[str, Any]


@dataclass
class Conversation:
    """The running demo as a test sees it."""

    session: Session
    http: ClientSession
    # The calls to Slack that the story itself lets fail, or expects to be refused.
    may_fail: set[str] = field(default_factory=set)

    @classmethod
    @asynccontextmanager
    async def in_demo(
        cls,
        billing: Billing,
        clock: TurnableClock,
        *,
        locale: str,
        support: Support = demo.SUPPORT,
        by_wire: bool = False,
        patience_seconds: float = 3,
        slack_mode: SlackMode = "http",
        operators: demo.OperatorSettings = demo.OPERATORS,
    ) -> AsyncIterator[Conversation]:
        """The demo in a workspace of that language, with that support."""
        team = replace(demo.TEAM, locale=locale)
        async with (
            running_session(
                billing,
                clock,
                team,
                support=support,
                by_wire=by_wire,
                patience_seconds=patience_seconds,
                slack_mode=slack_mode,
                operators=operators,
            ) as session,
            ClientSession(session.url, timeout=ClientTimeout(total=PATIENCE_SECONDS)) as http,
        ):
            yield cls(session, http)

    async def post(self, gesture: str, **given: Any) -> Seen:
        async with self.http.post(f"/_control/{gesture}", json=given) as answer:
            seen: Seen = await answer.json()
            return seen

    async def state(self) -> Seen:
        async with self.http.get("/_control/state") as answer:
            seen: Seen = await answer.json()
            return seen

    async def sight(self) -> Seen:
        """The state but for the clock, whose agenda takes longer to read than all else, and changes nothing here."""
        async with self.http.get("/_control/state?clock=false") as answer:
            seen: Seen = await answer.json()
            return seen

    async def until(self, look: Callable[[Seen], Any]) -> Any:
        """What `look` finds in the state, as soon as it finds anything; each change is a new look."""
        try:
            async with self.http.get("/_control/stream") as stream:
                await stream.content.readline()  # it listens: no change is missed from here on
                while not (found := look(await self.sight())):
                    await stream.content.readuntil(b"\n\n")
                return found
        except TimeoutError:
            seen = f"nothing of the kind was seen for {PATIENCE_SECONDS} seconds"
            raise AssertionError(f"{seen}; instead:\n{await self._last_seen()}") from None

    async def _last_seen(self) -> str:
        """The modals that are open, and the end of the log: what a story that failed is to be understood by."""
        open_views = (await self.sight())["views"]
        modals = [f"{user}: {text_of(view)}" for user, stack in open_views.items() for view in stack]
        async with self.http.get("/_control/log") as answer:
            log = (await answer.json())["log"][-LAST_SEEN:]
        told = ("at", "direction", "method", "payload", "response", "status", "ms", "fault")
        return "\n".join([*modals, *(str([entry[name] for name in told])[:1000] for entry in log)])

    async def slack_fails(self, method: str, kind: str, times: int = 1) -> None:
        """The next calls of that method of Slack's API fail so; that is what the story is about."""
        self.may_fail.add(method)
        answer = await self.post("faults", method=method, kind=kind, times=times)
        assert answer["ok"], answer

    def calls(self, method: str) -> list[Seen]:
        """What the app has asked of that method of Slack's API, oldest first."""
        log = self.session.sandbox.log.entries()
        return [entry for entry in log if entry["direction"] == "call" and entry["method"] == method]

    async def delivered(self, method: str, count: int) -> None:
        """Waits until the app has answered so many deliveries of that kind, or made so many calls of that method."""
        log = self.session.sandbox.log
        await self.becomes(lambda: sum(entry["method"] == method for entry in log.entries()) >= count)

    async def rests(self) -> None:
        """Waits until the app has nothing left to do for anybody: who was answered first may get more than that."""
        connection = self.session.server.connection
        assert connection is not None
        await connection.drain(PATIENCE_SECONDS)

    def wakes_the_app(self) -> None:
        """It looks for what it has to tell and to send: nothing that happens outside of its turns tells it to."""
        connection = self.session.server.connection
        assert connection is not None
        connection.courier.wake()
        connection.packer.wake()

    def lets_it_try_again(self) -> None:
        """What Slack did not take waits for seconds of the database's clock, which nobody turns: they are over."""
        with self.session.billing.engine.begin() as connection:
            for table in ("outbox", "downloads"):
                connection.execute(text(f"UPDATE {table} SET due_at = '2020-01-01 00:00:00'"))
        self.wakes_the_app()

    async def becomes(self, is_so: Callable[[], object]) -> None:
        """Waits for what no change of the state tells of, in the log or the database: it is asked again and again."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not is_so():  # noqa: ASYNC110  # neither says anything by itself
                await asyncio.sleep(0.02)

    def failures(self) -> list[Seen]:
        """What went wrong on the wire without the story having asked for it."""
        return [
            entry
            for entry in self.session.sandbox.log.entries()
            if entry["method"] not in self.may_fail and _failed(entry)
        ]

    async def turn_clock(self, **given: str) -> None:
        # What fell due meanwhile is done on the way: years take their time where much else runs.
        patient = ClientTimeout(total=10 * PATIENCE_SECONDS)
        async with self.http.post("/_control/clock", json=given, timeout=patient) as answered:
            answer: Seen = await answered.json()
        assert answer["ok"], answer

    @property
    def language(self) -> str:
        """The workspace's: `en` or `it`."""
        return str(self.session.sandbox.workspace.team.locale)[:2]

    async def deliver_mail(self) -> None:
        """What the scheduler does every few seconds."""
        await asyncio.to_thread(self.session.post)

    def as_person(self, person: User, channel: str = demo.BILLING_CHANNEL) -> Person:
        return Person(self, person, channel)

    async def announcements(self) -> list[Seen]:
        """What everybody reads in the billing channel, oldest first."""
        return _announced(await self.sight())

    async def until_announced(self, words: str) -> Seen:
        def look(state: Seen) -> list[Seen]:
            return [message for message in _announced(state) if words in message["text"]]

        found: list[Seen] = await self.until(look)
        return found[0]

    async def thread_of(self, message: Mapping[str, Any], count: int) -> list[Seen]:
        """What stands below the message, once there are so many replies; oldest first."""

        def look(state: Seen) -> tuple[list[Seen]] | None:
            found = [m for m in state["messages"] if _is_reply(m) and m["thread_ts"] == message["ts"]]
            return (found,) if len(found) >= count else None

        (found,) = await self.until(look)
        return list(found)


@dataclass
class Person:
    """Somebody in the workspace, with their hands and eyes: what was there before they acted is no answer to them.

    `acted_on` is the modal on which they did something last, as it was; `typed_after` the answers from before their
    last command.
    """

    conversation: Conversation
    user: User
    channel: str
    acted_on: str = ""
    typed_after: frozenset[str] = frozenset()

    async def types(self, text: str) -> None:
        answers = _answers_to(self.user.id, await self.conversation.sight())
        self.typed_after = frozenset(_as_it_is(message) for message in answers)
        command, _, rest = text.partition(" ")
        answer = await self._does("command", channel=self.channel, command=command, text=rest)
        assert answer["ok"], answer

    async def reads(self, words: str = "") -> Seen:
        """The newest private answer since the last command that holds these words."""

        def look(state: Seen) -> Seen | None:
            new = [m for m in _answers_to(self.user.id, state) if _as_it_is(m) not in self.typed_after]
            return next((message for message in reversed(new) if words in text_of(message)), None)

        found: Seen = await self.conversation.until(look)
        return found

    async def opens(self, command: str, words: str = "") -> Seen:
        """The new modal that the command opens."""
        before = (await self.conversation.sight())["views"].get(self.user.id)
        await self.types(command)
        return await self.sees_modal(words, other_than=before[-1]["id"] if before else None)

    async def sees_modal(self, words: str = "", other_than: str | None = None) -> Seen:
        """The modal on top, once it holds these words."""

        def look(state: Seen) -> Seen | None:
            view = (state["views"].get(self.user.id) or [None])[-1]
            is_new = view and view["id"] != other_than and view["hash"] != self.acted_on
            return view if is_new and words in text_of(view) else None

        found: Seen = await self.conversation.until(look)
        return found

    async def sees_form(self, callback_id: str) -> Seen:
        """The modal on top, once it is that form: the view with the button that opens it names the form, too."""

        def look(state: Seen) -> Seen | None:
            stack = state["views"].get(self.user.id) or [{}]
            return stack[-1] if stack[-1].get("callback_id") == callback_id else None

        found: Seen = await self.conversation.until(look)
        return found

    async def private_answers(self) -> list[Seen]:
        """What only this person sees: answers in channels and open modals, oldest first."""
        return _private_answers(await self.conversation.sight(), self.user.id)

    async def is_answered(self, beyond: list[Seen]) -> str:
        """The words of the next private answer: one that was not there before."""

        def look(state: Seen) -> list[Seen]:
            return [one for one in _private_answers(state, self.user.id) if one not in beyond]

        return text_of(await self.conversation.until(look))

    async def closes(self, view: Mapping[str, Any]) -> None:
        """Leaves the modal."""
        answer = await self._does("close", view_id=view["id"])
        assert answer["ok"], answer

    async def looks_up(
        self, where: Mapping[str, Any], action_id: str, words: str, **given: str
    ) -> list[Seen]:
        """The options that a menu of a message or view offers once these words are typed into it."""
        answer = await self._does("options", action_id=action_id, value=words, **_place(where), **given)
        found: list[Seen] = answer["options"]
        return found

    async def submits(self, view: Mapping[str, Any], **values: Any) -> Seen:
        """Fills fields by their names and presses the modal's button; answers what Slack made of it."""
        ids = {block["block_id"]: block["element"]["action_id"] for block in _inputs(view)}
        fields = {name: {ids.get(name, "value"): value} for name, value in values.items()}
        answer = await self._does("submit", view_id=view["id"], values=fields)
        self.acted_on = "" if "errors" in answer else view["hash"]  # with errors it stays as it is
        return answer

    async def opens_home(self, words: str = "") -> Seen:
        before = (await self.conversation.sight())["homes"].get(self.user.id, {})
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
        """Presses a button, or chooses an option, of a message or view; also one behind three dots."""
        self.acted_on = where.get("hash", "")
        folded = _folded(where, action_id, value)
        if folded is not None:
            block_id, menu_id, chosen = folded
            return await self._does(
                "action", action_id=menu_id, block_id=block_id, value=chosen, **_place(where)
            )
        given = {"value": value} if value else {}
        return await self._does("action", action_id=action_id, **_place(where), **given)

    async def picks(self, where: Mapping[str, Any], action_id: str, option: Mapping[str, Any]) -> Seen:
        """Chooses an option that the app suggested: it is known to nobody else, so it travels whole."""
        return await self._does("action", action_id=action_id, value=option, **_place(where))

    async def chooses(self, view: Mapping[str, Any], name: str, value: str) -> Seen:
        """Chooses or types something in a field that is heard at once."""
        self.acted_on = view["hash"]
        (action_id,) = (one["element"]["action_id"] for one in _inputs(view) if one["block_id"] == name)
        return await self._does("action", action_id=action_id, block_id=name, value=value, view_id=view["id"])

    async def direct_messages(self, count: int) -> list[Seen]:
        """The messages in this person's conversation with the app, once there are so many."""

        def look(state: Seen) -> tuple[list[Seen]] | None:
            own = {c["id"] for c in state["channels"] if c.get("is_im") and c["user"] == self.user.id}
            found = [message for message in state["messages"] if message["channel"] in own]
            return (found,) if len(found) >= count else None

        (found,) = await self.conversation.until(look)
        return list(found)

    async def receives_pdf(self, count: int = 1) -> bytes:
        """The PDF of the newest direct message, once there are so many."""
        message = (await self.direct_messages(count))[-1]
        (file,) = message["files"]
        return await self.downloads(file)

    async def downloads(self, file: Mapping[str, Any]) -> bytes:
        async with self.conversation.http.get(file["url"]) as answer:
            assert answer.status == 200
            return await answer.read()

    async def _does(self, gesture: str, **given: Any) -> Seen:
        return await self.conversation.post(gesture, user=self.user.id, **given)


def _answers_to(user_id: str, state: Seen) -> list[Seen]:
    return [message for message in state["messages"] if message["ephemeral_to"] == user_id]


def _as_it_is(message: Seen) -> str:
    return json.dumps(message, sort_keys=True)


def _private_answers(state: Seen, user_id: str) -> list[Seen]:
    return [*_answers_to(user_id, state), *(state["views"].get(user_id) or [])]


def _failed(entry: Seen) -> bool:
    answer = entry["response"]
    refused = isinstance(answer, dict) and (answer.get("ok") is False or "error" in answer)
    return entry["status"] != 200 or (refused and not _too_early(entry))


def _too_early(entry: Seen) -> bool:
    """An outcome for a modal that Slack has not drawn yet, or that was closed: it is told again, or elsewhere."""
    return bool(entry["method"] == "views.update" and entry["response"].get("error") == "not_found")


def words_of(pdf: bytes) -> str:
    """What a reader of the PDF reads, on one line."""
    return " ".join(" ".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages).split())


def _announced(state: Seen) -> list[Seen]:
    messages: list[Seen] = state["messages"]
    return [
        m
        for m in messages
        if m["channel"] == demo.BILLING_CHANNEL and not m["ephemeral_to"] and not _is_reply(m)
    ]


def _is_reply(message: Seen) -> bool:
    return message.get("thread_ts") not in (None, message["ts"])


def text_of(seen: Any) -> str:
    """All words and values of a message or view, without what Slack itself puts beside them."""
    return json.dumps(_without_ids(seen), ensure_ascii=False).replace("\xa0", " ")


def _without_ids(part: Any) -> Any:
    if isinstance(part, dict):
        return {key: _without_ids(inner) for key, inner in part.items() if key not in SLACKS_OWN}
    return [_without_ids(inner) for inner in part] if isinstance(part, list) else part


def _place(where: Mapping[str, Any]) -> dict[str, str]:
    if "ts" in where:
        return {"message_ts": where["ts"], "channel": where["channel"]}
    return {"view_id": where["id"]}


def _inputs(view: Mapping[str, Any]) -> list[Seen]:
    return [block for block in view["blocks"] if block["type"] == "input"]


def _folded(where: Mapping[str, Any], action_id: str, value: str | None) -> tuple[str, str, str] | None:
    """Where the entry of that act stands behind three dots: block, menu, and the entry's own value."""
    for block in where["blocks"]:
        for menu in block.get("elements", []):
            for option in menu.get("options", []) if menu["type"] == "overflow" else []:
                act, _, handed = option["value"].partition(" ")
                if act == action_id and value in (None, handed):
                    return block["block_id"], menu["action_id"], option["value"]
    return None


def buttons(seen: Mapping[str, Any], action_id: str) -> list[str]:
    """The values of all buttons with that action, in their order, also of those behind three dots."""
    found: list[str] = []

    def walk(part: Any) -> None:
        if isinstance(part, dict):
            if part.get("action_id") == action_id and "value" in part:
                found.append(part["value"])
            if part.get("type") == "overflow":
                entries = [option["value"].partition(" ") for option in part["options"]]
                found.extend(value for act, _, value in entries if act == action_id)
            for inner in part.values():
                walk(inner)
        elif isinstance(part, list):
            for inner in part:
                walk(inner)

    walk(seen["blocks"])
    return found
