"""The outbox: written with the fact, told in order, tried again, and never told twice by design."""

from __future__ import annotations

from dataclasses import MISSING, fields, replace
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import ColumnElement, select

from billing import Actor
from billing.adapters import database
from billing.models import OutboxMessage
from billing.services import outbox, properties, subscriptions
from billing.services.outbox import HOLD, MAX_WAIT, UNREADABLE_FOR
from billing.services.verify import health, remember, verify
from billing.values.events import (
    AuthenticationNeeded,
    PaymentReceived,
    SubscriptionCancelled,
    SubscriptionEnded,
    SubscriptionStarted,
    SupportReceived,
)
from billing.values.outbox import BY_MAIL, Audience, Delivery, Destination
from billing.values.snapshots import SubscriptionSnapshot
from tests.billing.desk import WORKSPACE, Desk, at_once
from tests.billing.events import plain_events

pytestmark = pytest.mark.slow

FIVE_MINUTES = timedelta(minutes=5)


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
    assert (first.workspace_id, first.to) == (owner.workspace_id, Destination.channel("CBILLING"))
    assert first.event == SubscriptionStarted(*about, owner.user_id, plan.period_end_at)
    outbox.told(desk.billing, first.number)
    subscriptions.cancel(desk.billing, owner, plan.id, "Too dear")
    cancelled = SubscriptionCancelled(*about, owner.user_id, "Too dear", plan.period_end_at, trial=True)
    assert claimed(desk).event == cancelled


def test_a_receipt_says_in_its_short_form_what_the_long_one_says_and_what_was_true_as_it_was_paid(
    desk: Desk,
) -> None:
    """Written while an upgrade is not finished and once it is; before either is told, the property is renamed."""
    plan = bought(desk)
    outbox.told(desk.billing, claimed(desk).number)
    for finished in (False, True):
        desk.execute("DELETE FROM finished_upgrades")
        if finished:
            desk.execute("INSERT INTO finished_upgrades VALUES (:newest)", newest=database.newest_revision())
        desk.turn(days=31)
    desk.execute("UPDATE properties SET name = 'Corso', time_zone = 'Asia/Tokyo'")
    told = []
    for _ in range(2):
        row = claimed(desk)
        told.append(row.event)
        outbox.told(desk.billing, row.number)
    payments = desk.rows("SELECT id, invoice_id FROM payments ORDER BY created_at")
    assert told == [
        PaymentReceived(
            *(plan.property_id, "Piazza", "Europe/Rome", plan.id, "Knowledge Base", "Standard"),
            invoice_id=invoice_id,
            number=f"2026-00000{number}",
            minor=1830,
            total_minor=1830,
            currency="EUR",
            card="Visa 4242",
            payment_id=id_,
        )
        for number, (id_, invoice_id) in enumerate(payments, start=1)
    ]


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
    assert (one.to.address, other.to.address) == ("CBILLING", "CELSEWHERE")
    outbox.failed(desk.billing, one.number, "channel_not_found")
    outbox.told(desk.billing, other.number)
    assert claimed(desk).to.address == "CELSEWHERE"
    desk.wait(timedelta(seconds=2))
    assert claimed(desk).number == one.number


def test_no_more_is_taken_than_was_asked_for(desk: Desk) -> None:
    for number in range(3):
        bought(desk, f"C{number}", f"Shop {number}")
    assert [untold.to.address for untold in outbox.claim(desk.billing, limit=2)] == ["C0", "C1"]
    assert [untold.to.address for untold in outbox.claim(desk.billing, limit=2)] == ["C2"]


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
    for seconds in [2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 3600, 3600]:
        fails = partial(outbox.failed, desk.billing, claimed(desk).number, "timeout")
        assert desk.tries_again_after(timedelta(seconds=seconds), fails)
        desk.wait(timedelta(seconds=seconds))


def test_the_wait_that_the_far_side_asks_for_is_kept_even_beyond_our_longest(desk: Desk) -> None:
    bought(desk)
    for seconds in (1, 30, 90.5, MAX_WAIT.total_seconds() * 2):
        fails = partial(outbox.failed, desk.billing, claimed(desk).number, "ratelimited", seconds)
        assert desk.tries_again_after(timedelta(seconds=seconds), fails)
        desk.wait(timedelta(seconds=seconds))


def test_what_failed_is_not_claimed_before_its_wait_is_over(desk: Desk) -> None:
    bought(desk)
    outbox.failed(desk.billing, claimed(desk).number, "ratelimited", retry_after=3600)
    assert outbox.claim(desk.billing) == []
    desk.wait(timedelta(hours=1))
    again = claimed(desk)
    assert again.tries == 1  # that Slack had no room for it was no try
    outbox.failed(desk.billing, again.number, "timeout")
    desk.wait(timedelta(hours=1))
    assert claimed(desk).tries == 2


