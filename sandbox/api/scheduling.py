"""chat.scheduleMessage and its siblings: what the app will say later."""

from sandbox.answers import Contents
from sandbox.api.call import Call
from sandbox.api.chat import given_contents, thread_of, writable
from sandbox.errors import SlackError
from sandbox.messages import JsonObject

_FURTHEST_SECONDS = 120 * 24 * 60 * 60


def schedule(call: Call) -> JsonObject:
    """chat.scheduleMessage: posted when the workspace's clock gets there."""
    channel, contents, post_at = writable(call), given_contents(call), call.number("post_at")
    ahead = post_at - call.workspace.clock().timestamp()
    if ahead <= 0:
        raise SlackError("time_in_past")
    if ahead > _FURTHEST_SECONDS:
        raise SlackError("time_too_far")
    scheduled = call.schedule.add(
        channel.id, post_at, contents, thread_ts=thread_of(call, channel), metadata=call.structure("metadata")
    )
    message = {"text": contents.text, "type": "delayed_message", "bot_id": call.workspace.app.bot_id}
    return {
        "channel": channel.id,
        "scheduled_message_id": scheduled.id,
        "post_at": post_at,
        "message": {**message, **_blocks(contents)},
    }


def delete(call: Call) -> JsonObject:
    """chat.deleteScheduledMessage: as long as it was not posted."""
    channel = call.channel()
    if not call.schedule.remove(channel.id, call.text("scheduled_message_id")):
        raise SlackError("invalid_scheduled_message_id")
    return {}


def list_(call: Call) -> JsonObject:
    """chat.scheduledMessages.list: what waits, everywhere or in one conversation, between two moments."""
    channel = call.channel().id if call.text("channel") else None
    oldest = call.number("oldest") if call.args.get("oldest") else 0
    latest = call.number("latest") if call.args.get("latest") else None
    waiting = [
        {
            "id": one.id,
            "channel_id": one.channel,
            "post_at": one.post_at,
            "date_created": one.date_created,
            "text": one.contents.text,
        }
        for one in call.schedule.waiting()
        if channel in (None, one.channel)
        and one.post_at >= oldest
        and (latest is None or one.post_at <= latest)
    ]
    shown, cursor = call.page(waiting)
    return {"scheduled_messages": shown, "response_metadata": {"next_cursor": cursor}}


def _blocks(contents: Contents) -> JsonObject:
    return {"blocks": contents.blocks} if contents.blocks else {}
