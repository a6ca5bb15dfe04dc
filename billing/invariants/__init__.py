"""The invariants: what must be true of the rows, whatever happened to them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from billing.queries.invariants import (
    books,
    documents,
    duties,
    numbers,
    payments,
    references,
    subscriptions,
)
from billing.queries.invariants.rows import Rows


@dataclass(frozen=True, slots=True)
class Check:
    """An invariant; one statement that finds the rows which break it, two ids first; and the sentence on them."""

    invariant: str
    broken_at: Callable[[], Rows]
    what: str


STATUSES = "statuses fit their dates"
NEXT_TRY = "what is open is tried again"
NAMED_ONCE = "the gateway's names are used once"
REFUNDS = "refunds stay within what was paid"
DATES = "dates follow the numbers"
OWN = "rows refer to what is their own"
BOOKED_FOR = "bookings are for something"
ASKED = "the gateway is asked"
DUE = "due work is done"
DECIDED = "payments fit their dates"
TOLD = "facts say how plans stand"

CHECKS = (
    Check("entries sum to zero", books.unbalanced, "It is off by {off_minor}."),
    Check(
        "invoices are booked once",
        books.misbooked,
        "{number} is booked {entries} times, or with other amounts than its own.",
    ),
    Check(
        "credit notes are booked once",
        books.miscorrected,
        "{number} is booked {entries} times, or with other amounts than its own.",
    ),
    Check(
        "payments are booked",
        books.unsettled,
        "It is {state} and was collected {collected} times, but the books say otherwise.",
    ),
    Check(
        "refunds are booked",
        books.misrefunded,
        "It is {state}, but {cash_minor} of cash is booked for it, or another account is wrong.",
    ),
    Check(BOOKED_FOR, books.unfounded, "{booked_minor} is booked on {account} for no document or payment."),
    Check("credit is not overdrawn", books.overdrawn, "The credit is {below_minor} below zero."),
    Check(
        "what is carried to the next invoice is charged once",
        books.overcarried,
        "{below_minor} more was charged than was carried.",
    ),
    Check("numbers run without a gap", numbers.misnumbered, "Number {sequence} follows {before}."),
    Check("numbers are given once", numbers.named_twice, "It was given {times} times."),
    Check(
        "counters stand at the last number",
        numbers.miscounted,
        "The counter stands at {last}, the highest number is {highest}.",
    ),
    Check(
        DATES, numbers.dated_backwards, "{number} is of {issued_on}, and {before} before it of {before_on}."
    ),
    Check(DATES, numbers.dated_ahead, "{number} was issued {issued_at}, which is still to come."),
    Check(
        "numbers fit their series",
        numbers.misnamed,
        "{number} of {issued_on} is not number {sequence} of the series {series}.",
    ),
    Check("numbers fit their series", numbers.shared_series, "Invoices and credit notes share it."),
    Check("invoices have a payment", documents.without_payment, "No payment was asked for {number}."),
    Check(
        "payments fit their invoice",
        documents.misinvoiced,
        "A {kind} payment that is {state} does not fit invoice {invoice_id}, or its amount.",
    ),
    Check(
        "a period is charged once",
        documents.charged_twice,
        "The cycle from {period_start_at} was charged {times} times.",
    ),
    Check(
        "cycles do not overlap",
        documents.overlapping,
        "A cycle was charged from {period_start_at}, and the one before it to {before}.",
    ),
    Check(
        "credits stay within what was billed",
        documents.credited_too_much,
        "Of a line of {number}, {net_minor}, {back_minor} was given back.",
    ),
    Check(
        "credit notes stay within their invoice",
        documents.corrected_too_much,
        "{number} is {total_minor}, and its credit notes are {back_minor}.",
    ),
    Check(
        "nothing is billed after the end",
        duties.billed_after_end,
        "It ended {ended_at}, and invoice {invoice_id} bills what comes after that.",
    ),
    Check(STATUSES, subscriptions.without_end, "It has ended, and no day says when."),
    Check(STATUSES, subscriptions.ends_to_come, "It ended {ended_at}, which is still to come."),
    Check(STATUSES, subscriptions.ended_and_alive, "It is {status}, and ended {ended_at}."),
    Check(
        STATUSES,
        subscriptions.half_cancelled,
        "It was cancelled at {cancelled_at} by {cancelled_by}: one is missing, or still to come.",
    ),
    Check(STATUSES, subscriptions.without_length, "Its period is from {period_start_at} to {period_end_at}."),
    Check(STATUSES, subscriptions.billed_trials, "It is a free trial, and was billed from {billed_from} on."),
    Check(STATUSES, subscriptions.nothing_owed, "It is past due, and no renewal of it is to be paid."),
    Check(STATUSES, subscriptions.failed_and_active, "It is active, but its renewal failed."),
    Check(STATUSES, subscriptions.never_paid, "It waits for its first payment, and none is open."),
    Check(
        "periods are billed",
        subscriptions.unbilled,
        "Its period from {period_start_at} on is on no invoice.",
    ),
    Check(
        "no cycle begins early",
        subscriptions.begun_early,
        "Its period begins {period_start_at}, which is still to come.",
    ),
    Check(
        "periods are due at their end",
        subscriptions.misscheduled,
        "Its period ends {period_end_at}, and it is due {due_at}.",
    ),
    Check(
        "a property has one plan of an add-on",
        subscriptions.bought_twice,
        "{times} of {add_on_id} are alive.",
    ),
    Check(
        "prices stay as they were",
        subscriptions.repriced,
        "It was billed {billed_minor} for this period, and its price is {costs_minor}.",
    ),
    Check(
        "who pays may change it",
        subscriptions.paid_by_no_admin,
        "{billing_admin_id} pays for it, and may not change it any more.",
    ),
    Check(
        TOLD,
        subscriptions.untold,
        "It is {status} to {period_end_at}, and its newest fact, {fact}, says something else.",
    ),
    Check(DUE, duties.late, "Its period ended {period_end_at}, and nothing followed."),
    Check(DUE, payments.untried, "It was to be tried {next_try_at}, and nothing followed."),
    Check(
        "no renewal is quarantined",
        duties.quarantined,
        "It failed {due_failures} times since {period_end_at}; the next try is at {due_at}.",
    ),
    Check(
        NEXT_TRY,
        payments.never_tried,
        "It is open, its next try is {next_try_at}, and it is given up {expires_at}: never, or too late.",
    ),
    Check(
        DECIDED,
        payments.misdecided,
        "It is {state}, was decided {decided_at}, and its next try is {next_try_at}.",
    ),
    Check(
        DECIDED,
        payments.misdecided_tries,
        "Try {number} is {state}, was decided {decided_at}, or lacks the gateway's name for it.",
    ),
    Check(NAMED_ONCE, payments.named_twice, "{times} payments have it."),
    Check(NAMED_ONCE, payments.collected_for_two, "Tries of {times} payments collected it."),
    Check(NAMED_ONCE, payments.refunded_as_one, "{times} refunds have it."),
    Check(REFUNDS, payments.refunded_too_much, "{paid_minor} was collected, and {back_minor} goes back."),
    Check(
        REFUNDS,
        payments.promised_too_much,
        "Credit notes promised {promised_minor}, and {given_minor} goes back as that, or more than the refund.",
    ),
    Check("claims are fresh", duties.stale_claims, "Held until {claimed_until} by somebody who is gone."),
    Check("messages arrive within a day", duties.undelivered, "It has waited since {queued_at}: {why}."),
    Check(
        "messages arrive within a day",
        duties.untried,
        "It has waited since {queued_at}, and was never tried.",
    ),
    Check(
        "messages arrive within a day",
        duties.never_delivered,
        "It is untold, and due {due_at} or held until {claimed_until}: never, or too late.",
    ),
    Check("messages arrive within a day", duties.given_up, "It was given up after {tries} tries: {why}."),
    Check("messages can be read", duties.unreadable, "This version cannot read it: {last_error}."),
    Check(
        ASKED,
        duties.not_asked,
        "A try of {sent_at} is {state}, and asked after {poll_at}: never, or too late.",
    ),
    Check(ASKED, payments.refunds_not_asked, "The refund is open, and to be asked after {poll_at}."),
    Check(ASKED, payments.setups_not_asked, "The card's page is open, and to be asked after {poll_at}."),
    Check("one try at a time", duties.tried_at_once, "{times} tries are in flight."),
    Check("one pending change", duties.several_pending, "{times} changes are pending."),
    Check("pending changes can come", duties.never_to_come, "A change is pending, and the plan is {status}."),
    Check(OWN, references.dangling, "Its {of} is {missing}, which is not there."),
    Check(
        OWN, references.foreign_cards, "It is paid by card {card}, which was removed or is {property_id}'s."
    ),
    Check(OWN, references.paid_by_foreign_cards, "It is paid by card {card}, which is {property_id}'s."),
    Check(OWN, references.tried_with_foreign_cards, "Try {number} used a card that is not its property's."),
    Check(
        OWN,
        references.payments_of_others,
        "It pays {number}, which is another customer's or in another currency.",
    ),
    Check(
        OWN,
        references.documents_of_others,
        "{number} is of {property_id}, in which {subscription_id} never was.",
    ),
    Check(
        OWN,
        references.notes_of_others,
        "{number} corrects {invoice}, which is another customer's or in another currency.",
    ),
    Check(
        OWN,
        references.lines_of_others,
        "Line {position} of {number} is of another customer, or gives back what was billed to one.",
    ),
    Check(
        OWN,
        references.bookings_of_others,
        "It is booked for {document}, which is another customer's or in another currency.",
    ),
    Check(OWN, references.misbooked_payments, "It is booked for {document}, and names another invoice."),
    Check(
        OWN,
        references.refunds_of_others,
        "It gives back {payment}, which is another customer's or in another currency.",
    ),
    Check(OWN, references.foreign_prices, "Its price {price} is one of {add_on_id}."),
    Check(
        OWN,
        references.changes_paid_by_others,
        "Its change waits for {payment}, which pays for another subscription.",
    ),
    Check(OWN, references.told_to_others, "It is about {about}, or a subscription, of another workspace."),
    Check(OWN, references.drawings_of_nothing, "It was drawn, and is not there."),
)
