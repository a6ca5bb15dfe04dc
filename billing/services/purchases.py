"""Buying: paid first, then issued; a failed payment leaves nothing behind."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm.attributes import set_committed_value

from billing.invoicing.billable import rely_on_number
from billing.invoicing.drafts import Draft, Upcoming
from billing.invoicing.parties import Party
from billing.invoicing.quotes import quote, refuse_if_changed, refuse_without_approval
from billing.models import Payment, PaymentMethod, Price, Property, Subscription
from billing.models.base import new_id
from billing.models.open_payments import OpenPayment
from billing.models.payments import PaymentKind
from billing.models.rules import Situation
from billing.models.subscriptions import Status
from billing.payments.collection import collect_or_refuse, snapshot
from billing.payments.opening import open_first_payment, payment_key_of, refuse_unless_charged_exactly
from billing.payments.outcomes import PaymentKey, keep_profile
from billing.payments.plan_changes import price_on_sale
from billing.payments.superseded import giving_way, refuse_second_unless_superseded
from billing.queries.recipients import recipient_at
from billing.queries.subscriptions import new_subscription, tried_add_ons
from billing.services.reminders import next_reminder
from billing.values.actors import Actor
from billing.values.addresses import BillingAddress
from billing.values.companies import Company
from billing.values.cycles import Anchor, Interval
from billing.values.events import SubscriptionStarted
from billing.values.refusals import BadQuantity, NotFound
from billing.values.snapshots import PaymentSnapshot, Quote, SubscriptionSnapshot
from billing.work import Billing, Work


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be bought. `add_on_id` and `plan_id` are the catalogue's; the currency is the property's.

    It is for `address` and `company`, nobody named yet without both, or it `follows_profile` of the property.
    """

    property_id: str
    add_on_id: str
    plan_id: str
    interval: Interval
    payment_method_id: str | None = None
    address: BillingAddress | None = None
    receipts_to: str | None = None
    quantity: int = 1
    company: Company | None = None
    follows_profile: bool = False


@dataclass(frozen=True, slots=True)
class PurchaseResult:
    """A purchase, and where its payment stands; a trial has none."""

    subscription: SubscriptionSnapshot
    payment: PaymentSnapshot | None


def preview_purchase(billing: Billing, actor: Actor, order: Order, *, needs_card: bool = True) -> Quote:
    """What buying would cost, by the code that buys. Raises what `purchase` raises, but for the payment.

    Where it need not have a card yet, it is shown what it will cost with one.
    """
    with billing.dry_run("purchase.preview") as work:
        return prepare(work, billing, actor, order, key="preview", needs_card=needs_card)[1]


def purchase(
    billing: Billing, actor: Actor, order: Order, *, key: str, expected_quote: str | None = None
) -> PurchaseResult:
    """Buys: charges the card, then issues the invoice and begins the first cycle (product, line 18).

    `key` is the same for every click on one confirmation: however many, it is one purchase and one charge.
    `expected_quote` is the fingerprint of the quote that was shown. Raises NotSold, AlreadyBought, NoPaymentMethod,
    BadQuantity, NotFound, NotAllowed, PreviewChanged, NeedsApproval, BadFields for a recipient of receipts that is
    none of the property's addresses, TaxCaseUnknown, InvoiceIncomplete, NotSendable and VatNumberInvalid where the
    invoice could not be issued (for a trial: its first), AmountNotCharged and AmountNotExact where the gateway takes
    no such charge, PaymentDeclined with nothing left.
    """
    bought = giving_way(billing, lambda: _buy(billing, actor, order, key, expected_quote))
    if bought.payment is None:
        return bought
    paid = collect_or_refuse(billing, PaymentKey(actor.workspace_id, bought.payment.id))
    with billing.read("purchase.look") as work:
        subscription = work.subscription_as_reader(actor, bought.subscription.id)
        return PurchaseResult(work.snapshot(subscription), paid)


def _buy(
    billing: Billing, actor: Actor, order: Order, key: str, expected_quote: str | None
) -> PurchaseResult:
    """What is bought and what is to be paid for it; nothing for a trial."""
    with billing.work("purchase.make") as work:
        prop = work.property_as_admin(actor, order.property_id, lock=True)
        payment = work.payment_of(
            actor.workspace_id, payment_key_of(prop.workspace_id, prop.id, "purchase", key)
        )
        if payment is not None:
            subscription = work.subscription_as_reader(actor, payment.subscription_id)
            return PurchaseResult(work.snapshot(subscription), snapshot(work.session, payment, None))
        payment, now = prepare(work, billing, actor, order, key=key)
        refuse_if_changed(now, expected_quote)
        refuse_without_approval(now)
        return PurchaseResult(now.subscription, snapshot(work.session, payment, None) if payment else None)


