"""Each request of the API as a span: its method, route and status, and nothing of what it asks about."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from billing import traces


class Traced:
    """Around the API: the route is known, and what is wrong is answered, within it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def note_status(message: Message) -> None:
            if message["type"] == "http.response.start":
                traces.note(status=message["status"])
            await send(message)

        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        with traces.span("api request", "server", method=scope["method"]):
            await self._app(scope, receive, note_status)
            if (route := scope.get("route")) is not None:
                traces.note(route=route.path)
