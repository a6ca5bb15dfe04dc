"""Impatient people: eighty confirmations, each clicked five times at once, are eighty charges."""

from __future__ import annotations

from functools import partial

import pytest

from billing.services import purchases
from billing.services.verify import verify
from tests.billing.desk import Desk, at_once

pytestmark = pytest.mark.slow

CONFIRMATIONS, CLICKS = 80, 5


def test_eighty_purchases_clicked_five_times_each_are_eighty_charges(desk: Desk) -> None:
    owner = desk.owner()
    for number in range(CONFIRMATIONS):
        order = desk.order(owner, desk.property_of(owner, f"Shop {number}"))
        click = partial(purchases.purchase, desk.billing, owner, order, key=f"confirmation {number}")
        answers = at_once(*[click] * CLICKS)
        assert len({answer.subscription.id for answer in answers}) == 1
    assert desk.charged() == [1220] * CONFIRMATIONS
    assert [invoice.sequence for invoice in desk.invoices()] == list(range(1, CONFIRMATIONS + 1))
    assert len(desk.rows("SELECT id FROM subscriptions")) == CONFIRMATIONS
    assert verify(desk.billing) == ()