def prepare(
    work: Work, billing: Billing, actor: Actor, order: Order, *, key: str, needs_card: bool = True
) -> tuple[Payment | None, Quote]:
    """Everything of a purchase but the charge, whether or not another admin has to approve it."""
    prop = work.property_as_admin(actor, order.property_id, lock=True)
    refuse_second_unless_superseded(work, billing, prop, order.add_on_id)
    price = price_on_sale(work.session, order.add_on_id, order.plan_id, order.interval, prop.currency)
    _refuse_bad_order(work, actor, prop, order, price)
    subscription = _new_subscription(work, actor, prop, order, price)
    anchor = subscription.anchored(work.now, price.interval)
    drafter = work.drafter
    if price.trial_days and order.add_on_id not in work.session.scalars(tried_add_ons(), prop.key).all():
        subscription.start_trial(anchor, price.trial_days)
        comes = drafter.charge_after_trial(subscription)
        refuse_unless_charged_exactly(comes.total, billing.gateway.limits(price.currency))
        return None, _begin_trial(work, subscription, actor, comes)
    draft = drafter.cycle(subscription, price, order.quantity, anchor.period(0))
    key = payment_key_of(prop.workspace_id, prop.id, "purchase", key)
    payment, left = _open(work, billing, subscription, draft, actor, key, needs_card=needs_card)
    comes = Upcoming.of(subscription, *drafter.next_cycle(subscription, None))
    charge = work.next_charge(subscription, comes, left)
    now = Situation(work.now, payment=OpenPayment(PaymentKind.PURCHASE))
    shown = drafter.snapshot(subscription, now, charge)
    return payment, quote(shown, draft, payment, work.now, charge, limit=prop.approval_limit)


def _begin_trial(work: Work, subscription: Subscription, actor: Actor, comes: Upcoming) -> Quote:
    buyer = Party.of(subscription).buyer
    rely_on_number(work.session, work.drafter, subscription.workspace_id, buyer, work.now)
    if subscription.payment_method_id is None:
        subscription.remind_at = next_reminder(subscription, work.now)
    work.session.flush()
    shown = work.snapshot(subscription)
    work.tell(
        SubscriptionStarted(
            **subscription.about(), by=actor.user_id, trial_ends_at=subscription.period_end_at
        ),
        subscription.prop,
    )
    work.record("subscription.trial", subscription.id)
    keep_profile(work, subscription)
    return quote(shown, None, None, work.now, work.next_charge(subscription, comes))


def _open(
    work: Work,
    billing: Billing,
    subscription: Subscription,
    draft: Draft,
    actor: Actor,
    key: str,
    *,
    needs_card: bool,
) -> tuple[Payment, int]:
    opened = open_first_payment(
        work.session,
        billing.gateway.limits(draft.document.currency),
        subscription,
        PaymentKind.PURCHASE,
        draft,
        key=key,
        requested_by=actor.user_id,
        at=work.now,
        needs_card=needs_card,
    )
    work.record("purchase.ask", subscription.id, after={"total": draft.document.total.minor})
    return opened


def _refuse_bad_order(work: Work, actor: Actor, prop: Property, order: Order, price: Price) -> None:
    """Raises BadQuantity, and NotFound for a card that is none of the property's."""
    if not 1 <= order.quantity <= price.plan.add_on.most:
        raise BadQuantity(price.plan.add_on.most)
    if order.payment_method_id is not None:
        method = work.session.get(PaymentMethod, (actor.workspace_id, order.payment_method_id))
        if method is None or method.removed_at or method.property_id != prop.id:
            raise NotFound("payment method")


def _new_subscription(work: Work, actor: Actor, prop: Property, order: Order, price: Price) -> Subscription:
    subscription = Subscription(
        workspace_id=actor.workspace_id,
        id=new_id("sub"),
        property_id=prop.id,
        add_on_id=order.add_on_id,
        price_id=price.id,
        quantity=order.quantity,
        status=Status.INCOMPLETE,
        billing_admin_id=actor.user_id,
        payment_method_id=order.payment_method_id,
        purchased_at=work.now,
    )
    if order.receipts_to is not None:
        subscription.send_receipts_to(
            recipient_at(work.session, actor.workspace_id, prop.id, order.receipts_to)
        )
    _bill(subscription, prop, order)
    subscription.start(Anchor.at(work.now, prop.time_zone, price.interval))
    work.session.add(subscription)
    work.session.flush()
    return work.session.scalars(new_subscription(), subscription.key).one()


def _bill(subscription: Subscription, prop: Property, order: Order) -> None:
    """Who was named in the order, or the property's profile; who is named first becomes that, as it is bought."""
    set_committed_value(subscription, "prop", prop)
    buyer = (prop.address, prop.company) if order.follows_profile else (order.address, order.company)
    subscription.bill(*buyer)
    if prop.address is None:
        subscription.has_own_buyer = False
