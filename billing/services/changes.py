"""Changing the plan or the quantity: now or at the end of the cycle, as the add-on's policy says."""

from __future__ import annotations

from dataclasses import dataclass

from billing.invoicing.creditable import billed_to_end
from billing.invoicing.drafts import Draft, Upcoming
from billing.invoicing.forecasts import next_credit
from billing.invoicing.quotes import quote, refuse_if_changed
from billing.locks import write
from billing.models import Payment, PlannedChange, Price, Subscription
from billing.models.catalogue import ChangePolicy
from billing.models.changes import ChangeState
from billing.models.payments import OpenPayment, PaymentKind
from billing.models.rules import Situation
from billing.models.subscriptions import Status
from billing.payments.collection import collect_or_refuse, snapshot
from billing.payments.opening import open_first_payment, payment_key_of
from billing.payments.outcomes import PaymentKey
from billing.payments.plan_changes import plan_change, price_on_sale
from billing.payments.superseded import giving_way, supersede
from billing.values.actors import Actor
from billing.values.cycles import Interval
from billing.values.events import ChangePlanned, PlanChanged, PlannedChangeUndone
from billing.values.refusals import (
    BadQuantity,
    BeingRenewed,
    CannotPause,
    NothingPending,
    SamePlan,
)
from billing.values.snapshots import PaymentSnapshot, Quote, SubscriptionSnapshot
from billing.work import Billing, Work


@dataclass(frozen=True, slots=True)
class PlanSelection:
    """The plan, interval and quantity that a subscription shall have."""

    plan_id: str
    interval: Interval
    quantity: int = 1


@dataclass(frozen=True, slots=True)
class Changed:
    """A change, and where its payment stands; one that waits for the end of the cycle has none."""

    subscription: SubscriptionSnapshot
    payment: PaymentSnapshot | None


