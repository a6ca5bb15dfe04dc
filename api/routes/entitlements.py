"""What a property may use: asked most of all, and answered by one statement."""

from __future__ import annotations

from hashlib import sha256
from typing import Annotated

from fastapi import APIRouter, Header, Query
from starlette.responses import JSONResponse, Response

from api.access import Desk, Reader
from api.problems import described
from api.resources import Entitlements
from billing.services import listings

router = APIRouter(tags=["entitlements"])
Required = Annotated[str, Query(max_length=40, pattern=r"^[A-Za-z0-9_-]+$")]


@router.get(
    "/entitlements",
    response_model=Entitlements,
    responses={304: {"description": "As before"}, **described(404)},
)
def entitlements(
    billing: Desk,
    _key: Reader,
    workspace: Required,
    property: Required,
    if_none_match: Annotated[str | None, Header()] = None,
) -> Response:
    """What the property has, what has ended too. Send the answer's ETag as If-None-Match to hear of changes alone."""
    answer = JSONResponse({"data": listings.entitlements(billing, workspace, property)})
    tag = f'"{sha256(answer.body).hexdigest()[:32]}"'
    if if_none_match is not None and tag in if_none_match:
        return Response(status_code=304, headers={"ETag": tag})
    answer.headers["ETag"] = tag
    return answer
