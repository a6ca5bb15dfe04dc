"""Several workspaces behind one Web API, and Slack's own page on which somebody installs the app in one of them."""

import base64
import secrets
from collections.abc import Collection, Sequence
from dataclasses import replace
from html import escape
from urllib.parse import urlencode

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Mount, Route

from sandbox.errors import SlackError
from sandbox.messages import File, JsonObject
from sandbox.requests import arguments
from sandbox.server import Sandbox

ROTATED_SECONDS = 12 * 60 * 60
_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Install {app}</title>
<h1>{app} wants to be in your Slack</h1><p>It may: {scopes}.</p>
<form><input type="hidden" name="client_id" value="{client_id}"><input type="hidden" name="state" value="{state}">
<input type="hidden" name="redirect_uri" value="{redirect_uri}"><input type="hidden" name="scope" value="{scopes}">
<label>Workspace <select name="team">{teams}</select></label>
<button name="answer" value="allow">Allow</button> <button name="answer" value="deny">Cancel</button></form></html>"""


class Federation:
    """A token says which workspace a call is of. `rotates`: tokens end, and are replaced by the app.

    The app is installed in none of them at first, but for those that are named. Those of one organisation (a Grid)
    may have it by themselves, or by the organisation as a whole, with one token.
    """

    def __init__(
        self,
        sandboxes: Sequence[Sandbox],
        client_id: str,
        client_secret: str,
        redirect_uri: str = "",
        *,
        rotates: bool = False,
        installed: Collection[str] = (),
    ) -> None:
        self.sandboxes = {one.workspace.team.id: one for one in sandboxes}
        self._client = (client_id, client_secret)
        self.redirect_uri = redirect_uri
        self._rotates = rotates
        self._codes: dict[str, tuple[str, str]] = {}
        self._refreshing: dict[str, str] = {}
        files: dict[str, dict[str, File]] = {}
        _list_in_all(sandboxes)
        for one in sandboxes:
            if (
                organisation := one.workspace.team.enterprise_id
            ):  # it has the files, whichever workspace they are in
                one.workspace.files = files.setdefault(organisation, one.workspace.files)
            if one.workspace.team.id not in installed:
                one.workspace.app = replace(one.workspace.app, bot_token="")
        self.app = Starlette(
            routes=[
                Route("/oauth/v2/authorize", self._authorize),
                Route("/api/oauth.v2.access", self._access, methods=["POST"]),
                Route("/api/{method}", self._call, methods=["GET", "POST"]),
                *(Mount(f"/{team_id}", one.app) for team_id, one in self.sandboxes.items()),
            ]
        )

    def has_app(self, team_id: str) -> bool:
        """Whether the app is installed there, with a token that is worth something."""
        workspace = self.sandboxes[team_id].workspace
        return workspace.app.bot_token not in {"", *workspace.revoked_tokens}

    async def revoke(self, team_id: str) -> None:
        """The app's token is worth nothing from now on, wherever it served, and an event tells the app."""
        sandbox = self.sandboxes[team_id]
        app = sandbox.workspace.app
        for one in self._holders(app.bot_token):
            one.workspace.revoked_tokens.add(app.bot_token)
        tokens = {"oauth": [], "bot": [app.bot_user_id]}
        await sandbox.deliver_event({"type": "tokens_revoked", "tokens": tokens})

    async def uninstall(self, team_id: str) -> None:
        """As a workspace's admin does: its token is revoked, and one more event tells the app."""
        await self.revoke(team_id)
        await self.sandboxes[team_id].deliver_event({"type": "app_uninstalled"})

    async def _authorize(self, request: Request) -> Response:
        asked = request.query_params
        if asked.get("client_id") != self._client[0] or asked.get("redirect_uri") not in (
            None,
            self.redirect_uri,
        ):
            return HTMLResponse("Something went wrong: bad client_id or redirect_uri", 400)
        back = {"state": asked.get("state", "")}
        match asked.get("answer"):
            case "allow" if self._of(asked.get("team", "")):
                code = secrets.token_urlsafe(12)
                user = asked.get("user") or self._owner(asked["team"])
                self._codes[code] = (asked["team"], user)
                return RedirectResponse(f"{self.redirect_uri}?{urlencode(back | {'code': code})}")
            case "deny":
                back["error"] = "access_denied"
                return RedirectResponse(f"{self.redirect_uri}?{urlencode(back)}")
        return HTMLResponse(self._page(asked.get("state", ""), asked.get("scope", "")))

    def _page(self, state: str, scopes: str) -> str:
        app = next(iter(self.sandboxes.values())).workspace.app
        teams = [one.workspace.team for one in self.sandboxes.values()]
        accounts = {team.id: team.name for team in teams}
        accounts |= {grid["id"]: grid["name"] for team in teams if (grid := team.enterprise())}
        return _PAGE.format(
            app=escape(app.name),
            scopes=escape(scopes, quote=True),
            state=escape(state, quote=True),
            client_id=escape(self._client[0], quote=True),
            redirect_uri=escape(self.redirect_uri, quote=True),
            teams="".join(
                f'<option value="{each}">{escape(name)}</option>' for each, name in accounts.items()
            ),
        )

    def _of(self, account_id: str) -> list[Sandbox]:
        """The workspace, or those of the organisation."""
        teams = ((one, one.workspace.team) for one in self.sandboxes.values())
        return [one for one, team in teams if account_id and account_id in (team.id, team.enterprise_id)]

    def _owner(self, account_id: str) -> str:
        users = self._of(account_id)[0].workspace.users.values()
        return next(user.id for user in users if user.is_owner)

    async def _access(self, request: Request) -> Response:
        try:
            return JSONResponse({"ok": True, **self._tokens(request, await arguments(request))})
        except SlackError as refusal:
            return JSONResponse(refusal.to_json())

    def _tokens(self, request: Request, args: JsonObject) -> JsonObject:
        if (_basic(request) or (args.get("client_id"), args.get("client_secret"))) != self._client:
            raise SlackError("invalid_client_id")
        if args.get("grant_type") == "refresh_token":
            team_id = self._refreshing.pop(str(args.get("refresh_token")), None)
            if team_id is None:
                raise SlackError("invalid_refresh_token")
            return self._given(team_id)
        team_id, user_id = self._codes.pop(str(args.get("code")), ("", ""))
        if not team_id:
            raise SlackError("invalid_code")
        return self._given(team_id) | {"authed_user": {"id": user_id}}

    def _given(self, account_id: str) -> JsonObject:
        """New tokens of the workspace or organisation; the bot's old one is worth nothing any more."""
        token, is_org_wide = f"xoxb-{account_id}-{secrets.token_hex(8)}", account_id not in self.sandboxes
        for one in self._of(account_id):
            workspace = one.workspace
            if workspace.app.bot_token:
                workspace.revoked_tokens.add(workspace.app.bot_token)
            workspace.app = replace(workspace.app, bot_token=token, is_org_wide=is_org_wide)
        app, team = workspace.app, workspace.team
        given: JsonObject = {
            "access_token": token,
            "token_type": "bot",
            "scope": ",".join(app.scopes),
            "bot_user_id": app.bot_user_id,
            "app_id": app.id,
            "team": None if is_org_wide else {"id": account_id, "name": team.name},
            "enterprise": team.enterprise(),
            "is_enterprise_install": is_org_wide,
        }
        if self._rotates:
            refresh = f"xoxe-{secrets.token_hex(8)}"
            self._refreshing[refresh] = account_id
            given |= {"refresh_token": refresh, "expires_in": ROTATED_SECONDS}
        return given

    async def _call(self, request: Request) -> Response:
        holders = self._holders(request.headers.get("authorization", "").partition(" ")[2])
        if len(holders) > 1:
            args = await arguments(request)
            holders = [one for one in holders if one.is_meant(args)] or holders
        if holders:
            return await holders[0].call(request)
        known = request.path_params["method"] == "api.test"
        return JSONResponse({"ok": True} if known else {"ok": False, "error": "invalid_auth"})

    def _holders(self, token: str) -> list[Sandbox]:
        """The workspaces that the token serves, or served: several where an organisation has it."""
        apps = ((one, one.workspace) for one in self.sandboxes.values() if token)
        return [one for one, known in apps if token in {known.app.bot_token, *known.revoked_tokens}]


def _list_in_all(sandboxes: Sequence[Sandbox]) -> None:
    """A person of an organisation is listed in every workspace of it that knows them."""
    for one in sandboxes:
        organisation = one.workspace.team.enterprise_id
        beside = [each.workspace for each in sandboxes if each.workspace.team.enterprise_id == organisation]
        for user in one.workspace.users.values() if organisation else ():
            user.teams = user.teams or tuple(each.team.id for each in beside if user.id in each.users)


def _basic(request: Request) -> tuple[str, str] | None:
    kind, _, coded = request.headers.get("authorization", "").partition(" ")
    if kind.lower() != "basic":
        return None
    client_id, _, secret = base64.b64decode(coded).decode().partition(":")
    return client_id, secret
