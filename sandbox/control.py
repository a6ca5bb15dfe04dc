"""The routes by which the page and the tests make a person's gestures, turn the clock and order faults."""

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox import conversing, submissions, suggestions
from sandbox.addressing import Addressing
from sandbox.api import METHODS
from sandbox.clock import TurnableClock, Upcoming, iso
from sandbox.errors import Refused, SlackError
from sandbox.faults import ANY, CALL_KINDS, DELIVERIES, DELIVERY_KINDS, RESPONSE_URL, SECONDS, Fault, Faults
from sandbox.gestures import Gestures
from sandbox.messages import JsonObject
from sandbox.requests import json_object
from sandbox.sockets import Sockets
from sandbox.workspace import Workspace

Gesture = Callable[["Given"], Awaitable[JsonObject]]

_UNITS = {"d": "days", "h": "hours", "m": "minutes", "s": "seconds"}


class Given(JsonObject):
    """What a route was sent; a part that is missing is refused by its name."""

    def __missing__(self, name: str) -> Any:
        raise Refused(f"missing_{name}", 400)


@dataclass
class Control:
    """Everything under /_control."""

    workspace: Workspace
    addressing: Addressing
    sockets: Sockets
    faults: Faults
    clock: TurnableClock
    turned: Callable[[], Awaitable[None]]
    upcoming: Callable[[], Awaitable[Sequence[Upcoming]]]

    @property
    def gestures(self) -> Gestures:
        """What people do with no app in particular."""
        return self.addressing.first

    def routes(self) -> list[Route]:
        """The routes of the contract with the page."""
        gestures: dict[str, Gesture] = {
            "command": self._command,
            "open-home": self._open_home,
            "open-entity": self._open_entity,
            "action": self._action,
            "options": self._options,
            "submit": self._submit,
            "close": self._close,
            "shortcut": self._shortcut,
            "clock": self._turn,
            "say": self._say,
            "edit": self._edit,
            "delete": self._delete,
            "react": self._react,
            "assistant": self._assistant,
            "emoji": self._emoji,
            "pin": self._pin,
            "channel": self._channel,
            "user": self._user,
            "faults": self._order_fault,
            "clear-faults": self._clear_faults,
            "refresh-sockets": self._refresh_sockets,
        }
        posts = [
            Route(f"/_control/{name}", posted(gesture), methods=["POST"])
            for name, gesture in gestures.items()
        ]
        return [
            *posts,
            Route("/_control/clock", self._time),
            Route("/_control/faults", self._faults),
            Route("/_control/upload", self._upload, methods=["POST"]),
        ]

    async def _command(self, given: Given) -> JsonObject:
        text = given.get("text", "")
        user, channel, command = given["user"], given["channel"], given["command"]
        return await self.addressing.of_command(command).command(user, channel, command, text)

    async def _open_home(self, given: Given) -> JsonObject:
        return await self.addressing.of_app(given.get("app")).open_home(given["user"])

    async def _open_entity(self, given: Given) -> JsonObject:
        gestures = self.addressing.of_app(given.get("app"))
        return await gestures.open_entity(given["user"], given["channel"], given["message_ts"], given["url"])

    async def _action(self, given: Given) -> JsonObject:
        user, action_id, block_id = given["user"], given["action_id"], given.get("block_id")
        value = given.get("selected", given.get("value"))
        if "view_id" in given:
            state = given.get("state", {})
            gestures = self.addressing.of_view(given["view_id"])
            return await gestures.act_in_view(user, given["view_id"], action_id, block_id, value, state)
        message_at = given["channel"], given["message_ts"]
        gestures = self.addressing.of_message(*message_at)
        return await gestures.act_on_message(user, *message_at, action_id, block_id, value)

    async def _options(self, given: Given) -> JsonObject:
        asked = {"action_id": given["action_id"], "value": given["value"]}
        if "block_id" in given:
            asked["block_id"] = given["block_id"]
        if "view_id" in given:
            gestures = self.addressing.of_view(given["view_id"])
            return await suggestions.suggest(gestures, given["user"], asked, view_id=given["view_id"])
        message_at = (given["channel"], given["message_ts"])
        gestures = self.addressing.of_message(*message_at)
        return await suggestions.suggest(gestures, given["user"], asked, message_at=message_at)

    async def _submit(self, given: Given) -> JsonObject:
        values = given.get("values", {})
        return await submissions.submit(
            self.addressing.of_view(given["view_id"]), given["user"], given["view_id"], values
        )

    async def _close(self, given: Given) -> JsonObject:
        return await submissions.close(
            self.addressing.of_view(given["view_id"]), given["user"], given["view_id"]
        )

    async def _shortcut(self, given: Given) -> JsonObject:
        user, callback_id = given["user"], given["callback_id"]
        gestures = self.addressing.of_shortcut(callback_id)
        if "message_ts" in given:
            return await gestures.message_shortcut(user, callback_id, given["channel"], given["message_ts"])
        return await gestures.shortcut(user, callback_id)

    async def _say(self, given: Given) -> JsonObject:
        files = given.get("files", ())
        text = given.get("text", "") if files else given["text"]
        return await self.gestures.say(given["user"], given["channel"], text, given.get("thread_ts"), files)

    async def _edit(self, given: Given) -> JsonObject:
        return await conversing.edit(self.gestures, *_message_in(given), given["text"])

    async def _delete(self, given: Given) -> JsonObject:
        return await conversing.delete(self.gestures, *_message_in(given))

    async def _react(self, given: Given) -> JsonObject:
        return await conversing.react(self.gestures, *_message_in(given), given["name"])

    async def _pin(self, given: Given) -> JsonObject:
        return await conversing.pin(self.gestures, *_message_in(given))

    async def _assistant(self, given: Given) -> JsonObject:
        about = {name: given[name] for name in ("thread_ts", "looking_at") if name in given}
        gestures = self.addressing.of_app(given.get("app"))
        return await conversing.open_assistant(gestures, given["user"], **about)

    async def _emoji(self, given: Given) -> JsonObject:
        return await conversing.add_emoji(self.gestures, given["name"], given["url"])

    async def _channel(self, given: Given) -> JsonObject:
        kinds = {"archived": bool, "shared": bool, "app": bool, "private": bool, "name": str}
        changes = {name: given[name] for name in kinds if name in given}
        if not all(isinstance(change, kinds[name]) for name, change in changes.items()):
            raise Refused("invalid_change", 400)
        for kind in ("topic", "purpose"):
            if kind in given:
                await conversing.describe(self.gestures, given["user"], given["channel"], kind, given[kind])
        return await self.gestures.change_channel(given["user"], given["channel"], **changes)

    async def _user(self, given: Given) -> JsonObject:
        kinds: dict[str, type] = dict.fromkeys(("deleted", "is_restricted", "is_away", "unseen"), bool)
        kinds |= dict.fromkeys(("title", "status_text", "status_emoji"), str)
        changes = {name: given[name] for name in kinds if name in given}
        if not all(isinstance(change, kinds[name]) for name, change in changes.items()):
            raise Refused("invalid_change", 400)
        return await self.gestures.change_user(given["user"], **changes)

    async def _upload(self, request: Request) -> Response:
        asked = request.query_params
        try:
            content = await request.body()
            return JSONResponse(
                conversing.upload(self.gestures, asked.get("user", ""), asked.get("name", ""), content)
            )
        except Refused as refusal:
            return JSONResponse({"ok": False, "error": refusal.error}, refusal.status)

    async def _turn(self, given: Given) -> JsonObject:
        try:
            to = given.get("to")
            way = datetime.fromisoformat(to) - self.clock() if to else _duration(given["advance"])
            turned = self.clock.turned + way
            # Through every moment at which something happens, so that each happens on its own date.
            while (due := await self._next()) and due - self.clock() < turned - self.clock.turned:
                self.clock.turn_to(due)
                await self.turned()
            self.clock.advance(turned - self.clock.turned)
        except (ValueError, TypeError) as error:
            raise Refused("invalid_time", 400) from error
        await self.turned()
        state = await self.clock_state()
        self.workspace.stream.send({"kind": "clock", "clock": state})
        return {"ok": True, "now": state["now"]}

    async def _order_fault(self, given: Given) -> JsonObject:
        method, kind, times = given["method"], given["kind"], given.get("times", 1)
        possible = self._possible_faults()
        where = next((one for one in possible.values() if kind in one["kinds"]), None)
        if where is None:
            raise Refused("unknown_kind", 400)
        if method != ANY and method not in where["methods"]:
            raise Refused("unknown_method")
        if not isinstance(times, int) or times < 1:
            raise Refused("invalid_times", 400)
        seconds = given.get("seconds", SECONDS.get(kind))
        if not isinstance(seconds, int | float | None):
            raise Refused("invalid_seconds", 400)
        self.faults.order(Fault(method, kind, times, seconds))
        return {"ok": True}

    async def _clear_faults(self, given: Given) -> JsonObject:
        self.faults.clear(given.get("method"), given.get("kind"))
        return {"ok": True}

    async def _refresh_sockets(self, _given: Given) -> JsonObject:
        return {"ok": True, "connections": await self.sockets.refresh()}

    def _possible_faults(self) -> dict[str, JsonObject]:
        deliveries = [*DELIVERIES, *self.workspace.app.bot_events]
        return {
            "calls": {"methods": sorted([*METHODS, RESPONSE_URL]), "kinds": list(CALL_KINDS)},
            "deliveries": {"methods": deliveries, "kinds": list(DELIVERY_KINDS)},
        }

    async def _faults(self, _request: Request) -> Response:
        return JSONResponse({"faults": self.faults.to_state(), **self._possible_faults()})

    async def _next(self) -> datetime | None:
        now = self.clock()
        return min((_whole_second(one.at) for one in await self.upcoming() if one.at > now), default=None)

    async def clock_state(self) -> JsonObject:
        """What time it is, how far the clock was turned, and what comes."""
        # Rounded up: whoever turns the clock to the moment that is shown must not land just before it.
        shown = [one for one in await self.upcoming() if one.label]
        upcoming = [{**vars(one), "at": iso(_whole_second(one.at))} for one in shown]
        turned = int(self.clock.turned.total_seconds())
        return {"now": iso(self.clock()), "turned_seconds": turned, "upcoming": upcoming}

    async def _time(self, _request: Request) -> Response:
        return JSONResponse(await self.clock_state())


def _message_in(given: Given) -> tuple[str, str, str]:
    return given["user"], given["channel"], given["message_ts"]


def _whole_second(moment: datetime) -> datetime:
    return moment + timedelta(microseconds=-moment.microsecond % 1_000_000)


def _duration(written: Any) -> timedelta:
    match = re.fullmatch(r"(\d+)([dhms])", str(written))
    if match is None:
        raise ValueError("A duration is written like 31d, 6h or 30m.")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


def posted(gesture: Gesture) -> Callable[[Request], Awaitable[Response]]:
    """The endpoint of a gesture: JSON in and out, and what nobody could do is refused by its name."""

    async def endpoint(request: Request) -> Response:
        try:
            answered = await gesture(Given(json_object(await request.body())))
        except (Refused, SlackError) as refusal:
            status = refusal.status if isinstance(refusal, Refused) else 400
            return JSONResponse({"ok": False, "error": refusal.error}, status)
        return JSONResponse(answered)

    return endpoint
