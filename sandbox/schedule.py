"""What the app has told Slack to post later."""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sandbox.answers import Contents, post
from sandbox.clock import Upcoming
from sandbox.events import Events
from sandbox.ids import new_id


@dataclass(frozen=True)
class Scheduled:
    """A message that waits; `post_at` is in whole seconds, as Unix counts them."""

    id: str
    channel: str
    post_at: int
    date_created: int
    contents: Contents
    about: dict[str, Any]

    @property
    def at(self) -> datetime:
        """When it is posted."""
        return datetime.fromtimestamp(self.post_at, UTC)


@dataclass
class Schedule:
    """Posts each message when the workspace's clock gets there: by itself, or as it is turned."""

    events: Events
    _waiting: dict[str, Scheduled] = field(default_factory=dict)
    _timers: dict[str, asyncio.TimerHandle] = field(default_factory=dict)

    def add(self, channel_id: str, post_at: int, contents: Contents, **about: Any) -> Scheduled:
        """One more; needs a running event loop."""
        now = self.events.workspace.clock().timestamp()
        one = Scheduled(new_id("Q"), channel_id, post_at, int(now), contents, about)
        self._waiting[one.id] = one
        self._timers[one.id] = asyncio.get_running_loop().call_later(post_at - now, self.post_due)
        return one

    def remove(self, channel_id: str, scheduled_id: str) -> bool:
        """Whether such a message waited there; it does not any more."""
        one = self._waiting.get(scheduled_id)
        if one is None or one.channel != channel_id:
            return False
        self._drop(one)
        return True

    def waiting(self) -> list[Scheduled]:
        """All that wait, soonest first."""
        return sorted(self._waiting.values(), key=lambda one: one.post_at)

    def post_due(self) -> None:
        """Post what is due by the workspace's clock."""
        workspace = self.events.workspace
        # A timer that rings a moment before its second must not leave its message behind.
        now = workspace.clock().timestamp() + 0.5
        for one in self.waiting():
            if one.post_at <= now:
                self._drop(one)
                post(workspace, self.events, one.channel, one.contents, **one.about)

    def upcoming(self) -> list[Upcoming]:
        """What waits, as the page's clock shows it."""
        return [self._shown(one) for one in self.waiting()]

    def close(self) -> None:
        """Nothing is posted any more."""
        for timer in self._timers.values():
            timer.cancel()

    def _drop(self, one: Scheduled) -> None:
        del self._waiting[one.id]
        self._timers.pop(one.id).cancel()

    def _shown(self, one: Scheduled) -> Upcoming:
        said = one.contents.text
        labels = {"en": f"Scheduled message: {said}", "it": f"Messaggio programmato: {said}"}
        return Upcoming(one.at, labels["en"], "scheduled", labels)
