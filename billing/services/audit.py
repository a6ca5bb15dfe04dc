"""The audit log of what was refused before a use case began."""

from __future__ import annotations

from billing.domain.actors import Actor
from billing.work import Billing


def record_refusal(billing: Billing, actor: Actor, act: str, refused_as: str) -> None:
    """Keeps that the actor's try was refused, and as what; nothing of what they typed."""
    with billing.work("audit.record_refusal") as work:
        work.actor = actor
        work.record(act, refused_as=refused_as)
