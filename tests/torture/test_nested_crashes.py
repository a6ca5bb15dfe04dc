"""kill -9 before every statement of every flow of money, and kill -9 again in its recovery."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from dataclasses import replace

import pytest
import structlog

from tests.billing.desk import Desk
from tests.crashes import FLOWS, Bench, Crasher, Flow, every_pair, every_point, running_crasher
from tests.pretend_stripe import RunningStripe

SEED = int(os.environ.get("SEED", "0")) or random.SystemRandom().randint(1, 10**6)
STRIDE = int(os.environ.get("POINTS", "1"))
log = structlog.get_logger()
pytestmark = pytest.mark.torture


@pytest.fixture(scope="module")
def crasher() -> Iterator[Crasher]:
    with running_crasher() as crasher:
        yield crasher


@pytest.fixture
def bench(stripe_desk: Desk, pretend_stripe: RunningStripe, crasher: Crasher) -> Iterator[Bench]:
    alone = replace(stripe_desk, billing=replace(stripe_desk.billing, workers=1))
    bench = Bench(alone, pretend_stripe, crasher, every_statement=True)
    yield bench
    bench.close()


@pytest.mark.parametrize("flow", FLOWS, ids=lambda flow: flow.name)
def test_a_crash_before_any_statement_leaves_one_charge_and_one_invoice(bench: Bench, flow: Flow) -> None:
    assert every_point(bench, flow) > 20


@pytest.mark.parametrize("flow", FLOWS, ids=lambda flow: flow.name)
def test_a_crash_in_the_recovery_of_a_crash_leaves_one_charge_and_one_invoice(
    bench: Bench, flow: Flow
) -> None:
    log.info("crashes within recoveries", seed=SEED, points=STRIDE)
    assert every_pair(bench, flow, STRIDE, SEED) > 1
