"""Subscriptions: how they are cancelled, go on after all, and begin anew."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy.orm.attributes import set_committed_value

from billing.invoicing.drafts import Draft, Upcoming, pending_of
from billing.invoicing.quotes import quote, refuse_if_changed, refuse_without_approval
from billing.models import Payment, Person, PlannedChange, Price, Subscription
from billing.models.changes import ChangeState
from billing.models.open_payments import OpenPayment
from billing.models.payments import PaymentKind
from billing.models.rules import Situation
from billing.models.subscriptions import Status
from billing.payments.collection import collect_or_refuse
from billing.payments.opening import open_first_payment, payment_key_of
from billing.payments.outcomes import PaymentKey
from billing.payments.plan_changes import drop_pending_change, drop_told, plan_change, price_on_sale
from billing.payments.superseded import giving_way, refuse_second_unless_superseded, supersede
from billing.services.reminders import plan_reminder
from billing.values.actors import Actor
from billing.values.errors import BadFields
from billing.values.events import CancellationUndone, SubscriptionCancelled, SubscriptionEnded
from billing.values.refusals import ChangedMeanwhile, NotCancelled
from billing.values.snapshots import Quote, SubscriptionSnapshot
from billing.values.texts import text_fault, visible
from billing.work import Billing, Work

REASON_LIMIT = 500


def look_at(
    billing: Billing, actor: Actor, subscription_id: str, *, to_change: bool = False
) -> SubscriptionSnapshot:
    """One subscription. Raises NotFound, and NotAllowed for those who may not read it, or not change it."""
    with billing.read("subscription.look_at") as work:
        door = work.subscription_as_admin if to_change else work.subscription_as_reader
        return work.snapshot(door(actor, subscription_id))


def preview_cancel(billing: Billing, actor: Actor, subscription_id: str, reason: str) -> SubscriptionSnapshot:
    """What cancelling would make of it, by the code that cancels. Raises what `cancel` raises."""
    with billing.dry_run("subscription.cancel") as work:
        subscription = work.subscription_as_admin(actor, subscription_id)
        dropped = _cancel(work, billing, actor, subscription, reason)
        return _without(work, subscription, dropped)


def cancel(
    billing: Billing, actor: Actor, subscription_id: str, reason: str, *, expected: str | None = None
) -> SubscriptionSnapshot:
    """Cancels at the end of the paid cycle (product, line 22): it lives on to `ends_at`, nothing more is charged.

    One whose renewal is quarantined has come to that end, and is over at once. `expected` is the fingerprint of the
    preview that was shown. Raises NotFound, NotAllowed, AlreadyCancelled, AlreadyEnded, BeingRenewed, BadFields
    for the reason, and ChangedMeanwhile where something else would be cancelled than was shown.
    """
    return giving_way(billing, lambda: _cancel_and_tell(billing, actor, subscription_id, reason, expected))


def _cancel_and_tell(
    billing: Billing, actor: Actor, subscription_id: str, reason: str, expected: str | None
) -> SubscriptionSnapshot:
    with billing.work("subscription.cancel") as work:
        subscription = work.subscription_as_admin(actor, subscription_id)
        was = subscription.status
        dropped = _cancel(work, billing, actor, subscription, reason)
        shown = _without(work, subscription, dropped)
        if expected not in (None, shown.fingerprint):
            raise ChangedMeanwhile
        if dropped is not None:
            told = drop_told(subscription, dropped, actor.person, is_replaced=False)
            work.tell(told, subscription.prop)
        work.tell(_cancelled(subscription, was, actor, _owed(shown)), subscription.prop)
        work.record("subscription.cancel", subscription.id, after={"reason": subscription.cancel_reason})
        return shown


def undo_cancellation(
    billing: Billing, actor: Actor, subscription_id: str, seen_end: datetime | None = None
) -> SubscriptionSnapshot:
    """Takes the cancellation back before its date: same dates, no charge now (product, lines 23 and 31).

    `seen_end` is the end that the actor had before their eyes: an old button undoes no later cancellation.
    Raises NotFound, NotAllowed, NotCancelled, AlreadyEnded.
    """
    with billing.work("subscription.undo_cancellation") as work:
        subscription = work.subscription_as_admin(actor, subscription_id)
        if seen_end is not None and seen_end != subscription.period_end_at:
            raise NotCancelled
        before = {"reason": subscription.cancel_reason, "by": subscription.cancelled_by}
        subscription.undo_cancellation(work.situation(subscription))
        plan_reminder(subscription, work.now)  # while it was cancelled nothing was to be reminded of
        shown = work.snapshot(subscription)
        about, charged_at = subscription.about() | _owed(shown), subscription.period_end_at
        work.tell(CancellationUndone(**about, by=actor.person, next_charge_at=charged_at), subscription.prop)
        work.record("subscription.undo_cancellation", subscription.id, before=before)
        return shown


def preview_undo_cancellation(billing: Billing, actor: Actor, subscription_id: str) -> SubscriptionSnapshot:
    """What it would be then, by the code that undoes. Raises what `undo_cancellation` raises."""
    with billing.dry_run("subscription.undo_cancellation") as work:
        subscription = work.subscription_as_admin(actor, subscription_id)
        subscription.undo_cancellation(work.situation(subscription))
        return work.snapshot(subscription)


def preview_restart(
    billing: Billing, actor: Actor, subscription_id: str, *, needs_card: bool = True
) -> Quote:
    """What beginning anew would cost, by the code that begins.

    Raises what `restart` raises, but for the payment, and NoPaymentMethod only where it `needs_card`.
    """
    with billing.dry_run("subscription.restart_preview") as work:
        return prepare_restart(work, billing, actor, subscription_id, "preview", needs_card=needs_card)[1]


def restart(
    billing: Billing, actor: Actor, subscription_id: str, *, key: str, expected_quote: str | None = None
) -> SubscriptionSnapshot:
    """Begins an ended subscription anew: a new cycle, when its payment succeeds (product, line 23).

    `key` and `expected_quote` are as in a purchase. Raises NotFound, NotAllowed, StillRunning, AlreadyBought,
    NotSold, NoPaymentMethod, Unpaid, PaymentInProgress, PreviewChanged, NeedsApproval, and PaymentDeclined: it stays
    ended then.
    """
    payment_key = giving_way(billing, lambda: _restart(billing, actor, subscription_id, key, expected_quote))
    collect_or_refuse(billing, payment_key)
    return look_at(billing, actor, subscription_id)


def _restart(
    billing: Billing, actor: Actor, subscription_id: str, key: str, expected_quote: str | None
) -> PaymentKey:
    """The payment that restarts it."""
    with billing.work("subscription.restart") as work:
        work.subscription_as_admin(actor, subscription_id)  # a second click waits here for the first
        payment = work.payment_of(actor.workspace_id, _restart_key(actor, subscription_id, key))
        if payment is None:
            payment, now = prepare_restart(work, billing, actor, subscription_id, key)
            refuse_if_changed(now, expected_quote)
            refuse_without_approval(now)
        return PaymentKey(actor.workspace_id, payment.id)


def prepare_restart(
    work: Work, billing: Billing, actor: Actor, subscription_id: str, key: str, *, needs_card: bool = True
) -> tuple[Payment, Quote]:
    """Everything of a restart but the charge, whether or not another admin has to approve it."""
    subscription = work.subscription_as_admin(actor, subscription_id)
    price = _price_to_restart(work, billing, actor, subscription)
    _as_paid_by(work, actor, subscription)
    drafter, anchor = work.drafter, subscription.anchored(work.now, price.interval)
    draft, following = (
        drafter.cycle(subscription, price, subscription.quantity, anchor.period(index)) for index in (0, 1)
    )
    payment, left, planned = _open_restart(
        work, billing, actor, subscription, price, draft, key, needs_card=needs_card
    )
    work.record("subscription.restart_ask", subscription.id, after={"total": draft.document.total.minor})
    comes = Upcoming.of(subscription, anchor, anchor.period(1), following)
    charge = work.next_charge(subscription, comes, left)
    now = Situation(work.now, planned, OpenPayment(PaymentKind.RESTART))
    shown = drafter.snapshot(subscription, now, charge)
    limit = subscription.prop.approval_limit
    return payment, quote(shown, draft, payment, work.now, charge, limit=limit)


def _price_to_restart(work: Work, billing: Billing, actor: Actor, subscription: Subscription) -> Price:
    """The price to restart it at, with its property locked. Raises what stands against it, and NotSold."""
    now = work.situation(subscription)
    subscription.can_restart(now).or_refuse()
    if now.payment is not None:
        supersede(work, billing, subscription)
    prop, has = subscription.prop, subscription.price
    work.property_as_admin(actor, prop.id, lock=True)
    refuse_second_unless_superseded(work, billing, prop, subscription.add_on_id)
    return price_on_sale(work.session, has.add_on_id, has.plan_id, has.interval, prop.currency)


def _as_paid_by(work: Work, actor: Actor, subscription: Subscription) -> None:
    """For the drafts: who restarts it pays for it from then on, and stands on its invoice where no address does."""
    restarts = work.session.get_one(Person, (actor.workspace_id, actor.user_id))
    set_committed_value(subscription, "billing_admin", restarts)


def _open_restart(
    work: Work,
    billing: Billing,
    actor: Actor,
    subscription: Subscription,
    price: Price,
    draft: Draft,
    key: str,
    *,
    needs_card: bool,
) -> tuple[Payment, int, PlannedChange]:
    """The payment, what it leaves of the credit, what it will make of the subscription. Raises NoPaymentMethod."""
    by, at, quantity = actor.user_id, work.now, subscription.quantity
    payment, left = open_first_payment(
        work.session,
        billing.gateway.limits(draft.document.currency),
        subscription,
        PaymentKind.RESTART,
        draft,
        key=_restart_key(actor, subscription.id, key),
        needs_card=needs_card,
        requested_by=by,
        at=at,
    )
    planned = plan_change(work.session, subscription, price, quantity, by, at, payment.id, new_cycle=True)
    return payment, left, planned


def _restart_key(actor: Actor, subscription_id: str, key: str) -> str:
    return payment_key_of(actor.workspace_id, subscription_id, "restart", key)


def _cancel(
    work: Work, billing: Billing, actor: Actor, subscription: Subscription, reason: str
) -> PlannedChange | None:
    """The planned change that it drops; undoing the cancellation does not bring it back."""
    now = work.situation(subscription)
    subscription.cancel(_checked(reason), actor.person, now)
    if now.change is None:
        return None
    if now.change.payment_id is None:
        now.change.decide(ChangeState.DROPPED, work.now)
        return now.change
    supersede(work, billing, subscription)
    return drop_pending_change(work.session, subscription, work.now)  # what that one had dropped


def _without(work: Work, subscription: Subscription, dropped: PlannedChange | None) -> SubscriptionSnapshot:
    return replace(work.snapshot(subscription), dropped=pending_of(subscription, dropped))


def _owed(shown: SubscriptionSnapshot) -> dict[str, Any]:
    """What its events say of the renewal that it owes."""
    if shown.dunning is None:
        return {}
    return {"unpaid": True, "try_at": shown.dunning.try_at, "given_up_at": shown.dunning.ends_at}


def _cancelled(
    subscription: Subscription, was: Status, actor: Actor, owed: Mapping[str, Any]
) -> SubscriptionCancelled | SubscriptionEnded:
    if subscription.ended_at is not None:
        return SubscriptionEnded(**subscription.about(), ended_at=subscription.ended_at, was=was)
    return SubscriptionCancelled(
        **subscription.about(),
        by=actor.person,
        reason=subscription.cancel_reason or "",
        ends_at=subscription.period_end_at,
        trial=was is Status.TRIALING,
        **owed,
    )


def _checked(reason: str) -> str:
    cleaned = visible(reason).strip()
    if fault := text_fault(cleaned, REASON_LIMIT, lines=True):
        raise BadFields({"reason": fault})
    return cleaned
