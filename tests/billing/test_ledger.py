"""The books: every entry sums to zero, what is paid is owed no more, credit is used first and never twice."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from billing import Actor
from billing.adapters.gateways.sandbox import Behaviour
from billing.services import changes, due_work, purchases
from billing.services.changes import PlanSelection
from billing.services.verify import verify
from billing.values.cycles import Interval
from billing.values.snapshots import PropertySnapshot
from tests.billing.desk import Desk, at_once

ACCOUNTS = "SELECT account, SUM(minor) FROM postings GROUP BY account ORDER BY account"
YEARLY, MONTHLY = "live-chat/basic/year", PlanSelection("basic", Interval.MONTH)


def with_credit(desk: Desk, minor: int) -> tuple[Actor, PropertySnapshot]:
    """A property to which a late payment of that much was credited."""
    owner = desk.owner()
    piazza = desk.property_of(owner)
    desk.execute("UPDATE prices SET minor = :net WHERE add_on_id = 'video-voice'", net=minor * 100 // 122)
    desk.buy(owner, piazza, "video-voice/standard/month", "tok_asks_for_action")
    desk.turn(hours=23)
    desk.gateway.authenticate(desk.gateway.calls[-1])
    desk.turn(hours=6)
    return owner, piazza


def balances(desk: Desk) -> dict[str, int]:
    return {row[0]: int(row[1]) for row in desk.rows(ACCOUNTS)}


def test_every_entry_sums_to_zero_and_what_is_paid_is_owed_no_more(desk: Desk) -> None:
    owner = desk.owner()
    piazza = desk.property_of(owner)
    plan = desk.buy(owner, piazza)
    changes.change(desk.billing, owner, plan.id, PlanSelection("pro", Interval.MONTH), key="up")
    desk.gateway.expect("tok_visa", Behaviour.DECLINES)
    desk.turn_to(plan.period_end_at)
    assert balances(desk)["receivable"] == 2440
    desk.turn(days=3)
    assert desk.rows("SELECT entry_id FROM postings GROUP BY entry_id HAVING SUM(minor) <> 0") == []
    owed = (
        "SELECT SUM(minor) FROM postings WHERE account = 'receivable' GROUP BY coalesce(invoice_id, entry_id)"
    )
    assert [int(row[0]) for row in desk.rows(owed)] == [0, 0, 0]
    cash = sum(desk.charged())
    assert balances(desk) == {"cash": cash, "receivable": 0, "revenue": -4000, "tax": -880}
    assert cash == 4880


def test_credit_pays_first_and_the_card_gives_the_rest(desk: Desk) -> None:
    owner, piazza = with_credit(desk, 1000)
    order = desk.order(owner, piazza)
    quote = purchases.preview_purchase(desk.billing, owner, order)
    assert (quote.credit_used.minor, quote.charge_now.minor) == (999, 221)
    purchases.purchase(desk.billing, owner, order, key="one", expected_quote=quote.fingerprint)
    assert desk.charged() == [999, 221]
    assert desk.invoices()[-1].read_document().credit_minor == 999
    assert (balances(desk)["credit"], balances(desk)["receivable"]) == (0, 0)
    desk.turn(days=31)
    assert desk.charged()[-1] == 1220


def test_credit_that_covers_all_asks_no_card(desk: Desk) -> None:
    owner, piazza = with_credit(desk, 1220 * 2)
    calls = len(desk.gateway.calls)
    plan = desk.buy(owner, piazza)
    desk.turn_to(plan.period_end_at)
    assert len(desk.gateway.calls) == calls
    assert [payment.state for payment in desk.payments()] == ["failed", "paid", "paid"]
    assert balances(desk)["credit"] == 0
    assert verify(desk.billing) == ()


def test_two_who_buy_at_once_do_not_spend_the_same_credit(desk: Desk) -> None:
    owner, piazza = with_credit(desk, 1220)
    orders = [desk.order(owner, piazza, what) for what in ("live-chat/basic/month", "ai-bot/small/month")]
    at_once(
        *[partial(purchases.purchase, desk.billing, owner, order, key=order.add_on_id) for order in orders]
    )
    assert desk.charged() == [1220, 1220]
    assert (balances(desk)["credit"], balances(desk)["receivable"]) == (0, 0)
    assert len(desk.invoices()) == 2
    assert verify(desk.billing) == ()


def test_credit_that_an_open_payment_holds_is_not_promised_again_and_comes_back_when_that_fails(
    desk: Desk,
) -> None:
    owner, piazza = with_credit(desk, 610)
    desk.buy(owner, piazza, token="tok_asks_for_action")
    other = desk.order(owner, piazza, "ai-bot/small/month")
    assert purchases.preview_purchase(desk.billing, owner, other).credit_used.minor == 0
    desk.turn(hours=23)
    assert purchases.preview_purchase(desk.billing, owner, other).credit_used.minor == 610


def test_renewals_of_one_property_at_once_share_its_credit(desk: Desk) -> None:
    owner, piazza = with_credit(desk, 2000)
    plans = [desk.subscribed(owner, piazza, what, "standard") for what in ("remove-branding", "video-voice")]
    assert plans[0].period_end_at == plans[1].period_end_at
    desk.execute("UPDATE prices SET minor = 2000 WHERE add_on_id IN ('remove-branding', 'video-voice')")
    desk.clock.now = plans[0].period_end_at
    at_once(*[partial(due_work.run_due, desk.billing)] * 2)
    due_work.run_due(desk.billing)
    assert (balances(desk).get("credit", 0), balances(desk)["receivable"]) == (0, 0)
    assert verify(desk.billing) == ()


def test_what_is_given_back_for_a_year_stays_with_its_property(desk: Desk) -> None:
    owner = desk.owner()
    piazza, corso = desk.property_of(owner), desk.property_of(owner, "Corso")
    plan = desk.buy(owner, piazza, YEARLY)
    desk.turn(days=1)
    changes.change(desk.billing, owner, plan.id, MONTHLY, key="down")
    assert balances(desk)["credit"] < 0
    for shop, used in ((piazza, 1220), (corso, 0)):
        quote = purchases.preview_purchase(desk.billing, owner, desk.order(owner, shop, "ai-bot/small/month"))
        assert quote.credit_used.minor == used, shop.name
    desk.clock.now += timedelta(seconds=1)
    assert verify(desk.billing) == ()
