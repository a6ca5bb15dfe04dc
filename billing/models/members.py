"""Persons and their memberships."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from billing.models.base import Base, EnumText, Id, UtcDateTime
from billing.models.properties import Property
from billing.values.actors import Role
from billing.values.texts import name_on_documents


class Person(Base):
    """Somebody in a workspace, as last seen, and the property they look at. `language` is None until it was seen.

    From `deactivated_at` on they cannot use Slack here any more, or only as a guest: they keep their roles for the
    day on which they come back, and until then get nothing.
    """

    __tablename__ = "persons"

    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspaces.id"), primary_key=True)
    user_id: Mapped[str] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    email: Mapped[str | None] = mapped_column(String(254))
    language: Mapped[str | None] = mapped_column(String(5))
    chosen_property_id: Mapped[str | None] = mapped_column(Id)
    deactivated_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    @property
    def address(self) -> str | None:
        """Where mail reaches them now; None for who left, or has no address."""
        return None if self.deactivated_at else self.email

    @property
    def name_on_documents(self) -> str:
        """By which an invoice without an address names them."""
        return name_on_documents(self.name, self.email, self.user_id)


class Member(Base):
    """A person's role in one property."""

    __tablename__ = "members"
    __table_args__ = (
        ForeignKeyConstraint(["workspace_id", "property_id"], ["properties.workspace_id", "properties.id"]),
        ForeignKeyConstraint(["workspace_id", "user_id"], ["persons.workspace_id", "persons.user_id"]),
        Index(None, "workspace_id", "user_id"),
    )

    workspace_id: Mapped[str] = mapped_column(Id, primary_key=True)
    property_id: Mapped[str] = mapped_column(Id, primary_key=True)
    user_id: Mapped[str] = mapped_column(Id, primary_key=True)
    role: Mapped[Role] = mapped_column(EnumText(Role))

    prop: Mapped[Property] = relationship(lazy="raise", viewonly=True)
    person: Mapped[Person] = relationship(lazy="raise", viewonly=True)
