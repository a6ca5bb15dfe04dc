"""Changing the plan or the quantity: now or at the end of the cycle, as the add-on's policy says."""

from __future__ import annotations

from dataclasses import dataclass, replace

from billing.invoicing.drafts import Draft, pending_of
from billing.invoicing.quotes import refuse_if_changed, refuse_without_approval
from billing.locks import write
from billing.models import Payment, PlannedChange, Price, Subscription
from billing.models.catalogue import ChangePolicy
from billing.models.changes import ChangeState
from billing.models.subscriptions import Status
from billing.payments.change_orders import (
    ChangeOrder,
    at_once,
    at_the_end,
    change_key,
    is_upgrade_now,
    switch_trial,
)
from billing.payments.collection import collect_or_refuse, snapshot
from billing.payments.outcomes import PaymentKey
from billing.payments.plan_changes import (
    drop_pending_change,
    price_on_sale,
)
from billing.payments.superseded import giving_way, supersede
from billing.queries.plan_changes import pending_change
from billing.values.actors import Actor
from billing.values.cycles import Interval
from billing.values.events import PlannedChangeUndone
from billing.values.refusals import (
    BadQuantity,
    BeingRenewed,
    CannotPause,
    NothingPending,
    SamePlan,
)
from billing.values.snapshots import (
    PaidTimeLost,
    PaymentSnapshot,
    PendingSnapshot,
    Quote,
    SubscriptionSnapshot,
)
from billing.work import Billing, Work


@dataclass(frozen=True, slots=True)
class PlanSelection:
    """The plan, interval and quantity that a subscription shall have."""

    plan_id: str
    interval: Interval
    quantity: int = 1


@dataclass(frozen=True, slots=True)
class Changed:
    """A change, and where its payment stands; one that waits for the end of the cycle has none.

    `lost` is the paid time that went with it, `replaced` the planned change that it dropped.
    """

    subscription: SubscriptionSnapshot
    payment: PaymentSnapshot | None
    lost: PaidTimeLost | None = None
    replaced: PendingSnapshot | None = None


def preview_change(
    billing: Billing, actor: Actor, subscription_id: str, wish: PlanSelection, *, needs_card: bool = True
) -> Quote:
    """What the change would cost and when it would come, by the code that changes.

    Raises what `change` raises, but for the payment, and NoPaymentMethod only where it `needs_card`.
    """
    with billing.dry_run("change.preview") as work:
        return prepare(work, billing, actor, subscription_id, wish, key="preview", needs_card=needs_card)[1]


def change(
    billing: Billing,
    actor: Actor,
    subscription_id: str,
    wish: PlanSelection,
    *,
    key: str,
    expected_quote: str | None = None,
) -> Changed:
    """Changes plan, interval or quantity by the add-on's policy (product, line 11).

    `period_end`: at the end of the cycle, nothing is charged now. `prorate`: up at once, when the difference
    is paid; down at the end of the cycle. `reset`: at once, when a new whole cycle is paid. In the cycle in which a
    subscription was imported every change comes at its end: another system billed that one. `key` and
    `expected_quote` are as in a purchase. Raises NotFound, NotAllowed, NotSold, SamePlan, BadQuantity,
    AlreadyCancelled, AlreadyEnded, BeingRenewed, Unpaid, PaymentInProgress, NoPaymentMethod, PreviewChanged,
    NeedsApproval, TaxCaseUnknown, InvoiceIncomplete and NotSendable where what it costs could not be invoiced,
    AmountNotCharged where the gateway takes no charge of what it costs now or from then on, and PaymentDeclined or
    NotIssued, after which the plan is as it was.
    """
    changed = giving_way(billing, lambda: _change(billing, actor, subscription_id, wish, key, expected_quote))
    if changed.payment is None:
        return changed
    paid = collect_or_refuse(billing, PaymentKey(actor.workspace_id, changed.payment.id))
    with billing.read("change.look") as work:
        now = work.snapshot(work.subscription_as_reader(actor, subscription_id))
        return replace(changed, subscription=now, payment=paid)


def _change(
    billing: Billing,
    actor: Actor,
    subscription_id: str,
    wish: PlanSelection,
    key: str,
    expected_quote: str | None,
) -> Changed:
    """What is changed, or planned, and what is to be paid for it."""
    with billing.work("change.make") as work:
        subscription = work.subscription_as_admin(actor, subscription_id)
        payment = work.payment_of(actor.workspace_id, change_key(subscription, key))
        if payment is not None:
            lost = Draft.from_json(payment.draft).lost if payment.draft else None
            return Changed(work.snapshot(subscription), snapshot(work.session, payment, None), lost)
        if _is_planned(work.situation(subscription).change, wish):
            return Changed(work.snapshot(subscription), None)
        payment, now = prepare(work, billing, actor, subscription_id, wish, key=key)
        refuse_if_changed(now, expected_quote)
        refuse_without_approval(now)
        paid = snapshot(work.session, payment, None) if payment else None
        return Changed(now.subscription, paid, now.lost, now.replaces)


