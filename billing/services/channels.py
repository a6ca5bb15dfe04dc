"""Channels in which nothing can be announced: found, told to those who can choose another, usable again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence

import structlog

from billing.models import PrivateChannel, Property, UnusableChannel
from billing.queries import channels as queries
from billing.queries import outbox as waiting
from billing.queries.in_sql import insert_once
from billing.queries.slices import slices
from billing.services.outbox_facts import announced_by
from billing.values.actors import Actor
from billing.values.channels import ChannelProblem
from billing.values.events import EVENTS, ChannelUnusable
from billing.values.snapshots import ChannelTrouble, PropertySnapshot
from billing.work import Billing, Work

log = structlog.get_logger()
# What the facts that a billing channel is told are about; a message to the support is none of them.
TOPICS = {kind: event.topic for kind, event in EVENTS.items() if event.topic is not None}


def look_at(
    billing: Billing, actor: Actor, property_id: str | None = None
) -> tuple[PropertySnapshot, ChannelTrouble | None]:
    """That property, or the one that the actor has chosen, and what is wrong with its billing channel.

    Raises NoProperty, NotFound, and NotAllowed for an accountant or agent.
    """
    with billing.read("channel.look_at") as work:
        prop, role = work.property_as_reader(actor, property_id)
        work.property_as_admin(actor, prop.id)
        return prop.snapshot(role), trouble(work, actor.workspace_id, prop.billing_channel)


def is_told(billing: Billing, workspace_id: str, channel: str) -> bool:
    """Whether a property's team is told of its billing there."""
    with billing.read("channel.is_told") as work:
        return bool(_announcing_in(work, workspace_id, channel))


def seen(billing: Billing, workspace_id: str, channel: str, *, is_private: bool) -> ChannelProblem | None:
    """Slack says who can read a channel in which a property's team is told; answers PUBLIC where it was private.

    As a public one it is usable when it is chosen again.
    """
    key = {"workspace_id": workspace_id, "channel": channel}
    with billing.read("channel.seen") as work:
        was_private = work.session.get(PrivateChannel, tuple(key.values())) is not None
    if is_private and not was_private:
        with billing.work("channel.seen") as work:
            insert_once(work.session, PrivateChannel, key)
    return ChannelProblem.PUBLIC if was_private and not is_private else None


def found_unusable(
    billing: Billing, workspace_id: str, channel: str, problem: ChannelProblem
) -> Collection[int]:
    """Nothing can be announced there. Whoever can choose another channel is told once, until it is usable again.

    What waits there of a property that announces elsewhere by now, or not at all, does so no more: answers the
    numbers of that.
    """
    with billing.work("channel.found_unusable") as work:
        moved = _move(work, workspace_id, channel)
        key = {"workspace_id": workspace_id, "channel": channel}
        if not insert_once(work.session, UnusableChannel, {**key, "problem": problem, "since": work.now}):
            if found := work.session.get(UnusableChannel, tuple(key.values())):
                found.problem = problem
            return moved
        for prop in _announcing_in(work, workspace_id, channel):
            event = ChannelUnusable(prop.id, prop.name, prop.time_zone, channel=channel, problem=problem)
            for user_id in work.admins_of(workspace_id, prop.id):
                work.tell_person(event, workspace_id, user_id)
    log.error(
        "nothing can be announced in a channel", workspace=workspace_id, channel=channel, problem=problem
    )
    return moved


def found_usable(billing: Billing, workspace_id: str, channel: str) -> None:
    """Something can be announced there: what waits for it is due now."""
    with billing.work("channel.found_usable") as work:
        clear(work, workspace_id, channel)


def clear(work: Work, workspace_id: str, channel: str) -> None:
    """The same in a transaction that does more."""
    of_it = {"of_workspace": workspace_id, "of_channel": channel}
    if work.session.scalar(queries.usable_again(), of_it) is not None:
        work.session.execute(waiting.due_now(), of_it)


def accept(work: Work, workspace_id: str, channel: str) -> None:
    """Somebody chose the channel as it is now: the same, and whoever reads it may."""
    clear(work, workspace_id, channel)
    work.session.execute(queries.forget_private(), {"of_workspace": workspace_id, "of_channel": channel})


def trouble(work: Work, workspace_id: str, channel: str | None) -> ChannelTrouble | None:
    """What is wrong with the channel, if nothing can be announced there."""
    row = work.session.get(UnusableChannel, (workspace_id, channel)) if channel else None
    return ChannelTrouble(row.channel, row.problem, row.since) if row else None


def leave(work: Work, prop: Property, channel: str | None) -> None:
    """The property's team is told elsewhere from now on, of less, or not at all: so is what waits for that channel.

    What another property waits with stays.
    """
    if channel is not None:
        _move(work, prop.workspace_id, channel, prop)


def _move(work: Work, workspace_id: str, channel: str, only: Property | None = None) -> Collection[int]:
    """What waits there goes where its property announces it now; answers the numbers of what does not stay.

    What no channel is to be told any more is dropped. What was posted already, and only lacks its document, is done.
    """
    of_it = {"of_workspace": workspace_id, "of_channel": channel}
    to: dict[str | None, list[int]] = defaultdict(list)
    for row in work.session.execute(waiting.waiting_in_channel(), of_it):
        topic, by = TOPICS.get(row.kind), announced_by(row.fact)
        if topic is None or by is None or (only and by != only.id):
            continue
        if prop := work.session.get(Property, (workspace_id, by)):
            to[None if prop.deleted_at else prop.channel_for(topic)].append(row.number)
    to.pop(channel, None)
    for place, numbers in to.items():
        for some in slices(numbers):
            if place is not None:
                work.session.execute(waiting.readdress(), {"numbers": some, "to_channel": place})
            work.session.execute(waiting.drop_in_channel(), {**of_it, "numbers": some, "now": work.now})
    return {number for numbers in to.values() for number in numbers}


def _announcing_in(work: Work, workspace_id: str, channel: str) -> Sequence[Property]:
    return work.session.scalars(
        queries.announcing_in(), {"workspace_id": workspace_id, "channel": channel}
    ).all()
