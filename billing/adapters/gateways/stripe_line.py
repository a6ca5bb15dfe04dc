"""What is heard of Stripe: an answer, a fault of ours, or silence; who is silent again and again is left alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from time import monotonic, sleep
from typing import Any, TypeVar

import structlog
from circuitbreaker import CircuitBreaker
from stripe import (
    APIError,
    AuthenticationError,
    CardError,
    IdempotencyError,
    InvalidRequestError,
    ListObject,
    PaymentIntent,
    PermissionError,
    RequestOptions,
    StripeError,
    Subscription,
)

from billing.calls import calling
from billing.ports import GatewayMisconfigured, GatewayUnavailable

# After so many silences, one after the other, nobody asks for so long; then it is asked again.
SILENCES, AWAY_SECONDS = 8, 2.0
# The request itself is wrong: nothing of it was done, and asking the same again changes nothing.
OURS = (AuthenticationError, PermissionError, InvalidRequestError, IdempotencyError)
log = structlog.get_logger()
T = TypeVar("T")
Listed = TypeVar("Listed", PaymentIntent, Subscription)
# Seconds until a page of a list is asked for again, and again; how soon one that is missed is missed at the latest.
PAUSES, QUICK_SECONDS = (0.1, 0.2, 0.4, 0.8, 1.6), 2.0


def under_key(
    key: str, send: Callable[[RequestOptions], T], look: Callable[[], T | None] = lambda: None
) -> T:
    """Sends a request under its idempotency key, or the next one where Stripe has kept a fault of its own for it.

    For a day Stripe answers a key with what it answered first, a 500 too, and says so by a header
    (docs.stripe.com/error-low-level). A decline that was kept is the answer; a fault is none. It may have had its
    effect all the same, also where two send the same at once: `look` finds what is there by now, where a request
    under another key would do it twice.
    """
    number = 0
    while True:
        try:
            return send({"idempotency_key": f"{key}-{number}" if number else key})
        except APIError as fault:
            if not fault.headers or fault.headers.get("idempotent-replayed") != "true":
                raise
        if (there := look()) is not None:
            return there
        number += 1


class Line:
    """Every call to Stripe goes over it."""

    def __init__(self, away_seconds: float) -> None:
        self._breaker = CircuitBreaker(SILENCES, away_seconds, _is_silence)

    def is_away(self) -> bool:
        """Whether it is left alone now."""
        return bool(self._breaker.opened)

    @contextmanager
    def listening(self) -> Iterator[None]:
        """A decline is an answer, and so is a fault of ours. All else leaves open whether money moved.

        Raises CardError, GatewayMisconfigured, GatewayUnavailable.
        """
        if self.is_away():
            raise GatewayUnavailable("it has not answered again and again")
        with self._breaker, calling("gateway"), _translated():
            yield

    def each_listed(
        self, ask: Callable[[Any], ListObject[Listed]], wanted: dict[str, Any]
    ) -> Iterator[Listed]:
        """All that a list of Stripe's holds, newest first. Raises as `listening` does.

        A page that does not come is asked for again: of hundreds one is often missed, and those before it were lost.
        """
        while True:
            page = self._page(partial(ask, wanted))
            yield from page.data
            if not page.has_more:
                return
            wanted = {**wanted, "starting_after": page.data[-1].id}

    def _page(self, ask: Callable[[], ListObject[Listed]]) -> ListObject[Listed]:
        """Not for long: whoever lets us wait for an answer, and a definite no, are not asked for it again."""
        for pause in PAUSES:
            asked_at = monotonic()
            try:
                with self.listening():
                    return ask()
            except GatewayMisconfigured:
                raise
            except GatewayUnavailable:
                if monotonic() - asked_at > QUICK_SECONDS:
                    raise
            sleep(pause)  # nothing tells that it is back
        with self.listening():
            return ask()


def _is_silence(kind: type[Exception], _trouble: Exception) -> bool:
    """Whatever it does answer, even that we are misconfigured, it is there."""
    return issubclass(kind, GatewayUnavailable) and not issubclass(kind, GatewayMisconfigured)


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except CardError:
        raise
    except OURS as fault:
        reason = str(fault.code or type(fault).__name__)
        log.error("Stripe refuses what we ask", reason=reason, request=fault.request_id)
        raise GatewayMisconfigured(reason[:80]) from fault
    except StripeError as trouble:
        log.warning("Stripe gave no answer", trouble=type(trouble).__name__, request=trouble.request_id)
        raise GatewayUnavailable from trouble
