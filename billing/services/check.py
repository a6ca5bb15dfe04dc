"""What a desk needs beside right settings: a catalogue, clocks that agree, a gateway that takes its key."""

from __future__ import annotations

from datetime import timedelta

from billing.ports import GatewayMisconfigured, GatewayUnavailable
from billing.queries.catalogue import newest_version
from billing.queries.clock import database_now
from billing.queries.payments import newest_at_gateway
from billing.values.errors import Unfit
from billing.work import Billing

# Less than anybody sees on a document; more than a busy machine takes for the question.
MAX_CLOCK_DRIFT = timedelta(seconds=5)


def check(billing: Billing) -> tuple[Unfit, ...]:
    """What is not as it must be on this side, a sentence with the way on for each. Changes nothing."""
    with billing.read("check") as work:
        version = work.session.scalars(newest_version()).one()
        there = work.session.scalars(database_now()).one()
    catalogue = Unfit("No catalogue is in force: python -m billing catalogue FILE puts one in force.")
    drift = _drift(billing.machine_clock() - there)
    return tuple(fault for fault in (None if version else catalogue, drift) if fault)


def machine_ahead(billing: Billing) -> timedelta:
    """How far this machine's clock is ahead of that by which everything goes; below zero where it is behind."""
    return billing.machine_clock() - billing.clock()


def check_gateway(billing: Billing) -> Unfit | None:
    """What keeps the gateway from collecting: our key, or that it is of another account or mode than the books."""
    with billing.read("check.gateway") as work:
        newest = work.session.scalars(newest_at_gateway()).first()
    try:
        is_known = newest is None or billing.gateway.knows(newest)
        next(iter(billing.gateway.collected_since(billing.clock())), None)
    except GatewayMisconfigured as refused:
        return Unfit(
            "STRIPE_API_KEY: Stripe refuses it ({reason}): take one from the dashboard, Developers > API keys.",
            reason=refused.reason,
        )
    except GatewayUnavailable:
        return Unfit("STRIPE_API_URL: Stripe gives no answer; nothing can be collected until it does.")
    if not is_known:
        return Unfit(
            "STRIPE_API_KEY: it is of another account or mode (test, live) than the payments in these books: Stripe "
            "does not know {payment}. Take the key that made it, or begin with an empty database.",
            payment=newest,
        )
    return None


def _drift(ahead: timedelta) -> Unfit | None:
    if abs(ahead) <= MAX_CLOCK_DRIFT:
        return None
    seconds = round(ahead.total_seconds())
    if seconds > 0:
        return Unfit(
            "This machine's clock is {seconds} seconds ahead of the database's, by which everything is dated and "
            "falls due: let NTP set both. A machine that is five minutes off takes no signature of Slack's.",
            seconds=seconds,
        )
    return Unfit(
        "This machine's clock is {seconds} seconds behind the database's, by which everything is dated and "
        "falls due: let NTP set both. A machine that is five minutes off takes no signature of Slack's.",
        seconds=-seconds,
    )
