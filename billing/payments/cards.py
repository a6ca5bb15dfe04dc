"""Saving cards: what became of a hosted page, and that the gateway forgets what was removed."""

from __future__ import annotations

from dataclasses import dataclass

from billing.locks import lock_property
from billing.models import CardSetup, PaymentMethod, Property, Subscription
from billing.models.base import new_id
from billing.models.card_setups import SetupState
from billing.models.open_payments import Cards
from billing.models.payments import PaymentKind
from billing.payments.collection import snapshot
from billing.ports import GatewayUnavailable, SetupOutcome
from billing.queries import card_setups, payment_methods
from billing.queries.payment_attempts import last_attempt
from billing.queries.payments import open_payments, waiting_for_payer
from billing.values.actors import Actor
from billing.values.errors import Refusal
from billing.values.events import CardSaved
from billing.values.outbox import Audience, Destination
from billing.values.polling import poll_after_silence, poll_later
from billing.values.snapshots import CardSnapshot, PaymentSnapshot
from billing.work import Billing, Work


@dataclass(frozen=True, slots=True)
class SetupKey:
    """Which hosted page."""

    workspace_id: str
    id: str


def poll_setup(billing: Billing, key: SetupKey) -> None:
    """Asks the gateway what became of a hosted page, and keeps the card that was saved on it, once.

    Whoever began it must still be allowed to when the card comes: it fails closed (reliability, promise 6).
    """
    with billing.read("card_setup.look") as work:
        asked = work.session.get_one(CardSetup, (key.workspace_id, key.id))
        if asked.state is not SetupState.OPEN or asked.page_id is None:
            return
        page_id = asked.page_id
    try:
        outcome = billing.gateway.setup(page_id)
    except GatewayUnavailable:
        outcome = None
    try:
        _keep_outcome(billing, key, outcome)
    except Refusal:
        with billing.work("card_setup.refuse") as work:
            refused = _held(work, key)
            refused.state, refused.decided_at = SetupState.REFUSED, work.now


def detach_card(billing: Billing, workspace_id: str, payment_method_id: str) -> bool:
    """Tells the gateway that a removed card is to be forgotten there, too; False where it is silent."""
    with billing.read("payment_method.forget") as work:
        token = work.session.get_one(PaymentMethod, (workspace_id, payment_method_id)).token
        kept = work.session.scalar(payment_methods.card_with_token(), {"token": token})
    try:
        if kept is None:
            billing.gateway.detach(token)
    except GatewayUnavailable:
        return False
    with billing.work("payment_method.forgotten") as work:
        work.session.get_one(PaymentMethod, (workspace_id, payment_method_id)).detached_at = work.now
    return True


def store_card(
    work: Work, actor: Actor, property_id: str, token: str, card: CardSnapshot, customer: str | None = None
) -> PaymentMethod:
    """The saved card of the property; one that is kept already is not kept twice. The property is locked."""
    of_it = {"workspace_id": actor.workspace_id, "property_id": property_id, "token": token}
    kept = work.session.scalar(payment_methods.stored_card(), of_it)
    if kept is not None:
        return kept
    method = PaymentMethod(
        workspace_id=actor.workspace_id,
        id=new_id("pm"),
        property_id=property_id,
        token=token,
        customer=customer,
        brand=card.brand,
        last_four=card.last_four,
        expiry_month=card.expiry_month,
        expiry_year=card.expiry_year,
        added_by=actor.user_id,
        added_at=work.now,
    )
    work.session.add(method)
    work.record("payment_method.keep", method.id, after={"brand": card.brand, "last_four": card.last_four})
    return method


def pay_with(work: Work, actor: Actor, subscription: Subscription, method: PaymentMethod) -> None:
    """The card of that subscription from now on; who chose it is its Billing Admin (product, line 29).

    What waits for the payer of another card is asked after at once, and tried with this one unless it is paid by now.
    The days of the schedule stay as they are.
    """
    before = subscription.payment_method_id
    had = work.session.get(PaymentMethod, (subscription.workspace_id, before)) if before else None
    of_it = {"workspace_id": subscription.workspace_id, "subscription_id": subscription.id}
    for payment, attempt in work.session.execute(waiting_for_payer(), of_it):
        if before != method.id:
            attempt.poll_at = work.now
        if payment.kind is PaymentKind.RESTART:
            payment.requested_by = (
                actor.user_id
            )  # who pays for it is asked by the bank, and pays from then on
    subscription.payment_method_id, subscription.billing_admin_id = method.id, actor.user_id
    if subscription.backup_method_id == method.id:
        subscription.backup_method_id = None
    cards = {"card": had.shown if had else None}, {"card": method.shown}
    work.record("payment_method.choose", subscription.id, *cards)


