"""What falls due: plans end, begin their next cycle or their first paid one; what is owed is collected."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from threading import BoundedSemaphore

import structlog
from sqlalchemy.exc import OperationalError

from billing import traces
from billing.payments.webhooks import process
from billing.queries import due_work as rows
from billing.queries.due_work import DueRows, Key
from billing.renewals import bulk, bulk_endings
from billing.renewals.single import DueReport, catch_up
from billing.services import due_payments as payments
from billing.services import seals, vies
from billing.services.api_replies import forget_old
from billing.services.budgets import warn
from billing.services.charge_reminders import remind_of_card, remind_of_end
from billing.services.copies import held_why
from billing.services.failed_work import wake_failing
from billing.services.pruning import forget_told
from billing.services.purchase_outcomes import follow_due
from billing.services.reminders import remind
from billing.services.usage import forget_events
from billing.services.verify import remember
from billing.services.webhook_deliveries import forget_delivered
from billing.work import Billing

BATCH_SIZE = 1_000
VERIFY_EVERY = timedelta(days=1)
# One thread computes while the database writes for another: more only get in each other's way (a third is lost).
MAX_WRITERS = 2
log = structlog.get_logger()
Step = Callable[[Billing], DueReport]


def run_due(billing: Billing) -> DueReport:
    """Does all that is due at or before now, period by period, however long nobody ran it.

    What is plain is done in bulk. All else is worked in transactions of its own, read again under a lock and
    checked again; one that fails waits longer each time and does not stop the others. Safe to run twice and in
    parallel. What is owed for former cycles is decided before the next one begins: it may be the end of the plan.
    """
    if held_why(billing):
        return DueReport()
    decided = _steps(billing, RENEWAL_POLLS, RETRIES)
    report = decided + run_plans(billing) + run_polls(billing) + run_payments(billing)
    if report.collected and not report.left:
        # A payment whose outcome was heard late may have begun a cycle that is over by now.
        late = run_plans(billing)
        report += late + (_steps(billing, OWED) if late.renewed else DueReport())
    guarded(billing, vies.discover)
    guarded(billing, vies.run)
    return report + run_card_reminders(billing) + run_seals(billing)


def run_seals(billing: Billing) -> DueReport:
    """Seals what was written since the last run."""
    return guarded(billing, _seals)


def run_card_reminders(billing: Billing) -> DueReport:
    """Says of which subscriptions the card expires before their next charge."""
    return guarded(billing, _card_reminders)


def run_pruning(billing: Billing) -> DueReport:
    """Forgets the messages that were told long ago, webhooks too, what the API answered, and ids of old usage."""
    return guarded(billing, _pruning)


def run_verification(billing: Billing) -> DueReport:
    """Verifies all books once a day."""
    return guarded(billing, _verification)


def _verification(billing: Billing) -> DueReport:
    if not held_why(billing):
        remember(billing, VERIFY_EVERY)
    return DueReport()


def _card_reminders(billing: Billing) -> DueReport:
    return DueReport() if held_why(billing) else each_due(billing, CARD_REMINDERS)


def _pruning(billing: Billing) -> DueReport:
    if not held_why(billing):
        forget_told(billing)
        forget_delivered(billing)
        forget_old(billing)
        forget_events(billing)
    return DueReport()


def _seals(billing: Billing) -> DueReport:
    if not held_why(billing):
        seals.seal(billing)
    return DueReport()


def run_plans(billing: Billing, *, wake: bool = False) -> DueReport:
    """Ends the plans that are over and begins the cycles that are due. Waits for nobody outside.

    Nothing is done while these books are on hold, here and in all that follows. What failed before is tried at
    once where `wake` says so.
    """
    return guarded(billing, partial(_plans, wake=wake))


def _plans(billing: Billing, *, wake: bool) -> DueReport:
    if held_why(billing):
        return DueReport()
    if wake:
        wake_failing(billing)
    return _steps(billing, CYCLES, REMINDERS, *OF_ENDS, BUDGETS, REQUESTS)


def run_polls(billing: Billing) -> DueReport:
    """Asks the gateway after all that it has not decided yet, however much there is to collect meanwhile."""
    return guarded(billing, _polls)


def _polls(billing: Billing) -> DueReport:
    # Nearly always nothing is undecided, and that one statement is all.
    if not _duties_due(billing, ASKED_AFTER) or held_why(billing):
        return DueReport()
    return _steps(billing, *ASKED_AFTER)


def run_payments(billing: Billing) -> DueReport:
    """Collects what is owed, and asks after what the gateway has told of by itself."""
    return guarded(billing, _payments)


def _payments(billing: Billing) -> DueReport:
    if held_why(billing):
        return DueReport()
    return _steps(billing, _process_webhooks, OWED, DETACHMENTS)


def _steps(billing: Billing, *steps: Step | Duty) -> DueReport:
    """One after the other: one that fails as a whole is logged and counted, and the next ones go on.

    Which duties have anything due is asked once for all that follow each other, and again after one was done.
    """
    report, due = DueReport(), None
    for place, step in enumerate(steps):
        if billing.stopping.is_set():
            break
        if isinstance(step, Duty):
            due = _duties_due(billing, steps[place:]) if due is None else due
            if step.name not in due:
                continue
        due = None
        report += guarded(billing, partial(each_due, duty=step) if isinstance(step, Duty) else step)
    return report


def _duties_due(billing: Billing, steps: Sequence[Step | Duty]) -> Collection[str]:
    """The names of those of the duties for which there is a row; all where that cannot be read, as each says then."""
    duties = {step.name: step.rows for step in steps if isinstance(step, Duty)}
    try:
        with billing.read("renewals.due") as work:
            asked = rows.moments(work.now, duties.values())
            return work.session.scalars(rows.kinds_due(tuple(duties.items())), asked).all()
    except OperationalError:
        return duties


def guarded(billing: Billing, step: Step) -> DueReport:
    """What a step did; one that fails is logged, and counts as left."""
    try:
        with traces.span(_name_of(step)):
            return step(billing)
    except OperationalError as trouble:  # the database is away, and no traceback helps
        log.error("a step of the schedule failed", error=type(trouble).__name__)
    except Exception:  # whatever it is, it is logged, and the other steps go on (reliability, promise 9)
        log.exception("a step of the schedule failed")
    return DueReport(left=1)


def _name_of(step: Step) -> str:
    """That of its function, but for duties, which have one each."""
    if not isinstance(step, partial):
        return step.__name__.strip("_")
    return step.keywords["duty"].name if "duty" in step.keywords else step.func.__name__.strip("_")


def _cycles_in_bulk(billing: Billing) -> DueReport:
    return guarded(billing, _end_in_bulk) + guarded(billing, _renew_in_bulk)


def _end_in_bulk(billing: Billing) -> DueReport:
    return DueReport(ended=bulk_endings.end_cancelled(billing))


def _renew_in_bulk(billing: Billing) -> DueReport:
    return DueReport(renewed=bulk.renew(billing))


def _process_webhooks(billing: Billing) -> DueReport:
    process(billing)
    return DueReport()


def each_due(billing: Billing, duty: Duty) -> DueReport:
    """Does the duty for every row that is due, once, in the order of their moments; in bulk where it is plain.

    Where the gateway is waited for, several are worked at a time, those of one subscription one after the other. They
    take turns at the database.
    """
    after = None
    billing = replace(billing, turns=BoundedSemaphore(MAX_WRITERS))
    report = duty.in_bulk(billing) if duty.in_bulk else DueReport()
    with ThreadPoolExecutor(billing.workers if duty.calls_gateway else 1) as pool:
        while _goes_on(billing, duty) and (due := _due(billing, duty, after)):
            in_turn: dict[tuple[str, str], list[str]] = {}
            for _, workspace_id, row_id, subject_id in due:
                in_turn.setdefault((workspace_id, subject_id), []).append(row_id)
            done = pool.map(
                traces.carried(partial(_work_off, billing, duty)),
                (key[0] for key in in_turn),
                in_turn.values(),
            )
            report = sum(done, start=report)
            after = due[-1][:3]
    return report


def _goes_on(billing: Billing, duty: Duty) -> bool:
    """What is to be asked of a gateway that is away stays due, so that it is asked as soon as that is back."""
    return not billing.stopping.is_set() and not (duty.calls_gateway and billing.gateway.is_away())


def _work_off(billing: Billing, duty: Duty, workspace_id: str, ids: list[str]) -> DueReport:
    report = DueReport()
    for row_id in ids:
        if not _goes_on(billing, duty):
            break
        try:
            report += duty.act(billing, workspace_id, row_id)
        except Exception as trouble:  # whatever it is, it is logged and the other rows go on (promise 9)
            log.error("due work failed", id=row_id, exc_info=not isinstance(trouble, OperationalError))
            report += DueReport(left=1)
    return report


def _due(billing: Billing, duty: Duty, after: Key | None) -> list[tuple[datetime, str, str, str]]:
    with billing.read("renewals.due") as work:
        asked = {**rows.moments(work.now, [duty.rows]), "size": BATCH_SIZE, **rows.place_of(after)}
        due = work.session.execute(rows.due(duty.rows, rest=after is not None), asked)
        return [(row[0], row[1], row[2], row[3]) for row in due]


@dataclass(frozen=True, slots=True)
class Duty:
    """A kind of due work: which rows, and what is done for one."""

    name: str
    rows: DueRows
    act: Callable[[Billing, str, str], DueReport]
    calls_gateway: bool = False
    in_bulk: Step | None = None


CYCLES = Duty("cycles", rows.CYCLES, catch_up, in_bulk=_cycles_in_bulk)
REMINDERS = Duty("reminders", rows.REMINDERS, remind)
OF_ENDS = (
    Duty("early reminders", rows.EARLY_REMINDERS, remind_of_end),
    Duty("late reminders", rows.LATE_REMINDERS, remind_of_end),
    Duty("reminders of trials", rows.TRIAL_REMINDERS, remind_of_end),
)
CARD_REMINDERS = Duty("reminders of cards", rows.CARD_REMINDERS, remind_of_card)
BUDGETS = Duty("budgets", rows.BUDGETS, warn)
REQUESTS = Duty("requests for approval", rows.REQUESTS, follow_due)
RENEWAL_POLLS = Duty("polls of renewals", rows.RENEWAL_POLLS, payments.ask, calls_gateway=True)
POLLS = Duty("polls", rows.POLLS, payments.ask, calls_gateway=True)
EXPIRING = Duty("expiring", rows.EXPIRING, payments.expire, calls_gateway=True)
OWED, RETRIES = (
    Duty(name, which, payments.collect, calls_gateway=True, in_bulk=partial(payments.collect_in_bulk, which))
    for name, which in (("owed", rows.OWED), ("retries", rows.RETRIES))
)
SETUPS = Duty("card set-ups", rows.SETUPS, payments.poll_setup, calls_gateway=True)
REFUNDS = Duty("refunds", rows.REFUNDS, payments.poll_refund, calls_gateway=True)
DETACHMENTS = Duty("removed cards", rows.DETACHMENTS, payments.detach, calls_gateway=True)
ASKED_AFTER = (POLLS, EXPIRING, SETUPS, REFUNDS)
