"""A payment that is not decided: what stands against paying it at once, and what becomes of it by itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from billing.models.payments import (
    UNANSWERED,
    UNDECIDED,
    WITHDRAWN,
    AttemptState,
    Payment,
    PaymentAttempt,
    PaymentKind,
    PaymentMethod,
    PaymentState,
)
from billing.values.declines import another_card_helps
from billing.values.errors import Refusal
from billing.values.refusals import PaymentInProgress
from billing.values.snapshots import Dunning

# Tries after which the schedule has nothing to do until a person acts, with the same card.
WAITS_FOR_PERSON = frozenset({AttemptState.ACTION_REQUIRED, AttemptState.DECLINED_FOR_GOOD})


@dataclass(frozen=True, slots=True)
class Cards:
    """What a subscription is paid with: its card, and the backup of that one."""

    first: PaymentMethod | None = None
    backup: PaymentMethod | None = None

    def charged_last(self, attempt: PaymentAttempt | None) -> bool:
        """Whether that try was one with the backup."""
        return self.backup is not None and attempt is not None and attempt.token == self.backup.token


NO_CARDS = Cards()


@dataclass(frozen=True, slots=True)
class OpenPayment:
    """A payment that is not decided, and where the newest try to collect it stands; None before the first.

    `token` is the card of that try, `reason` and `sent_at` are its own. `next_day_at` is the next day of the
    schedule, `tries` counts those that were, and `ends_at` is the last one where it is fixed. `refused` is the card
    in whose place the backup is tried from then on.
    """

    kind: PaymentKind
    attempt: AttemptState | None = None
    action_url: str | None = None
    token: str | None = None
    reason: str | None = None
    sent_at: datetime | None = None
    next_day_at: datetime | None = None
    tries: int = 0
    ends_at: datetime | None = None
    refused: str | None = None

    @classmethod
    def of(cls, payment: Payment, newest: PaymentAttempt | None) -> OpenPayment | None:
        """As it stands, or None where it is decided."""
        if payment.state is not PaymentState.OPEN:
            return None
        return cls(
            payment.kind,
            newest.state if newest else None,
            newest.action_url if newest else None,
            newest.token if newest else None,
            newest.reason if newest else None,
            newest.sent_at if newest else None,
            payment.next_try_at,
            payment.tries,
            payment.ends_at,
            payment.refused_token,
        )

    @property
    def gives_way(self) -> bool:
        """Whether it ends for what a person does next: a first payment, unless the gateway has not answered."""
        was_answered = self.attempt is not None and self.attempt not in UNANSWERED
        return was_answered and self.kind is not PaymentKind.RENEWAL

    @property
    def in_progress(self) -> Refusal | None:
        """What stands against paying it at once: the gateway has not answered an earlier try."""
        return PaymentInProgress(self.action_url) if self.attempt in UNANSWERED else None

    @property
    def is_owed(self) -> bool:
        """Whether it is a renewal that was refused: neither the gateway nor the payer's bank is asked now."""
        return self.kind is PaymentKind.RENEWAL and self.attempt not in UNDECIDED

    def card_up(self, cards: Cards, retry_days: tuple[int, ...]) -> PaymentMethod | None:
        """Which card the schedule tries on its next day; None where the gateway or a person must act before.

        That is the backup where the first one is of no more use: at once, since the day stays the same until then.
        """
        first, backup = cards.first, cards.backup
        if first is None or self.attempt in UNANSWERED:
            return None
        if backup is not None and self._goes_over(first.token, retry_days):
            return None if self._is_hopeless(backup.token) else backup
        return None if self._is_hopeless(first.token) else first

    def try_at(self, cards: Cards, retry_days: tuple[int, ...]) -> datetime | None:
        """When one of these cards is tried by itself; None where the gateway or a person must act before."""
        if self.card_up(cards, retry_days) is not None:
            return self.next_day_at
        return self.last_day(retry_days) if self._waits_for_last_day(cards) else None

    def backup_up(self, cards: Cards, retry_days: tuple[int, ...]) -> PaymentMethod | None:
        """The backup, where that is the card that is tried then."""
        is_up = self.card_up(cards, retry_days) is cards.backup or self._waits_for_last_day(cards)
        return cards.backup if is_up else None

    def _is_hopeless(self, token: str) -> bool:
        """Whether the schedule leaves that card alone: what happened to it before would happen again."""
        if token == self.token:
            return self.attempt in WAITS_FOR_PERSON
        return token == self.refused

    def _goes_over(self, first: str, retry_days: tuple[int, ...]) -> bool:
        """Whether the backup is tried in the place of that card: it was refused for good, or on the last day."""
        if not another_card_helps(self.reason):
            return False
        if first != self.token:
            return first == self.refused
        if self.attempt is AttemptState.DECLINED_FOR_GOOD:
            return True
        if not self._is_last_day(retry_days):
            return False
        # What waited for its payer until then is taken back first.
        was_tried = (
            self.sent_at is not None and self.next_day_at is not None and self.sent_at >= self.next_day_at
        )
        return was_tried or self.reason == WITHDRAWN or self.attempt is AttemptState.ACTION_REQUIRED

    def _is_last_day(self, retry_days: tuple[int, ...]) -> bool:
        if self.next_day_at is None or self.tries < len(retry_days):
            return False
        return self.ends_at is None or self.next_day_at >= self.ends_at

    def _waits_for_last_day(self, cards: Cards) -> bool:
        """Whether the bank waits for the payer of the first card until the backup is tried, on the last day."""
        if cards.first is None or cards.backup is None or self.kind is not PaymentKind.RENEWAL:
            return False
        is_asked = self.attempt is AttemptState.ACTION_REQUIRED and self.token == cards.first.token
        return is_asked and not self._is_hopeless(cards.backup.token)

    def last_day(self, retry_days: tuple[int, ...]) -> datetime | None:
        """The last day of the schedule, on which it is given up unless it is paid; None where it is over."""
        if self.ends_at is not None or self.next_day_at is None:
            return self.ends_at
        return self.next_day_at + timedelta(days=sum(retry_days[self.tries :]))

    def dunning(self, cards: Cards, retry_days: tuple[int, ...]) -> Dunning:
        """What becomes of it by itself where its subscription has those cards."""
        is_dated = self.kind is PaymentKind.RENEWAL and self.attempt not in UNANSWERED
        return Dunning(self.try_at(cards, retry_days), self.last_day(retry_days) if is_dated else None)
