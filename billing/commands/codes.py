"""The codes of states, kinds and roles, as an operator reads them; with --json they stay codes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

from billing.i18n import Translator
from billing.values.declines import REASONS, REFUND_REASONS

CODES: Mapping[str, str] = MappingProxyType(
    {
        # of payments and invoices
        "open": "open",
        "past_due": "past due",
        "paid": "paid",
        "carried": "carried to the next invoice",
        "disputed": "disputed",
        "dispute_lost": "dispute lost",
        "uncollectible": "uncollectible",
        "credited": "credited",
        "failed": "failed",
        # of requests for a second operator, besides "declined"
        "approved": "approved",
        "expired": "expired",
        "withdrawn": "withdrawn",
        # of subscriptions, besides "past due"
        "active": "active",
        "trialing": "on a free trial",
        "incomplete": "its first payment is not decided",
        # of deliveries to the seller's product
        "waiting": "not sent yet",
        "failing": "not taken yet",
        "delivered": "arrived",
        "dead": "given up",
        # of disputes
        "won": "won",
        "lost": "lost",
        # of tries
        "sent": "on its way",
        "unknown": "outcome unknown",
        "action_required": "waits for the payer",
        "succeeded": "succeeded",
        "declined": "declined",
        "declined_for_good": "declined for good",
        "not_tried": "not tried",
        # what is paid for
        "purchase": "purchase",
        "change": "change of plan",
        "restart": "restart",
        "renewal": "renewal",
        # roles
        "owner": "owner",
        "admin": "admin",
        "accountant": "accountant",
        "agent": "agent",
        # kinds of mail
        "receipts": "receipts",
        "payment_problems": "payment problems",
        "reminders": "reminders",
        "contract_changes": "contract changes",
        # intervals
        "month": "month",
        "year": "year",
        # accounts of the ledger, besides "carried"
        "receivable": "receivables",
        "cash": "held by the gateway",
        "revenue": "revenue",
        "tax": "VAT",
        "credit": "credit balances",
        "bad_debt": "bad debt",
        "refund": "refunds to be sent",
        "forfeited": "credit given up",
        # movements of recurring revenue
        "opening": "opening",
        "new": "new",
        "expansion": "expansion",
        "contraction": "contraction",
        "churn": "churn",
        "reactivation": "reactivation",
        "closing": "closing",
        # what became of failed renewals, besides "lost" and "credited"
        "recovered": "recovered",
        "still_open": "still open",
        # what comes
        "renews": "renews",
        "changes": "changes",
        "ends": "ends",
        "trial_ends": "trial ends",
        "converts": "becomes paid",
        "retries": "is tried again",
        "collects": "is charged",
        "ends_unpaid": "ends unless paid",
    }
)


def moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"


def in_words(code: str, t: Translator) -> str:
    return t(CODES[code])


def reason_in_words(code: str, t: Translator) -> str:
    """Why money did not move; the gateway's own word where it is none that we know."""
    known = {**REASONS, **REFUND_REASONS}
    return t(known[code]) if code in known else code
