"""VIES's REST service: one question at a time, with the seller as requester, and no longer than a few seconds."""

from __future__ import annotations

import json
from typing import Any

import structlog
import urllib3
from urllib3.exceptions import HTTPError

from billing.calls import calling
from billing.values.vies import ViesAnswer, ViesMisconfigured, ViesUnavailable, parts_of

# Connecting and the whole answer together.
SECONDS = 8.0
MAX_ANSWER_BYTES = 65_536
# Nothing that is asked again will be answered otherwise: the question itself is refused.
OURS = frozenset({"INVALID_INPUT", "INVALID_REQUESTER_INFO", "VAT_BLOCKED", "IP_BLOCKED"})
# What a member state says in place of what it does not tell.
UNTOLD = "---"
log = structlog.get_logger()


class ViesRest:
    """Asks in the name of `requester`, a VAT number of the Union: only then VIES gives a consultation number."""

    def __init__(self, url: str, requester: str, seconds: float = SECONDS) -> None:
        self._url = f"{url.rstrip('/')}/check-vat-number"
        self._requester = requester
        self._http = urllib3.PoolManager(timeout=urllib3.Timeout(total=seconds), retries=False)

    def check(self, number: str) -> ViesAnswer:
        """Raises ViesUnavailable for everything but a plain yes or no about that very number."""
        country, rest = parts_of(number)
        own_country, own_rest = parts_of(self._requester)
        asked = {
            "countryCode": country,
            "vatNumber": rest,
            "requesterMemberStateCode": own_country,
            "requesterNumber": own_rest,
        }
        with calling("vies"):
            said = self._post(asked)
        if refusal := _refusal_in(said):
            raise _raised(refusal)
        if not isinstance(said.get("valid"), bool) or (said.get("countryCode"), said.get("vatNumber")) != (
            country,
            rest,
        ):
            raise ViesUnavailable("another answer than was asked for")
        return ViesAnswer(
            number,
            self._requester,
            said["valid"],
            _text(said, "requestIdentifier")[:40],
            _text(said, "name"),
            _text(said, "address"),
            said,
        )

    def _post(self, asked: dict[str, str]) -> dict[str, Any]:
        try:
            answer = self._http.request("POST", self._url, json=asked, redirect=False, preload_content=False)
            with answer:
                body = answer.read(MAX_ANSWER_BYTES)
        except HTTPError as trouble:
            raise ViesUnavailable(type(trouble).__name__) from trouble
        try:
            said = json.loads(body)
        except ValueError:
            said = None
        if not isinstance(said, dict) or (answer.status != 200 and not _refusal_in(said)):
            raise ViesUnavailable(f"HTTP {answer.status}")
        return said


def _refusal_in(said: dict[str, Any]) -> str:
    """VIES's word for why there is no answer, whatever the status; empty where there is one."""
    if said.get("actionSucceed") is not False:
        return ""
    wrappers = said.get("errorWrappers")
    first = wrappers[0] if isinstance(wrappers, list) and wrappers else None
    return str(first.get("error") or "unknown") if isinstance(first, dict) else "unknown"


def _raised(refusal: str) -> ViesUnavailable:
    if refusal in OURS:
        log.error("VIES refuses what we ask", reason=refusal)
        return ViesMisconfigured(refusal)
    return ViesUnavailable(refusal)


def _text(said: dict[str, Any], name: str) -> str:
    written = str(said.get(name) or "").strip()
    return "" if written == UNTOLD else written
