"""Spend: the documents of a property by month and add-on, and what the agenda will invoice."""

from __future__ import annotations

import pytest

from billing import Actor
from billing.adapters.gateways.sandbox import Behaviour
from billing.services import agenda, credit_notes, spend
from billing.services.credit_notes import Wanted
from billing.values.money import Money
from billing.values.refusals import NotFound
from billing.values.snapshots import PropertySnapshot
from tests.billing.desk import Desk

BASIC, YEARLY = "live-chat/basic/month", "ai-assist/growth/year"
Shown = list[tuple[str, str, int, bool]]


def shown(desk: Desk, actor: Actor) -> Shown:
    found = spend.of_property(desk.billing, actor)
    assert found.currency == "EUR"
    return [(str(one.month), one.add_on, one.total.minor, one.is_to_come) for one in found.rows]


def month_of(desk: Desk, months: int = 0) -> str:
    now = desk.clock()
    count = now.year * 12 + now.month - 1 + months
    return f"{count // 12}-{count % 12 + 1:02}"


def test_what_was_invoiced_stands_in_its_month_and_what_comes_in_its_own(
    desk: Desk, owner: Actor, piazza: PropertySnapshot
) -> None:
    assert shown(desk, owner) == []
    plan = desk.buy(owner, piazza, BASIC)
    bought, next_month = month_of(desk), month_of(desk, 1)
    assert shown(desk, owner) == [
        (bought, "Live Chat", 1220, False),
        (next_month, "Live Chat", 1220, True),
    ]
    desk.turn_to(plan.period_end_at)
    yearly = desk.buy(owner, piazza, YEARLY)
    paid = desk.invoices()[-1].total.minor
    assert shown(desk, owner) == [
        (bought, "Live Chat", 1220, False),
        (next_month, "AI Assist", paid, False),
        (next_month, "Live Chat", 1220, False),
        (month_of(desk, 1), "Live Chat", 1220, True),
        (f"{yearly.period_end_at:%Y-%m}", "AI Assist", paid, True),
    ]


def test_it_adds_up_to_the_documents_whoever_pays_them(
    desk: Desk, owner: Actor, piazza: PropertySnapshot
) -> None:
    plan = desk.buy(owner, piazza, BASIC)
    month, coming = month_of(desk), month_of(desk, 1)
    credit_notes.issue(desk.billing, desk.invoices()[-1].number, Wanted("4.76"))
    (entry,) = agenda.of_property(desk.billing, owner)
    # The card is charged less, and the invoice is what it was.
    assert entry.amount == Money(744, "EUR")
    assert shown(desk, owner) == [
        (month, "Live Chat", 1220 - 476, False),
        (coming, "Live Chat", 1220, True),
    ]
    desk.turn_to(plan.period_end_at)
    assert [row for row in shown(desk, owner) if not row[3]] == [
        (month, "Live Chat", 744, False),
        (coming, "Live Chat", 1220, False),
    ]


def test_the_month_that_runs_and_the_eleven_before_it(
    desk: Desk, owner: Actor, piazza: PropertySnapshot
) -> None:
    first = desk.buy(owner, piazza, BASIC)
    desk.turn_to(first.period_end_at)
    for _ in range(12):
        desk.turn_to(desk.plan(first.id).period_end_at)
    past = [month for month, _, _, is_to_come in shown(desk, owner) if not is_to_come]
    assert past == [month_of(desk, months) for months in range(-11, 1)]


def test_what_is_tried_again_was_invoiced_already(desk: Desk, owner: Actor, piazza: PropertySnapshot) -> None:
    plan = desk.buy(owner, piazza, BASIC)
    desk.gateway.expect("tok_visa", Behaviour.DECLINES)
    desk.turn_to(plan.period_end_at)
    assert {one.kind for one in agenda.of_property(desk.billing, owner)} == {"renews", "retries"}
    assert [row[2:] for row in shown(desk, owner)] == [(1220, False), (1220, False), (1220, True)]


def test_of_another_property_there_is_nothing(desk: Desk, owner: Actor) -> None:
    with pytest.raises(NotFound):
        spend.of_property(desk.billing, owner, "prop_of_nobody")
