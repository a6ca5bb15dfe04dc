"""Due payments are collected many at a time: as one at a time would, each once, and nobody waits for another."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from threading import Event

import pytest
from sqlalchemy import text

from billing.adapters.gateways.sandbox import Behaviour, SandboxGateway
from billing.payments.bulk import Collected, collect_due
from billing.payments.collection import collect_once
from billing.payments.outcomes import PaymentKey
from billing.ports import ChargeOrder, Outcome
from billing.queries import due_work as rows
from billing.renewals import bulk
from billing.services import due_work
from billing.services.verify import verify
from tests.billing.desk import WORKSPACE, Desk, at_once, engine_of
from tests.billing.test_in_bulk import rows_of

PATIENCE = 20
# What the gateway says of a renewal, once its card has paid a purchase.
ANSWERS = (
    Behaviour.SUCCEEDS,
    Behaviour.DECLINES,
    Behaviour.DECLINES_FOR_GOOD,
    Behaviour.ASKS_FOR_ACTION,
    Behaviour.SILENT_AFTER,
    Behaviour.MISCONFIGURED,
)


@dataclass(frozen=True)
class Owed:
    """A renewal that is due, and whose it is."""

    id: str
    subscription_id: str
    property_id: str

    @property
    def key(self) -> PaymentKey:
        return PaymentKey(WORKSPACE, self.id)


def owed(desk: Desk, tokens: list[str], cycles: int = 1) -> list[Owed]:
    """What as many properties owe for so many cycles, with a card each, in their order."""
    owner = desk.owner()
    plans = [
        desk.buy(owner, desk.property_of(owner, f"Shop {n:03}"), token=token)
        for n, token in enumerate(tokens)
    ]
    for _ in range(cycles):
        desk.clock.now = desk.plan(plans[0].id).period_end_at
        assert bulk.renew(desk.billing) == len(plans)
    found = [
        Owed(row.id, row.subscription_id, row.property_id)
        for row in desk.rows(
            "SELECT id, subscription_id, property_id FROM payments WHERE state = 'open' ORDER BY next_try_at, id"
        )
    ]
    places = [plan.id for plan in plans]
    return sorted(found, key=lambda one: places.index(one.subscription_id))


def tried(desk: Desk, of: Owed) -> list[tuple[object, ...]]:
    """All that is kept of its tries, but for their ids and keys."""
    found = desk.rows(
        "SELECT number, state, scheduled, card, minor, sent_at, decided_at, reason, action_url IS NULL, poll_at,"
        " polls FROM payment_attempts WHERE payment_id = :id ORDER BY number",
        id=of.id,
    )
    return [tuple(row) for row in found]


def test_in_bulk_and_one_at_a_time_leave_the_same_rows(desk: Desk) -> None:
    tokens = [f"tok_{answer}_{twin}" for answer in ANSWERS for twin in (1, 2)]
    for token, answer in zip(tokens, (answer for answer in ANSWERS for _ in range(2)), strict=True):
        desk.gateway.expect(token, Behaviour.SUCCEEDS, answer)
    payments = owed(desk, tokens)
    twins = dict(zip(ANSWERS, zip(payments[::2], payments[1::2], strict=True), strict=True))
    in_bulk = 0
    for days in (0, 3, 5):  # what was declined is tried again, and paid then
        desk.clock.now += timedelta(days=days)
        for _, single in twins.values():
            collect_once(desk.billing, single.key, scheduled=True)
        in_bulk += collect_due(desk.billing, rows.OWED).tried
        due_work.each_due(desk.billing, due_work.OWED)
        for answer, (together, single) in twins.items():
            assert tried(desk, together) == tried(desk, single), answer
            assert rows_of(desk, together.property_id) == rows_of(desk, single.property_id), answer
    # The first try of each; then again that which was declined, and that which met a key that is not taken.
    assert in_bulk == len(ANSWERS) + 2
    assert len(desk.gateway.charged("renewal")) == 2 * 4  # all but those that wait for a person


def test_one_worker_tries_what_is_due_first_first(desk: Desk) -> None:
    payments = owed(desk, ["tok_visa"] * 5)
    for minutes, one in enumerate(reversed(payments)):
        desk.execute(
            "UPDATE payments SET next_try_at = :at WHERE id = :id",
            at=desk.clock.now - timedelta(minutes=10 - minutes),
            id=one.id,
        )
    desk.gateway.calls.clear()
    alone = replace(desk.billing, workers=1)
    assert collect_due(alone, rows.OWED) == Collected(tried=5, left=0)
    assert desk.gateway.calls == [f"{WORKSPACE}-{one.id}-1" for one in reversed(payments)]


def test_several_workers_at_once_collect_each_once_and_share_the_list(desk: Desk) -> None:
    owed(desk, ["tok_visa"] * 60)
    four = [replace(desk.billing, workers=4)] * 4
    reports = at_once(*[partial(due_work.each_due, one, due_work.OWED) for one in four])
    # Who finds that another was quicker has looked at it, too.
    assert sum(report.collected for report in reports) >= 60
    assert sum(report.left for report in reports) == 0
    assert len(desk.gateway.charged("renewal")) == len(set(desk.gateway.calls)) - 60 == 60
    assert desk.rows("SELECT count(*) FROM payments WHERE state = 'open'")[0][0] == 0
    assert verify(desk.billing) == ()


@dataclass
class OneByOne(SandboxGateway):
    """Notes which subscriptions are asked for at the same time."""

    under_way: list[str] = field(default_factory=list)
    at_once: list[str] = field(default_factory=list)

    def charge(self, order: ChargeOrder) -> Outcome:
        self.at_once += [one for one in self.under_way if one == order.token]
        self.under_way.append(order.token)
        try:
            return super().charge(order)
        finally:
            self.under_way.remove(order.token)


def test_of_one_subscription_a_payment_is_tried_after_the_other(database_url: str) -> None:
    gateway = OneByOne()
    with Desk.open(database_url, gateway) as desk:
        payments = owed(desk, [f"tok_{n}" for n in range(12)], cycles=2)
        assert collect_due(desk.billing, rows.OWED).tried <= len(payments) == 24
        due_work.each_due(desk.billing, due_work.OWED)
        assert gateway.at_once == []
        assert len(gateway.charged("renewal")) == 24
        assert verify(desk.billing) == ()


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)  # SQLite has one writer
def test_what_somebody_holds_is_left_and_keeps_nobody_waiting(desk: Desk) -> None:
    held, free = owed(desk, ["tok_visa"] * 2)
    with desk.billing.engine.connect() as other, ThreadPoolExecutor(1) as pool:
        other.execute(
            text("SELECT id FROM subscriptions WHERE id = :id FOR UPDATE"), {"id": held.subscription_id}
        )
        working = pool.submit(collect_due, desk.billing, rows.OWED)
        assert working.result(timeout=PATIENCE) == Collected(tried=1, left=0)
        other.rollback()
    assert [len(tried(desk, one)) for one in (held, free)] == [0, 1]
    assert due_work.each_due(desk.billing, due_work.OWED).collected == 1


@dataclass
class Meeting(SandboxGateway):
    """While it opens what one card is to pay, or charges it, somebody takes the lock of its subscription."""

    when: str = ""
    meet: str = ""
    asked: Event = field(default_factory=Event)
    taken: Event = field(default_factory=Event)

    def open(self, order: ChargeOrder) -> str:
        self._wait("opened", order)
        return super().open(order)

    def charge(self, order: ChargeOrder) -> Outcome:
        self._wait("charged", order)
        return super().charge(order)

    def _wait(self, when: str, order: ChargeOrder) -> None:
        if (when, order.token) == (self.when, self.meet):
            self.asked.set()
            assert self.taken.wait(PATIENCE)


@pytest.mark.parametrize("when", ["opened", "charged"])
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)  # SQLite has one writer
def test_what_the_gateway_said_of_a_subscription_that_is_held_is_written_when_it_is_free(
    database_url: str, when: str
) -> None:
    gateway = Meeting(when=when)
    with Desk.open(database_url, gateway) as desk, ThreadPoolExecutor(1) as pool:
        held, free = owed(desk, ["tok_held", "tok_free"])
        gateway.meet = "tok_held"
        working = pool.submit(collect_due, desk.billing, rows.OWED)
        assert gateway.asked.wait(PATIENCE)
        with desk.billing.engine.connect() as other:
            other.execute(
                text("SELECT id FROM subscriptions WHERE id = :id FOR UPDATE"), {"id": held.subscription_id}
            )
            gateway.taken.set()
            while state(desk, free) != "paid":
                assert not working.done()
            assert state(desk, held) == "open"
            # Somebody may be deciding that nothing is to be collected of it any more.
            assert when == "charged" or len(gateway.charged("renewal")) == 1
            other.rollback()
        assert working.result(timeout=PATIENCE) == Collected(tried=2, left=0)
        assert state(desk, held) == "paid"
        assert len(gateway.charged("renewal")) == 2
        assert verify(desk.billing) == ()


def test_one_that_cannot_be_written_takes_no_other_with_it(desk: Desk) -> None:
    payments = owed(desk, ["tok_visa"] * 6)
    broken = payments[3]
    unread = {"id": broken.subscription_id}
    desk.execute("UPDATE subscriptions SET anchor_interval = 'fortnight' WHERE id = :id", **unread)
    assert collect_due(desk.billing, rows.OWED) == Collected(tried=6, left=1)
    assert [state(desk, one) for one in payments] == ["paid"] * 3 + ["open"] + ["paid"] * 2
    desk.execute("UPDATE subscriptions SET anchor_interval = 'month' WHERE id = :id", **unread)
    desk.turn(minutes=1)  # the gateway is asked what became of it
    assert state(desk, broken) == "paid"
    assert len(desk.gateway.charged("renewal")) == 6
    assert verify(desk.billing) == ()


def test_a_payment_that_cannot_be_read_is_tried_alone_and_the_others_all_the_same(desk: Desk) -> None:
    payments = owed(desk, ["tok_visa"] * 6)
    desk.execute("UPDATE payments SET kind = 'gift' WHERE id = :id", id=payments[2].id)
    report = due_work.each_due(desk.billing, due_work.OWED)
    assert (report.collected, report.left) == (5, 1)
    assert len(desk.gateway.charged("renewal")) == 5


@dataclass
class Stored(SandboxGateway):
    """Looks, as it is to move money, whether its name for the payment is stored; one name is too long for that."""

    url: str = ""
    too_long: str = ""
    unstored: list[str] = field(default_factory=list)

    def open(self, order: ChargeOrder) -> str:
        opened = super().open(order)
        return opened * 100 if order.token == self.too_long else opened

    def charge(self, order: ChargeOrder) -> Outcome:
        with engine_of(self.url).connect() as other:
            kept = other.execute(text("SELECT gateway_id FROM payments WHERE gateway_id IS NOT NULL"))
            if order.payment_id not in set(kept.scalars()):
                self.unstored.append(order.key)
        return super().charge(order)


def test_no_money_moves_before_what_the_gateway_calls_it_is_stored(database_url: str) -> None:
    gateway = Stored(url=database_url)
    with Desk.open(database_url, gateway) as desk:
        owed(desk, ["tok_visa"] * 25)
        assert collect_due(desk.billing, rows.OWED) == Collected(tried=25, left=0)
        assert gateway.unstored == []
        assert len(gateway.charged("renewal")) == 25


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)  # SQLite takes any length
def test_one_whose_name_at_the_gateway_cannot_be_stored_takes_no_other_with_it(database_url: str) -> None:
    gateway = Stored(url=database_url)
    with Desk.open(database_url, gateway) as desk:
        payments = owed(desk, ["tok_one", "tok_two", "tok_three"])
        gateway.too_long = "tok_two"
        assert collect_due(desk.billing, rows.OWED) == Collected(tried=3, left=1)
        assert [state(desk, one) for one in payments] == ["paid", "open", "paid"]
        assert gateway.unstored == []
        gateway.too_long = ""
        desk.turn(minutes=1)  # the gateway is asked what became of it
        assert state(desk, payments[1]) == "paid"
        assert len(gateway.charged("renewal")) == 3
        assert verify(desk.billing) == ()


class Plug(BaseException):
    """What a test raises where a process would be killed: nobody keeps it."""


@dataclass
class Pulled(SandboxGateway):
    """The process ends as the money of the third renewal has moved."""

    pulled: bool = False

    def charge(self, order: ChargeOrder) -> Outcome:
        outcome = super().charge(order)
        if not self.pulled and len(self.charged("renewal")) == 3:
            self.pulled = True
            raise Plug
        return outcome


def test_a_process_that_ends_among_many_leaves_one_charge_of_each(database_url: str) -> None:
    gateway = Pulled()
    with Desk.open(database_url, gateway) as desk:
        payments = owed(desk, ["tok_visa"] * 12)
        with pytest.raises(Plug):
            collect_due(desk.billing, rows.OWED)
        assert desk.rows("SELECT count(*) FROM payment_attempts WHERE state = 'sent'")[0][0] > 0
        desk.turn(minutes=1)  # what was sent is asked about, and what was not begun is
        assert [state(desk, one) for one in payments] == ["paid"] * 12
        assert len(gateway.charged("renewal")) == 12
        assert verify(desk.billing) == ()


class Away(SandboxGateway):
    """Answers nobody for now."""

    def is_away(self) -> bool:
        return True


def test_nothing_is_begun_while_the_gateway_is_away(database_url: str) -> None:
    with Desk.open(database_url, Away()) as desk:
        (one,) = owed(desk, ["tok_visa"])
        assert collect_due(desk.billing, rows.OWED) == Collected(tried=0, left=0)
        assert tried(desk, one) == []


class SoonBack(SandboxGateway):
    """Is left alone for a moment."""

    looks = 3

    def is_away(self) -> bool:
        self.looks -= 1
        return self.looks >= 0


def test_a_gateway_that_was_left_alone_for_a_moment_is_asked_in_the_same_run(database_url: str) -> None:
    with Desk.open(database_url, SoonBack()) as desk:
        payments = owed(desk, ["tok_visa"] * 3)
        assert collect_due(desk.billing, rows.OWED) == Collected(tried=3, left=0)
        assert [state(desk, one) for one in payments] == ["paid"] * 3


def state(desk: Desk, of: Owed) -> str:
    return str(desk.rows("SELECT state FROM payments WHERE id = :id", id=of.id)[0].state)
