"""The invariants: what must be true of the rows, whatever happened to them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from billing.queries.invariants import books, documents, duties
from billing.queries.invariants.rows import Rows


@dataclass(frozen=True, slots=True)
class Check:
    """An invariant; one statement that finds the rows which break it, two ids first; and the sentence on them."""

    invariant: str
    broken_at: Callable[[datetime], Rows]
    what: str


CHECKS = (
    Check("entries sum to zero", books.unbalanced, "Its {currency} is off by {off}."),
    Check(
        "invoices are booked once",
        books.misbooked,
        "{number} has {entries} bookings, or other sums than they.",
    ),
    Check(
        "credit notes are booked once",
        books.miscorrected,
        "{number} has {entries} bookings, or other sums than they.",
    ),
    Check(
        "payments are booked",
        books.unsettled,
        "It is {state}, collected {collected} times, and booked otherwise.",
    ),
    Check("refunds are booked", books.misrefunded, "It is {state}, and {cash} of cash is booked for it."),
    Check("credit is not overdrawn", books.overdrawn, "The credit in {currency} is {below} below zero."),
    Check("numbers run without a gap", documents.misnumbered, "{sequence} follows {before}."),
    Check("numbers are given once", documents.named_twice, "It was given {times} times."),
    Check(
        "counters stand at the last number",
        documents.miscounted,
        "It stands at {last}, the highest is {highest}.",
    ),
    Check("invoices have a payment", documents.without_payment, "Nobody was asked to pay {number}."),
    Check(
        "payments fit their invoice",
        documents.misinvoiced,
        "A {kind}, {state}, does not fit invoice {invoice_id}.",
    ),
    Check(
        "a period is charged once",
        documents.charged_twice,
        "From {period_start_at} was charged {times} times.",
    ),
    Check(
        "cycles do not overlap",
        documents.overlapping,
        "From {period_start_at} was charged, and before to {before}.",
    ),
    Check(
        "credits stay within what was billed",
        documents.credited_too_much,
        "{back} given back of {net_minor}.",
    ),
    Check(
        "credit notes stay within their invoice",
        documents.corrected_too_much,
        "{number} was given back {back}.",
    ),
    Check(
        "nothing is billed after the end",
        duties.billed_after_end,
        "Ended {ended_at}; {invoice_id} bills more.",
    ),
    Check("due work is done", duties.late, "Its period ended {period_end_at}, and nothing followed."),
    Check("nothing is set aside", duties.set_aside, "Failed too often, set aside {quarantined_at}."),
    Check("claims are fresh", duties.stale_claims, "Held until {claimed_until} by somebody who is gone."),
    Check("messages arrive within a day", duties.undelivered, "Waiting since {queued_at}: {why}."),
    Check("messages can be read", duties.unreadable, "This version cannot read it: {last_error}."),
    Check(
        "the gateway is asked", duties.not_asked, "A try of {sent_at} is {state}, and nobody asked after it."
    ),
    Check("one try at a time", duties.tried_at_once, "{times} tries are in flight."),
    Check("one pending change", duties.several_pending, "{times} changes are pending."),
    Check("pending changes can come", duties.never_to_come, "A change is pending, and it is {status}."),
)
