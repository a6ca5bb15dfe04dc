"""Reads what comes in over HTTP: arguments from the query, a form or JSON, and the token."""

import json
import re
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request

from sandbox.errors import SlackError
from sandbox.messages import JsonObject


async def arguments(request: Request) -> JsonObject:
    """The arguments of a Web API call, wherever they stand."""
    given: JsonObject = dict(request.query_params)
    body = await request.body()
    kind = request.headers.get("content-type", "").partition(";")[0]
    if kind == "application/json":
        return given | json_object(body)
    if kind == "multipart/form-data":
        fields = parts(body, request.headers["content-type"])
        return given | {name: content.decode("utf-8", "replace") for name, content in fields if name}
    if kind == "application/x-www-form-urlencoded":
        return given | dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
    return given


def parts(body: bytes, content_type: str) -> list[tuple[str, bytes]]:
    """The parts of a multipart body: a field's name with its value, or no name with a file's bytes."""
    boundary = re.search(r'boundary="?([^";]+)', content_type)
    if boundary is None:
        raise SlackError("invalid_form_data")
    found = []
    for part in body.split(b"--" + boundary[1].encode())[1:-1]:
        head, _, content = part.partition(b"\r\n\r\n")
        name = None if b"filename" in head.lower() else re.search(rb'name="([^"]*)"', head)
        found.append((name[1].decode() if name else "", content.removesuffix(b"\r\n")))
    return found


def json_object(body: bytes) -> JsonObject:
    """The body as a JSON object; an empty body is an empty one."""
    try:
        parsed: Any = json.loads(body or b"{}")
    except ValueError as error:
        raise SlackError("invalid_json") from error
    if not isinstance(parsed, dict):
        raise SlackError("json_not_object")
    return parsed


def bearer(request: Request, given: JsonObject) -> str | None:
    """The token, which the header or the argument `token` carries; it is taken out of the arguments."""
    in_form = given.pop("token", None)
    kind, _, in_header = request.headers.get("authorization", "").partition(" ")
    return in_header if kind.lower() == "bearer" else in_form
