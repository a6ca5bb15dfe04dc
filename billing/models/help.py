"""What people said of the help that they read."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKeyConstraint
from sqlalchemy.orm import Mapped, mapped_column

from billing.models.base import Base, EnumText, Id, UtcDateTime


class HelpTopic(StrEnum):
    """What can be helpful or not: the list of words, and what each role may do."""

    WORDS = "words"
    ROLES = "roles"


class HelpVote(Base):
    """One person's word on one topic. It can be changed, and is never counted twice: the key says so."""

    __tablename__ = "help_votes"
    __table_args__ = (
        ForeignKeyConstraint(["workspace_id", "user_id"], ["persons.workspace_id", "persons.user_id"]),
    )

    workspace_id: Mapped[str] = mapped_column(Id, primary_key=True)
    topic: Mapped[HelpTopic] = mapped_column(EnumText(HelpTopic), primary_key=True)
    user_id: Mapped[str] = mapped_column(Id, primary_key=True)
    helpful: Mapped[bool]
    voted_at: Mapped[datetime] = mapped_column(UtcDateTime)
