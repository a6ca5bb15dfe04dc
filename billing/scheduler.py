"""When the due work runs: a tick that asks what is due. The rows decide, not the tick."""

from __future__ import annotations

from apscheduler.schedulers.background import BackgroundScheduler

from billing.bootstrap import real_time
from billing.services import renewals
from billing.work import Billing

TICK_SECONDS = 15


def make_scheduler(billing: Billing, seconds: float = TICK_SECONDS) -> BackgroundScheduler:
    """A scheduler that does the due work at its start and then at every tick; the caller starts and stops it.

    A late tick is done late, never dropped, and two never overlap.
    """
    scheduler = BackgroundScheduler(timezone="UTC")
    scheduler.add_job(
        renewals.run_due,
        "interval",
        args=[billing],
        seconds=seconds,
        next_run_time=real_time(),  # the tick lives in real time, whatever the desk's clock says
        coalesce=True,
        max_instances=1,
        misfire_grace_time=None,
    )
    return scheduler
