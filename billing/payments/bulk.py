"""Due payments by the score: tries and outcomes are written many at a time, and each is asked of the gateway alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, as_completed, wait
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

import structlog
from sqlalchemy.exc import OperationalError

from billing import traces
from billing.models import Payment, PaymentAttempt, PaymentMethod
from billing.models.payments import AttemptState, PaymentKind, PaymentState
from billing.payments.collection import ask, next_try, order_of
from billing.payments.outcomes import PaymentKey, keep_outcome, settlements, write_outcome
from billing.ports import Answer, ChargeOrder, Outcome
from billing.queries.due_work import DueRows, claimed
from billing.queries.payments import payments_to_charge
from billing.work import Billing, Work

# Answers that come within this time are written together.
GATHER_SECONDS = 0.1
# Tries after which the same card may simply be tried again.
TRIED_AGAIN = frozenset({AttemptState.DECLINED, AttemptState.NOT_TRIED})
Key = tuple[datetime, str, str]
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Collected:
    """How many payments were tried, and of how many the outcome could not be kept."""

    tried: int = 0
    left: int = 0


@dataclass(frozen=True, slots=True)
class Try:
    """A try that is written and about to be sent."""

    key: PaymentKey
    order: ChargeOrder


@dataclass(frozen=True, slots=True)
class Claim:
    """The tries of one transaction, and the key of the last payment that was looked at for them; None where none was."""

    tries: Sequence[Try] = ()
    last: Key | None = None


@dataclass(frozen=True, slots=True)
class Answered:
    """A try that the gateway has collected, which is still to be written; or what became of it otherwise."""

    tried: Try
    outcome: Outcome | None = None
    failed: bool = False


def collect_due(billing: Billing, which: DueRows) -> Collected:
    """Tries each of these payments that is due and plain, once, in the order of their moments.

    As many as there are threads wait for the gateway at a time; whoever collects beside us takes others. What is not
    plain, and what somebody is at, is left.
    """
    tried, left, after, goes_on = 0, 0, None, True
    running: set[Future[Answered]] = set()
    together = max(1, billing.workers // 2)  # while one half is written, the other waits for the gateway
    with ThreadPoolExecutor(billing.workers) as pool:
        while True:
            while goes_on and (free := billing.workers - len(running)) and _may_ask(billing):
                claim = _claim(billing, which, after, min(free, together))
                tried += len(claim.tries)
                running |= {pool.submit(traces.carried(_ask), billing, one) for one in claim.tries}
                after, goes_on = claim.last, claim.last is not None
            if not running:
                return Collected(tried, left)
            done = _gathered(running, together)
            running -= done
            answers = [one.result() for one in done]
            left += sum(one.failed for one in answers)
            alone = _write(billing, [one for one in answers if one.outcome is not None])
            running |= {pool.submit(traces.carried(_write_alone), billing, one) for one in alone}


def _gathered(running: set[Future[Answered]], count: int) -> set[Future[Answered]]:
    """What is done by the time that so many are, or soon after the first."""
    wait(running, return_when=FIRST_COMPLETED)
    with suppress(TimeoutError):
        for _ in islice(as_completed(running, timeout=GATHER_SECONDS), count):
            pass
    return {one for one in running if one.done()}


def _may_ask(billing: Billing) -> bool:
    return not billing.stopping.is_set() and not billing.gateway.is_away()


def _claim(billing: Billing, which: DueRows, after: Key | None, size: int) -> Claim:
    """Writes the next tries. Locks first and reads then, as everywhere."""
    found: dict[str, object] = {"size": size}
    if after is not None:
        found |= dict(zip(("last_at", "last_workspace_id", "last_id"), after, strict=True))
    due: Sequence[tuple[datetime, str, str, str]] = ()
    try:
        with billing.work("payment.collect") as work:
            rows = work.session.execute(claimed(which, rest=after is not None), found | {"now": work.now})
            due = [(row[0], row[1], row[2], row[3]) for row in rows]
            tries = list(_tries(billing, work, due)) if due else []
    except Exception as trouble:  # whatever it is, it is logged, and its rows are worked one at a time
        log.error("a batch failed", act="payment.collect", exc_info=not isinstance(trouble, OperationalError))
        tries = []
    return Claim(tries, due[-1][:3] if due else None)


def _tries(billing: Billing, work: Work, due: Sequence[tuple[datetime, str, str, str]]) -> Iterable[Try]:
    keys = [(workspace_id, id_) for _, workspace_id, id_, _ in due]
    read = work.session.execute(payments_to_charge(), {"keys": keys}).all()
    found = {(payment.workspace_id, payment.id): (payment, *beside) for payment, *beside in read}
    busy = set()
    for key in keys:
        payment, before, method = found[key]
        of_it = (payment.workspace_id, payment.subscription_id)
        if of_it in busy or not _is_plain(billing, payment, before, method):
            continue
        busy.add(of_it)
        attempt = next_try(payment, before, method, work.now, scheduled=True)
        work.session.add(attempt)
        yield Try(PaymentKey(*key), order_of(payment, attempt))


def _is_plain(
    billing: Billing, payment: Payment, before: PaymentAttempt | None, method: PaymentMethod | None
) -> bool:
    """Whether nothing stands in the way of trying a renewal: all else is for the other way."""
    chargeable = billing.gateway.limits(payment.currency).chargeable(payment.minor)
    return (
        payment.kind is PaymentKind.RENEWAL
        and payment.state is PaymentState.OPEN
        and payment.minor == chargeable > 0
        and method is not None
        and (before is None or before.state in TRIED_AGAIN)
    )


def _ask(billing: Billing, one: Try) -> Answered:
    """Asks the gateway. What it did not collect is kept at once: much may follow from it."""
    try:
        outcome = ask(billing, one.key, one.order)
        if outcome is not None and outcome.answer is Answer.SUCCEEDED:
            return Answered(one, outcome)
        keep_outcome(billing, one.key, one.order.key, outcome)
    except Exception as trouble:
        return _failed(one, trouble)
    return Answered(one)


def _write(billing: Billing, answers: Sequence[Answered]) -> Sequence[Answered]:
    """Writes what was collected, together. Answers with what is to be written alone: somebody holds it, or all failed."""
    if not answers:
        return ()
    try:
        with billing.work("payment.outcome") as work:
            held = settlements(work, billing, [one.tried.key for one in answers])
            for one in answers:
                if settling := held.get(one.tried.key):
                    work.actor = None
                    write_outcome(work, settling, one.tried.order.key, one.outcome)
    except Exception as trouble:  # whatever it is, it is logged, and each is written by itself
        log.error("a batch failed", act="payment.outcome", exc_info=not isinstance(trouble, OperationalError))
        return answers
    return [one for one in answers if one.tried.key not in held]


def _write_alone(billing: Billing, one: Answered) -> Answered:
    try:
        keep_outcome(billing, one.tried.key, one.tried.order.key, one.outcome)
    except Exception as trouble:
        return _failed(one.tried, trouble)
    return Answered(one.tried)


def _failed(one: Try, trouble: Exception) -> Answered:
    """Whatever it is, it is logged and the others go on (promise 9)."""
    log.error("due work failed", id=one.key.id, exc_info=not isinstance(trouble, OperationalError))
    return Answered(one, failed=True)
