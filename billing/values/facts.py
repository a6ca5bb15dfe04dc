"""Facts: what the seller's own product is told of, and which of them an act makes true."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any

State = Mapping[str, Any]


class FactType(StrEnum):
    """The kinds of facts. Those of one act are written in this order."""

    WORKSPACE_INSTALLED = "workspace.installed"
    WORKSPACE_UNINSTALLED = "workspace.uninstalled"
    PROPERTY_CREATED = "property.created"
    INVOICE_ISSUED = "invoice.issued"
    CREDIT_NOTE_ISSUED = "credit_note.issued"
    PAYMENT_FAILED = "payment.failed"
    PAYMENT_ACTION_REQUIRED = "payment.action_required"
    PAYMENT_REFUNDED = "payment.refunded"
    REFUND_FAILED = "refund.failed"
    INVOICE_PAID = "invoice.paid"
    INVOICE_UNCOLLECTIBLE = "invoice.uncollectible"
    SUBSCRIPTION_CREATED = "subscription.created"
    SUBSCRIPTION_RESTARTED = "subscription.restarted"
    SUBSCRIPTION_TRANSFERRED = "subscription.transferred"
    SUBSCRIPTION_CHANGED = "subscription.changed"
    SUBSCRIPTION_RENEWED = "subscription.renewed"
    SUBSCRIPTION_CANCELLED = "subscription.cancelled"
    SUBSCRIPTION_UNCANCELLED = "subscription.uncancelled"
    SUBSCRIPTION_PAST_DUE = "subscription.past_due"
    SUBSCRIPTION_ENDED = "subscription.ended"
    ENTITLEMENTS_CHANGED = "entitlements.changed"
    QUOTA_NEARING = "quota.nearing"
    QUOTA_REACHED = "quota.reached"
    PROPERTY_DELETED = "property.deleted"


IN_ORDER = {type_: place for place, type_ in enumerate(FactType)}
# What the purchase of a plan, or its failure, is called before there is a plan.
UNBORN = ("incomplete", "abandoned")
SERVICE = {"trialing": "active", "active": "active", "past_due": "grace", "ended": "ended"}
SOLD = ("add_on", "plan", "interval", "unit_price", "quantity")


def entitlement(subscription: State, quota: int | None) -> dict[str, Any]:
    """What a subscription entitles its property to. `until` is the decided end; null while it goes on."""
    cancelled, ended = subscription["cancelled_at"] is not None, subscription["status"] == "ended"
    return {
        "workspace": subscription["workspace"],
        "property": subscription["property"],
        "subscription": subscription["id"],
        "add_on": subscription["add_on"],
        "plan": subscription["plan"],
        "quantity": subscription["quantity"],
        "quota": quota,
        "state": SERVICE[subscription["status"]],
        "until": subscription["period_end_at" if cancelled and not ended else "ended_at"],
        "version": subscription["version"],
    }


def subscription_facts(before: State | None, after: State) -> list[FactType]:
    """What became true when a subscription came from one state to the other in one transaction."""
    if after["status"] in UNBORN:
        return []
    if before is None or before["status"] in UNBORN:
        return [FactType.SUBSCRIPTION_CREATED, FactType.ENTITLEMENTS_CHANGED]
    found = list(_changes(before, after))
    if not found and _differs(before, after, *(name for name in after if name != "version")):
        found.append(FactType.SUBSCRIPTION_CHANGED)
    if _entitles(before) != _entitles(after):
        found.append(FactType.ENTITLEMENTS_CHANGED)
    return found


def _changes(before: State, after: State) -> Iterator[FactType]:
    """All but what has no name of its own."""
    ended, restarted = (after["status"] == "ended"), (before["status"] == "ended")
    if restarted and not ended:
        yield FactType.SUBSCRIPTION_RESTARTED
        return
    if _differs(before, after, "property"):
        yield FactType.SUBSCRIPTION_TRANSFERRED
    if _differs(before, after, *SOLD):
        yield FactType.SUBSCRIPTION_CHANGED
    if after["period_start_at"] == before["period_end_at"]:
        yield FactType.SUBSCRIPTION_RENEWED
    if after["cancelled_at"] and not before["cancelled_at"]:
        yield FactType.SUBSCRIPTION_CANCELLED
    if before["cancelled_at"] and not after["cancelled_at"]:
        yield FactType.SUBSCRIPTION_UNCANCELLED
    if after["status"] == "past_due" and before["status"] != "past_due":
        yield FactType.SUBSCRIPTION_PAST_DUE
    if ended and not restarted:
        yield FactType.SUBSCRIPTION_ENDED


def _differs(before: State, after: State, *names: str) -> bool:
    return any(before[name] != after[name] for name in names)


def _entitles(subscription: State) -> State:
    return entitlement(subscription, None) | {"version": None}
