"""What an invoice says of parts of a cycle, of what is given back, and of who paid what."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from billing.i18n import Translator
from billing.values.documents import InvoiceDocument, PaidInvoice
from tests.billing.sample_invoice import CREDIT, ENGLISH, INVOICE, ITALIAN, REST, text_of, with_lines

ISSUED = with_lines(CREDIT, REST)
CHANGED = replace(with_lines(CREDIT, REST), paid_on=date(2026, 6, 16))


@pytest.mark.parametrize(
    ("words", "sentences"),
    [
        (
            ENGLISH,
            (
                "Credit: Video and Voice · Standard Unused time on Standard, Jun 16, 2026 – Jun 30, 2026 15 of "
                "30 days × €10.00 1 €10.00 22% −€5.00",
                "Video and Voice · Business Monthly subscription, period Jun 16, 2026 – Jun 30, 2026 "
                "15 of 30 days × €60.00 3 €20.00 22% €30.00",
                "VAT 22% €25.00 €5.50 Total €30.50",
            ),
        ),
        (
            ITALIAN,
            (
                "Accredito: Video and Voice · Standard Periodo non goduto di Standard, 16 giu 2026 – 30 giu "
                "2026 15 giorni su 30 × 10,00 € 1 10,00 € 22% −5,00 €",
                "15 giorni su 30 × 60,00 € 3 20,00 € 22% 30,00 €",
            ),
        ),
    ],
    ids=["English", "Italian"],
)
def test_part_of_a_cycle_shows_its_arithmetic_under_the_line(
    words: Translator, sentences: tuple[str, ...]
) -> None:
    text = text_of(CHANGED, words)
    for sentence in sentences:
        assert sentence in text


def test_one_day_is_a_day_in_italian() -> None:
    one_day = replace(REST, days=1, net_minor=200)
    assert "1 giorno su 30 × 60,00 €" in text_of(with_lines(one_day), ITALIAN)


def test_a_credit_that_was_given_in_part_before_says_so() -> None:
    rest_of_credit = replace(CREDIT, net_minor=-300)
    assert "15 of 30 days × €10.00, less earlier credits" in text_of(with_lines(rest_of_credit))


def test_a_whole_cycle_needs_no_arithmetic() -> None:
    assert " days × " not in text_of(INVOICE)


@pytest.mark.parametrize(
    ("document", "sentences"),
    [
        (
            CHANGED,
            (
                "€30.50 Paid on June 16, 2026 by Visa •••• 4242 Invoice number",
                "Payment Paid on June 16, 2026 by Visa •••• 4242. No payment due.",
            ),
        ),
        (
            replace(CHANGED, credit_minor=1000),
            (
                "€30.50 Paid on June 16, 2026 by Visa •••• 4242 and from your credit balance",
                "Total €30.50 From your credit balance −€10.00 Visa •••• 4242 €20.50",
            ),
        ),
        (
            replace(CHANGED, credit_minor=3050, charged_to=""),
            (
                "€30.50 Paid on June 16, 2026 from your credit balance",
                "Total €30.50 From your credit balance −€30.50 Payment Paid on June 16, 2026 from your credit",
            ),
        ),
        (
            replace(CHANGED, paid_on=None, credit_minor=3050, charged_to=""),
            (
                "€30.50 Paid from your credit balance",
                "Total €30.50 From your credit balance −€30.50 Payment Paid in full from your credit balance",
            ),
        ),
        (
            PaidInvoice.of(ISSUED, date(2026, 6, 19), "Visa 4242", by_card=2050, by_credit=0, carried=0),
            (
                "€30.50 Paid on June 19, 2026 by Visa •••• 4242 Invoice number",
                "Total €30.50 Credited by credit note −€10.00 Visa •••• 4242 €20.50 Payment",
            ),
        ),
        (
            PaidInvoice.of(ISSUED, date(2026, 6, 19), "", by_card=0, by_credit=2050, carried=0),
            (
                "€30.50 Paid on June 19, 2026 from your credit balance Invoice number",
                "Total €30.50 Credited by credit note −€10.00 From your credit balance −€20.50 Payment",
            ),
        ),
        (
            replace(CHANGED, paid_on=None, credit_minor=1000),
            (
                "€30.50 €20.50 to be charged to Visa •••• 4242",
                "From your credit balance −€10.00 Visa •••• 4242 €20.50",
                "Payment Charged automatically to Visa •••• 4242",
            ),
        ),
        (
            replace(CHANGED, paid_on=None, credit_minor=1000, charged_to=""),
            ("From your credit balance −€10.00 To be paid €20.50",),
        ),
        (
            replace(with_lines(CREDIT), paid_on=date(2026, 6, 16), charged_to=""),
            (
                "−€6.10 Added to your credit balance",
                "VAT 22% −€5.00 −€1.10 Total −€6.10",
                "Payment The amount was added to your credit balance",
            ),
        ),
        (
            replace(
                with_lines(replace(REST, net_minor=0, whole_minor=0)),
                charged_to="",
                paid_on=date(2026, 6, 16),
            ),
            ("€0.00 Paid on June 16, 2026 Invoice number",),
        ),
    ],
    ids=[
        *(
            "card",
            "card and credit",
            "credit",
            "credit, not yet",
            "less credited",
            "less credited, by credit",
        ),
        *("to be charged", "no card", "given back", "nothing to pay"),
    ],
)
def test_an_invoice_says_who_paid_what(document: InvoiceDocument, sentences: tuple[str, ...]) -> None:
    text = text_of(document)
    for sentence in sentences:
        assert sentence in text


def test_italians_read_how_it_was_paid() -> None:
    text = text_of(replace(CHANGED, credit_minor=1000), ITALIAN)
    assert "Pagata il 16 giugno 2026 con Visa •••• 4242 e con il credito disponibile" in text
    assert "Totale 30,50 € Dal credito disponibile −10,00 € Visa •••• 4242 20,50 €" in text
