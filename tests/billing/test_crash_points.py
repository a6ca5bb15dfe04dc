"""kill -9 at every commit and request of every flow of money: one charge, one invoice, no gap."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import count

import pytest

from billing.services.purchases import purchase
from tests import crash_child
from tests.billing.desk import Desk
from tests.crashes import FLOWS, SOON, Bench, Crasher, Flow, every_point, running_crasher
from tests.mailboxes import Box, running_box
from tests.pretend_stripe import RunningStripe

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def crasher() -> Iterator[Crasher]:
    with running_crasher() as crasher:
        yield crasher


@pytest.fixture
def bench(stripe_desk: Desk, pretend_stripe: RunningStripe, crasher: Crasher) -> Iterator[Bench]:
    alone = replace(stripe_desk, billing=replace(stripe_desk.billing, workers=1))
    bench = Bench(alone, pretend_stripe, crasher)
    yield bench
    bench.close()


@pytest.mark.parametrize("flow", FLOWS, ids=lambda flow: flow.name)
def test_wherever_the_plug_is_pulled_there_is_one_charge_and_one_invoice(bench: Bench, flow: Flow) -> None:
    assert every_point(bench, flow) > 5


def test_a_new_key_for_each_try_is_found_out(bench: Bench) -> None:
    bench.gateway = "new_key_per_try"
    with pytest.raises(AssertionError, match=r"killed at point|not in our books"):
        every_point(bench, FLOWS[0])


def test_charging_first_and_recording_later_is_found_out(bench: Bench) -> None:
    with pytest.raises(AssertionError, match=r"which is not in our books"):
        every_point(bench, FLOWS[0], "charge_first")


def test_wherever_the_plug_is_pulled_the_receipt_arrives_and_a_second_copy_has_the_same_name(
    sqlite_desk: Desk, pretend_stripe: RunningStripe, crasher: Crasher
) -> None:
    mailing = replace(sqlite_desk, billing=replace(sqlite_desk.billing, mails=True))
    bench, box, owner = Bench(mailing, pretend_stripe, crasher), Box(), mailing.owner()
    order = replace(mailing.order(owner, mailing.property_of(owner)), receipts_to="uowner@example.com")
    purchase(mailing.billing, owner, order, key="one click")
    copies = set()
    with running_box(box) as address:
        asked = bench.order("mail", smtp_url=f"smtp://{address}")
        bench.save()
        for point in count(1):
            bench.restore()
            box.taken.clear()
            if not crasher.strike(asked, point):
                break
            mailing.wait(SOON)
            crash_child.mail(mailing.billing, asked)
            assert (
                mailing.rows("SELECT number FROM outbox WHERE audience LIKE 'mail%' AND told_at IS NULL")
                == []
            )
            assert len({str(mail["Message-ID"]) for mail in box.taken}) == 1, point
            copies.add(len(box.taken))
        assert len(box.taken) == 1
    assert (copies, point > 3) == ({1, 2}, True)
    bench.close()
