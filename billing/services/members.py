"""Persons and their roles."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from types import MappingProxyType

from billing.models import Member, Person, Property
from billing.models.properties import PROPERTY_LOCK
from billing.queries.audit import acted_since
from billing.queries.members import members_of, other_owners, owner_ids, who_can_help
from billing.queries.pages import page as rows_of
from billing.queries.subscriptions import paid_by_people
from billing.services import departures
from billing.services.pagination import page_of
from billing.values.actors import Actor, Role
from billing.values.events import MemberChanged, RoleAskedFor
from billing.values.refusals import AskedAlready, IsBillingAdmin, LastOwner, NotFound, RoleHeld
from billing.values.snapshots import MemberSnapshot, MembersPage
from billing.values.texts import one_line
from billing.work import Billing, Work

MAX_ASKED = 10
ASK_AGAIN_AFTER = timedelta(days=1)
# Whoever asked for a role hears of a change of theirs in private for so long.
HEARS_OUTCOME_FOR = timedelta(days=30)
# What a refusal says is needed, and the roles that have it.
NEEDS: Mapping[str, Callable[[Role], bool]] = MappingProxyType(
    {
        "accountant": lambda role: role.reads,
        "admin": lambda role: role.writes,
        "owner": lambda role: role is Role.OWNER,
    }
)


def meet(
    billing: Billing,
    actor: Actor,
    name: str,
    email: str | None,
    language: str | None = None,
    *,
    is_here: bool = True,
    is_known: bool = False,
) -> None:
    """Keeps the actor's name, e-mail and language as last seen; documents and receipts use them.

    Who is not here any more (deactivated, or a guest by now) gets nothing from then on, and others are told of what
    waits for them; who is back gets it again. `is_known`: does nothing for who was never met.
    """
    with billing.work("member.meet") as work:
        of_it = (actor.workspace_id, actor.user_id)
        person = work.session.get(Person, of_it, with_for_update=PROPERTY_LOCK)
        if person is None:
            if is_known:
                return
            person = Person(workspace_id=actor.workspace_id, user_id=actor.user_id)
            work.session.add(person)
        person.name = one_line(name)[:120] or email or actor.user_id
        person.email, person.language = email, language or person.language
        if is_here:
            person.deactivated_at = None
        elif person.deactivated_at is None:
            departures.leave(work, billing, person)


def lose(billing: Billing, actor: Actor) -> None:
    """Slack does not have the actor any more: the same as of who was deactivated. Nothing for who was never met."""
    with billing.work("member.lose") as work:
        of_it = (actor.workspace_id, actor.user_id)
        person = work.session.get(Person, of_it, with_for_update=PROPERTY_LOCK)
        if person is not None and person.deactivated_at is None:
            departures.leave(work, billing, person)


def set_role(billing: Billing, actor: Actor, property_id: str, user_id: str, role: Role) -> None:
    """An owner makes a person a member, or gives a member another role. An agent gets no receipts any more.

    Raises NotAllowed, NotFound for a person never met, LastOwner where no owner would be left, and
    IsBillingAdmin where whoever pays for subscriptions could not change them any more (product, line 29).
    """
    with billing.work("member.set_role") as work:
        prop = work.property_as_owner(actor, property_id)
        member = locked_member(work, prop, user_id)
        if work.session.get(Person, (actor.workspace_id, user_id)) is None:
            raise NotFound("person")
        before = member.role if member else None
        if before is not None:
            _refuse_to_lose(work, prop, user_id, before, role)
        work.session.add(member := member or Member(**prop.key, user_id=user_id))
        member.role = role
        work.record("member.set_role", user_id, before={"role": before}, after={"role": role})
        if not role.reads:
            departures.lose_receipts(work, prop, user_id)
        if role is not before:
            tell_change(work, prop, user_id, before, role)


def remove(billing: Billing, actor: Actor, property_id: str, user_id: str) -> None:
    """An owner takes a person out of the property.

    Raises NotAllowed, NotFound, LastOwner, and IsBillingAdmin for whoever pays for subscriptions (line 29).
    """
    with billing.work("member.remove") as work:
        prop = work.property_as_owner(actor, property_id)
        member = locked_member(work, prop, user_id)
        if member is None:
            raise NotFound("person")
        _refuse_to_lose(work, prop, user_id, member.role, None)
        work.session.delete(member)
        departures.lose_receipts(work, prop, user_id)
        work.record("member.remove", user_id, before={"role": member.role})
        tell_change(work, prop, user_id, member.role, None)


def listed(billing: Billing, actor: Actor, property_id: str | None = None, page: int = 1) -> MembersPage:
    """The members of that property, or of the one that the actor has chosen: owners first, then by name.

    A page beyond the last one is the last one. Raises NoProperty, NotFound, NotAllowed for an agent.
    """
    with billing.read("member.list") as work:
        prop, role = work.property_as_reader(actor, property_id)
        at = page_of(work.session, members_of(), prop.key, page)
        rows = work.session.execute(rows_of(members_of()), prop.key | at.shown).all()
        pays = _paid_for(work, prop, [row.user_id for row in rows])
        members = tuple(
            MemberSnapshot(
                row.user_id,
                row.name,
                row.role,
                pays.get(row.user_id, ()),
                is_here=row.deactivated_at is None,
            )
            for row in rows
        )
        return MembersPage(prop.snapshot(role), members, *at.place)


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
    """Asks the owners, who alone give roles, in private for the role that something needs; answers whom it asked.

    That is nobody where no owner is left in Slack. `needed` is what the refusal NotAllowed said: accountant, admin or
    owner. Raises NotFound, RoleHeld, and AskedAlready within a day of the last time.
    """
    with billing.work("member.ask_for_role") as work:
        prop, role = work.property_as_member(actor, property_id)
        _refuse_needless(role, needed)
        # Two clicks at once wait for each other here, so that one of them asks.
        work.session.get_one(Person, (actor.workspace_id, actor.user_id), with_for_update=True)
        asked = tuple(work.session.scalars(owner_ids(), prop.key | {"limit": MAX_ASKED}))
        if not asked:
            return ()
        if asked_lately(work, actor.user_id, prop):
            raise AskedAlready
        of = (prop.id, prop.name, prop.time_zone)
        event = RoleAskedFor(*of, by=actor.user_id, role=str(role), needed=needed)
        for user_id in asked:
            work.tell_person(event, actor.workspace_id, user_id)
        work.record("member.ask_for_role", actor.user_id, after={"needed": needed})
        return asked


def _refuse_needless(role: Role, needed: str) -> None:
    """Raises NotFound for what is no role that a refusal names, and RoleHeld for one that `role` includes."""
    if needed not in NEEDS:
        raise NotFound("role")
    if NEEDS[needed](role):
        raise RoleHeld


def asked_lately(work: Work, user_id: str, prop: Property, within: timedelta = ASK_AGAIN_AFTER) -> bool:
    """Whether that person asked for a role here lately."""
    did = {"user_id": user_id, "act": "member.ask_for_role", "since": work.now - within}
    return work.session.scalar(acted_since(), prop.key | did) is not None


def who_helps(work: Work, actor: Actor, prop: Property) -> tuple[str, ...]:
    """The ids of the others who may change the property's billing, owners first."""
    others = {"user_id": actor.user_id, "limit": MAX_ASKED}
    return tuple(work.session.scalars(who_can_help(), prop.key | others))


