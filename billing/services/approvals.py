"""What one operator asks for and another one approves: nothing is done before, and what was shown is done once."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from sqlalchemy import Row

from billing.locks import lock_property
from billing.models import ApprovalRequest, Invoice, Property
from billing.models.approvals import AskedAct
from billing.models.base import new_id
from billing.queries.approvals import request_named, request_of_key, requests_open
from billing.services import credit_notes, refunds
from billing.services.credit_notes import Wanted
from billing.services.operators import at_customer, customer_of
from billing.values.actors import Actor
from billing.values.approvals import OPEN_FOR
from billing.values.money import Money
from billing.values.refusals import NotFound, OwnRequest, RequestClosed
from billing.values.snapshots import (
    MOST_FOUND,
    ApprovalReview,
    ApprovalSnapshot,
    CreditNoteSnapshot,
    CreditPreview,
    Customer,
    RefundPreview,
    RefundSnapshot,
)
from billing.work import Billing, Work


def ask_credit(
    billing: Billing, operator: Actor, of: Customer, wanted: Wanted, seen: CreditPreview, *, key: str
) -> ApprovalSnapshot:
    """Keeps the credit note as it was shown for another operator, once under that key."""
    besides = {"to_card": wanted.refund, "reason": wanted.reason}
    return _ask(billing, operator, of, AskedAct.CREDIT, seen.total, _minors(seen) | besides, key)


def ask_refund(
    billing: Billing, operator: Actor, of: Customer, seen: RefundPreview, *, key: str
) -> ApprovalSnapshot:
    """The same of a refund."""
    return _ask(billing, operator, of, AskedAct.REFUND, seen.amount, _minors(seen), key)


def requests(billing: Billing, _: Actor) -> tuple[ApprovalSnapshot, ...]:
    """What waits in all workspaces, oldest first: at most `MOST_FOUND` and one more."""
    with billing.read("operator.find") as work:
        rows = work.session.execute(requests_open(), {"now": work.now, "size": MOST_FOUND + 1})
        return tuple(_snapshot(work, row) for row in rows)


def look(billing: Billing, _: Actor, workspace_id: str, request_id: str) -> ApprovalSnapshot:
    """One of them, also when it is decided. Raises NotFound."""
    with billing.read("operator.find") as work:
        return _snapshot(work, _found(work, workspace_id, request_id))


def review(billing: Billing, operator: Actor, workspace_id: str, request_id: str) -> ApprovalReview:
    """What it would do now, by the act's own code, beside what was shown to who asked.

    Raises NotFound, OwnRequest, RequestClosed, and what the preview of the act raises.
    """
    by = at_customer(operator, workspace_id)
    with billing.read("operator.approve") as work:
        asked = _snapshot(work, _found(work, workspace_id, request_id))
        work.actor, work.property_id = by, asked.of.property_id
        if asked.state != "open":
            raise RequestClosed(asked.state, asked.decided_by)
        if asked.requested_by == operator.user_id:
            raise OwnRequest
    if isinstance(asked.seen, CreditPreview):
        return ApprovalReview(
            asked, credit_notes.preview(billing, asked.of.invoice_id, _wanted(asked), by=by)
        )
    now = refunds.preview(billing, by, asked.of.invoice_number, asked.amount.decimal)
    return ApprovalReview(asked, now)


def approve(
    billing: Billing, operator: Actor, workspace_id: str, request_id: str
) -> CreditNoteSnapshot | RefundSnapshot:
    """Does exactly what was shown, in the transaction that closes the request: once, whoever else is at it.

    Raises NotFound, OwnRequest, RequestClosed, ChangedMeanwhile where anything shown has changed, and what
    `credit_notes.issue` or `refunds.refund` raise; the request stays open then.
    """
    asked = look(billing, operator, workspace_id, request_id)
    if asked.decided_by not in ("", operator.user_id):
        raise RequestClosed(asked.state, asked.decided_by)
    by, key = at_customer(operator, workspace_id), f"approval {request_id}"

    def close(work: Work) -> None:
        request = _locked(work, workspace_id, request_id)
        request.approve(by.user_id, work.now)
        work.record("operator.approve", request.id, after={"requested_by": request.requested_by})

    if isinstance(asked.seen, CreditPreview):
        wanted = _wanted(asked)
        return credit_notes.issue(
            billing, asked.of.invoice_id, wanted, by=by, key=key, seen=asked.seen, also=close
        )
    amount = asked.amount.decimal
    return refunds.refund(
        billing, by, asked.of.invoice_number, key=key, amount=amount, seen=asked.seen, also=close
    )


def decline(billing: Billing, operator: Actor, workspace_id: str, request_id: str) -> ApprovalSnapshot:
    """It is not done; who asked may say so, too. Raises NotFound, RequestClosed."""
    with billing.work("operator.decline") as work:
        row = _found(work, workspace_id, request_id)
        request = _locked(work, workspace_id, request_id)
        work.actor, work.property_id = at_customer(operator, workspace_id), request.property_id
        request.decline(operator.user_id, work.now)
        work.record("operator.decline", request.id, after={"requested_by": request.requested_by})
        return _snapshot(work, row)


def shown_at(billing: Billing, _: Actor, asked: ApprovalSnapshot, channel: str, ts: str) -> None:
    """Slack shows it in that message."""
    with billing.work("operator.ask") as work:
        request = _locked(work, asked.of.workspace_id, asked.id)
        request.channel, request.ts = channel, ts


def _ask(
    billing: Billing,
    operator: Actor,
    of: Customer,
    asked_act: AskedAct,
    amount: Money,
    details: dict[str, Any],
    key: str,
) -> ApprovalSnapshot:
    act = "operator.ask_credit" if asked_act is AskedAct.CREDIT else "operator.ask_refund"
    with billing.work(act) as work:
        work.actor, work.property_id = at_customer(operator, of.workspace_id), of.property_id
        lock_property(work.session, of.workspace_id, of.property_id)
        used = {"workspace_id": of.workspace_id, "requested_by": operator.user_id, "key": key}
        request_id = work.session.scalar(request_of_key(), used)
        if request_id is None:
            request_id = new_id("apr")
            asked = ApprovalRequest(
                **used,
                id=request_id,
                property_id=of.property_id,
                invoice_id=of.invoice_id,
                act=asked_act,
                currency=amount.currency,
                minor=amount.minor,
                details=details,
                requested_at=work.now,
                expires_at=work.now + OPEN_FOR,
            )
            work.session.add(asked)
            work.session.flush()
            work.record(act, request_id, after={"minor": amount.minor})
        return _snapshot(work, _found(work, of.workspace_id, request_id))


def _found(work: Work, workspace_id: str, request_id: str) -> Row[ApprovalRequest, Property, str, Invoice]:
    """Raises NotFound."""
    named = {"workspace_id": workspace_id, "id": request_id}
    row = work.session.execute(request_named(), named).one_or_none()
    if row is None:
        raise NotFound("request")
    return row


def _locked(work: Work, workspace_id: str, request_id: str) -> ApprovalRequest:
    return work.session.get_one(
        ApprovalRequest, (workspace_id, request_id), with_for_update=True, populate_existing=True
    )


def _wanted(asked: ApprovalSnapshot) -> Wanted:
    return Wanted(str(asked.amount.decimal), asked.to_card, asked.reason)


def _minors(seen: CreditPreview | RefundPreview) -> dict[str, Any]:
    return {"seen": {name: amount["minor"] for name, amount in asdict(seen).items()}}


def _snapshot(work: Work, row: Row[ApprovalRequest, Property, str, Invoice]) -> ApprovalSnapshot:
    request, prop, workspace, invoice = row
    of_it = CreditPreview if request.act is AskedAct.CREDIT else RefundPreview
    seen = {name: Money(minor, request.currency) for name, minor in request.details["seen"].items()}
    return ApprovalSnapshot(
        id=request.id,
        of=customer_of(prop, workspace, invoice),
        act=str(request.act),
        seen=of_it(**seen),
        to_card=request.details.get("to_card", False),
        reason=request.details.get("reason", ""),
        requested_by=request.requested_by,
        requested_at=request.requested_at,
        expires_at=request.expires_at,
        state=request.state(work.now),
        decided_by=request.decided_by or "",
        channel=request.channel or "",
        ts=request.ts or "",
    )
