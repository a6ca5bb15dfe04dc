"""A billing desk in a process of its own, of whatever version stands in its path: it acts as it is ordered.

One order is one line of JSON, one answer, too. What is used here is in the version before as well as in this one.
"""

from __future__ import annotations

import json
import sys
import traceback
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from threading import Event
from typing import Any

from billing import Actor, Billing
from billing.adapters import database
from billing.bootstrap import make_billing
from billing.services import (
    catalogue,
    changes,
    due_work,
    members,
    payment_methods,
    payments,
    properties,
    purchases,
    reconciliation,
    subscriptions,
    verify,
)
from billing.settings import BillingSettings
from billing.values.addresses import BillingAddress
from billing.values.cycles import Interval
from billing.values.snapshots import CardSnapshot

WORKSPACE = "T0001"
OWNER = Actor(WORKSPACE, "UOWNER")
MILANO = BillingAddress("Esempio S.r.l.", "Via Roma 1", "Milano", "IT", postal_code="20121", region="MI")
VISA = CardSnapshot("Visa", "4242", 12, 2040)


@dataclass
class Acts:
    """What can be ordered, by its name."""

    name: str
    billing: Billing
    days: int = 0
    keys: Any = field(default_factory=count)
    buyers: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(6))
    buying: list[Future[int]] = field(default_factory=list)
    enough: Event = field(default_factory=Event)

    def key(self) -> str:
        return f"{self.name} {next(self.keys)}"

    def furnish(self, catalogue_file: str) -> None:
        """Makes the tables of this version, with a catalogue, a workspace and its owner in it."""
        database.migrate(self.billing.engine)
        catalogue.apply(self.billing, Path(catalogue_file))
        properties.register_workspace(self.billing, WORKSPACE, "Esempio", "it")
        members.meet(self.billing, OWNER, "Giulia Rossi", "giulia@example.com")

    def buy(self, home: str) -> str:
        """A plan for a new property: the subscription's id."""
        made = properties.create(self.billing, OWNER, home, "Europe/Rome", "IT", is_workspace_owner=True)
        card = payment_methods.keep(self.billing, OWNER, made.id, "pm_card_visa", VISA)
        order = purchases.Order(made.id, "live-chat", "basic", Interval.MONTH, card, MILANO)
        return str(purchases.purchase(self.billing, OWNER, order, key=self.key()).subscription.id)

    def begin_buying(self, pause_seconds: float) -> None:
        """Six people buy one plan after the other from now on, each at least one, with such a pause between two."""
        self.enough.clear()
        self.buying = [self.buyers.submit(self._buy_on, number, pause_seconds) for number in range(6)]

    def end_buying(self) -> int:
        """How many plans they bought; none of them met an error."""
        self.enough.set()
        return sum(one.result() for one in self.buying)

    def _buy_on(self, number: int, pause_seconds: float) -> int:
        bought = 0
        while True:
            self.buy(f"Shop {number} {bought}")
            bought += 1
            if self.enough.wait(pause_seconds):
                return bought

    def change(self, subscription: str) -> None:
        changes.change(
            self.billing,
            OWNER,
            subscription,
            changes.PlanSelection("pro", Interval.MONTH),
            key=self.key(),
        )

    def choose_card(self, subscription: str, token: str) -> None:
        home = subscriptions.look_at(self.billing, OWNER, subscription).property_id
        card = payment_methods.keep(self.billing, OWNER, home, token, VISA)
        payment_methods.choose(self.billing, OWNER, subscription, card)

    def run_due(self) -> dict[str, Any]:
        return asdict(due_work.run_due(self.billing))

    def pay(self, subscription: str) -> int:
        """Pays what is unpaid: how many payments that were."""
        unpaid = payments.unpaid(self.billing, OWNER, subscription)
        for one in unpaid:
            payments.pay_now(self.billing, OWNER, one.id)
        return len(unpaid)

    def cancel(self, subscription: str) -> None:
        subscriptions.cancel(self.billing, OWNER, subscription, "dear")

    def look_at(self, subscription: str) -> list[str]:
        """How it stands, and its plan."""
        found = subscriptions.look_at(self.billing, OWNER, subscription)
        return [str(found.status), found.plan]

    def verify(self) -> list[str]:
        """What this version finds wrong in the books, or other than the gateway has it."""
        since = datetime.now(UTC) - timedelta(days=400)
        found = [*verify.verify(self.billing), *reconciliation.reconcile(self.billing, since)]
        return [str(one) for one in found]


def main(name: str) -> None:
    """Acts until there are no more orders."""
    acts = Acts(name, make_billing(BillingSettings(), lambda: datetime.now(UTC) + timedelta(days=acts.days)))
    for line in sys.stdin:
        order = json.loads(line)
        acts.days = order.pop("days")
        act: Callable[..., object] = getattr(acts, order.pop("act"))
        try:
            answer = {"answer": act(**order)}
        except Exception:  # noqa: BLE001  the test must hear of it, whatever it is
            answer = {"failed": traceback.format_exc()}
        sys.stdout.write(json.dumps(answer, default=str) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1])
