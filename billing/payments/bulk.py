"""Due payments by the score: tries and outcomes are written many at a time, the gateway is asked for each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, as_completed, wait
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import islice
from time import monotonic

import structlog
from sqlalchemy.exc import OperationalError

from billing import traces
from billing.locks import lock_subscriptions_of
from billing.models import Payment, PaymentAttempt
from billing.models.open_payments import Cards, OpenPayment
from billing.models.payments import AttemptState, PaymentKind, PaymentState
from billing.payments.charging import ask, order_of, said, stored
from billing.payments.collection import is_due, next_try
from billing.payments.outcomes import PaymentKey, keep_outcome, settlements, write_outcome
from billing.ports import Answer, ChargeOrder, Outcome
from billing.queries.due_work import DueRows, Key, claimed, place_of
from billing.queries.payment_attempts import last_said
from billing.queries.payments import THESE_PAYMENTS, payment_to_charge
from billing.work import Billing, Work

# Answers that come within this time of each other are written together.
GATHER_SECONDS = 0.1
# So long a gateway that is left alone is waited for once all that was asked is answered; else the next tick asks it.
BACK_SECONDS, LOOK_SECONDS = 5.0, 0.1
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Collected:
    """How many payments were tried, and of how many the outcome could not be kept."""

    tried: int
    left: int


@dataclass(frozen=True, slots=True)
class Try:
    """A try that is written, and the key of the subscription that it is for.

    `opened` is what the gateway calls it, until that is stored; `collected` what it said of one that succeeded,
    until that is written.
    """

    key: PaymentKey
    of: tuple[str, str]
    order: ChargeOrder
    opened: str = ""
    collected: Outcome | None = None
    failed: bool = False


def collect_due(billing: Billing, which: DueRows) -> Collected:
    """Tries each of these payments that is due and plain, once, in the order of their moments.

    As many as there are threads wait for the gateway at a time; whoever collects beside us takes others. What is not
    plain, and what somebody is at, is left.
    """
    tried, left, after, goes_on = 0, 0, None, True
    running: dict[Future[Try], Try] = {}
    answers: list[Try] = []
    together = max(1, billing.workers // 2)  # while one half is written, the other waits for the gateway
    with ThreadPoolExecutor(billing.workers) as pool:

        def send(act: Callable[[Billing, Try], Try], tries: Sequence[Try]) -> None:
            running.update({pool.submit(traces.carried(_guarded), act, billing, one): one for one in tries})

        while True:
            send(_ask, _store(billing, [one for one in answers if one.opened]))
            while goes_on and (free := billing.workers - len(running)) > 0 and _may_ask(billing):
                busy = {one.of for one in (*running.values(), *answers)}
                tries, after = _claim(billing, which, after, min(free, together), busy)
                send(_open, tries)
                tried, goes_on = tried + len(tries), after is not None
            send(_write_alone, _write(billing, [one for one in answers if one.collected]))
            if not running:
                if goes_on and _is_back(billing):
                    answers = []
                    continue
                return Collected(tried, left)
            answers = _gathered(running, together)
            left += sum(one.failed for one in answers)


def _may_ask(billing: Billing) -> bool:
    return not billing.stopping.is_set() and not billing.gateway.is_away()


def _is_back(billing: Billing) -> bool:
    """Whether the gateway may be asked, now or in a moment: a short silence does not cost the rest of a tick."""
    patient_until = monotonic() + BACK_SECONDS
    while billing.gateway.is_away() and monotonic() < patient_until:
        if billing.stopping.wait(LOOK_SECONDS):
            break
    return not (billing.gateway.is_away() or billing.stopping.is_set())


def _gathered(running: dict[Future[Try], Try], count: int) -> list[Try]:
    """Takes out what is done when so many are, or soon after the first."""
    wait(running, return_when=FIRST_COMPLETED)
    with suppress(TimeoutError):
        for _ in islice(as_completed(running, timeout=GATHER_SECONDS), count):
            pass
    done = [one for one in running if one.done()]
    for one in done:
        del running[one]
    return [one.result() for one in done]


def _claim(
    billing: Billing, which: DueRows, after: Key | None, size: int, busy: set[tuple[str, str]]
) -> tuple[Sequence[Try], Key | None]:
    """The next tries, written together, and the key of the last payment that was looked at; None at the end.

    Locks first and reads then, as everywhere. `busy` are subscriptions of which a payment is under way.
    """
    due: list[Key] = []
    tries: list[Try] = []
    try:
        with billing.work("payment.collect") as work:
            asked = {"now": work.now, "size": size, **place_of(after)}
            rows = work.session.execute(claimed(which, rest=after is not None), asked)
            due.extend((row[0], row[1], row[2]) for row in rows)
            tries.extend(_tries(billing, work, [key[1:] for key in due], busy))
    except Exception as trouble:  # whatever it is, it is logged, and its rows are worked one at a time
        log.error("a batch failed", act="payment.collect", exc_info=not isinstance(trouble, OperationalError))
        tries.clear()
    return tries, due[-1] if due else None


def _tries(
    billing: Billing, work: Work, keys: Sequence[tuple[str, str]], busy: set[tuple[str, str]]
) -> Iterator[Try]:
    """Of each subscription one at a time."""
    if not keys:
        return
    rows = work.session.execute(payment_to_charge(THESE_PAYMENTS), {"keys": keys})
    found = {(row[0].workspace_id, row[0].id): row for row in rows}
    for key in keys:
        payment, before, method, backup = found[key]
        of = (payment.workspace_id, payment.subscription_id)
        if (
            method is None
            or of in busy
            or not _is_plain(billing, work, payment, before, Cards(method, backup))
        ):
            continue
        busy.add(of)
        attempt = next_try(payment, before, method, work.now, scheduled=True)
        work.session.add(attempt)
        yield Try(PaymentKey(*key), of, order_of(payment, attempt))


def _is_plain(
    billing: Billing, work: Work, payment: Payment, before: PaymentAttempt | None, cards: Cards
) -> bool:
    """Whether nothing stands in the way of trying a renewal with its first card: all else is for the other way."""
    chargeable = billing.gateway.limits(payment.currency).chargeable(payment.minor)
    if payment.kind is not PaymentKind.RENEWAL or not payment.minor == chargeable > 0:
        return False
    if payment.state is not PaymentState.OPEN or not is_due(payment, work.now):
        return False
    last = last_said(work.session, payment, before)
    if last is None:
        return True
    still_open = OpenPayment.of(payment, last)
    is_first_up = still_open is not None and still_open.card_up(cards, billing.retry_days) is cards.first
    return is_first_up and last.state is AttemptState.DECLINED


def _guarded(act: Callable[[Billing, Try], Try], billing: Billing, one: Try) -> Try:
    try:
        return act(billing, one)
    except Exception as trouble:  # whatever it is, it is logged and the others go on (promise 9)
        log.error("due work failed", id=one.key.id, exc_info=not isinstance(trouble, OperationalError))
        return replace(one, opened="", collected=None, failed=True)


def _open(billing: Billing, one: Try) -> Try:
    """Opens it at the gateway, where it is not: that is stored with others' before any of them can move money."""
    if one.order.payment_id is not None:
        return _ask(billing, one)
    opened = said(lambda: billing.gateway.open(one.order))
    if isinstance(opened, str):
        return replace(one, opened=opened)
    keep_outcome(billing, one.key, one.order.key, opened)
    return one


