"""What the app shows of links to its own domains: chat.unfurl, and entity.presentDetails to whoever looks closer."""

from typing import Any

from sandbox import message_events
from sandbox.answers import checked_attachments
from sandbox.api.call import Call
from sandbox.entities import checked_entity, checked_error
from sandbox.errors import SlackError
from sandbox.messages import JsonObject, Message


def unfurl(call: Call) -> JsonObject:
    """chat.unfurl: an attachment or a Work Object for each link in the message; a second one replaces the first."""
    unfurls, entities = call.structure("unfurls") or {}, _entities(call.structure("metadata"))
    if not isinstance(unfurls, dict) or not (unfurls or entities):
        raise SlackError("missing_unfurls")
    message = _message(call)
    links = message_events.links_in(call.workspace, message)
    if not {*unfurls, *entities} <= {link["url"] for link in links}:
        raise SlackError("cannot_unfurl_url")
    if not all(isinstance(one, dict) for one in unfurls.values()):
        raise SlackError("invalid_attachments")
    cards = {
        url: {
            "fallback": entity["entity_payload"]["attributes"]["title"]["text"],
            "app_id": call.workspace.app.id,
            "entity": entity,
        }
        for url, entity in entities.items()
    }
    given = [{**one, "from_url": url, "original_url": url} for url, one in {**unfurls, **cards}.items()]
    others = [one for one in message.attachments if one.get("from_url") not in {*unfurls, *cards}]
    before = call.workspace.written(message)
    message.attachments = checked_attachments([*others, *given]) or []
    call.workspace.put(message)
    call.events.tell_all_later(lambda each: message_events.changed(each, message, before))
    return {}


def present_details(call: Call) -> JsonObject:
    """entity.presentDetails: what one person sees of the Work Object that they opened, or why not."""
    metadata, error = call.structure("metadata"), call.structure("error")
    if call.flag("user_auth_required") and not call.text("user_auth_url"):
        raise SlackError("user_auth_url_missing")
    entity = checked_entity(metadata) if metadata is not None else None
    refused = checked_error(error) if error is not None else None
    if entity is None and refused is None:
        raise SlackError("invalid_metadata")
    trigger = call.tickets.exchange(call.text("trigger_id"))
    if not trigger.entity_id:
        raise SlackError("invalid_trigger_id")
    if entity and entity["external_ref"]["id"] != trigger.entity_id:
        raise SlackError("entity_metadata_does_not_match_trigger")
    call.workspace.show_details(trigger.user_id, {"entity": entity, "error": refused})
    return {}


def _entities(metadata: Any) -> dict[str, JsonObject]:
    """Those in the metadata of an unfurl, by the link that was posted."""
    if metadata is None:
        return {}
    if not isinstance(metadata, dict) or not isinstance(metadata.get("entities"), list):
        raise SlackError("invalid_metadata")
    checked = [checked_entity(one) for one in metadata["entities"]]
    if not all(one.get("app_unfurl_url") for one in checked):
        raise SlackError("invalid_metadata")
    return {one["app_unfurl_url"]: one for one in checked}


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
