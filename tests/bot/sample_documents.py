"""Invoices, credit notes, payments and what is downloaded, for tests of what is shown."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from billing.values import declines
from billing.values.disputes import DisputeState
from billing.values.money import Money
from billing.values.snapshots import (
    AttemptPage,
    AttemptSnapshot,
    CreditNoteSnapshot,
    DocumentRow,
    DownloadSnapshot,
    InvoiceFile,
    InvoicePage,
    InvoiceSnapshot,
    InvoiceState,
    MoneyRow,
    Papers,
    PaymentSnapshot,
    Spend,
    SpendRow,
)
from billing.values.spans import Months, Span, spans_between
from tests.bot.sample_people import ENDS, People, prop

# The words for a no.
REASONS = tuple(declines.REASONS)


def invoice(people: People, number: int = 12) -> InvoiceSnapshot:
    add_on, plan = people.name("AI Assist"), people.name("Growth")
    total = Money(3538, "EUR")
    states = list(InvoiceState)
    return InvoiceSnapshot(
        f"inv_{number}",
        f"2026-{number:06}",
        date(2026, 11, 23),
        total,
        "sub_0",
        add_on,
        plan,
        state=states[number % len(states)],
    )


def invoice_page(people: People, page: int = 2, count: int = 31) -> InvoicePage:
    shown = tuple(invoice(people, number) for number in range(min(count, 8)))
    title = f"{people.name('AI Assist')} {people.name('Growth')}"
    return InvoicePage(prop(people), "sub_0", title, shown, page, max(1, -(-count // 8)), count)


def payments_in_every_state() -> dict[str, PaymentSnapshot]:
    amount = Money(3538, "EUR")
    paid = PaymentSnapshot(
        "pay_1", "sub_0", "inv_1", "renewal", "paid", amount, None, None, False, None, None, None
    )
    opened = replace(paid, state="open", waiting_for="gateway")
    declined = replace(
        opened, waiting_for="schedule", reason="insufficient_funds", for_good=True, ends_at=ENDS
    )
    bank = replace(opened, waiting_for="authentication", action_url="https://bank.example/3ds")
    return {"paid": paid, "unknown": opened, "declined": declined, "bank": bank}


def spends(people: People) -> Iterator[Spend]:
    """Of nothing, of one add-on, and of more add-ons and months than a chart can show."""
    this_month = Span(2026, Months.MONTH, 3)
    past = list(spans_between(date(2025, 4, 1), date(2026, 3, 1), Months.MONTH))
    coming = list(spans_between(date(2026, 3, 1), date(2027, 3, 1), Months.MONTH))
    for add_ons in (0, 1, 2, 14):
        rows = [
            SpendRow(month, people.name(f"AI Assist {number}"), Money(1220 - 700 * number, "EUR"), is_to_come)
            for number in range(add_ons)
            for is_to_come, months in ((False, past), (True, coming))
            for month in months
        ]
        ordered = sorted(rows, key=lambda row: row.month.first_day)
        yield Spend(prop(people), "EUR", tuple(ordered), this_month)


def attempt_page(people: People) -> AttemptPage:
    outcomes = (
        "succeeded",
        "declined",
        "declined_for_good",
        "not_tried",
        "action_required",
        "unknown",
        "sent",
    )
    card, add_on = f"{people.name('Visa')} 4242", people.name("AI Assist")
    attempts = tuple(
        AttemptSnapshot(ENDS, Money(3538, "EUR"), card, outcome, "stolen_card", number, add_on)
        for outcome in outcomes
        for number in ("2026-000012", None)
    ) + tuple(
        AttemptSnapshot(ENDS, Money(3538, "EUR"), card, "succeeded", None, "2026-000012", add_on, state)
        for state in DisputeState
    )
    attempts += tuple(
        AttemptSnapshot(ENDS, Money(3538, "EUR"), card, "declined", reason, None, add_on)
        for reason in REASONS
    )
    return AttemptPage(prop(people), "sub_0", add_on, attempts, 2, 3, 41)


def download(people: People, span: str = "2026-Q1") -> DownloadSnapshot:
    name = people.name("Piazza")
    return DownloadSnapshot("T1", "dl_1", "prop_0", name, "U1", Span.read(span), ENDS, is_new=span == "2026")


def papers(people: People) -> Papers:
    """Three invoices, a credit note in another currency, a payment and a refund."""
    about, on = (people.name("AI Assist"), people.name("Esempio"), "", ""), date(2026, 3, 1)
    net, tax = Money(2900, "EUR"), Money(638, "EUR")
    row = DocumentRow("2026-000001", on, *about, net, tax, None)
    note = replace(row, net=Money(-2900, "JPY"), tax=Money(0, "JPY"), corrects="2026-000001")
    paid = MoneyRow(on, False, "2026-000001", net + tax, Money(0, "EUR"), "Visa 4242", "pi_1")
    return Papers(
        people.name("Piazza"), Span.read("2026"), [row, row, row, note], [paid, replace(paid, is_refund=True)]
    )


def credit_note(number: int = 3) -> CreditNoteSnapshot:
    return CreditNoteSnapshot(
        f"cn_{number}", f"CN-2026-{number:06}", date(2026, 11, 24), Money(1220, "EUR"), "inv_12"
    )


def corrected_page(people: People) -> InvoicePage:
    """Each invoice with more credit notes than are shown."""
    shown = tuple(
        replace(one, credit_notes=tuple(credit_note(20 * number + n) for n in range(12)))
        for number, one in enumerate(invoice_page(people).invoices)
    )
    return replace(invoice_page(people), invoices=shown)


def credit_note_file(people: People) -> InvoiceFile:
    return InvoiceFile(credit_note(), people.name("Piazza"), "CN-2026-000003.pdf", b"%PDF-1.7")


def invoice_file(people: People) -> InvoiceFile:
    return InvoiceFile(invoice(people), people.name("Piazza"), "2026-000012.pdf", b"%PDF-1.7")
