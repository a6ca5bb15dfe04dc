"""What is done for one row that is due at the gateway: collected, asked after, given up, detached."""

from __future__ import annotations

from billing.payments.bulk import collect_due
from billing.payments.cards import SetupKey, detach_card
from billing.payments.cards import poll_setup as ask_after_setup
from billing.payments.collection import collect_once
from billing.payments.outcomes import PaymentKey
from billing.payments.polling import ask_after, give_up_expired
from billing.payments.refunds import RefundKey
from billing.payments.refunds import poll_refund as ask_after_refund
from billing.queries.due_work import DueRows
from billing.renewals.single import DueReport
from billing.work import Billing


def collect(billing: Billing, workspace_id: str, payment_id: str) -> DueReport:
    collect_once(billing, PaymentKey(workspace_id, payment_id), scheduled=True)
    return DueReport(collected=1)


def collect_in_bulk(which: DueRows, billing: Billing) -> DueReport:
    collected = collect_due(billing, which)
    return DueReport(collected=collected.tried - collected.left, left=collected.left)


def ask(billing: Billing, workspace_id: str, payment_id: str) -> DueReport:
    ask_after(billing, PaymentKey(workspace_id, payment_id))
    return DueReport(collected=1)


def expire(billing: Billing, workspace_id: str, payment_id: str) -> DueReport:
    give_up_expired(billing, PaymentKey(workspace_id, payment_id))
    return DueReport()


def poll_setup(billing: Billing, workspace_id: str, setup_id: str) -> DueReport:
    ask_after_setup(billing, SetupKey(workspace_id, setup_id))
    return DueReport()


def poll_refund(billing: Billing, workspace_id: str, refund_id: str) -> DueReport:
    ask_after_refund(billing, RefundKey(workspace_id, refund_id))
    return DueReport()


def detach(billing: Billing, workspace_id: str, payment_method_id: str) -> DueReport:
    return DueReport(left=0 if detach_card(billing, workspace_id, payment_method_id) else 1)
