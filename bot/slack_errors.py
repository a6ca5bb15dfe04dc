"""What Slack said in place of a yes."""

from __future__ import annotations

from slack_sdk.errors import SlackApiError

# Slack's word for blocks that it does not take, or does not take in this workspace.
BAD_BLOCKS = "invalid_blocks"
# Slack's words for a person to whom nothing can be written: they are looked up anew before the next try.
NO_READER = ("channel_not_found", "user_disabled", "user_not_found")


def error_name(error: SlackApiError) -> str:
    """Slack's name for what is wrong; the HTTP status where its answer is no JSON, as from a proxy in its place."""
    said = getattr(error.response, "data", error.response)
    name = said.get("error") if isinstance(said, dict) else None
    return str(name or getattr(error.response, "status_code", "no answer"))


def retry_after(error: SlackApiError) -> float | None:
    """How many seconds Slack wants us to wait; None where it does not say."""
    wait = getattr(error.response, "headers", {}).get("Retry-After", "")
    return float(wait) if str(wait).isdigit() else None
