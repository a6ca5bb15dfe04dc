"""The outbox: what can be claimed, what was told before, what waits."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    SQLColumnExpression,
    Text,
    Update,
    and_,
    bindparam,
    cast,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.sql.dml import ReturningUpdate

from billing.models import OutboxMessage, Workspace
from billing.models.clock import from_now
from billing.values.outbox import IN_SLACK, Audience

HOLD = timedelta(seconds=60)
M = OutboxMessage
UNTOLD = and_(M.told_at.is_(None), M.dead_at.is_(None))
AS_NEW = {"dead_at": None, "quarantined_at": None, "tries": 0, "queued_at": from_now(), "due_at": from_now()}
# As text: what is no JSON must not keep the rows beside it from being read.
FACT = cast(M.fact, Text).label("fact")


def sayable(
    audience: SQLColumnExpression[Audience], workspace_id: SQLColumnExpression[str]
) -> ColumnElement[bool]:
    """Where the desk was uninstalled nothing can be said in Slack, and mail goes out as ever."""
    asleep = select(Workspace.id).where(Workspace.asleep_since.is_not(None))
    return or_(audience.not_in(IN_SLACK), workspace_id.not_in(asleep))


@cache
def message() -> Select[OutboxMessage]:
    """The message `number`, locked."""
    return select(M).where(M.number == bindparam("number")).with_for_update()


@cache
def told_before() -> Select[*tuple[Any, ...]]:
    """What the same place was told last of the same thing before the message `number`."""
    return (
        select(M.kind, FACT, M.message_ref, M.written_at)
        .where(
            M.workspace_id == bindparam("workspace_id"),
            M.audience == bindparam("audience"),
            M.address == bindparam("address"),
            M.subject_key == bindparam("subject_key"),
            M.message_ref.is_not(None),
            M.number < bindparam("number"),
        )
        .order_by(M.number.desc())
        .limit(1)
    )


@cache
def shown_in() -> Select[*tuple[Any, ...]]:
    """What the message `message_ref` at one of `addresses` was told last."""
    return (
        select(M.kind, FACT, M.audience, M.address, M.subject_key)
        .where(
            M.workspace_id == bindparam("workspace_id"),
            M.audience.in_([Audience.SLACK_CHANNEL, Audience.SLACK_PERSON]),
            M.address.in_(bindparam("addresses", expanding=True)),
            M.message_ref == bindparam("message_ref"),
        )
        .order_by(M.number.desc())
        .limit(1)
    )


@cache
def newest_of_subject() -> Select[*tuple[Any, ...]]:
    """What one place is told last of `subject_key`, told already or not."""
    return (
        select(M.kind, FACT)
        .where(
            M.workspace_id == bindparam("workspace_id"),
            M.audience == bindparam("audience"),
            M.address == bindparam("address"),
            M.subject_key == bindparam("subject_key"),
        )
        .order_by(M.number.desc())
        .limit(1)
    )


def due_again(wait: timedelta) -> Update:
    """Tries the message `of_number` again after that wait."""
    return (
        update(M)
        .where(M.number == bindparam("of_number"))
        .values(due_at=from_now(wait))
        .execution_options(synchronize_session=False)
    )


@cache
def give_up() -> Update:
    """The message `of_number` is a dead letter."""
    return (
        update(M)
        .where(M.number == bindparam("of_number"))
        .values(dead_at=from_now())
        .execution_options(synchronize_session=False)
    )


def quarantine(wait: timedelta, *, is_over: bool) -> Update:
    """Lets go of the message `of_number`, which cannot be read, until that wait or the whole quarantine is over."""
    return due_again(wait).values(
        claimed_until=None,
        quarantined_at=func.coalesce(M.quarantined_at, from_now()),
        dead_at=from_now() if is_over else None,
        last_error=bindparam("error"),
    )


@cache
def redrive() -> ReturningUpdate[int]:
    """Every dead letter is due again, with a quarantine of its own if it needs one."""
    return (
        update(M)
        .where(M.dead_at.is_not(None), M.told_at.is_(None))
        .values(**AS_NEW)
        .returning(M.number)
        .execution_options(synchronize_session=False)
    )


def _in_channel() -> ColumnElement[bool]:
    return and_(
        UNTOLD,
        M.workspace_id == bindparam("of_workspace"),
        M.audience == Audience.SLACK_CHANNEL,
        M.address == bindparam("of_channel"),
    )


@cache
def waiting_in_channel() -> Select[*tuple[Any, ...]]:
    """What waits to be announced in `of_channel` of `of_workspace`, oldest first."""
    return select(M.number, M.kind, FACT).where(_in_channel()).order_by(M.number)


@cache
def due_now() -> Update:
    """What waits to be announced there is due, as if it had just been written."""
    return update(M).where(_in_channel()).values(**AS_NEW).execution_options(synchronize_session=False)


@cache
def readdress() -> Update:
    """Those of the messages `numbers` that nobody has seen are announced in `to_channel`, and are due."""
    return (
        update(M)
        .where(UNTOLD, M.number.in_(bindparam("numbers", expanding=True)), M.message_ref.is_(None))
        .values(address=bindparam("to_channel", type_=M.address.type), **AS_NEW)
        .execution_options(synchronize_session=False)
    )


@cache
def drop_in_channel() -> Update:
    """Those of `numbers` that still wait for `of_channel` are not announced any more, from `now` on."""
    return (
        update(M)
        .where(_in_channel(), M.number.in_(bindparam("numbers", expanding=True)))
        .values(
            told_at=bindparam("now", type_=M.told_at.type),
            last_error="another channel, or none, was chosen",
        )
        .execution_options(synchronize_session=False)
    )


@cache
def drop_to_person() -> Update:
    """What waits for the person `of_person` of `of_workspace` is not told any more, from `now` on."""
    in_private = and_(
        M.audience.in_([Audience.SLACK_PERSON, Audience.MAIL_PERSON]), M.address == bindparam("of_person")
    )
    return (
        update(M)
        .where(UNTOLD, M.workspace_id == bindparam("of_workspace"), in_private)
        .values(told_at=bindparam("now", type_=M.told_at.type), last_error="the person left")
        .execution_options(synchronize_session=False)
    )


@cache
def untold_of_workspace() -> Select[*tuple[Any, ...]]:
    """How many messages of `workspace_id` wait, and since when."""
    return select(func.count(), func.min(M.written_at)).where(
        UNTOLD, M.workspace_id == bindparam("workspace_id")
    )


@cache
def receipt_waits_since() -> Select[*tuple[Any, ...]]:
    """Since when the oldest receipt of the subscription `of_subscription` in `of_workspace` waits for its mail."""
    return select(func.min(M.written_at)).where(_receipts_untold())


@cache
def drop_receipts() -> Update:
    """The receipts of the same that wait are not sent any more; `now` is when that was decided."""
    return (
        update(M)
        .where(_receipts_untold())
        .values(
            told_at=bindparam("now", type_=M.told_at.type),
            last_error="receipts were switched off",
        )
        .execution_options(synchronize_session=False)
    )


@cache
def receipts_waiting() -> Select[int, dict[str, Any]]:
    """The same rows by their numbers, with their facts, locked."""
    return select(M.number, M.fact).where(_receipts_untold()).with_for_update()


@cache
def keep_fact() -> Update:
    """Writes the fact of one message anew, within its workspace."""
    of_it = (M.workspace_id == bindparam("of_workspace"), M.number == bindparam("of_number"))
    return update(M).where(*of_it).values(fact=bindparam("kept")).execution_options(synchronize_session=False)


def _receipts_untold() -> ColumnElement[bool]:
    to_recipient = and_(M.audience == Audience.MAIL_RECEIPTS, M.address == bindparam("of_subscription"))
    to_contact = and_(M.audience == Audience.MAIL_CONTACT, M.subject_key == bindparam("of_receipts"))
    return and_(UNTOLD, M.workspace_id == bindparam("of_workspace"), or_(to_recipient, to_contact))


@cache
def given_up_of_workspace() -> Select[int]:
    """How many dead letters `workspace_id` has."""
    return select(func.count()).where(
        M.workspace_id == bindparam("workspace_id"), M.dead_at.is_not(None), M.told_at.is_(None)
    )
