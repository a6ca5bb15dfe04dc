"""Pages of a list: how many, and where the next one begins."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from typing import Annotated, Any

from fastapi import Depends, Query
from starlette.responses import JSONResponse

from api.problems import ProblemError
from billing import Billing
from billing.services import listings
from billing.services.listings import Noun

MAX_PAGE = 100
Limit = Annotated[int, Query(ge=1, le=MAX_PAGE, description="How many at most")]
Cursor = Annotated[
    str | None, Query(max_length=200, description="`next` of the page before; nothing for the first page")
]
Id = Annotated[str | None, Query(max_length=40, pattern=r"^[A-Za-z0-9_-]+$")]


def wanted(
    limit: Limit = MAX_PAGE, cursor: Cursor = None, workspace: Id = None, property: Id = None
) -> listings.Wanted:
    """What each list may be asked with. Raises ProblemError 400 for a cursor that is none."""
    return listings.Wanted(limit, workspace, property, _read(cursor) if cursor else None)


Wanted = Annotated[listings.Wanted, Depends(wanted)]


def page_of(billing: Billing, noun: Noun, asked: listings.Wanted) -> JSONResponse:
    """That page of all that the seller sold."""
    found = listings.listed(billing, noun, asked)
    page = found[: asked.size]
    following = _written(page[-1]) if len(found) > asked.size else None
    return JSONResponse({"data": page, "next": following})


def _written(last: dict[str, Any]) -> str:
    return urlsafe_b64encode(f"{last['workspace']} {last['id']}".encode()).decode().rstrip("=")


def _read(cursor: str) -> tuple[str, str]:
    try:
        written = urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4)).decode("ascii")
    except (Error, ValueError):
        written = ""
    workspace, _, id_ = written.partition(" ")
    if not (workspace.replace("_", "").isalnum() and id_.replace("_", "").isalnum()):
        raise ProblemError(400, "invalid-cursor", "This cursor is none of ours: begin again without one.")
    return workspace, id_
