"""What a subscription lacks before its next charge: asked for at once, and said again before it comes."""

from __future__ import annotations

from datetime import datetime, timedelta

from billing.locks import lock_subscription
from billing.models import Subscription
from billing.queries.reminders import keep_reminder
from billing.queries.subscriptions import new_subscription
from billing.renewals.single import DueReport
from billing.values.events import DetailsMissing
from billing.work import Billing, Work

REMINDED_AHEAD = (timedelta(days=7), timedelta(days=1))


def next_reminder(subscription: Subscription, now: datetime) -> datetime | None:
    """When is said again what it lacks; None where no charge comes, or it was said for the last time."""
    if not subscription.renews:
        return None
    ahead = (subscription.period_end_at - span for span in REMINDED_AHEAD)
    return min((moment for moment in ahead if moment > now), default=None)


def plan_reminder(subscription: Subscription, now: datetime) -> None:
    """Sets when it is said again that it lacks card or address; one that has both is left as it is."""
    if subscription.payment_method_id is None or subscription.address is None:
        subscription.remind_at = next_reminder(subscription, now)


def what_is_missing(work: Work, subscription: Subscription, *, is_reminder: bool) -> DetailsMissing | None:
    """What it lacks before its next charge; None where it lacks neither card nor address, or no charge comes."""
    shown = work.snapshot(subscription)
    charge = shown.next_charge
    lacks = {
        "card": subscription.payment_method_id is None and not shown.is_free_next,
        "address": subscription.address is None,
        "receipts": not subscription.sends_receipts,
    }
    if charge is None or not (lacks["card"] or lacks["address"]):
        return None
    return DetailsMissing(
        **subscription.about(),
        missing=" ".join(name for name, is_lacking in lacks.items() if is_lacking),
        charge_at=subscription.period_end_at,
        minor=charge.minor,
        currency=charge.currency,
        is_reminder=is_reminder,
    )


def remind(billing: Billing, workspace_id: str, subscription_id: str) -> DueReport:
    """Says to whoever pays what the subscription still lacks, and when it is said for the last time."""
    with billing.work("subscription.remind") as work:
        of_it = {"workspace_id": workspace_id, "subscription_id": subscription_id}
        lock_subscription(work.session, workspace_id, subscription_id)
        subscription = work.session.scalars(new_subscription(), of_it).one()
        if subscription.remind_at is None or subscription.remind_at > work.now:
            return DueReport()
        missing = what_is_missing(work, subscription, is_reminder=True)
        if missing is not None:
            work.tell_payers(missing, subscription, mail=False)
            work.mail_contacts(missing, subscription.prop)
        again = next_reminder(subscription, work.now) if missing else None
        work.session.execute(
            keep_reminder(), {"workspace": workspace_id, "subscription": subscription_id, "at": again}
        )
    return DueReport()
