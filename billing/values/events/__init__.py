"""Facts in the past tense: what the team must be told. Written to the outbox with the act itself."""

from billing.values.events.base import (
    Event,
    PropertyEvent,
    Topic,
)
from billing.values.events.channels import ChannelUnusable
from billing.values.events.payments import (
    AuthenticationNeeded,
    CardSaved,
    CreditNoteIssued,
    LatePaymentCredited,
    PaymentDisputed,
    PaymentFailed,
    PaymentReceived,
    ReceiptUndelivered,
    UnissuedPaymentCredited,
)
from billing.values.events.people import (
    MemberChanged,
    RoleAskedFor,
    RoleDeclined,
    SupportAsked,
    SupportReceived,
)
from billing.values.events.subscriptions import (
    CancellationUndone,
    ChangePlanned,
    PaidEvent,
    PlanChanged,
    PlannedChangeUndone,
    SubscriptionCancelled,
    SubscriptionEnded,
    SubscriptionRestarted,
    SubscriptionStarted,
    SubscriptionTransferred,
    end_of,
)

__all__ = [
    "EVENTS",
    "AuthenticationNeeded",
    "CancellationUndone",
    "CardSaved",
    "ChangePlanned",
    "ChannelUnusable",
    "CreditNoteIssued",
    "Event",
    "LatePaymentCredited",
    "MemberChanged",
    "PaidEvent",
    "PaymentDisputed",
    "PaymentFailed",
    "PaymentReceived",
    "PlanChanged",
    "PlannedChangeUndone",
    "PropertyEvent",
    "ReceiptUndelivered",
    "RoleAskedFor",
    "RoleDeclined",
    "SubscriptionCancelled",
    "SubscriptionEnded",
    "SubscriptionRestarted",
    "SubscriptionStarted",
    "SubscriptionTransferred",
    "SupportAsked",
    "SupportReceived",
    "Topic",
    "UnissuedPaymentCredited",
    "end_of",
]

EVENTS: dict[str, type[PropertyEvent]] = {
    event.__name__: event
    for event in (
        SubscriptionStarted,
        SubscriptionCancelled,
        CancellationUndone,
        SubscriptionEnded,
        SubscriptionRestarted,
        ChangePlanned,
        PlannedChangeUndone,
        PlanChanged,
        SubscriptionTransferred,
        PaymentReceived,
        PaymentFailed,
        PaymentDisputed,
        AuthenticationNeeded,
        LatePaymentCredited,
        UnissuedPaymentCredited,
        CardSaved,
        MemberChanged,
        RoleAskedFor,
        RoleDeclined,
        SupportAsked,
        SupportReceived,
        CreditNoteIssued,
        ReceiptUndelivered,
        ChannelUnusable,
    )
}
