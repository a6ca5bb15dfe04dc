"""Requests for access: who can be asked, and what an owner answers."""

from __future__ import annotations

from billing.idempotency import use_key
from billing.models import Member, Person, Property
from billing.models.base import new_id
from billing.queries.audit import last_act
from billing.queries.members import owned_properties
from billing.services.members import MAX_ASKED, NEEDS, asked_lately, locked_member, tell_change, who_helps
from billing.values.actors import Actor, Role
from billing.values.events import RoleAskedFor, RoleDeclined
from billing.values.refusals import AskedAlready, NoProperty, NotFound, RequestDeclined, RoleGiven, RoleHeld
from billing.work import Billing, Work


def whom_to_ask(billing: Billing, actor: Actor) -> tuple[str, ...]:
    """The ids of those who can help with the property that the actor looks at; raises NoProperty with its owners."""
    with billing.read("access.whom") as work:
        prop, _ = work.property_as_member(actor)
        return who_helps(work, actor, prop)


def is_new(billing: Billing, actor: Actor, event_id: str) -> bool:
    """Whether what came with that id is here for the first time: Slack repeats what it thinks was not taken."""
    with billing.work("access.is_new") as work:
        once = new_id("evt")
        return use_key(work.session, actor, "message", event_id, once, work.now) == once


def ask_to_join(billing: Billing, actor: Actor) -> tuple[str, ...]:
    """Asks owners, in private, to add somebody who is in no property; answers whom it asked.

    Raises RoleHeld for who is in one, NoProperty where there is none, AskedAlready within a day of the last time.
    """
    with billing.work("member.ask_for_role") as work:
        work.session.get_one(Person, (actor.workspace_id, actor.user_id), with_for_update=True)
        _refuse_member(work, actor)
        of = {"workspace_id": actor.workspace_id}
        rows = work.session.execute(owned_properties(), of).all()
        asked = {user_id: prop for prop, user_id in reversed(rows)}
        if not asked:
            raise NoProperty
        if any(asked_lately(work, actor.user_id, prop) for prop in asked.values()):
            raise AskedAlready
        first = dict.fromkeys(user_id for _, user_id in rows)
        told = tuple(first)[:MAX_ASKED]
        for user_id in told:
            prop = asked[user_id]
            about = (prop.id, prop.name, prop.time_zone)
            event = RoleAskedFor(*about, by=actor.user_id, role="", needed="accountant")
            work.tell_person(event, actor.workspace_id, user_id)
        work.property_id = asked[told[0]].id
        work.record("member.ask_for_role", actor.user_id, after={"needed": "accountant"})
        return told


def approve(billing: Billing, actor: Actor, property_id: str, user_id: str, needed: str) -> Role:
    """An owner gives a member the role that they asked for; they and the channel are told.

    Raises NotAllowed, NotFound for who is no member any more, RoleGiven for who has such a role by now.
    """
    with billing.work("member.approve") as work:
        prop = work.property_as_owner(actor, property_id)
        member = locked_member(work, prop, user_id)
        before = _refuse_answered(member, needed)
        assert member is not None
        member.role = Role(needed)
        work.record("member.approve", user_id, before={"role": before}, after={"role": member.role})
        tell_change(work, prop, user_id, before, member.role)
        return member.role


def decline(billing: Billing, actor: Actor, property_id: str, user_id: str, needed: str) -> None:
    """An owner declines it, and they are told once. Raises as `approve` does, and RequestDeclined the next time."""
    with billing.work("member.decline") as work:
        prop = work.property_as_owner(actor, property_id)
        _refuse_answered(locked_member(work, prop, user_id), needed)
        _refuse_declined(work, prop, user_id)
        about = (prop.id, prop.name, prop.time_zone)
        event = RoleDeclined(*about, by=actor.user_id, needed=needed)
        work.tell_person(event, actor.workspace_id, user_id)
        work.record("member.decline", user_id, after={"needed": needed})


def _refuse_member(work: Work, actor: Actor) -> None:
    try:
        work.property_as_member(actor)
    except NoProperty:
        return
    raise RoleHeld


def _refuse_declined(work: Work, prop: Property, user_id: str) -> None:
    """Raises RequestDeclined where nothing came after an owner's no. The member is locked."""
    last = work.session.execute(last_act(), prop.key | {"subject_id": user_id}).first()
    if last is not None and last.act == "member.decline":
        raise RequestDeclined(last.user_id)


def _refuse_answered(member: Member | None, needed: str) -> Role:
    """The role that they have now; raises NotFound, and RoleGiven where it is enough."""
    if member is None:
        raise NotFound("person")
    if needed not in NEEDS:
        raise NotFound("role")
    if NEEDS[needed](member.role):
        raise RoleGiven(member.user_id, member.role)
    return member.role
