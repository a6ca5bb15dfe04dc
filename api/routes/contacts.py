"""Billing contacts of a customer: who gets which kinds of mail."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path
from pydantic import BaseModel, Field
from starlette.responses import JSONResponse, Response

from api.access import Desk, Reader, Writer
from api.once import IdempotencyKey, actor_of, once
from api.problems import described
from api.resources import Contact, Contacts
from billing import Billing
from billing.services import contacts, listings
from billing.values.actors import Actor
from billing.values.contacts import ContactKind
from billing.values.errors import BadFields, Fault, Refusal
from billing.values.snapshots import ContactSnapshot
from billing.values.snapshots.api_keys import ApiKeySnapshot

router = APIRouter(tags=["customers"])
OneId = Annotated[str, Path(max_length=40, pattern=r"^[A-Za-z0-9_-]+$")]
MAX_LENGTH = 254
KNOWN = Fault("contact_known")


class NewContact(BaseModel):
    """A member of the customer (`user`), or an `address`, which is mailed what it confirms itself by."""

    user: str = Field("", max_length=40, pattern=r"^[A-Za-z0-9]*$", examples=["U0123456789"])
    address: str = Field("", max_length=MAX_LENGTH, examples=["studio@commercialista.example"])
    kinds: list[ContactKind] = Field(list(ContactKind), max_length=len(ContactKind))


@router.get("/customers/{id}/contacts", response_model=Contacts, responses=described(404))
def listed(billing: Desk, key: Reader, id: OneId) -> Response:
    """All of them, oldest first. Who is not `confirmed`, or was refused by their mail server, gets no mail."""
    within, by = _at(billing, key, id)
    return JSONResponse({"data": [_plain(one, by, id) for one in contacts.listed(within, by, id).contacts]})


@router.post("/customers/{id}/contacts", response_model=Contact, responses=described(404, 409))
def add(billing: Desk, key: Writer, id: OneId, body: NewContact, idempotency_key: IdempotencyKey) -> Response:
    """Add a contact, as the customer's admins do in Slack."""

    def act() -> dict[str, Any]:
        within, by = _at(billing, key, id)
        return _plain(contacts.add(within, by, id, body.user, body.address, body.kinds), by, id)

    def done(refusal: Refusal) -> dict[str, Any] | None:
        if not isinstance(refusal, BadFields) or KNOWN not in refusal.faults.values():
            return None
        within, by = _at(billing, key, id)
        there = contacts.listed(within, by, id).contacts
        return next((_plain(one, by, id) for one in there if _is_asked(one, body)), None)

    return once(billing, key, idempotency_key, f"contact {id}", body, act, done)


@router.delete(
    "/customers/{id}/contacts/{contact}",
    status_code=204,
    response_class=Response,
    responses=described(404, 409),
)
def remove(billing: Desk, key: Writer, id: OneId, contact: OneId) -> Response:
    """Nothing more is mailed there. A customer that has contacts keeps one."""
    within, by = _at(billing, key, id)
    contacts.remove(within, by, id, contact)
    return Response(status_code=204)


def _is_asked(one: ContactSnapshot, body: NewContact) -> bool:
    if set(one.kinds) != set(body.kinds):
        return False
    if body.user:
        return one.user_id == body.user
    return one.address is not None and one.address.casefold() == body.address.strip().casefold()


def _at(billing: Billing, key: ApiKeySnapshot, customer: str) -> tuple[Billing, Actor]:
    """The desk of the customer's workspace, and the key as it acts there. Raises NotFound."""
    workspace = listings.look_at(billing, "customer", customer)["workspace"]
    return billing.within(workspace), actor_of(key, workspace)


def _plain(one: ContactSnapshot, by: Actor, customer: str) -> dict[str, Any]:
    return {
        "id": one.id,
        "workspace": by.workspace_id,
        "property": customer,
        "user": one.user_id,
        "address": one.address,
        "kinds": list(one.kinds),
        "confirmed": one.confirmed,
        "refused_code": one.refused_code,
    }
