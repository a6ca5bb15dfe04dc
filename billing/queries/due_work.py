"""Due work: the rows that fall due, kind by kind, in the order of their moments."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    CompoundSelect,
    Select,
    TextClause,
    and_,
    bindparam,
    exists,
    extract,
    literal,
    or_,
    select,
    tuple_,
    union_all,
)
from sqlalchemy.orm import InstrumentedAttribute

from billing.models import (
    Budget,
    CardSetup,
    Payment,
    PaymentAttempt,
    PaymentMethod,
    PurchaseRequest,
    Refund,
    Subscription,
)
from billing.models.base import UtcDateTime
from billing.models.budgets import TO_LOOK_AT_SQL
from billing.models.card_setups import OPEN_SETUP_SQL
from billing.models.payments import OPEN_SQL, TO_DETACH_SQL, UNANSWERED, PaymentKind
from billing.models.purchase_requests import TO_FOLLOW_SQL
from billing.models.refunds import OPEN_REFUND_SQL
from billing.models.reminder_marks import (
    EARLY_REMINDER_SQL,
    LATE_REMINDER_SQL,
    REMINDED_SQL,
    TRIAL_REMINDER_SQL,
)
from billing.models.states import LIVING_SQL, Status


@dataclass(frozen=True, slots=True, eq=False)
class DueRows:
    """A kind of rows that fall due: when each does, its id, whose it is, and which are meant.

    Something is to be done so long `ahead` of that moment.
    """

    due_at: InstrumentedAttribute[Any]
    id: InstrumentedAttribute[str]
    subject_id: InstrumentedAttribute[str]
    which: ColumnElement[bool] | TextClause
    ahead: timedelta = timedelta(0)

    @property
    def until(self) -> BindParameter[datetime]:
        """The moment up to which they are due now: one of `moments`."""
        return bindparam(_name_of(self.ahead), type_=UtcDateTime())


Key = tuple[datetime, str, str]


def moments(now: datetime, kinds: Iterable[DueRows]) -> dict[str, datetime]:
    """Up to when each of these kinds is due at that moment, as their statements ask for it."""
    return {_name_of(rows.ahead): now + rows.ahead for rows in kinds}


def _name_of(ahead: timedelta) -> str:
    return f"in_{ahead.days}_days" if ahead else "now"


def place_of(last: Key | None) -> dict[str, object]:
    """What the `rest` of due rows is asked for with, after that row; nothing where all are meant."""
    names = ("last_at", "last_workspace_id", "last_id")
    return dict(zip(names, last, strict=True)) if last else {}


@cache
def due(rows: DueRows, *, rest: bool) -> Select[datetime, str, str, str]:
    """The first `size` that are due by `moments`: moment, workspace, id and whose it is.

    The `rest` are those that come after `last_at`, `last_workspace_id` and `last_id`.
    """
    key = (rows.due_at, rows.due_at.class_.workspace_id, rows.id)
    first = (
        select(*key, rows.subject_id)
        .where(rows.which, rows.due_at <= rows.until)
        .order_by(*key)
        .limit(bindparam("size"))
    )
    last = tuple_(
        bindparam("last_at", type_=UtcDateTime()), bindparam("last_workspace_id"), bindparam("last_id")
    )
    return first.where(tuple_(*key) > last) if rest else first


@cache
def claimed(rows: DueRows, *, rest: bool) -> Select[datetime, str, str, str]:
    """The same of payments, with the subscription of each locked: what another worker holds is left out."""
    return (
        due(rows, rest=rest)
        .select_from(Subscription)
        .join(Subscription.payments)
        .with_for_update(of=Subscription, skip_locked=True)
    )


@cache
def kinds_due(kinds: tuple[tuple[str, DueRows], ...]) -> CompoundSelect[str]:
    """The names of those kinds of which any row is due by `moments`."""
    return union_all(
        *(
            select(literal(name)).where(
                exists().where(rows.which, rows.due_at <= rows.until).select_from(rows.due_at.class_)
            )
            for name, rows in kinds
        )
    )


# What they say is in the words of the partial indexes: PostgreSQL uses those for no other.
CYCLES = DueRows(Subscription.due_at, Subscription.id, Subscription.id, LIVING_SQL)
REMINDERS = DueRows(Subscription.remind_at, Subscription.id, Subscription.id, REMINDED_SQL)
# So long before a charge it is spoken of: twice of a year's, once of what a trial becomes and of a card that expires.
EARLY, LATE, OF_TRIAL, OF_CARD = (timedelta(days=days) for days in (30, 7, 3, 14))
_ENDS = (Subscription.period_end_at, Subscription.id, Subscription.id)
EARLY_REMINDERS = DueRows(*_ENDS, EARLY_REMINDER_SQL, EARLY)
LATE_REMINDERS = DueRows(*_ENDS, LATE_REMINDER_SQL, LATE)
TRIAL_REMINDERS = DueRows(*_ENDS, TRIAL_REMINDER_SQL, OF_TRIAL)
# A card is good to the last day of its month. Of one card it is said once, also where the bank takes it all the same.
CARD_REMINDERS = DueRows(
    Subscription.due_at,
    Subscription.id,
    Subscription.id,
    and_(
        LIVING_SQL,
        Subscription.status.in_((Status.ACTIVE, Status.TRIALING)),
        Subscription.cancelled_at.is_(None),
        Subscription.payment_method.has(
            PaymentMethod.expiry_year * 12 + PaymentMethod.expiry_month
            < extract("year", Subscription.period_end_at) * 12 + extract("month", Subscription.period_end_at)
        ),
        or_(
            Subscription.reminded_card_id.is_(None),
            Subscription.reminded_card_id != Subscription.payment_method_id,
        ),
    ),
    OF_CARD,
)
BUDGETS = DueRows(Budget.due_at, Budget.property_id, Budget.property_id, TO_LOOK_AT_SQL)
REQUESTS = DueRows(PurchaseRequest.due_at, PurchaseRequest.id, PurchaseRequest.id, TO_FOLLOW_SQL)
POLLS = DueRows(
    PaymentAttempt.poll_at,
    PaymentAttempt.payment_id,
    PaymentAttempt.payment_id,
    PaymentAttempt.poll_at.is_not(None),
)
RENEWAL_POLLS = replace(
    POLLS, which=and_(POLLS.which, PaymentAttempt.payment.has(Payment.kind == PaymentKind.RENEWAL))
)
EXPIRING = DueRows(
    Payment.expires_at,
    Payment.id,
    Payment.subscription_id,
    OPEN_SQL & Payment.expires_at.is_not(None),
)
# Of what the gateway has not answered it is asked by a poll.
OWED = DueRows(
    Payment.next_try_at,
    Payment.id,
    Payment.subscription_id,
    and_(
        OPEN_SQL,
        Payment.next_try_at.is_not(None),
        ~Payment.attempts.any(PaymentAttempt.state.in_(UNANSWERED)),
    ),
)
RETRIES = replace(OWED, which=and_(OWED.which, Payment.tries > 0))
SETUPS = DueRows(CardSetup.poll_at, CardSetup.id, CardSetup.id, OPEN_SETUP_SQL)
REFUNDS = DueRows(Refund.poll_at, Refund.id, Refund.payment_id, OPEN_REFUND_SQL)
DETACHMENTS = DueRows(PaymentMethod.removed_at, PaymentMethod.id, PaymentMethod.id, TO_DETACH_SQL)
