"""The link in the mail to an address that is to become a billing contact: a page that asks, a button that confirms.

Mail servers follow links to see where they lead, so looking changes nothing. The link holds the code of that mail: it
stands in no log of ours, is good once and for seven days, and opens nothing but this.
"""

from __future__ import annotations

from collections.abc import Callable

import structlog
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from billing import Billing
from billing.i18n import language_of
from billing.rate_limits import RateLimit
from billing.services import contact_links
from billing.values.contacts import LINKS
from billing.values.errors import Refusal
from billing.values.snapshots import LinkedContact
from bot import browser_pages
from bot.i18n import words
from bot.runner import in_thread

# Of one address: more than a person needs, and their mail server.
MAX_ASKED, A_MINUTE = 30, 60
# The address of the page is a secret: no copy of it, and no other page is told where its reader came from.
SECRET = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
Act = Callable[[Billing, str, str, str], LinkedContact | None]
log = structlog.get_logger()


class Confirming:
    """The routes of such links."""

    def __init__(self, billing: Billing) -> None:
        self._billing = billing
        self._asked = RateLimit(MAX_ASKED, A_MINUTE)
        place = f"{LINKS}{{workspace}}/{{contact}}/{{code}}"
        self.routes = [Route(place, self.ask, methods=["GET"]), Route(place, self.confirm, methods=["POST"])]

    async def ask(self, request: Request) -> Response:
        """Who gets which mail, with a button. Nothing is changed."""
        return await self._answer(request, contact_links.look_at, browser_pages.to_confirm)

    async def confirm(self, request: Request) -> Response:
        """The button was pressed."""
        return await self._answer(request, contact_links.confirm, browser_pages.confirmed)

    async def _answer(self, request: Request, act: Act, page: Callable[..., str]) -> Response:
        t = words(language_of(request.headers.get("accept-language")))
        if not self._asked.allows(request.client.host if request.client else ""):
            return HTMLResponse(browser_pages.not_now(t), 429, SECRET)
        named = (request.path_params[name] for name in ("workspace", "contact", "code"))
        try:
            contact = await in_thread(act, self._billing, *named)
        except (Refusal, SQLAlchemyError) as trouble:
            log.error("the link of a contact could not be used", why=type(trouble).__name__)
            return HTMLResponse(browser_pages.not_now(t), 503, SECRET)
        if contact is None:
            return HTMLResponse(browser_pages.link_used(t), 404, SECRET)
        return HTMLResponse(page(contact, t), headers=SECRET)
