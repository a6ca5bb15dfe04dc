"""Reports of a month, from books of several months, beside one bare statement over the same rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partial
from time import perf_counter

from sqlalchemy import Select, func, select, update

from benchmarks.databases import Databases
from benchmarks.due import Clock
from benchmarks.many import fill
from benchmarks.measure import compared, heading, in_turn
from billing import Billing
from billing.bootstrap import make_billing
from billing.models import Fact, Posting, Subscription
from billing.models.ledger import Account
from billing.renewals import bulk
from billing.services import recovery, recurring_revenue, reports
from billing.settings import BillingSettings
from billing.values.spans import Span

MONTH = timedelta(days=31)


def run(databases: Databases, rounds: int, customers: int, months: int) -> None:
    """Prints the lines about reports."""
    with databases.both() as urls:
        for name, url in urls.items():
            clock = Clock()
            billing = make_billing(BillingSettings(database_url=url), clock)
            month = _books(billing, clock, customers, months)
            heading(
                f"A month of {customers:,} customers on {name}, {months} in the books; floor: one bare statement"
            )
            for what, (report, floor) in _contenders(billing, month).items():
                found = in_turn(rounds, {"ours": partial(_timed, report), "floor": partial(_timed, floor)})
                compared(what, found["ours"], found["floor"], "ms")
            billing.engine.dispose()


def _books(billing: Billing, clock: Clock, customers: int, months: int) -> str:
    """Renews everything so many times, a month apart; the last month but one."""
    fill(billing, customers, customers)
    with billing.engine.begin() as connection:
        connection.execute(
            update(Subscription).values(cancelled_at=None, cancelled_by=None, cancel_reason=None)
        )
    for _ in range(months):
        clock.now += MONTH
        assert bulk.renew(billing) == customers
    return f"{clock.now - MONTH:%Y-%m}"


def _contenders(
    billing: Billing, month: str
) -> Mapping[str, tuple[Callable[[], object], Callable[[], object]]]:
    since, until = Span.read(month).moments(billing.issuer.seller.time_zone)
    of_month = (Posting.at >= since, Posting.at < until)
    postings = select(Posting.account, func.sum(Posting.minor)).group_by(Posting.account)
    facts = select(func.count(func.distinct(Fact.subject_id))).where(Fact.at < until)
    owed = postings.where(Posting.account == Account.RECEIVABLE, Posting.at < until)
    return {
        "journal; a sum of the month's postings": (
            lambda: reports.journal(billing, month),
            partial(_asked, billing, postings.where(*of_month)),
        ),
        "open invoices; a sum of what is receivable": (
            lambda: reports.ageing(billing, month),
            partial(_asked, billing, owed),
        ),
        "MRR; a count of what facts are of": (
            lambda: recurring_revenue.mrr(billing, month),
            partial(_asked, billing, facts),
        ),
        "recovery; a sum of what is receivable": (
            lambda: recovery.recovery(billing, month),
            partial(_asked, billing, owed),
        ),
    }


def _asked(billing: Billing, statement: Select[*tuple[object, ...]]) -> None:
    with billing.reading.connect() as connection:
        connection.execute(statement).all()


def _timed(act: Callable[[], object]) -> float:
    begun = perf_counter()
    act()
    return (perf_counter() - begun) * 1000
