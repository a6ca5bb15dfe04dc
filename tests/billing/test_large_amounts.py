"""What costs more than 21,474,836.47: the most minor units that four bytes hold. In rupiah that is a small plan."""

from __future__ import annotations

from decimal import Decimal

from billing.renewals.bulk import renew
from billing.services import changes, credit_notes, due_work, properties, recurring_revenue
from billing.services.verify import verify
from billing.values.money import Money
from tests.billing.desk import Desk
from tests.billing.test_previews import PRO

DEAR = 3_000_000_000


def test_a_plan_of_millions_is_billed_changed_credited_and_verified(desk: Desk) -> None:
    desk.execute("UPDATE prices SET minor = :dear + minor", dear=DEAR)
    owner = desk.owner()
    plan = desk.buy(owner, desk.property_of(owner))
    assert plan.next_charge == Money(3_660_001_220, "EUR")
    desk.turn(days=10)
    changes.change(desk.billing, owner, plan.id, PRO, key="one")
    (changed,) = properties.purchases(desk.billing, owner).running
    desk.clock.now = changed.period_end_at
    assert renew(desk.billing) == 1
    due_work.run_due(desk.billing)
    newest = desk.invoices()[-1]
    credit_notes.issue(desk.billing, newest.number, credit_notes.Wanted())
    assert verify(desk.billing) == ()
    (euros,) = recurring_revenue.mrr(desk.billing, f"{desk.clock.now:%Y-%m}").totals
    assert euros.closing > Decimal(DEAR) / 100
