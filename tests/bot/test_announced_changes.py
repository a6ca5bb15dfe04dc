"""What is told of changes of plan names what changes: the plan, the units, the interval."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from billing.i18n import Translator
from billing.values.cycles import Interval
from billing.values.events import ChangePlanned, PlanChanged, PlannedChangeDropped
from billing.values.snapshots import PendingSnapshot
from bot.blocks import section
from bot.i18n import words
from bot.views import announcements, changes, phrases, subscriptions
from tests.bot import sample_plans
from tests.bot.sample_people import ORDINARY
from tests.bot.test_unpaid import ABOUT

ENDS = datetime(2026, 12, 10, 9, tzinfo=UTC)
MONTH: dict[str, Any] = {"interval": "month", "before_interval": "month"}
YEARLY: dict[str, Any] = {"interval": "year", "before_interval": "month"}


def planned(plan: str, quantity: int, before: int, **intervals: Any) -> ChangePlanned:
    return ChangePlanned(
        **ABOUT,
        by="U1",
        next_plan=plan,
        quantity=quantity,
        applies_at=ENDS,
        before_quantity=before,
        **intervals,
    )


@pytest.mark.parametrize(
    ("event", "said"),
    [
        (planned("Business", 1, 1, **MONTH), "from Growth to Business on"),
        (planned("Growth", 1, 3, **MONTH), "from 3 × Growth to 1 × Growth on"),
        (planned("Growth", 3, 3, **YEARLY), "from 3 × Growth, monthly to 3 × Growth, yearly on"),
        (planned("Growth", 3, 0), "from Growth to 3 × Growth on"),  # as an older version wrote it
    ],
)
def test_a_scheduled_change_names_what_differs(event: ChangePlanned, said: str) -> None:
    text = announcements.announcement(event, words("en")).text
    assert said in text
    assert text.startswith("<@U1> scheduled a change of AI Assist of Piazza: from ")


def changed(by: str, quantity: int, before: int, **intervals: Any) -> PlanChanged:
    return PlanChanged(
        **ABOUT,
        by=by,
        before="Growth",
        quantity=quantity,
        before_quantity=before,
        currency="EUR",
        **intervals,
    )


@pytest.mark.parametrize(
    ("event", "said"),
    [
        (changed("U1", 1, 3, **MONTH), "<@U1> changed AI Assist of Piazza from 3 × Growth to 1 × Growth."),
        (
            changed("", 1, 1, **YEARLY),
            "AI Assist of Piazza changed from Growth, monthly to Growth, yearly, as scheduled.",
        ),
        (changed("U1", 0, 0), "<@U1> changed the units or billing interval of AI Assist Growth of Piazza."),
    ],
)
def test_a_change_that_came_names_what_differs(event: PlanChanged, said: str) -> None:
    assert announcements.announcement(event, words("en")).text.startswith(said)


@pytest.mark.parametrize(
    ("by", "is_replaced", "said"),
    [
        ("U1", True, "<@U1> replaced the scheduled change of AI Assist Growth of Piazza to 1 × Growth."),
        (
            "U1",
            False,
            "<@U1> cancelled AI Assist Growth of Piazza. Its scheduled change to 1 × Growth will not happen, even if "
            "the cancellation is undone.",
        ),
        (
            "",
            False,
            "The scheduled change of AI Assist Growth of Piazza to 1 × Growth will not happen: the plan was "
            "cancelled or has ended.",
        ),
    ],
)
def test_a_change_that_will_not_come_says_why(by: str, is_replaced: bool, said: str) -> None:
    dropped = PlannedChangeDropped(
        **ABOUT, by=by, next_plan="Growth", quantity=1, before_quantity=3, is_replaced=is_replaced, **MONTH
    )
    assert announcements.announcement(dropped, words("en")).text.startswith(said)


@pytest.mark.parametrize(
    ("t", "said"),
    [
        (
            words("en"),
            "The scheduled change (From December 10, 2026: Business) is dropped; undoing does not bring it back.",
        ),
        (
            words("it"),
            "La modifica programmata (Dal 10 dicembre 2026: Business) viene annullata; revocare la disdetta non la "
            "ripristina.",
        ),
    ],
)
def test_a_cancellation_says_before_and_after_what_it_drops(t: Translator, said: str) -> None:
    business = PendingSnapshot("Business", Interval.MONTH, 1, ENDS)
    dropping = replace(
        sample_plans.cancelled(ORDINARY), time_zone="Europe/Rome", quantity=1, dropped=business
    )
    assert said in str(subscriptions.cancel_confirmation(dropping, "not_used", t))
    assert said in subscriptions.cancelled(dropping, t).text
    assert "programmata" not in subscriptions.cancelled(replace(dropping, dropped=None), t).text
    assert "scheduled change" not in subscriptions.cancelled(replace(dropping, dropped=None), t).text


def test_a_change_that_takes_another_with_it_as_it_is_undone_says_so() -> None:
    business = PendingSnapshot("Business", Interval.MONTH, 1, ENDS)
    undone = replace(sample_plans.subscription(ORDINARY), quantity=3, dropped=business)
    said = changes.change_undone(undone, words("en")).text
    assert said.endswith("The scheduled change (From December 10, 2026: 1 × Business) is dropped, too.")


def test_the_answer_to_a_change_names_one_unit_where_there_were_more() -> None:
    had = replace(sample_plans.subscription(ORDINARY), quantity=3)
    now = replace(had, quantity=1, pending=None)
    gone = changes.Gone(had=phrases.terms_of(had))
    assert "is now on 1 × Growth." in changes.changed(now, None, words("en"), gone).text


@pytest.mark.parametrize(
    ("policy", "said"),
    [
        ("trial", "The free trial goes on, and nothing is charged before it ends."),
        ("prorate", "Switching between monthly and yearly starts a new billing cycle now"),
        ("reset", "begins and is charged in full."),
    ],
)
def test_when_a_change_comes_is_said_until_a_preview_says_it_of_the_chosen_one(
    policy: str, said: str
) -> None:
    choices, t = sample_plans.plan_choices(ORDINARY, policy), words("en")
    assert said in str(changes.change_form(choices, None, (), t))
    assert said not in str(changes.change_form(choices, None, [section("It costs that.")], t))
