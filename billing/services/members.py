"""Persons and their roles."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from types import MappingProxyType

from sqlalchemy import case, func, select

from billing.models import AddOn, AuditEntry, Member, Person, Property, Subscription
from billing.models.properties import PROPERTY_LOCK
from billing.models.subscriptions import OVER
from billing.services.pagination import page_of
from billing.values.actors import Actor, Role
from billing.values.events import MemberChanged, RoleAskedFor
from billing.values.refusals import AskedAlready, IsBillingAdmin, LastOwner, NotFound, RoleHeld
from billing.values.snapshots import MemberSnapshot, MembersPage
from billing.values.texts import one_line
from billing.work import Billing, Work

MAX_ASKED = 10
ASK_AGAIN_AFTER = timedelta(days=1)
# Owners, admins, accountants, agents.
RANK = case({role: number for number, role in enumerate(Role)}, value=Member.role)
# What a refusal says is needed, and the roles that have it.
NEEDS: Mapping[str, Callable[[Role], bool]] = MappingProxyType(
    {
        "accountant": lambda role: role.reads,
        "admin": lambda role: role.writes,
        "owner": lambda role: role is Role.OWNER,
    }
)


def meet(billing: Billing, actor: Actor, name: str, email: str | None, language: str | None = None) -> None:
    """Keeps the actor's name, e-mail and language as last seen; documents and receipts use them."""
    with billing.work("member.meet") as work:
        person = work.session.get(Person, (actor.workspace_id, actor.user_id))
        if person is None:
            person = Person(workspace_id=actor.workspace_id, user_id=actor.user_id)
            work.session.add(person)
        person.name = one_line(name)[:120] or email or actor.user_id
        person.email, person.language = email, language or person.language


def set_role(billing: Billing, actor: Actor, property_id: str, user_id: str, role: Role) -> None:
    """An owner makes a person a member, or gives a member another role.

    Raises NotAllowed, NotFound for a person never met, LastOwner where no owner would be left, and
    IsBillingAdmin where whoever pays for subscriptions could not change them any more (product, line 29).
    """
    with billing.work("member.set_role") as work:
        prop = work.property_as_owner(actor, property_id)
        # Two owners who step down at once wait for each other here, so that one of them stays.
        work.session.get_one(Property, (actor.workspace_id, property_id), with_for_update=PROPERTY_LOCK)
        if work.session.get(Person, (actor.workspace_id, user_id)) is None:
            raise NotFound("person")
        member = work.session.get(Member, (actor.workspace_id, property_id, user_id))
        before = member.role if member else None
        if before is Role.OWNER and role is not Role.OWNER and _owners(work, actor, property_id) == 1:
            raise LastOwner
        if before is not None and not role.writes:
            _refuse_billing_admin(work, prop, user_id)
        if member is None:
            member = Member(workspace_id=actor.workspace_id, property_id=property_id, user_id=user_id)
            work.session.add(member)
        member.role = role
        work.record("member.set_role", user_id, before={"role": before}, after={"role": role})
        if role is not before:
            _tell(work, prop, user_id, before, role)


def remove(billing: Billing, actor: Actor, property_id: str, user_id: str) -> None:
    """An owner takes a person out of the property.

    Raises NotAllowed, NotFound, LastOwner, and IsBillingAdmin for whoever pays for subscriptions (line 29).
    """
    with billing.work("member.remove") as work:
        prop = work.property_as_owner(actor, property_id)
        work.session.get_one(Property, (actor.workspace_id, property_id), with_for_update=PROPERTY_LOCK)
        member = work.session.get(Member, (actor.workspace_id, property_id, user_id))
        if member is None:
            raise NotFound("person")
        if member.role is Role.OWNER and _owners(work, actor, property_id) == 1:
            raise LastOwner
        _refuse_billing_admin(work, prop, user_id)
        work.session.delete(member)
        work.record("member.remove", user_id, before={"role": member.role})
        _tell(work, prop, user_id, member.role, None)


def listed(billing: Billing, actor: Actor, property_id: str | None = None, page: int = 1) -> MembersPage:
    """The members of that property, or of the one that the actor has chosen: owners first, then by name.

    A page beyond the last one is the last one. Raises NoProperty, NotFound, NotAllowed for an agent.
    """
    with billing.read("member.list") as work:
        prop, role = work.property_as_reader(actor, property_id)
        mine = (Member.workspace_id == actor.workspace_id, Member.property_id == prop.id)
        people = (
            select(Member.user_id, Person.name, Member.role)
            .join(Person, (Person.workspace_id == Member.workspace_id) & (Person.user_id == Member.user_id))
            .where(*mine)
            .order_by(RANK, Person.name, Member.user_id)
        )
        at = page_of(work.session, people, page)
        rows = work.session.execute(people.slice(*at.span)).all()
        pays = _paid_for(work, prop, [row.user_id for row in rows])
        members = tuple(
            MemberSnapshot(row.user_id, row.name, row.role, pays.get(row.user_id, ())) for row in rows
        )
        return MembersPage(prop.snapshot(role), members, at.number, at.pages, at.count)


