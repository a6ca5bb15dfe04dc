"""Channels: who announces there, and in which of them nothing can be announced."""

from __future__ import annotations

from functools import cache

from sqlalchemy import Select, bindparam, delete, select
from sqlalchemy.sql.dml import Delete, ReturningDelete

from billing.models import PrivateChannel, Property, UnusableChannel

OF_CHANNEL = (
    UnusableChannel.workspace_id == bindparam("of_workspace"),
    UnusableChannel.channel == bindparam("of_channel"),
)


@cache
def announcing_in() -> Select[Property]:
    """The properties of `workspace_id` whose billing channel is `channel`."""
    return (
        select(Property)
        .where(
            Property.workspace_id == bindparam("workspace_id"),
            Property.billing_channel == bindparam("channel"),
            Property.deleted_at.is_(None),
        )
        .order_by(Property.name, Property.id)
    )


@cache
def usable_again() -> ReturningDelete[str]:
    """In `of_channel` of `of_workspace` something can be announced; answers the channel if that is news."""
    return (
        delete(UnusableChannel)
        .where(*OF_CHANNEL)
        .returning(UnusableChannel.channel)
        .execution_options(synchronize_session=False)
    )


@cache
def forget_private() -> Delete:
    """Whoever reads `of_channel` of `of_workspace` by now may: somebody chose it as it is."""
    return (
        delete(PrivateChannel)
        .where(
            PrivateChannel.workspace_id == bindparam("of_workspace"),
            PrivateChannel.channel == bindparam("of_channel"),
        )
        .execution_options(synchronize_session=False)
    )
