"""A storm: many people at once, a clock that runs for years, due work beside them, and a gateway in a bad mood."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from contextlib import asynccontextmanager, contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Event, Lock
from time import sleep
from typing import Any

from sqlalchemy import Connection, event, func, or_, select

from billing import Actor, Billing
from billing.models import Payment, PaymentMethod, Posting
from billing.models.ledger import OF_PAYMENT, Account
from billing.ports import Gateway, GatewayUnavailable
from billing.services import due_work, members, properties
from billing.services.reconciliation import reconcile
from billing.services.verify import verify
from billing.values.actors import Role
from billing.values.errors import Refusal
from sandbox.gateway.cards import BY_TOKEN, TestCard
from sandbox.gateway.faults import Fault, Faults
from tests.billing.desk import WORKSPACE
from tests.pretend_stripe import RunningStripe
from tests.torture.person import OWNERS, Person

PEOPLE = 12
SCHEDULERS = 2
ZONES = ("Europe/Rome", "America/New_York", "Asia/Tokyo", "Europe/London")
TROUBLES = (Fault.DEAF, Fault.LOST, Fault.ERROR, Fault.ERROR_AFTER, Fault.BUSY, Fault.SLOW, Fault.LATE)
MAX_HELD_UP = 3
LOOK_SECONDS = 0.1
# So many commits take up to so long, as where a disk is slow: who waits for their locks finds what they have decided.
# Nothing is waited for in that: the time itself is what is tried.
SLOW_COMMITS, COMMIT_SECONDS = 0.3, 0.05
LONG_ENOUGH = timedelta(days=60)
# What takes seconds in the world takes no longer by this clock.
LONGEST_ASKED = timedelta(hours=4)
# The books are in order in the midst of it, too, but for what is late on a clock that runs hours with each act.
VERIFIED_EVERY = 10
IN_TIME = ("due work is done", "the gateway is asked", "what is open is tried again")


class RunningClock:
    """Goes on by a little whenever somebody has done something, for all at once.

    Whoever asks the gateway for something, and what is on its way there, has arrived long before Stripe forgets under
    which key: the clock waits for them.
    """

    def __init__(self, now: datetime) -> None:
        self.now = now
        self._asked_at: dict[object, datetime] = {}
        self._lock = Lock()

    def __call__(self) -> datetime:
        return self.now

    def go_on(self, span: timedelta) -> None:
        with self._lock:
            latest = min(self._asked_at.values(), default=self.now + span) + LONGEST_ASKED
            self.now = max(self.now, min(self.now + span, latest))

    @contextmanager
    def still(self) -> Iterator[None]:
        """While the block lasts it does not go on: who would have it do so waits."""
        with self._lock:
            yield

    @contextmanager
    def asking(self) -> Iterator[None]:
        """While the block lasts somebody asks the gateway."""
        asking = object()
        with self._lock:
            self._asked_at[asking] = self.now
        try:
            yield
        finally:
            with self._lock:
                del self._asked_at[asking]


class Asked:
    """The gateway, by that clock."""

    def __init__(self, gateway: Gateway, clock: RunningClock) -> None:
        self._gateway, self._clock = gateway, clock

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._gateway, name)
        if not callable(found):
            return found

        def ask(*order: Any, **how: Any) -> Any:
            with self._clock.asking():
                return found(*order, **how)

        return ask


class Moods(Faults):
    """A gateway that is silent, slow, declines or asks for the payer now and then, until it is calm."""

    def __init__(
        self, seed: int, trouble: float, clock: RunningClock | None = None, *, cards_too: bool = True
    ) -> None:
        super().__init__()
        self._clock = clock
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

    @asynccontextmanager
    async def held_up(self) -> AsyncIterator[None]:
        with self._clock.asking() if self._clock else nullcontext():
            async with super().held_up():
                yield

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
        self.pretend.stripe.faults = moods = Moods(self.seed, 0.12, self.clock)
        ends_at = self.begun_at + timedelta(days=self.days)
        acts = [Person(self, number).act for number in range(PEOPLE)] + [self._due] * SCHEDULERS
        with self._slow_commits(), ThreadPoolExecutor(len(acts)) as pool:
            acting = [pool.submit(self._until, ends_at, act) for act in acts]
            wait(acting, return_when=FIRST_COMPLETED)
            moods.calm = True
            while wait(acting, LOOK_SECONDS).not_done:
                with suppress(GatewayUnavailable):  # it may be left alone for a moment
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
        begun_at = self.clock.now
        report = due_work.run_due(self.billing)
        self.done["due work"] += 1
        assert report.left <= self._not_forgotten(begun_at), report
        if self.done["due work"] % VERIFIED_EVERY == 0:
            with self.clock.still():
                found = [one for one in verify(self.billing) if one.invariant not in IN_TIME]
            assert found == [], found

    def _not_forgotten(self, at: datetime) -> int:
        """Removed cards that the gateway had not forgotten then: they alone are left where it is silent."""
        is_kept_there = or_(PaymentMethod.detached_at.is_(None), PaymentMethod.detached_at >= at)
        waiting = select(func.count()).where(PaymentMethod.removed_at.is_not(None), is_kept_there)
        with self.billing.read("test") as work:
            return work.session.scalars(waiting).one()

    def _drain(self) -> None:
        """The gateway answers again, what was held up arrives, payers make up their mind, what is due is done."""
        last = Person(self, 0)
        for _ in range(4):
            last.answer_bank()
            last.deliver_webhooks()
            self._due()
            self.clock.go_on(LONG_ENOUGH)
        self._due()


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
