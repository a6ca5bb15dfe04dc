"""How a property pays: its saved cards, which one a subscription uses, paying now, and what was tried."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import exists, or_, select

from billing.collecting import PaymentKey, collect, snapshot
from billing.domain.actors import Actor
from billing.domain.cycles import local_date
from billing.domain.errors import MethodInUse, NotFound, NothingToPay, PaymentInProgress
from billing.domain.holding import hold_property, hold_subscription
from billing.domain.models import AddOn, Invoice, Payment, PaymentAttempt, PaymentMethod, Subscription
from billing.domain.models.base import new_id
from billing.domain.models.payments import PaymentKind, PaymentState
from billing.domain.models.subscriptions import OVER
from billing.domain.settling import UNDECIDED, last_attempt
from billing.domain.snapshots import (
    AttemptSnapshot,
    CardSnapshot,
    MethodSnapshot,
    PaymentSnapshot,
    SubscriptionSnapshot,
)
from billing.work import Billing, Work


def methods(billing: Billing, actor: Actor, property_id: str | None = None) -> tuple[MethodSnapshot, ...]:
    """The saved cards of that property, or of the one that the actor has chosen, newest first.

    Raises NoProperty, NotFound, NotAllowed.
    """
    with billing.look("payment_method.list") as work:
        of_property, _ = work.property_as_reader(actor, property_id)
        kept = work.session.scalars(
            select(PaymentMethod)
            .where(
                PaymentMethod.workspace_id == actor.workspace_id,
                PaymentMethod.property_id == of_property.id,
                PaymentMethod.removed_at.is_(None),
            )
            .order_by(PaymentMethod.added_at.desc(), PaymentMethod.id.desc())
        ).all()
        pays = _paid_by(work, actor, [one.id for one in kept])
        today = local_date(work.now, of_property.time_zone)
        return tuple(
            MethodSnapshot(one.id, one.snapshot(), tuple(pays[one.id]), one.snapshot().expires(today))
            for one in kept
        )


def keep_method(billing: Billing, actor: Actor, property_id: str, token: str, card: CardSnapshot) -> str:
    """Keeps a card that the gateway has saved, by its token, for the property; answers its id.

    One that is kept already is not kept twice. Raises NotFound, NotAllowed.
    """
    with billing.work("payment_method.keep") as work:
        work.property_as_admin(actor, property_id, lock=True)
        kept = work.session.scalar(
            select(PaymentMethod.id).where(
                PaymentMethod.workspace_id == actor.workspace_id,
                PaymentMethod.property_id == property_id,
                PaymentMethod.token == token,
                PaymentMethod.removed_at.is_(None),
            )
        )
        if kept is not None:
            return kept
        method = PaymentMethod(
            workspace_id=actor.workspace_id,
            id=new_id("pm"),
            property_id=property_id,
            token=token,
            brand=card.brand,
            last_four=card.last_four,
            expiry_month=card.expiry_month,
            expiry_year=card.expiry_year,
            added_by=actor.user_id,
            added_at=work.now,
        )
        work.session.add(method)
        work.record(
            "payment_method.keep", method.id, after={"brand": card.brand, "last_four": card.last_four}
        )
        return method.id


def remove_method(billing: Billing, actor: Actor, payment_method_id: str) -> None:
    """Removes a saved card: it is offered and charged no more, and what was paid with it stays in the history.

    Plans that have ended lose it. Raises NotFound, NotAllowed, and MethodInUse while a subscription that lives,
    or is being bought or begun anew, pays with it.
    """
    with billing.work("payment_method.remove") as work:
        work.actor = actor
        method = work.session.get(PaymentMethod, (actor.workspace_id, payment_method_id))
        if method is None:
            raise NotFound("payment method")
        mine = (Subscription.workspace_id == actor.workspace_id, Subscription.payment_method_id == method.id)
        for subscription_id in work.session.scalars(
            select(Subscription.id).where(*mine).order_by(Subscription.id)
        ):
            hold_subscription(
                work.session, actor.workspace_id, subscription_id
            )  # before the property, as everywhere
        try:
            work.property_as_admin(actor, method.property_id, lock=True)
        except NotFound:
            raise NotFound("payment method") from None
        work.session.refresh(method)
        if method.removed_at is not None:
            raise NotFound("payment method")
        if names := _paid_by(work, actor, [method.id])[method.id]:
            raise MethodInUse(tuple(names))
        method.removed_at = work.now
        for ended in work.session.scalars(select(Subscription).where(*mine)):
            ended.payment_method_id = None
        work.record("payment_method.remove", method.id, before={"card": method.shown})


def choose_method(
    billing: Billing, actor: Actor, subscription_id: str, payment_method_id: str
) -> SubscriptionSnapshot:
    """The card of ONE subscription from now on (product, line 7): nothing is charged now, the others keep theirs.

    The actor becomes its Billing Admin. Raises NotFound, NotAllowed.
    """
    with billing.work("payment_method.choose") as work:
        subscription = work.subscription_as_admin(actor, subscription_id)
        hold_property(
            work.session, actor.workspace_id, subscription.property_id
        )  # no card is removed meanwhile
        method = work.session.get(PaymentMethod, (actor.workspace_id, payment_method_id))
        if method is None or method.removed_at or method.property_id != subscription.property_id:
            raise NotFound("payment method")
        before = subscription.payment_method_id
        subscription.payment_method_id, subscription.billing_admin_id = method.id, actor.user_id
        work.record(
            "payment_method.choose", subscription.id, before={"card": before}, after={"card": method.id}
        )
        work.session.flush()
        work.session.refresh(subscription, ["payment_method", "billing_admin"])
        return work.snapshot(subscription)


def unpaid(billing: Billing, actor: Actor, subscription_id: str) -> tuple[PaymentSnapshot, ...]:
    """The subscription's payments that are not decided, oldest first. Raises NotFound, NotAllowed."""
    with billing.look("payment.unpaid") as work:
        work.subscription_as_reader(actor, subscription_id)
        return tuple(
            snapshot(one, last_attempt(work.session, one)) for one in _open(work, actor, subscription_id)
        )


