"""Workspaces and the properties in them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Row, String
from sqlalchemy.orm import Mapped, mapped_column

from billing.models.base import Address, Base, CompanyDetails, Id, UtcDateTime
from billing.values.actors import Role
from billing.values.addresses import BillingAddress
from billing.values.companies import Company
from billing.values.events import Topic
from billing.values.money import Money
from billing.values.snapshots import PropertySnapshot

# How it is locked by those who count what a property has; rows that only refer to it can still be written.
PROPERTY_LOCK: dict[str, Any] = {"key_share": True}


class Workspace(Base):
    """The tenant. Its language is the one used where many read.

    `asleep_since`: the desk was uninstalled there then. Plans and mail go on; what is to be said in the chat waits.
    """

    __tablename__ = "workspaces"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(String(100))
    language: Mapped[str] = mapped_column(String(5))
    registered_at: Mapped[datetime] = mapped_column(UtcDateTime)
    organisation_id: Mapped[str | None] = mapped_column(Id, index=True)
    asleep_since: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)


class Property(Base):
    """The site or brand that subscriptions belong to.

    `billing_channel` is where the team is told of its billing; nothing is told while none was chosen.
    `muted_topics`, words parted by spaces, are those which it is not told.
    `address` and `company` are its billing profile, which subscriptions without their own go by.
    `has_contacts` from its first billing contact on: at least one stays. `has_budget` from its first budget on, also
    once that is removed.
    What is charged at once, and more than `approval_minor` with VAT, waits for another admin; None for no limit.
    `country` (ISO 3166) decides the tax of an invoice that has no billing address yet.
    """

    __tablename__ = "properties"

    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspaces.id"), primary_key=True)
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    time_zone: Mapped[str] = mapped_column(String(40))
    country: Mapped[str] = mapped_column(String(2))
    currency: Mapped[str] = mapped_column(String(3))
    address: Mapped[BillingAddress | None] = mapped_column("billing_address", Address)
    company: Mapped[Company | None] = mapped_column(CompanyDetails)
    billing_channel: Mapped[str | None] = mapped_column(String(40))
    muted_topics: Mapped[str] = mapped_column(String(200), default="")
    has_contacts: Mapped[bool] = mapped_column(default=False)
    has_budget: Mapped[bool] = mapped_column(default=False)
    approval_minor: Mapped[int | None] = mapped_column(BigInteger)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    deleted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    def snapshot(self, role: Role) -> PropertySnapshot:
        """The property as a member with that role sees it."""
        return PropertySnapshot(
            self.id, self.name, self.time_zone, role, self.billing_channel, _unmuted(self.muted_topics)
        )

    @property
    def key(self) -> dict[str, str]:
        """How statements name it."""
        return {"workspace_id": self.workspace_id, "property_id": self.id}

    @property
    def approval_limit(self) -> Money | None:
        """Above what is charged at once needs another admin."""
        return None if self.approval_minor is None else Money(self.approval_minor, self.currency)

    @property
    def topics(self) -> tuple[Topic, ...]:
        """What its channel is told about."""
        return _unmuted(self.muted_topics)

    def announce_about(self, topics: Collection[Topic]) -> None:
        """From now on its channel is told about these, and about nothing else."""
        self.muted_topics = " ".join(topic for topic in Topic if topic not in topics)

    def channel_for(self, topic: Topic | None) -> str | None:
        """Where that is announced, or None where nobody wants to be told."""
        return self.billing_channel if topic in self.topics else None

    def misses_channel_for(self, topic: Topic | None) -> bool:
        """Whether that would be announced, were a channel chosen."""
        return self.billing_channel is None and topic in self.topics


def snapshot_of_row(row: Row[*tuple[Any, ...]]) -> PropertySnapshot:
    """The same of its columns and the role of whom they were read for."""
    topics = _unmuted(row.muted_topics)
    return PropertySnapshot(row.id, row.name, row.time_zone, row.role, row.billing_channel, topics)


def _unmuted(muted_topics: str) -> tuple[Topic, ...]:
    muted = muted_topics.split()
    return tuple(topic for topic in Topic if topic not in muted)
