"""Pulling the plug at every point of a flow, and what must be true after recovery."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import IO, Any

from billing import Billing
from billing.services import (
    credit_notes,
    due_work,
    payment_methods,
    payments,
    purchase_limits,
    purchase_requests,
)
from billing.services.reconciliation import reconcile
from billing.services.verify import verify
from billing.values.actors import Role
from billing.values.errors import Refusal
from tests import crash_child, postgresql
from tests.billing.desk import VISA, WORKSPACE, Desk
from tests.pretend_stripe import RunningStripe

ROOT = Path(__file__).parents[1]
# When the scheduler's ticks come: the first on the same day, for a person to click once more at the same price.
SOON, LATER = timedelta(minutes=2), timedelta(hours=25)
GOOD, EMPTY = "pm_card_visa", "pm_card_visa_chargeDeclinedInsufficientFunds"
STOLEN = "pm_card_visa_chargeDeclinedStolenCard"


@dataclass
class Crasher:
    """The process that dies."""

    orders: IO[str]
    answers: IO[str]

    def strike(self, order: dict[str, Any], point: int) -> bool:
        """Runs the flow and kills it at that point; whether it came so far."""
        self.orders.write(json.dumps({**order, "point": point}) + "\n")
        self.orders.flush()
        answer = json.loads(self.answers.readline())
        if answer["code"]:
            raise RuntimeError(f"the flow failed by itself: {order}")
        return bool(answer["killed"])


@contextmanager
def running_crasher() -> Iterator[Crasher]:
    """One process to fork from, with everything loaded."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.crash_child"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        yield Crasher(process.stdin, process.stdout)
        process.stdin.close()


@dataclass
class Bench:
    """A desk whose gateway is a pretend Stripe over HTTP, and the plug."""

    desk: Desk
    stripe: RunningStripe
    crasher: Crasher
    gateway: str = "stripe"
    every_statement: bool = False
    saved_at: datetime | None = None
    saved_rows: postgresql.SavedRows | None = None

    def save(self) -> None:
        """Keeps both books as they are now, for the plug to be pulled again and again from here."""
        self.saved_at = self.desk.clock.now
        self.billing.engine.dispose()
        self.stripe.stripe.books.save()
        url = self.billing.engine.url
        if url.get_backend_name() == "sqlite":
            shutil.copy(str(url.database), f"{url.database}.saved")
        else:
            self.forget()
            self.saved_rows = postgresql.SavedRows(self._address)

    def restore(self) -> None:
        """Both books and the clock as they were saved."""
        assert self.saved_at is not None
        self.desk.clock.now = self.saved_at
        self.billing.engine.dispose()
        self.stripe.stripe.books.restore()
        url = self.billing.engine.url
        if url.get_backend_name() == "sqlite":
            for left in ("-wal", "-shm"):
                Path(f"{url.database}{left}").unlink(missing_ok=True)
            shutil.copy(f"{url.database}.saved", str(url.database))
        else:
            assert self.saved_rows is not None
            self.saved_rows.restore()

    def close(self) -> None:
        """Leaves no copy behind."""
        self.billing.engine.dispose()
        self.forget()

    def forget(self) -> None:
        """What PostgreSQL has kept is kept no longer."""
        if self.saved_rows is not None:
            self.saved_rows.forget()
            self.saved_rows = None

    @property
    def _address(self) -> str:
        url = self.billing.engine.url.set(drivername="postgresql")
        return url.render_as_string(hide_password=False)

    @property
    def billing(self) -> Billing:
        return self.desk.billing

    def order(self, flow: str, **facts: str) -> dict[str, Any]:
        return {
            "flow": flow,
            "gateway": self.gateway,
            "every_statement": self.every_statement,
            "workspace": WORKSPACE,
            "user": "UOWNER",
            "database_url": self.billing.engine.url.render_as_string(hide_password=False),
            "stripe_url": self.stripe.url,
            "now": self.desk.clock.now.isoformat(),
            **facts,
        }

    def tick(self, after: timedelta) -> None:
        """What happens by itself."""
        self.desk.clock.now += after
        due_work.run_due(self.billing)

    def check(self) -> None:
        """The books hold, and the gateway's say the same."""
        found = [*verify(self.billing), *reconcile(self.billing, self.desk.clock.now - timedelta(days=400))]
        assert not found, found


@dataclass(frozen=True)
class Flow:
    """A flow of money, and how the desk is made ready for it: what the child is ordered to do."""

    name: str
    prepare: Callable[[Bench], dict[str, Any]]


def to_purchase(bench: Bench) -> dict[str, Any]:
    owner = bench.desk.owner()
    made = bench.desk.property_of(owner)
    card = bench.desk.card(owner, made, GOOD)
    return bench.order("purchase", property=made.id, card=card, token=GOOD, key="one click")


def to_upgrade(bench: Bench) -> dict[str, Any]:
    subscription_id = _bought(bench)
    bench.desk.clock.now += timedelta(days=10)
    return bench.order("upgrade", subscription=subscription_id, key="one click")


def to_approve(bench: Bench) -> dict[str, Any]:
    desk, owner = bench.desk, bench.desk.owner()
    made = desk.property_of(owner)
    asks = desk.member(owner, made, "UANNA", Role.ADMIN)
    purchase_limits.change(bench.billing, owner, made.id, "10")
    order = desk.order(asks, made, token=GOOD)
    asked = purchase_requests.ask_purchase(bench.billing, asks, order, key="one form")
    return bench.order("approval", request=asked.request_id)


