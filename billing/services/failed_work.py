"""Due work that failed, for the operator: what it is, and tried again at once."""

from __future__ import annotations

from billing.queries import failed_work as queries
from billing.values.actors import Actor
from billing.values.snapshots import FailedDueWork
from billing.work import Billing


def failing(billing: Billing) -> tuple[FailedDueWork, ...]:
    """The renewals and ends that failed and are tried on, in all workspaces: what has waited longest comes first."""
    with billing.read("due.list") as work:
        return tuple(
            FailedDueWork(
                workspace_id=row.workspace_id,
                subscription_id=row.id,
                property_name=row.property_name,
                add_on=row.add_on,
                plan=row.plan,
                due_at=row.period_end_at,
                cancelled=row.cancelled_at is not None,
                failures=row.due_failures,
                next_try_at=row.due_at,
                quarantined_at=row.quarantined_at,
            )
            for row in work.session.execute(queries.failing())
        )


def release(billing: Billing, failed: FailedDueWork) -> bool:
    """What it failed for is put right, says the operator: the next run does it. False where one is at it now."""
    with billing.work("due.release") as work:
        of_it = {"workspace_id": failed.workspace_id, "subscription_id": failed.subscription_id}
        subscription = work.session.scalar(queries.failed_subscription(), of_it)
        if subscription is None:
            return False
        subscription.wake(work.now)
        work.actor = Actor(failed.workspace_id, "", "operator")
        work.property_id = subscription.property_id
        work.record("due.release", failed.subscription_id)
        return True


def wake_failing(billing: Billing) -> None:
    """All that failed is due at once: with a start come other settings, tax tables and versions."""
    with billing.work("due.wake") as work:
        work.session.execute(queries.wake_failing(), {"now": work.now})
