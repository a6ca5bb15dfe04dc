"""reactions.*: emoji on messages."""

from sandbox import message_events
from sandbox.api.call import Call
from sandbox.errors import SlackError, invalid_arguments
from sandbox.messages import JsonObject


def add(call: Call) -> JsonObject:
    """reactions.add: the app's emoji on a message."""
    return _changed(call, added=True)


def remove(call: Call) -> JsonObject:
    """reactions.remove: and away from it."""
    return _changed(call, added=False)


def get(call: Call) -> JsonObject:
    """reactions.get: a message with its emoji."""
    call.require("channel", "timestamp")
    message = call.message(call.channel(), "timestamp")
    return {"type": "message", "channel": message.channel, "message": call.workspace.written(message)}


def list_(call: Call) -> JsonObject:
    """reactions.list: what somebody, or the app, has put an emoji on."""
    user = call.user().id if call.text("user") else call.workspace.app.bot_user_id
    items = [
        {"type": "message", "channel": one.channel, "message": call.workspace.written(one)}
        for one in reversed(call.workspace.messages.values())
        if any(user in people for people in one.reactions.values())
        and call.app_is_in(call.workspace.channels[one.channel])
    ]
    shown, cursor = call.page(items)
    return {"items": shown, "response_metadata": {"next_cursor": cursor}}


def _changed(call: Call, *, added: bool) -> JsonObject:
    workspace, bot = call.workspace, call.workspace.app.bot_user_id
    if not (call.text("channel") and call.text("timestamp")):
        raise SlackError("no_item_specified")
    message, name = call.message(call.channel(), "timestamp"), call.text("name").strip(":")
    if not name:
        raise invalid_arguments("missing required field: name")
    (workspace.react if added else workspace.unreact)(message, bot, name)
    call.events.tell_all_later(lambda each: message_events.reacted(each, bot, message, name, added=added))
    return {}
