"""Usage: what the seller's own product counted, one event at a time or many, and what that comes to."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel, Field

from api.access import Desk, Reader, Writer
from api.problems import Problem, described, problem_of
from api.resources import UsageList
from billing.services import usage
from billing.values.usage import Counted, Used

router = APIRouter(tags=["usage"])
Named = Annotated[str, Field(max_length=40, pattern=r"^[A-Za-z0-9_-]+$")]
Asked = Annotated[str, Query(max_length=40, pattern=r"^[A-Za-z0-9_-]+$")]
MAX_QUANTITY = 10**9


class UsageEvent(BaseModel):
    """So much of an add-on was used by a property at that moment."""

    event_id: str = Field(
        min_length=1,
        max_length=64,
        pattern=r"^[A-Za-z0-9_.:-]+$",
        description="Made up by you, one for each event of a workspace: the same one counts once",
    )
    workspace: Named
    property: Named
    add_on: Named
    quantity: int = Field(ge=1, le=MAX_QUANTITY)
    at: AwareDatetime = Field(description="When it was used, with its zone")

    def used(self) -> Used:
        return Used(self.event_id, self.workspace, self.property, self.add_on, self.quantity, self.at)


class UsageBatch(BaseModel):
    events: list[UsageEvent] = Field(min_length=1, max_length=usage.MAX_EVENTS)


class UsageOutcome(BaseModel):
    """What became of an event: `counted`; `known`, it was counted before; or `refused`, with the problem."""

    event_id: str
    status: Literal["counted", "known", "refused"]
    problem: Problem | None = None


class UsageOutcomes(BaseModel):
    data: list[UsageOutcome]


@router.post("/usage", response_model=UsageOutcome, responses=described(404, 409))
def count(billing: Desk, _key: Writer, body: UsageEvent) -> UsageOutcome:
    """Count an event in the cycle that runs. Send it again until it is answered: it counts once."""
    (outcome,) = usage.count(billing, [body.used()])
    if outcome.refusal is not None:
        raise outcome.refusal
    return _outcome(outcome)


@router.post("/usage/batch", response_model=UsageOutcomes, responses=described())
def count_many(billing: Desk, _key: Writer, body: UsageBatch) -> UsageOutcomes:
    """The same for up to 1,000 events: each has an outcome, in their order. What is refused stops no other."""
    counted = usage.count(billing, [event.used() for event in body.events])
    return UsageOutcomes(data=[_outcome(one) for one in counted])


@router.get("/usage", response_model=UsageList, responses=described(404))
def used(billing: Desk, _key: Reader, workspace: Asked, property: Asked) -> UsageList:
    """What a property used in the cycles that run, by add-on, and what is left of its quotas."""
    return UsageList.model_validate({"data": usage.used(billing, workspace, property)})


def _outcome(counted: Counted) -> UsageOutcome:
    if counted.refusal is not None:
        problem = Problem.model_validate(problem_of(counted.refusal)[1])
        return UsageOutcome(event_id=counted.event_id, status="refused", problem=problem)
    return UsageOutcome(event_id=counted.event_id, status="counted" if counted.is_new else "known")
