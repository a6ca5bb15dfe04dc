"""Billing and Work: one transaction, one moment, what is read and remembered in it; Doors says whom it lets in."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from threading import Event
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from billing import traces
from billing.doors import Doors
from billing.facts import RETRY_DAYS, RecordingSession
from billing.invoicing.drafts import Drafter, Upcoming
from billing.invoicing.forecasts import Limits, next_charge, snapshots_of
from billing.invoicing.issuing import Issuer
from billing.kept import Answers, Bought, Glances, KeptPages, LookedAt, State
from billing.ledger import credit_balance
from billing.locks import DRY_RUN, write
from billing.models import AuditEntry, KeptLogo, Payment, Property, Subscription
from billing.models.audit import audit_row
from billing.models.rules import Situation
from billing.models.subscription_snapshots import dunning_of
from billing.ports import ArchiveWriter, Cipher, Gateway, Vies
from billing.queries.payments import payment_of_key
from billing.queries.situations import situation_in, situations_of
from billing.queries.subscriptions import bought
from billing.rate_limits import RateLimit
from billing.values.actors import UNASKED, Actor
from billing.values.acts import DONE_ON_HOLD
from billing.values.channels import OperatorChannel
from billing.values.cycles import local_date
from billing.values.documents import InvoiceDocument
from billing.values.errors import Refusal
from billing.values.exchange_rates import ExchangeRate
from billing.values.money import Money
from billing.values.refusals import ChangedMeanwhile, OnHold
from billing.values.shares import NextCharge
from billing.values.snapshots import SubscriptionSnapshot

MAX_REFUSALS = 240
MAX_CODES = 5
MAX_VIES_QUESTIONS = 10


class Work(Doors):
    """What one use case holds: a session in a transaction, the moment it happens, and who acts."""

    def __init__(
        self,
        session: Session,
        now: datetime,
        issuer: Issuer,
        limits: Limits,
        retry_days: tuple[int, ...],
        *,
        mails: bool = False,
    ) -> None:
        self.session = session
        self.now = now
        self.issuer = issuer
        self.limits = limits
        self.retry_days = retry_days
        self.mails = mails
        self.actor = None
        self.property_id = None

    def payment_of(self, workspace_id: str, key: str) -> Payment | None:
        """The payment that was opened under that key, which stands for one confirmation."""
        return self.session.scalar(payment_of_key(), {"workspace_id": workspace_id, "key": key})

    def snapshot(self, subscription: Subscription) -> SubscriptionSnapshot:
        """What a reader sees of it, with its next charge by the code that will charge it."""
        write(self.session)  # the snapshot carries the version that a later act is held against
        return self.snapshots([subscription])[0]

    def snapshots(self, subscriptions: Sequence[Subscription]) -> list[SubscriptionSnapshot]:
        """The same for many, with one statement for what stands beside them."""
        found = situations_of(self.session, subscriptions, self.now)
        return self._snapshots(subscriptions, found)

    def next_charge(self, subscription: Subscription, comes: Upcoming, left: int | None = None) -> NextCharge:
        """Who will pay for what comes for it, with so much credit `left` by then: all that there is, unless said.

        Raises AmountNotCharged.
        """
        if left is None:
            left = self.situation(subscription).credit
        return next_charge(self.session, self.drafter, self.limits, subscription, comes, left)

    @property
    def drafter(self) -> Drafter:
        """Writes drafts of this moment."""
        return self.issuer.drafter(self.session, self.now)

    def situation(self, subscription: Subscription) -> Situation:
        """This moment, and what stands beside the subscription: what its rules are asked with."""
        return situations_of(self.session, [subscription], self.now)[subscription.id]

    def bought_by(self, prop: Property) -> list[SubscriptionSnapshot]:
        """The property's subscriptions, oldest first, ended ones too; not those whose purchase is not paid."""
        return self.bought_with_credit(prop.workspace_id, prop.id, prop.currency)[0]

    def bought_with_credit(
        self, workspace_id: str, property_id: str, currency: str
    ) -> tuple[list[SubscriptionSnapshot], Money]:
        """The same with the property's credit balance, which stands beside each of its subscriptions already."""
        of_it = {"workspace_id": workspace_id, "property_id": property_id}
        rows = self.session.execute(bought(), of_it).all()
        found = {row.Subscription.id: situation_in(row, self.now) for row in rows}
        subscriptions = [
            replace(snapshot, used=row.used or 0)
            for snapshot, row in zip(
                self._snapshots([row.Subscription for row in rows], found), rows, strict=True
            )
        ]
        if not rows:
            return subscriptions, credit_balance(self.session, workspace_id, property_id, currency)
        return subscriptions, Money(next(iter(found.values())).credit, currency)

    def _snapshots(
        self, subscriptions: Sequence[Subscription], found: Mapping[str, Situation]
    ) -> list[SubscriptionSnapshot]:
        shown = snapshots_of(self.session, self.drafter, self.limits, subscriptions, found)
        return [
            replace(snapshot, dunning=dunning_of(one, found[one.id].payment, self.retry_days))
            for one, snapshot in zip(subscriptions, shown, strict=True)
        ]

    # What must be remembered; what must be told stands in Telling.

    def record(
        self,
        act: str,
        subject_id: str | None = None,
        before: Mapping[str, Any] | None = None,
        after: Mapping[str, Any] | None = None,
        refused_as: str | None = None,
    ) -> None:
        """Writes into the audit log what the actor of this work did, or was refused."""
        actor = self.actor or Actor("", "", "operator")
        row = audit_row(
            actor,
            self.property_id,
            self.now,
            act,
            subject_id,
            before=before,
            after=after,
            refused_as=refused_as,
        )
        self.session.add(AuditEntry(**row))


