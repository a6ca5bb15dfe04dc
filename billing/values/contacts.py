"""Billing contacts: the kinds of mail that one can get, and which kind a fact is."""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum

from billing.values.events import (
    AuthenticationNeeded,
    BudgetReached,
    CancellationUndone,
    CardReminder,
    ChangePlanned,
    CreditNoteIssued,
    DetailsMissing,
    PaymentDisputed,
    PaymentFailed,
    PaymentReceived,
    PlanChanged,
    PlannedChangeDropped,
    PlannedChangeUndone,
    PropertyEvent,
    RenewalOverdue,
    RenewalReminder,
    SubscriptionCancelled,
    SubscriptionEnded,
    SubscriptionRestarted,
    SubscriptionStarted,
    SubscriptionTransferred,
    TrialExtended,
    TrialReminder,
)

# Where an address is confirmed, below the desk's own: the workspace, the contact and its code follow.
LINKS = "/contacts/"


class ContactKind(StrEnum):
    """What a billing contact of a property gets by mail (product, line 44)."""

    RECEIPTS = "receipts"
    PAYMENT_PROBLEMS = "payment_problems"
    REMINDERS = "reminders"
    CONTRACT_CHANGES = "contract_changes"


KINDS: dict[type[PropertyEvent], ContactKind] = {
    PaymentReceived: ContactKind.RECEIPTS,
    CreditNoteIssued: ContactKind.RECEIPTS,
    BudgetReached: ContactKind.RECEIPTS,
    **dict.fromkeys(
        (PaymentFailed, PaymentDisputed, AuthenticationNeeded, RenewalOverdue), ContactKind.PAYMENT_PROBLEMS
    ),
    **dict.fromkeys((DetailsMissing, RenewalReminder, TrialReminder, CardReminder), ContactKind.REMINDERS),
    **dict.fromkeys(
        (
            SubscriptionStarted,
            SubscriptionRestarted,
            TrialExtended,
            SubscriptionCancelled,
            CancellationUndone,
            ChangePlanned,
            PlannedChangeDropped,
            PlannedChangeUndone,
            PlanChanged,
            SubscriptionTransferred,
        ),
        ContactKind.CONTRACT_CHANGES,
    ),
}


def kind_of(event: PropertyEvent) -> ContactKind | None:
    """Which kind of mail tells of it; None for what no contact is told."""
    if isinstance(event, SubscriptionEnded):
        return ContactKind.PAYMENT_PROBLEMS if event.unpaid else ContactKind.CONTRACT_CHANGES
    return KINDS.get(type(event))


def mailed_as(event: PropertyEvent) -> str | None:
    """The subject of what contacts are mailed: the receipts of one subscription are dropped together."""
    return (
        receipts_of(event.subscription_id) if isinstance(event, PaymentReceived | CreditNoteIssued) else None
    )


def receipts_of(subscription_id: str) -> str:
    """The subject of the mails with its receipts."""
    return f"receipts {subscription_id}"


def link_of(public_url: str, workspace_id: str, contact_id: str, code: str) -> str:
    """Where whoever reads mail at a contact's address confirms it; nowhere for a desk that browsers do not reach."""
    return f"{public_url.rstrip('/')}{LINKS}{workspace_id}/{contact_id}/{code}" if public_url else ""


def as_words(kinds: Collection[ContactKind]) -> str:
    """As they are kept: in one order, with blanks between."""
    return " ".join(kind for kind in ContactKind if kind in kinds)


def from_words(words: str) -> tuple[ContactKind, ...]:
    """What `as_words` kept."""
    kept = words.split()
    return tuple(kind for kind in ContactKind if kind in kept)
