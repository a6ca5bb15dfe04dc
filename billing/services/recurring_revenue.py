"""Monthly recurring revenue of a month: how it moved, and who was lost; by customer, which is a property."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Any

from billing.queries import recurring_revenue as queries
from billing.services.reports import Scope, scope_of
from billing.values.cycles import Interval
from billing.values.money import Money, decimals, round_half_up
from billing.work import Billing, Work

# Amounts are kept as twelfths of minor units: a yearly price is its own number of them, exactly.
TWELFTHS = 12
Customer = tuple[str, str, str]


class Movement(StrEnum):
    """How a customer's recurring revenue differs between a month's beginning and its end."""

    NEW = "new"
    EXPANSION = "expansion"
    CONTRACTION = "contraction"
    CHURN = "churn"
    REACTIVATION = "reactivation"


@dataclass(frozen=True, slots=True)
class Revenue:
    """The recurring revenue of a currency: opening, movements and closing, which add up to the minor unit.

    `customers` are those who paid at the beginning, those of each movement, and those who paid at the end.
    `recorded_late` is how many plans ended before the month and were recorded as ended in it. `facts` and `plans` are
    what the facts, and the subscriptions themselves, say of this moment: they are the same.
    """

    currency: str
    opening: Decimal
    movements: Mapping[str, Decimal]
    closing: Decimal
    customers: Mapping[str, int]
    recorded_late: int
    facts: Decimal
    plans: Decimal

    @property
    def is_equal(self) -> bool:
        return self.facts == self.plans


@dataclass(frozen=True, slots=True)
class RecurringRevenue:
    """How the recurring revenue moved in the month, by currency."""

    scope: Scope
    totals: tuple[Revenue, ...]


@dataclass(frozen=True, slots=True)
class Loss:
    """Who was lost in the month, and what they paid: by cancelling, and because payments failed.

    The shares are in per cent of those who paid, and of what was paid, at the month's beginning; None without any.
    """

    currency: str
    customers: int
    lost_by_cancelling: int
    lost_by_failed_payment: int
    customer_churn: Decimal | None
    opening: Decimal
    revenue_cancelled: Decimal
    revenue_failed: Decimal
    revenue_churn: Decimal | None
    facts: Decimal
    plans: Decimal

    @property
    def is_equal(self) -> bool:
        return self.facts == self.plans


@dataclass(frozen=True, slots=True)
class Churn:
    """Who was lost in the month, by currency."""

    scope: Scope
    totals: tuple[Loss, ...]


@dataclass(frozen=True, slots=True)
class _Plan:
    customer: Customer
    twelfths: int
    ended_at: str | None
    unpaid: bool


@dataclass(frozen=True, slots=True)
class _Month:
    """The plans with a price at the month's beginning and at its end, each under its id; both sides of the check."""

    before: Mapping[tuple[str, str], _Plan]
    after: Mapping[tuple[str, str], _Plan]
    returned: frozenset[tuple[str, str]]
    since: str
    facts: Mapping[str, int]
    plans: Mapping[str, int]

    @property
    def currencies(self) -> list[str]:
        found = {plan.customer[2] for plan in (*self.before.values(), *self.after.values()) if plan.twelfths}
        return sorted(found | {each for each in (*self.facts, *self.plans) if self._differs(each)})

    def opening(self) -> dict[Customer, int]:
        """By whose the plans are at the end: what was transferred is no movement."""
        return _by_customer((self.after[key].customer, plan.twelfths) for key, plan in self.before.items())

    def closing(self) -> dict[Customer, int]:
        return _by_customer((plan.customer, plan.twelfths) for plan in self.after.values())

    def ended(self) -> dict[tuple[str, str], _Plan]:
        """The plans that ended in the month and had a price at its beginning."""
        return {
            key: self.after[key]
            for key, plan in self.before.items()
            if plan.twelfths and self.after[key].ended_at is not None
        }

    def _differs(self, currency: str) -> bool:
        return self.facts.get(currency, 0) != self.plans.get(currency, 0)


def mrr(billing: Billing, month: str, workspace_id: str | None = None) -> RecurringRevenue:
    """Raises Unfit for what is no month or has not begun, and NotFound."""
    return _mrr(*_look_at(billing, month, workspace_id))


def churn(billing: Billing, month: str, workspace_id: str | None = None) -> Churn:
    """Raises Unfit for what is no month or has not begun, and NotFound."""
    return _churn(*_look_at(billing, month, workspace_id))


def mrr_and_churn(billing: Billing, month: str) -> tuple[RecurringRevenue, Churn]:
    """Both reports of all workspaces, of plans that are read once. Raises Unfit as they do."""
    scope, found = _look_at(billing, month, None)
    return _mrr(scope, found), _churn(scope, found)


def _mrr(scope: Scope, found: _Month) -> RecurringRevenue:
    return RecurringRevenue(scope, tuple(_revenue(found, each) for each in found.currencies))


def _churn(scope: Scope, found: _Month) -> Churn:
    return Churn(scope, tuple(_loss(found, each) for each in found.currencies))


def _look_at(billing: Billing, month: str, workspace_id: str | None) -> tuple[Scope, _Month]:
    with billing.read("report.recurring_revenue", at_one_moment=True) as work:
        scope, of_it = scope_of(work, month, workspace_id)
        return scope, _read(work, of_it)


