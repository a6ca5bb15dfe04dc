"""The audit log, read by those whose property it is about; and what was refused before a use case began."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import select

from billing.models import AuditEntry, Person, Subscription
from billing.queries.subscriptions import WHOLE_SUBSCRIPTION
from billing.services.pagination import page_of
from billing.values.actors import Actor
from billing.values.snapshots import AuditLine, AuditPage
from billing.work import Billing, Work


def record_refusal(billing: Billing, actor: Actor, act: str, refused_as: str) -> None:
    """Keeps that the actor's try was refused, and as what; nothing of what they typed."""
    with billing.work("audit.record_refusal") as work:
        work.actor = actor
        work.record(act, refused_as=refused_as)


def listed(billing: Billing, actor: Actor, property_id: str | None = None, page: int = 1) -> AuditPage:
    """What was done or tried in that property, or in the one that the actor has chosen; newest first.

    A page beyond the last one is the last one. Raises NoProperty, NotFound, NotAllowed for an agent
    (product, line 41).
    """
    with billing.read("audit.list") as work:
        prop, role = work.property_as_reader(actor, property_id)
        mine = (AuditEntry.workspace_id == actor.workspace_id, AuditEntry.property_id == prop.id)
        rows = select(AuditEntry).where(*mine).order_by(AuditEntry.at.desc(), AuditEntry.id.desc())
        at = page_of(work.session, rows, page)
        lines = _lines(work, actor, work.session.scalars(rows.slice(*at.span)).all())
        of_them = (at.number, at.pages, at.count)
        return AuditPage(prop.snapshot(role), prop.currency, lines, *of_them)


def _lines(work: Work, actor: Actor, entries: Sequence[AuditEntry]) -> tuple[AuditLine, ...]:
    subjects = {entry.subject_id for entry in entries if entry.subject_id}
    names = _subscriptions(work, actor, subjects)
    people = set(
        work.session.scalars(
            select(Person.user_id).where(
                Person.workspace_id == actor.workspace_id, Person.user_id.in_(subjects)
            )
        )
    )
    return tuple(
        AuditLine(
            at=entry.at,
            user_id=entry.user_id,
            via=entry.via,
            act=entry.act,
            subject=names.get(entry.subject_id or ""),
            member_id=entry.subject_id if entry.subject_id in people else None,
            details=tuple(_details(entry.before or {}, entry.after or {})),
            refused_as=entry.refused_as,
        )
        for entry in entries
    )


def _subscriptions(work: Work, actor: Actor, subjects: Iterable[str]) -> dict[str, str]:
    """The names of the subscriptions among these, by id."""
    found = work.session.scalars(
        select(Subscription)
        .where(Subscription.workspace_id == actor.workspace_id, Subscription.id.in_(subjects))
        .options(*WHOLE_SUBSCRIPTION)
    )
    return {one.id: f"{one.price.plan.add_on.name} {one.price.plan.name}" for one in found}


def _details(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterable[tuple[str, str, str]]:
    """What is not the same before and after, by its name; empty where there was nothing."""
    for name in dict.fromkeys((*before, *after)):
        if before.get(name) != after.get(name):
            yield name, _text(before.get(name)), _text(after.get(name))


def _text(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(_text(part) for part in value.values() if part)
    if isinstance(value, list):
        return ", ".join(_text(part) for part in value)
    return "" if value is None else str(value)
