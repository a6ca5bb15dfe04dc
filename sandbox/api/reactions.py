"""reactions.*: emoji on messages."""

import re

from sandbox.api.call import Call
from sandbox.errors import SlackError
from sandbox.messages import JsonObject


def add(call: Call) -> JsonObject:
    """reactions.add: the app's emoji on a message."""
    channel, name = call.channel(), call.text("name").strip(":")
    message = call.workspace.messages.get((channel.id, call.text("timestamp")))
    if message is None or message.ephemeral_to is not None:
        raise SlackError("message_not_found")
    if not re.fullmatch(r"[a-z0-9_+'-]+(::skin-tone-[2-6])?", name):
        raise SlackError("invalid_name")
    people = message.reactions.setdefault(name, [])
    if call.workspace.app.bot_user_id in people:
        raise SlackError("already_reacted")
    people.append(call.workspace.app.bot_user_id)
    call.workspace.put(message)
    return {}
