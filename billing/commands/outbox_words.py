"""Failed messages in the operator's words: what was to be told, where, and what stood in the way."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from billing.i18n import Translator
from billing.values.outbox import Audience, FailedMessage

# By the event's kind.
WHAT: Mapping[str, str] = MappingProxyType(
    {
        "ContactToConfirm": "billing contact to confirm",
        "ContactRefused": "billing contact refused",
        "VatNumberRejected": "VAT number not valid",
        "SubscriptionStarted": "subscription started",
        "TrialExtended": "free trial extended",
        "SubscriptionCancelled": "subscription cancelled",
        "CancellationUndone": "cancellation undone",
        "SubscriptionEnded": "subscription ended",
        "RenewalOverdue": "renewal overdue",
        "SubscriptionRestarted": "subscription restarted",
        "ChangePlanned": "change scheduled",
        "PlannedChangeDropped": "scheduled change dropped",
        "PlannedChangeUndone": "scheduled change undone",
        "PlanChanged": "plan changed",
        "SubscriptionTransferred": "subscription transferred",
        "QuotaUsed": "quota used",
        "RenewalReminder": "reminder of a yearly renewal",
        "TrialReminder": "reminder of a trial that ends",
        "CardReminder": "reminder of a card that expires",
        "PurchaseRequested": "request for approval of a purchase",
        "BudgetReached": "budget nearly or all spent",
        "PaymentReceived": "payment received",
        "PaymentFailed": "payment failed",
        "PaymentDisputed": "payment disputed",
        "AuthenticationNeeded": "bank confirmation needed",
        "LatePaymentCredited": "late payment credited",
        "UnissuedPaymentCredited": "payment credited without an invoice",
        "CardSaved": "card saved",
        "MemberChanged": "member changed",
        "BillingAdminLeft": "Billing Admin left",
        "BillingAdminReplaced": "Billing Admin replaced",
        "RecipientLeft": "recipient of receipts left",
        "RoleAskedFor": "access requested",
        "RoleDeclined": "access declined",
        "SupportAsked": "message to support",
        "SupportReceived": "confirmation of a message to support",
        "CreditNoteIssued": "credit note issued",
        "ReceiptUndelivered": "receipt undelivered",
        "RefundFailed": "refund failed",
        "AppInstalled": "app installed",
        "DetailsMissing": "billing details missing",
        "ChannelUnusable": "billing channel unusable",
        "MonthReported": "report of a month",
    }
)

# By the far side's name for what is wrong, or by that of the error with which a call ended.
WHY: Mapping[str, str] = MappingProxyType(
    {
        "TimeoutError": "no answer in time",
        "ClientConnectorError": "the server can't be reached",
        "ServerDisconnectedError": "the connection broke",
        "ratelimited": "too many messages at once",
        "internal_error": "Slack had an internal error",
        "channel_not_found": "the channel or person isn't there",
        "not_in_channel": "the app isn't in the channel",
        "not_in_it": "the app isn't in the channel",
        "not_found": "the channel isn't there",
        "is_archived": "the channel is archived",
        "archived": "the channel is archived",
        "shared": "the channel is shared with another organisation",
        "user_disabled": "the person was deactivated",
        "invalid_auth": "Slack doesn't take the token",
        "token_revoked": "the token was revoked",
        "account_inactive": "the app was removed from the workspace",
        "missing_scope": "the app lacks a permission",
        "invalid_blocks": "Slack doesn't take the message's form",
        "msg_too_long": "the message is too long",
        "the app is not installed there": "the app isn't installed in the workspace",
        "nobody knows the reader's language": "Slack doesn't say who the reader is",
    }
)

PLACES: Mapping[Audience, str] = MappingProxyType(
    {
        Audience.SLACK_CHANNEL: "channel {address} ({workspace})",
        Audience.SLACK_PERSON: "direct messages of {address} ({workspace})",
        Audience.MAIL_PERSON: "mail to {address} ({workspace})",
        Audience.MAIL_RECEIPTS: "receipts by email of {address} ({workspace})",
        Audience.MAIL_CONTACT: "mail to the billing contact {address} ({workspace})",
    }
)


def what_in_words(kind: str, t: Translator) -> str:
    """What was to be told; what another version wrote is called that."""
    return t(WHAT[kind]) if kind in WHAT else t("a message of another version")


def place_in_words(one: FailedMessage, t: Translator) -> str:
    """Where it was to be told."""
    return t(PLACES[one.audience], address=one.address, workspace=one.workspace_id)


def error_in_words(error: str, t: Translator) -> str:
    """What stood in the way of the last try."""
    if error in WHY:
        return t(WHY[error])
    if error.startswith("Mail"):
        return t("the mail server didn't take it")
    if error.isdecimal():
        return t("the server answered {status}", status=error)
    return t("the last try failed")
