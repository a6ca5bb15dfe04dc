"""The rows and their rules, one file a noun. Every table is led by its workspace, so that it can be sharded."""

from billing.domain.models.audit import AuditEntry
from billing.domain.models.base import Base
from billing.domain.models.card_setups import CardSetup
from billing.domain.models.catalogue import AddOn, CatalogueVersion, Plan, Price
from billing.domain.models.changes import PlannedChange
from billing.domain.models.credit_notes import CreditNote, CreditNoteLine
from billing.domain.models.drawings import Drawing, KeptLogo
from billing.domain.models.gateway_events import GatewayEventRow, Mismatch
from billing.domain.models.help import HelpVote
from billing.domain.models.invoices import Invoice, InvoiceLine, NumberSeries
from billing.domain.models.ledger import Posting
from billing.domain.models.members import Member, Person
from billing.domain.models.outbox import OutboxMessage
from billing.domain.models.payments import Payment, PaymentAttempt, PaymentMethod
from billing.domain.models.properties import Property, Workspace
from billing.domain.models.refunds import Refund
from billing.domain.models.subscriptions import Subscription

__all__ = [
    "AddOn",
    "AuditEntry",
    "Base",
    "CardSetup",
    "CatalogueVersion",
    "CreditNote",
    "CreditNoteLine",
    "Drawing",
    "GatewayEventRow",
    "HelpVote",
    "Invoice",
    "InvoiceLine",
    "KeptLogo",
    "Member",
    "Mismatch",
    "NumberSeries",
    "OutboxMessage",
    "Payment",
    "PaymentAttempt",
    "PaymentMethod",
    "Person",
    "Plan",
    "PlannedChange",
    "Posting",
    "Price",
    "Property",
    "Refund",
    "Subscription",
    "Workspace",
]
