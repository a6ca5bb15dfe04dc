"""The Web API: the table of its methods, and what every call is checked for before its method runs."""

from collections.abc import Callable
from dataclasses import dataclass

from sandbox.api import apps, blocks, chat, conversations, files, people, reactions, usergroups, views
from sandbox.api.call import Call, needs_scope
from sandbox.errors import SlackError
from sandbox.messages import JsonObject
from sandbox.workspace import Workspace

__all__ = ["METHODS", "Call", "answered"]


@dataclass(frozen=True)
class Method:
    """What runs, the scope it takes, the arguments it cannot do without, its tier, and the kind of token."""

    run: Callable[[Call], JsonObject]
    scope: str | None = None
    required: tuple[str, ...] = ()
    tier: int | None = None
    app_level: bool = False


METHODS: dict[str, Method] = {
    "apps.connections.open": Method(apps.connections_open, "connections:write", tier=3, app_level=True),
    "auth.revoke": Method(people.auth_revoke, tier=3),
    "auth.test": Method(people.auth_test),
    "blocks.validate": Method(blocks.validate),
    "bots.info": Method(people.bots_info, "users:read", tier=3),
    "chat.delete": Method(chat.delete, "chat:write", ("channel", "ts"), 3),
    "chat.getPermalink": Method(chat.get_permalink, None, ("channel", "message_ts")),
    "chat.postEphemeral": Method(chat.post_ephemeral, "chat:write", ("channel", "user"), 4),
    "chat.postMessage": Method(chat.post_message, "chat:write", ("channel",)),
    "chat.update": Method(chat.update, "chat:write", ("channel", "ts"), 3),
    "conversations.history": Method(conversations.history, None, ("channel",), 3),
    "conversations.info": Method(conversations.info, None, ("channel",), 3),
    "conversations.join": Method(conversations.join, "channels:join", ("channel",), 3),
    "conversations.list": Method(conversations.list_, None, (), 2),
    "conversations.members": Method(conversations.members, None, ("channel",), 4),
    "conversations.open": Method(conversations.open_, "im:write", ("users",), 3),
    "conversations.replies": Method(conversations.replies, None, ("channel", "ts"), 3),
    "files.completeUploadExternal": Method(files.complete_upload, "files:write", ("files",), 4),
    "files.getUploadURLExternal": Method(files.get_upload_url, "files:write", ("filename", "length"), 4),
    "files.info": Method(files.info, "files:read", ("file",), 4),
    "reactions.add": Method(reactions.add, "reactions:write", ("channel", "timestamp", "name"), 3),
    "team.info": Method(people.team_info, "team:read", (), 3),
    "usergroups.list": Method(usergroups.list_, "usergroups:read", (), 2),
    "usergroups.users.list": Method(usergroups.users_list, "usergroups:read", ("usergroup",), 2),
    "users.info": Method(people.users_info, "users:read", ("user",), 4),
    "users.list": Method(people.users_list, "users:read", (), 2),
    "views.open": Method(views.open_, None, ("trigger_id", "view"), 4),
    "views.publish": Method(views.publish, None, ("user_id", "view"), 4),
    "views.push": Method(views.push, None, ("trigger_id", "view"), 4),
    "views.update": Method(views.update, None, ("view",), 4),
}


def answered(name: str, call: Call, token: str | None) -> JsonObject:
    """The answer to one call, in the order in which Slack looks: method, token, scope, arguments."""
    try:
        method = METHODS.get(name)
        if method is None:
            raise SlackError("unknown_method")
        _authorise(call.workspace, token, method)
        call.require(*method.required)
        return {"ok": True, **method.run(call)}
    except SlackError as refusal:
        return refusal.to_json()


def _authorise(workspace: Workspace, token: str | None, method: Method) -> None:
    app = workspace.app
    if not token:
        raise SlackError("not_authed")
    if token in workspace.revoked_tokens:
        raise SlackError("token_revoked")
    if token not in (app.bot_token, app.app_token):
        raise SlackError("invalid_auth")
    if method.app_level != (token == app.app_token):
        raise SlackError("not_allowed_token_type")
    needs_scope(method.scope, app.app_token_scopes if method.app_level else app.scopes)
