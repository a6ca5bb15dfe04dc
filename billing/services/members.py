"""Persons and their roles."""

from __future__ import annotations

from sqlalchemy import func, select

from billing.domain.actors import Actor, Role
from billing.domain.errors import LastOwner, NotFound
from billing.domain.models import Member, Person, Property
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

    Raises NotAllowed, NotFound for a person never met, and LastOwner where no owner would be left.
    """
    with billing.work("member.set_role") as work:
        work.property_as_owner(actor, property_id)
        # Two owners who step down at once wait for each other here, so that one of them stays.
        work.session.get_one(Property, (actor.workspace_id, property_id), with_for_update=True)
        if work.session.get(Person, (actor.workspace_id, user_id)) is None:
            raise NotFound("person")
        member = work.session.get(Member, (actor.workspace_id, property_id, user_id))
        before = member.role if member else None
        if before is Role.OWNER and role is not Role.OWNER and _owners(work, actor, property_id) == 1:
            raise LastOwner
        if member is None:
            member = Member(workspace_id=actor.workspace_id, property_id=property_id, user_id=user_id)
            work.session.add(member)
        member.role = role
        work.record("member.set_role", user_id, before={"role": before}, after={"role": role})


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
