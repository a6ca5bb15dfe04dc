"""The outbox: written with the fact, told in order, tried again, and never told twice by design."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest

from billing import Actor
from billing.adapters import outbox
from billing.adapters.outbox import HOLD, MAX_WAIT, Delivery
from billing.services import subscriptions
from billing.values.events import (
    PaymentReceived,
    SubscriptionCancelled,
    SubscriptionEnded,
    SubscriptionStarted,
)
from billing.values.snapshots import SubscriptionSnapshot
from tests.billing.desk import Desk, at_once

A_MOMENT = timedelta(microseconds=1)


class PulledPlug(Exception):
    """What a test raises where a power cut would strike."""


def bought(desk: Desk, channel: str | None = "CBILLING", name: str = "Piazza") -> SubscriptionSnapshot:
    """A trial of seven days: its start is one fact, each payment after it another."""
    owner = desk.owner()
    return desk.buy(owner, desk.property_of(owner, name, channel), "knowledge-base/standard/month")


def claimed(desk: Desk) -> Delivery:
    (untold,) = outbox.claim(desk.billing)
    return untold


def test_where_no_channel_was_chosen_nothing_is_told(desk: Desk) -> None:
    plan = bought(desk, channel=None)
    subscriptions.cancel(desk.billing, desk.owner(), plan.id, "Too dear")
    desk.turn(days=31)
    assert desk.rows("SELECT * FROM outbox") == []


def test_a_fact_that_did_not_happen_is_not_told(desk: Desk) -> None:
    plan, owner = bought(desk), desk.owner()
    outbox.told(desk.billing, claimed(desk).number)

    def cancel_and_pull_the_plug(actor: Actor) -> None:
        with desk.billing.work("test") as work:
            subscription = work.subscription_as_admin(actor, plan.id)
            subscription.cancel("Too dear", actor.user_id, work.situation(subscription))
            ended = SubscriptionEnded(**subscription.about(), ended_at=work.now, unpaid=False)
            work.tell(ended, subscription.prop)
            work.session.flush()
            raise PulledPlug

    with pytest.raises(PulledPlug):
        cancel_and_pull_the_plug(owner)
    assert outbox.claim(desk.billing) == []
    assert subscriptions.look_at(desk.billing, owner, plan.id).ends_at is None


def test_a_fact_is_read_back_as_it_was_written(desk: Desk) -> None:
    plan, owner = bought(desk), desk.owner()
    first = claimed(desk)
    about = (plan.property_id, "Piazza", "Europe/Rome", plan.id, "Knowledge Base", "Standard")
    assert (first.workspace_id, first.channel) == (owner.workspace_id, "CBILLING")
    assert first.event == SubscriptionStarted(*about, owner.user_id, plan.period_end_at)
    outbox.told(desk.billing, first.number)
    subscriptions.cancel(desk.billing, owner, plan.id, "Too dear")
    assert claimed(desk).event == SubscriptionCancelled(*about, owner.user_id, "Too dear", plan.period_end_at)


def test_a_topic_is_told_in_order_one_at_a_time(desk: Desk) -> None:
    bought(desk)
    desk.turn(days=90)
    numbers: list[str | None] = []
    while untold := outbox.claim(desk.billing):
        assert len(untold) == 1
        assert outbox.claim(desk.billing) == []
        event = untold[0].event
        numbers.append(event.number if isinstance(event, PaymentReceived) else None)
        outbox.told(desk.billing, untold[0].number)
    assert numbers == [None, "2026-000001", "2026-000002", "2026-000003"]


def test_a_topic_that_fails_keeps_its_order_and_does_not_hold_up_another(desk: Desk) -> None:
    bought(desk)
    bought(desk, "CELSEWHERE", "Corso")
    desk.turn(days=31)
    one, other = outbox.claim(desk.billing)
    assert (one.channel, other.channel) == ("CBILLING", "CELSEWHERE")
    outbox.failed(desk.billing, one.number, "channel_not_found")
    outbox.told(desk.billing, other.number)
    assert claimed(desk).channel == "CELSEWHERE"
    desk.clock.now += timedelta(seconds=2)
    assert claimed(desk).number == one.number


def test_no_more_is_taken_than_was_asked_for(desk: Desk) -> None:
    for number in range(3):
        bought(desk, f"C{number}", f"Shop {number}")
    assert [untold.channel for untold in outbox.claim(desk.billing, limit=2)] == ["C0", "C1"]
    assert [untold.channel for untold in outbox.claim(desk.billing, limit=2)] == ["C2"]


def test_workers_at_once_never_hold_the_same_row(desk: Desk) -> None:
    for number in range(6):
        bought(desk, f"C{number}", f"Shop {number}")
    desk.turn(days=31)
    told = []
    for _ in range(2):
        claims = at_once(*[partial(outbox.claim, desk.billing, 4)] * 4)
        numbers = [untold.number for claim in claims for untold in claim]
        numbers += [untold.number for untold in outbox.claim(desk.billing)]  # what was locked by another
        assert len(numbers) == len(set(numbers)) == 6
        for number in numbers:
            outbox.told(desk.billing, number)
        told += numbers
    assert len(set(told)) == 12
    assert outbox.claim(desk.billing) == []


def test_waits_double_up_to_an_hour(desk: Desk) -> None:
    bought(desk)
    for wait in [2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 3600, 3600]:
        outbox.failed(desk.billing, claimed(desk).number, "timeout")
        desk.clock.now += timedelta(seconds=wait) - A_MOMENT
        assert outbox.claim(desk.billing) == []
        desk.clock.now += A_MOMENT


def test_the_wait_that_the_far_side_asks_for_is_kept_even_beyond_our_longest(desk: Desk) -> None:
    bought(desk)
    for seconds in (1, 30, 90.5, MAX_WAIT.total_seconds() * 2):
        outbox.failed(desk.billing, claimed(desk).number, "ratelimited", retry_after=seconds)
        desk.clock.now += timedelta(seconds=seconds) - A_MOMENT
        assert outbox.claim(desk.billing) == []
        desk.clock.now += A_MOMENT


def test_what_was_told_never_comes_again_not_even_after_a_late_failure(desk: Desk) -> None:
    bought(desk)
    untold = claimed(desk)
    outbox.told(desk.billing, untold.number)
    outbox.failed(desk.billing, untold.number, "a worker that had been given up")
    desk.clock.now += timedelta(days=1)
    assert outbox.claim(desk.billing) == []


def test_what_a_worker_took_and_never_finished_comes_back_after_its_hold(desk: Desk) -> None:
    bought(desk)
    lost = claimed(desk)
    desk.clock.now += HOLD - A_MOMENT
    assert outbox.claim(desk.billing) == []
    desk.clock.now += A_MOMENT
    assert claimed(desk) == lost


def test_the_last_error_is_kept_and_cut_to_its_column(desk: Desk) -> None:
    bought(desk)
    outbox.failed(desk.billing, claimed(desk).number, "x" * 1000)
    assert [row.last_error for row in desk.rows("SELECT last_error FROM outbox")] == ["x" * 300]
