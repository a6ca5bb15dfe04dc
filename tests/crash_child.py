"""A process that dies at a chosen moment: it forks for each order, acts, and is killed there or lives to the end.

One order is one line of JSON. A point is the moment before or after a request, or before or after the commit of what
was written; where the order says so, also that before each statement. An order of no point is acted out in the
parent: what it compiles there, each child has.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

import requests
from sqlalchemy import Connection, Engine, event
from sqlalchemy.orm import Session

from billing import Actor, Billing
from billing.adapters.gateways.sandbox import SandboxGateway
from billing.adapters.gateways.stripe import StripeGateway
from billing.adapters.mail import SmtpMailer
from billing.bootstrap import make_billing, posting
from billing.ports import ChargeOrder, Outcome
from billing.services import changes, due_work, payments, purchase_requests, purchases, refunds
from billing.services.changes import PlanSelection
from billing.settings import BillingSettings
from billing.values.cycles import Interval
from billing.values.money import Money
from sandbox.gateway.server import API_KEY, WEBHOOK_SECRET

Order = dict[str, Any]
WRITES = ("INSERT", "UPDATE", "DELETE", "WITH")


@dataclass(eq=False)
class Points:
    """Counts the moments at which a plug could be pulled, and pulls it at one of them."""

    last: int
    seen: int = 0

    def __call__(self, *_: object) -> None:
        self.seen += 1
        if self.seen == self.last:
            os.kill(os.getpid(), signal.SIGKILL)


def watch(engine: Engine, point: Points, *, every_statement: bool) -> None:
    """Points: around each request and each commit of something written; before each statement where that is wanted.

    Whoever dies between two statements leaves what they would have left before the commit: torture looks whether
    that is so.
    """
    written: list[str] = []

    def at_statement(_connection: Connection, _cursor: object, statement: str, *_: object) -> None:
        if every_statement:
            point()
        if statement.startswith(WRITES):
            written.append(statement)

    def at_commit(_connection: Connection) -> None:
        if written:
            point()

    def after_commit(_session: Session) -> None:
        if written:
            written.clear()
            point()

    event.listen(engine, "before_cursor_execute", at_statement)
    event.listen(engine, "commit", at_commit)
    event.listen(Session, "after_commit", after_commit)
    send = requests.Session.send

    def watched(*args: Any, **kwargs: Any) -> requests.Response:
        point()
        answer = send(*args, **kwargs)
        point()
        return answer

    requests.Session.send = watched  # type: ignore[method-assign]


def purchase(billing: Billing, order: Order) -> None:
    wanted = purchases.Order(
        order["property"], "live-chat", "basic", Interval.MONTH, payment_method_id=order["card"]
    )
    purchases.purchase(billing, actor(order), wanted, key=order["key"])


def upgrade(billing: Billing, order: Order) -> None:
    wish = PlanSelection("pro", Interval.MONTH)
    changes.change(billing, actor(order), order["subscription"], wish, key=order["key"])


def approval(billing: Billing, order: Order) -> None:
    purchase_requests.approve(billing, actor(order), order["request"])


def renewal(billing: Billing, _order: Order) -> None:
    due_work.run_due(billing)


def pay_now(billing: Billing, order: Order) -> None:
    payments.pay_now(billing, actor(order), order["payment"])


def refund(billing: Billing, order: Order) -> None:
    operator = Actor(order["workspace"], "", "operator")
    refunds.refund(billing, operator, order["number"], key=order["key"], amount=Decimal("2.50"))


def mail(billing: Billing, order: Order) -> None:
    posting(billing, SmtpMailer(order["smtp_url"]), "billing@venditore.example", "")()


class NewKeyPerTry(StripeGateway):
    """What must not be done: each try is a payment of its own, so nothing can be found again."""

    def open(self, order: ChargeOrder) -> str:
        return ""

    def charge(self, order: ChargeOrder) -> Outcome:
        unique = uuid4().hex
        fresh = replace(order, key=unique, payment_key=unique, payment_id=None)
        return super().charge(replace(fresh, payment_id=super().open(fresh)))

    def find(self, order: ChargeOrder, *, answered: bool) -> Outcome | None:
        return None


def charge_first(billing: Billing, order: Order) -> None:
    """What must not be done: the card is charged, and then it is written down why."""
    key = f"naive-{order['key']}"
    charge = ChargeOrder(key, key, order["token"], Money(1220, "EUR"), "naive")
    billing.gateway.charge(replace(charge, payment_id=billing.gateway.open(charge)))
    purchase(replace(billing, gateway=SandboxGateway()), order)


FLOWS: dict[str, Callable[[Billing, Order], None]] = {
    "purchase": purchase,
    "upgrade": upgrade,
    "approval": approval,
    "renewal": renewal,
    "pay_now": pay_now,
    "refund": refund,
    "charge_first": charge_first,
    "mail": mail,
}
GATEWAYS = {"stripe": StripeGateway, "new_key_per_try": NewKeyPerTry}


def actor(order: Order) -> Actor:
    return Actor(order["workspace"], order["user"])


def desk(order: Order, engines: dict[str, Engine]) -> Billing:
    """The billing desk of the order, with the gateway that it names, and one engine for each database."""
    settings = BillingSettings(database_url=order["database_url"], seller_name="Venditore S.p.A.")
    gateway = GATEWAYS[order["gateway"]](
        API_KEY, WEBHOOK_SECRET, api_url=order["stripe_url"], return_url="https://slack.example/"
    )
    now = datetime.fromisoformat(order["now"])
    billing = make_billing(settings, lambda: now, gateway)
    return replace(billing, engine=engines.setdefault(order["database_url"], billing.engine), workers=1)


def act(billing: Billing, order: Order) -> int:
    """The exit code: 0 where the flow came to its end."""
    try:
        FLOWS[order["flow"]](billing, order)
    except BaseException:  # noqa: BLE001  the test must hear of it, whatever it is
        traceback.print_exc()
        return 3
    finally:
        billing.engine.dispose()  # a connection is nothing to fork with
    return 0


def act_in_child(billing: Billing, order: Order) -> int:
    """The child's exit code, or minus the signal that ended it."""
    child = os.fork()
    if child == 0:
        watch(billing.engine, Points(order["point"]), every_statement=order["every_statement"])
        os._exit(act(billing, order))
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


def main() -> None:
    """Takes orders until there are none."""
    engines: dict[str, Engine] = {}
    for line in sys.stdin:
        order = json.loads(line)
        billing = desk(order, engines)
        code = act_in_child(billing, order) if order["point"] else act(billing, order)
        killed = code == -signal.SIGKILL
        sys.stdout.write(json.dumps({"killed": killed, "code": 0 if killed else code}) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
