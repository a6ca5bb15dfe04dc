"""What is said of a payment that waits for a person, and of the end that comes when nobody acts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from billing.adapters.mail import contact_letters, letters
from billing.bootstrap import LOCALES
from billing.i18n import Translator
from billing.values.events import CancellationUndone, PaymentFailed, SubscriptionCancelled, SubscriptionEnded
from billing.values.snapshots import Dunning
from bot import i18n
from bot.views import announcements, payments, phrases, renewals, subscriptions
from tests.billing.sample_invoice import INVOICE
from tests.bot.sample_documents import payments_in_every_state
from tests.bot.sample_people import ORDINARY
from tests.bot.sample_plans import subscription

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
    ("language", "owed"),
    [
        ("en", "Its past-due invoice is still unpaid."),
        ("it", "La sua fattura scaduta è ancora da pagare."),
    ],
)
def test_what_ends_as_it_was_cancelled_says_that_its_past_due_invoice_is_unpaid(
    language: str, owed: str
) -> None:
    ended = SubscriptionEnded(**ABOUT, ended_at=ENDS, was="past_due")
    assert announcements.announcement(ended, i18n.words(language)).text.endswith(owed)


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


NEXT_DAY = datetime(2026, 12, 3, 9, tzinfo=UTC)
OWED = replace(subscription(ORDINARY), status="past_due")
STATES = payments_in_every_state()
GIVEN_UP = Dunning(None, ENDS)
SAID = {
    "tried": (
        STATES["declined"],
        Dunning(NEXT_DAY, ENDS),
        "€35.38 with VAT: next try on December 3, 2026",
        "Past due · next try Dec 3, 2026",
    ),
    "for good": (
        STATES["declined"],
        GIVEN_UP,
        "€35.38 with VAT: it won't be tried again automatically. The plan ends on December 10, 2026 "
        "unless it is paid",
        "Past due · ends Dec 10, 2026 unless paid",
    ),
    "bank asks": (
        STATES["bank"],
        GIVEN_UP,
        "€35.38 with VAT: waiting for confirmation at the bank. The plan ends on December 10, 2026 unless it is paid",
        "Past due · ends Dec 10, 2026 unless paid",
    ),
    "unanswered": (
        STATES["unknown"],
        Dunning(None, None),
        "€35.38 with VAT: waiting for the bank",
        "Past due",
    ),
}


@pytest.mark.parametrize("state", SAID)
def test_the_page_says_the_next_try_or_the_end(state: str) -> None:
    payment, dunning, fact, status = SAID[state]
    payment = replace(payment, try_at=dunning.try_at, ends_at=dunning.ends_at)
    plan, t = replace(OWED, dunning=dunning), i18n.words("en")
    assert payments.unpaid_fact(payment, plan, t) == fact
    assert phrases.status(plan, t) == status


def test_what_has_ended_ends_no_more() -> None:
    t, over = i18n.words("en"), replace(OWED, status="ended", ended_at=NEXT_DAY, dunning=GIVEN_UP)
    payment = replace(STATES["declined"], ends_at=ENDS)
    assert payments.unpaid_fact(payment, over, t) == "€35.38 with VAT: it won't be tried again automatically"


@pytest.mark.parametrize(
    ("try_at", "said"),
    [
        (NEXT_DAY, "Next try on December 3, 2026; until then nothing changes."),
        (
            None,
            "It won't be tried again automatically. AI Assist ends on December 10, 2026 unless it is paid.",
        ),
    ],
)
def test_pay_now_answers_as_it_goes_on(try_at: datetime | None, said: str) -> None:
    payment = replace(STATES["declined"], try_at=try_at, ends_at=ENDS, for_good=try_at is None)
    (answer,) = payments.outcome(OWED, payment, i18n.words("en")).blocks
    assert f" Nothing was charged. {said}" in answer["text"]["text"]


CANCELLED = SubscriptionCancelled(
    **ABOUT, by="U1", reason="other", ends_at=ENDS + timedelta(days=9), unpaid=True, given_up_at=ENDS
)
UNDONE = CancellationUndone(
    **ABOUT, by="U1", next_charge_at=ENDS + timedelta(days=9), unpaid=True, given_up_at=ENDS
)
ENDS_EARLIER = "It ends on December 19, 2026, or on December 10, 2026 if the past-due invoice stays unpaid."
NO_CHARGE = "Nothing is charged automatically any more; the past-due invoice can still be paid."
STILL_CHARGED = "Only the past-due invoice will still be charged."
TRIED = "The past-due invoice is tried again on December 3, 2026. Next renewal on December 19, 2026."
GIVES_UP = (
    "It ends on December 10, 2026 unless the past-due invoice is paid. Next renewal on December 19, 2026."
)


@pytest.mark.parametrize(("try_at", "charges"), [(None, NO_CHARGE), (NEXT_DAY, STILL_CHARGED)])
def test_who_cancels_what_is_past_due_reads_both_ends_and_what_is_still_charged(
    try_at: datetime | None, charges: str
) -> None:
    t = i18n.words("en")
    plan = replace(
        OWED, ends_at=CANCELLED.ends_at, period_end_at=CANCELLED.ends_at, dunning=Dunning(try_at, ENDS)
    )
    assert subscriptions.cancelled(plan, t).text.endswith(f" is cancelled. {ENDS_EARLIER} {charges}")
    asked = str(subscriptions.cancel_confirmation(plan, "other", t))
    assert ENDS_EARLIER.replace("December 19, 2026", "*December 19, 2026*") in asked
    assert charges in asked
    told = announcements.announcement(replace(CANCELLED, try_at=try_at), t).text
    assert told.endswith(f"> cancelled AI Assist Growth of Piazza. {ENDS_EARLIER} {charges}")
    assert phrases.status(plan, t) == (
        "Cancelled: ends on December 19, 2026, or on December 10, 2026 if the past-due invoice stays unpaid"
    )


def test_a_cycle_that_is_over_before_the_last_day_has_one_end() -> None:
    t = i18n.words("en")
    told = announcements.announcement(replace(CANCELLED, given_up_at=CANCELLED.ends_at), t).text
    assert told.endswith(f" It stays active until December 19, 2026, then ends. {NO_CHARGE}")


@pytest.mark.parametrize(("try_at", "then"), [(None, GIVES_UP), (NEXT_DAY, TRIED)])
def test_who_undoes_it_reads_what_is_charged_first(try_at: datetime | None, then: str) -> None:
    t = i18n.words("en")
    plan = replace(OWED, period_end_at=CANCELLED.ends_at, dunning=Dunning(try_at, ENDS))
    assert subscriptions.how_it_goes_on(plan, t).endswith(f"Nothing is charged now. {then}")
    assert then in str(renewals.keep_question(plan, t))
    assert announcements.announcement(replace(UNDONE, try_at=try_at), t).text.endswith(
        f"It continues. Nothing was charged. {then}"
    )
    asked = announcements.announcement(replace(CANCELLED, try_at=try_at), t).blocks[-1]
    assert then in str(asked)
    owed = then.partition(" Next renewal")[0]
    assert f"Nothing was charged. {owed} Next renewal: " in subscriptions.cancellation_undone(plan, t).text


def test_contacts_are_mailed_the_same() -> None:
    t = Translator(LOCALES, "en")

    def mailed(event: SubscriptionCancelled | CancellationUndone) -> str:
        letter = contact_letters.contract_change(event, INVOICE.seller, t)
        assert letter is not None
        return " ".join(letter.as_text().split())

    collected = "What is still unpaid is collected all the same."
    assert ENDS_EARLIER in mailed(CANCELLED)
    assert collected not in mailed(CANCELLED)
    assert collected in mailed(replace(CANCELLED, try_at=NEXT_DAY))
    assert collected in mailed(replace(CANCELLED, given_up_at=None))  # of a version before
    assert "It ends on December 10, 2026 unless its past-due invoice is paid." in mailed(UNDONE)
    assert "invoice is tried again on December 3, 2026." in mailed(replace(UNDONE, try_at=NEXT_DAY))
    assert "Its next charge is on December 19, 2026." in mailed(replace(UNDONE, unpaid=False))
