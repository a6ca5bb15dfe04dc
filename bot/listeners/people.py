"""What Slack says of somebody: what billing knows of them follows, and their colleagues are told if they left."""

from __future__ import annotations

from typing import Any

from billing import Actor
from bot.context import Desk


async def changed(desk: Desk, user: dict[str, Any]) -> None:
    """Somebody has another name, address or language, left, became a guest, or is back."""
    await desk.people.changed(Actor(desk.workspace_id, user["id"]), user)
    desk.wake()
