"""Impatient people: what is clicked more than once is done once, and each click is told what came of it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from threading import Event

import pytest

from billing.adapters.gateways.sandbox import SandboxGateway
from billing.ports import ChargeOrder, Outcome
from billing.services import purchases
from billing.services.verify import verify
from tests.billing.desk import Desk, at_once

CONFIRMATIONS, CLICKS = 80, 5


class SlowBank(SandboxGateway):
    """Answers when it may."""

    def __init__(self) -> None:
        super().__init__()
        self.is_asked, self.may_answer = Event(), Event()

    def charge(self, order: ChargeOrder) -> Outcome:
        self.is_asked.set()
        assert self.may_answer.wait(timeout=30)
        return super().charge(order)


class Patience(Event):
    """What somebody waits by who is not to be stopped: once they do, the bank answers."""

    def __init__(self, bank: SlowBank) -> None:
        super().__init__()
        self.bank = bank

    def wait(self, timeout: float | None = None) -> bool:
        self.bank.may_answer.set()
        return super().wait(timeout)


def test_a_second_click_while_the_bank_is_asked_is_told_what_the_bank_said(database_url: str) -> None:
    bank = SlowBank()
    with Desk.open(database_url, bank) as desk, ThreadPoolExecutor(2) as pool:
        owner = desk.owner()
        order = desk.order(owner, desk.property_of(owner))
        patient = replace(desk.billing, stopping=Patience(bank))
        first = pool.submit(purchases.purchase, desk.billing, owner, order, key="one confirmation")
        assert bank.is_asked.wait(timeout=30)
        second = pool.submit(purchases.purchase, patient, owner, order, key="one confirmation")
        try:
            told = second.result(timeout=30)
        finally:
            bank.may_answer.set()
        assert told == first.result(timeout=30)
        assert told.payment is not None
        assert (told.payment.state, told.subscription.status) == ("paid", "active")
        assert desk.charged() == [1220]


@pytest.mark.slow
def test_eighty_purchases_clicked_five_times_each_are_eighty_charges(desk: Desk) -> None:
    owner = desk.owner()
    for number in range(CONFIRMATIONS):
        order = desk.order(owner, desk.property_of(owner, f"Shop {number}"))
        click = partial(purchases.purchase, desk.billing, owner, order, key=f"confirmation {number}")
        answers = at_once(*[click] * CLICKS)
        assert len({answer.subscription.id for answer in answers}) == 1
        assert {answer.subscription.status for answer in answers} == {"active"}
    assert desk.charged() == [1220] * CONFIRMATIONS
    assert [invoice.sequence for invoice in desk.invoices()] == list(range(1, CONFIRMATIONS + 1))
    assert len(desk.rows("SELECT id FROM subscriptions")) == CONFIRMATIONS
    assert verify(desk.billing) == ()
