"""bookmarks.*: links that stand at the top of a channel."""

from sandbox.api.call import Call
from sandbox.errors import SlackError
from sandbox.ids import new_id
from sandbox.messages import JsonObject
from sandbox.people import Channel

_CHANGEABLE = ("title", "link", "emoji")


def add(call: Call) -> JsonObject:
    """bookmarks.add: one more; links are all that there are."""
    channel = _channel(call)
    if call.text("type") != "link":
        raise SlackError("invalid_bookmark_type")
    if not call.text("link").startswith(("http://", "https://")):
        raise SlackError("invalid_link")
    now = int(call.workspace.clock().timestamp())
    bookmark: JsonObject = {
        "id": new_id("Bk"),
        "channel_id": channel.id,
        "type": "link",
        **{name: call.text(name) for name in _CHANGEABLE},
        "date_created": now,
        "date_updated": 0,
        "app_id": call.workspace.app.id,
        "last_updated_by_user_id": call.workspace.app.bot_user_id,
    }
    call.workspace.bookmarks[bookmark["id"]] = bookmark
    return {"bookmark": bookmark}


def edit(call: Call) -> JsonObject:
    """bookmarks.edit: another title, link or emoji."""
    bookmark = _bookmark(call)
    bookmark |= {name: call.text(name) for name in _CHANGEABLE if name in call.args}
    bookmark["date_updated"] = int(call.workspace.clock().timestamp())
    return {"bookmark": bookmark}


def list_(call: Call) -> JsonObject:
    """bookmarks.list: those of a channel."""
    channel = _channel(call)
    bookmarks = call.workspace.bookmarks.values()
    return {"bookmarks": [one for one in bookmarks if one["channel_id"] == channel.id]}


def remove(call: Call) -> JsonObject:
    """bookmarks.remove: one goes."""
    del call.workspace.bookmarks[_bookmark(call)["id"]]
    return {}


def _bookmark(call: Call) -> JsonObject:
    channel = _channel(call)
    bookmark = call.workspace.bookmarks.get(call.text("bookmark_id"))
    if bookmark is None or bookmark["channel_id"] != channel.id:
        raise SlackError("not_found")
    return bookmark


def _channel(call: Call) -> Channel:
    channel = call.channel("channel_id")
    if not call.app_is_in(channel):
        raise SlackError("not_in_channel")
    return channel
