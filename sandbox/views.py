"""The modals open before each person, top last, and each person's Home."""

import secrets
from typing import Any

from sandbox.app import App
from sandbox.errors import SlackError
from sandbox.forms import initial_state
from sandbox.ids import new_id, with_block_ids
from sandbox.messages import JsonObject
from sandbox.stream import Stream

_DEEPEST_STACK = 3
_OPTIONAL_FIELDS = ("title", "submit", "close")


class Views:
    """What is open. A view is a dict with Slack's keys, as the Web API answers it."""

    def __init__(self, team_id: str, app: App, stream: Stream) -> None:
        self._team_id, self._app, self._stream = team_id, app, stream
        self.stacks: dict[str, list[JsonObject]] = {}
        self.homes: dict[str, JsonObject] = {}

    def open(self, user_id: str, definition: JsonObject) -> JsonObject:
        """A first modal; whatever was open before this person gives way to it."""
        view = self._built(definition)
        self.stacks[user_id] = [view]
        self._told(user_id)
        return view

    def push(self, user_id: str, definition: JsonObject) -> JsonObject:
        """One more modal on top; the third is the last there can be."""
        stack = self.stacks.get(user_id, [])
        if not stack:
            raise SlackError("not_found")
        if len(stack) >= _DEEPEST_STACK:
            raise SlackError("push_limit_reached")
        view = self._built(definition)
        view |= {"previous_view_id": stack[-1]["id"], "root_view_id": stack[0]["id"]}
        stack.append(view)
        self._told(user_id)
        return view

    def update(self, view: JsonObject, definition: JsonObject, seen_hash: str | None = None) -> JsonObject:
        """Put new contents into an open view; what was typed stays where the field stays."""
        if seen_hash and seen_hash != view["hash"]:
            raise SlackError("hash_conflict")
        kept = {key: view[key] for key in ("id", "previous_view_id", "root_view_id")}
        typed = view["state"]["values"]
        renewed = self._built(definition, except_for=view) | kept
        for block_id, fields in renewed["state"]["values"].items():
            for action_id, entry in fields.items():
                before = typed.get(block_id, {}).get(action_id)
                if before and before["type"] == entry["type"]:
                    fields[action_id] = before
        view.clear()
        view.update(renewed)
        user_id = self.owner(view)
        if view["type"] == "home":
            self._home_told(user_id)
        else:
            self._told(user_id)
        return view

    def publish(self, user_id: str, definition: JsonObject, seen_hash: str | None = None) -> JsonObject:
        """Show this Home to this person; a Home keeps its id."""
        home = self.homes.get(user_id)
        if home is not None:
            return self.update(home, definition, seen_hash)
        self.homes[user_id] = self._built(definition)
        self._home_told(user_id)
        return self.homes[user_id]

    def close(self, view: JsonObject) -> None:
        """Close this modal, if it is still open; the one under it comes back."""
        for user_id, stack in self.stacks.items():
            if any(open_view is view for open_view in stack):
                self.stacks[user_id] = [open_view for open_view in stack if open_view is not view]
                self._told(user_id)

    def clear(self, user_id: str) -> None:
        """Close all of this person's modals."""
        self.stacks[user_id] = []
        self._told(user_id)

    def find(self, view_id: str | None = None, external_id: str | None = None) -> JsonObject | None:
        """The open view with this id, the app's own (external) or Slack's."""
        for view in self._all():
            if (view_id and view["id"] == view_id) or (external_id and view["external_id"] == external_id):
                return view
        return None

    def seen_by(self, user_id: str, view_id: str) -> JsonObject | None:
        """The view with this id, if it is before this person."""
        view = self.find(view_id)
        return view if view is not None and self.owner(view) == user_id else None

    def top(self, user_id: str) -> JsonObject | None:
        """The modal on top before this person."""
        stack = self.stacks.get(user_id)
        return stack[-1] if stack else None

    def owner(self, view: JsonObject) -> str:
        """Who has this view before them."""
        for user_id, stack in self.stacks.items():
            if any(open_view is view for open_view in stack):
                return user_id
        return next(user_id for user_id, home in self.homes.items() if home is view)

    def keep_state(self, view: JsonObject, values: JsonObject) -> None:
        """Remember what the person has typed and chosen so far."""
        view["state"] = {"values": values}

    def _all(self) -> list[JsonObject]:
        return [view for stack in self.stacks.values() for view in stack] + list(self.homes.values())

    def _built(self, definition: JsonObject, except_for: JsonObject | None = None) -> JsonObject:
        external_id = definition.get("external_id") or ""
        namesake = self.find(external_id=external_id)
        if namesake is not None and namesake is not except_for:
            raise SlackError("duplicate_external_id")
        blocks = with_block_ids(definition["blocks"])
        view_id = new_id("V")
        shown: dict[str, Any] = {
            "id": view_id,
            "team_id": self._team_id,
            "type": definition["type"],
            "blocks": blocks,
            "private_metadata": definition.get("private_metadata") or "",
            "callback_id": definition.get("callback_id") or "",
            "external_id": external_id,
            "state": {"values": initial_state(blocks)},
            "hash": f"{secrets.randbelow(10**10)}.{secrets.token_hex(4)}",
            "clear_on_close": bool(definition.get("clear_on_close")),
            "notify_on_close": bool(definition.get("notify_on_close")),
            "root_view_id": view_id,
            "previous_view_id": None,
            "app_id": self._app.id,
            "app_installed_team_id": self._team_id,
            "bot_id": self._app.bot_id,
        }
        return shown | {key: definition.get(key) for key in _OPTIONAL_FIELDS}

    def _told(self, user_id: str) -> None:
        self._stream.send({"kind": "views", "user": user_id, "stack": self.stacks[user_id]})

    def _home_told(self, user_id: str) -> None:
        self._stream.send({"kind": "home", "user": user_id, "view": self.homes[user_id]})
