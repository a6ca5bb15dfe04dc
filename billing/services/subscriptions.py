"""Subscriptions: how they are cancelled, go on after all, and begin anew."""

from __future__ import annotations

from datetime import datetime

from billing.invoicing.quotes import quote, refuse_if_changed
from billing.models import Payment, Subscription
from billing.models.changes import ChangeState
from billing.models.payments import OpenPayment, PaymentKind
from billing.models.rules import Situation
from billing.models.subscriptions import Status
from billing.payments.collection import collect
from billing.payments.opening import open_payment, payment_key_of
from billing.payments.outcomes import PaymentKey
from billing.payments.plan_changes import plan_change, price_on_sale
from billing.payments.superseded import (
    giving_way,
    refuse_open_payment_unless_superseded,
    refuse_second_unless_superseded,
    supersede,
)
from billing.values.actors import Actor
from billing.values.errors import BadFields
from billing.values.events import CancellationUndone, SubscriptionCancelled
from billing.values.refusals import (
    NoPaymentMethod,
    NotCancelled,
    PaymentDeclined,
    PaymentInProgress,
)
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
        return work.snapshot(_cancel(work, billing, actor, subscription_id, reason))


def cancel(billing: Billing, actor: Actor, subscription_id: str, reason: str) -> SubscriptionSnapshot:
    """Cancels at the end of the paid cycle (product, line 22): it lives on to `ends_at`, nothing more is charged.

    Raises NotFound, NotAllowed, AlreadyCancelled, AlreadyEnded, BeingRenewed, and BadFields for the reason.
    """
    return giving_way(billing, lambda: _cancel_and_tell(billing, actor, subscription_id, reason))


def _cancel_and_tell(
    billing: Billing, actor: Actor, subscription_id: str, reason: str
) -> SubscriptionSnapshot:
    with billing.work("subscription.cancel") as work:
        subscription = _cancel(work, billing, actor, subscription_id, reason)
        work.tell(
            SubscriptionCancelled(
                **subscription.about(),
                by=actor.user_id,
                reason=subscription.cancel_reason or "",
                ends_at=subscription.period_end_at,
                unpaid=subscription.status is Status.PAST_DUE,
            ),
            subscription.prop,
        )
        work.record("subscription.cancel", subscription.id, after={"reason": subscription.cancel_reason})
        return work.snapshot(subscription)


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
        work.tell(
            CancellationUndone(
                **subscription.about(), by=actor.user_id, next_charge_at=subscription.period_end_at
            ),
            subscription.prop,
        )
        work.record("subscription.undo_cancellation", subscription.id, before=before)
        return work.snapshot(subscription)


def preview_undo_cancellation(billing: Billing, actor: Actor, subscription_id: str) -> SubscriptionSnapshot:
    """What it would be then, by the code that undoes. Raises what `undo_cancellation` raises."""
    with billing.dry_run("subscription.undo_cancellation") as work:
        subscription = work.subscription_as_admin(actor, subscription_id)
        subscription.undo_cancellation(work.situation(subscription))
        return work.snapshot(subscription)


def preview_restart(billing: Billing, actor: Actor, subscription_id: str) -> Quote:
    """What beginning anew would cost, by the code that begins. Raises what `restart` raises, but for the payment."""
    with billing.dry_run("subscription.restart_preview") as work:
        return _prepare_restart(work, billing, actor, subscription_id, "preview")[1]


def restart(
    billing: Billing, actor: Actor, subscription_id: str, *, key: str, expected_quote: str | None = None
) -> SubscriptionSnapshot:
    """Begins an ended subscription anew: a new cycle, when its payment succeeds (product, line 23).

    `key` and `expected_quote` are as in a purchase. Raises NotFound, NotAllowed, StillRunning, AlreadyBought,
    NotSold, NoPaymentMethod, PaymentInProgress, PreviewChanged, and PaymentDeclined, after which it stays ended.
    """
    payment_key = giving_way(billing, lambda: _restart(billing, actor, subscription_id, key, expected_quote))
    paid = collect(billing, payment_key)
    if paid.state == "failed":
        raise PaymentDeclined(paid.reason or "", paid.for_good)
    return look_at(billing, actor, subscription_id)


def _restart(
    billing: Billing, actor: Actor, subscription_id: str, key: str, expected_quote: str | None
) -> PaymentKey:
    """The payment that restarts it."""
    with billing.work("subscription.restart") as work:
        work.subscription_as_admin(actor, subscription_id)  # a second click waits here for the first
        payment = work.payment_of(_restart_key(actor, subscription_id, key))
        if payment is None:
            payment, now = _prepare_restart(work, billing, actor, subscription_id, key)
            refuse_if_changed(now, expected_quote)
        return PaymentKey(actor.workspace_id, payment.id)


def _prepare_restart(
    work: Work, billing: Billing, actor: Actor, subscription_id: str, key: str
) -> tuple[Payment, Quote]:
    subscription = work.subscription_as_admin(actor, subscription_id)
    now = work.situation(subscription)
    subscription.can_restart(now).or_refuse()
    if now.payment is not None:
        refuse_open_payment_unless_superseded(work, billing, subscription)
    work.property_as_admin(actor, subscription.property_id, lock=True)
    refuse_second_unless_superseded(work, billing, subscription.prop, subscription.add_on_id)
    has = subscription.price
    price = price_on_sale(
        work.session, subscription.add_on_id, has.plan_id, has.interval, subscription.prop.currency
    )
    anchor = subscription.anchored(work.now, price.interval)
    drafter = work.issuer.drafter(work.now)
    draft = drafter.cycle(subscription, price, subscription.quantity, anchor.period(0))
    if draft.document.total.minor and subscription.payment_method is None:
        raise NoPaymentMethod
    payment = open_payment(
        work.session,
        subscription,
        PaymentKind.RESTART,
        draft,
        key=_restart_key(actor, subscription_id, key),
        requested_by=actor.user_id,
        at=work.now,
    )
    planned = plan_change(
        work.session,
        subscription,
        price,
        subscription.quantity,
        actor.user_id,
        work.now,
        payment.id,
        new_cycle=True,
    )
    following = drafter.cycle(subscription, price, subscription.quantity, anchor.period(1)).document.total
    work.record("subscription.restart_ask", subscription.id, after={"total": draft.document.total.minor})
    shown = drafter.snapshot(subscription, Situation(work.now, planned, OpenPayment(PaymentKind.RESTART)))
    return payment, quote(shown, draft, payment, work.now, anchor.start_of(1), following)


def _restart_key(actor: Actor, subscription_id: str, key: str) -> str:
    return payment_key_of(actor.workspace_id, subscription_id, "restart", key)


def _cancel(work: Work, billing: Billing, actor: Actor, subscription_id: str, reason: str) -> Subscription:
    subscription = work.subscription_as_admin(actor, subscription_id)
    now = work.situation(subscription)
    subscription.cancel(_checked(reason), actor.user_id, now)
    if now.change is not None:
        if now.change.payment_id is None:
            now.change.decide(
                ChangeState.DROPPED, work.now
            )  # undoing the cancellation does not bring it back
        elif not supersede(work, billing, subscription):
            raise PaymentInProgress
    return subscription


def _checked(reason: str) -> str:
    cleaned = visible(reason).strip()
    if fault := text_fault(cleaned, REASON_LIMIT, lines=True):
        raise BadFields({"reason": fault})
    return cleaned
