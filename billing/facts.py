"""Facts are written as the rows say what happened: whatever an act changed, its fact stands in its transaction."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import inspect
from sqlalchemy.orm import InstanceState, Session
from sqlalchemy.orm.base import NO_VALUE

from billing.models import (
    CreditNote,
    Fact,
    InstalledApp,
    Invoice,
    Payment,
    PaymentAttempt,
    PaymentMethod,
    Plan,
    Price,
    Property,
    Refund,
    Subscription,
)
from billing.models.base import Base, new_ids
from billing.models.facts import HAVE_SHORT_FORM, fact_row
from billing.models.open_payments import Cards, OpenPayment
from billing.models.payments import WITHDRAWN, AttemptState, PaymentState
from billing.models.refunds import RefundState
from billing.models.resources import (
    SUBSCRIPTION,
    Resource,
    credit_note_resource,
    installation_resource,
    invoice_resource,
    payment_resource,
    property_resource,
    refund_resource,
    subscription_resource,
)
from billing.queries import facts as queries
from billing.queries.in_sql import insert_many
from billing.upgrades import writes_short
from billing.values.errors import Refusal
from billing.values.facts import IN_ORDER, FactType, entitlement, subscription_facts

# The schedule's days, in what a session carries.
RETRY_DAYS = "retry_days"
Columns = dict[str, Any]
Found = tuple[FactType, Resource]
# What is watched of each kind of row: a change of these may be a fact, and so is a new row.
WATCHED: Mapping[type[Base], tuple[str, ...]] = MappingProxyType(
    {
        Subscription: (*SUBSCRIPTION.values(), "price_id"),
        Invoice: (),
        CreditNote: (),
        Payment: ("state",),
        PaymentAttempt: ("state",),
        Refund: ("state",),
        Property: ("deleted_at",),
        InstalledApp: ("installed_at", "asleep_since"),
    }
)
OF_ATTEMPT = MappingProxyType(
    {
        AttemptState.DECLINED: FactType.PAYMENT_FAILED,
        AttemptState.DECLINED_FOR_GOOD: FactType.PAYMENT_FAILED,
        AttemptState.ACTION_REQUIRED: FactType.PAYMENT_ACTION_REQUIRED,
    }
)
OF_INVOICE = MappingProxyType(
    {
        PaymentState.PAID: FactType.INVOICE_PAID,
        PaymentState.UNCOLLECTIBLE: FactType.INVOICE_UNCOLLECTIBLE,
    }
)


class RecordingSession(Session):
    """A session that remembers what the watched rows were when its transaction began, and writes what became true."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._before: dict[Base, Columns | None] = {}

    def flush(self, objects: Sequence[Any] | None = None) -> None:
        for row in self.new:
            if type(row) in WATCHED:
                self._before.setdefault(row, None)
        for row in self.dirty:
            if type(row) in WATCHED and row not in self._before:
                self._before[row] = _committed(row)
        super().flush(objects)

    @contextmanager
    def undone_if_refused(self) -> Iterator[None]:
        """What is half done within when it is refused is taken back, and is no fact; what was done before stays."""
        with self.begin_nested():
            before = dict(self._before)
            try:
                yield
            except Refusal:
                self._before = before
                raise

    def record_facts(self, at: datetime) -> None:
        """Writes the facts of this transaction, as the last that is done in it."""
        self.flush()
        found = sorted(_found(self, self._before), key=lambda fact: IN_ORDER[fact[0]])
        self._before.clear()
        write_facts(self, found, at)


def write_facts(session: Session, found: Sequence[Found], at: datetime) -> None:
    """Writes them in that order, in one statement. What they are about was changed in this transaction."""
    if not found:
        return
    short = not HAVE_SHORT_FORM.isdisjoint(type_ for type_, _ in found) and writes_short(session)
    register_writer(session)
    ids = new_ids("evt", len(found))
    rows = [
        fact_row(type_, state, at, id_, short=short) for (type_, state), id_ in zip(found, ids, strict=True)
    ]
    insert_many(session, Fact, rows)


