"""What Slack says of a channel: whether billing can be announced there, and read by nobody else."""

from __future__ import annotations

from typing import NamedTuple

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from billing.values.channels import ChannelProblem
from bot.slack_errors import error_name

# What happens to channels that may keep announcements from them, or let them in again.
CHANGES = (
    "channel_archive",
    "channel_left",
    "channel_rename",
    "channel_shared",
    "channel_unarchive",
    "channel_unshared",
    "group_archive",
    "group_left",
    "group_rename",
    "group_unarchive",
    "member_joined_channel",
)
# Slack's marks of a channel that people of another organisation read, or will once they take an invitation.
READ_BY_OUTSIDERS = ("is_ext_shared", "is_pending_ext_shared")
# Slack's errors that no waiting mends.
ERRORS = {
    "is_archived": ChannelProblem.ARCHIVED,
    "not_in_channel": ChannelProblem.NOT_IN_IT,
    "channel_not_found": ChannelProblem.NOT_FOUND,
    "restricted_action": ChannelProblem.RESTRICTED,
    "restricted_action_read_only_channel": ChannelProblem.RESTRICTED,
    "restricted_action_thread_only_channel": ChannelProblem.RESTRICTED,
}


class Seen(NamedTuple):
    """What Slack says of a channel: what is in the way of announcing there, if anything."""

    problem: ChannelProblem | None
    is_private: bool = False


async def look_at(slack: AsyncWebClient, channel: str) -> Seen:
    """Whether something can be posted there, and nobody of another organisation reads it.

    Raises SlackApiError and others where Slack doesn't say.
    """
    if not channel:
        return Seen(ChannelProblem.NOT_FOUND)
    try:
        found = (await slack.conversations_info(channel=channel)).get("channel") or {}
    except SlackApiError as error:
        if problem := problem_named(error):
            return Seen(problem)
        raise
    if any(found.get(mark) for mark in READ_BY_OUTSIDERS):
        return Seen(ChannelProblem.SHARED)
    if found.get("is_archived"):
        return Seen(ChannelProblem.ARCHIVED)
    problem = ChannelProblem.NOT_IN_IT if found.get("is_member") is False else None
    return Seen(problem, bool(found.get("is_private")))


def problem_named(error: SlackApiError) -> ChannelProblem | None:
    """The problem that the error names, if it is one of the channel's."""
    return ERRORS.get(error_name(error))