def _read(work: Work, of_it: Mapping[str, str | datetime]) -> _Month:
    of_one = "workspace_id" in of_it
    whose = {name: value for name, value in of_it.items() if name == "workspace_id"}
    since, until = of_it["since"], of_it["until"]
    assert isinstance(since, datetime)

    def at(moment: str | datetime | None) -> dict[tuple[str, str], _Plan]:
        rows = work.session.execute(queries.plans_at(of_one=of_one), whose | {"at": moment})
        return {(row.workspace_id, row.subject_id): _plan(row) for row in rows}

    paid = work.session.execute(queries.paid_before(of_one=of_one), whose | {"at": since})
    stand = work.session.execute(queries.plans_as_they_stand(of_one=of_one), whose)
    plans: defaultdict[str, int] = defaultdict(int)
    for row in stand:
        plans[row.currency] += int(row.minor) * TWELFTHS // Interval(row.interval).months
    facts: defaultdict[str, int] = defaultdict(int)
    for plan in at(datetime.max.replace(tzinfo=work.now.tzinfo)).values():
        facts[plan.customer[2]] += plan.twelfths
    return _Month(
        at(since),
        at(until),
        frozenset((row.workspace_id, row.property_id) for row in paid),
        since.isoformat(),
        facts,
        plans,
    )


def _plan(row: Any) -> _Plan:
    minor = row.minor * row.quantity if row.status in queries.PAYING else 0
    return _Plan(
        (row.workspace_id, row.property_id, row.currency),
        minor * TWELFTHS // Interval(row.interval).months,
        row.ended_at,
        unpaid=row.ended_at is not None and (row.cancelled_at is None or row.ended_at != row.period_end_at),
    )


def _revenue(found: _Month, currency: str) -> Revenue:
    before, after = _of(found.opening(), currency), _of(found.closing(), currency)
    amounts, counts = dict.fromkeys(Movement, 0), dict.fromkeys(Movement, 0)
    for customer in {**before, **after}:
        has, had = after.get(customer, 0), before.get(customer, 0)
        if (movement := _movement(had, has, returned=customer[:2] in found.returned)) is not None:
            amounts[movement] += has - had
            counts[movement] += 1
    opening, closing = _rounded(sum(before.values())), _rounded(sum(after.values()))
    split = dict(zip(amounts, _split(closing - opening, list(amounts.values())), strict=True))
    of_each = {str(each): count for each, count in counts.items()}
    return Revenue(
        currency,
        _decimal(opening, currency),
        {str(each): _decimal(minor, currency) for each, minor in split.items()},
        _decimal(closing, currency),
        {"opening": _paying(before), **of_each, "closing": _paying(after)},
        sum(
            plan.ended_at is not None and plan.ended_at < found.since
            for plan in found.ended().values()
            if plan.customer[2] == currency
        ),
        *_checked(found, currency),
    )


def _movement(had: int, has: int, *, returned: bool) -> Movement | None:
    if had == has:
        return None
    if had == 0:
        return Movement.REACTIVATION if returned else Movement.NEW
    if has == 0:
        return Movement.CHURN
    return Movement.EXPANSION if has > had else Movement.CONTRACTION


def _loss(found: _Month, currency: str) -> Loss:
    before, after = _of(found.opening(), currency), _of(found.closing(), currency)
    lost = {customer for customer, had in before.items() if had and not after.get(customer)}
    last: dict[Customer, _Plan] = {}
    revenue = {False: 0, True: 0}
    for key, plan in found.before.items():
        now = found.after[key]
        if not plan.twelfths or now.customer not in lost:
            continue
        revenue[now.unpaid] += plan.twelfths
        known = last.get(now.customer)
        if known is None or (now.ended_at or "") > (known.ended_at or ""):
            last[now.customer] = now
    failed = sum(plan.unpaid for plan in last.values())
    opening, gone = sum(before.values()), sum(revenue.values())
    # As report mrr has it, where rounding gave the movements their last minor unit.
    churned = -int(_revenue(found, currency).movements[Movement.CHURN].scaleb(decimals(currency)))
    cancelled_minor, failed_minor = _split(churned, [revenue[False], revenue[True]])
    return Loss(
        currency,
        _paying(before),
        len(last) - failed,
        failed,
        _share(len(lost), _paying(before)),
        _decimal(_rounded(opening), currency),
        _decimal(cancelled_minor, currency),
        _decimal(failed_minor, currency),
        _share(gone, opening),
        *_checked(found, currency),
    )


def _by_customer(amounts: Iterable[tuple[Customer, int]]) -> dict[Customer, int]:
    found: defaultdict[Customer, int] = defaultdict(int)
    for customer, twelfths in amounts:
        found[customer] += twelfths
    return found


def _of(amounts: Mapping[Customer, int], currency: str) -> dict[Customer, int]:
    return {customer: twelfths for customer, twelfths in amounts.items() if customer[2] == currency}


def _paying(amounts: Mapping[Customer, int]) -> int:
    return sum(twelfths > 0 for twelfths in amounts.values())


def _rounded(twelfths: int) -> int:
    return round_half_up(Fraction(twelfths, TWELFTHS))


def _decimal(minor: int, currency: str) -> Decimal:
    return Money(minor, currency).decimal


def _checked(found: _Month, currency: str) -> tuple[Decimal, Decimal]:
    """What the facts and the plans themselves say now; to the minor unit, where they are the same exactly."""
    facts, plans = (_rounded(each.get(currency, 0)) for each in (found.facts, found.plans))
    return _decimal(facts, currency), _decimal(plans, currency)


def _split(total: int, twelfths: list[int]) -> list[int]:
    """Whole minor units that add up to `total`: each rounded down, and what is left to those that lost most."""
    parts = [each // TWELFTHS for each in twelfths]
    by_loss = sorted(range(len(parts)), key=lambda index: (-(twelfths[index] % TWELFTHS), index))
    for index in by_loss[: total - sum(parts)]:
        parts[index] += 1
    return parts


def _share(part: int, whole: int) -> Decimal | None:
    if not whole:
        return None
    return (Decimal(100 * part) / whole).quantize(Decimal("0.1"), ROUND_HALF_UP)
