"""A pretend Invoicetronic, the intermediary to SdI: its REST API (1.17) as its SDK has it, strict, and its webhooks.

It was written from the API's description. What it says of a file is said by hand, as SdI would.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.serving import serving

STATES = (
    "Inviato", "Consegnato", "NonConsegnato", "Scartato", "AccettatoDalDestinatario", "RifiutatoDalDestinatario",
    "ImpossibilitaDiRecapito", "DecorrenzaTermini", "AttestazioneTrasmissioneFattura",
)  # fmt: skip
FIELDS = frozenset({"file_name", "payload", "encoding", "meta_data"})
SEND_FILTERS = frozenset({"file_name", "page", "page_size"})
UPDATE_FILTERS = frozenset({"send_id", "page", "page_size", "sort"})
SIGNATURES = (None, "Apply", "None")
LONGEST_KEY = 255
KEY, SECRET = "ik_test_pretend", "the-secret-of-the-webhooks"
TO_OFFICE = b'versione="FPA12"'


@dataclass
class Sent:
    """A file that was taken, what was said of it by whom sent it, and whether it was signed here."""

    number: int
    file_name: str
    content: bytes
    meta_data: dict[str, str]
    at: datetime
    is_signed: bool = False
    identifier: str | None = None
    state: str | None = None


@dataclass
class PretendInvoicetronic:
    """Keeps what it took. Without `tells_meta` updates leave out what their file was sent with.

    `mood` is what becomes of the next requests, one each: "pass", a status, "lost" for an answer that does not come
    though what was asked is done, or another text that is answered.
    """

    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    key: str = KEY
    mood: list[int | str] = field(default_factory=list)
    sent: list[Sent] = field(default_factory=list)
    updates: list[dict[str, Any]] = field(default_factory=list)
    left: int = 100
    tells_meta: bool = True
    asked: list[str] = field(default_factory=list)
    replies: dict[str, tuple[bytes, dict[str, Any]]] = field(default_factory=dict)

    @property
    def app(self) -> Starlette:
        routes = [
            Route("/v1/status", self._guarded(self._status), methods=["GET"]),
            Route("/v1/send", self._guarded(self._take), methods=["POST"]),
            Route("/v1/send", self._guarded(self._sends), methods=["GET"]),
            Route("/v1/send/{number:int}", self._guarded(self._one), methods=["GET"]),
            Route("/v1/update", self._guarded(self._list), methods=["GET"]),
        ]
        return Starlette(routes=routes)

    def says(self, state: str, file: int = 0, *errors: tuple[str, str], words: str = "") -> None:
        """What SdI says of that file; with Inviato it gives it a number."""
        sent = self.sent[file]
        sent.identifier = sent.identifier or str(9_000_000 + sent.number)
        sent.state = state
        self.updates.append(
            {
                "id": len(self.updates) + 1,
                "send_id": sent.number,
                "state": state,
                "description": words or state,
                "last_update": _written(self.clock()),
                "message_id": str(700_000 + len(self.updates)),
                "errors": [{"code": code, "description": said, "hint": None} for code, said in errors],
                "is_read": False,
            }
        )

    def _guarded(self, answer: Callable[[Request, bytes], Response]) -> Callable[[Request], Any]:
        async def guarded(request: Request) -> Response:
            self.asked.append(f"{request.method} {request.url.path}")
            expected = base64.b64encode(f"{self.key}:".encode()).decode()
            if request.headers.get("authorization") != f"Basic {expected}":
                return _problem(401, "The API key is not known.")
            mood = self.mood.pop(0) if self.mood else None
            if isinstance(mood, int):
                return _problem(mood, f"Pretended: {mood}.")
            made = answer(request, await request.body())
            if mood == "lost":
                raise ConnectionResetError("the answer is lost")
            return made if mood in (None, "pass") else Response(mood)

        return guarded

    def _status(self, _request: Request, _body: bytes) -> Response:
        return JSONResponse({"operation_left": self.left, "signature_left": 5, "is_sub_key": False})

    def _take(self, request: Request, body: bytes) -> Response:
        key = request.headers.get("idempotency-key", "")
        if len(key) > LONGEST_KEY or not set(request.query_params) <= {"signature", "validate"}:
            return _problem(400, "Unknown parameter.")
        if key in self.replies:
            before, reply = self.replies[key]
            if before != body:
                return _problem(422, "The key was used for another invoice.")
            return JSONResponse(reply, 201, {"Idempotent-Replayed": "true"})
        try:
            said = json.loads(body)
            content = base64.b64decode(said["payload"], validate=True)
            is_known = set(said) <= FIELDS and said["encoding"] == "Base64"
        except (ValueError, KeyError, TypeError, binascii.Error):
            is_known, content = False, b""
        signature = request.query_params.get("signature")
        if not is_known or signature not in SIGNATURES or b"FatturaElettronica" not in content:
            return _problem(400, "The invoice cannot be read.")
        if self.left <= 0:
            return _problem(402, "No operations left.")
        self.left -= 1
        is_signed = signature == "Apply" or (signature is None and TO_OFFICE in content[:500])
        name = said["file_name"] + (".p7m" if is_signed else "")
        sent = Sent(len(self.sent) + 1, name, content, said.get("meta_data", {}), self.clock(), is_signed)
        self.sent.append(sent)
        reply = self._shown(sent)
        self.replies[key] = (body, reply)
        return JSONResponse(reply, 201)

    def _sends(self, request: Request, _body: bytes) -> Response:
        if not set(request.query_params) <= SEND_FILTERS:
            return _problem(400, "Unknown parameter.")
        wanted = request.query_params.get("file_name", "")
        return JSONResponse([self._shown(one) for one in self.sent if wanted in one.file_name])

    def _one(self, request: Request, _body: bytes) -> Response:
        number = request.path_params["number"]
        return (
            JSONResponse(self._shown(self.sent[number - 1]))
            if 0 < number <= len(self.sent)
            else _problem(404)
        )

    def _list(self, request: Request, _body: bytes) -> Response:
        query = request.query_params
        page, size = int(query.get("page", 1)), int(query.get("page_size", 100))
        if not set(query) <= UPDATE_FILTERS or size > 200 or query.get("sort", "id") not in ("id", "-id"):
            return _problem(400, "Unknown parameter.")
        rows = self.updates[::-1] if query.get("sort") == "-id" else self.updates
        shown = [
            row | {"send": self._reduced(row["send_id"])} for row in rows[(page - 1) * size : page * size]
        ]
        return JSONResponse(shown, headers={"Invoicetronic-Total-Count": str(len(rows))})

    def _reduced(self, number: int) -> dict[str, Any]:
        sent = self.sent[number - 1]
        meta = {"meta_data": sent.meta_data} if self.tells_meta else {}
        return {
            "identifier": sent.identifier,
            "date_sent": _written(sent.at),
            "latest_state": sent.state,
        } | meta

    def _shown(self, sent: Sent) -> dict[str, Any]:
        return {
            "id": sent.number,
            "created": _written(sent.at),
            "file_name": sent.file_name,
            "format": "FPA12" if TO_OFFICE in sent.content[:500] else "FPR12",
            "identifier": sent.identifier,
            "payload": "-",
            "meta_data": sent.meta_data,
            "latest_state": sent.state,
        }


def signature(body: bytes, at: datetime, secret: str = SECRET) -> str:
    """The header `Invoicetronic-Signature` of a webhook."""
    moment = str(int(at.timestamp()))
    made = hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={moment},v1={made}"


def _written(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _problem(status: int, detail: str = "Not found.") -> JSONResponse:
    return JSONResponse({"title": "Problem", "status": status, "detail": detail}, status)


async def _serve(port: int) -> None:
    async with serving(PretendInvoicetronic().app, port) as url:
        settings = f"E_INVOICES=invoicetronic INVOICETRONIC_API_KEY={KEY} INVOICETRONIC_API_URL={url}/v1"
        print(settings, flush=True)  # noqa: T201  what whoever started it puts into .env
        await asyncio.Event().wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m sandbox.invoicetronic", description=__doc__)
    parser.add_argument("--port", type=int, default=8092)
    with suppress(KeyboardInterrupt):
        asyncio.run(_serve(parser.parse_args().port))