def charged_next(work: Work, subscription: Subscription, method: PaymentMethod) -> PaymentSnapshot | None:
    """What of the subscription's open payments the schedule charges to that card first; None where nothing is.

    What the gateway has not answered is not charged to it, nor what waits for a person with this very card.
    """
    found = [
        snapshot(work.session, one, last_attempt(work.session, one), Cards(method), work.retry_days)
        for one in work.session.scalars(open_payments(), subscription.key).all()
    ]
    due = [one for one in found if one.try_at is not None]
    return min(due, key=lambda one: one.charged_at or work.now, default=None)


def _keep_outcome(billing: Billing, key: SetupKey, outcome: SetupOutcome | None) -> None:
    with billing.work("card_setup.outcome") as work:
        if outcome is None:
            _wait(work, key)
            return
        asked = work.session.get_one(CardSetup, (key.workspace_id, key.id))
        actor, subscription = Actor(key.workspace_id, asked.requested_by, "gateway"), None
        if outcome.token and asked.subscription_id:
            subscription = work.subscription_as_admin(
                actor, asked.subscription_id
            )  # locked first, as everywhere
        if outcome.token:
            work.property_as_admin(actor, asked.property_id, lock=True)
        asked = _held(work, key)
        if asked.state is not SetupState.OPEN:
            return
        if outcome.token and outcome.card:
            method = store_card(work, actor, asked.property_id, outcome.token, outcome.card, asked.customer)
            work.session.flush()
            if subscription and subscription.property_id != asked.property_id:
                subscription = None  # transferred in the meantime: the card is its old property's
            if subscription:
                pay_with(work, actor, subscription, method)
                work.session.flush()
            asked.state, asked.payment_method_id, asked.decided_at = SetupState.SAVED, method.id, work.now
            _tell_saved(work, asked, method, subscription)
        elif outcome.is_over:
            asked.state, asked.decided_at = SetupState.OVER, work.now
        else:
            poll_later(asked, asked.created_at, work.now)


def _wait(work: Work, key: SetupKey) -> None:
    asked = _held(work, key)
    if asked.state is SetupState.OPEN:
        poll_after_silence(asked, asked.created_at, work.now)


def _tell_saved(
    work: Work, asked: CardSetup, method: PaymentMethod, subscription: Subscription | None
) -> None:
    """Says so where the link was shown."""
    if asked.place is None:
        return
    prop = work.session.get_one(Property, (asked.workspace_id, asked.property_id))
    due = charged_next(work, subscription, method) if subscription else None
    event = CardSaved(
        property_id=prop.id,
        property_name=prop.name,
        time_zone=prop.time_zone,
        subscription_id=subscription.id if subscription else "",
        add_on=subscription.price.plan.add_on.name if subscription else "",
        plan=subscription.price.plan.name if subscription else "",
        card=method.shown,
        setup_id=asked.id,
        due_minor=due.amount.minor if due else 0,
        currency=due.amount.currency if due else "",
        due_at=due.charged_at if due else None,
    )
    place = asked.place
    to = Destination(Audience.SLACK_PERSON, place["channel"], reader=place["reader"], edits=place["ts"])
    work.tell_at(to, event, asked.workspace_id)


def _held(work: Work, key: SetupKey) -> CardSetup:
    return work.session.get_one(
        CardSetup, (key.workspace_id, key.id), with_for_update=True, populate_existing=True
    )


def customer_of(work: Work, workspace_id: str, property_id: str) -> str | None:
    """What the gateway calls the property as its customer; None before its first hosted page."""
    lock_property(work.session, workspace_id, property_id)
    of_it = {"workspace_id": workspace_id, "property_id": property_id}
    return work.session.scalar(card_setups.customer(), of_it)
