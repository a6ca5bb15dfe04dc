"""Installations: those at work, those whose token is to be replaced, and the workspaces that they reach."""

from __future__ import annotations

from datetime import timedelta
from functools import cache

from sqlalchemy import ColumnElement, Select, Update, and_, bindparam, delete, or_, select, update
from sqlalchemy.sql.dml import Delete, ReturningDelete

from billing.models import InstalledApp, InstallState, OutboxMessage, Workspace
from billing.models.clock import from_now
from billing.values.outbox import IN_SLACK


@cache
def changed_since() -> Select[InstalledApp]:
    """Those that were installed, uninstalled or given another token from `moment` on."""
    return (
        select(InstalledApp)
        .where(InstalledApp.changed_at >= bindparam("moment", type_=InstalledApp.changed_at.type))
        .order_by(InstalledApp.account_id)
    )


@cache
def all_installed() -> Select[InstalledApp]:
    """Every installation, in the order in which they were made."""
    return select(InstalledApp).order_by(InstalledApp.installed_at, InstalledApp.account_id)


@cache
def installation() -> Select[InstalledApp]:
    """That of the account `account_id`, locked."""
    return select(InstalledApp).where(InstalledApp.account_id == bindparam("account_id")).with_for_update()


@cache
def workspaces_of() -> Select[str, str]:
    """The workspaces of `organisation_id` that are known, each with its language."""
    return (
        select(Workspace.id, Workspace.language)
        .where(Workspace.organisation_id == bindparam("organisation_id"))
        .order_by(Workspace.id)
    )


@cache
def to_refresh() -> Select[str]:
    """The accounts whose token ends before `before`, and that no process works on."""
    return (
        select(InstalledApp.account_id)
        .where(
            InstalledApp.asleep_since.is_(None),
            InstalledApp.refresh_token.is_not(None),
            InstalledApp.expires_at <= bindparam("before", type_=InstalledApp.expires_at.type),
            or_(InstalledApp.refreshing_until.is_(None), InstalledApp.refreshing_until <= from_now()),
        )
        .order_by(InstalledApp.expires_at)
    )


def claim_to_refresh(hold: timedelta) -> Update:
    """One process has the token of `of_account` to itself for that long, unless another has it."""
    return (
        update(InstalledApp)
        .where(
            InstalledApp.account_id == bindparam("of_account"),
            or_(InstalledApp.refreshing_until.is_(None), InstalledApp.refreshing_until <= from_now()),
        )
        .values(refreshing_until=from_now(hold))
        .execution_options(synchronize_session=False)
    )


@cache
def consume_state() -> ReturningDelete[str]:
    """Takes the state `digest` out, if it is there and not over at `now`."""
    return (
        delete(InstallState)
        .where(
            InstallState.digest == bindparam("digest"),
            InstallState.expires_at > bindparam("now", type_=InstallState.expires_at.type),
        )
        .returning(InstallState.digest)
    )


@cache
def expired_states() -> Delete:
    """Takes out those that are over at `now`."""
    return delete(InstallState).where(
        InstallState.expires_at <= bindparam("now", type_=InstallState.expires_at.type)
    )


def _reached() -> ColumnElement[bool]:
    """The workspace `of_workspace`, or those of `of_organisation` that have no installation of their own."""
    own = select(InstalledApp.account_id).where(
        InstalledApp.account_id == Workspace.id,
        InstalledApp.asleep_since.is_(None),
        InstalledApp.account_id != bindparam("of_account"),
    )
    of_it = Workspace.organisation_id == bindparam("of_organisation")
    return or_(Workspace.id == bindparam("of_workspace"), and_(of_it, ~own.exists()))


@cache
def fall_asleep() -> Update:
    """What is to be said in these workspaces waits, since `now`."""
    return _asleep().where(Workspace.asleep_since.is_(None))


@cache
def wake() -> Update:
    """It is said again; `now` is None."""
    return _asleep()


def _asleep() -> Update:
    return (
        update(Workspace)
        .where(_reached())
        .values(asleep_since=bindparam("now", type_=Workspace.asleep_since.type))
        .execution_options(synchronize_session=False)
    )


@cache
def drop_of_sleepers() -> Update:
    """What waits to be said in workspaces that sleep since before `before` is not said any more, from `now` on."""
    moment = OutboxMessage.told_at.type
    sleepers = select(Workspace.id).where(Workspace.asleep_since < bindparam("before", type_=moment))
    return (
        update(OutboxMessage)
        .where(
            OutboxMessage.told_at.is_(None),
            OutboxMessage.audience.in_(IN_SLACK),
            OutboxMessage.workspace_id.in_(sleepers),
        )
        .values(told_at=bindparam("now", type_=moment), last_error="the app was uninstalled")
        .execution_options(synchronize_session=False)
    )