def register_writer(session: Session) -> None:
    """Before a number of the feed is drawn: no reader passes it until this transaction is over.

    SQLite needs none, it has one writer.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(queries.register_writer())


def readable_up_to(session: Session) -> int:
    """The number up to which the feed is complete; each statement must see what was committed before it.

    Whoever is not registered when the locks are read has ended, or draws numbers above the last one drawn before.
    """
    if session.get_bind().dialect.name != "postgresql":
        return session.scalar(queries.newest_fact()) or 0
    last: int = session.execute(queries.last_drawn()).scalar_one()
    lowest: int | None = session.execute(queries.lowest_registered()).scalar_one()
    return last if lowest is None else min(last, lowest)


def _committed(row: Base) -> Columns:
    """What is watched of it, as it was before; not what was never read."""
    state: InstanceState[Any] = inspect(row)
    old = {
        name: state.committed_state.get(name, state.dict.get(name, NO_VALUE)) for name in WATCHED[type(row)]
    }
    return {name: value for name, value in old.items() if value is not NO_VALUE}


def _found(session: Session, before: Mapping[Base, Columns | None]) -> Iterator[Found]:
    tried = {row.payment_id for row in before if isinstance(row, PaymentAttempt)}
    for row, was in before.items():
        if was is not None and all(getattr(row, name) == value for name, value in was.items()):
            continue
        match row:
            case Subscription():
                yield from _of_subscription(session, row, was)
            case Invoice():
                yield FactType.INVOICE_ISSUED, _invoice(row, before)
            case Payment():
                yield from _of_payment(session, row, tried)
            case PaymentAttempt():
                yield from _of_attempt(session, row)
            case _:
                yield from _of_other(row)


def _of_subscription(session: Session, row: Subscription, was: Columns | None) -> Iterator[Found]:
    now = {name: getattr(row, name) for name in (*SUBSCRIPTION.values(), "price_id")}
    after = _shown(session, now)
    types = subscription_facts(_shown(session, now | was) if was else None, after)
    for type_ in types:
        entitled = type_ is FactType.ENTITLEMENTS_CHANGED
        yield type_, entitlement(after, _quota(session, after)) if entitled else after


def _shown(session: Session, columns: Columns) -> Resource:
    return subscription_resource(columns, session.get_one(Price, columns["price_id"]))


def _quota(session: Session, subscription: Resource) -> int | None:
    return session.get_one(Plan, (subscription["add_on"], subscription["plan"])).quota


def _of_payment(session: Session, row: Payment, tried: set[str]) -> Iterator[Found]:
    if row.state is PaymentState.FAILED and row.id not in tried:
        yield FactType.PAYMENT_FAILED, payment_resource(row, None, None)
    if row.state in OF_INVOICE and row.invoice_id is not None:
        invoice = session.get_one(Invoice, (row.workspace_id, row.invoice_id))
        yield OF_INVOICE[row.state], invoice_resource(vars(invoice), row.state)


def _of_attempt(session: Session, row: PaymentAttempt) -> Iterator[Found]:
    if row.state in OF_ATTEMPT and row.reason != WITHDRAWN:
        payment = session.get_one(Payment, (row.workspace_id, row.payment_id))
        yield OF_ATTEMPT[row.state], payment_resource(payment, row.reason, _try_at(session, payment, row))


def _try_at(session: Session, payment: Payment, newest: PaymentAttempt) -> datetime | None:
    still_open = OpenPayment.of(payment, newest)
    if still_open is None:
        return None
    has = session.get_one(Subscription, (payment.workspace_id, payment.subscription_id))
    card_id, backup = has.payment_method_id, None
    card = session.get_one(PaymentMethod, (payment.workspace_id, card_id)) if card_id else None
    if has.backup_method_id is not None:
        session.refresh(has, ["backup_method"])
        backup = has.backup_method
    return still_open.try_at(Cards(card, backup), session.info[RETRY_DAYS])


def _of_other(row: Base) -> Iterator[Found]:
    match row:
        case CreditNote():
            yield FactType.CREDIT_NOTE_ISSUED, credit_note_resource(row)
        case Refund(state=RefundState.SUCCEEDED):
            yield FactType.PAYMENT_REFUNDED, refund_resource(row)
        case Refund(state=RefundState.FAILED):
            yield FactType.REFUND_FAILED, refund_resource(row)
        case Property():
            type_ = FactType.PROPERTY_DELETED if row.deleted_at else FactType.PROPERTY_CREATED
            yield type_, property_resource(row)
        case InstalledApp():
            asleep = row.asleep_since is not None
            type_ = FactType.WORKSPACE_UNINSTALLED if asleep else FactType.WORKSPACE_INSTALLED
            yield type_, installation_resource(row)


def _invoice(row: Invoice, before: Mapping[Base, Columns | None]) -> Resource:
    """As it is issued, or paid in the same breath."""
    own = (one for one in before if isinstance(one, Payment) and one.invoice_id == row.id)
    payment = next(own, None)
    return invoice_resource(vars(row), payment.state if payment else None)