def _is_planned(change: PlannedChange | None, wish: PlanSelection) -> bool:
    """Whether it is what the end of the cycle brings already: a second yes to the same form plans nothing anew."""
    if change is None or change.payment_id is not None:
        return False
    price = change.price
    return (price.plan_id, price.interval, change.quantity) == (wish.plan_id, wish.interval, wish.quantity)


def undo_change(
    billing: Billing, actor: Actor, subscription_id: str, change_id: str | None = None
) -> SubscriptionSnapshot:
    """Takes a planned change back before its date (product, line 31).

    `change_id` is the one that the actor had before their eyes: an old button undoes no later change. Raises
    NotFound, NotAllowed, NothingPending, and PaymentInProgress for one that is being paid.
    """
    return giving_way(billing, lambda: _undo(billing, actor, subscription_id, change_id))


def _undo(
    billing: Billing, actor: Actor, subscription_id: str, change_id: str | None
) -> SubscriptionSnapshot:
    with billing.work("change.undo") as work:
        subscription = work.subscription_as_admin(actor, subscription_id)
        now = work.situation(subscription)
        pending = now.change
        if pending is None or change_id not in (None, pending.id):
            raise NothingPending
        subscription.can_undo_change(now).or_refuse()
        dropped = None
        if pending.payment_id is None:
            pending.decide(ChangeState.DROPPED, work.now)
        else:
            supersede(work, billing, subscription)
            dropped = drop_pending_change(work.session, subscription, work.now)  # what that one had dropped
        for undone in filter(None, (dropped, pending)):
            told = PlannedChangeUndone(**subscription.about(), by=actor.user_id, change_id=undone.id)
            work.tell(told, subscription.prop)
        work.record("change.undo", subscription.id, before={"plan": pending.price.plan_id})
        return replace(work.snapshot(subscription), dropped=pending_of(subscription, dropped))


def refuse_pause(billing: Billing, actor: Actor, subscription_id: str) -> None:
    """There is no pause: always raises CannotPause, for those who may ask (product, line 14)."""
    with billing.work("change.pause") as work:
        raise CannotPause(work.subscription_as_admin(actor, subscription_id).price.interval)


def prepare(
    work: Work,
    billing: Billing,
    actor: Actor,
    subscription_id: str,
    wish: PlanSelection,
    *,
    key: str,
    needs_card: bool = True,
) -> tuple[Payment | None, Quote]:
    """Everything of a change but the charge, whether or not another admin has to approve it."""
    subscription = work.subscription_as_admin(actor, subscription_id)
    now = work.situation(subscription)
    subscription.can_change(now).or_refuse()
    price = _wished(work, subscription, wish)
    pending = now.change
    if now.payment is not None and supersede(work, billing, subscription):
        pending = pending_change(work.session, subscription)  # what that one had dropped
    if pending is not None:  # the new one takes its place
        pending.decide(ChangeState.DROPPED, work.now)
        write(work.session)  # it leaves before another can come
    limits = billing.gateway.limits(price.currency)
    wanted = ChangeOrder(work, limits, actor, subscription, price, wish.quantity, pending, needs_card)
    if subscription.is_paid_elsewhere:
        return None, at_the_end(wanted)  # what was paid there cannot be given back by an invoice of ours
    policy = subscription.price.plan.add_on.change_policy
    if subscription.status is Status.TRIALING and policy is not ChangePolicy.PERIOD_END:
        return None, switch_trial(wanted)
    other_cycle = price.interval is not subscription.anchor_interval
    if policy is ChangePolicy.RESET or (policy is ChangePolicy.PRORATE and other_cycle):
        if subscription.period_start_at >= work.now:
            raise BeingRenewed  # two cycles cannot begin at one moment
        return at_once(wanted, key, new_cycle=True)
    if policy is ChangePolicy.PRORATE and is_upgrade_now(wanted):
        return at_once(wanted, key, new_cycle=False)
    return None, at_the_end(wanted)


def _wished(work: Work, subscription: Subscription, wish: PlanSelection) -> Price:
    """The price of the wish: the one it has where only the quantity changes, else one on sale."""
    has = subscription.price
    if not 1 <= wish.quantity <= has.plan.add_on.most:
        raise BadQuantity(has.plan.add_on.most)
    if (has.plan_id, has.interval) == (wish.plan_id, wish.interval):
        if subscription.quantity == wish.quantity:
            raise SamePlan
        return has
    return price_on_sale(work.session, subscription.add_on_id, wish.plan_id, wish.interval, has.currency)
