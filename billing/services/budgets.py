"""The budget of a property: what it means to spend in a month or year, and the warnings. It blocks nothing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from billing.locks import lock_property
from billing.models import Budget, Property
from billing.queries.budgets import spent
from billing.renewals.single import DueReport
from billing.services.agenda import entries_of_property
from billing.services.spend import to_be_invoiced
from billing.values.actors import Actor
from billing.values.cycles import Interval, local_date
from billing.values.events import BudgetReached
from billing.values.money import Money, read_amount
from billing.values.refusals import ChangedMeanwhile
from billing.values.snapshots import BudgetPage, BudgetSnapshot
from billing.values.spans import Span
from billing.work import Billing, Work

# So often a budget is compared with the documents whatever was issued: an older version beside this one marks none.
LOOKED_AT_EVERY = timedelta(days=1)


def look_at(billing: Billing, actor: Actor, property_id: str | None = None) -> BudgetPage:
    """The budget of that property, or the one that the actor has chosen, for whoever may change it.

    Raises NoProperty, NotFound, NotAllowed.
    """
    with billing.read("budget.look_at") as work:
        prop, role = work.property_as_reader(actor, property_id)
        work.property_as_admin(actor, prop.id)
        found = budget_of(work, prop.key, prop.time_zone) if prop.has_budget else None
        return BudgetPage(prop.snapshot(role), prop.currency, found)


def change(
    billing: Billing, actor: Actor, property_id: str, every: Interval | None, amount: str
) -> BudgetPage:
    """What may be spent in each calendar month or year, with VAT, in the property's currency; None for no budget.

    A mark that what was spent so far has passed already is not told later: who sets it sees that. All others are,
    also where they were told of another amount. Raises NotFound, NotAllowed, NotAnAmount, ChangedMeanwhile.
    """
    with billing.work("budget.change") as work:
        prop, role = work.property_as_reader(actor, property_id)
        work.property_as_admin(actor, property_id)
        wanted = read_amount(amount, prop.currency) if every else None
        budget = _locked(work, prop.key)
        if budget is None and every:
            budget = _first(work, prop, every)
        if budget is None:
            return BudgetPage(prop.snapshot(role), prop.currency, None)
        before = budget.as_kept()
        budget.every, budget.minor = every or budget.every, wanted.minor if wanted else None
        found = _compared(work, budget, prop.time_zone)
        if before != budget.as_kept():
            budget.told_from = budget.span_of(local_date(work.now, prop.time_zone)).first_day
            budget.told_percent, budget.due_at = (found.mark, work.now) if found else (0, None)
            work.record("budget.change", prop.id, before, budget.as_kept())
        return BudgetPage(prop.snapshot(role), prop.currency, found)


def budget_of(work: Work, key: Mapping[str, str], time_zone: str) -> BudgetSnapshot | None:
    """The budget of the property of that key, and what it has spent of it by now; None for whoever has none."""
    budget = work.session.get(Budget, tuple(key.values()))
    return _compared(work, budget, time_zone) if budget else None


def warn(billing: Billing, workspace_id: str, property_id: str) -> DueReport:
    """Compares a budget with the documents, and tells the highest mark that was not told yet in their month or year.

    What was issued before midnight may be looked at after it, so the span of the last look is looked at once more.
    """
    with billing.work("budget.warn") as work:
        key = {"workspace_id": workspace_id, "property_id": property_id}
        budget = _locked(work, key)
        if budget is None or budget.due_at is None or budget.due_at > work.now:
            return DueReport()
        prop = work.session.get_one(Property, tuple(key.values()))
        if prop.deleted_at is not None:
            budget.due_at = None
            return DueReport()
        budget.due_at = work.now + LOOKED_AT_EVERY
        today = local_date(work.now, prop.time_zone)
        for span in dict.fromkeys((budget.span_of(budget.told_from), budget.span_of(today))):
            if found := _compared(work, budget, prop.time_zone, span):
                told = budget.told_in(span)
                if found.mark > told:
                    _tell(work, prop, found)
                budget.told_from, budget.told_percent = span.first_day, max(found.mark, told)
    return DueReport()


def _locked(work: Work, key: Mapping[str, str]) -> Budget | None:
    """Nothing else is waited for by who holds it: whoever issues a document waits for it, holding a subscription."""
    return work.session.get(Budget, tuple(key.values()), with_for_update=True, populate_existing=True)


def _first(work: Work, prop: Property, every: Interval) -> Budget:
    """The first that the property has. Raises ChangedMeanwhile where somebody else set one in this very moment."""
    prop = lock_property(work.session, prop.workspace_id, prop.id)
    if prop.has_budget:
        raise ChangedMeanwhile
    prop.has_budget = True
    first = Budget(**prop.key, every=every, currency=prop.currency, told_percent=0)
    first.told_from = first.span_of(local_date(work.now, prop.time_zone)).first_day
    work.session.add(first)
    return first


def _compared(work: Work, budget: Budget, time_zone: str, span: Span | None = None) -> BudgetSnapshot | None:
    """The budget beside what was issued in that span, or the one that runs there now.

    Documents in another currency are not counted: nothing is converted by guess. They count by the moment at which
    they were issued, for the property that they were issued to.
    """
    if budget.amount is None:
        return None
    span = span or budget.span_of(local_date(work.now, time_zone))
    first, after = span.moments(time_zone)
    asked = {
        "workspace_id": budget.workspace_id,
        "property_id": budget.property_id,
        "currency": budget.currency,
        "first": first,
        "after": after,
    }
    used = Money(int(work.session.execute(spent(), asked).scalar_one()), budget.currency)
    return BudgetSnapshot(budget.every, budget.amount, used, span, after)


def _tell(work: Work, prop: Property, found: BudgetSnapshot) -> None:
    """In the channel, and by mail to contacts who get receipts; to the admins where there is neither."""
    event = BudgetReached(
        prop.id,
        prop.name,
        prop.time_zone,
        span=str(found.span),
        mark=found.mark,
        used_minor=found.used.minor,
        budget_minor=found.amount.minor,
        currency=found.amount.currency,
        coming_minor=_coming(work, prop, found),
    )
    work.tell(event, prop)
    if prop.misses_channel_for(event.topic):
        work.tell_admins(event, prop)
    if not prop.has_contacts:
        for user_id in work.admins_of(prop.workspace_id, prop.id):
            work.mail_person(event, prop.workspace_id, user_id)


def _coming(work: Work, prop: Property, found: BudgetSnapshot) -> int | None:
    """What the agenda will invoice before the span is over; None where it is over."""
    if found.ends_at <= work.now:
        return None
    coming = (one for one in entries_of_property(work, prop.key) if one.at < found.ends_at)
    amounts = [to_be_invoiced(entry) for entry in coming]
    return sum(amount.minor for amount in amounts if amount is not None)
