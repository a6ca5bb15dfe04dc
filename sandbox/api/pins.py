"""pins.*: messages that are pinned to their conversation."""

from sandbox import message_events
from sandbox.api.call import Call
from sandbox.errors import SlackError
from sandbox.messages import JsonObject


def add(call: Call) -> JsonObject:
    """pins.add: in the app's name."""
    return _changed(call, added=True)


def remove(call: Call) -> JsonObject:
    """pins.remove: whoever pinned it."""
    return _changed(call, added=False)


def list_(call: Call) -> JsonObject:
    """pins.list: all of a conversation, newest first."""
    channel = call.channel()
    if not call.app_is_in(channel):
        raise SlackError("not_in_channel")
    return {"items": [message_events.pin(call.workspace, one) for one in call.workspace.pins(channel.id)]}


def _changed(call: Call, *, added: bool) -> JsonObject:
    channel, workspace = call.channel(), call.workspace
    if not call.app_is_in(channel):
        raise SlackError("not_in_channel")
    if not call.text("timestamp"):
        raise SlackError("no_item_specified")
    message = call.message(channel, "timestamp")
    if added == bool(message.pinned):
        raise SlackError("already_pinned" if added else "no_pin")
    bot = workspace.app.bot_user_id
    workspace.pin(message, bot if added else None)
    count = len(workspace.pins(channel.id))
    call.events.tell_all_later(
        lambda each: message_events.pinned(each, bot, message, added=added, count=count)
    )
    return {}