def to_renew(bench: Bench) -> dict[str, Any]:
    subscription_id = _bought(bench)
    bench.desk.clock.now = bench.desk.plan(subscription_id).period_end_at
    return bench.order("renewal")


def to_pay_now(bench: Bench) -> dict[str, Any]:
    owner, subscription_id = bench.desk.owner(), _bought(bench)
    (good,) = payment_methods.listed(bench.billing, owner)
    property_id = bench.desk.plan(subscription_id).property_id
    empty = payment_methods.keep(bench.billing, owner, property_id, EMPTY, VISA)
    payment_methods.choose(bench.billing, owner, subscription_id, empty)
    bench.desk.turn_to(bench.desk.plan(subscription_id).period_end_at)
    (unpaid,) = payments.unpaid(bench.billing, owner, subscription_id)
    payment_methods.choose(bench.billing, owner, subscription_id, good.id)
    return bench.order("pay_now", payment=unpaid.id)


def to_go_over_to_the_backup(bench: Bench) -> dict[str, Any]:
    owner, subscription_id = bench.desk.owner(), _bought(bench)
    (good,) = payment_methods.listed(bench.billing, owner)
    property_id = bench.desk.plan(subscription_id).property_id
    stolen = payment_methods.keep(bench.billing, owner, property_id, STOLEN, VISA)
    payment_methods.choose(bench.billing, owner, subscription_id, stolen, backup_id=good.id)
    bench.desk.clock.now = bench.desk.plan(subscription_id).period_end_at
    return bench.order("renewal")


def to_refund(bench: Bench) -> dict[str, Any]:
    property_id = bench.desk.plan(_bought(bench)).property_id
    grant_credit(bench.desk, property_id, 250)
    return bench.order("refund", number=bench.desk.invoices()[0].number, key="one refund")


def grant_credit(desk: Desk, property_id: str, minor: int) -> None:
    """Credit from a credit note for the first invoice of the property, part of which stays paid."""
    ((number,),) = desk.rows("SELECT min(number) FROM invoices WHERE property_id = :p", p=property_id)
    credit_notes.issue(desk.billing, number, credit_notes.Wanted(str(Decimal(minor).scaleb(-2))))


FLOWS = (
    Flow("purchase", to_purchase),
    Flow("upgrade", to_upgrade),
    Flow("approval", to_approve),
    Flow("renewal", to_renew),
    Flow("pay_now", to_pay_now),
    Flow("refund", to_refund),
    Flow("backup", to_go_over_to_the_backup),
)


def _bought(bench: Bench) -> str:
    owner = bench.desk.owner()
    return bench.desk.buy(owner, bench.desk.property_of(owner), token=GOOD).id


def payment_status(bench: Bench) -> dict[str, Any]:
    """What money has moved and what was written about it, ids and moments left out."""
    desk = bench.desk
    return {
        "collected": bench.stripe.collected(),
        "given back": [one["amount"] for one in bench.stripe.stripe.books.all("refund")],
        "invoices": [(one.number, one.total_minor) for one in desk.invoices()],
        "payments": sorted((str(one.kind), str(one.state), one.minor) for one in desk.payments()),
        "plans": sorted(
            tuple(row) for row in desk.rows("SELECT status, price_id, quantity FROM subscriptions")
        ),
        "requests": sorted(tuple(row) for row in desk.rows("SELECT state, due_at FROM purchase_requests")),
        "refunds": sorted(tuple(row) for row in desk.rows("SELECT state, minor FROM refunds")),
    }


def repeat(bench: Bench, order: dict[str, Any]) -> None:
    """The person clicks once more, or the scheduler ticks; what is done already says so."""
    with suppress(Refusal):
        crash_child.FLOWS[order["flow"]](bench.billing, order)


def every_pair(bench: Bench, flow: Flow, stride: int, seed: int) -> int:
    """The same, and each recovery is killed at its points, too, before one comes through: how many pairs.

    Of so many points one, and of so many of its recovery one; the seed says which.
    """
    order, pairs = flow.prepare(bench), 0
    bench.save()
    assert not bench.crasher.strike(order, 0)
    bench.tick(SOON)
    bench.tick(LATER)
    undisturbed = payment_status(bench)
    for point in count(1 + seed % stride, stride):
        for again in count(1 + seed // stride % stride, stride):
            bench.restore()
            if not bench.crasher.strike(order, point):
                return pairs
            bench.desk.clock.now += SOON
            came_so_far = bench.crasher.strike({**order, **bench.order("renewal")}, again)
            bench.tick(SOON)
            bench.check()
            repeat(bench, order)
            bench.tick(LATER)
            found = payment_status(bench)
            assert found == undisturbed, f"{flow.name}, killed at {point} and at {again}: {found}"
            pairs += 1
            if not came_so_far:
                break
    raise AssertionError("a flow without an end")


def every_point(bench: Bench, flow: Flow, name: str = "") -> int:
    """Pulls the plug at each point in turn, lets it recover and repeats the act: how many points there were."""
    order = flow.prepare(bench)
    order["flow"] = name or order["flow"]
    bench.save()
    assert not bench.crasher.strike(order, 0)
    bench.tick(SOON)
    bench.tick(LATER)
    undisturbed = payment_status(bench)
    for point in count(1):
        bench.restore()
        if not bench.crasher.strike(order, point):
            return point - 1
        bench.tick(SOON)
        bench.check()
        repeat(bench, order)
        bench.tick(LATER)
        found = payment_status(bench)
        assert found == undisturbed, f"{flow.name}, killed at point {point}: {found}, not {undisturbed}"
    raise AssertionError("a flow without an end")
