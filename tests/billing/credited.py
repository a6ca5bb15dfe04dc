"""What is bought, and then corrected by credit notes, and what came of it."""

from __future__ import annotations

from sqlalchemy import select

from billing.adapters.gateways.sandbox import Behaviour
from billing.models import CreditNote
from billing.services import changes, credit_notes
from billing.services.changes import PlanSelection
from billing.services.credit_notes import Wanted
from billing.values.cycles import Interval
from billing.values.snapshots import Quote, SubscriptionSnapshot
from tests.billing.desk import WORKSPACE, Desk

ACCOUNTS = "SELECT account, SUM(minor) FROM postings GROUP BY account"

ALL = Wanted()


def bought(desk: Desk, what: str = "live-chat/basic/month", token: str = "tok_visa") -> SubscriptionSnapshot:
    """Paid with 12.20, unless it is something else."""
    owner = desk.owner()
    return desk.buy(owner, desk.property_of(owner), what, token)


def unpaid(desk: Desk) -> SubscriptionSnapshot:
    """A renewal of 12.20 that was declined: its invoice 2026-000002 is open."""
    plan = bought(desk)
    desk.gateway.expect("tok_visa", *[Behaviour.DECLINES] * 9)
    desk.turn_to(plan.period_end_at)
    return desk.plan(plan.id)


def issue(desk: Desk, amount: str = "", number: str = "2026-000001", *, refund: bool = False) -> CreditNote:
    issued = credit_notes.issue(desk.billing, number, Wanted(amount, refund))
    with desk.billing.read("test") as work:
        return work.session.get_one(CreditNote, (WORKSPACE, issued.id))


def balances(desk: Desk) -> dict[str, int]:
    return {row[0]: int(row[1]) for row in desk.rows(ACCOUNTS)}


def nothing_but_refusals_changed(desk: Desk, before: dict[str, list[str]]) -> None:
    assert desk.everything(but=("audit_entries",)) == before


def upgraded(desk: Desk, *plans: str) -> SubscriptionSnapshot:
    """Basic, then these one after the other on the first day: 12.20, 12.20 for the difference, 24.40 for the next."""
    plan = bought(desk)
    for name in plans:
        changes.change(desk.billing, desk.owner(), plan.id, PlanSelection(name, Interval.MONTH), key=name)
    return plan


def down_to_a_month(desk: Desk, plan: SubscriptionSnapshot, wish: str = "basic") -> Quote:
    """What the preview says; then it is done."""
    wanted = PlanSelection(wish, Interval.MONTH)
    shown = changes.preview_change(desk.billing, desk.owner(), plan.id, wanted)
    changes.change(desk.billing, desk.owner(), plan.id, wanted, key="down", expected_quote=shown.fingerprint)
    return shown


def notes_of(desk: Desk) -> list[CreditNote]:
    with desk.billing.read("test") as work:
        return list(work.session.scalars(select(CreditNote).order_by(CreditNote.sequence)))
