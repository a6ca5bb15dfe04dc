"""The audit log, read by those whose property it is about; and what was refused before a use case began."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from billing.models import AuditEntry
from billing.queries.audit import entries_of_property
from billing.queries.members import known_among
from billing.queries.pages import page as rows_of
from billing.queries.subscriptions import whole_among
from billing.services.pagination import page_of
from billing.values.actors import Actor
from billing.values.snapshots import AuditLine, AuditPage
from billing.work import Billing, Work


def record_refusal(billing: Billing, actor: Actor, act: str, refused_as: str) -> None:
    """Keeps that the actor's try was refused, and as what; nothing of what they typed. Not one too many a minute."""
    if not billing.may_record_refusal(actor):
        return
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
        at = page_of(work.session, entries_of_property(), prop.key, page)
        entries = work.session.scalars(rows_of(entries_of_property()), prop.key | at.shown).all()
        return AuditPage(prop.snapshot(role), prop.currency, _lines(work, actor, entries), *at.place)


def _lines(work: Work, actor: Actor, entries: Sequence[AuditEntry]) -> tuple[AuditLine, ...]:
    subjects = {entry.subject_id for entry in entries if entry.subject_id}
    among = {"workspace_id": actor.workspace_id, "ids": sorted(subjects)}
    plans = ((one.id, one.price.plan) for one in work.session.scalars(whole_among(), among))
    names = {id_: f"{plan.add_on.name} {plan.name}" for id_, plan in plans}
    people = set(work.session.scalars(known_among(), among))
    return tuple(_line(entry, names, people) for entry in entries)


def _line(entry: AuditEntry, names: Mapping[str, str], people: Collection[str]) -> AuditLine:
    """The entry with the name of the subscription, or the id of the person, that it is about."""
    return AuditLine(
        at=entry.at,
        user_id=entry.user_id,
        via=entry.via,
        act=entry.act,
        subject=names.get(entry.subject_id or ""),
        member_id=entry.subject_id if entry.subject_id in people else None,
        details=tuple(_details(entry.before or {}, entry.after or {})),
        refused_as=entry.refused_as,
    )


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
