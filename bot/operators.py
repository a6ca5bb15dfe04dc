"""The seller's own people: in which workspace they are, who they are, and the desk that sees every customer."""

from __future__ import annotations

from dataclasses import dataclass, field

from billing import Actor, Billing
from billing.values.approvals import ApprovalLimits


@dataclass(frozen=True, slots=True)
class Operators:
    """`billing` is kept to no workspace: only those who are admitted get it, for that turn.

    `alone` is what one of them gives back without another.
    """

    billing: Billing
    workspace_id: str
    ids: frozenset[str]
    alone: ApprovalLimits = field(default_factory=ApprovalLimits)

    def admits(self, actor: Actor) -> bool:
        """Whether the settings name that person, in that workspace."""
        return (
            bool(self.workspace_id) and actor.workspace_id == self.workspace_id and actor.user_id in self.ids
        )
