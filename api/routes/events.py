"""The feed: all that happened, in order."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.responses import JSONResponse, Response

from api.access import Desk, Reader
from api.pages import MAX_PAGE, Id, Limit
from api.problems import described
from api.resources import Feed
from billing.services import facts
from billing.values.cycles import moment_text
from billing.values.snapshots.facts import FactSnapshot

router = APIRouter(tags=["events"])


@router.get("/events", response_model=Feed, responses=described(404))
def events(billing: Desk, _key: Reader, after: Id = None, limit: Limit = MAX_PAGE) -> Response:
    """What happened behind the event `after`, from the first one on without it. Nothing is left out."""
    found = facts.listed(billing, after, limit)
    return JSONResponse(
        {"data": [event_of(fact) for fact in found], "next": found[-1].id if found else after}
    )


def event_of(fact: FactSnapshot) -> dict[str, Any]:
    """A fact as it is shown."""
    return {
        "id": fact.id,
        "type": str(fact.type),
        "timestamp": moment_text(fact.at),
        "workspace": fact.workspace,
        "property": fact.property,
        "subject": fact.subject,
        "version": fact.version,
        "data": dict(fact.state),
    }
