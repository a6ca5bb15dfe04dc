"""Cancelling: a plan lives to the end of its paid cycle, may go on after all, and is charged no more."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from billing.services import addresses, changes, subscriptions
from billing.services.changes import PlanSelection
from billing.values.cycles import Interval
from billing.values.errors import BadFields, Fault
from billing.values.refusals import (
    AlreadyCancelled,
    AlreadyEnded,
    BeingRenewed,
    ChangedMeanwhile,
    NotCancelled,
)
from billing.values.snapshots import SubscriptionSnapshot
from tests.billing.desk import MILANO, Desk, at_once

END = datetime(2026, 2, 28, 9, 30, tzinfo=UTC)
A_MOMENT = timedelta(microseconds=1)


def bought(desk: Desk) -> SubscriptionSnapshot:
    owner = desk.owner()
    return desk.subscribed(owner, desk.property_of(owner))


def status(desk: Desk) -> str:
    return str(desk.rows("SELECT status FROM subscriptions")[0].status)


def test_a_cancelled_plan_lives_to_the_end_of_its_cycle_and_not_a_moment_longer(desk: Desk) -> None:
    plan = bought(desk)
    cancelled = subscriptions.cancel(desk.billing, desk.owner(), plan.id, "Too dear")
    assert (cancelled.ends_at, cancelled.ended_at) == (END, None)
    assert (cancelled.next_charge_at, cancelled.next_charge) == (None, None)
    assert desk.turn_to(END - A_MOMENT).ended == 0
    assert status(desk) == "active"
    assert desk.turn_to(END).ended == 1
    assert status(desk) == "ended"


def test_it_ends_at_the_end_of_its_cycle_however_late_that_is_noticed(desk: Desk) -> None:
    plan = bought(desk)
    subscriptions.cancel(desk.billing, desk.owner(), plan.id, "Too dear")
    desk.turn_to(END + timedelta(weeks=7))
    ended = subscriptions.look_at(desk.billing, desk.owner(), plan.id)
    assert (ended.ended_at, ended.ends_at) == (END, None)
    assert len(desk.invoices()) == 1


def test_what_was_renewed_since_the_preview_is_not_cancelled_unseen(desk: Desk) -> None:
    plan = bought(desk)
    desk.turn_to(END - A_MOMENT)
    shown = subscriptions.preview_cancel(desk.billing, desk.owner(), plan.id, "Too dear")
    desk.turn_to(END)
    with pytest.raises(ChangedMeanwhile):
        subscriptions.cancel(desk.billing, desk.owner(), plan.id, "Too dear", expected=shown.fingerprint)
    assert desk.plan(plan.id).ends_at is None
    anew = subscriptions.preview_cancel(desk.billing, desk.owner(), plan.id, "Too dear")
    done = subscriptions.cancel(desk.billing, desk.owner(), plan.id, "Too dear", expected=anew.fingerprint)
    assert done.ends_at == anew.ends_at == anew.period_end_at > END


def test_another_admins_change_of_plan_is_not_cancelled_unseen(desk: Desk) -> None:
    owner = desk.owner()
    plan = desk.buy(owner, desk.property_of(owner))
    shown = subscriptions.preview_cancel(desk.billing, owner, plan.id, "Too dear")
    desk.turn(days=1)
    changes.change(desk.billing, owner, plan.id, PlanSelection("max", Interval.YEAR), key="one")
    with pytest.raises(ChangedMeanwhile):
        subscriptions.cancel(desk.billing, owner, plan.id, "Too dear", expected=shown.fingerprint)
    assert desk.plan(plan.id).ends_at is None


def test_a_change_that_was_scheduled_since_the_preview_is_not_dropped_unseen(desk: Desk) -> None:
    plan, owner = bought(desk), desk.owner()
    shown = subscriptions.preview_cancel(desk.billing, owner, plan.id, "Too dear")
    changes.change(desk.billing, owner, plan.id, PlanSelection("business", Interval.MONTH), key="one")
    with pytest.raises(ChangedMeanwhile):
        subscriptions.cancel(desk.billing, owner, plan.id, "Too dear", expected=shown.fingerprint)
    assert desk.plan(plan.id).pending is not None


def test_nothing_is_charged_after_the_end(desk: Desk) -> None:
    plan = bought(desk)
    subscriptions.cancel(desk.billing, desk.owner(), plan.id, "Too dear")
    for _ in range(6):
        desk.turn(days=31)
    assert len(desk.invoices()) == 1
    assert desk.told() == [
        "SubscriptionStarted",
        "PaymentReceived",
        "SubscriptionCancelled",
        "SubscriptionEnded",
    ]
    assert desk.charged() == [3538]


def test_a_cancellation_can_be_undone_and_made_again(desk: Desk) -> None:
    plan, owner = bought(desk), desk.owner()
    subscriptions.cancel(desk.billing, owner, plan.id, "Too dear")
    undone = subscriptions.undo_cancellation(desk.billing, owner, plan.id)
    assert replace(undone, version=plan.version) == plan
    again = subscriptions.cancel(desk.billing, owner, plan.id, "Still too dear")
    assert (again.cancel_reason, again.cancelled_by, again.ends_at) == ("Still too dear", owner.user_id, END)


def test_an_undone_cancellation_is_renewed_at_its_old_date(desk: Desk) -> None:
    plan, owner = bought(desk), desk.owner()
    subscriptions.cancel(desk.billing, owner, plan.id, "Too dear")
    subscriptions.undo_cancellation(desk.billing, owner, plan.id)
    assert len(desk.invoices()) == 1
    assert desk.turn_to(END - A_MOMENT).renewed == 0
    assert desk.turn_to(END).renewed == 1
    assert len(desk.invoices()) == 2


def test_a_cancellation_is_undone_up_to_the_last_moment_and_not_at_the_end(desk: Desk) -> None:
    plan, owner = bought(desk), desk.owner()
    subscriptions.cancel(desk.billing, owner, plan.id, "Too dear")
    desk.clock.now = END - A_MOMENT
    assert subscriptions.undo_cancellation(desk.billing, owner, plan.id).ends_at is None
    subscriptions.cancel(desk.billing, owner, plan.id, "Too dear")
    desk.clock.now = END
    with pytest.raises(AlreadyEnded) as refused:
        subscriptions.undo_cancellation(desk.billing, owner, plan.id)
    assert (refused.value.ended_at, refused.value.zone) == (END, "Europe/Rome")


def test_what_has_ended_can_neither_be_cancelled_nor_go_on(desk: Desk) -> None:
    plan, owner = bought(desk), desk.owner()
    subscriptions.cancel(desk.billing, owner, plan.id, "Too dear")
    desk.turn_to(END + timedelta(days=3))
    with pytest.raises(AlreadyEnded):
        subscriptions.cancel(desk.billing, owner, plan.id, "Again")
    with pytest.raises(AlreadyEnded):
        subscriptions.undo_cancellation(desk.billing, owner, plan.id)


def test_a_plan_whose_next_cycle_is_due_is_being_renewed(desk: Desk) -> None:
    plan, owner = bought(desk), desk.owner()
    desk.clock.now = END
    with pytest.raises(BeingRenewed):
        subscriptions.cancel(desk.billing, owner, plan.id, "Too dear")
    desk.turn_to(END)
    cancelled = subscriptions.cancel(desk.billing, owner, plan.id, "Too dear")
    assert cancelled.ends_at == datetime(2026, 3, 31, 8, 30, tzinfo=UTC)


def test_it_is_cancelled_once_and_the_second_is_told_by_whom(desk: Desk) -> None:
    plan, owner = bought(desk), desk.owner()
    answers = at_once(*[lambda: subscriptions.cancel(desk.billing, owner, plan.id, "Too dear")] * 4)
    refusals = [answer for answer in answers if isinstance(answer, AlreadyCancelled)]
    assert len(refusals) == 3
    assert (refusals[0].by, refusals[0].ends_at, refusals[0].zone) == (owner.user_id, END, "Europe/Rome")
    told = desk.rows("SELECT number FROM outbox WHERE kind = 'SubscriptionCancelled'")
    assert len(told) == 1


def test_what_was_not_cancelled_cannot_be_undone(desk: Desk) -> None:
    plan = bought(desk)
    with pytest.raises(NotCancelled):
        subscriptions.undo_cancellation(desk.billing, desk.owner(), plan.id)


def test_a_reason_that_does_not_fit_is_refused_and_nothing_is_cancelled(desk: Desk) -> None:
    plan, owner = bought(desk), desk.owner()
    for reason, fault in (
        ("", Fault("missing")),
        (" \n\t ", Fault("missing")),
        ("x" * 501, Fault("too_long", 500)),
        ("Refund me on 4242 4242 4242 4242 please", Fault("card_number")),
    ):
        for act in (subscriptions.preview_cancel, subscriptions.cancel):
            with pytest.raises(BadFields) as refused:
                act(desk.billing, owner, plan.id, reason)
            assert refused.value.faults == {"reason": fault}
    assert subscriptions.look_at(desk.billing, owner, plan.id) == plan
    assert "4242 4242" not in str(desk.everything()["audit_entries"])


def test_a_reason_is_trimmed_and_may_have_500_characters(desk: Desk) -> None:
    plan, owner = bought(desk), desk.owner()
    cancelled = subscriptions.cancel(desk.billing, owner, plan.id, f"  {'x' * 500}\n")
    assert cancelled.cancel_reason == "x" * 500


def test_a_preview_changes_nothing_and_equals_what_cancelling_then_answers(desk: Desk) -> None:
    plan, owner = bought(desk), desk.owner()
    before = desk.everything()
    preview = subscriptions.preview_cancel(desk.billing, owner, plan.id, " Too dear ")
    assert desk.everything() == before
    done = subscriptions.cancel(desk.billing, owner, plan.id, " Too dear ")
    assert preview == replace(done, version=plan.version)  # looking makes no new one


def test_the_answers_of_cancelling_and_undoing_are_what_a_look_then_shows(desk: Desk) -> None:
    """Their version too, or the next form opened from them would be refused as changed meanwhile."""
    plan, owner = bought(desk), desk.owner()
    cancelled = subscriptions.cancel(desk.billing, owner, plan.id, "Too dear")
    assert cancelled == subscriptions.look_at(desk.billing, owner, plan.id)
    undone = subscriptions.undo_cancellation(desk.billing, owner, plan.id)
    assert undone == subscriptions.look_at(desk.billing, owner, plan.id)
    assert addresses.change(desk.billing, owner, plan.id, MILANO, undone.version).address == MILANO


def test_a_plan_that_can_no_longer_be_invoiced_can_still_be_seen_and_cancelled(desk: Desk) -> None:
    plan, owner = bought(desk), desk.owner()
    desk.execute("UPDATE subscriptions SET address = NULL")
    desk.execute("UPDATE properties SET country = 'FR'")
    assert subscriptions.look_at(desk.billing, owner, plan.id).id == plan.id
    assert subscriptions.cancel(desk.billing, owner, plan.id, "We moved to France").ends_at == END


def test_cancelling_and_undoing_are_in_the_audit_log_with_the_reason(desk: Desk) -> None:
    plan, owner = bought(desk), desk.owner()
    subscriptions.cancel(desk.billing, owner, plan.id, "Too dear")
    subscriptions.undo_cancellation(desk.billing, owner, plan.id)
    (cancelled,) = desk.audit("subscription.cancel")
    (undone,) = desk.audit("subscription.undo_cancellation")
    assert (cancelled.user_id, cancelled.subject_id, cancelled.after) == (
        owner.user_id,
        plan.id,
        {"reason": "Too dear"},
    )
    assert undone.before == {"reason": "Too dear", "by": owner.user_id}
