"""A pretend VIES, the Union's register: its REST service, strict, which answers by the number that it is asked."""

from __future__ import annotations

import argparse
import asyncio
import json
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from stdnum.eu import vat

from sandbox.serving import serving

STATES = frozenset("EL" if state == "gr" else state.upper() for state in vat.MEMBER_STATES)
FIELDS = frozenset({"countryCode", "vatNumber", "requesterMemberStateCode", "requesterNumber"})
# What the real test service says to numbers of its own, and the pretend one to German numbers that begin so.
WORDS = {
    "200": "invalid",
    "201": "INVALID_INPUT",
    "202": "INVALID_REQUESTER_INFO",
    "300": "SERVICE_UNAVAILABLE",
    "301": "MS_UNAVAILABLE",
    "302": "TIMEOUT",
    "400": "VAT_BLOCKED",
    "500": "GLOBAL_MAX_CONCURRENT_REQ",
    "600": "MS_MAX_CONCURRENT_REQ",
    # Besides: no answer at all, an answer that is none, and one about another number.
    "700": "slow",
    "701": "down",
    "702": "garbled",
    "703": "other",
}
UNTOLD = "---"


@dataclass
class PretendVies:
    """Keeps what it was asked. `says` changes what it answers about a number; else that begins with one of WORDS."""

    says: dict[str, str] = field(default_factory=dict)
    asked: list[dict[str, str]] = field(default_factory=list)
    slow_seconds: float = 30.0

    @property
    def app(self) -> Starlette:
        return Starlette(routes=[Route("/check-vat-number", self._check, methods=["POST"])])

    async def _check(self, request: Request) -> Response:
        question = _question(await request.body(), request.headers.get("content-type", ""))
        if question is None:
            return _refused("INVALID_INPUT", 400)
        self.asked.append(question)
        country, number = question["countryCode"], question["vatNumber"]
        begins = WORDS.get(number[:3], "valid") if country == "DE" else "valid"
        word = self.says.get(country + number, begins)
        if bool(question.get("requesterMemberStateCode")) != bool(question.get("requesterNumber")):
            return _refused("INVALID_REQUESTER_INFO", 400)
        if word == "slow":
            await asyncio.sleep(self.slow_seconds)
        if word == "down":
            return Response("<html>503 Service Unavailable</html>", 503)
        if word == "garbled":
            return Response("<html>Please try later</html>")
        if word in ("valid", "invalid", "slow", "other"):
            return JSONResponse(self._answer(question, word))
        # Some come with a status of their own, some with 200: nobody may tell an answer by that.
        return _refused(word, 500 if word == "SERVICE_UNAVAILABLE" else 200)

    def _answer(self, question: dict[str, str], word: str) -> dict[str, Any]:
        is_valid = word != "invalid"
        number = "0" + question["vatNumber"][1:] if word == "other" else question["vatNumber"]
        tells = is_valid and question["countryCode"] not in (
            "DE",
            "ES",
        )  # these tell neither name nor address
        return {
            "countryCode": question["countryCode"],
            "vatNumber": number,
            "requestDate": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "valid": is_valid,
            "requestIdentifier": f"WAPI{len(self.asked):012}" if question.get("requesterNumber") else "",
            "name": "EXEMPLE SARL" if tells else UNTOLD,
            "address": "1 RUE DE LA PAIX\n75002 PARIS" if tells else UNTOLD,
            "traderName": UNTOLD,
            "traderStreet": UNTOLD,
            "traderPostalCode": UNTOLD,
            "traderCity": UNTOLD,
            "traderCompanyType": UNTOLD,
            "traderNameMatch": "NOT_PROCESSED",
            "traderStreetMatch": "NOT_PROCESSED",
            "traderPostalCodeMatch": "NOT_PROCESSED",
            "traderCityMatch": "NOT_PROCESSED",
            "traderCompanyTypeMatch": "NOT_PROCESSED",
        }


def _question(body: bytes, content_type: str) -> dict[str, str] | None:
    """What was asked; None where the real service would not know what."""
    try:
        said = json.loads(body)
    except ValueError:
        return None
    is_form = isinstance(said, dict) and content_type.split(";", maxsplit=1)[0] == "application/json"
    if not is_form or not said.keys() <= FIELDS or not all(isinstance(one, str) for one in said.values()):
        return None
    is_number = said.get("vatNumber", "").isalnum() and said.get("countryCode") in STATES
    return said if is_number else None


def _refused(word: str, status: int) -> JSONResponse:
    return JSONResponse({"actionSucceed": False, "errorWrappers": [{"error": word}]}, status)


async def _serve(port: int) -> None:
    async with serving(PretendVies().app, port) as url:
        print(f"VIES=on VIES_URL={url}", flush=True)  # noqa: T201  what whoever started it puts into .env
        await asyncio.Event().wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m sandbox.vies", description=__doc__)
    parser.add_argument("--port", type=int, default=8091)
    with suppress(KeyboardInterrupt):
        asyncio.run(_serve(parser.parse_args().port))
