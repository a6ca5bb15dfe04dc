"""The address that comes with a gesture, at which it is answered: five times, for half an hour."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import orjson
import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.data_blocks import has_data, in_plain
from bot.slack_errors import BAD_BLOCKS

JSON = {"Content-Type": "application/json"}
log = structlog.get_logger()


async def respond(slack: AsyncWebClient, url: str, payload: Mapping[str, Any]) -> bool:
    """Answers there, without tables and charts where the workspace takes none. Says whether it was taken."""
    if not is_slack_s(url, slack.base_url):
        log.warning("no address of Slack's to answer at")
        return False
    status, said = await _post(slack, url, payload)
    if BAD_BLOCKS in said and has_data(payload.get("blocks")):
        status, said = await _post(slack, url, {**payload, "blocks": in_plain(payload["blocks"])})
    if status != HTTPStatus.OK:
        log.warning("reply not taken", status=status)
    return status == HTTPStatus.OK


async def _post(slack: AsyncWebClient, url: str, payload: Mapping[str, Any]) -> tuple[int, str]:
    """The status, and the words of a refusal."""
    session = slack.session
    assert session is not None
    body = orjson.dumps(payload)  # a card has ten kilobytes
    async with session.post(url, data=body, headers=JSON, allow_redirects=False) as answer:
        is_taken = answer.status == HTTPStatus.OK
        return answer.status, "" if is_taken else await answer.text(errors="replace")


def is_slack_s(url: str, api_url: str) -> bool:
    """Whether what is said there reaches Slack alone: the host of its API, or one below it by https."""
    try:
        at, api = urlsplit(url), urlsplit(api_url)
    except ValueError:
        return False
    if (at.scheme, at.netloc) == (api.scheme, api.netloc):
        return True
    return at.scheme == "https" and (at.hostname or "").endswith(f".{api.hostname}")
