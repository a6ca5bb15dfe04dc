"""Transfer: a subscription with its whole history goes to another property; no money moves."""

from __future__ import annotations

from sqlalchemy.orm.attributes import set_committed_value

from billing.invoicing.billable import refuse_unbillable
from billing.invoicing.parties import buyer_of
from billing.models import Person, Property, Subscription
from billing.models.subscriptions import Status
from billing.payments.plan_changes import refuse_second
from billing.queries.members import owned, roles_in
from billing.queries.properties import locked_properties
from billing.services import receipts
from billing.services.reminders import next_reminder, what_is_missing
from billing.values.actors import Actor, Role
from billing.values.acts import Act
from billing.values.errors import TaxCaseUnknown
from billing.values.events import SubscriptionTransferred
from billing.values.refusals import (
    ChangedMeanwhile,
    LegacyPrice,
    NotFound,
    NotOwnerOfBoth,
    NotSoldThere,
    NotTransferable,
    SameProperty,
)
from billing.values.snapshots import PropertySnapshot, SubscriptionSnapshot, TransferChoices
from billing.work import Billing, Work


def choices(billing: Billing, actor: Actor, subscription_id: str | None = None) -> TransferChoices:
    """What the actor has bought, that subscription alone where one is named, and the properties it can go to.

    Raises NoProperty, NotFound, NotAllowed, NotOwnerOfBoth for who does not own it and another property,
    Unpaid where the named one is past due, and PaymentInProgress where something of it is being paid.
    """
    with billing.read("transfer.choices") as work:
        if subscription_id is None:
            prop, _ = work.property_as_reader(actor)
            bought = work.bought_by(prop)
            # Where none can, all are shown: the one that is chosen says why not.
            found = [one for one in bought if Act.TRANSFER in one.allowed] or bought
        else:
            subscription = work.subscription_as_reader(actor, subscription_id)
            subscription.can_transfer(work.situation(subscription)).or_refuse()
            found, prop = [work.snapshot(subscription)], subscription.prop
        mine = _owned(work, actor)
        others = tuple(one for one in mine if one.id != prop.id)
        if not others or len(others) == len(mine):
            raise NotOwnerOfBoth
        return TransferChoices(tuple(found), others)


def preview_transfer(
    billing: Billing, actor: Actor, subscription_id: str, to_property_id: str
) -> SubscriptionSnapshot:
    """What the subscription would be over there, by the code that transfers. Raises what `transfer` raises."""
    with billing.dry_run("transfer.preview") as work:
        return work.snapshot(_transfer(work, actor, subscription_id, to_property_id))


def transfer(
    billing: Billing,
    actor: Actor,
    subscription_id: str,
    to_property_id: str,
    *,
    expected: str | None = None,
) -> SubscriptionSnapshot:
    """Moves the subscription to another property: same dates, nothing is charged (product, line 15).

    Its history is listed there from then on, the documents stay as they were issued. It goes by the
    billing profile over there. Card, recipient of receipts, and the address where that property has no profile, are
    asked for at once, and again before its next charge. `expected` is the fingerprint of the preview that was shown.
    Raises NotFound, ChangedMeanwhile where something else would be transferred than was shown, NotOwnerOfBoth,
    SameProperty, NotTransferable, LegacyPrice, NotSoldThere, AlreadyBought; VatNumberInvalid, InvoiceIncomplete and
    NotSendable where no invoice could be made out to the profile over there; Unpaid where it is past due, and
    PaymentInProgress while something of it is being paid.
    """
    with billing.work("transfer.make") as work:
        subscription = work.subscription_as_reader(actor, subscription_id, lock=True)
        from_property = subscription.prop
        receipts.keep_recipient(work, subscription)
        moved = _transfer(work, actor, subscription_id, to_property_id)
        if expected is not None and work.snapshot(moved).fingerprint != expected:
            raise ChangedMeanwhile
        left = from_property.name
        told = SubscriptionTransferred(
            **moved.about(), by=actor.user_id, from_property=left, renews=moved.renews
        )
        for prop in _both_channels(from_property, moved.prop):
            work.tell_channel(told, prop)
        for prop in (from_property, moved.prop):
            work.mail_contacts(told, prop)
        if missing := what_is_missing(work, moved, is_reminder=False):
            work.tell_person(missing, actor.workspace_id, actor.user_id)
        before, after = {"property": from_property.name}, {"property": moved.prop.name}
        for property_id in (from_property.id, to_property_id):
            work.property_id = property_id
            work.record("transfer.make", moved.id, before, after)
        return work.snapshot(moved)


def _owned(work: Work, actor: Actor) -> list[PropertySnapshot]:
    rows = work.session.scalars(owned(), {"workspace_id": actor.workspace_id, "user_id": actor.user_id})
    return [one.snapshot(Role.OWNER) for one in rows]


def _transfer(work: Work, actor: Actor, subscription_id: str, to_property_id: str) -> Subscription:
    subscription = work.subscription_as_reader(actor, subscription_id, lock=True)
    to_property = _owned_both(work, actor, subscription, to_property_id)
    _refuse(work, subscription, to_property)
    subscription.property_id = to_property.id
    subscription.payment_method_id = subscription.backup_method_id = None
    subscription.send_receipts_to(None)
    subscription.billing_admin_id = actor.user_id
    subscription.wake(work.now)
    subscription.remind_at = next_reminder(subscription, work.now)
    set_committed_value(subscription, "prop", to_property)
    subscription.bill(to_property.address, to_property.company)
    set_committed_value(subscription, "payment_method", None)
    set_committed_value(subscription, "backup_method", None)
    admin = work.session.get_one(Person, (actor.workspace_id, actor.user_id))
    set_committed_value(subscription, "billing_admin", admin)
    return subscription


def _owned_both(work: Work, actor: Actor, subscription: Subscription, to_property_id: str) -> Property:
    """The property to which it goes. Both are locked after the subscription, as everywhere, and in id order."""
    if to_property_id == subscription.property_id:
        raise SameProperty
    both = sorted({subscription.property_id, to_property_id})
    of_both = {"workspace_id": actor.workspace_id, "property_ids": both}
    locked = {one.id: one for one in work.session.scalars(locked_properties(), of_both)}
    of_actor = {**of_both, "user_id": actor.user_id}
    roles = dict(work.session.execute(roles_in(), of_actor).all())
    if to_property_id not in roles:
        raise NotFound("property")
    if any(roles.get(one) is not Role.OWNER for one in both):
        raise NotOwnerOfBoth
    return locked[to_property_id]


def _refuse(work: Work, subscription: Subscription, to_property: Property) -> None:
    price, add_on = subscription.price, subscription.price.plan.add_on
    if not add_on.transferable:
        raise NotTransferable(add_on.name)
    if not price.on_sale:
        raise LegacyPrice
    if price.currency != to_property.currency:
        raise NotSoldThere(price.plan.name)
    buyer = buyer_of(to_property.address, to_property.company, "", to_property.country)
    try:
        refuse_unbillable(work.session, work.drafter, to_property.workspace_id, buyer, work.now)
    except TaxCaseUnknown:
        raise NotSoldThere(price.plan.name) from None
    if subscription.status is not Status.ENDED:
        refuse_second(work.session, to_property, subscription.add_on_id)
    subscription.can_transfer(work.situation(subscription)).or_refuse()


def _both_channels(one: Property, other: Property) -> list[Property]:
    """Those that announce transfers; one of them where both tell the same channel."""
    topic = SubscriptionTransferred.topic
    return list({prop.channel_for(topic): prop for prop in (one, other)}.values())
