"""What the seller's own people are shown: every form, question and outcome of `/billing-operator`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from billing.i18n import Translator
from billing.services.credit_notes import REASON_LIMIT, Wanted
from billing.values.money import Money
from billing.values.refusals import NoPaymentMethod, NothingToPay, PaymentInProgress
from billing.values.snapshots import (
    MOST_FOUND,
    ApprovalReview,
    ApprovalSnapshot,
    CreditNoteSnapshot,
    CreditPreview,
    Customer,
    CustomerPage,
    PaymentSnapshot,
    PurchasesPage,
    RefundPreview,
    RefundSnapshot,
    RetryPreview,
    TrialFound,
)
from bot.blocks import Message
from bot.views import approvals, operator_acts, operator_refunds, operator_retries, operator_trials, operators

Name = Callable[[str], str]
ASKED = datetime(2026, 11, 29, 12, tzinfo=UTC)
CREDIT = CreditPreview(*(Money(minor, "EUR") for minor in (60000, 10000, 5000, 25000, 20000, 15000)))
REFUND = RefundPreview(*(Money(minor, "EUR") for minor in (60000, 25000, 15000)))
# The same when nothing of it is as it was.
CREDIT_NOW = CreditPreview(*[Money(1, "EUR")] * 6)
REFUND_NOW = RefundPreview(*[Money(1, "EUR")] * 3)
NOTE = CreditNoteSnapshot("cn_1", "CN-2026-000001", date(2026, 11, 29), CREDIT.total, "inv_1")


def operator_views(
    name: Name, page: PurchasesPage, payments: dict[str, PaymentSnapshot], t: Translator
) -> Iterator[dict[str, Any]]:
    """Each modal."""
    of, late = customer(name), late_payer(name)
    yield operators.page(CustomerPage(replace(of, is_deleted=True), page), t)
    yield operator_acts.credit_form(of, t)
    yield operator_refunds.refund_form(of, t)
    yield operator_refunds.refund_form(late, t)
    wanted = Wanted("600.00", True, name("Outage")[:REASON_LIMIT])
    for asks in (False, True):
        yield operator_acts.credit_preview(of, wanted, CREDIT, t, asks=asks)
        yield operator_refunds.refund_preview(of, REFUND, t, asks=asks)
    yield operator_refunds.refund_preview(late, REFUND, t, asks=False)
    amount = next(iter(payments.values())).amount
    yield operator_retries.retry_preview(of, RetryPreview("pay_1", amount, page.running[0]), t)
    trial = replace(page.running[0], status="trialing")
    yield operator_trials.form(("T1", "sub_1"), t)
    yield operator_trials.question(("T1", "sub_1"), 14, trial, ASKED, t)
    for asked in requests(name):
        yield approvals.review(ApprovalReview(asked, asked.seen), t)
        yield approvals.review(ApprovalReview(asked, CREDIT_NOW if asked.act == "credit" else REFUND_NOW), t)


def operator_messages(
    name: Name, page: PurchasesPage, payments: dict[str, PaymentSnapshot], t: Translator
) -> Iterator[Message]:
    """Each message."""
    of, late = customer(name), late_payer(name)
    yield operators.help_text(t)
    yield operators.unknown_command(name("fnd"), t)
    yield operators.nothing_to_find(t)
    for count in (0, 1, MOST_FOUND + 1):
        yield operators.found((of,) * count, name("piazza"), t)
    yield operator_acts.needs_number(t("credit"), t)
    yield operator_acts.no_invoice(name("2026-1"), t)
    for promised in (Money(0, "EUR"), CREDIT.refund):
        yield operator_acts.credited(of, NOTE, promised, t)
    made = [RefundSnapshot("ref_1", REFUND.amount, state, None) for state in ("open", "succeeded", "failed")]
    for which in (of, late):
        yield from (operator_refunds.refunded(which, one, t) for one in made)
    yield operator_refunds.cannot_wait(late, REFUND, t)
    yield from (operator_retries.retried(of, page.running[0], one, t) for one in payments.values())
    for why in (
        NothingToPay(),
        NoPaymentMethod("sub_1"),
        PaymentInProgress(),
        PaymentInProgress("https://bank.example/?a=1"),
    ):
        yield operator_retries.not_tried(of, why, t)
        if isinstance(why, PaymentInProgress):
            yield operator_acts.not_credited(of, why, t)
    trial = TrialFound(of, "sub_1", name("Knowledge Base"), name("Standard"), ASKED, "Europe/Rome")
    for count in (0, 1, MOST_FOUND + 1):
        yield operator_trials.found((trial,) * count, name("piazza"), t)
    yield operator_trials.found((), "", t)
    yield operator_trials.extended(page.running[0], t)
    yield from approval_messages(name, made[1], t)


def approval_messages(name: Name, refunded: RefundSnapshot, t: Translator) -> Iterator[Message]:
    for is_untold in (False, True):
        yield approvals.waits(t, is_untold=is_untold)
    credit, refund = requests(name)
    for state in ("open", "approved", "declined", "expired"):
        yield approvals.request(replace(credit, state=state, decided_by="U2"), t)
        yield approvals.request(replace(refund, state=state, decided_by="U2"), t)
    for count in (0, 1, MOST_FOUND + 1):
        yield approvals.requests((credit,) * count, t)
    yield approvals.approved(replace(credit, state="approved", decided_by="U2"), NOTE, t)
    yield approvals.approved(replace(refund, state="approved", decided_by="U2"), refunded, t)


def customer(name: Name) -> Customer:
    return Customer("T1", name("Esempio"), "prop_1", name("Piazza"), False, "inv_1", "2026-000012")


def late_payer(name: Name) -> Customer:
    """One whose payment came too late for an invoice."""
    return replace(customer(name), invoice_id="", invoice_number="", payment_id="pay_1")


def requests(name: Name) -> tuple[ApprovalSnapshot, ApprovalSnapshot]:
    """A credit note and a refund that wait."""
    credit = ApprovalSnapshot(
        id="apr_1",
        of=customer(name),
        act="credit",
        seen=CREDIT,
        to_card=True,
        reason=name("Outage")[:REASON_LIMIT],
        requested_by="U1",
        requested_at=ASKED,
        expires_at=ASKED + timedelta(days=1),
        state="open",
    )
    return credit, replace(credit, act="refund", seen=REFUND, to_card=False, reason="")