def test_what_was_told_never_comes_again_not_even_after_a_late_failure(desk: Desk) -> None:
    bought(desk)
    untold = claimed(desk)
    outbox.told(desk.billing, untold.number)
    outbox.failed(desk.billing, untold.number, "a worker that had been given up")
    desk.wait(timedelta(days=1))
    assert outbox.claim(desk.billing) == []


def test_what_a_worker_took_and_never_finished_comes_back_after_its_hold(desk: Desk) -> None:
    bought(desk)
    lost = claimed(desk)
    assert outbox.claim(desk.billing) == []
    desk.wait(HOLD)
    assert claimed(desk) == lost


def test_the_last_error_is_kept_and_cut_to_its_column(desk: Desk) -> None:
    bought(desk)
    outbox.failed(desk.billing, claimed(desk).number, "x" * 1000)
    assert [row.last_error for row in desk.rows("SELECT last_error FROM outbox")] == ["x" * 300]


def test_two_processes_whose_clocks_are_five_minutes_apart_tell_each_fact_once(desk: Desk) -> None:
    ahead = replace(desk.billing, clock=lambda: desk.clock.now + FIVE_MINUTES)
    for number in range(6):
        bought(desk, f"C{number}", f"Shop {number}")
    desk.turn(days=31)
    told: list[int] = []
    while held := [outbox.claim(billing, 2) for billing in (desk.billing, ahead, desk.billing, ahead)]:
        numbers = [one.number for rows in held for one in rows]
        if not numbers:
            break
        for number in numbers:
            outbox.told(ahead if number % 2 else desk.billing, number)
        told += numbers
    assert (len(told), len(set(told))) == (12, 12)


def test_what_a_process_whose_clock_is_ahead_wrote_is_told_at_once_by_another(desk: Desk) -> None:
    plan = bought(desk)
    outbox.told(desk.billing, claimed(desk).number)
    days_ahead = replace(desk.billing, clock=lambda: desk.clock.now + timedelta(days=2))
    subscriptions.cancel(days_ahead, desk.owner(), plan.id, "Too dear")
    assert isinstance(claimed(desk).event, SubscriptionCancelled)


def test_an_event_is_written_without_what_it_does_not_say_and_read_back_the_same() -> None:
    for told in plain_events():
        plain = told.as_json()
        assert plain.keys() == {field.name for field in fields(told) if field.default is MISSING}
        assert type(told).from_json(plain) == told
    asked = next(told for told in plain_events() if isinstance(told, AuthenticationNeeded))
    over = replace(asked, is_over=True)
    assert over.as_json() == asked.as_json() | {"is_over": True}
    assert AuthenticationNeeded.from_json(over.as_json()) == over


UNREADABLE = {
    "a kind of a later version": ("kind = 'OfALaterVersion'", "a fact of the unknown kind OfALaterVersion"),
    "a field of a later version": ('fact = \'{"event": {"mood": 1}}\'', "TypeError: "),
    "no event": ("fact = '{}'", "KeyError: 'event'"),
    "no object": ("fact = '[]'", "its fact is no JSON object"),
    "no address": ("address = ''", "it names no address"),
}


@pytest.mark.parametrize(("change", "error"), UNREADABLE.values(), ids=UNREADABLE)
def test_what_cannot_be_read_keeps_nothing_else_waiting_not_even_in_its_own_channel(
    desk: Desk, change: str, error: str
) -> None:
    plan = bought(desk)
    desk.execute(f"UPDATE outbox SET {change}")
    subscriptions.cancel(desk.billing, desk.owner(), plan.id, "Too dear")
    bought(desk, "CELSEWHERE", "Corso")
    found = {one.to.address: type(one.event) for _ in range(2) for one in outbox.claim(desk.billing)}
    assert found == {"CBILLING": SubscriptionCancelled, "CELSEWHERE": SubscriptionStarted}
    (bad,) = messages(desk, OutboxMessage.quarantined_at.is_not(None))
    assert bad.last_error is not None
    assert bad.last_error.startswith(error)
    assert (bad.tries, bad.claimed_until, bad.dead_at) == (1, None, None)


def test_what_can_be_read_by_a_later_version_is_told_by_it(desk: Desk) -> None:
    bought(desk)
    desk.execute("UPDATE outbox SET kind = 'OfALaterVersion'")
    assert outbox.claim(desk.billing) == []
    desk.execute("UPDATE outbox SET kind = 'SubscriptionStarted'")  # as if this version knew it
    desk.wait(MAX_WAIT)
    outbox.told(desk.billing, claimed(desk).number)
    assert verify(desk.billing) == ()


