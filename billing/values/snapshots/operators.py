"""What somebody of the seller's sees of a customer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from billing.values.money import Money
from billing.values.snapshots.subscriptions import PurchasesPage, SubscriptionSnapshot

# More customers than these are not shown of what was looked for.
MOST_FOUND = 10


@dataclass(frozen=True, slots=True)
class Customer:
    """A property that was found, in its workspace; by an invoice or, where that has none, a payment, if by one."""

    workspace_id: str
    workspace: str
    property_id: str
    property: str
    is_deleted: bool
    invoice_id: str = ""
    invoice_number: str = ""
    payment_id: str = ""

    def paid(self) -> str:
        """What a refund calls it: the invoice's number, or the payment's id."""
        return self.invoice_number or self.payment_id


@dataclass(frozen=True, slots=True)
class CustomerPage:
    """The page of that customer's property, as its admins see it."""

    customer: Customer
    page: PurchasesPage


@dataclass(frozen=True, slots=True)
class TrialFound:
    """A running free trial of that customer, which ends and is charged first at `ends_at`."""

    of: Customer
    subscription_id: str
    add_on: str
    plan: str
    ends_at: datetime
    time_zone: str


@dataclass(frozen=True, slots=True)
class CreditPreview:
    """What a credit note would give back, VAT included, and where it goes.

    `owed` is owed no more, `lost` was written off before, `refund` is promised to the card, `balance` becomes credit.
    `before` is what was credited of the invoice already.
    """

    total: Money
    owed: Money
    lost: Money
    refund: Money
    balance: Money
    before: Money

    @property
    def in_all(self) -> Money:
        """What is credited of the invoice with it."""
        return self.before + self.total


@dataclass(frozen=True, slots=True)
class RefundPreview:
    """What would go back to the card, and how much of it credit notes have promised; the rest is credit.

    `before` is what went back, or is on its way, already.
    """

    amount: Money
    promised: Money
    before: Money

    @property
    def in_all(self) -> Money:
        """What is given back of the payment with it."""
        return self.before + self.amount


@dataclass(frozen=True, slots=True)
class RetryPreview:
    """The open payment of an invoice that would be tried now, with the card of its subscription."""

    payment_id: str
    amount: Money
    subscription: SubscriptionSnapshot


@dataclass(frozen=True, slots=True)
class ApprovalSnapshot:
    """A credit note or refund that another operator has to approve, as it was shown to who asked for it.

    `act` is credit or refund, `state` open, approved, declined or expired. `reason` stands on the credit note;
    `channel` and `ts` say where Slack shows the request, if anywhere.
    """

    id: str
    of: Customer
    act: str
    seen: CreditPreview | RefundPreview
    to_card: bool
    reason: str
    requested_by: str
    requested_at: datetime
    expires_at: datetime
    state: str
    decided_by: str = ""
    channel: str = ""
    ts: str = ""

    @property
    def amount(self) -> Money:
        """What is credited or refunded."""
        return self.seen.total if isinstance(self.seen, CreditPreview) else self.seen.amount


@dataclass(frozen=True, slots=True)
class ApprovalReview:
    """A request, and what it would do now: it is carried out where that is the same as was shown."""

    request: ApprovalSnapshot
    now: CreditPreview | RefundPreview

    @property
    def is_unchanged(self) -> bool:
        return self.request.seen == self.now
