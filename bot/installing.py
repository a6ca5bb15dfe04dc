"""Installing the app from a browser, by Bolt's OAuth flow with a store of ours; and tokens that are replaced."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from logging import Logger
from typing import Any
from urllib.parse import urljoin

import structlog
from aiohttp import ClientError
from slack_bolt.adapter.starlette.async_handler import to_async_bolt_request, to_starlette_response
from slack_bolt.error import BoltError
from slack_bolt.oauth.async_callback_options import AsyncCallbackOptions, AsyncFailureArgs, AsyncSuccessArgs
from slack_bolt.oauth.async_oauth_flow import AsyncOAuthFlow
from slack_bolt.oauth.async_oauth_settings import AsyncOAuthSettings
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.errors import SlackApiError
from slack_sdk.oauth.installation_store import Installation as SlackInstallation
from slack_sdk.oauth.installation_store.async_installation_store import AsyncInstallationStore
from slack_sdk.oauth.state_store.async_state_store import AsyncOAuthStateStore
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from billing import Actor, Billing
from billing.i18n import Translator, language_of
from billing.ports import CipherFault
from billing.rate_limits import RateLimit
from billing.services import audit, installations
from billing.services.installations import VIA_INSTALL
from billing.values.installations import Installation, Tokens
from bot import browser_pages, i18n
from bot.desks import Desks
from bot.runner import in_thread
from bot.settings import SCOPES, BotSettings
from bot.slack_errors import error_name

# Of one address: more than a person who has trouble needs.
MAX_BEGUN, A_MINUTE = 20, 60
log = structlog.get_logger()


class States(AsyncOAuthStateStore):
    """Bolt's store of states: each counts once, for ten minutes."""

    def __init__(self, billing: Billing) -> None:
        self._billing = billing

    @property
    def logger(self) -> Logger:
        return logging.getLogger(__name__)

    async def async_issue(self, *_: Any, **__: Any) -> str:
        return await in_thread(installations.issue_state, self._billing)

    async def async_consume(self, state: str) -> bool:
        return await in_thread(installations.consume_state, self._billing, state)


class Store(AsyncInstallationStore):
    """Bolt's store of installations; who is served from it are the desks."""

    def __init__(self, billing: Billing, desks: Desks) -> None:
        self._billing, self._desks = billing, desks

    @property
    def logger(self) -> Logger:
        return logging.getLogger(__name__)

    async def async_save(self, installation: SlackInstallation) -> None:
        """Keeps it and serves it from now on. Raises BoltError where it cannot be kept."""
        try:
            kept = await self._kept(installation)
            await in_thread(installations.keep, self._billing, kept)
        except (CipherFault, SQLAlchemyError, SlackApiError) as fault:
            log.error("an installation could not be kept", why=type(fault).__name__)
            raise BoltError("the installation could not be kept") from None
        await self._desks.follow()

    async def _kept(self, of: SlackInstallation) -> Installation:
        assert of.bot_token is not None
        workspace_id = None if of.is_enterprise_install else of.team_id
        tokens = Tokens(of.bot_token, of.bot_refresh_token, _end_of(of, self._billing.clock()))
        team = (await self._desks.client(of.bot_token).team_info())["team"] if workspace_id else {}
        account_id = workspace_id or of.enterprise_id
        assert account_id is not None
        return Installation(
            account_id=account_id,
            name=team.get("name") or of.enterprise_name or account_id,
            language=language_of(team.get("locale")),
            tokens=tokens,
            workspace_id=workspace_id,
            organisation_id=of.enterprise_id,
            bot_user_id=of.bot_user_id or "",
            scopes=tuple(of.bot_scopes or ()),
            installed_by=of.user_id,
        )


