"""A storm: many people at once, a clock that runs for years, due work beside them, and a gateway in a bad mood."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from threading import Event, Lock
from time import sleep

from sqlalchemy import Connection, event, func, select

from billing import Actor, Billing
from billing.models import Invoice, Payment, Posting, Subscription
from billing.models.ledger import OF_PAYMENT, Account
from billing.models.subscriptions import LIVING, Status
from billing.services import (
    budgets,
    changes,
    credit_notes,
    due_work,
    members,
    payment_methods,
    payments,
    profiles,
    properties,
    purchase_limits,
    purchase_requests,
    purchases,
    refunds,
    subscriptions,
    transfers,
    webhooks,
)
from billing.services.reconciliation import reconcile
from billing.services.verify import verify
from billing.values.actors import Role
from billing.values.cycles import Interval
from billing.values.errors import Refusal
from sandbox.gateway.cards import BY_TOKEN, TestCard
from sandbox.gateway.faults import Fault, Faults
from sandbox.gateway.hooks import delivery, signature
from sandbox.gateway.server import WEBHOOK_SECRET
from tests.billing.desk import MILANO, VISA, WORKSPACE
from tests.pretend_stripe import RunningStripe

PEOPLE = 12
OWNERS = 3
SCHEDULERS = 2
ZONES = ("Europe/Rome", "America/New_York", "Asia/Tokyo", "Europe/London")
PLANS = {
    "ai-assist": ("growth", "business", "enterprise"),
    "live-chat": ("basic", "pro", "max"),
    "ai-bot": ("small", "large"),
    "knowledge-base": ("standard", "plus"),
}
TROUBLES = (Fault.DEAF, Fault.LOST, Fault.ERROR, Fault.ERROR_AFTER, Fault.BUSY, Fault.SLOW, Fault.LATE)
MAX_HELD_UP = 3
LOOK_SECONDS = 0.1
# One of so many commits takes up to so long: who waits for its locks finds what it has decided.
SLOW_COMMITS, COMMIT_SECONDS = 0.3, 0.05
LONG_ENOUGH = timedelta(days=60)
# The books are in order in the midst of it, too, but for what is late on a clock that runs hours with each act.
VERIFIED_EVERY = 10
IN_TIME = ("due work is done", "the gateway is asked", "what is open is tried again")


class RunningClock:
    """Goes on by a little whenever somebody has done something, for all at once."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self._lock = Lock()

    def __call__(self) -> datetime:
        return self.now

    def go_on(self, span: timedelta) -> None:
        with self._lock:
            self.now += span


class Moods(Faults):
    """A gateway that is silent, slow, declines or asks for the payer now and then, until it is calm."""

    def __init__(self, seed: int, trouble: float, *, cards_too: bool = True) -> None:
        super().__init__()
        self.calm = False
        self._cards_too = cards_too
        self._random = random.Random(seed)  # noqa: S311  # dice, no secret
        self.trouble = trouble

    def next(self, path: str) -> Fault | None:
        if self.calm or self._random.random() > self.trouble:
            return None
        fault = self._random.choice(TROUBLES)
        if fault is Fault.SLOW and len(self._held) >= MAX_HELD_UP:
            return Fault.DEAF
        self.held_for = self._random.randint(1, 6)
        return fault

    def comes(self) -> None:
        if not self.calm:
            super().comes()
            return
        while self._held:
            super().comes()

    def behaves(self, card: TestCard) -> TestCard:
        chance = self._random.random()
        if self.calm or not self._cards_too or chance < 0.7:
            return card
        tokens = (
            "pm_card_authenticationRequired",
            "pm_card_chargeCustomerFail",
            "pm_card_visa_chargeDeclinedStolenCard",
        )
        return BY_TOKEN[tokens[0] if chance < 0.85 else tokens[1] if chance < 0.96 else tokens[2]]


