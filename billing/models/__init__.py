"""The rows and their rules, one file a noun. Every table is led by its workspace, so that it can be sharded."""

from billing.models.api_keys import ApiKey
from billing.models.api_replies import ApiReply
from billing.models.approvals import ApprovalRequest
from billing.models.audit import AuditEntry
from billing.models.base import Base
from billing.models.budgets import Budget
from billing.models.card_setups import CardSetup
from billing.models.catalogue import AddOn, CatalogueVersion, Plan, Price
from billing.models.changes import PlannedChange
from billing.models.channels import PrivateChannel, UnusableChannel
from billing.models.contacts import BillingContact
from billing.models.copies import AdoptedPayment, GatewayLook, Hold
from billing.models.credit_notes import CreditNote, CreditNoteLine
from billing.models.downloads import Download
from billing.models.drawings import Drawing, KeptLogo
from billing.models.einvoices import EInvoice, SdiReceipt
from billing.models.exchange_rates import EuroTax, ExchangeRate
from billing.models.facts import Fact
from billing.models.gateway_events import GatewayEventRow, Mismatch
from billing.models.help import HelpVote
from billing.models.idempotency import IdempotencyKey
from billing.models.imports import ImportedSubscription
from billing.models.installations import InstalledApp, InstallState
from billing.models.invoices import Invoice, InvoiceLine, NumberSeries
from billing.models.ledger import Posting
from billing.models.members import Member, Person
from billing.models.outbox import OutboxMessage
from billing.models.payments import Payment, PaymentAttempt, PaymentMethod
from billing.models.properties import Property, Workspace
from billing.models.purchase_requests import PurchaseRequest
from billing.models.refunds import Refund
from billing.models.reports import ReportedMonth
from billing.models.sdi_mails import SdiMail, SdiSending
from billing.models.seals import Seal, SealedRow
from billing.models.subscriptions import Subscription
from billing.models.upgrades import FinishedUpgrade
from billing.models.usage import UsageCounter, UsageEvent
from billing.models.vat_numbers import VatConsultation, VatNumber
from billing.models.verifications import Verification
from billing.models.webhooks import WebhookDelivery, WebhookEndpoint

__all__ = [
    "AddOn",
    "AdoptedPayment",
    "ApiKey",
    "ApiReply",
    "ApprovalRequest",
    "AuditEntry",
    "Base",
    "BillingContact",
    "Budget",
    "CardSetup",
    "CatalogueVersion",
    "CreditNote",
    "CreditNoteLine",
    "Download",
    "Drawing",
    "EInvoice",
    "EuroTax",
    "ExchangeRate",
    "Fact",
    "FinishedUpgrade",
    "GatewayEventRow",
    "GatewayLook",
    "HelpVote",
    "Hold",
    "IdempotencyKey",
    "ImportedSubscription",
    "InstallState",
    "InstalledApp",
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
    "PrivateChannel",
    "Property",
    "PurchaseRequest",
    "Refund",
    "ReportedMonth",
    "SdiMail",
    "SdiReceipt",
    "SdiSending",
    "Seal",
    "SealedRow",
    "Subscription",
    "UnusableChannel",
    "UsageCounter",
    "UsageEvent",
    "VatConsultation",
    "VatNumber",
    "Verification",
    "WebhookDelivery",
    "WebhookEndpoint",
    "Workspace",
]
