"""What the tries of a payment came to: the card that is up next, and what is told of a failure or a receipt."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from billing.models import Invoice, Payment, PaymentAttempt, PaymentMethod, Subscription
from billing.models.open_payments import Cards, OpenPayment
from billing.models.payments import WITHDRAWN, AttemptState
from billing.models.rules import Situation
from billing.queries.payment_attempts import attempts_of_payment, last_said
from billing.values.declines import AUTHENTICATION_REQUIRED
from billing.values.events import PaymentFailed, PaymentReceived


def cards_of(subscription: Subscription) -> Cards:
    """What it is paid with now."""
    return Cards(subscription.payment_method, subscription.backup_method)


@dataclass(frozen=True, slots=True)
class Declined:
    """A card that could not be charged, as "Visa 4242", why, and whether its bank wants to hear no more of it."""

    card: str
    reason: str
    for_good: bool


@dataclass(frozen=True, slots=True)
class Tries:
    """The tries of a payment, of which `attempt` is the newest, beside the cards that its subscription has now."""

    session: Session
    payment: Payment
    attempt: PaymentAttempt | None
    subscription: Subscription
    retry_days: tuple[int, ...]
    at: datetime

    @property
    def said(self) -> PaymentAttempt | None:
        """The newest try that the gateway took."""
        return last_said(self.session, self.payment, self.attempt)

    @property
    def still_open(self) -> OpenPayment | None:
        """The payment as these tries left it; None where it is decided."""
        return OpenPayment.of(self.payment, self.said)

    def backup_up(self) -> PaymentMethod | None:
        """The backup, where that is tried at once, in the place of the card of the newest try."""
        still_open, cards = self.still_open, cards_of(self.subscription)
        if still_open is None or cards.charged_last(self.attempt):
            return None
        up = still_open.card_up(cards, self.retry_days)
        return up if up is not None and up is cards.backup else None

    def backup_on_last_day(self) -> tuple[PaymentMethod | None, datetime | None]:
        """The backup, and when it is tried, where the bank waits for the payer of the first card until then."""
        still_open, cards = self.still_open, cards_of(self.subscription)
        if still_open is None or still_open.attempt is not AttemptState.ACTION_REQUIRED:
            return None, None
        backup = still_open.backup_up(cards, self.retry_days)
        return backup, still_open.try_at(cards, self.retry_days) if backup else None

    def declined_before(self) -> Declined | None:
        """The card in whose place the backup was tried, where the newest try was one with the backup."""
        attempt, cards = self.said, cards_of(self.subscription)
        if attempt is None or cards.first is None or not cards.charged_last(attempt):
            return None
        of_it = {"workspace_id": self.payment.workspace_id, "payment_id": self.payment.id}
        for one in reversed(self.session.scalars(attempts_of_payment(), of_it).all()):
            if one.token == cards.first.token and one.state is not AttemptState.NOT_TRIED:
                # What was withdrawn waited for its payer until then.
                reason = AUTHENTICATION_REQUIRED if one.reason == WITHDRAWN else one.reason or ""
                return Declined(one.card, reason, one.state is AttemptState.DECLINED_FOR_GOOD)
        return None

    def failure(self, reason: str, *, is_reminder: bool = False) -> PaymentFailed:
        """That it could not be collected, and what comes of it with the cards that its subscription has now."""
        still_open, cards = self.still_open, cards_of(self.subscription)
        try_at = still_open.try_at(cards, self.retry_days) if still_open else None
        backup = still_open.backup_up(cards, self.retry_days) if still_open and try_at else None
        first, said = self.declined_before(), self.said
        return PaymentFailed(
            **self.subscription.about(),
            payment_id=self.payment.id,
            minor=self.payment.minor,
            currency=self.payment.currency,
            reason=first.reason if first else reason,
            try_at=try_at,
            ends_at=still_open.last_day(self.retry_days) if still_open and try_at is None else None,
            can_pay_now=bool(self.subscription.can_pay_now(Situation(self.at, payment=still_open))),
            is_reminder=is_reminder,
            backup_card=said.card if first and said else "",
            backup_reason=reason if first else "",
            next_card=backup.shown if backup else "",
        )

    def receipt(
        self, invoice: Invoice, card: str, declined: Declined | None, *, now_pays: bool
    ) -> PaymentReceived:
        """That it is paid, by that card; `declined` is the one in whose place it was charged."""
        return PaymentReceived(
            **self.subscription.about(),
            invoice_id=invoice.id,
            number=invoice.number,
            minor=self.payment.minor,
            total_minor=invoice.total_minor,
            carried_minor=self.payment.carried_minor,
            currency=invoice.currency,
            card=card,
            payment_id=self.payment.id,
            declined_card=declined.card if declined else "",
            declined_reason=declined.reason if declined else "",
            now_pays=now_pays,
        )
