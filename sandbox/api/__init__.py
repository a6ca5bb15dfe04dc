"""The Web API: the table of its methods, and what every call is checked for before its method runs."""

from collections.abc import Callable
from dataclasses import dataclass

from sandbox.api import apps, blocks, chat, conversations, files, people, views
from sandbox.api.call import Call
from sandbox.app import App
from sandbox.errors import SlackError
from sandbox.messages import JsonObject

__all__ = ["METHODS", "Call", "answered"]


@dataclass(frozen=True)
class Method:
    """What runs, the scope it takes, the arguments it cannot do without, and the kind of token."""

    run: Callable[[Call], JsonObject]
    scope: str | None = None
    required: tuple[str, ...] = ()
    app_level: bool = False


METHODS: dict[str, Method] = {
    "apps.connections.open": Method(apps.connections_open, "connections:write", app_level=True),
    "auth.test": Method(people.auth_test),
    "blocks.validate": Method(blocks.validate),
    "bots.info": Method(people.bots_info, "users:read"),
    "chat.delete": Method(chat.delete, "chat:write", ("channel", "ts")),
    "chat.getPermalink": Method(chat.get_permalink, None, ("channel", "message_ts")),
    "chat.postEphemeral": Method(chat.post_ephemeral, "chat:write", ("channel", "user")),
    "chat.postMessage": Method(chat.post_message, "chat:write", ("channel",)),
    "chat.update": Method(chat.update, "chat:write", ("channel", "ts")),
    "conversations.info": Method(conversations.info, "channels:read", ("channel",)),
    "conversations.join": Method(conversations.join, "channels:join", ("channel",)),
    "conversations.list": Method(conversations.list_, "channels:read"),
    "conversations.members": Method(conversations.members, "channels:read", ("channel",)),
    "conversations.open": Method(conversations.open_, "im:write", ("users",)),
    "files.completeUploadExternal": Method(files.complete_upload, "files:write", ("files",)),
    "files.getUploadURLExternal": Method(files.get_upload_url, "files:write", ("filename", "length")),
    "files.info": Method(files.info, "files:read", ("file",)),
    "team.info": Method(people.team_info, "team:read"),
    "users.info": Method(people.users_info, "users:read", ("user",)),
    "users.list": Method(people.users_list, "users:read"),
    "views.open": Method(views.open_, None, ("trigger_id", "view")),
    "views.publish": Method(views.publish, None, ("user_id", "view")),
    "views.push": Method(views.push, None, ("trigger_id", "view")),
    "views.update": Method(views.update, None, ("view",)),
}


def answered(name: str, call: Call, token: str | None) -> JsonObject:
    """The answer to one call, in the order in which Slack looks: method, token, scope, arguments."""
    try:
        method = METHODS.get(name)
        if method is None:
            raise SlackError("unknown_method")
        _authorise(call.world.app, token, method)
        call.require(*method.required)
        return {"ok": True, **method.run(call)}
    except SlackError as refusal:
        return refusal.to_json()


def _authorise(app: App, token: str | None, method: Method) -> None:
    if not token:
        raise SlackError("not_authed")
    if token not in (app.bot_token, app.app_token):
        raise SlackError("invalid_auth")
    if method.app_level != (token == app.app_token):
        raise SlackError("not_allowed_token_type")
    scopes = app.app_token_scopes if method.app_level else app.scopes
    if method.scope is not None and method.scope not in scopes:
        raise SlackError("missing_scope", needed=method.scope, provided=",".join(scopes))
