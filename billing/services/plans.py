"""Plans: what a subscription can be changed to, as the catalogue sells it now."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from billing.domain.actors import Actor
from billing.domain.models import Plan, Price, Subscription
from billing.domain.snapshots import PlanChoices, PlanOffer
from billing.work import Billing, Work


def choices(billing: Billing, actor: Actor, subscription_id: str) -> PlanChoices:
    """Its own plan and all others of its add-on that are on sale in its currency, from small to large.

    Its own is offered at the price that it has, which may be one that is not sold any more. Raises NotFound,
    NotAllowed, and what stands against any change: AlreadyCancelled, AlreadyEnded, Unpaid, BeingRenewed,
    PaymentInProgress.
    """
    with billing.look("plan.choices") as work:
        subscription = work.subscription_as_admin(actor, subscription_id)
        subscription.refuse_unless_changeable(work.now)
        has = subscription.price
        others = [
            price
            for price in _on_sale(work, subscription)
            if _plan_and_interval(price) != _plan_and_interval(has)
        ]
        offers = sorted([has, *others], key=lambda price: (price.interval, price.plan.rank, price.plan_id))
        policy = str(has.plan.add_on.change_policy)
        return PlanChoices(work.snapshot(subscription), policy, tuple(_offer(one, has) for one in offers))


def _on_sale(work: Work, subscription: Subscription) -> list[Price]:
    return list(
        work.session.scalars(
            select(Price)
            .where(
                Price.add_on_id == subscription.add_on_id,
                Price.currency == subscription.price.currency,
                Price.on_sale,
            )
            .options(joinedload(Price.plan).joinedload(Plan.add_on))
        )
    )


def _offer(price: Price, has: Price) -> PlanOffer:
    return PlanOffer(price.plan_id, price.plan.name, price.interval, price.amount, is_own=price is has)


def _plan_and_interval(price: Price) -> tuple[str, str]:
    return price.plan_id, price.interval
