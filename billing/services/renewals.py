"""What falls due: cancelled plans end at the end of their cycle, the others begin the next one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy import select, tuple_

from billing.domain.actors import Actor
from billing.domain.events import SubscriptionEnded
from billing.domain.models import Subscription
from billing.domain.models.subscriptions import Status
from billing.domain.snapshots import AgendaEntry
from billing.work import WHOLE_SUBSCRIPTION, Billing, Work

CLAIM = 100
# After years of downtime a subscription catches up over several runs, and somebody is told.
MOST_PERIODS = 24
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class DueReport:
    """How many cycles one run began, how many plans it ended, how many it had to leave as they were."""

    renewed: int = 0
    ended: int = 0
    left: int = 0


def run_due(billing: Billing) -> DueReport:
    """Does all that is due at or before now, period by period, however long nobody ran it.

    Each subscription is worked in its own transaction, read again under a lock and checked again; one that
    is refused is left for the next run and does not stop the others. Safe to run twice and in parallel.
    """
    renewed = ended = left = 0
    after = None
    while due := _due(billing, after):
        for key in due:
            done = _catch_up(billing, key)
            renewed += done.renewed
            ended += done.ended
            left += done.left
        after = due[-1]
    return DueReport(renewed, ended, left)


DueKey = tuple[datetime, str, str]


def _due(billing: Billing, after: DueKey | None) -> list[DueKey]:
    key = (Subscription.period_end_at, Subscription.workspace_id, Subscription.id)
    with billing.look("renewals.due") as work:
        statement = (
            select(*key)
            .where(Subscription.status != Status.ENDED, Subscription.period_end_at <= work.now)
            .order_by(*key)
            .limit(CLAIM)
        )
        if after is not None:
            statement = statement.where(tuple_(*key) > after)
        return [(row[0], row[1], row[2]) for row in work.session.execute(statement)]


def _catch_up(billing: Billing, key: DueKey) -> DueReport:
    """Every period of one subscription that is due, each in its own transaction.

    Whatever stops one is logged, and stops no other (reliability, promise 9).
    """
    renewed = 0
    while renewed < MOST_PERIODS:
        try:
            ended = _next_step(billing, key)
        except Exception:
            log.exception("due work failed", subscription=key[2], renewed=renewed)
            return DueReport(renewed=renewed, left=1)
        if ended is not False:
            return DueReport(renewed=renewed, ended=int(ended is True))
        renewed += 1
    log.error("more periods are due than are done at one go", subscription=key[2], renewed=renewed)
    return DueReport(renewed=renewed, left=1)


def _next_step(billing: Billing, key: DueKey) -> bool | None:
    """Ends the subscription (True) or begins its next period (False); None where nothing is due any more."""
    with billing.work("renewals.run") as work:
        subscription = _locked(work, key)
        if subscription is None:
            return None
        if subscription.is_cancelled:
            _end(work, subscription)
            return True
        _renew(work, subscription)
        return False


def _locked(work: Work, key: DueKey) -> Subscription | None:
    """The subscription if it is still due and no other worker holds it."""
    return work.session.scalar(
        select(Subscription)
        .where(
            Subscription.workspace_id == key[1],
            Subscription.id == key[2],
            Subscription.status != Status.ENDED,
            Subscription.period_end_at <= work.now,
        )
        .options(*WHOLE_SUBSCRIPTION)
        .with_for_update(of=Subscription, skip_locked=True)
    )


def _end(work: Work, subscription: Subscription) -> None:
    subscription.end()
    work.tell(
        SubscriptionEnded(**subscription.about(), ended_at=subscription.period_end_at),
        subscription.of_property,
    )
    _record(work, "subscription.end", subscription)


def _renew(work: Work, subscription: Subscription) -> None:
    subscription.renew()
    invoice = work.issuer.issue(work.session, subscription, work.now)
    work.tell(invoice.issued(subscription.about()), subscription.of_property)
    _record(work, "subscription.renew", subscription)


def _record(work: Work, act: str, subscription: Subscription) -> None:
    work.actor = Actor(subscription.workspace_id, "", "schedule")
    work.property_id = subscription.property_id
    work.record(act, subscription.id, after={"period_end_at": subscription.period_end_at.isoformat()})


def agenda(billing: Billing, workspace_id: str, limit: int = 5) -> tuple[AgendaEntry, ...]:
    """The next moments at which something of the workspace falls due."""
    with billing.look("renewals.agenda") as work:
        found = work.session.scalars(
            select(Subscription)
            .where(Subscription.workspace_id == workspace_id, Subscription.status != Status.ENDED)
            .options(*WHOLE_SUBSCRIPTION)
            .order_by(Subscription.period_end_at, Subscription.id)
            .limit(limit)
        ).all()
        return tuple(
            AgendaEntry(
                s.period_end_at,
                s.is_cancelled,
                s.of_property.name,
                s.price.plan.add_on.name,
                s.price.plan.name,
            )
            for s in found
        )
