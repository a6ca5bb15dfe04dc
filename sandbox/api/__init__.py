"""The Web API: the table of its methods, and what every call is checked for before its method runs."""

from collections.abc import Callable
from dataclasses import dataclass

from sandbox.api import (
    apps,
    assistant,
    blocks,
    bookmarks,
    channels,
    chat,
    conversations,
    emoji,
    files,
    people,
    pins,
    reactions,
    scheduling,
    streams,
    unfurls,
    usergroups,
    views,
)
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
    no_token: bool = False


# Either of the two scopes will do.
_ASSISTING = "assistant:write,chat:write"

METHODS: dict[str, Method] = {
    "api.test": Method(people.api_test, no_token=True),
    "apps.connections.open": Method(apps.connections_open, "connections:write", tier=3, app_level=True),
    "assistant.threads.setStatus": Method(assistant.set_status, _ASSISTING, ("channel_id", "thread_ts"), 4),
    "assistant.threads.setSuggestedPrompts": Method(
        assistant.set_suggested_prompts, "assistant:write", ("channel_id", "thread_ts", "prompts"), 4
    ),
    "assistant.threads.setTitle": Method(
        assistant.set_title, "assistant:write", ("channel_id", "thread_ts", "title"), 4
    ),
    "auth.revoke": Method(people.auth_revoke, tier=3),
    "auth.test": Method(people.auth_test),
    "blocks.validate": Method(blocks.validate),
    "bookmarks.add": Method(bookmarks.add, "bookmarks:write", ("channel_id", "title", "type"), 2),
    "bookmarks.edit": Method(bookmarks.edit, "bookmarks:write", ("channel_id", "bookmark_id"), 2),
    "bookmarks.list": Method(bookmarks.list_, "bookmarks:read", ("channel_id",), 3),
    "bookmarks.remove": Method(bookmarks.remove, "bookmarks:write", ("channel_id", "bookmark_id"), 2),
    "bots.info": Method(people.bots_info, "users:read", tier=3),
    "chat.appendStream": Method(streams.append, "chat:write", ("channel", "ts"), 4),
    "chat.delete": Method(chat.delete, "chat:write", ("channel", "ts"), 3),
    "chat.deleteScheduledMessage": Method(
        scheduling.delete, "chat:write", ("channel", "scheduled_message_id"), 3
    ),
    "chat.getPermalink": Method(chat.get_permalink, None, ("channel", "message_ts")),
    "chat.meMessage": Method(chat.me_message, "chat:write", ("channel", "text"), 3),
    "chat.postEphemeral": Method(chat.post_ephemeral, "chat:write", ("channel", "user"), 4),
    "chat.postMessage": Method(chat.post_message, "chat:write", ("channel",)),
    "chat.scheduleMessage": Method(scheduling.schedule, "chat:write", ("channel", "post_at"), 3),
    "chat.scheduledMessages.list": Method(scheduling.list_, None, (), 3),
    "chat.startStream": Method(streams.start, "chat:write", ("channel", "thread_ts"), 2),
    "chat.stopStream": Method(streams.stop, "chat:write", ("channel", "ts"), 2),
    "chat.unfurl": Method(unfurls.unfurl, "links:write", (), 3),
    "chat.update": Method(chat.update, "chat:write", ("channel", "ts"), 3),
    "conversations.archive": Method(channels.archive, None, ("channel",), 2),
    "conversations.close": Method(channels.close, None, ("channel",), 2),
    "conversations.create": Method(channels.create, None, (), 2),
    "conversations.history": Method(conversations.history, None, ("channel",), 3),
    "conversations.info": Method(conversations.info, None, ("channel",), 3),
    "conversations.invite": Method(channels.invite, None, ("channel", "users"), 3),
    "conversations.join": Method(channels.join, "channels:join", ("channel",), 3),
    "conversations.kick": Method(channels.kick, None, ("channel", "user"), 3),
    "conversations.leave": Method(channels.leave, None, ("channel",), 3),
    "conversations.list": Method(conversations.list_, None, (), 2),
    "conversations.mark": Method(channels.mark, None, ("channel", "ts"), 3),
    "conversations.members": Method(conversations.members, None, ("channel",), 4),
    "conversations.open": Method(channels.open_, "im:write,mpim:write", (), 3),
    "conversations.rename": Method(channels.rename, None, ("channel", "name"), 2),
    "conversations.replies": Method(conversations.replies, None, ("channel", "ts"), 3),
    "conversations.setPurpose": Method(channels.set_purpose, None, ("channel", "purpose"), 2),
    "conversations.setTopic": Method(channels.set_topic, None, ("channel", "topic"), 2),
    "conversations.unarchive": Method(channels.unarchive, None, ("channel",), 2),
    "emoji.list": Method(emoji.list_, "emoji:read", (), 2),
    "entity.presentDetails": Method(unfurls.present_details, None, ("trigger_id",), 3),
    "files.completeUploadExternal": Method(files.complete_upload, "files:write", ("files",), 4),
    "files.delete": Method(files.delete, "files:write", ("file",), 3),
    "files.getUploadURLExternal": Method(files.get_upload_url, "files:write", ("filename", "length"), 4),
    "files.info": Method(files.info, "files:read", ("file",), 4),
    "files.list": Method(files.list_, "files:read", (), 3),
    "files.upload": Method(files.upload, "files:write", (), 2),
    "pins.add": Method(pins.add, "pins:write", ("channel",), 2),
    "pins.list": Method(pins.list_, "pins:read", ("channel",), 2),
    "pins.remove": Method(pins.remove, "pins:write", ("channel",), 2),
    "reactions.add": Method(reactions.add, "reactions:write", ("name",), 3),
    "reactions.get": Method(reactions.get, "reactions:read", (), 3),
    "reactions.list": Method(reactions.list_, "reactions:read", (), 2),
    "reactions.remove": Method(reactions.remove, "reactions:write", ("name",), 2),
    "team.info": Method(people.team_info, "team:read", (), 3),
    "usergroups.create": Method(usergroups.create, "usergroups:write", ("name",), 2),
    "usergroups.list": Method(usergroups.list_, "usergroups:read", (), 2),
    "usergroups.users.list": Method(usergroups.users_list, "usergroups:read", ("usergroup",), 2),
    "usergroups.update": Method(usergroups.update, "usergroups:write", ("usergroup",), 2),
    "usergroups.users.update": Method(usergroups.users_update, "usergroups:write", ("usergroup", "users"), 2),
    "users.conversations": Method(conversations.of_somebody, None, (), 3),
    "users.getPresence": Method(people.users_get_presence, "users:read", (), 3),
    "users.info": Method(people.users_info, "users:read", ("user",), 4),
    "users.list": Method(people.users_list, "users:read", (), 2),
    "users.lookupByEmail": Method(people.users_lookup_by_email, "users:read.email", ("email",), 3),
    "users.profile.get": Method(people.users_profile_get, "users.profile:read", (), 4),
    "users.profile.set": Method(people.users_profile_set, None, (), 3),
    "users.setPresence": Method(people.users_set_presence, "users:write", ("presence",), 2),
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
        if not method.no_token:
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
