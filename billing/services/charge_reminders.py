"""What is said ahead of a charge: that a year renews, a free trial ends, a card expires before it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from billing.locks import lock_subscription
from billing.models import Subscription
from billing.models.subscriptions import Status
from billing.queries.due_work import EARLY, LATE, OF_TRIAL
from billing.queries.reminders import mark_card_reminded, mark_kept, mark_reminded
from billing.queries.subscriptions import new_subscription, subscription_of_seller
from billing.renewals.single import DueReport
from billing.services.agenda import INVOICED, entries_of
from billing.values.actors import Actor
from billing.values.cycles import Interval, local_date
from billing.values.events import CardReminder, OfAnEnd, Reminder, RenewalReminder, TrialReminder
from billing.values.refusals import ChangedMeanwhile
from billing.values.snapshots import SubscriptionSnapshot
from billing.work import Billing, Work


def remind_of_end(billing: Billing, workspace_id: str, subscription_id: str) -> DueReport:
    """Says what is charged at the end of its cycle: of a year early and late, of a trial once, each once.

    What comes late is said once for both. Nothing is said of one that was kept, or would not be charged then.
    """
    with billing.work("subscription.remind") as work:
        subscription = _locked(work, workspace_id, subscription_id)
        end, early = subscription.period_end_at, subscription.early_reminder_end_at
        spans = (OF_TRIAL, OF_TRIAL) if subscription.status is Status.TRIALING else (LATE, EARLY)
        late_at, early_at = (end - span for span in spans)
        if early_at > work.now:
            return DueReport()
        is_late = late_at <= work.now
        said = subscription.late_reminder_end_at if is_late else early
        # Who began less than that ago was told then.
        if said != end and subscription.period_start_at < early_at:
            _tell(work, subscription, of_end(work, subscription))
        marks = {"early_at": end, "late_at": end if is_late else subscription.late_reminder_end_at}
        work.session.execute(mark_reminded(), _named(subscription) | marks)
    return DueReport()


def remind_of_card(billing: Billing, workspace_id: str, subscription_id: str) -> DueReport:
    """Says that its card expires before its next charge, once of a card."""
    with billing.work("subscription.remind") as work:
        subscription = _locked(work, workspace_id, subscription_id)
        if subscription.reminded_card_id == subscription.payment_method_id:
            return DueReport()
        if reminder := of_card(work, subscription):
            _tell(work, subscription, reminder)
            marked = {"card": subscription.payment_method_id}
            work.session.execute(mark_card_reminded(), _named(subscription) | marked)
    return DueReport()


def keep(
    billing: Billing, actor: Actor, subscription_id: str, charge_at: datetime | None
) -> SubscriptionSnapshot:
    """The charge at that moment is wanted: the channel reads who says so, and nobody is reminded of it again.

    Raises NotFound, NotAllowed, AlreadyCancelled, AlreadyEnded, BeingRenewed, and ChangedMeanwhile where it is
    charged at another moment.
    """
    with billing.work("subscription.keep") as work:
        subscription = work.subscription_as_admin(actor, subscription_id)
        subscription.can_keep(work.situation(subscription)).or_refuse()
        if subscription.period_end_at != charge_at:
            raise ChangedMeanwhile
        if subscription.kept_end_at != charge_at:
            if reminder := of_end(work, subscription):
                work.tell_channel(replace(reminder, kept_by=actor.user_id), subscription.prop)
            work.session.execute(mark_kept(), _named(subscription) | {"end_at": charge_at})
            work.record("subscription.keep", subscription.id)
        return work.snapshot(subscription)


def as_things_stand(work: Work, workspace_id: str, told: Reminder) -> Reminder | None:
    """What was to be told, by what is so now; None where the charge does not come any more, or has come."""
    if isinstance(told, OfAnEnd) and told.kept_by:
        return told
    named = {"workspace_id": workspace_id, "subscription_id": told.subscription_id}
    subscription = work.session.scalars(subscription_of_seller(), named).one_or_none()
    if subscription is None:
        return None
    now = of_card(work, subscription) if isinstance(told, CardReminder) else of_end(work, subscription)
    return now if now and (type(now), now.charge_at) == (type(told), told.charge_at) else None


def of_end(work: Work, subscription: Subscription) -> RenewalReminder | TrialReminder | None:
    """What is to be said of the end of its cycle; None where it is not charged then, or not by the year."""
    said = _of_charge(work, subscription)
    if said is None or subscription.kept_end_at == subscription.period_end_at:
        return None
    shown, fields = said
    if subscription.status is Status.TRIALING:
        return TrialReminder(**fields)
    pending = shown.pending
    interval = pending.interval if pending and pending.applies_at else shown.interval
    if subscription.anchor_interval is not Interval.YEAR or interval is not Interval.YEAR:
        return None
    return RenewalReminder(**fields)


def of_card(work: Work, subscription: Subscription) -> CardReminder | None:
    """What is to be said of its card; None where that is good at its next charge, or has nothing to pay then."""
    said, method = _of_charge(work, subscription), subscription.payment_method
    if said is None or method is None or not said[1]["minor"]:
        return None
    last_day = method.snapshot().last_day
    charged_on = local_date(subscription.period_end_at, subscription.prop.time_zone)
    if last_day >= charged_on:
        return None
    backup = subscription.backup_method
    is_good = backup is not None and backup.snapshot().last_day >= charged_on
    return CardReminder(
        **said[1],
        last_day=last_day.isoformat(),
        backup_card=backup.shown if backup and is_good else "",
    )


def _of_charge(work: Work, subscription: Subscription) -> tuple[SubscriptionSnapshot, dict[str, Any]] | None:
    """What the agenda has of its next charge, if one is to come that costs something."""
    if subscription.status not in (Status.ACTIVE, Status.TRIALING) or subscription.period_end_at <= work.now:
        return None
    shown = work.snapshot(subscription)
    entry = next((one for one in entries_of(shown) if one.kind in INVOICED), None)
    if entry is None or entry.amount is None or shown.is_free_next:
        return None
    pending = shown.pending if shown.pending and shown.pending.applies_at else None
    method = subscription.payment_method
    return shown, {
        **subscription.about(),
        "charge_at": entry.at,
        "minor": entry.amount.minor,
        "currency": entry.amount.currency,
        "credit_minor": entry.credit.minor if entry.credit else 0,
        "carried_minor": shown.next_carried.minor if shown.next_carried else 0,
        "card": method.shown if method else "",
        "next_plan": pending.plan if pending else "",
        "quantity": pending.quantity if pending else 0,
        "before_quantity": shown.quantity if pending else 0,
    }


def _tell(work: Work, subscription: Subscription, reminder: Reminder | None) -> None:
    """In the channel and to the contacts; in private to whoever pays while no channel is chosen."""
    if reminder is None:
        return
    work.tell(reminder, subscription.prop)
    if subscription.prop.misses_channel_for(reminder.topic):
        work.tell_payers(reminder, subscription, mail=False)


def _locked(work: Work, workspace_id: str, subscription_id: str) -> Subscription:
    """Whoever is at it at the same time waits, and reads then that it was said."""
    lock_subscription(work.session, workspace_id, subscription_id)
    of_it = {"workspace_id": workspace_id, "subscription_id": subscription_id}
    return work.session.scalars(new_subscription(), of_it).one()


def _named(subscription: Subscription) -> dict[str, Any]:
    return {"workspace": subscription.workspace_id, "subscription": subscription.id}
