"""What is planted in the rows by bare SQL, past all that keeps it out, and which invariants say so."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from billing.invariants import (
    ASKED,
    BOOKED_FOR,
    DATES,
    DECIDED,
    DUE,
    NAMED_ONCE,
    NEXT_TRY,
    OWN,
    REFUNDS,
    STATUSES,
)
from billing.invariants.documents import E_INVOICES, FROZEN, SUMS
from billing.invariants.periods import ANCHORED

PIAZZA, CORSO, VIALE = (
    f"(SELECT id FROM properties WHERE name = '{name}')" for name in ("Piazza", "Corso", "Viale")
)
PLAIN = f"(SELECT id FROM subscriptions WHERE add_on_id = 'plain' AND property_id = {PIAZZA})"
ENDED = "(SELECT id FROM subscriptions WHERE status = 'ended')"
TRIAL = "(SELECT id FROM subscriptions WHERE status = 'trialing')"
PAST_DUE = "(SELECT id FROM subscriptions WHERE status = 'past_due')"
INCOMPLETE = "(SELECT id FROM subscriptions WHERE status = 'incomplete')"
PAID = f"(SELECT min(id) FROM payments WHERE state = 'paid' AND kind = 'renewal' AND property_id = {PIAZZA})"
LAST_PAID = "(SELECT max(id) FROM payments WHERE state = 'paid' AND kind = 'renewal')"
UNPAID = "(SELECT id FROM payments WHERE state = 'open' AND kind = 'renewal')"
UNDONE = "(SELECT id FROM payments WHERE state = 'open' AND kind = 'purchase')"
FIRST_INVOICE = "(SELECT min(id) FROM invoices)"
LAST_INVOICE = "(SELECT id FROM invoices ORDER BY sequence DESC LIMIT 1)"
CARD_OF_CORSO = f"(SELECT min(id) FROM payment_methods WHERE property_id = {CORSO})"
NOTE = "(SELECT min(id) FROM credit_notes)"
BILLED, PLAN_OF_ITS_OWN = "periods are billed", "a property has one plan of an add-on"
AT_ITS_END, PRICES = "periods are due at their end", "prices stay as they were"
PAYMENTS_BOOKED, REFUNDS_BOOKED = "payments are booked", "refunds are booked"
INVOICES_BOOKED, OVERDRAWN = "invoices are booked once", "credit is not overdrawn"
FITS, SERIES = "payments fit their invoice", "numbers fit their series"
ARRIVES, PAID_FOR = "messages arrive within a day", "invoices have a payment"
NOTES_BOOKED, GAPLESS = "credit notes are booked once", "numbers run without a gap"
PAYER = "who pays may change it"
COUNTERS, ONCE = "counters stand at the last number", "a period is charged once"

# What is done to the rows, and what is found then. Some of it breaks two truths at once.
PLANTS: dict[str, tuple[str, set[str]]] = {
    "a period moved on and was not billed": (
        "UPDATE subscriptions SET period_index = period_index + 1, period_start_at = period_end_at, "
        f"period_end_at = :next_month, due_at = :next_month WHERE id = {PLAIN}",
        {BILLED, ANCHORED, "no cycle begins early"},
    ),
    "who pays is no admin any more": (
        f"UPDATE members SET role = 'accountant' WHERE property_id = {PIAZZA}",
        {PAYER},
    ),
    "the bill of a period is gone": (
        f"UPDATE invoice_lines SET kind = 'rest' WHERE subscription_id = {PAST_DUE} AND invoice_id = "
        f"(SELECT max(invoice_id) FROM invoice_lines WHERE subscription_id = {PAST_DUE})",
        {BILLED, FROZEN},
    ),
    "a period is off its anchor": (
        f"UPDATE subscriptions SET period_end_at = :later, due_at = :later WHERE id = {PLAIN}",
        {ANCHORED},
    ),
    "an anchor was moved by an hour": (
        f"UPDATE subscriptions SET anchor_local = '2026-01-31 11:00:00' WHERE id = {PLAIN}",
        {ANCHORED},
    ),
    "an anchor is in another zone": (
        f"UPDATE subscriptions SET anchor_zone = 'Asia/Tokyo' WHERE id = {PLAIN}",
        {ANCHORED},
    ),
    "a trial lasts half a day longer": (
        f"UPDATE subscriptions SET period_end_at = :in_half_a_day, due_at = :in_half_a_day WHERE id = {TRIAL}",
        {ANCHORED},
    ),
    "a period has no length": (
        f"UPDATE subscriptions SET period_end_at = period_start_at WHERE id = {ENDED}",
        {STATUSES},
    ),
    "the schedule looks at a subscription in years": (
        f"UPDATE subscriptions SET due_at = :next_year WHERE id = {PLAIN}",
        {AT_ITS_END},
    ),
    "the schedule waits for years after a failure": (
        f"UPDATE subscriptions SET due_at = :next_year, due_failures = 3 WHERE id = {PLAIN}",
        {AT_ITS_END},
    ),
    "the schedule never looks at a subscription": (
        f"UPDATE subscriptions SET due_at = NULL WHERE id = {PLAIN}",
        {AT_ITS_END},
    ),
    "an open payment has no next try": (
        f"UPDATE payments SET next_try_at = NULL WHERE id = {UNPAID};"
        f"UPDATE payment_attempts SET state = 'declined', decided_at = sent_at, poll_at = NULL "
        f"WHERE payment_id = {UNPAID} AND state = 'action_required'",
        {NEXT_TRY},
    ),
    "an open payment is tried in years": (
        f"UPDATE payments SET next_try_at = :next_year WHERE id = {UNPAID}",
        {NEXT_TRY},
    ),
    "a first payment is never given up": (
        f"UPDATE payments SET expires_at = :next_year WHERE id = {UNDONE}",
        {NEXT_TRY},
    ),
    "a try of an open payment was left out": (
        f"UPDATE payments SET next_try_at = :two_hours_ago WHERE id = {UNPAID};"
        f"UPDATE payment_attempts SET state = 'declined', decided_at = sent_at, poll_at = NULL "
        f"WHERE payment_id = {UNPAID} AND state = 'action_required'",
        {DUE},
    ),
    "the gateway is asked after a try in years": (
        "UPDATE payment_attempts SET poll_at = :next_year WHERE state = 'action_required'",
        {ASKED},
    ),
    "a plan ended and no day says when": (
        f"UPDATE subscriptions SET ended_at = NULL WHERE id = {ENDED}",
        {STATUSES},
    ),
    "a plan has ended in the future": (
        f"UPDATE subscriptions SET ended_at = :next_year WHERE id = {ENDED}",
        {STATUSES},
    ),
    "a plan is active and has ended": (
        f"UPDATE subscriptions SET ended_at = :later WHERE id = {PLAIN}",
        {STATUSES},
    ),
    "a plan that has ended is active again": (
        f"UPDATE subscriptions SET status = 'active' WHERE id = {ENDED}",
        {STATUSES, DUE, PLAN_OF_ITS_OWN},
    ),
    "a cancellation lost its day": (
        f"UPDATE subscriptions SET cancelled_at = NULL WHERE id = {ENDED}",
        {STATUSES},
    ),
    "a cancellation has its day and nobody who did it": (
        f"UPDATE subscriptions SET cancelled_at = :two_hours_ago WHERE id = {PLAIN}",
        {STATUSES},
    ),
    "a cancelled plan has no end": (
        f"UPDATE subscriptions SET cancelled_at = :two_hours_ago, cancelled_by = 'UOWNER', period_end_at = NULL, "
        f"due_at = NULL WHERE id = {TRIAL}",
        {STATUSES, AT_ITS_END, ANCHORED},
    ),
    "a trial has no end": (
        f"UPDATE subscriptions SET period_end_at = NULL, due_at = NULL WHERE id = {TRIAL}",
        {STATUSES, AT_ITS_END, ANCHORED},
    ),
    "a paid plan is a free trial again": (
        f"UPDATE subscriptions SET status = 'trialing' WHERE id = {PLAIN}",
        {STATUSES},
    ),
    "a trial became a plan and was never billed": (
        f"UPDATE subscriptions SET status = 'active' WHERE id = {TRIAL}",
        {BILLED, ANCHORED},
    ),
    "a plan is past due and owes nothing": (
        f"UPDATE subscriptions SET status = 'past_due' WHERE id = {PLAIN}",
        {STATUSES},
    ),
    "a plan whose renewal failed is active": (
        f"UPDATE subscriptions SET status = 'active' WHERE id = {PAST_DUE}",
        {STATUSES},
    ),
    "a plan waits for a first payment that failed": (
        "UPDATE subscriptions SET status = 'incomplete' WHERE status = 'abandoned'",
        {STATUSES},
    ),
    "a property has two plans of one add-on": (
        f"UPDATE subscriptions SET add_on_id = 'tried', price_id = (SELECT price_id FROM subscriptions "
        f"WHERE id = {TRIAL}), quantity = 1 WHERE id = {PLAIN}",
        {PLAN_OF_ITS_OWN, PRICES, OWN},
    ),
    "a price was edited while it is paid": (
        f"UPDATE prices SET minor = minor + 500 WHERE id = (SELECT price_id FROM subscriptions WHERE id = {PLAIN})",
        {PRICES},
    ),
    "a subscription has more units than were billed": (
        f"UPDATE subscriptions SET quantity = 5 WHERE id = {PLAIN}",
        {PRICES},
    ),
    "a booking names a document that is not there": (
        f"UPDATE postings SET invoice_id = 'inv_gone' WHERE entry_id = {FIRST_INVOICE}",
        {OWN, INVOICES_BOOKED},
    ),
    "an entry has the id of a document that is not there": (
        f"UPDATE postings SET entry_id = 'inv_gone' WHERE entry_id = {FIRST_INVOICE}",
        {OWN, INVOICES_BOOKED},
    ),
    "a booking names another customer's document": (
        f"UPDATE postings SET property_id = {CORSO} WHERE invoice_id = {FIRST_INVOICE}",
        {OWN},
    ),
    "a payment is booked for another invoice": (
        f"UPDATE postings SET invoice_id = {LAST_INVOICE} WHERE entry_id = {PAID}",
        {OWN},
    ),
    "a booking is for nothing": (
        f"UPDATE postings SET entry_id = 'ent_of_nothing', invoice_id = NULL WHERE entry_id = {PAID}",
        {BOOKED_FOR, PAYMENTS_BOOKED},
    ),
    "credit comes out of nothing": (
        "INSERT INTO postings SELECT workspace_id, 'ent_gift', 1, property_id, 'credit', currency, -5000, at, "
        f"NULL, NULL, NULL, NULL FROM postings WHERE invoice_id = {FIRST_INVOICE} AND account = 'cash' UNION ALL "
        "SELECT workspace_id, 'ent_gift', 2, property_id, 'forfeited', currency, 5000, at, NULL, NULL, NULL, NULL "
        f"FROM postings WHERE invoice_id = {FIRST_INVOICE} AND account = 'cash'",
        {BOOKED_FOR},
    ),
    "credit comes out of a payment that was a loss": (
        "INSERT INTO postings SELECT workspace_id, 'ent_gift', 1, property_id, 'credit', currency, -5000, at, "
        "invoice_id, entry_id, NULL, NULL FROM postings "
        f"WHERE entry_id = {PAID} AND account = 'cash' UNION ALL "
        "SELECT workspace_id, 'ent_gift', 2, property_id, 'bad_debt', currency, 5000, at, invoice_id, entry_id, "
        f"NULL, NULL FROM postings WHERE entry_id = {PAID} AND account = 'cash'",
        {PAYMENTS_BOOKED},
    ),
    "credit comes out of an invoice": (
        "INSERT INTO postings SELECT workspace_id, entry_id, 8, property_id, 'credit', currency, -5000, at, "
        "invoice_id, NULL, NULL, NULL FROM postings WHERE account = 'receivable' AND "
        f"entry_id = {FIRST_INVOICE} UNION ALL SELECT workspace_id, entry_id, 9, property_id, 'bad_debt', "
        "currency, 5000, at, invoice_id, NULL, NULL, NULL FROM postings WHERE "
        f"account = 'receivable' AND entry_id = {FIRST_INVOICE}",
        {INVOICES_BOOKED},
    ),
    "more was refunded than was paid": (
        "UPDATE refunds SET minor = 900000, promised_minor = 0;"
        "UPDATE postings SET minor = CASE account WHEN 'cash' THEN -900000 ELSE 900000 END, "
        "account = CASE account WHEN 'cash' THEN 'cash' ELSE 'credit' END WHERE refund_id IS NOT NULL",
        {REFUNDS, OVERDRAWN},
    ),
    "more was refunded than credit notes promised": (
        "UPDATE credit_notes SET balance_minor = balance_minor + refund_minor, refund_minor = 0 "
        "WHERE refund_minor > 0;"
        "UPDATE postings SET account = 'credit' WHERE account = 'refund' AND credit_note_id IS NOT NULL",
        {REFUNDS},
    ),
    "a refund is open and nobody asks after it": (
        "UPDATE refunds SET state = 'open', poll_at = NULL;DELETE FROM postings WHERE refund_id IS NOT NULL",
        {ASKED},
    ),
    "a refund is another customer's": (
        f"UPDATE refunds SET property_id = {CORSO};"
        f"UPDATE postings SET property_id = {CORSO} WHERE refund_id IS NOT NULL",
        {OWN},
    ),
    "a refund was booked as credit in place of cash": (
        "UPDATE postings SET account = 'bad_debt' WHERE refund_id IS NOT NULL AND account = 'refund'",
        {REFUNDS_BOOKED},
    ),
    "a payment is paid and not booked": (
        f"UPDATE payments SET state = 'paid', decided_at = created_at, next_try_at = NULL WHERE id = {UNPAID}",
        {PAYMENTS_BOOKED, STATUSES},
    ),
    "an invoice is paid by no payment": (
        f"DELETE FROM postings WHERE entry_id = {PAID};DELETE FROM payment_attempts WHERE payment_id = {PAID};"
        f"DELETE FROM payments WHERE id = {PAID}",
        {PAID_FOR},
    ),
    "a payment is decided and no moment says when": (
        f"UPDATE payments SET decided_at = NULL WHERE id = {PAID}",
        {DECIDED},
    ),
    "a decided payment is tried again": (
        f"UPDATE payments SET next_try_at = :later WHERE id = {PAID}",
        {DECIDED},
    ),
    "a try succeeded and the gateway has no name for it": (
        f"UPDATE payment_attempts SET gateway_id = NULL WHERE payment_id = {PAID}",
        {DECIDED},
    ),
    "a try was made at another amount": (
        f"UPDATE payments SET minor = minor - 500 WHERE id = {PAID}",
        {PAYMENTS_BOOKED, FITS},
    ),
    "two payments are one at the gateway": (
        "UPDATE payments SET gateway_id = (SELECT gateway_id FROM payments AS other WHERE other.id = "
        f"{LAST_PAID}) WHERE id = {PAID}",
        {NAMED_ONCE},
    ),
    "one charge paid two invoices": (
        "UPDATE payment_attempts SET gateway_id = (SELECT min(gateway_id) FROM payment_attempts AS other "
        f"WHERE other.payment_id = {LAST_PAID}) WHERE payment_id = {PAID}",
        {NAMED_ONCE},
    ),
    "one refund of the gateway is two of ours": (
        "INSERT INTO refunds SELECT workspace_id, 'ref_again', property_id, payment_id, 'again', state, currency, "
        "0, requested_by, requested_at, gateway_id, reason, poll_at, polls, decided_at, 0 FROM refunds",
        {NAMED_ONCE},
    ),
    "a subscription is paid by another customer's card": (
        f"UPDATE subscriptions SET payment_method_id = {CARD_OF_CORSO} WHERE id = {PLAIN}",
        {OWN},
    ),
    "a subscription is paid by a card that was removed": (
        "UPDATE payment_methods SET removed_at = :two_hours_ago WHERE id = "
        f"(SELECT payment_method_id FROM subscriptions WHERE id = {PLAIN})",
        {OWN},
    ),
    "a payment is made by another customer's card": (
        f"UPDATE payments SET payment_method_id = {CARD_OF_CORSO} WHERE id = {PAID}",
        {OWN},
    ),
    "a payment is made by a card that nobody knows": (
        f"UPDATE payments SET payment_method_id = 'pm_gone' WHERE id = {PAID}",
        {OWN},
    ),
    "a backup is a card that nobody knows": (
        f"UPDATE subscriptions SET backup_method_id = 'pm_gone' WHERE id = {PLAIN}",
        {OWN},
    ),
    "a charge went to a card that nobody saved": (
        f"UPDATE payment_attempts SET token = 'tok_stolen' WHERE payment_id = {PAID}",
        {OWN},
    ),
    "a payment pays another customer's invoice": (
        f"UPDATE payments SET property_id = {CORSO} WHERE id = (SELECT id FROM payments "
        f"WHERE invoice_id = {FIRST_INVOICE})",
        {OWN},
    ),
    "an invoice is of a subscription that is not there": (
        f"UPDATE invoices SET subscription_id = 'sub_gone' WHERE id = {FIRST_INVOICE}",
        {OWN},
    ),
    "an invoice went to another customer": (
        f"UPDATE invoices SET property_id = {CORSO} WHERE id = {FIRST_INVOICE}",
        {OWN},
    ),
    "a line is of another customer's subscription": (
        f"UPDATE invoice_lines SET subscription_id = {ENDED} WHERE invoice_id = {FIRST_INVOICE}",
        {OWN, ONCE},
    ),
    "a credit line gives back another customer's invoice": (
        f"UPDATE invoice_lines SET credited_invoice_id = (SELECT max(id) FROM invoices WHERE property_id = {CORSO}), "
        "credited_position = 1 WHERE kind = 'credit'",
        {OWN},
    ),
    "a credit note corrects another customer's invoice": (
        f"UPDATE credit_notes SET invoice_id = (SELECT max(id) FROM invoices WHERE property_id = {CORSO}) "
        f"WHERE id = {NOTE}",
        {OWN, REFUNDS},
    ),
    "a change is to a price of another add-on": (
        "UPDATE planned_changes SET price_id = (SELECT min(id) FROM prices WHERE add_on_id = 'anew') "
        "WHERE state = 'pending'",
        {OWN},
    ),
    "a subscription has a price of another add-on": (
        f"UPDATE subscriptions SET add_on_id = 'plain' WHERE id = {ENDED}",
        {OWN},
    ),
    "a change waits for another customer's payment": (
        f"UPDATE planned_changes SET payment_id = {PAID} WHERE state = 'applied' AND payment_id IS NOT NULL "
        f"AND subscription_id <> (SELECT subscription_id FROM payments WHERE id = {PAID})",
        {OWN},
    ),
    "a member is in a property that is not there": (
        "UPDATE members SET property_id = 'prop_gone' WHERE property_id = " + CORSO,
        {OWN, PAYER},
    ),
    "a member is of another workspace": (
        "INSERT INTO members SELECT 'T0002', property_id, user_id, role FROM members WHERE property_id = "
        + CORSO,
        {OWN},
    ),
    "a subscription's Billing Admin is nobody": (
        f"UPDATE subscriptions SET billing_admin_id = 'UNOBODY' WHERE id = {PLAIN}",
        {OWN},
    ),
    "a message is told to another workspace": (
        "UPDATE outbox SET workspace_id = 'T0002' WHERE number = 1",
        {OWN},
    ),
    "a message is due in years": (
        "UPDATE outbox SET due_at = '2999-01-01 00:00:00' WHERE number = 1",
        {ARRIVES},
    ),
    "a message is never due": ("UPDATE outbox SET due_at = NULL WHERE number = 1", {ARRIVES}),
    "a message is held for years": (
        "UPDATE outbox SET claimed_until = '2999-01-01 00:00:00' WHERE number = 1",
        {ARRIVES},
    ),
    "a PDF is of a document that is not there": (
        "UPDATE drawings SET document_id = 'inv_gone'",
        {OWN},
    ),
    "the last invoice was removed": (
        f"DELETE FROM postings WHERE {LAST_INVOICE} IN (invoice_id, entry_id);"
        "DELETE FROM payment_attempts WHERE payment_id = (SELECT id FROM payments "
        f"WHERE invoice_id = {LAST_INVOICE});"
        f"DELETE FROM payments WHERE invoice_id = {LAST_INVOICE};"
        f"DELETE FROM invoice_lines WHERE invoice_id = {LAST_INVOICE};DELETE FROM invoices WHERE id = {LAST_INVOICE}",
        {COUNTERS, BILLED},
    ),
    "an invoice in the middle was removed": (
        "DELETE FROM invoices WHERE sequence = 2 AND series = 'invoices 2026'",
        {GAPLESS, OWN},
    ),
    "a number is dated before the one before it": (
        f"UPDATE invoices SET issued_on = '2026-01-01' WHERE id = {LAST_INVOICE}",
        {DATES, FROZEN},
    ),
    "an invoice is dated in the future": (
        f"UPDATE invoices SET issued_at = :next_year WHERE id = {LAST_INVOICE}",
        {DATES, FROZEN},
    ),
    "a number is of another year": (
        f"UPDATE invoices SET number = '2025-000001' WHERE id = {FIRST_INVOICE}",
        {SERIES, FROZEN},
    ),
    "an invoice is in the series of another year": (
        "UPDATE invoices SET series = 'invoices 2025', sequence = 1 WHERE id = "
        f"{LAST_INVOICE};UPDATE number_series SET last = last - 1 WHERE name = 'invoices 2026';"
        "INSERT INTO number_series (name, last) VALUES ('invoices 2025', 1)",
        {SERIES},
    ),
    "an invoice is numbered as a credit note": (
        "UPDATE invoices SET series = 'credit notes 2026', sequence = 99 WHERE id = " + LAST_INVOICE,
        {SERIES, GAPLESS, COUNTERS},
    ),
    "the buyer on an issued invoice was altered": (
        f"UPDATE invoices SET document = :altered WHERE id = {FIRST_INVOICE}",
        {FROZEN},
    ),
}

# What the chain of seals says, whatever else is found.
UNSEALED: dict[str, str] = {
    "an entry of the audit log was removed": "DELETE FROM audit_entries WHERE act = 'credit_note.issue'",
    "an entry of the audit log was altered": (
        "UPDATE audit_entries SET user_id = 'USOMEBODY' WHERE act = 'subscription.cancel'"
    ),
    "what an entry of the audit log says was altered": (
        "UPDATE audit_entries SET after = NULL WHERE act = 'subscription.cancel'"
    ),
    "an entry of the audit log was slipped in": (
        "INSERT INTO audit_entries SELECT workspace_id, 'aud_0', at, property_id, 'USOMEBODY', via, act, subject_id, "
        "before, after, refused_as FROM audit_entries WHERE act = 'subscription.cancel'"
    ),
    "the hash of a PDF is another": "UPDATE drawings SET digest = 'none of it' WHERE as_paid = false",
    "an invoice was removed with all that refers to it": f"DELETE FROM invoices WHERE id = {LAST_INVOICE}",
    "an invoice is issued at another moment": (
        f"UPDATE invoices SET issued_at = :two_hours_ago WHERE id = {LAST_INVOICE}"
    ),
    "a credit note went somewhere else": (
        f"UPDATE credit_notes SET lost_minor = 5, balance_minor = balance_minor - 5 WHERE id = {NOTE}"
    ),
    "a seal was removed": "DELETE FROM seals WHERE number = 2",
    "a seal was made anew": "UPDATE seals SET digest = 'another' WHERE number = 2",
    "a row was taken out of its seal": (
        "DELETE FROM sealed_rows WHERE number = 3;"
        "DELETE FROM audit_entries WHERE id = (SELECT min(id) FROM audit_entries)"
    ),
}

Change = Callable[[dict[str, Any]], None]


def _tax(document: dict[str, Any]) -> None:
    document["taxes"][0]["tax_minor"] -= 100


def _rate(document: dict[str, Any]) -> None:
    document["taxes"][0]["rate"] = document["lines"][0]["tax_rate"] = 1000


def _groups(document: dict[str, Any]) -> None:
    document["taxes"][0]["net_minor"] += 1000


def _no_group(document: dict[str, Any]) -> None:
    document["lines"][0]["tax_rate"] = 400


def _line(document: dict[str, Any]) -> None:
    document["lines"][0]["unit_minor"] += 1000


def _sent(document: dict[str, Any]) -> None:
    document["seller"]["e_invoices"] = "export"


def _number(document: dict[str, Any]) -> None:
    document["number"] = "2025-000001"


# A document that was changed, and its hash made anew.
FORGED: dict[str, tuple[Change, set[str]]] = {
    "the VAT is not the rate of the net": (_tax, {SUMS, FROZEN}),
    "the VAT is that of another rate": (_rate, {SUMS}),
    "the VAT groups are not the sum of the lines": (_groups, {SUMS, FROZEN}),
    "a line is in no VAT group": (_no_group, {SUMS}),
    "a line is not its price times its quantity": (_line, {SUMS}),
    "the number in the document is another": (_number, {FROZEN}),
    "a document that was to be sent has no e-invoice": (_sent, {E_INVOICES}),
}
