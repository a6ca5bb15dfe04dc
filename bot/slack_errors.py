"""What Slack said in place of a yes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from slack_sdk.errors import SlackApiError

R = TypeVar("R")

# Slack's word for blocks that it does not take, or does not take in this workspace.
BAD_BLOCKS = "invalid_blocks"
# Slack's words for a person to whom nothing can be written: they are looked up anew before the next try.
NO_READER = ("channel_not_found", "user_disabled", "user_not_found")
# How often a call is made again for which Slack had no room, and how long that is waited for at most.
MAX_REFUSED, MAX_WAIT_SECONDS = 5, 10.0


def error_name(error: SlackApiError) -> str:
    """Slack's name for what is wrong; the HTTP status where its answer is no JSON, as from a proxy in its place."""
    said = getattr(error.response, "data", error.response)
    name = said.get("error") if isinstance(said, dict) else None
    return str(name or getattr(error.response, "status_code", "no answer"))


def retry_after(error: SlackApiError) -> float | None:
    """How many seconds Slack wants us to wait; None where it does not say."""
    wait = getattr(error.response, "headers", {}).get("Retry-After", "")
    return float(wait) if str(wait).isdigit() else None


async def patiently(call: Callable[[], Awaitable[R]]) -> R:
    """Slack takes so many calls a minute: what it has no room for is called again when it says, if that is soon."""
    for _ in range(MAX_REFUSED):
        try:
            return await call()
        except SlackApiError as refusal:
            wait = retry_after(refusal)
            if wait is None or wait > MAX_WAIT_SECONDS:
                raise
            await asyncio.sleep(wait)
    return await call()
