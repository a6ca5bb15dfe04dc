"""What is said of a payment that waits for a person, and of the end that comes when nobody acts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from billing.adapters.mail import letters
from billing.bootstrap import LOCALES
from billing.i18n import Translator
from billing.values.events import PaymentFailed, SubscriptionEnded
from bot import i18n
from bot.views import announcements
from tests.billing.sample_invoice import INVOICE

ENDS = datetime(2026, 12, 10, 9, tzinfo=UTC)
ABOUT: dict[str, Any] = {
    "property_id": "prop_1",
    "property_name": "Piazza",
    "time_zone": "Europe/Rome",
    "subscription_id": "sub_1",
    "add_on": "AI Assist",
    "plan": "Growth",
}
FAILED = PaymentFailed(
    **ABOUT,
    payment_id="pay_1",
    minor=3538,
    currency="EUR",
    reason="stolen_card",
    try_at=None,
    ends_at=ENDS,
    can_pay_now=True,
)
ENDED = SubscriptionEnded(**ABOUT, ended_at=ENDS, unpaid=True)


@pytest.mark.parametrize(
    ("language", "waits", "ended"),
    [
        (
            "en",
            "It won't be tried again automatically. AI Assist ends on December 10, 2026 unless it is paid.",
            "AI Assist Growth of Piazza ended on December 10, 2026 because its payment failed.",
        ),
        (
            "it",
            "Non verrà ritentato automaticamente. AI Assist termina il 10 dicembre 2026 se non viene pagato.",
            "AI Assist Growth di Piazza è terminato il 10 dicembre 2026 perché il pagamento non è riuscito.",
        ),
    ],
)
def test_slack_says_when_it_ends_and_then_why_it_ended(language: str, waits: str, ended: str) -> None:
    t = i18n.words(language)
    assert announcements.announcement(FAILED, t).text.endswith(waits)
    assert announcements.announcement(ENDED, t).text.startswith(ended)


@pytest.mark.parametrize(
    ("language", "charged"),
    [
        ("en", "Only the past-due invoice will still be charged."),
        ("it", "Verrà addebitata solo la fattura scaduta."),
    ],
)
def test_what_ends_as_it_was_cancelled_says_that_its_past_due_invoice_is_still_charged(
    language: str, charged: str
) -> None:
    ended = SubscriptionEnded(**ABOUT, ended_at=ENDS, was="past_due")
    assert announcements.announcement(ended, i18n.words(language)).text.endswith(charged)


@pytest.mark.parametrize(
    ("language", "waits", "subject"),
    [
        (
            "en",
            "AI Assist Growth ends on December 10, 2026 unless it is paid.",
            "AI Assist Growth ended: payment failed",
        ),
        (
            "it",
            "AI Assist Growth termina il 10 dicembre 2026 se non viene pagato.",
            "è terminato: pagamento non riuscito",
        ),
    ],
)
def test_mail_says_the_same(language: str, waits: str, subject: str) -> None:
    t = Translator(LOCALES, language)
    failed = letters.payment_failed(FAILED, INVOICE.seller, "https://slack.example/", t)
    assert waits in failed.as_text()
    assert failed.ways
    ended = letters.ended_unpaid(ENDED, INVOICE.seller, "https://slack.example/", t)
    assert subject in ended.subject
    assert "Piazza" in ended.as_text()


@pytest.mark.parametrize("language", ["en", "it"])
def test_no_mail_says_how_to_pay_what_cannot_be_paid_any_more(language: str) -> None:
    """A purchase that failed, or an invoice that was given up: whoever reads it can do nothing about it."""
    over = replace(FAILED, ends_at=None, can_pay_now=False)
    letter = letters.payment_failed(over, INVOICE.seller, "", Translator(LOCALES, language))
    assert letter.ways == ()
    assert "/billing" not in letter.as_text()


def test_mail_says_how_to_pay_what_is_still_to_be_tried_though_it_has_no_card() -> None:
    waits = replace(FAILED, reason="no_payment_method", can_pay_now=False)
    assert letters.payment_failed(waits, INVOICE.seller, "", Translator(LOCALES, "en")).ways
