"""What may be done: a plan is cancelled or goes on after all, an invoice is corrected, money is given back."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Self

from fastapi import APIRouter, Path
from pydantic import BaseModel, Field, model_validator
from starlette.responses import Response

from api.access import Desk, Writer
from api.once import IdempotencyKey, actor_of, once
from api.problems import described
from api.resources import Amount, ListedCreditNote, Subscription
from billing import Actor, Billing
from billing.services import credit_notes, listings, refunds, subscriptions
from billing.values.errors import Refusal
from billing.values.money import Money
from billing.values.refusals import AlreadyCancelled, NotCancelled
from billing.values.snapshots.api_keys import ApiKeySnapshot

router = APIRouter()
OneId = Annotated[str, Path(max_length=40, pattern=r"^[A-Za-z0-9_-]+$")]
InvoiceId = Annotated[str, Field(max_length=40, pattern=r"^inv_[A-Za-z0-9_-]+$")]
PaymentId = Annotated[str, Field(max_length=40, pattern=r"^pay_[A-Za-z0-9_-]+$")]
Minor = Annotated[
    int | None, Field(ge=1, le=10**12, description="In minor units; all that can be, if not said")
]
RESPONSES = described(404, 409)


class Cancellation(BaseModel):
    reason: str = Field(min_length=1, max_length=500)


class Correction(BaseModel):
    """Unpaid, it is owed no more; paid, it becomes credit of the property, or goes back to the card (`refund`)."""

    invoice: InvoiceId
    minor: Minor = None
    refund: bool = False
    reason: str = Field("", max_length=200, description="It stands on the credit note")


class GivingBack(BaseModel):
    """What credit notes promised to the card goes first, then what stands to the property's credit."""

    invoice: InvoiceId | None = None
    payment: PaymentId | None = Field(None, description="In place of an invoice: what came late has none")
    minor: Minor = None

    @model_validator(mode="after")
    def of_one(self) -> Self:
        """Raises ValueError for none, and for two, which may not be one and the same."""
        if (self.invoice is None) is (self.payment is None):
            raise ValueError("name the invoice or the payment")
        return self


class Refund(BaseModel):
    id: str
    invoice: str | None
    status: str = Field(examples=["open", "succeeded", "failed"])
    amount: Amount
    reason: str | None


@router.post(
    "/subscriptions/{id}/cancel", response_model=Subscription, responses=RESPONSES, tags=["subscriptions"]
)
def cancel(
    billing: Desk, key: Writer, id: OneId, body: Cancellation, idempotency_key: IdempotencyKey
) -> Response:
    """Cancel a plan at the end of its period, as its admins do in Slack; the team is told there."""

    def act() -> dict[str, Any]:
        workspace = listings.look_at(billing, "subscription", id)["workspace"]
        subscriptions.cancel(billing.within(workspace), actor_of(key, workspace), id, body.reason)
        return listings.look_at(billing, "subscription", id)

    def done(refusal: Refusal) -> dict[str, Any] | None:
        is_so = isinstance(refusal, AlreadyCancelled)
        return listings.look_at(billing, "subscription", id) if is_so else None

    return once(billing, key, idempotency_key, f"cancel {id}", body, act, done)


@router.post(
    "/subscriptions/{id}/uncancel", response_model=Subscription, responses=RESPONSES, tags=["subscriptions"]
)
def uncancel(billing: Desk, key: Writer, id: OneId, idempotency_key: IdempotencyKey) -> Response:
    """Take the cancellation back before its date: same dates, no charge now."""

    def act() -> dict[str, Any]:
        workspace = listings.look_at(billing, "subscription", id)["workspace"]
        subscriptions.undo_cancellation(billing.within(workspace), actor_of(key, workspace), id)
        return listings.look_at(billing, "subscription", id)

    def done(refusal: Refusal) -> dict[str, Any] | None:
        is_so = isinstance(refusal, NotCancelled)
        return listings.look_at(billing, "subscription", id) if is_so else None

    return once(billing, key, idempotency_key, f"uncancel {id}", None, act, done)


@router.post("/credit-notes", response_model=ListedCreditNote, responses=RESPONSES, tags=["invoices"])
def credit_note(billing: Desk, key: Writer, body: Correction, idempotency_key: IdempotencyKey) -> Response:
    """Correct an invoice, whole or in part, by a credit note."""

    def act() -> dict[str, Any]:
        invoice = listings.look_at(billing, "invoice", body.invoice)
        amount = _decimal(body.minor, invoice["total"]["currency"])
        wanted = credit_notes.Wanted("" if amount is None else str(amount), body.refund, body.reason)
        by = actor_of(key, invoice["workspace"])
        note = credit_notes.issue(
            billing.within(by.workspace_id), body.invoice, wanted, by=by, key=idempotency_key
        )
        return listings.look_at(billing, "credit note", note.id)

    return once(billing, key, idempotency_key, "credit note", body, act)


@router.post("/refunds", response_model=Refund, responses=RESPONSES, tags=["payments"])
def refund(billing: Desk, key: Writer, body: GivingBack, idempotency_key: IdempotencyKey) -> Response:
    """Give back to the card what was paid for an invoice; `open` until the gateway has said what became of it."""

    def act() -> dict[str, Any]:
        name, currency, by = _paid(billing, key, body)
        made = refunds.refund(
            billing.within(by.workspace_id),
            by,
            name,
            key=f"{key.id} {idempotency_key}",
            amount=_decimal(body.minor, currency),
        )
        return {
            "id": made.id,
            "invoice": body.invoice,
            "status": made.state,
            "amount": _amount(made.amount),
            "reason": made.reason,
        }

    return once(billing, key, idempotency_key, "refund", body, act)


def _paid(billing: Billing, key: ApiKeySnapshot, body: GivingBack) -> tuple[str, str, Actor]:
    """What was paid, as refunds call it, in which currency, and the key at the desk of its workspace."""
    if body.payment is not None:
        payment = listings.look_at(billing, "payment", body.payment)
        return payment["id"], payment["amount"]["currency"], actor_of(key, payment["workspace"])
    invoice = listings.look_at(billing, "invoice", body.invoice or "")
    return invoice["number"], invoice["total"]["currency"], actor_of(key, invoice["workspace"])


def _decimal(minor: int | None, currency: str) -> Decimal | None:
    return None if minor is None else Money(minor, currency).decimal


def _amount(money: Money) -> dict[str, Any]:
    return {"minor": money.minor, "currency": money.currency}