def look_at(billing: Billing, actor: Actor, property_id: str, user_id: str) -> MemberSnapshot:
    """One member, for an owner who is about to change what they may do. Raises NotFound, NotAllowed."""
    with billing.read("member.look_at") as work:
        prop = work.property_as_owner(actor, property_id)
        member = work.session.get(Member, (actor.workspace_id, property_id, user_id))
        if member is None:
            raise NotFound("person")
        person = work.session.get_one(Person, (actor.workspace_id, user_id))
        pays = _paid_for(work, prop, [user_id])
        return MemberSnapshot(user_id, person.name, member.role, pays.get(user_id, ()))


def ask_for_role(billing: Billing, actor: Actor, property_id: str, needed: str) -> tuple[str, ...]:
    """Asks those who can help, in private, for the role that something needs; answers whom it asked.

    `needed` is what the refusal NotAllowed said: accountant, admin or owner. A property's owners are asked
    before its admins. Raises NotFound, RoleHeld, and AskedAlready within a day of the last time.
    """
    with billing.work("member.ask_for_role") as work:
        prop, role = work.property_as_member(actor, property_id)
        if needed not in NEEDS:
            raise NotFound("role")
        if NEEDS[needed](role):
            raise RoleHeld
        # Two clicks at once wait for each other here, so that one of them asks.
        work.session.get_one(Person, (actor.workspace_id, actor.user_id), with_for_update=True)
        if _asked_lately(work, actor, property_id):
            raise AskedAlready
        asked = _who_can_help(work, actor, property_id)
        event = RoleAskedFor(
            prop.id,
            prop.name,
            prop.time_zone,
            by=actor.user_id,
            role=str(role),
            needed=needed,
        )
        for user_id in asked:
            work.tell_person(event, actor.workspace_id, user_id)
        work.record("member.ask_for_role", actor.user_id, after={"needed": needed})
        return asked


def _asked_lately(work: Work, actor: Actor, property_id: str) -> bool:
    asked = select(AuditEntry.id).where(
        AuditEntry.workspace_id == actor.workspace_id,
        AuditEntry.property_id == property_id,
        AuditEntry.at > work.now - ASK_AGAIN_AFTER,
        AuditEntry.user_id == actor.user_id,
        AuditEntry.act == "member.ask_for_role",
        AuditEntry.refused_as.is_(None),
    )
    return work.session.scalar(asked.limit(1)) is not None


def _who_can_help(work: Work, actor: Actor, property_id: str) -> tuple[str, ...]:
    found = work.session.scalars(
        select(Member.user_id)
        .where(
            Member.workspace_id == actor.workspace_id,
            Member.property_id == property_id,
            Member.role.in_([Role.OWNER, Role.ADMIN]),
            Member.user_id != actor.user_id,
        )
        .order_by(RANK, Member.user_id)
        .limit(MAX_ASKED)
    )
    return tuple(found)


def _tell(work: Work, prop: Property, user_id: str, before: Role | None, role: Role | None) -> None:
    work.tell(
        MemberChanged(
            prop.id,
            prop.name,
            prop.time_zone,
            by=work.actor.user_id if work.actor else "",
            user_id=user_id,
            before=before,
            role=role,
        ),
        prop,
    )


def _refuse_billing_admin(work: Work, prop: Property, user_id: str) -> None:
    """Whoever pays for a living subscription stays until somebody else sets its payment method."""
    if paid_for := _paid_for(work, prop, [user_id]):
        raise IsBillingAdmin(paid_for[user_id])


def _paid_for(work: Work, prop: Property, user_ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """The add-ons for whose living subscriptions each of them pays, if any."""
    found = work.session.execute(
        select(Subscription.billing_admin_id, AddOn.name)
        .join(AddOn, Subscription.add_on_id == AddOn.id)
        .where(
            Subscription.workspace_id == prop.workspace_id,
            Subscription.property_id == prop.id,
            Subscription.billing_admin_id.in_(user_ids),
            Subscription.status.not_in(OVER),
        )
        .order_by(AddOn.name)
    )
    paid: dict[str, tuple[str, ...]] = {}
    for user_id, name in found:
        paid[user_id] = (*paid.get(user_id, ()), name)
    return paid


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
