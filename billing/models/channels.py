"""Channels in which nothing can be announced, and those that were private when somebody chose them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from billing.models.base import Base, EnumText, UtcDateTime
from billing.values.channels import ChannelProblem


class UnusableChannel(Base):
    """A channel in which nothing is announced, and since when; the row goes when something was announced there."""

    __tablename__ = "unusable_channels"

    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspaces.id"), primary_key=True)
    channel: Mapped[str] = mapped_column(String(100), primary_key=True)
    problem: Mapped[ChannelProblem] = mapped_column(EnumText(ChannelProblem))
    since: Mapped[datetime] = mapped_column(UtcDateTime)


class PrivateChannel(Base):
    """One that Slack called private: once it is public, nothing is announced there until it is chosen again."""

    __tablename__ = "private_channels"

    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspaces.id"), primary_key=True)
    channel: Mapped[str] = mapped_column(String(100), primary_key=True)
