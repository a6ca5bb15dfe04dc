"""What the provider's software did is said to be theirs: there is nobody to mention."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from billing.values.events import CancellationUndone, SubscriptionCancelled
from bot import i18n
from bot.views import announcements
from tests.bot.test_unpaid import ABOUT

ENDS = datetime(2026, 12, 10, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("language", "cancelled", "undone"),
    [
        (
            "en",
            "The provider cancelled AI Assist Growth of Piazza.",
            "The provider undid the cancellation of AI Assist Growth of Piazza.",
        ),
        (
            "it",
            "Il fornitore ha disdetto AI Assist Growth di Piazza.",
            "Il fornitore ha revocato la disdetta di AI Assist Growth di Piazza.",
        ),
    ],
)
def test_a_cancellation_through_the_api_mentions_nobody(language: str, cancelled: str, undone: str) -> None:
    t = i18n.words(language)
    gone = SubscriptionCancelled(**ABOUT, by="", reason="Closed", ends_at=ENDS)
    back = CancellationUndone(**ABOUT, by="", next_charge_at=ENDS)
    assert announcements.announcement(gone, t).text.startswith(cancelled)
    assert announcements.announcement(back, t).text.startswith(undone)
    person = SubscriptionCancelled(**ABOUT, by="U1", reason="Closed", ends_at=ENDS)
    assert announcements.announcement(person, t).text.startswith("<@U1> ")
