"""Webhooks: where events are sent, what became of each, and once more from the start."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from pydantic import AfterValidator, BaseModel, Field
from starlette.responses import JSONResponse, Response

from api.access import Desk, Reader, Writer
from api.once import actor_of
from api.pages import MAX_PAGE, Id, Limit
from api.problems import described
from api.resources import Page, WebhookDelivery, WebhookEndpoint, WebhookEndpoints, WebhookEndpointWithSecret
from billing.services import webhook_endpoints
from billing.values.actors import Actor
from billing.values.cycles import moment_text
from billing.values.facts import FactType
from billing.values.snapshots.api_keys import ApiKeySnapshot
from billing.values.snapshots.webhooks import WebhookDeliverySnapshot, WebhookEndpointSnapshot
from billing.values.webhooks import MAX_URL_LENGTH, DeliveryStatus, endpoint_url

router = APIRouter(tags=["webhooks"])
EndpointId = Annotated[str, Path(max_length=40, pattern=r"^[A-Za-z0-9_-]+$")]
EventId = Annotated[str, Field(max_length=40, pattern=r"^evt_[A-Za-z0-9_-]+$")]


class NewEndpoint(BaseModel):
    """It is told what happens from now on: events of those types, or all without any."""

    url: Annotated[
        str,
        Field(max_length=MAX_URL_LENGTH, examples=["https://example.com/webhooks"]),
        AfterValidator(endpoint_url),
    ]
    types: list[FactType] = Field(default=[], max_length=len(FactType))


class Range(BaseModel):
    """From `first` to `last`, both included; `first` alone without it. At most 10,000 events."""

    first: EventId
    last: EventId | None = None


class Replayed(BaseModel):
    replayed: int


@router.get("/webhook-endpoints", response_model=WebhookEndpoints, responses=described())
def endpoints(billing: Desk, _key: Reader) -> Response:
    """Where events are sent."""
    return JSONResponse({"data": [_plain(one) for one in webhook_endpoints.listed(billing)]})


@router.post(
    "/webhook-endpoints", status_code=201, response_model=WebhookEndpointWithSecret, responses=described()
)
def create(billing: Desk, key: Writer, body: NewEndpoint) -> Response:
    """Have events sent to an address. What answers with the secret is nowhere kept: when it is lost, rotate it."""
    made, secret = webhook_endpoints.create(billing, body.url, body.types, by=_actor(key))
    return JSONResponse(_plain(made) | {"secret": secret}, 201)


@router.delete("/webhook-endpoints/{id}", status_code=204, response_class=Response, responses=described(404))
def delete(billing: Desk, key: Writer, id: EndpointId) -> Response:
    """Nothing more is sent there; its log is gone, too."""
    webhook_endpoints.delete(billing, id, by=_actor(key))
    return Response(status_code=204)


@router.post(
    "/webhook-endpoints/{id}/rotate-secret",
    response_model=WebhookEndpointWithSecret,
    responses=described(404),
)
def rotate_secret(billing: Desk, key: Writer, id: EndpointId) -> Response:
    """Another secret; for a day the one before signs beside it."""
    found, secret = webhook_endpoints.rotate_secret(billing, id, by=_actor(key))
    return JSONResponse(_plain(found) | {"secret": secret})


@router.post("/webhook-endpoints/{id}/enable", response_model=WebhookEndpoint, responses=described(404))
def enable(billing: Desk, key: Writer, id: EndpointId) -> Response:
    """What answered 410 is told again, all that happened since."""
    return JSONResponse(_plain(webhook_endpoints.enable(billing, id, by=_actor(key))))


@router.post("/webhook-endpoints/{id}/replay", response_model=Replayed, responses=described(404))
def replay(billing: Desk, key: Writer, id: EndpointId, body: Range) -> Response:
    """Send events again, each under its id."""
    count = webhook_endpoints.replay(billing, id, body.first, body.last, by=_actor(key))
    return JSONResponse({"replayed": count})


@router.get("/webhook-deliveries", response_model=Page[WebhookDelivery], responses=described(404))
def deliveries(
    billing: Desk,
    _key: Reader,
    endpoint: Annotated[str, Query(max_length=40, pattern=r"^[A-Za-z0-9_-]+$")],
    before: Id = None,
    status: DeliveryStatus | None = None,
    limit: Limit = MAX_PAGE,
) -> Response:
    """What became of each event on its way to the endpoint, the newest first; ask on with `next` as `before`."""
    found = webhook_endpoints.deliveries(billing, endpoint, before, status, limit + 1)
    page = found[:limit]
    following = page[-1].event if len(found) > limit else None
    return JSONResponse({"data": [_plain(one) for one in page], "next": following})


def _actor(key: ApiKeySnapshot) -> Actor:
    """Endpoints are the seller's, of no workspace."""
    return actor_of(key, "")


def _plain(one: WebhookEndpointSnapshot | WebhookDeliverySnapshot) -> dict[str, Any]:
    """As JSON has it."""
    return {
        name: moment_text(value) if isinstance(value, datetime) else value
        for name, value in asdict(one).items()
    }
