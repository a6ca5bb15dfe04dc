"""The client of Slack's Web API: what is posted is waited for as long as Slack's own clients do, all else briefly."""

from __future__ import annotations

from typing import Any

import structlog
from aiohttp import ClientSession, ClientTimeout
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from billing import traces
from billing.calls import calling
from bot.data_blocks import has_data, in_plain
from bot.slack_errors import BAD_BLOCKS, error_name

# What is repeated after this does no harm. Less than a form waits for its answer: that then stands in the form.
SECONDS = 2.0
# What was posted stands there, however late its answer comes: it must not be posted again for want of patience.
POST_SECONDS = 30.0
log = structlog.get_logger()
POSTS = ("chat.postMessage", "files.completeUploadExternal")


class SlackClient(AsyncWebClient):
    """Nothing is repeated by itself: the stock retry handler posts a message twice when a connection is reset."""

    def __init__(
        self, token: str | None, base_url: str, session: ClientSession, seconds: float = SECONDS
    ) -> None:
        super().__init__(token=token, base_url=base_url, session=session, retry_handlers=[])
        self._seconds = seconds

    async def api_call(self, api_method: str, **kwargs: Any) -> AsyncSlackResponse:
        with calling("slack"):
            traces.note(method=api_method)
            try:
                return await super().api_call(api_method, **kwargs)
            except SlackApiError as refusal:
                body = kwargs.get("json") or {}
                if error_name(refusal) != BAD_BLOCKS or not has_data(body.get("blocks")):
                    raise
            # Nothing was posted: it may be that this workspace does not take the newer blocks.
            log.info("posted without tables and charts", method=api_method)
            return await super().api_call(
                api_method, **{**kwargs, "json": {**body, "blocks": in_plain(body["blocks"])}}
            )

    async def _request(self, *, http_verb: str, api_url: str, req_args: dict[str, Any]) -> dict[str, Any]:
        seconds = POST_SECONDS if api_url.endswith(POSTS) else self._seconds
        timed = {**req_args, "timeout": ClientTimeout(total=seconds)}
        answer: dict[str, Any] = await super()._request(http_verb=http_verb, api_url=api_url, req_args=timed)
        return answer