class Installing:
    """`/slack/install` and `/slack/oauth_redirect`, and the replacing of tokens before they end."""

    def __init__(self, billing: Billing, settings: BotSettings, desks: Desks) -> None:
        self._billing, self._desks = billing, desks
        self._client = desks.client("")
        self._client_id = settings.slack_client_id
        self._secret = settings.slack_client_secret.get_secret_value()
        self._begun = RateLimit(MAX_BEGUN, A_MINUTE)
        self._flow = AsyncOAuthFlow(
            client=self._client,
            settings=AsyncOAuthSettings(
                client_id=self._client_id,
                client_secret=self._secret,
                scopes=sorted(SCOPES),
                redirect_uri=settings.slack_redirect_url or None,
                install_page_rendering_enabled=False,
                authorization_url=urljoin(settings.slack_api_url, "../oauth/v2/authorize"),
                installation_store=Store(billing, desks),
                state_store=States(billing),
                callback_options=AsyncCallbackOptions(success=self._installed, failure=self._not_installed),
            ),
        )

    async def redirect(self, request: Request) -> Response:
        """To Slack's page, where a person chooses the workspace."""
        if not self._begun.allows(request.client.host if request.client else ""):
            return _page(request, "too_many", 429)
        try:
            asked = to_async_bolt_request(request, b"")
            return to_starlette_response(await self._flow.handle_installation(asked))
        except SQLAlchemyError:
            return _page(request, "storage_error", 503)

    async def come_back(self, request: Request) -> Response:
        """From there, with a code for the tokens, or without."""
        try:
            asked = to_async_bolt_request(request, b"")
            return to_starlette_response(await self._flow.handle_callback(asked))
        except (SQLAlchemyError, ClientError, TimeoutError) as trouble:
            log.error("an installation could not be finished", why=type(trouble).__name__)
            return _page(request, "storage_error", 503)

    async def refresh(self) -> None:
        """Replaces the tokens that end soon, each by one process alone."""
        for account_id in await in_thread(installations.to_refresh, self._billing):
            try:
                await self._refresh(account_id)
            except (SlackApiError, CipherFault) as fault:
                why = error_name(fault) if isinstance(fault, SlackApiError) else str(fault)
                log.error("a token was not replaced", account=account_id, error=why)

    async def _refresh(self, account_id: str) -> None:
        token = await in_thread(installations.claim_to_refresh, self._billing, account_id)
        if token is None:
            return
        answer = await self._client.oauth_v2_access(
            client_id=self._client_id,
            client_secret=self._secret,
            grant_type="refresh_token",
            refresh_token=token,
        )
        ends = self._billing.clock() + timedelta(seconds=int(answer["expires_in"]))
        fresh = Tokens(answer["access_token"], answer["refresh_token"], ends)
        await in_thread(installations.keep_tokens, self._billing, account_id, fresh, token)
        await self._desks.follow()

    async def _installed(self, args: AsyncSuccessArgs) -> BoltResponse:
        one, t = args.installation, _words_for(args.request)
        name = one.team_name or one.enterprise_name or ""
        return _answer(200, browser_pages.installed(name, one.team_id, one.app_id, t), self._flow)

    async def _not_installed(self, args: AsyncFailureArgs) -> BoltResponse:
        t = _words_for(args.request)
        if args.reason != "access_denied":
            nobody = Actor("", "", VIA_INSTALL)
            await in_thread(
                audit.record_refusal, self._billing, nobody, "workspace.install", args.reason[:60]
            )
        return _answer(args.suggested_status_code, browser_pages.not_installed(args.reason, t), self._flow)


def _end_of(of: SlackInstallation, now: datetime) -> datetime | None:
    """When the token ends, by our clock: Bolt keeps it by the machine's. None where tokens do not end."""
    if of.bot_token_expires_at is None:
        return None
    return now + timedelta(seconds=of.bot_token_expires_at - of.installed_at)


def _words_of(accepted: str | None) -> Translator:
    """In the first language of the browser, where it is ours."""
    return i18n.words(language_of(accepted))


def _words_for(request: AsyncBoltRequest) -> Translator:
    """The same as Bolt reads headers: each may have come several times."""
    accepted = request.headers.get("accept-language")
    return _words_of(accepted[0] if accepted else None)


def _page(request: Request, reason: str, status: int) -> Response:
    t = _words_of(request.headers.get("accept-language"))
    return HTMLResponse(browser_pages.not_installed(reason, t), status)


def _answer(status: int, page: str, flow: AsyncOAuthFlow) -> BoltResponse:
    """The page; the state in the browser's cookie is used up."""
    cookie = flow.settings.state_utils.build_set_cookie_for_deletion()
    headers: dict[str, str | Sequence[str]] = {
        "Content-Type": ["text/html; charset=utf-8"],
        "Set-Cookie": [cookie],
    }
    return BoltResponse(status=status, body=page, headers=headers)