def tell_change(work: Work, prop: Property, user_id: str, before: Role | None, role: Role | None) -> None:
    """Tells the channel who has which role now, and the person too where they had asked for one."""
    by = work.actor.user_id if work.actor else ""
    about = (prop.id, prop.name, prop.time_zone)
    event = MemberChanged(*about, by=by, user_id=user_id, before=before, role=role)
    work.tell(event, prop)
    if by != user_id and asked_lately(work, user_id, prop, HEARS_OUTCOME_FOR):
        work.tell_person(event, prop.workspace_id, user_id)


def locked_member(work: Work, prop: Property, user_id: str) -> Member | None:
    """The member, whom nobody else can change meanwhile.

    Two owners who step down at once wait for each other here, so that one of them stays.
    """
    work.session.get_one(Property, (prop.workspace_id, prop.id), with_for_update=PROPERTY_LOCK)
    return work.session.get(Member, (prop.workspace_id, prop.id, user_id))


def _refuse_to_lose(work: Work, prop: Property, user_id: str, before: Role, role: Role | None) -> None:
    """Raises LastOwner and IsBillingAdmin where the property needs them in the role that they have."""
    steps_down = before is Role.OWNER and role is not Role.OWNER
    if steps_down and not work.session.scalars(other_owners(), {**prop.key, "user_id": user_id}).one():
        raise LastOwner
    # Whoever pays for a living subscription stays until somebody else sets its payment method.
    writes = role is not None and role.writes
    if not writes and (paid_for := _paid_for(work, prop, [user_id])):
        raise IsBillingAdmin(paid_for[user_id])


def _paid_for(work: Work, prop: Property, user_ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """The add-ons for whose living subscriptions each of them pays, if any."""
    paid: dict[str, tuple[str, ...]] = {}
    for user_id, name in work.session.execute(paid_by_people(), {**prop.key, "user_ids": user_ids}):
        paid[user_id] = (*paid.get(user_id, ()), name)
    return paid
