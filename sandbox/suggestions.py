"""An external_select asks the app for its options while the person types."""

from sandbox import blockkit, forms, payloads
from sandbox.errors import Refused
from sandbox.gestures import Gestures
from sandbox.messages import JsonObject


async def suggest(
    gestures: Gestures,
    user_id: str,
    asked: JsonObject,
    *,
    view_id: str | None = None,
    message_at: tuple[str, str] | None = None,
) -> JsonObject:
    """The options for `asked` (block_id, action_id, value), in a view or in the message at (channel, ts)."""
    user = gestures.person(user_id)
    view = gestures.view(user, view_id) if view_id else None
    message = gestures.message(user, *message_at) if message_at else None
    blocks = view["blocks"] if view else message.all_blocks if message else []
    block, element = forms.find_element(blocks, asked["action_id"], asked.get("block_id"))
    if element["type"] not in forms.EXTERNAL:
        raise Refused("element_not_found")
    app = gestures.workspace.app
    if not (app.socket_mode or app.has_options_url):
        return {"ok": False, "error": "no_options_url"}  # Slack asks nobody, and the menu stays empty
    payload = payloads.block_suggestion(
        gestures.workspace, user, {**asked, "block_id": block["block_id"]}, view, message
    )
    reply = await gestures.dispatcher.interaction(payload)
    if reply.error:
        return reply.to_json()
    faults = blockkit.options_faults(reply.body)
    if faults:
        refusal = {"ok": False, "error": "invalid_options", "errors": [fault.to_json() for fault in faults]}
        gestures.log.add("delivery", "block_suggestion.reply", reply.body, refusal, None, 0)
        return refusal
    return {"ok": True, **reply.body}