@dataclass(frozen=True, slots=True)
class Billing:
    """The billing desk: hand it to a service and say who acts."""

    engine: Engine
    # What everything goes by, in all processes of one database.
    clock: Callable[[], datetime]
    # What this machine's own clock says, which is compared with it and used for nothing else.
    machine_clock: Callable[[], datetime]
    issuer: Issuer
    gateway: Gateway
    render: Callable[[InvoiceDocument, str, bytes | None], bytes]
    write_archive: ArchiveWriter
    write_ubl: Callable[[InvoiceDocument], bytes]
    cipher: Cipher
    # What somebody may read, asked at that engine in one trip.
    glance: Glances
    retry_days: tuple[int, ...] = (3, 5, 7, 7)
    mails: bool = False
    # Where the seller's own people read what waits for approval, and the month in figures; None for nowhere.
    operator_channel: OperatorChannel | None = None
    # Who is asked about VAT numbers; nobody where that is off.
    vies: Vies | None = None
    # Where exchange rates come from each day; None where nobody is asked. Raises RatesUnavailable.
    rate_source: Callable[[], Sequence[ExchangeRate]] | None = None
    # How many payments wait for the gateway at a time, at most.
    workers: int = 20
    # What each transaction waits for and gives back: where many threads write, they take turns.
    turns: AbstractContextManager[Any] = field(default_factory=nullcontext)
    # Set when the process is about to end: what is due is finished row by row, and no new one is begun.
    stopping: Event = field(default_factory=Event)
    # Set while these books are on hold: they are shown, and nothing is done with them.
    held: Event = field(default_factory=Event)
    # How many refusals of one person are recorded: more than a person who clicks meets in a minute.
    refusals: RateLimit = field(default_factory=lambda: RateLimit(MAX_REFUSALS, 60))
    # How many codes are mailed to one address within an hour.
    codes: RateLimit = field(default_factory=lambda: RateLimit(MAX_CODES, 3600))
    # How many VAT numbers that people of one workspace type are asked about within a minute.
    vies_questions: RateLimit = field(default_factory=lambda: RateLimit(MAX_VIES_QUESTIONS, 60))
    # What was read of properties, and need not be read again.
    kept: KeptPages = field(default_factory=KeptPages)
    # The engine for what only reads, made once: each that is made with other options costs a tenth of a page.
    reading: Engine = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "reading", self.engine.execution_options(reading=True))

    def within(self, workspace_id: str) -> Billing:
        """The same desk for turns of that workspace: PostgreSQL itself shows their statements no other's rows.

        Whatever looks past one workspace (due work, the outbox, `verify`, an operator) has the desk as it is.
        """
        return replace(self, engine=self.engine.execution_options(workspace=workspace_id))

    @contextmanager
    def work(self, act: str) -> Iterator[Work]:
        """One transaction at one moment: leaving it commits, an exception takes everything back.

        A refusal is written into the audit log under the name of the act. Raises OnHold while nothing may be done.
        """
        if self.held.is_set() and act not in DONE_ON_HOLD:
            raise OnHold
        with self.turns, self._refusals_recorded(act) as begun, self._transaction() as work:
            begun.append(work)
            yield work

    @contextmanager
    def read(self, act: str, *, at_one_moment: bool = False) -> Iterator[Work]:
        """The rows as they are, without a lock; nothing is changed.

        `at_one_moment` is for who compares what two statements find: others may commit between the two.
        """
        engine = self.reading.execution_options(moment=True) if at_one_moment else self.reading
        with (
            self._refusals_recorded(act) as begun,
            engine.begin() as connection,  # committed: at a rollback the driver forgets what it has prepared
            Session(connection, autoflush=False) as session,
        ):
            begun.append(self._begin(session))
            yield begun[0]

    @contextmanager
    def dry_run(self, act: str) -> Iterator[Work]:
        """The act's own code, of which nothing remains: what a preview runs. It writes what it must read, no more."""
        session = Session(self.engine, expire_on_commit=False, autoflush=False, info={DRY_RUN: True})
        with self._refusals_recorded(act) as begun, session:
            begun.append(self._begin(session))
            yield begun[0]
            session.rollback()

    def render_invoice(self, document: InvoiceDocument, language: str) -> bytes:
        """The PDF of an issued document in that language, with the logo that it was issued with."""
        logo = None
        if document.seller.logo:
            with self.read("document.draw") as work:
                logo = work.session.get_one(KeptLogo, document.seller.logo).content
        return self.render(document, language, logo)

    def kept_of(self, found: LookedAt, workspace_id: str, at: datetime) -> Bought | None:
        """What that property has bought, as it was read from the same books, if it was."""
        return self.kept.find((workspace_id, found.property.id), self._state(found, at), at)

    def still_bought_of(self, found: LookedAt, workspace_id: str, at: datetime) -> Bought | None:
        """The same from other books, if they still say of it what those said: a connection is taken to ask."""
        still = partial(self.glance.still, self.engine)
        return self.kept.find_alike((workspace_id, found.property.id), self._state(found, at), at, still)

    def keep(
        self, found: LookedAt, workspace_id: str, at: datetime, bought: Bought, answers: Answers
    ) -> None:
        """Keeps what was read now of what that property has bought, and what was asked for it."""
        place = (workspace_id, found.property.id)
        self.kept.keep(place, self._state(found, at), at, bought, answers)

    def may_record_refusal(self, actor: Actor) -> bool:
        """Whether one more refusal of theirs goes into the audit log: who tries without end does not fill it."""
        return self.refusals.allows((actor.workspace_id, actor.user_id))

    def _state(self, found: LookedAt, at: datetime) -> State:
        of_seller = (self.issuer, self.gateway, local_date(at, self.issuer.seller.time_zone))
        of_property = (found.currency, found.property.time_zone, found.has_budget)
        return State(found.revision, (*of_seller, *of_property))

    def _begin(self, session: Session) -> Work:
        limits, retry_days = self.gateway.limits, self.retry_days
        return Work(session, self.clock(), self.issuer, limits, retry_days, mails=self.mails)

    def _recording(self) -> RecordingSession:
        return RecordingSession(self.engine, expire_on_commit=False, info={RETRY_DAYS: self.retry_days})

    @contextmanager
    def _transaction(self) -> Iterator[Work]:
        try:
            with self._recording() as session, session.begin():
                work = self._begin(session)
                yield work
                session.record_facts(work.now)
        except StaleDataError:
            raise ChangedMeanwhile from None

    @contextmanager
    def _refusals_recorded(self, act: str) -> Iterator[list[Work]]:
        begun: list[Work] = []
        try:
            with traces.part(act):
                yield begun
        except Refusal as refusal:
            actor = begun[0].actor if begun else None
            if actor is not None and actor.via != UNASKED and self.may_record_refusal(actor):
                with self._transaction() as work:
                    work.actor, work.property_id = actor, begun[0].property_id
                    work.record(act, refused_as=type(refusal).__name__)
            raise
