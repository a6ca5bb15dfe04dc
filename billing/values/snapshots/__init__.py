"""What leaves the services: frozen values that say all a reader may see, one file a noun."""

from billing.values.snapshots.audit import AuditLine, AuditPage, Health, Votes
from billing.values.snapshots.invoices import CreditNoteSnapshot, InvoiceFile, InvoicePage, InvoiceSnapshot
from billing.values.snapshots.offers import (
    Offer,
    PaidTimeLost,
    PlanChoices,
    PlanOffer,
    Quote,
    ReceiptChoices,
    SalesChoices,
    TransferChoices,
)
from billing.values.snapshots.payments import (
    AttemptPage,
    AttemptSnapshot,
    CardSetupSnapshot,
    CardSnapshot,
    MethodSnapshot,
    PaymentSnapshot,
    RefundSnapshot,
)
from billing.values.snapshots.properties import (
    ChannelTrouble,
    MemberSnapshot,
    MembersPage,
    PropertySnapshot,
)
from billing.values.snapshots.subscriptions import (
    AgendaEntry,
    AgendaPage,
    FailedDueWork,
    PendingSnapshot,
    PropertyDeletion,
    PurchasesPage,
    SubscriptionSnapshot,
    first_charge,
    monthly_total,
)

__all__ = [
    "AgendaEntry",
    "AgendaPage",
    "AttemptPage",
    "AttemptSnapshot",
    "AuditLine",
    "AuditPage",
    "CardSetupSnapshot",
    "CardSnapshot",
    "ChannelTrouble",
    "CreditNoteSnapshot",
    "FailedDueWork",
    "Health",
    "InvoiceFile",
    "InvoicePage",
    "InvoiceSnapshot",
    "MemberSnapshot",
    "MembersPage",
    "MethodSnapshot",
    "Offer",
    "PaidTimeLost",
    "PaymentSnapshot",
    "PendingSnapshot",
    "PlanChoices",
    "PlanOffer",
    "PropertyDeletion",
    "PropertySnapshot",
    "PurchasesPage",
    "Quote",
    "ReceiptChoices",
    "RefundSnapshot",
    "SalesChoices",
    "SubscriptionSnapshot",
    "TransferChoices",
    "Votes",
    "first_charge",
    "monthly_total",
]