def pay_now(billing: Billing, actor: Actor, payment_id: str) -> PaymentSnapshot:
    """Tries an unpaid renewal at once, with the subscription's card; the schedule is not used up by it.

    Raises NotFound, NotAllowed, NothingToPay, and PaymentInProgress while an earlier try is not decided.
    """
    with billing.work("payment.pay_now") as work:
        work.actor = actor
        payment = work.session.get(Payment, (actor.workspace_id, payment_id))
        if payment is None or payment.kind is not PaymentKind.RENEWAL:
            raise NotFound("payment")
        try:
            work.subscription_as_admin(actor, payment.subscription_id)
        except NotFound:
            raise NotFound("payment") from None
        if payment.state is not PaymentState.OPEN:
            raise NothingToPay
        before = last_attempt(work.session, payment)
        if before is not None and before.state in UNDECIDED:
            raise PaymentInProgress(before.action_url)
        work.record("payment.pay_now", payment.id)
    return collect(billing, PaymentKey(actor.workspace_id, payment_id))


def history(billing: Billing, actor: Actor, subscription_id: str) -> tuple[AttemptSnapshot, ...]:
    """Every try to collect for the subscription, newest first, failures too (product, line 17).

    Raises NotFound, NotAllowed.
    """
    with billing.look("payment.history") as work:
        work.subscription_as_reader(actor, subscription_id)
        rows = work.session.execute(
            select(PaymentAttempt, Payment, Invoice.number)
            .join(
                Payment,
                (Payment.workspace_id == PaymentAttempt.workspace_id)
                & (Payment.id == PaymentAttempt.payment_id),
            )
            .outerjoin(
                Invoice, (Invoice.workspace_id == Payment.workspace_id) & (Invoice.id == Payment.invoice_id)
            )
            .where(Payment.workspace_id == actor.workspace_id, Payment.subscription_id == subscription_id)
            .order_by(PaymentAttempt.sent_at.desc(), PaymentAttempt.number.desc())
        )
        return tuple(
            AttemptSnapshot(
                attempt.sent_at, payment.amount, attempt.card, str(attempt.state), attempt.reason, number
            )
            for attempt, payment, number in rows
        )


def _paid_by(work: Work, actor: Actor, method_ids: Sequence[str]) -> dict[str, list[str]]:
    """What each of the cards pays for: subscriptions that are not over, or have something open."""
    owed = exists().where(
        Payment.workspace_id == Subscription.workspace_id,
        Payment.subscription_id == Subscription.id,
        Payment.state == PaymentState.OPEN,
    )
    rows = work.session.execute(
        select(Subscription.payment_method_id, AddOn.name)
        .join(AddOn, AddOn.id == Subscription.add_on_id)
        .where(
            Subscription.workspace_id == actor.workspace_id,
            Subscription.payment_method_id.in_(method_ids),
            or_(Subscription.status.not_in(OVER), owed),
        )
        .order_by(AddOn.name, Subscription.id)
    )
    pays: dict[str, list[str]] = {method_id: [] for method_id in method_ids}
    for method_id, name in rows:
        pays[method_id or ""].append(name)
    return pays


def _open(work: Work, actor: Actor, subscription_id: str) -> list[Payment]:
    return list(
        work.session.scalars(
            select(Payment)
            .where(
                Payment.workspace_id == actor.workspace_id,
                Payment.subscription_id == subscription_id,
                Payment.state == PaymentState.OPEN,
            )
            .order_by(Payment.created_at, Payment.id)
        )
    )
