"""The bodies of what Slack sends to the app, key for key."""

import secrets
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from sandbox.ids import new_id
from sandbox.messages import JsonObject, Message
from sandbox.people import Channel, User
from sandbox.workspace import Workspace

# Slack's old way to prove itself, from before the signature; it still sends it along.
VERIFICATION_TOKEN = "sandbox"  # noqa: S105


def slash_command(
    workspace: Workspace,
    user: User,
    channel: Channel,
    command: str,
    text: str,
    response_url: str,
    trigger_id: str,
) -> dict[str, str]:
    """The form of a slash command."""
    return {
        "token": VERIFICATION_TOKEN,
        "team_id": workspace.team.id,
        "team_domain": workspace.team.domain,
        "channel_id": channel.id,
        "channel_name": channel.slack_name,
        "user_id": user.id,
        "user_name": user.name,
        "command": command,
        "text": text,
        "api_app_id": workspace.app.id,
        "is_enterprise_install": str(workspace.app.is_org_wide).lower(),
        **_grid_of(workspace),
        "response_url": response_url,
        "trigger_id": trigger_id,
    }


def _grid_of(workspace: Workspace) -> dict[str, str]:
    grid = workspace.team.enterprise()
    return {"enterprise_id": grid["id"], "enterprise_name": grid["name"]} if grid else {}


def _interaction(workspace: Workspace, user: User, kind: str) -> JsonObject:
    team = {"id": workspace.team.id, "domain": workspace.team.domain} | _grid_of(workspace)
    home = user.home_team(workspace.team)
    return {
        "type": kind,
        "team": team,
        "user": {"id": user.id, "username": user.name, "name": user.name, "team_id": home},
        "api_app_id": workspace.app.id,
        "token": VERIFICATION_TOKEN,
        "enterprise": workspace.team.enterprise(),
        "is_enterprise_install": workspace.app.is_org_wide,
    }


def _of_the_grid(workspace: Workspace, payload: JsonObject) -> JsonObject:
    """In a Grid some deliveries call the organisation the person's own team."""
    if workspace.team.enterprise_id:
        payload["user"]["team_id"] = workspace.team.enterprise_id
    return payload


def _block_actions(workspace: Workspace, user: User, trigger_id: str, action: JsonObject) -> JsonObject:
    action = {**action, "action_ts": moment(workspace)}
    return _interaction(workspace, user, "block_actions") | {"trigger_id": trigger_id, "actions": [action]}


def action_in_view(
    workspace: Workspace, user: User, trigger_id: str, action: JsonObject, view: JsonObject
) -> JsonObject:
    """A click in a modal or Home."""
    container = {"type": "view", "view_id": view["id"]}
    payload = _block_actions(workspace, user, trigger_id, action) | {"container": container, "view": view}
    return _of_the_grid(workspace, payload) if view["type"] == "home" else payload


def action_on_message(
    workspace: Workspace, user: User, trigger_id: str, action: JsonObject, message: Message, response_url: str
) -> JsonObject:
    """A click on a message; what an ephemeral message said is not told, as in Slack."""
    channel = workspace.channels[message.channel]
    container: dict[str, Any] = {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": channel.id,
        "is_ephemeral": message.ephemeral_to is not None,
    }
    if message.thread_ts:
        container["thread_ts"] = message.thread_ts
    payload = _block_actions(workspace, user, trigger_id, action) | {
        "container": container,
        "channel": {"id": channel.id, "name": channel.slack_name},
        "response_url": response_url,
    }
    if message.ephemeral_to is None:
        payload["message"] = workspace.written(message)
    return payload


def block_suggestion(
    workspace: Workspace, user: User, asked: JsonObject, view: JsonObject | None, message: Message | None
) -> JsonObject:
    """The question of an external_select for its options; `asked` has block_id, action_id and value."""
    payload = _of_the_grid(workspace, _interaction(workspace, user, "block_suggestion") | asked)
    if view is not None:
        return payload | {"container": {"type": "view", "view_id": view["id"]}, "view": view}
    if message is None:
        raise ValueError("A select stands in a view or in a message.")
    channel = workspace.channels[message.channel]
    return payload | {
        "container": {"type": "message", "message_ts": message.ts, "channel_id": channel.id},
        "channel": {"id": channel.id, "name": channel.slack_name},
        "message": workspace.written(message),
    }


