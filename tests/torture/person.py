"""One of those whom a storm is made of: all that people, their banks and the gateway's webhooks do, by dice."""

from __future__ import annotations

import random
from dataclasses import asdict, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from billing import Actor
from billing.models import Invoice, Subscription
from billing.models.subscriptions import LIVING, Status
from billing.services import (
    budgets,
    changes,
    credit_notes,
    members,
    payment_methods,
    payments,
    profiles,
    purchase_limits,
    purchase_requests,
    purchases,
    refunds,
    subscriptions,
    transfers,
    webhooks,
)
from billing.values.actors import Role
from billing.values.cycles import Interval
from billing.values.errors import Refusal
from sandbox.gateway.cards import BY_TOKEN
from sandbox.gateway.hooks import delivery, signature
from sandbox.gateway.server import WEBHOOK_SECRET
from tests.billing.desk import MILANO, VISA, WORKSPACE

if TYPE_CHECKING:
    from tests.torture.storm import Storm


OWNERS = 3
PLANS = {
    "ai-assist": ("growth", "business", "enterprise"),
    "live-chat": ("basic", "pro", "max"),
    "ai-bot": ("small", "large"),
    "knowledge-base": ("standard", "plus"),
}


class Person:
    """One of those who act at once, by dice of their own."""

    def __init__(self, storm: Storm, number: int) -> None:
        self.storm, self.billing = storm, storm.billing
        self.me = storm.people[number]
        self.dice = random.Random(storm.seed * 1000 + number)  # noqa: S311  # dice, no secret
        self.acts = 0
        self.number = number
        self.repertoire = (
            *[self.buy] * 4,
            *[self.change] * 5,
            *[self.cancel] * 3,
            self.undo_cancellation,
            self.undo_change,
            *[self.pay_now] * 5,
            *[self.restart] * 3,
            *[self.new_card] * 4,
            *[self.back_up] * 2,
            self.remove_card,
            *[self.ask] * 3,
            *[self.answer] * 4,
            self.limit,
            self.budget,
            self.profile,
            self.roles,
            self.credit_note,
            self.refund,
            self.transfer,
            *[self.answer_bank] * 2,
            *[self.deliver_webhooks] * 2 * storm.are_told,
        )

    def act(self) -> None:
        self.acts += 1
        chosen = self.dice.choice(self.repertoire)
        self.storm.did(chosen, chosen.__name__)
        self.storm.clock.go_on(timedelta(minutes=self.dice.choice([0, 0, 0, 1, 5, 30, 300, 1200])))

    def buy(self) -> None:
        add_on = self.dice.choice(list(PLANS))
        home = self.dice.choice(self.storm.homes)
        order = purchases.Order(
            home, add_on, self.dice.choice(PLANS[add_on]), Interval.MONTH, self._card(home), MILANO
        )
        purchases.purchase(self.billing, self.me, order, key=self._key())

    def change(self) -> None:
        one = self._one(Subscription.status.in_(LIVING))
        plan = self.dice.choice(PLANS.get(one.add_on_id, ("growth",)))
        interval = self.dice.choice([Interval.MONTH, Interval.MONTH, Interval.YEAR])
        wish = changes.PlanSelection(plan, interval, self.dice.choice([1, 1, 1, 2]))
        changes.change(self.billing, self.me, one.id, wish, key=self._key())

    def undo_change(self) -> None:
        changes.undo_change(self.billing, self.me, self._one(Subscription.status.in_(LIVING)).id)

    def cancel(self) -> None:
        subscriptions.cancel(self.billing, self.me, self._one(Subscription.status.in_(LIVING)).id, "dear")

    def undo_cancellation(self) -> None:
        one = self._one(Subscription.status == Status.ACTIVE, Subscription.cancelled_at.is_not(None))
        subscriptions.undo_cancellation(self.billing, self.me, one.id)

    def restart(self) -> None:
        one = self._one(Subscription.status == Status.ENDED)
        subscriptions.restart(self.billing, self.me, one.id, key=self._key())

    def pay_now(self) -> None:
        one = self._one(Subscription.status.in_([Status.PAST_DUE, Status.INCOMPLETE, Status.ENDED]))
        for unpaid in payments.unpaid(self.billing, self.me, one.id):
            payments.pay_now(self.billing, self.me, unpaid.id)

    def new_card(self) -> None:
        one = self._one(Subscription.status != Status.ABANDONED)
        payment_methods.choose(self.billing, self.me, one.id, self._card(one.property_id))

    def back_up(self) -> None:
        one = self._one(Subscription.status != Status.ABANDONED)
        first, backup = self._card(one.property_id), self.dice.choice(["", self._card(one.property_id)])
        payment_methods.choose(self.billing, self.me, one.id, first, backup_id=backup)

    def remove_card(self) -> None:
        home = self.dice.choice(self.storm.homes)
        cards = payment_methods.listed(self.billing, self.me, home)
        payment_methods.remove(self.billing, self.me, self.dice.choice(cards).id if cards else "none")

    def limit(self) -> None:
        """From now on an owner wants two for what costs more, or nobody does any more."""
        owner, home = self.dice.choice(self.storm.owners), self.dice.choice(self.storm.homes)
        purchase_limits.change(self.billing, owner, home, self.dice.choice(["", "", "50"]))

    def ask(self) -> None:
        key, home = self._key(), self.dice.choice(self.storm.homes)
        purchase_limits.change(self.billing, self.storm.owners[0], home, "5")
        try:
            self._ask(key, home)
        finally:
            purchase_limits.change(self.billing, self.storm.owners[0], home, "")

    def _ask(self, key: str, home: str) -> None:
        if self.dice.random() < 0.5:
            add_on = self.dice.choice(list(PLANS))
            plan = self.dice.choice(PLANS[add_on])
            order = purchases.Order(home, add_on, plan, Interval.MONTH, self._card(home), MILANO)
            asked = purchase_requests.ask_purchase(self.billing, self.me, order, key=key)
        else:
            one = self._one(Subscription.status.in_([*LIVING, Status.ENDED]))
            if one.status is Status.ENDED:
                asked = purchase_requests.ask_restart(self.billing, self.me, one.id, key=key)
            else:
                wish = changes.PlanSelection(self.dice.choice(PLANS[one.add_on_id]), Interval.YEAR, 2)
                asked = purchase_requests.ask_change(self.billing, self.me, one.id, wish, key=key)
        self.storm.asked.append(asked.request_id)

    def answer(self) -> None:
        """One of the last that were asked for is approved, or declined, while others may answer it, too."""
        if not self.storm.asked:
            raise Refusal
        act = purchase_requests.approve if self.dice.random() < 0.8 else purchase_requests.decline
        act(self.billing, self.me, self.dice.choice(self.storm.asked[-4:]))

    def budget(self) -> None:
        every = self.dice.choice([None, Interval.MONTH, Interval.YEAR])
        home, amount = self.dice.choice(self.storm.homes), self.dice.choice(["10", "100", "1000"])
        budgets.change(self.billing, self.me, home, every, amount)

    def profile(self) -> None:
        """Who the later invoices of all that follow are for."""
        home = self.dice.choice(self.storm.homes)
        seen = profiles.look_at(self.billing, self.me, home).seen
        street = f"Via Roma {self.dice.randint(1, 99)}"
        profiles.change(self.billing, self.me, home, asdict(replace(MILANO, street=street)), seen)

    def roles(self) -> None:
        them = self.dice.choice(self.storm.people[OWNERS:])
        owner, home = self.dice.choice(self.storm.owners), self.dice.choice(self.storm.homes)
        if self.dice.random() < 0.1:
            members.remove(self.billing, owner, home, them.user_id)
        else:
            role = self.dice.choice([Role.ADMIN, Role.ADMIN, Role.ADMIN, Role.ACCOUNTANT, Role.AGENT])
            members.set_role(self.billing, owner, home, them.user_id, role)

    def credit_note(self) -> None:
        number, minor = self._invoice()
        part = self.dice.choice(["", f"{minor // 200}.{minor % 100:02}", "1.00"])
        credit_notes.issue(self.billing, number, credit_notes.Wanted(part, self.dice.random() < 0.5))

    def refund(self) -> None:
        operator = Actor(WORKSPACE, "", "operator")
        refunds.refund(self.billing, operator, self._invoice()[0], key=self._key())

    def transfer(self) -> None:
        one, home = self._one(Subscription.status.in_(LIVING)), self.dice.choice(self.storm.homes)
        owner = self.dice.choice(self.storm.owners)
        transfers.transfer(self.billing, owner, one.id, home)
        payment_methods.choose(self.billing, owner, one.id, self._card(home))

    def answer_bank(self) -> None:
        """Payers do what their bank asks for, or refuse, on its page."""
        for one in self.storm.pretend.stripe.books.all("payment_intent"):
            if one["status"] == "requires_action" and self.dice.random() < 0.4:
                page = f"{self.storm.pretend.url}/bank/{one['id']}"
                self.storm.pretend.answer_bank(page, "yes" if self.dice.random() < 0.8 else "no")

    def deliver_webhooks(self) -> None:
        """Some of what the gateway has to tell arrives, in any order, now and then twice."""
        untold = self.storm.pretend.stripe.hooks.untold()
        for one in self.dice.sample(untold, len(untold) // 2):
            body = delivery(one)
            webhooks.receive(self.billing, body, signature(body, WEBHOOK_SECRET))
            if self.dice.random() < 0.9:
                self.storm.pretend.stripe.books.keep({**one, "told": True})

    def _key(self) -> str:
        return f"{self.number} {self.acts}"

    def _card(self, home: str) -> str:
        token = self.dice.choice(["pm_card_visa", "pm_card_mastercard", *BY_TOKEN])
        return payment_methods.keep(self.billing, self.me, home, token, VISA)

    def _one(self, *which: object) -> Subscription:
        with self.billing.read("test") as work:
            found = work.session.scalars(
                select(Subscription).where(*which).order_by(Subscription.id)  # type: ignore[arg-type]
            ).all()
        if not found:
            raise Refusal
        return self.dice.choice(found)

    def _invoice(self) -> tuple[str, int]:
        newest = (
            select(Invoice.number, Invoice.total_minor)
            .order_by(Invoice.issued_at.desc())
            .where(Invoice.total_minor > 200)
            .limit(15)
        )
        with self.billing.read("test") as work:
            found = work.session.execute(newest).all()
        if not found:
            raise Refusal
        number, minor = self.dice.choice(found)
        return number, minor
