"""Plans: what can be bought and what a subscription can be changed to, as the catalogue sells it now."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from billing.models import Person, Price, Subscription
from billing.models.catalogue import ChangePolicy
from billing.models.subscriptions import Status
from billing.queries.prices import currencies_on_sale, on_sale_but, on_sale_of_add_on
from billing.queries.recipients import recipients_of
from billing.queries.subscriptions import running_of, tried_add_ons
from billing.values.actors import Actor
from billing.values.buyers import wants_tax_number
from billing.values.snapshots import Offer, PlanChoices, PlanOffer, SalesChoices
from billing.values.snapshots.offers import OF_PROPERTY
from billing.work import Billing, Work


def choices(billing: Billing, actor: Actor, subscription_id: str) -> PlanChoices:
    """Its own plan and all others of its add-on that are on sale in its currency, from small to large.

    Its own is offered at the price that it has, which may be one that is not sold any more. Raises NotFound,
    NotAllowed, and what stands against any change: AlreadyCancelled, AlreadyEnded, Unpaid, BeingRenewed,
    PaymentInProgress.
    """
    with billing.read("plan.choices") as work:
        subscription = work.subscription_as_admin(actor, subscription_id)
        subscription.can_change(work.situation(subscription)).or_refuse()
        has = subscription.price
        wanted = {"add_on_id": subscription.add_on_id, "currency": has.currency}
        sold = work.session.scalars(on_sale_of_add_on(), wanted)
        others = [price for price in sold if _plan_and_interval(price) != _plan_and_interval(has)]
        offers = sorted([has, *others], key=lambda price: (price.interval, price.plan.rank, price.plan_id))
        add_on, offered = has.plan.add_on, tuple(_offer(one, has) for one in offers)
        policy = _policy(subscription, work.now)
        return PlanChoices(work.snapshot(subscription), policy, offered, add_on.most)


def _policy(subscription: Subscription, at: datetime) -> str:
    """When a change of it would come, as `services.changes` does it now; "" where one sentence does not say it."""
    policy = subscription.price.plan.add_on.change_policy
    if subscription.is_paid_elsewhere or policy is ChangePolicy.PERIOD_END:
        return str(ChangePolicy.PERIOD_END)
    if subscription.status is Status.TRIALING:
        return "trial"
    # On the last day an upgrade comes at the renewal, and another interval now.
    return "" if policy is ChangePolicy.PRORATE and subscription.days_left(at) <= 0 else str(policy)


def currencies(billing: Billing, _actor: Actor) -> tuple[str, ...]:
    """The currencies in which anything is on sale, by their codes."""
    with billing.read("plan.currencies") as work:
        return tuple(work.session.scalars(currencies_on_sale()))


def on_sale(billing: Billing, actor: Actor, property_id: str | None = None) -> SalesChoices:
    """What that property, or the chosen one, can buy and does not have. Raises NoProperty, NotFound, NotAllowed."""
    with billing.read("plan.on_sale") as work:
        prop, role = work.property_as_reader(actor, property_id)
        work.property_as_admin(actor, prop.id)
        has = work.session.scalars(running_of(), prop.key).all()
        addresses = {one.address: one.id for one in has if one.address and one.has_own_buyer}
        if prop.address is not None:
            addresses = {prop.address: OF_PROPERTY, **addresses}
        people = recipients_of(work.session, actor.workspace_id, prop.id)
        own = work.session.get(Person, (actor.workspace_id, actor.user_id))
        tried = set(work.session.scalars(tried_add_ons(), prop.key))
        offers = _offers(work, prop.currency, {one.add_on_id for one in has}, tried)
        sells = bool(offers or _offers(work, prop.currency, ()))
        return SalesChoices(
            prop.snapshot(role),
            offers,
            tuple((subscription_id, address) for address, subscription_id in addresses.items()),
            tuple(sorted(people)),
            own.email if own and own.email in people else None,
            prop.country,
            None if sells else prop.currency,
            not addresses and wants_tax_number(billing.issuer.seller.country, prop.country),
        )


def _offers(
    work: Work, currency: str, owned: Collection[str], tried: Collection[str] = ()
) -> tuple[Offer, ...]:
    """What is on sale in that currency, but the add-ons `owned`, by name; without a trial where it was `tried`."""
    prices = work.session.scalars(on_sale_but(), {"currency": currency, "owned": sorted(owned)})
    offers = sorted(prices, key=lambda one: (one.plan.add_on.name, one.interval, one.plan.rank, one.plan_id))
    return tuple(_sold(one, 0 if one.add_on_id in tried else one.trial_days) for one in offers)


def _sold(price: Price, trial_days: int) -> Offer:
    plan = price.plan
    return Offer(
        plan.add_on_id,
        plan.add_on.name,
        plan.id,
        plan.name,
        price.interval,
        price.amount,
        trial_days,
        plan.add_on.most,
    )


def _offer(price: Price, has: Price) -> PlanOffer:
    return PlanOffer(price.plan_id, price.plan.name, price.interval, price.amount, is_own=price is has)


def _plan_and_interval(price: Price) -> tuple[str, str]:
    return price.plan_id, price.interval