def test_what_cannot_be_read_for_three_days_is_a_dead_letter_and_verify_sees_it(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = bought(desk)
    desk.execute("UPDATE outbox SET kind = 'OfALaterVersion'")
    for hours in (0, 71):
        desk.age_messages(timedelta(hours=hours))
        desk.wait(MAX_WAIT)
        assert outbox.claim(desk.billing) == []
        (bad,) = messages(desk, OutboxMessage.number > 0)
        assert bad.dead_at is None
    desk.age_messages(UNREADABLE_FOR)
    for tries in (3, 3):  # and then no more
        desk.wait(MAX_WAIT)
        assert outbox.claim(desk.billing) == []
        (bad,) = messages(desk, OutboxMessage.dead_at.is_not(None))
        assert (bad.tries, bad.told_at) == (tries, None)
    said = capsys.readouterr().err
    assert (said.count("a message cannot be read"), said.count("a message is given up")) == (1, 1)
    (finding,) = verify(desk.billing)
    assert finding.invariant == "messages can be read"
    assert finding.what == ("This version cannot read it: a fact of the unknown kind OfALaterVersion.")
    remember(desk.billing)
    assert health(desk.billing, desk.owner(), plan.property_id).broken == ("messages can be read",)
    assert health(desk.billing, desk.owner(), plan.property_id).untold == 0


def test_dead_letters_are_told_after_all_once_they_can_be_read(desk: Desk) -> None:
    bought(desk)
    desk.execute("UPDATE outbox SET kind = 'OfALaterVersion'")
    assert (outbox.claim(desk.billing), outbox.redrive(desk.billing)) == ([], 0)
    desk.age_messages(UNREADABLE_FOR)
    desk.wait(MAX_WAIT)
    assert outbox.claim(desk.billing) == []
    desk.execute("UPDATE outbox SET kind = 'SubscriptionStarted'")  # as if this version knew it
    assert outbox.redrive(desk.billing) == 1
    outbox.told(desk.billing, claimed(desk).number)
    assert verify(desk.billing) == ()


def test_more_that_cannot_be_read_than_is_claimed_at_once_hides_nothing(desk: Desk) -> None:
    for number in range(5):
        bought(desk, f"C{number}", f"Shop {number}")
    desk.execute("UPDATE outbox SET fact = '{}'")
    bought(desk, "CLAST", "Corso")
    assert [one.to.address for one in outbox.claim(desk.billing, limit=2)] == ["CLAST"]


def test_workspaces_take_turns_however_much_one_of_them_has_to_be_told(desk: Desk) -> None:
    for number in range(5):
        bought(desk, f"C{number}", f"Shop {number}")
    properties.register_workspace(desk.billing, "T0002", "Altra", "it")
    desk.execute("UPDATE outbox SET workspace_id = 'T0002' WHERE address = 'C4'")
    found = outbox.claim(desk.billing, limit=2)
    assert [(one.workspace_id, one.to.address) for one in found] == [("T0001", "C0"), ("T0002", "C4")]


def test_a_workspace_that_is_slow_to_be_told_does_not_get_every_place_that_becomes_free(desk: Desk) -> None:
    for number in range(5):
        bought(desk, f"C{number}", f"Shop {number}")
    assert [one.to.address for one in outbox.claim(desk.billing, limit=3)] == ["C0", "C1", "C2"]
    properties.register_workspace(desk.billing, "T0002", "Altra", "it")
    bought(desk, "CLATER", "Corso")
    desk.execute("UPDATE outbox SET workspace_id = 'T0002' WHERE address = 'CLATER'")
    found = [outbox.claim(desk.billing, limit=1)[0] for _ in range(3)]
    assert [one.to.address for one in found] == ["CLATER", "C3", "C4"]


def test_what_was_claimed_and_not_tried_is_as_it_was(desk: Desk) -> None:
    bought(desk)
    before = desk.rows("SELECT * FROM outbox")
    row = claimed(desk)
    outbox.let_go(desk.billing, row)
    assert desk.rows("SELECT * FROM outbox") == before
    assert claimed(desk).tries == row.tries


def test_what_another_claimed_meanwhile_is_neither_held_nor_let_go(desk: Desk) -> None:
    bought(desk)
    row = claimed(desk)
    desk.wait(HOLD / 2)
    assert outbox.still_held(desk.billing, row)
    desk.wait(HOLD / 2)
    assert outbox.claim(desk.billing) == []
    desk.wait(HOLD / 2)
    others = claimed(desk)
    outbox.let_go(desk.billing, row)
    assert (outbox.still_held(desk.billing, row), outbox.claim(desk.billing)) == (False, [])
    outbox.told(desk.billing, others.number)
    assert not outbox.still_held(desk.billing, others)


def test_a_mail_that_cannot_be_read_keeps_no_message_and_no_other_mail_waiting(desk: Desk) -> None:
    with desk.billing.work("test") as work:
        for address in ("U1", "U2"):
            event = SupportReceived("", "", "UTC", message="Hello")
            work.tell_at(Destination(Audience.MAIL_PERSON, address), event, WORKSPACE)
    desk.execute("UPDATE outbox SET fact = '[]' WHERE address = 'U1'")
    (mail,) = outbox.claim(desk.billing, 1, BY_MAIL)
    assert mail.to.address == "U2"


def messages(desk: Desk, which: ColumnElement[bool]) -> list[OutboxMessage]:
    with desk.billing.read("test") as work:
        return list(work.session.scalars(select(OutboxMessage).where(which)))
