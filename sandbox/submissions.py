"""A modal submitted or closed: what Slack checks, delivers, and makes of the app's reply."""

import json
from typing import Any

from sandbox import blockkit, forms, payloads, words
from sandbox.errors import Refused, SlackError, invalid_arguments
from sandbox.gestures import Gestures
from sandbox.ids import all_blocks
from sandbox.messages import JsonObject
from sandbox.people import User


async def submit(gestures: Gestures, user_id: str, view_id: str, values: JsonObject) -> JsonObject:
    """Press the modal's submit button, with these values in its fields."""
    workspace, user = gestures.workspace, gestures.person(user_id)
    view = _top_view(gestures, user, view_id)
    if not view["submit"]:
        raise Refused("view_has_no_submit")
    typed = gestures.with_files(view["blocks"], values)
    state = forms.filled_state(view["blocks"], view["state"]["values"], typed)
    workspace.views.keep_state(view, state)
    errors = forms.local_errors(view["blocks"], state, user)
    if errors:
        return {"ok": True, "outcome": "errors", "errors": errors}
    trigger_id = gestures.tickets.trigger(user.id, from_modal=True)
    payload = payloads.view_submission(
        workspace, user, trigger_id, view, _response_urls(gestures, user, view)
    )
    reply = await gestures.dispatcher.interaction(payload)
    if reply.error:
        workspace.notice(user.id, words.told_to(user, words.TROUBLE))
        return reply.to_json()
    try:
        return {"ok": True} | _follow(gestures, user, view, reply.body)
    except SlackError as refusal:
        workspace.notice(user.id, words.told_to(user, words.TROUBLE))
        gestures.log.add("delivery", "view_submission.reply", reply.body, refusal.to_json(), None, 0)
        return refusal.to_json()


def _response_urls(gestures: Gestures, user: User, view: JsonObject) -> list[JsonObject]:
    """Where the app may answer: in the conversations that were chosen in menus that asked for it."""
    chosen = [
        (block, next(iter(view["state"]["values"][block["block_id"]].values())))
        for block in all_blocks(view["blocks"])
        if block["type"] == "input" and block["element"].get("response_url_enabled")
    ]
    return [
        {
            "block_id": block["block_id"],
            "action_id": block["element"]["action_id"],
            "channel_id": channel_id,
            "response_url": gestures.public_url + gestures.tickets.response_path(user.id, channel_id),
        }
        for block, entry in chosen
        if (channel_id := entry.get("selected_conversation") or entry.get("selected_channel"))
    ]


async def close(gestures: Gestures, user_id: str, view_id: str) -> JsonObject:
    """Close the modal on top; one with `clear_on_close` takes all the others with it."""
    workspace, user = gestures.workspace, gestures.person(user_id)
    view = _top_view(gestures, user, view_id)
    clears = view["clear_on_close"]
    closed = list(reversed(workspace.views.stacks[user.id])) if clears else [view]
    for gone in closed:
        workspace.views.close(gone)
    for gone in closed:
        if gone["notify_on_close"]:
            payload = payloads.view_closed(workspace, user, gone, cleared=clears)
            await gestures.dispatcher.interaction(payload)
    return {"ok": True}


def _top_view(gestures: Gestures, user: User, view_id: str) -> JsonObject:
    view = gestures.workspace.views.top(user.id)
    if view is None or view["id"] != view_id:
        raise Refused("view_not_found")
    return view


def _follow(gestures: Gestures, user: User, view: JsonObject, body: Any) -> JsonObject:
    views = gestures.workspace.views
    if body in ("", {}):
        views.close(view)
        return {"outcome": "closed"}
    match body:
        case {"response_action": "clear"}:
            views.clear(user.id)
            return {"outcome": "cleared"}
        case {"response_action": "errors", "errors": errors}:
            return {"outcome": "errors", "errors": _known_errors(view, errors)}
        case {"response_action": "update" | "push"} if views.find(view["id"]) is None:
            raise SlackError("view_not_found")
        case {"response_action": "update", "view": definition}:
            views.update(view, checked_view(definition))
            return {"outcome": "updated"}
        case {"response_action": "push", "view": definition}:
            views.push(user.id, checked_view(definition))
            return {"outcome": "pushed"}
    raise SlackError("malformed_response")


def _known_errors(view: JsonObject, errors: Any) -> dict[str, str]:
    if not isinstance(errors, dict) or not errors:
        raise SlackError("malformed_response")
    inputs = {block["block_id"] for block in all_blocks(view["blocks"]) if block["type"] == "input"}
    unknown = sorted(errors.keys() - inputs)
    if unknown:
        messages = [f"[ERROR] no input block has this block_id: {name}" for name in unknown]
        raise SlackError("unknown_block_ids", response_metadata={"messages": messages})
    return errors


def checked_view(definition: Any, *kinds: str) -> JsonObject:
    """The view (a modal unless said otherwise; JSON or a string of it), or SlackError with all that is wrong."""
    if isinstance(definition, str):
        try:
            definition = json.loads(definition)
        except json.JSONDecodeError as error:
            raise invalid_arguments("must be valid JSON [json-pointer:/view]") from error
    faults = blockkit.view_faults(definition, kinds or ("modal",))
    if faults:
        raise invalid_arguments(*(fault.to_sentence() for fault in faults))
    if blockkit.view_too_large(definition):
        raise SlackError("view_too_large")
    return dict(definition)
