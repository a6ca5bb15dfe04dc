"""What falls due: cancelled plans end at the end of their cycle, the others begin the next one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy import select, tuple_

from billing.domain.actors import Actor
from billing.domain.errors import Refusal
from billing.domain.events import SubscriptionEnded
from billing.domain.models import Subscription
from billing.domain.models.subscriptions import Status
from billing.domain.snapshots import AgendaEntry
from billing.work import WHOLE_SUBSCRIPTION, Billing, Work

CLAIM = 100
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
            try:
                done = _catch_up(billing, key)
            except Refusal as refusal:
                log.error("due work refused", subscription=key[2], refusal=type(refusal).__name__)
                left += 1
                continue
            renewed += done.renewed
            ended += done.ended
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
    """Every period of one subscription that is due, each in its own transaction."""
    renewed = 0
    while True:
        with billing.work("renewals.run") as work:
            subscription = _locked(work, key)
            if subscription is None:
                return DueReport(renewed=renewed)
            if subscription.is_cancelled:
                _end(work, subscription)
                return DueReport(renewed=renewed, ended=1)
            _renew(work, subscription)
            renewed += 1


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