def preview_change(billing: Billing, actor: Actor, subscription_id: str, wish: PlanSelection) -> Quote:
    """What the change would cost and when it would come, by the code that changes.

    Raises what `change` raises, but for the payment.
    """
    with billing.dry_run("change.preview") as work:
        return _prepare(work, billing, actor, subscription_id, wish, key="preview")[1]


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
    is paid; down at the end of the cycle. `reset`: at once, when a new whole cycle is paid. `key` and
    `expected_quote` are as in a purchase. Raises NotFound, NotAllowed, NotSold, SamePlan, BadQuantity,
    AlreadyCancelled, AlreadyEnded, BeingRenewed, Unpaid, PaymentInProgress, NoPaymentMethod, PreviewChanged,
    TaxCaseUnknown and InvoiceIncomplete where what it costs could not be invoiced, and PaymentDeclined or NotIssued,
    after which the plan is as it was.
    """
    changed = giving_way(billing, lambda: _change(billing, actor, subscription_id, wish, key, expected_quote))
    if changed.payment is None:
        return changed
    paid = collect_or_refuse(billing, PaymentKey(actor.workspace_id, changed.payment.id))
    with billing.read("change.look") as work:
        return Changed(work.snapshot(work.subscription_as_reader(actor, subscription_id)), paid)


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
        payment = work.payment_of(_key_of(subscription, key))
        if payment is not None:
            return Changed(work.snapshot(subscription), snapshot(payment, None))
        payment, now = _prepare(work, billing, actor, subscription_id, wish, key=key)
        refuse_if_changed(now, expected_quote)
        return Changed(now.subscription, snapshot(payment, None) if payment else None)


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
        if pending.payment_id is None:
            pending.decide(ChangeState.DROPPED, work.now)
        else:
            supersede(work, billing, subscription)
        undone = PlannedChangeUndone(**subscription.about(), by=actor.user_id, change_id=pending.id)
        work.tell(undone, subscription.prop)
        work.record("change.undo", subscription.id, before={"plan": pending.price.plan_id})
        return work.snapshot(subscription)


def refuse_pause(billing: Billing, actor: Actor, subscription_id: str) -> None:
    """There is no pause: always raises CannotPause, for those who may ask (product, line 14)."""
    with billing.work("change.pause") as work:
        raise CannotPause(work.subscription_as_admin(actor, subscription_id).price.interval)


def _prepare(
    work: Work, billing: Billing, actor: Actor, subscription_id: str, wish: PlanSelection, *, key: str
) -> tuple[Payment | None, Quote]:
    """Everything of a change but the charge."""
    subscription = work.subscription_as_admin(actor, subscription_id)
    now = work.situation(subscription)
    subscription.can_change(now).or_refuse()
    price = _wished(work, subscription, wish)
    if now.payment is not None:
        supersede(work, billing, subscription)
    if now.change is not None and now.change.state is ChangeState.PENDING:  # the new one takes its place
        now.change.decide(ChangeState.DROPPED, work.now)
        write(work.session)  # it leaves before another can come
    policy = subscription.price.plan.add_on.change_policy
    if subscription.status is Status.TRIALING and policy is not ChangePolicy.PERIOD_END:
        return None, _switch_trial(work, actor, subscription, price, wish)
    other_cycle = price.interval is not subscription.anchor_interval
    if policy is ChangePolicy.RESET or (policy is ChangePolicy.PRORATE and other_cycle):
        if subscription.period_start_at >= work.now:
            raise BeingRenewed  # two cycles cannot begin at one moment
        return _at_once(work, actor, subscription, price, wish, key, new_cycle=True)
    if policy is ChangePolicy.PRORATE and _is_upgrade_now(work, subscription, price, wish):
        return _at_once(work, actor, subscription, price, wish, key, new_cycle=False)
    return None, _at_the_end(work, actor, subscription, price, wish)


def _is_upgrade_now(work: Work, subscription: Subscription, price: Price, wish: PlanSelection) -> bool:
    """In the last hours of a cycle no whole day is left to charge: then it comes with the next one."""
    more = price.minor * wish.quantity > subscription.price.minor * subscription.quantity
    return more and subscription.days_left(work.now) > 0


def _at_once(
    work: Work,
    actor: Actor,
    subscription: Subscription,
    price: Price,
    wish: PlanSelection,
    key: str,
    *,
    new_cycle: bool,
) -> tuple[Payment, Quote]:
    draft = _draft_now(work, subscription, price, wish, new_cycle=new_cycle)
    payment, left = _open(work, actor, subscription, draft, key)
    planned = _plan(work, actor, subscription, price, wish, payment.id, new_cycle=new_cycle)
    total = draft.document.total.minor
    work.record("change.ask", subscription.id, after={"plan": wish.plan_id, "total": total})
    anchor = subscription.anchored(work.now, price.interval) if new_cycle else subscription.anchor
    following = anchor.period(1) if new_cycle else subscription.next_period
    drafter = work.issuer.drafter(work.now)
    comes = Upcoming.of(
        subscription, anchor, following, drafter.cycle(subscription, price, wish.quantity, following)
    )
    credit = next_credit(work.session, drafter, subscription, comes, left)
    shown = drafter.snapshot(subscription, Situation(work.now, planned, OpenPayment(PaymentKind.CHANGE)))
    return payment, quote(shown, draft, payment, work.now, comes, credit)


def _draft_now(
    work: Work, subscription: Subscription, price: Price, wish: PlanSelection, *, new_cycle: bool
) -> Draft:
    drafter = work.issuer.drafter(work.now)
    policy = subscription.price.plan.add_on.change_policy
    billed = billed_to_end(work.session, subscription) if policy is ChangePolicy.PRORATE else ()
    if new_cycle:
        period = subscription.anchored(work.now, price.interval).period(0)
        return drafter.new_cycle(subscription, price, wish.quantity, period, billed)
    return drafter.switch(subscription, price, wish.quantity, billed, work.now)


def _open(
    work: Work, actor: Actor, subscription: Subscription, draft: Draft, key: str
) -> tuple[Payment, int]:
    return open_first_payment(
        work.session,
        subscription,
        PaymentKind.CHANGE,
        draft,
        key=_key_of(subscription, key),
        requested_by=actor.user_id,
        at=work.now,
    )


def _plan(
    work: Work,
    actor: Actor,
    subscription: Subscription,
    price: Price,
    wish: PlanSelection,
    payment_id: str | None,
    *,
    new_cycle: bool,
) -> PlannedChange:
    by, at = actor.user_id, work.now
    return plan_change(
        work.session, subscription, price, wish.quantity, by, at, payment_id, new_cycle=new_cycle
    )


def _at_the_end(
    work: Work, actor: Actor, subscription: Subscription, price: Price, wish: PlanSelection
) -> Quote:
    planned = _plan(work, actor, subscription, price, wish, None, new_cycle=False)
    told = ChangePlanned(
        **subscription.about(),
        by=actor.user_id,
        next_plan=price.plan.name,
        quantity=wish.quantity,
        applies_at=subscription.period_end_at,
        change_id=planned.id,
    )
    work.tell(told, subscription.prop)
    work.record("change.plan", subscription.id, after={"plan": wish.plan_id, "quantity": wish.quantity})
    drafter = work.issuer.drafter(work.now)
    anchor, period, following = drafter.next_cycle(subscription, planned)
    following.refuse_if_incomplete()
    comes = Upcoming.of(subscription, anchor, period, following)
    left = work.situation(subscription).credit  # nothing is paid now, so that all of it is left
    credit = next_credit(work.session, drafter, subscription, comes, left)
    shown = drafter.snapshot(subscription, Situation(work.now, planned), credit)
    return quote(shown, None, None, comes.period.start_at, comes, credit)


def _switch_trial(
    work: Work, actor: Actor, subscription: Subscription, price: Price, wish: PlanSelection
) -> Quote:
    """In a trial nothing was billed, so there is nothing to settle: the plan changes and the trial goes on."""
    before = subscription.price.plan.name
    subscription.switch(price, wish.quantity)
    comes = work.issuer.drafter(work.now).charge_after_trial(subscription)
    told = PlanChanged(**subscription.about(), by=actor.user_id, before=before, currency=price.currency)
    work.tell(told, subscription.prop)
    work.record("change.trial", subscription.id, after={"plan": wish.plan_id})
    shown = work.snapshot(subscription)
    credit = shown.next_credit.minor if shown.next_credit else 0
    return quote(shown, None, None, work.now, comes, credit)


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


def _key_of(subscription: Subscription, key: str) -> str:
    return payment_key_of(subscription.workspace_id, subscription.id, "change", key)
