"""What a decided payment brings about: the invoice, the plan, the books, and what must be told."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from billing import ledger
from billing.facts import RecordingSession
from billing.invoicing.credit_notes import event_of
from billing.invoicing.drafts import Draft
from billing.invoicing.issuing import Issuer
from billing.invoicing.parties import Party
from billing.invoicing.redating import begun
from billing.invoicing.unused_time import give_back, needs_credit_notes
from billing.models import Invoice, Payment, PaymentAttempt, Property, Subscription
from billing.models.changes import ChangeState, PlannedChange
from billing.models.payments import UNDECIDED, AttemptState, PaymentKind, PaymentState
from billing.models.subscriptions import Status
from billing.payments.plan_changes import change_told, drop_as_it_ends, drop_told, replaced_by, terms_of
from billing.payments.tries import Declined, Tries
from billing.queries import payments
from billing.queries.plan_changes import pending_change
from billing.values.cycles import local_date
from billing.values.declines import NOT_TRIED
from billing.values.documents import LineKind
from billing.values.errors import Refusal
from billing.values.events import (
    Event,
    LatePaymentCredited,
    SubscriptionEnded,
    SubscriptionRestarted,
    SubscriptionStarted,
    UnissuedPaymentCredited,
)
from billing.values.refusals import NothingPending

# What a person must still do is said once more so long before the plan ends.
REMINDED_AHEAD = timedelta(days=1)
# What our own account stands in the way of is tried again after this long.
TRIED_AGAIN_AFTER = timedelta(hours=1)
NOT_ISSUED, EXPIRED = "not_issued", "expired"
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Settlement:
    """A payment under decision, with all that hangs on it, in the caller's transaction.

    `attempt` is the newest try to collect it. A renewal's `invoice` is issued before it is paid, all others after.
    """

    session: Session
    issuer: Issuer
    retry_days: tuple[int, ...]
    at: datetime
    payment: Payment
    attempt: PaymentAttempt | None
    subscription: Subscription
    invoice: Invoice | None

    @property
    def tries(self) -> Tries:
        """The same payment with what was tried."""
        about = (self.payment, self.attempt, self.subscription, self.retry_days, self.at)
        return Tries(self.session, *about)

    @property
    def owner(self) -> Property:
        """Whose payment it is: its subscription may have been transferred since it was decided."""
        return self.session.get_one(Property, (self.payment.workspace_id, self.payment.property_id))

    def succeed(self, card: str) -> list[Event]:
        """The amount is collected: issues what was not issued yet, books it, and does what was paid for.

        What cannot be issued after all is not done, and its money is credit of the property.
        """
        if self.payment.state is not PaymentState.OPEN:
            return self._credit_late_payment()
        try:
            invoice, events = (self.invoice, []) if self.invoice else self._fulfil_or_nothing(card)
        except Refusal as refusal:
            return self._credit_unissued(type(refusal).__name__)
        ledger.book_payment(self.session, self.payment, self.at)
        self._decide(PaymentState.PAID)
        if self.payment.kind is not PaymentKind.RENEWAL:
            return [*events, self.tries.receipt(invoice, card, None, now_pays=False)]
        self._back_to_active()
        is_charged = self.attempt is not None and self.attempt.state is AttemptState.SUCCEEDED
        declined = self.tries.declined_before() if is_charged else None
        now_pays = declined is not None and self._takes_over(declined)
        return [self.tries.receipt(invoice, card, declined, now_pays=now_pays)]

    def fail(self, reason: str, *, scheduled: bool) -> list[Event]:
        """Not collected: a first payment is over, a renewal is tried again. `scheduled`: its day is over by that.

        Unless the backup is tried on that day, too: what comes of both is told then.
        """
        if self.payment.state is not PaymentState.OPEN:
            return []
        if self.payment.kind is not PaymentKind.RENEWAL:
            return self._give_up(reason)
        if scheduled and self.tries.backup_up() is not None:
            return []
        if self.subscription.status is Status.ACTIVE:
            self.subscription.status = Status.PAST_DUE
        if scheduled and not self._next_day():
            return self._end_unpaid(reason)
        return [self.tries.failure(reason)]

    def expire(self) -> list[Event]:
        """The time is over in which a first payment was to be paid: the payer did nothing, or no bank was asked."""
        return self.fail(EXPIRED if self.attempt else NOT_TRIED, scheduled=False)

    def skip(self, reason: str) -> list[Event]:
        """A day of the schedule on which nothing can be tried: what stands in the way was told when it was met.

        Told once more is only the last day, one day ahead; when it comes, the plan ends.
        """
        if self.payment.kind is not PaymentKind.RENEWAL:
            return self._give_up(reason)
        if not self._next_day():
            return self._end_unpaid(reason, told=True)
        if self.payment.tries < len(self.retry_days):
            return []
        last_day = self.payment.next_try_at
        if self.payment.ends_at is None and last_day is not None and last_day - REMINDED_AHEAD > self.at:
            self.payment.ends_at, self.payment.next_try_at = last_day, last_day - REMINDED_AHEAD
            return []
        return [self.tries.failure(reason, is_reminder=True)]

    def not_tried(self, reason: str) -> list[Event]:
        """The gateway refused our account or key: no try of a renewal's, which goes on when that is mended."""
        if self.payment.state is not PaymentState.OPEN:
            return []
        if self.payment.kind is not PaymentKind.RENEWAL:
            return self._give_up(reason)
        if self.payment.next_try_at is None or self.payment.next_try_at <= self.at:  # a day to come stays
            self.payment.next_try_at = self.at + TRIED_AGAIN_AFTER
        return []

    def _next_day(self) -> bool:
        """Goes on to the next day of the schedule; False where it was the last."""
        payment = self.payment
        if payment.ends_at is not None and self.at < payment.ends_at:
            payment.next_try_at = payment.ends_at
            return True
        payment.tries += 1
        if payment.tries > len(self.retry_days):
            return False
        payment.next_try_at = self.at + timedelta(days=self.retry_days[payment.tries - 1])
        return True

    def reduce(self, minor: int) -> int:
        """Less is to be paid, because it was credited; answers by how much. What is left of nothing is decided.

        Only while no try of it is under way, and what was opened for the old amount is closed at the gateway.
        """
        if self.payment.state is not PaymentState.OPEN:
            return 0
        off = self.payment.reduce(minor)
        if self.payment.owed_minor == 0:
            self._decide(PaymentState.CREDITED)
            self._back_to_active()
        return off

    def _fulfil_or_nothing(self, card: str) -> tuple[Invoice, list[Event]]:
        """Issues what was paid for and does it; nothing of it where one of its documents cannot be issued."""
        assert isinstance(self.session, RecordingSession)  # nothing is paid in a rehearsal
        with self.session.undone_if_refused():
            return self._fulfil(card)

    def _fulfil(self, card: str) -> tuple[Invoice, list[Event]]:
        assert self.payment.draft is not None
        is_purchase = self.payment.kind is PaymentKind.PURCHASE
        change = None if is_purchase else pending_change(self.session, self.subscription)
        if change is None and not is_purchase:
            raise NothingPending
        draft, given_back = self._given_back(Draft.from_json(self.payment.draft))
        draft = draft.shared(self.payment.credit_minor, self.payment.carried_minor)
        if change is not None and self.payment.kind is PaymentKind.RESTART:
            period = self.subscription.anchored(self.at, change.price.interval).period(0)
            draft = begun(draft, Party.of(self.subscription), period)
        paid_on = local_date(self.at, self.issuer.seller.time_zone)
        paid = replace(draft, document=replace(draft.document, paid_on=paid_on, charged_to=card))
        invoice = self.issuer.issue(self.session, self.subscription, paid, self.at)
        self.payment.invoice_id = invoice.id
        self.payment.credit_minor = invoice.total_minor - self.payment.minor - self.payment.carried_minor
        return invoice, [*self._live(draft, change), *given_back]

    def _given_back(self, draft: Draft) -> tuple[Draft, list[Event]]:
        """What is to be invoiced. What credit notes give back goes to the balance, which pays what is charged."""
        if not needs_credit_notes(self.session, self.subscription, draft):
            return draft, []
        draft.refuse_if_incomplete()
        notes = give_back(self.session, self.issuer, self.subscription, draft, self.at)
        left, payment = draft.charges, self.payment
        payment.credit_minor = left.document.total.minor - payment.minor - payment.carried_minor
        return left, [event_of(self.subscription, *note) for note in notes]

    def _live(self, draft: Draft, change: PlannedChange | None) -> list[Event]:
        """Does to the subscription what was paid for; a purchase is no change."""
        subscription = self.subscription
        if change is None:
            subscription.status = Status.ACTIVE
            by = self.payment.requested_by
            return [SubscriptionStarted(**subscription.about(), by=by, **self._paid(draft))]
        had, dropped = terms_of(subscription), self._dropped(change)
        subscription.switch(change.price, change.quantity)
        change.decide(ChangeState.APPLIED, self.at)
        if change.new_cycle:
            begins_at = next(
                span.start_at
                for line, span in zip(draft.document.lines, draft.spans, strict=True)
                if line.kind is LineKind.CYCLE
            )
            anchor = subscription.anchored(begins_at, change.price.interval)
            subscription.restart(anchor, by=self._payer_from_now_on())
        by, paid = change.requested_by, self._paid(draft)
        if self.payment.kind is PaymentKind.RESTART:
            return [SubscriptionRestarted(**subscription.about(), by=by, **paid)]
        return [*dropped, change_told(subscription, by, had, lost=draft.lost, paid=paid)]

    def _payer_from_now_on(self) -> str:
        """Who restarts a plan, or chose another card for that; a change of plan leaves it to who paid before."""
        restarts = self.payment.kind is PaymentKind.RESTART
        return self.payment.requested_by if restarts else self.subscription.billing_admin_id

    def _dropped(self, change: PlannedChange) -> list[Event]:
        """What was planned before, and does not come now that this one has."""
        dropped = replaced_by(self.session, change)
        return [drop_told(self.subscription, dropped, change.requested_by)] if dropped else []

    def _paid(self, draft: Draft) -> dict[str, Any]:
        """What was paid for what is done, for the fact of it; what is carried is not paid yet."""
        paid = draft.document.total.minor - max(self.payment.carried_minor, 0)
        return {"payment_id": self.payment.id, "total_minor": paid, "currency": self.payment.currency}

    def _give_up(self, reason: str) -> list[Event]:
        """A first payment failed: nothing was issued, and all stays as it was."""
        self._decide(PaymentState.FAILED)
        if self.payment.kind is PaymentKind.PURCHASE:
            self.subscription.status = Status.ABANDONED
        elif change := pending_change(self.session, self.subscription):
            change.decide(ChangeState.FAILED, self.at)
            self.session.flush()  # it leaves before the one that it dropped is planned again
            if dropped := replaced_by(self.session, change):
                dropped.plan_again()
        return [self.tries.failure(reason)]

    def _end_unpaid(self, reason: str, *, told: bool = False) -> list[Event]:
        """The last day has come: the invoice is uncollectible, the plan ends; what has ended stays ended.

        `told`: why it could not be collected was said before.
        """
        ledger.book_loss(self.session, self.payment, self.at)
        self._decide(PaymentState.UNCOLLECTIBLE)
        if self.subscription.status is Status.ENDED:
            return [self.tries.failure(reason)]
        was = self.subscription.status
        self.subscription.end(self.at)
        dropped = drop_as_it_ends(self.session, self.subscription, self.at)
        ended = SubscriptionEnded(**self.subscription.about(), ended_at=self.at, unpaid=True, was=was)
        return [*dropped, *([] if told else [self.tries.failure(reason)]), ended]

    def _credit_unissued(self, refused_as: str) -> list[Event]:
        """No invoice can be issued for what was collected: all stays as it was, and the property has the money."""
        log.error("a payment could not be invoiced", payment=self.payment.id, refused_as=refused_as)
        failed = self._give_up(NOT_ISSUED)
        if self.payment.minor == 0:
            return failed
        ledger.book_late_payment(self.session, self.payment, self.at)
        about, amount, kind = self.subscription.about(), self.payment.amount, str(self.payment.kind)
        return [UnissuedPaymentCredited(**about, minor=amount.minor, currency=amount.currency, paid_for=kind)]

    def _credit_late_payment(self) -> list[Event]:
        """It is credit of the property that it was paid for, whosever the subscription is by now."""
        ledger.book_late_payment(self.session, self.payment, self.at)
        about = self.subscription.about() | {"property_id": self.owner.id, "property_name": self.owner.name}
        return [LatePaymentCredited(**about, minor=self.payment.minor, currency=self.payment.currency)]

    def _takes_over(self, declined: Declined) -> bool:
        """The backup paid: where the first card was declined for good, it is the card that pays from then on."""
        has = self.subscription
        backup = has.backup_method
        if not declined.for_good or backup is None:
            return False
        has.payment_method_id, has.backup_method_id = backup.id, None
        set_committed_value(has, "payment_method", backup)
        set_committed_value(has, "backup_method", None)
        return True

    def _back_to_active(self) -> None:
        if self.subscription.status is Status.PAST_DUE and not self._owes_more():
            self.subscription.status = Status.ACTIVE

    def _owes_more(self) -> bool:
        but_this = {**self.subscription.key, "payment_id": self.payment.id}
        return self.session.scalar(payments.other_past_due(), but_this) is not None

    def _decide(self, state: PaymentState) -> None:
        self.payment.state, self.payment.decided_at, self.payment.next_try_at = state, self.at, None
        self.close_at_gateway()

    def close_at_gateway(self) -> None:
        """What was given up is closed there soon: a request that is still on its way must not collect it."""
        payment, attempt = self.payment, self.attempt
        given_up = payment.gateway_id and payment.state not in (PaymentState.OPEN, PaymentState.PAID)
        if given_up and attempt and attempt.state not in {*UNDECIDED, AttemptState.SUCCEEDED}:
            attempt.poll_at = self.at
