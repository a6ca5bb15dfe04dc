"""What needs another admin: a purchase or an upgrade above the limit of its property."""

from __future__ import annotations

from dataclasses import dataclass

from billing.values.errors import Refusal
from billing.values.money import Money
from billing.values.refusals.subscriptions import PreviewChanged


@dataclass(eq=False)
class NeedsApproval(PreviewChanged):
    """What it costs now is above the limit: it is asked for, and not done."""


@dataclass(eq=False)
class NeedsNoApproval(PreviewChanged):
    """It is not above the limit any more: it can be done without asking."""


@dataclass(eq=False)
class NobodyToApprove(Refusal):
    """The property has nobody else who could approve what is above this limit."""

    limit: Money


@dataclass(eq=False)
class OwnPurchaseRequest(Refusal):
    """Who asked cannot be the one who approves it."""


@dataclass(eq=False)
class PurchaseRequestClosed(Refusal):
    """Nothing is to be decided any more: it was approved, declined or withdrawn (`by` whom), or has expired."""

    state: str
    by: str = ""


@dataclass(eq=False)
class RequesterLeft(Refusal):
    """Who asked may not change the property's billing any more, so nothing is done in their name."""

    user_id: str


@dataclass(eq=False)
class RequestMoved(Refusal):
    """Its subscription belongs to another property by now."""
