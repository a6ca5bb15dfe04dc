"""A free trial that goes on: the operator's act, for a customer who needs more days to decide."""

from __future__ import annotations

from datetime import datetime

from billing.models import Subscription
from billing.services.reminders import plan_reminder
from billing.values.actors import VIA_OPERATOR, Actor
from billing.values.events import TrialExtended
from billing.values.refusals import ChangedMeanwhile
from billing.values.snapshots import SubscriptionSnapshot
from billing.work import Billing, Work


def preview(
    billing: Billing, by: Actor, subscription_id: str, days: int
) -> tuple[SubscriptionSnapshot, datetime]:
    """The trial as it would be with so many days more, by the act's own code; and when it ends as it is.

    Raises what `extend` raises.
    """
    with billing.dry_run("subscription.extend_trial") as work:
        subscription, before = _extended(work, by, subscription_id, days)
        return work.snapshot(subscription), before


def extend(
    billing: Billing, by: Actor, subscription_id: str, days: int, *, seen_end: datetime
) -> SubscriptionSnapshot:
    """Lets it go on for so many days; the first paid cycle begins that much later, at the same time of day.

    `seen_end` is the end that was to be put off: pressed twice it is put off once, and the second press raises
    ChangedMeanwhile. Raises NotFound, NotOnTrial, AlreadyCancelled, AlreadyEnded, BeingRenewed at its very end, and
    TrialTooLong for more days in all than a catalogue may give.
    """
    with billing.work("subscription.extend_trial") as work:
        subscription, before = _extended(work, by, subscription_id, days)
        if before != seen_end:
            raise ChangedMeanwhile
        after = subscription.period_end_at
        work.tell(TrialExtended(**subscription.about(), days=days, ends_at=after), subscription.prop)
        work.record(
            "subscription.extend_trial",
            subscription.id,
            before={"period_end_at": before.isoformat()},
            after={"period_end_at": after.isoformat()},
        )
        return work.snapshot(subscription)


def _extended(work: Work, by: Actor, subscription_id: str, days: int) -> tuple[Subscription, datetime]:
    """The trial with its new end, and its end before. It is locked."""
    seller = Actor(by.workspace_id, by.user_id, VIA_OPERATOR)
    subscription = work.subscription_as_admin(seller, subscription_id)
    work.actor, before = by, subscription.period_end_at
    subscription.extend_trial(days, work.situation(subscription))
    plan_reminder(subscription, work.now)
    return subscription, before
