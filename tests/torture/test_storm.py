"""Twelve people at once, years in minutes, a gateway in a bad mood: all its money is in the books in the end."""

from __future__ import annotations

import os
import random
from dataclasses import replace

import pytest
import structlog

from billing.bootstrap import with_clock
from tests.billing.desk import Desk
from tests.pretend_stripe import RunningStripe
from tests.torture.storm import Asked, RunningClock, Storm

SEED = int(os.environ.get("SEED", "0")) or random.SystemRandom().randint(1, 10**6)
STORMS = int(os.environ.get("STORMS", "2"))
DAYS = int(os.environ.get("DAYS", "900"))
log = structlog.get_logger()
pytestmark = pytest.mark.torture


@pytest.mark.parametrize("number", range(STORMS))
def test_after_a_storm_the_books_have_all_money_that_the_gateway_has(
    desk: Desk, pretend_stripe: RunningStripe, number: int
) -> None:
    """Every other storm is one of whose gateway no webhook ever comes."""
    seed, clock = SEED + number, RunningClock(desk.clock.now)
    pretend_stripe.stripe.books.clock = clock
    billing = replace(with_clock(desk.billing, clock), gateway=Asked(pretend_stripe.gateway(), clock))
    storm = Storm(billing, pretend_stripe, clock, seed, DAYS, are_told=seed % 2 == 0)
    log.info("a storm", seed=seed, days=DAYS)
    storm.rage()
    log.info("what was done", **storm.done)
    assert storm.differences() == [], f"SEED={seed} STORMS=1"
