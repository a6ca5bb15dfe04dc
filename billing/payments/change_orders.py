"""Change orders: everything of a change of plan but the charge, now or at the end of the cycle."""

from __future__ import annotations

from dataclasses import dataclass, replace

from billing.invoicing.billable import rely_on_number
from billing.invoicing.creditable import billed_to_end
from billing.invoicing.drafts import Draft, Upcoming, pending_of
from billing.invoicing.parties import Party
from billing.invoicing.quotes import quote
from billing.invoicing.unused_time import needs_credit_notes
from billing.models import Payment, PlannedChange, Price, Subscription
from billing.models.catalogue import ChangePolicy
from billing.models.open_payments import OpenPayment
from billing.models.payments import PaymentKind
from billing.models.rules import Situation
from billing.payments.opening import open_first_payment, payment_key_of
from billing.payments.plan_changes import (
    change_told,
    drop_told,
    plan_change,
    terms_of,
)
from billing.values.actors import Actor
from billing.values.charges import ChargeLimits
from billing.values.events import ChangePlanned
from billing.values.snapshots import (
    PendingSnapshot,
    Quote,
)
from billing.work import Work


@dataclass(frozen=True, slots=True)
class ChangeOrder:
    """What is to become of a subscription, and the planned change that is dropped for it."""

    work: Work
    limits: ChargeLimits
    actor: Actor
    subscription: Subscription
    price: Price
    quantity: int
    replaces: PlannedChange | None
    needs_card: bool = True

    @property
    def named(self) -> dict[str, object]:
        """As the audit log keeps it."""
        return {"plan": self.price.plan_id, "quantity": self.quantity}

    @property
    def dropped(self) -> PendingSnapshot | None:
        """The planned change that is dropped, as a reader sees it."""
        return pending_of(self.subscription, self.replaces)


def is_upgrade_now(wanted: ChangeOrder) -> bool:
    """In the last hours of a cycle no whole day is left to charge: then it comes with the next one."""
    has = wanted.subscription
    more = wanted.price.minor * wanted.quantity > has.price.minor * has.quantity
    return more and has.days_left(wanted.work.now) > 0


def at_once(wanted: ChangeOrder, key: str, *, new_cycle: bool) -> tuple[Payment, Quote]:
    """It comes when its payment is paid: at once, in this cycle or in a new one."""
    work, subscription = wanted.work, wanted.subscription
    draft = _draft_now(wanted, new_cycle=new_cycle)
    payment, left = _open(wanted, draft, key)
    planned = _plan(wanted, payment.id, new_cycle=new_cycle)
    total = draft.document.total.minor
    work.record("change.ask", subscription.id, after={"plan": wanted.price.plan_id, "total": total})
    anchor = subscription.anchored(work.now, wanted.price.interval) if new_cycle else subscription.anchor
    following = anchor.period(1) if new_cycle else subscription.next_period
    drafter = work.drafter
    cycle = drafter.cycle(subscription, wanted.price, wanted.quantity, following)
    comes = Upcoming.of(subscription, anchor, following, cycle)
    charge = work.next_charge(subscription, comes, left)
    now = Situation(work.now, planned, OpenPayment(PaymentKind.CHANGE))
    shown = drafter.snapshot(subscription, now, charge)
    apart = needs_credit_notes(work.session, subscription, draft)
    invoice = draft.charges.document if apart else None
    limit = subscription.prop.approval_limit
    return payment, quote(shown, draft, payment, work.now, charge, wanted.dropped, invoice, limit)


def _draft_now(wanted: ChangeOrder, *, new_cycle: bool) -> Draft:
    """The document of a change that comes at once. Under `reset` nothing is given back, and it says what is lost."""
    work, subscription = wanted.work, wanted.subscription
    drafter, price, quantity = work.drafter, wanted.price, wanted.quantity
    billed = billed_to_end(work.session, subscription)
    if not new_cycle:
        return drafter.switch(subscription, price, quantity, billed, work.now)
    period = subscription.anchored(work.now, price.interval).period(0)
    if subscription.price.plan.add_on.change_policy is ChangePolicy.PRORATE:
        return drafter.new_cycle(subscription, price, quantity, period, billed)
    draft = drafter.new_cycle(subscription, price, quantity, period, ())
    return replace(draft, lost=drafter.lost(subscription, billed, work.now))


def _open(wanted: ChangeOrder, draft: Draft, key: str) -> tuple[Payment, int]:
    return open_first_payment(
        wanted.work.session,
        wanted.limits,
        wanted.subscription,
        PaymentKind.CHANGE,
        draft,
        key=change_key(wanted.subscription, key),
        needs_card=wanted.needs_card,
        requested_by=wanted.actor.user_id,
        at=wanted.work.now,
    )


def _plan(wanted: ChangeOrder, payment_id: str | None, *, new_cycle: bool) -> PlannedChange:
    return plan_change(
        wanted.work.session,
        wanted.subscription,
        wanted.price,
        wanted.quantity,
        wanted.actor.user_id,
        wanted.work.now,
        payment_id,
        new_cycle=new_cycle,
        replaces=wanted.replaces,
    )


def at_the_end(wanted: ChangeOrder) -> Quote:
    """It comes with the next cycle; nothing is paid before."""
    work, subscription = wanted.work, wanted.subscription
    planned = _plan(wanted, None, new_cycle=False)
    _tell_dropped(wanted)
    told = ChangePlanned(
        **subscription.about(),
        by=wanted.actor.user_id,
        next_plan=wanted.price.plan.name,
        quantity=wanted.quantity,
        applies_at=subscription.period_end_at,
        change_id=planned.id,
        interval=wanted.price.interval,
        before_quantity=subscription.quantity,
        before_interval=subscription.price.interval,
    )
    work.tell(told, subscription.prop)
    work.record("change.plan", subscription.id, after=wanted.named)
    drafter = work.drafter
    anchor, period, following = drafter.next_cycle(subscription, planned)
    following.refuse_if_incomplete()
    rely_on_number(work.session, drafter, subscription.workspace_id, following.document.buyer, work.now)
    comes = Upcoming.of(subscription, anchor, period, following)
    charge = work.next_charge(subscription, comes)
    shown = drafter.snapshot(subscription, Situation(work.now, planned), charge)
    return quote(shown, None, None, charge.at, charge, wanted.dropped)


def switch_trial(wanted: ChangeOrder) -> Quote:
    """In a trial nothing was billed, so there is nothing to settle: the plan changes and the trial goes on."""
    work, subscription = wanted.work, wanted.subscription
    had = terms_of(subscription)
    _tell_dropped(wanted)
    subscription.switch(wanted.price, wanted.quantity)
    buyer = Party.of(subscription).buyer
    rely_on_number(work.session, work.drafter, subscription.workspace_id, buyer, work.now)
    comes = work.drafter.charge_after_trial(subscription)
    work.tell(change_told(subscription, wanted.actor.user_id, had), subscription.prop)
    work.record("change.trial", subscription.id, after={"plan": wanted.price.plan_id})
    shown = work.snapshot(subscription)
    charge = work.next_charge(subscription, comes)
    return quote(shown, None, None, work.now, charge, wanted.dropped)


def _tell_dropped(wanted: ChangeOrder) -> None:
    """One that waits for its payment drops nothing before it is paid, and is told then."""
    if wanted.replaces is not None:
        told = drop_told(wanted.subscription, wanted.replaces, wanted.actor.user_id)
        wanted.work.tell(told, wanted.subscription.prop)


def change_key(subscription: Subscription, key: str) -> str:
    """The key of the payment of a change."""
    return payment_key_of(subscription.workspace_id, subscription.id, "change", key)
