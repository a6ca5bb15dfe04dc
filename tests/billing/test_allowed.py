"""What is allowed in each state of a subscription is what its verb does not refuse, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest
from sqlalchemy import select

from billing import Actor
from billing.adapters.gateways.sandbox import Behaviour
from billing.models import OutboxMessage
from billing.models.rules import RULES
from billing.services import (
    addresses,
    changes,
    companies,
    payment_methods,
    payments,
    properties,
    receipts,
    subscriptions,
    transfers,
)
from billing.services.changes import PlanSelection
from billing.values.acts import Act
from billing.values.cycles import Interval
from billing.values.errors import Refusal
from billing.values.events import PaymentFailed
from billing.values.refusals import (
    AlreadyCancelled,
    AlreadyEnded,
    BeingRenewed,
    NotCancelled,
    NotFound,
    NothingPending,
    NothingToPay,
    PaymentDeclined,
    PaymentInProgress,
    StillRunning,
    Unpaid,
)
from billing.values.snapshots import PropertySnapshot, SubscriptionSnapshot
from tests.billing.desk import MILANO, Desk

pytestmark = pytest.mark.slow

BY_STATE = (
    AlreadyCancelled,
    AlreadyEnded,
    BeingRenewed,
    NotCancelled,
    NotFound,
    NothingPending,
    NothingToPay,
    PaymentInProgress,
    StillRunning,
    Unpaid,
)
SETTINGS = {Act.CHOOSE_PAYMENT_METHOD, Act.CHANGE_ADDRESS, Act.CHANGE_COMPANY, Act.CHANGE_RECEIPTS}
KEEPS_THE_STATE = SETTINGS - {Act.CHOOSE_PAYMENT_METHOD}  # what is unpaid is tried with the other card
RUNNING = SETTINGS | {Act.CANCEL, Act.CHANGE, Act.TRANSFER}


@dataclass(frozen=True)
class Life:
    """A subscription in a property of its own, with a card of its own that does what the test wants."""

    desk: Desk
    owner: Actor
    prop: PropertySnapshot
    token: str

    @classmethod
    def begin(cls, desk: Desk) -> Life:
        owner, key = desk.owner(), desk.key()
        return cls(desk, owner, desk.property_of(owner, f"Shop {key}"), f"tok_{key}")

    @property
    def now(self) -> SubscriptionSnapshot:
        ((found,),) = self.desk.rows("SELECT id FROM subscriptions WHERE property_id = :p", p=self.prop.id)
        return subscriptions.look_at(self.desk.billing, self.owner, found)

    def buy(self, what: str = "live-chat/pro/month") -> None:
        self.desk.buy(self.owner, self.prop, what, self.token)

    def card_does(self, *behaviours: Behaviour) -> None:
        self.desk.gateway.expect(self.token, *behaviours)

    def cancel(self) -> None:
        subscriptions.cancel(self.desk.billing, self.owner, self.now.id, "Too dear")

    def change(self, plan: str) -> None:
        wish = PlanSelection(plan, Interval.MONTH)
        changes.change(self.desk.billing, self.owner, self.now.id, wish, key=self.desk.key())

    def restart(self) -> None:
        subscriptions.restart(self.desk.billing, self.owner, self.now.id, key=self.desk.key())


def trialing(life: Life) -> None:
    life.buy("knowledge-base/standard/month")


def active(life: Life) -> None:
    life.buy()


def cancelled(life: Life) -> None:
    life.buy()
    life.cancel()


def cancelled_and_over_but_not_ended_yet(life: Life) -> None:
    cancelled(life)
    life.desk.clock.now = life.now.period_end_at


def due(life: Life) -> None:
    life.buy()
    life.desk.clock.now = life.now.period_end_at


def quarantined(life: Life) -> None:
    due(life)
    sql = "UPDATE subscriptions SET due_failures = 10, quarantined_at = period_end_at WHERE id = :id"
    life.desk.execute(sql, id=life.now.id)


def pending_change(life: Life) -> None:
    life.buy()
    life.change("basic")


def change_waiting_for_the_bank(life: Life) -> None:
    life.buy()
    life.card_does(Behaviour.ASKS_FOR_ACTION)
    life.change("max")


def change_not_answered_yet(life: Life) -> None:
    life.buy()
    life.card_does(Behaviour.SILENT_BEFORE)
    life.change("max")


def past_due(life: Life, behaviour: Behaviour = Behaviour.DECLINES) -> None:
    life.buy()
    life.card_does(behaviour)
    life.desk.turn_to(life.now.period_end_at)


def past_due_and_waiting_for_the_bank(life: Life) -> None:
    past_due(life, Behaviour.ASKS_FOR_ACTION)


def past_due_and_not_answered_yet(life: Life) -> None:
    past_due(life)
    life.card_does(Behaviour.SILENT_BEFORE)
    pay_now(life)


def past_due_and_cancelled(life: Life) -> None:
    past_due(life)
    life.cancel()


def incomplete(life: Life) -> None:
    life.card_does(Behaviour.ASKS_FOR_ACTION)
    life.buy()


def abandoned(life: Life) -> None:
    life.card_does(Behaviour.DECLINES)
    with pytest.raises(PaymentDeclined):
        life.buy()


def ended(life: Life) -> None:
    cancelled(life)
    life.desk.turn_to(life.now.period_end_at + timedelta(days=1))


def restart_waiting_for_the_bank(life: Life) -> None:
    ended(life)
    life.card_does(Behaviour.ASKS_FOR_ACTION)
    life.restart()


def restart_not_answered_yet(life: Life) -> None:
    ended(life)
    life.card_does(Behaviour.SILENT_BEFORE)
    life.restart()


STATES: dict[Callable[[Life], None], set[Act]] = {
    trialing: RUNNING,
    active: RUNNING,
    cancelled: SETTINGS | {Act.UNDO_CANCELLATION, Act.TRANSFER},
    cancelled_and_over_but_not_ended_yet: SETTINGS | {Act.TRANSFER},
    due: SETTINGS | {Act.TRANSFER},
    quarantined: SETTINGS | {Act.CANCEL, Act.TRANSFER},
    pending_change: RUNNING | {Act.UNDO_CHANGE},
    change_waiting_for_the_bank: SETTINGS | {Act.CANCEL, Act.CHANGE, Act.UNDO_CHANGE, Act.PAY_NOW},
    change_not_answered_yet: SETTINGS,
    past_due: SETTINGS | {Act.CANCEL, Act.PAY_NOW},
    past_due_and_waiting_for_the_bank: SETTINGS | {Act.CANCEL, Act.PAY_NOW},
    past_due_and_not_answered_yet: SETTINGS | {Act.CANCEL},
    past_due_and_cancelled: SETTINGS | {Act.UNDO_CANCELLATION, Act.PAY_NOW},
    incomplete: SETTINGS | {Act.PAY_NOW},
    abandoned: set(),
    ended: SETTINGS | {Act.RESTART, Act.TRANSFER},
    restart_waiting_for_the_bank: SETTINGS | {Act.RESTART, Act.PAY_NOW},
    restart_not_answered_yet: SETTINGS,
}


def change_plan(life: Life) -> None:
    life.change("plus" if life.now.add_on_id == "knowledge-base" else "max")


def transfer(life: Life) -> None:
    there = life.desk.property_of(life.owner, f"There {life.desk.key()}")
    transfers.transfer(life.desk.billing, life.owner, life.now.id, there.id)


def pay_now(life: Life) -> None:
    unpaid = payments.unpaid(life.desk.billing, life.owner, life.now.id)
    payments.pay_now(life.desk.billing, life.owner, unpaid[0].id if unpaid else "none")


def choose_card(life: Life) -> None:
    card = life.desk.card(life.owner, life.prop, life.token)
    payment_methods.choose(life.desk.billing, life.owner, life.now.id, card)


def change_address(life: Life) -> None:
    addresses.change(life.desk.billing, life.owner, life.now.id, MILANO, life.now.version)


def change_company(life: Life) -> None:
    named = {"legal_name": "Esempio Holding S.r.l."}
    companies.change(life.desk.billing, life.owner, life.now.id, named, life.now.version)


def change_receipts(life: Life) -> None:
    receipts.change(life.desk.billing, life.owner, life.now.id, None, life.now.version)


VERBS: dict[Act, Callable[[Life], object]] = {
    Act.CANCEL: Life.cancel,
    Act.UNDO_CANCELLATION: lambda life: subscriptions.undo_cancellation(
        life.desk.billing, life.owner, life.now.id
    ),
    Act.CHANGE: change_plan,
    Act.UNDO_CHANGE: lambda life: changes.undo_change(life.desk.billing, life.owner, life.now.id),
    Act.RESTART: Life.restart,
    Act.TRANSFER: transfer,
    Act.PAY_NOW: pay_now,
    Act.CHOOSE_PAYMENT_METHOD: choose_card,
    Act.CHANGE_ADDRESS: change_address,
    Act.CHANGE_COMPANY: change_company,
    Act.CHANGE_RECEIPTS: change_receipts,
}


def refused(life: Life, act: Act) -> Refusal | None:
    """What the state of the subscription has against that act, by doing it."""
    try:
        VERBS[act](life)
    except BY_STATE as refusal:
        return refusal
    return None


def test_every_act_has_a_rule_and_a_verb() -> None:
    assert set(RULES) == set(VERBS) == set(Act)


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.__name__)
def test_what_is_allowed_is_what_the_verb_does_not_refuse(desk: Desk, state: Callable[[Life], None]) -> None:
    allowed = STATES[state]
    life = Life.begin(desk)
    state(life)
    assert life.now.allowed == allowed
    # Where nothing is done, or no more than said on the next invoice, it is as before: one life serves them all.
    for act in (one for one in Act if one not in allowed or one in KEEPS_THE_STATE):
        against = refused(life, act)
        assert (act in allowed) == (against is None), (act, against)
        assert life.now.allowed == allowed, act
    for act in (one for one in Act if one in allowed - KEEPS_THE_STATE):
        life = Life.begin(desk)
        state(life)
        assert life.now.allowed == allowed
        assert refused(life, act) is None, act


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.__name__)
def test_the_page_carries_what_the_subscription_alone_does(desk: Desk, state: Callable[[Life], None]) -> None:
    life = Life.begin(desk)
    state(life)
    page = properties.purchases(desk.billing, life.owner)
    for one in (*page.running, *page.ended):
        assert one.allowed == life.now.allowed


def test_a_preview_and_the_answer_of_an_act_say_what_is_allowed_after_it(desk: Desk) -> None:
    life = Life.begin(desk)
    life.buy()
    wish = PlanSelection("basic", Interval.MONTH)
    done = changes.change(desk.billing, life.owner, life.now.id, wish, key="down")
    assert done.subscription.allowed == life.now.allowed == RUNNING | {Act.UNDO_CHANGE}
    preview = subscriptions.preview_cancel(desk.billing, life.owner, life.now.id, "Too dear")
    life.cancel()
    assert preview.allowed == life.now.allowed == SETTINGS | {Act.UNDO_CANCELLATION, Act.TRANSFER}


def announced(desk: Desk) -> list[bool]:
    """What the channel was told of each failed payment: whether a person can pay it now."""
    with desk.billing.read("test") as work:
        rows = (
            select(OutboxMessage).where(OutboxMessage.kind == "PaymentFailed").order_by(OutboxMessage.number)
        )
        told = [one for one in work.session.scalars(rows) if one.address == "CBILLING"]
    return [PaymentFailed.from_json(one.fact["event"]).can_pay_now for one in told]


def test_a_failed_renewal_is_announced_with_pay_now_only_where_it_can_be_paid(desk: Desk) -> None:
    life = Life.begin(desk)
    past_due(life)
    failed_at = desk.clock.now
    assert announced(desk) == [True]
    life.card_does(*[Behaviour.DECLINES] * 9)
    for day in range(1, 25):
        desk.turn_to(failed_at + timedelta(days=day))
    assert announced(desk) == [True, True, True, True, False]
