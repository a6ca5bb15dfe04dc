"""Persons and their roles."""

from __future__ import annotations

from sqlalchemy import func, select

from billing.domain.actors import Actor, Role
from billing.domain.errors import IsBillingAdmin, LastOwner, NotFound
from billing.domain.models import AddOn, Member, Person, Property, Subscription
from billing.domain.models.properties import PROPERTY_LOCK
from billing.domain.models.subscriptions import OVER
from billing.work import Billing, Work


def meet(billing: Billing, actor: Actor, name: str, email: str | None) -> None:
    """Keeps the actor's name and e-mail as last seen; documents and receipts use them."""
    with billing.work("member.meet") as work:
        person = work.session.get(Person, (actor.workspace_id, actor.user_id))
        if person is None:
            person = Person(workspace_id=actor.workspace_id, user_id=actor.user_id)
            work.session.add(person)
        person.name, person.email = name[:120], email


def set_role(billing: Billing, actor: Actor, property_id: str, user_id: str, role: Role) -> None:
    """An owner makes a person a member, or gives a member another role.

    Raises NotAllowed, NotFound for a person never met, LastOwner where no owner would be left, and
    IsBillingAdmin where whoever pays for subscriptions could not change them any more (product, line 29).
    """
    with billing.work("member.set_role") as work:
        work.property_as_owner(actor, property_id)
        # Two owners who step down at once wait for each other here, so that one of them stays.
        work.session.get_one(Property, (actor.workspace_id, property_id), with_for_update=PROPERTY_LOCK)
        if work.session.get(Person, (actor.workspace_id, user_id)) is None:
            raise NotFound("person")
        member = work.session.get(Member, (actor.workspace_id, property_id, user_id))
        before = member.role if member else None
        if before is Role.OWNER and role is not Role.OWNER and _owners(work, actor, property_id) == 1:
            raise LastOwner
        if before is not None and not role.writes:
            _refuse_billing_admin(work, actor, property_id, user_id)
        if member is None:
            member = Member(workspace_id=actor.workspace_id, property_id=property_id, user_id=user_id)
            work.session.add(member)
        member.role = role
        work.record("member.set_role", user_id, before={"role": before}, after={"role": role})


def remove(billing: Billing, actor: Actor, property_id: str, user_id: str) -> None:
    """An owner takes a person out of the property.

    Raises NotAllowed, NotFound, LastOwner, and IsBillingAdmin for whoever pays for subscriptions (line 29).
    """
    with billing.work("member.remove") as work:
        work.property_as_owner(actor, property_id)
        work.session.get_one(Property, (actor.workspace_id, property_id), with_for_update=PROPERTY_LOCK)
        member = work.session.get(Member, (actor.workspace_id, property_id, user_id))
        if member is None:
            raise NotFound("person")
        if member.role is Role.OWNER and _owners(work, actor, property_id) == 1:
            raise LastOwner
        _refuse_billing_admin(work, actor, property_id, user_id)
        work.session.delete(member)
        work.record("member.remove", user_id, before={"role": member.role})


def _refuse_billing_admin(work: Work, actor: Actor, property_id: str, user_id: str) -> None:
    """Whoever pays for a living subscription stays until somebody else sets its payment method."""
    paid_for = work.session.scalars(
        select(AddOn.name)
        .join(Subscription, Subscription.add_on_id == AddOn.id)
        .where(
            Subscription.workspace_id == actor.workspace_id,
            Subscription.property_id == property_id,
            Subscription.billing_admin_id == user_id,
            Subscription.status.not_in(OVER),
        )
        .order_by(AddOn.name)
    ).all()
    if paid_for:
        raise IsBillingAdmin(tuple(paid_for))


def _owners(work: Work, actor: Actor, property_id: str) -> int:
    return (
        work.session.scalar(
            select(func.count()).where(
                Member.workspace_id == actor.workspace_id,
                Member.property_id == property_id,
                Member.role == Role.OWNER,
            )
        )
        or 0
    )
