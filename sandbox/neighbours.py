"""Workspaces beside one another: a page for each, and what each page shows of the others."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.federation import Federation
from sandbox.requests import json_object
from sandbox.serving import serving


class Neighbours:
    """The workspaces of a federation as their pages show them. `urls` are the pages', by the workspace."""

    def __init__(self, federation: Federation, urls: dict[str, str]) -> None:
        self._federation, self.urls = federation, urls
        self.install_url = ""
        for sandbox in federation.sandboxes.values():
            sandbox.add_routes(self._routes())

    def meet(self, bot_url: str) -> None:
        """The app is there: what is sent to it goes there, and who installs it begins and ends there."""
        self.install_url = f"{bot_url}/slack/install"
        self._federation.redirect_uri = f"{bot_url}/slack/oauth_redirect"
        for sandbox in self._federation.sandboxes.values():
            sandbox.events_url = f"{bot_url}/slack/events"

    def _routes(self) -> list[Route]:
        return [
            Route("/_control/workspaces", self._shown),
            Route("/_control/uninstall", self._uninstall, methods=["POST"]),
            Route("/_control/revoke", self._revoke, methods=["POST"]),
        ]

    async def _shown(self, _request: Request) -> Response:
        workspaces = [
            {
                "id": team_id,
                "name": sandbox.workspace.team.name,
                "organisation": sandbox.workspace.team.enterprise_id,
                "url": self.urls[team_id],
                "installed": self._federation.has_app(team_id),
            }
            for team_id, sandbox in self._federation.sandboxes.items()
        ]
        return JSONResponse({"workspaces": workspaces, "install_url": self.install_url})

    async def _uninstall(self, request: Request) -> Response:
        return await self._taken_out(request, whole=True)

    async def _revoke(self, request: Request) -> Response:
        return await self._taken_out(request, whole=False)

    async def _taken_out(self, request: Request, *, whole: bool) -> Response:
        team_id = json_object(await request.body()).get("team", next(iter(self._federation.sandboxes)))
        if team_id not in self._federation.sandboxes:
            return JSONResponse({"ok": False, "error": "team_not_found"}, 404)
        if not self._federation.has_app(team_id):
            return JSONResponse({"ok": False, "error": "not_installed"}, 404)
        await (self._federation.uninstall(team_id) if whole else self._federation.revoke(team_id))
        return JSONResponse({"ok": True})


@asynccontextmanager
async def served(
    federation: Federation, urls: dict[str, str] | None = None
) -> AsyncIterator[tuple[str, Neighbours]]:
    """Serves the Web API of all, and a page for each that has none yet; answers the API's address and the pages."""
    async with AsyncExitStack() as stack:
        front = await stack.enter_async_context(serving(federation.app, 0))
        pages = dict(urls or {})
        for team_id, sandbox in federation.sandboxes.items():
            if team_id not in pages:
                page = serving(sandbox.app, 0, before_stop=sandbox.close_streams)
                pages[team_id] = await stack.enter_async_context(page)
            sandbox.public_url = f"{front}/{team_id}"
        yield front, Neighbours(federation, pages)
