"""views.*: modals and Homes."""

from sandbox.api.call import Call
from sandbox.errors import SlackError
from sandbox.messages import JsonObject
from sandbox.submissions import checked_view


def open_(call: Call) -> JsonObject:
    """views.open: a modal, for the gesture that the trigger_id stands for."""
    definition = checked_view(call.structure("view"))
    trigger = call.tickets.exchange(call.text("trigger_id"))
    return {"view": call.workspace.views.open(trigger.user_id, definition)}


def push(call: Call) -> JsonObject:
    """views.push: one more modal, for a gesture made inside a modal."""
    definition = checked_view(call.structure("view"))
    trigger = call.tickets.exchange(call.text("trigger_id"))
    if not trigger.from_modal:
        raise SlackError("invalid_trigger_id")
    return {"view": call.workspace.views.push(trigger.user_id, definition)}


def update(call: Call) -> JsonObject:
    """views.update: new contents for an open view."""
    view = call.workspace.views.find(call.text("view_id"), call.text("external_id"))
    if view is None:
        raise SlackError("not_found")
    definition = checked_view(call.structure("view"), view["type"])
    return {"view": call.workspace.views.update(view, definition, call.text("hash"))}


def publish(call: Call) -> JsonObject:
    """views.publish: a person's Home."""
    if not call.workspace.app.has_home_tab:
        raise SlackError("not_enabled")
    user = call.user("user_id")
    definition = checked_view(call.structure("view"), "home")
    return {"view": call.workspace.views.publish(user.id, definition, call.text("hash"))}
