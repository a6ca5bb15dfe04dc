"""What leaves the services: frozen values that say all a reader may see, one file a noun."""

from billing.values.snapshots.audit import AuditLine, AuditPage, Health, Votes
from billing.values.snapshots.contacts import ContactSnapshot, ContactsPage
from billing.values.snapshots.downloads import (
    ArchiveFile,
    DocumentRow,
    DownloadChoices,
    DownloadSnapshot,
    MoneyRow,
    Papers,
)
from billing.values.snapshots.invoices import (
    CreditNoteSnapshot,
    InvoiceFile,
    InvoicePage,
    InvoiceSnapshot,
    InvoiceState,
)
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
from billing.values.snapshots.operators import MOST_FOUND, Customer, CustomerPage
from billing.values.snapshots.payments import (
    AttemptPage,
    AttemptSnapshot,
    CardSetupSnapshot,
    CardSnapshot,
    MethodSnapshot,
    PaymentSnapshot,
    RefundSnapshot,
)
from billing.values.snapshots.profiles import ProfileSnapshot
from billing.values.snapshots.properties import (
    ChannelTrouble,
    MemberSnapshot,
    MembersPage,
    PropertySnapshot,
)
from billing.values.snapshots.spend import Spend, SpendRow
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
    "MOST_FOUND",
    "AgendaEntry",
    "AgendaPage",
    "ArchiveFile",
    "AttemptPage",
    "AttemptSnapshot",
    "AuditLine",
    "AuditPage",
    "CardSetupSnapshot",
    "CardSnapshot",
    "ChannelTrouble",
    "ContactSnapshot",
    "ContactsPage",
    "CreditNoteSnapshot",
    "Customer",
    "CustomerPage",
    "DocumentRow",
    "DownloadChoices",
    "DownloadSnapshot",
    "FailedDueWork",
    "Health",
    "InvoiceFile",
    "InvoicePage",
    "InvoiceSnapshot",
    "InvoiceState",
    "MemberSnapshot",
    "MembersPage",
    "MethodSnapshot",
    "MoneyRow",
    "Offer",
    "PaidTimeLost",
    "Papers",
    "PaymentSnapshot",
    "PendingSnapshot",
    "PlanChoices",
    "PlanOffer",
    "ProfileSnapshot",
    "PropertyDeletion",
    "PropertySnapshot",
    "PurchasesPage",
    "Quote",
    "ReceiptChoices",
    "RefundSnapshot",
    "SalesChoices",
    "Spend",
    "SpendRow",
    "SubscriptionSnapshot",
    "TransferChoices",
    "Votes",
    "first_charge",
    "monthly_total",
]