@dataclass
class Storm:
    """What happens in it is drawn from the seed; what happens first is left to the threads."""

    billing: Billing
    pretend: RunningStripe
    clock: RunningClock
    seed: int
    days: int
    are_told: bool = True
    owners: list[Actor] = field(default_factory=list)
    people: list[Actor] = field(default_factory=list)
    homes: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    is_over: Event = field(default_factory=Event)
    done: Counter[str] = field(default_factory=Counter)

    def rage(self) -> None:
        """Everybody acts until the clock has run for so many days; then all calm down and what is open is decided."""
        self._settle_in()
        self.pretend.stripe.faults = moods = Moods(self.seed, trouble=0.12)
        ends_at = self.begun_at + timedelta(days=self.days)
        acts = [Person(self, number).act for number in range(PEOPLE)] + [self._due] * SCHEDULERS
        with self._slow_commits(), ThreadPoolExecutor(len(acts)) as pool:
            acting = [pool.submit(self._until, ends_at, act) for act in acts]
            wait(acting, return_when=FIRST_COMPLETED)
            moods.calm = True
            while wait(acting, LOOK_SECONDS).not_done:
                self.billing.gateway.dispute("none")  # each request lets those go on that were held up
        for one in acting:
            one.result()
        self._drain()

    def differences(self) -> list[str]:
        return differences(self.billing, self.pretend, self.begun_at)

    def did(self, act: Callable[[], object], name: str) -> None:
        """A refusal is an answer; all else that is raised ends the storm."""
        try:
            act()
            self.done[name] += 1
        except Refusal:
            self.done[f"{name} refused"] += 1

    def _settle_in(self) -> None:
        self.begun_at = self.clock.now
        everybody = [Actor(WORKSPACE, f"UPERSON{number}") for number in range(PEOPLE)]
        for one in everybody:
            members.meet(self.billing, one, one.user_id.title(), f"{one.user_id.lower()}@example.com")
        self.people, self.owners = everybody, everybody[:OWNERS]
        first = self.owners[0]
        for number, zone in enumerate(ZONES):
            made = properties.create(
                self.billing, first, f"Home {number}", zone, "IT", is_workspace_owner=True
            )
            properties.announce_in(self.billing, first, made.id, "CBILLING")
            for one in everybody[1:]:
                role = Role.OWNER if one in self.owners else Role.ADMIN
                members.set_role(self.billing, first, made.id, one.user_id, role)
            self.homes.append(made.id)

    def _until(self, ends_at: datetime, act: Callable[[], None]) -> None:
        try:
            while self.clock.now < ends_at and not self.is_over.is_set():
                act()
        finally:
            self.is_over.set()

    @contextmanager
    def _slow_commits(self) -> Iterator[None]:
        dice = random.Random(self.seed)  # noqa: S311  # dice, no secret

        def slow(_connection: Connection) -> None:
            if dice.random() < SLOW_COMMITS:
                sleep(dice.random() * COMMIT_SECONDS)

        event.listen(self.billing.engine, "commit", slow)
        try:
            yield
        finally:
            event.remove(self.billing.engine, "commit", slow)

    def _due(self) -> None:
        report = due_work.run_due(self.billing)
        self.done["due work"] += 1
        assert report.left == 0, report
        if self.done["due work"] % VERIFIED_EVERY == 0:
            assert [one for one in verify(self.billing) if one.invariant not in IN_TIME] == []

    def _drain(self) -> None:
        """The gateway answers again, what was held up arrives, payers make up their mind, what is due is done."""
        last = Person(self, 0)
        for _ in range(4):
            last.answer_bank()
            last.deliver_webhooks()
            self._due()
            self.clock.go_on(LONG_ENOUGH)
        self._due()


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


def differences(billing: Billing, pretend: RunningStripe, since: datetime) -> list[str]:
    """Where the gateway's books, ours and the documents do not agree."""
    found: list[str] = [str(one) for one in reconcile(billing, since)]
    found += [str(one) for one in verify(billing)]
    collected = {one["id"]: one["amount_received"] for one in pretend.stripe.collected()}
    refunded = Counter[str]()
    for one in pretend.stripe.books.all("refund"):
        if one["status"] == "succeeded":  # what is pending has not left yet
            refunded[one["payment_intent"]] += one["amount"]
    with billing.read("test") as work:
        cash = (
            select(Payment.gateway_id, func.sum(Posting.minor))
            .join(
                Payment,
                (Payment.workspace_id == Posting.workspace_id) & (Payment.id == OF_PAYMENT),
            )
            .where(Posting.account == Account.CASH)
            .group_by(Payment.id, Payment.gateway_id)
        )
        booked = Counter[str]()
        for gateway_id, minor in work.session.execute(cash):
            booked[gateway_id or "none"] += int(minor)
        total = select(func.sum(Posting.minor)).where(Posting.account == Account.CASH)
        held = int(work.session.scalar(total) or 0)
    if booked != collected:
        found.append(f"booked {booked - Counter(collected)}, collected {Counter(collected) - booked}")
    if held != sum(collected.values()) - sum(refunded.values()):
        found.append(f"cash {held}, at the gateway {sum(collected.values()) - sum(refunded.values())}")
    return found