def view_submission(
    workspace: Workspace,
    user: User,
    trigger_id: str,
    view: JsonObject,
    response_urls: Sequence[JsonObject] = (),
) -> JsonObject:
    """A submitted modal."""
    about = {"trigger_id": trigger_id, "view": view, "response_urls": list(response_urls)}
    return _interaction(workspace, user, "view_submission") | about


def view_closed(workspace: Workspace, user: User, view: JsonObject, *, cleared: bool) -> JsonObject:
    """A modal that the person closed."""
    return _interaction(workspace, user, "view_closed") | {"view": view, "is_cleared": cleared}


def shortcut(workspace: Workspace, user: User, trigger_id: str, callback_id: str) -> JsonObject:
    """A global shortcut."""
    about = {"trigger_id": trigger_id, "callback_id": callback_id, "action_ts": moment(workspace)}
    return _interaction(workspace, user, "shortcut") | about


def message_shortcut(
    workspace: Workspace, user: User, trigger_id: str, callback_id: str, message: Message, response_url: str
) -> JsonObject:
    """A shortcut of a message's menu."""
    channel = workspace.channels[message.channel]
    payload = _interaction(workspace, user, "message_action") | {
        "callback_id": callback_id,
        "trigger_id": trigger_id,
        "message_ts": message.ts,
        "message": workspace.written(message),
        "channel": {"id": channel.id, "name": channel.slack_name},
        "response_url": response_url,
        "action_ts": moment(workspace),
    }
    # Slack's oldest interaction lacks what the others have.
    del payload["api_app_id"], payload["user"]["username"]
    return payload


def event(workspace: Workspace, inner: JsonObject) -> JsonObject:
    """An event in its envelope."""
    return {
        "token": VERIFICATION_TOKEN,
        "team_id": workspace.team.id,
        "api_app_id": workspace.app.id,
        "type": "event_callback",
        "authorizations": [
            {
                "enterprise_id": workspace.team.enterprise_id or None,
                "team_id": None if workspace.app.is_org_wide else workspace.team.id,
                "user_id": workspace.app.bot_user_id,
                "is_bot": True,
                "is_enterprise_install": workspace.app.is_org_wide,
            }
        ],
        "is_ext_shared_channel": False,
        "event_id": new_id("Ev"),
        "event_time": int(workspace.clock().timestamp()),
        "event_context": f"4-{secrets.token_urlsafe(24)}",
        "event": inner,
    }


def app_home_opened(workspace: Workspace, user: User, tab: str = "home") -> JsonObject:
    """Somebody opened the app's Home; the view is told once there is one."""
    inner = {
        "type": "app_home_opened",
        "user": user.id,
        "channel": workspace.direct_messages(user.id).id,
        "tab": tab,
        "event_ts": moment(workspace),
    }
    home = workspace.views.homes.get(user.id)
    return event(workspace, inner | ({"view": home} if home else {}))


def entity_details_requested(
    workspace: Workspace, user: User, message: Message, attachment: JsonObject, trigger_id: str
) -> JsonObject:
    """Somebody opened the Work Object under a message."""
    entity, link = attachment["entity"], attachment["from_url"]
    inner = {
        "type": "entity_details_requested",
        "user": user.id,
        "external_ref": entity["external_ref"],
        "entity_url": entity["url"],
        "link": {"url": link, "domain": urlsplit(link).hostname},
        "app_unfurl_url": link,
        "trigger_id": trigger_id,
        "user_locale": user.locale,
        "channel": message.channel,
        "message_ts": message.ts,
        "event_ts": moment(workspace),
    }
    return event(workspace, inner | ({"thread_ts": message.thread_ts} if message.thread_ts else {}))


def user_change(workspace: Workspace, user: User, kind: str = "user_change") -> JsonObject:
    """Somebody's profile or role changed; Slack has narrower names (`kind`) for the same event."""
    now = workspace.clock()
    with_email = "users:read.email" in workspace.app.scopes
    written = user.to_slack(workspace.team, now=now, with_email=with_email, with_locale=True)
    inner = {"type": kind, "user": written, "cache_ts": int(now.timestamp())}
    return event(workspace, inner | {"event_ts": moment(workspace)})


def channel_change(workspace: Workspace, channel: Channel, kind: str, /, **about: Any) -> JsonObject:
    """Something happened to a channel: it was archived, renamed or shared, or the app came or left."""
    return event(workspace, {"type": kind, "channel": channel.id, **about, "event_ts": moment(workspace)})


def moment(workspace: Workspace) -> str:
    """Now, as Slack writes it."""
    return f"{workspace.clock().timestamp():.6f}"
