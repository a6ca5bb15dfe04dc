"""chat.unfurl: what the app shows of links to its own domains in somebody's message."""

from sandbox import message_events
from sandbox.answers import checked_attachments
from sandbox.api.call import Call
from sandbox.errors import SlackError
from sandbox.messages import JsonObject, Message


def unfurl(call: Call) -> JsonObject:
    """chat.unfurl: an attachment for each link that stands in the message; a second one replaces the first."""
    unfurls = call.structure("unfurls")
    if not isinstance(unfurls, dict) or not unfurls:
        raise SlackError("missing_unfurls")
    message = _message(call)
    links = message_events.links_in(call.workspace, message)
    if not unfurls.keys() <= {link["url"] for link in links}:
        raise SlackError("cannot_unfurl_url")
    if not all(isinstance(one, dict) for one in unfurls.values()):
        raise SlackError("invalid_attachments")
    given = [{**one, "from_url": url, "original_url": url} for url, one in unfurls.items()]
    others = [one for one in message.attachments if one.get("from_url") not in unfurls]
    before = call.workspace.written(message)
    message.attachments = checked_attachments([*others, *given]) or []
    call.workspace.put(message)
    call.events.tell_all_later(lambda each: message_events.changed(each, message, before))
    return {}


def _message(call: Call) -> Message:
    """By channel and ts, or by the id and source that link_shared gave."""
    if unfurl_id := call.text("unfurl_id"):
        if not call.text("source"):
            raise SlackError("missing_source")
        found = [one for one in call.workspace.messages.values() if one.unfurl_id == unfurl_id]
    else:
        if not (call.text("channel") and call.text("ts")):
            raise SlackError("missing_channel" if not call.text("channel") else "missing_ts")
        channel = call.channel()
        found = [call.message(channel)] if call.app_is_in(channel) else []
    if not found or found[0].ephemeral_to is not None:
        raise SlackError("cannot_find_message")
    return found[0]