def _store(billing: Billing, tries: Sequence[Try]) -> Sequence[Try]:
    """Stores what the gateway calls them, together. Answers with those that are still to be collected.

    What somebody holds is opened and stored by itself.
    """
    if not tries:
        return ()
    try:
        with billing.work("payment.open") as work:
            ours = set(lock_subscriptions_of(work.session, [one.key for one in tries]))
            orders = [
                stored(work, one.key, one.order, one.opened) if one.key in ours else one.order
                for one in tries
            ]
    except Exception as trouble:  # whatever it is, it is logged, and each is opened and stored by itself
        log.error("a batch failed", act="payment.open", exc_info=not isinstance(trouble, OperationalError))
        return [replace(one, opened="") for one in tries]
    pairs = zip(tries, orders, strict=True)
    return [replace(one, order=order, opened="") for one, order in pairs if order is not None]


def _ask(billing: Billing, one: Try) -> Try:
    """Asks the gateway. What it did not collect is written at once: much may follow from it."""
    outcome = ask(billing, one.key, one.order)
    if outcome is not None and outcome.answer is Answer.SUCCEEDED:
        return replace(one, collected=outcome)
    keep_outcome(billing, one.key, one.order.key, outcome)
    return one


def _write(billing: Billing, answers: Sequence[Try]) -> Sequence[Try]:
    """Writes what was collected, together. Answers with what is to be written alone: it is held, or all failed."""
    if not answers:
        return ()
    try:
        with billing.work("payment.outcome") as work:
            held = settlements(work, billing, [one.key for one in answers])
            for one in answers:
                if settling := held.get(one.key):
                    work.actor = None
                    write_outcome(work, settling, one.order.key, one.collected)
    except Exception as trouble:  # whatever it is, it is logged, and each is written by itself
        log.error("a batch failed", act="payment.outcome", exc_info=not isinstance(trouble, OperationalError))
        return answers
    return [one for one in answers if one.key not in held]


def _write_alone(billing: Billing, one: Try) -> Try:
    keep_outcome(billing, one.key, one.order.key, one.collected)
    return replace(one, collected=None)
