"""Where the desk is installed, with its tokens as ciphertext; and installations that have begun in a browser."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from billing.models.base import Base, Id, UtcDateTime


class InstalledApp(Base):
    """The desk in one account of the chat: a workspace, or an organisation (`workspace_id` is null).

    Tokens are null where the token is a setting. `asleep_since`: it was uninstalled then. `refreshing_until` is how
    long one process has the token to itself, to replace it.
    """

    __tablename__ = "installations"

    account_id: Mapped[str] = mapped_column(Id, primary_key=True)
    workspace_id: Mapped[str | None] = mapped_column(Id)
    organisation_id: Mapped[str | None] = mapped_column(Id, index=True)
    name: Mapped[str] = mapped_column(String(100))
    language: Mapped[str] = mapped_column(String(5))
    bot_user_id: Mapped[str] = mapped_column(Id)
    scopes: Mapped[str] = mapped_column(Text)
    access_token: Mapped[str | None] = mapped_column(Text)
    refresh_token: Mapped[str | None] = mapped_column(Text)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    refreshing_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    installed_by: Mapped[str] = mapped_column(Id)
    installed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    asleep_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class InstallState(Base):
    """What a browser brings back from the chat's page; it counts once. Only its hash is kept."""

    __tablename__ = "install_states"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
