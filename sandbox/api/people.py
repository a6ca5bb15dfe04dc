"""auth.*, users.*, team.* and bots.*: who is who."""

from sandbox.api.call import Call
from sandbox.errors import SlackError
from sandbox.messages import JsonObject
from sandbox.people import User


def api_test(call: Call) -> JsonObject:
    """api.test: whether the wire holds; it says `error` when it is given one."""
    if error := call.text("error"):
        raise SlackError(error, args=call.args)
    return {"args": call.args}


def auth_test(call: Call) -> JsonObject:
    """auth.test: whose token this is."""
    workspace = call.workspace
    return {
        "url": f"https://{workspace.team.domain}.slack.com/",
        "team": workspace.team.name,
        "user": workspace.users[workspace.app.bot_user_id].name,
        "team_id": workspace.team.id,
        "user_id": workspace.app.bot_user_id,
        "bot_id": workspace.app.bot_id,
        "is_enterprise_install": False,
        **({"enterprise_id": workspace.team.enterprise_id} if workspace.team.enterprise_id else {}),
    }


def auth_revoke(call: Call) -> JsonObject:
    """auth.revoke: this token works no more; with `test` it is only asked whether it could be."""
    if call.flag("test"):
        return {"revoked": False}
    call.workspace.revoked_tokens.add(call.workspace.app.bot_token)
    return {"revoked": True}


def users_info(call: Call) -> JsonObject:
    """users.info: one person; the language when asked for, the address with users:read.email."""
    return {"user": _written(call, call.user())}


def users_lookup_by_email(call: Call) -> JsonObject:
    """users.lookupByEmail: whose address this is."""
    email = call.text("email").lower()
    for user in call.workspace.users.values():
        if email == user.email.lower() and not user.deleted:
            return {"user": _written(call, user)}
    raise SlackError("users_not_found")


def users_profile_get(call: Call) -> JsonObject:
    """users.profile.get: somebody's profile, or the app's own."""
    if not call.text("user"):
        return {"profile": _written(call, call.workspace.users[call.workspace.app.bot_user_id])["profile"]}
    return {"profile": _written(call, call.user())["profile"]}


def users_profile_set(_call: Call) -> JsonObject:
    """users.profile.set: people write profiles with their own tokens; with an app's nobody does."""
    raise SlackError("not_allowed_token_type")


def users_get_presence(call: Call) -> JsonObject:
    """users.getPresence: whether somebody is there; here everybody is who was not deactivated, or said to be away."""
    user = call.user() if call.text("user") else call.workspace.users[call.workspace.app.bot_user_id]
    return {"presence": "away" if user.deleted or user.is_away else "active"}


def users_set_presence(call: Call) -> JsonObject:
    """users.setPresence: whether the app is there."""
    if call.text("presence") not in ("auto", "away"):
        raise SlackError("invalid_presence")
    call.workspace.users[call.workspace.app.bot_user_id].is_away = call.text("presence") == "away"
    return {}


def users_list(call: Call) -> JsonObject:
    """users.list: everybody, on one page unless `limit` says otherwise."""
    everybody = list(call.workspace.users.values())
    shown, cursor = call.page(everybody, default=len(everybody))
    members = [_written(call, user) for user in shown]
    for member in members:
        del member["is_stranger"]  # only users.info says so
    now = int(call.workspace.clock().timestamp())
    return {"members": members, "cache_ts": now, "response_metadata": {"next_cursor": cursor}}


def team_info(call: Call) -> JsonObject:
    """team.info: the workspace."""
    team = call.workspace.team
    icon = {"image_default": True}
    about = {"id": team.id, "name": team.name, "domain": team.domain, "email_domain": "", "icon": icon}
    return {"team": about | {"locale": team.locale, "url": f"https://{team.domain}.slack.com/"}}


def bots_info(call: Call) -> JsonObject:
    """bots.info: the app as a bot."""
    app = call.workspace.app
    if call.text("bot") not in ("", app.bot_id):
        raise SlackError("bot_not_found")
    about = {"id": app.bot_id, "deleted": False, "name": app.name, "app_id": app.id}
    return {"bot": about | {"user_id": app.bot_user_id, "updated": 0, "icons": {}}}


def _written(call: Call, user: User) -> JsonObject:
    return user.to_slack(
        call.workspace.team,
        now=call.workspace.clock(),
        with_email="users:read.email" in call.workspace.app.scopes,
        with_locale=call.flag("include_locale"),
    )
