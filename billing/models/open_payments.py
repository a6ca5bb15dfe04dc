"""A payment that is not decided: what stands against paying it at once, and what becomes of it by itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from billing.models.payments import (
    UNANSWERED,
    UNDECIDED,
    AttemptState,
    Payment,
    PaymentAttempt,
    PaymentKind,
    PaymentState,
)
from billing.values.errors import Refusal
from billing.values.refusals import PaymentInProgress
from billing.values.snapshots import Dunning

# Tries after which the schedule has nothing to do until a person acts, with the same card.
WAITS_FOR_PERSON = frozenset({AttemptState.ACTION_REQUIRED, AttemptState.DECLINED_FOR_GOOD})


@dataclass(frozen=True, slots=True)
class OpenPayment:
    """A payment that is not decided, and where the newest try to collect it stands; None before the first.

    `token` is the card of that try. `next_day_at` is the next day of the schedule, `tries` counts those that were,
    and `ends_at` is the last one where it is fixed.
    """

    kind: PaymentKind
    attempt: AttemptState | None = None
    action_url: str | None = None
    token: str | None = None
    next_day_at: datetime | None = None
    tries: int = 0
    ends_at: datetime | None = None

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
            payment.next_try_at,
            payment.tries,
            payment.ends_at,
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

    def is_hopeless(self, token: str | None) -> bool:
        """Whether the schedule leaves that card alone: what happened to it before would happen again."""
        return token is not None and token == self.token and self.attempt in WAITS_FOR_PERSON

    def try_at(self, token: str | None) -> datetime | None:
        """When that card, or none, is tried by itself; None where the gateway or a person must act before."""
        if token is None or self.attempt in UNANSWERED or self.is_hopeless(token):
            return None
        return self.next_day_at

    def last_day(self, retry_days: tuple[int, ...]) -> datetime | None:
        """The last day of the schedule, on which it is given up unless it is paid; None where it is over."""
        if self.ends_at is not None or self.next_day_at is None:
            return self.ends_at
        return self.next_day_at + timedelta(days=sum(retry_days[self.tries :]))

    def dunning(self, token: str | None, retry_days: tuple[int, ...]) -> Dunning:
        """What becomes of it by itself where its subscription has that card, or none."""
        is_dated = self.kind is PaymentKind.RENEWAL and self.attempt not in UNANSWERED
        return Dunning(self.try_at(token), self.last_day(retry_days) if is_dated else None)
