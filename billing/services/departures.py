"""People who left: nothing waits for them any more; who may change the billing is told in their place."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from itertools import groupby

from billing.models import Person, Property, Subscription
from billing.payments.waiting import what_waits
from billing.queries import outbox
from billing.queries.members import places_of
from billing.queries.subscriptions import ids_paid_by, paid_by, receipts_of
from billing.values.actors import Actor
from billing.values.events import BillingAdminLeft, BillingAdminReplaced, RecipientLeft
from billing.values.refusals import NobodyToReplace
from billing.work import Billing, Work


def leave(work: Work, billing: Billing, person: Person) -> None:
    """They cannot use Slack here any more, or only as a guest: from now on they get nothing.

    What waits for them is told to those who may change the billing, at once and as it stands.
    """
    person.deactivated_at = work.now
    of_it = {"workspace_id": person.workspace_id, "user_id": person.user_id}
    told_no_more = {"of_workspace": person.workspace_id, "of_person": person.user_id, "now": work.now}
    work.session.flush()
    work.session.execute(outbox.drop_to_person(), told_no_more)
    for property_id in work.session.scalars(places_of(), of_it):
        work.property_id = property_id
        work.record("member.leave", person.user_id)
    for prop, paid in _by_property(work.session.scalars(paid_by(), of_it).all()):
        _hand_over(work, billing, prop, person, paid)
    for subscription in work.session.scalars(receipts_of(), of_it):
        _ask_for_recipient(work, subscription, person.user_id)


def lose_receipts(work: Work, prop: Property, user_id: str) -> None:
    """Who may not see the property's billing any more gets none of its receipts: another recipient is asked for."""
    of_it = {"workspace_id": prop.workspace_id, "user_id": user_id}
    for subscription in work.session.scalars(receipts_of(), of_it):
        if subscription.property_id == prop.id:
            _ask_for_recipient(work, subscription, user_id)


def take_over(billing: Billing, actor: Actor, property_id: str, user_id: str) -> tuple[str, ...]:
    """The actor is the Billing Admin of what that person, who left, paid for in the property; answers what that is.

    Cards and dates stay. Raises NotFound, NotAllowed, ChangedMeanwhile, and NobodyToReplace where they are back, or
    somebody else was faster.
    """
    with billing.work("member.take_over") as work:
        of_it = {"workspace_id": actor.workspace_id, "user_id": user_id}
        ids = partial(work.session.scalars, ids_paid_by(), of_it)
        prop = work.property_and_subscriptions(actor, property_id, ids)
        person = work.session.get(Person, (actor.workspace_id, user_id))
        if person is None or person.deactivated_at is None:
            raise NobodyToReplace
        found = [one for one in work.session.scalars(paid_by(), of_it) if one.property_id == property_id]
        if not found:
            raise NobodyToReplace
        for subscription in found:
            subscription.billing_admin_id = actor.user_id
            work.record(
                "member.take_over",
                subscription.id,
                before={"billing_admin": user_id},
                after={"billing_admin": actor.user_id},
            )
        about = (prop.id, prop.name, prop.time_zone)
        work.tell(BillingAdminReplaced(*about, by=actor.user_id, user_id=user_id, plans=_names(found)), prop)
        return tuple(_name(one) for one in found)


def _hand_over(
    work: Work, billing: Billing, prop: Property, person: Person, paid: Sequence[Subscription]
) -> None:
    left = BillingAdminLeft(prop.id, prop.name, prop.time_zone, user_id=person.user_id, plans=_names(paid))
    work.tell(left, prop)
    work.tell_admins(left, prop)
    for subscription in paid:
        for waits in what_waits(work, billing, subscription):
            work.tell_payers(waits, subscription)


def _ask_for_recipient(work: Work, subscription: Subscription, user_id: str) -> None:
    asked = RecipientLeft(**subscription.about(), user_id=user_id)
    work.tell(asked, subscription.prop)
    work.tell_admins(asked, subscription.prop)


def _by_property(
    subscriptions: Iterable[Subscription],
) -> Iterable[tuple[Property, Sequence[Subscription]]]:
    for _, found in groupby(subscriptions, key=lambda one: one.property_id):
        group = list(found)
        yield group[0].prop, group


def _name(subscription: Subscription) -> str:
    return f"{subscription.price.plan.add_on.name} {subscription.price.plan.name}"


def _names(subscriptions: Iterable[Subscription]) -> str:
    return ", ".join(_name(one) for one in subscriptions)
