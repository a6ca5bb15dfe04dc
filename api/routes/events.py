"""The feed: all that happened, in order."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import JSONResponse, Response

from api.access import Desk, Reader
from api.pages import MAX_PAGE, Id, Limit
from api.problems import described
from api.resources import Feed
from billing.services import facts

router = APIRouter(tags=["events"])


@router.get("/events", response_model=Feed, responses=described(404))
def events(billing: Desk, _key: Reader, after: Id = None, limit: Limit = MAX_PAGE) -> Response:
    """What happened behind the event `after`, from the first one on without it. Nothing is left out."""
    found = facts.listed(billing, after, limit)
    return JSONResponse(
        {"data": [fact.as_event() for fact in found], "next": found[-1].id if found else after}
    )
