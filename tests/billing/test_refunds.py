"""Refunds: the operator gives back what stands to a property's credit, once, and the two books agree."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import timedelta
from decimal import Decimal
from threading import Event

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from billing import Actor
from billing.__main__ import program
from billing.adapters.gateways.stripe_line import PAUSES
from billing.ledger import credit_balance
from billing.payments.refunds import RefundKey, follow_refund, poll_refund
from billing.services import credit_notes, payment_methods, payments, refunds
from billing.services.credit_notes import Wanted
from billing.services.reconciliation import Difference, reconcile
from billing.services.verify import verify
from billing.values.errors import NotAnAmount
from billing.values.refusals import NotFound, NothingToRefund, RefundKeyReused
from sandbox.gateway.faults import Fault, Faults
from tests.billing.desk import VISA, WORKSPACE, Desk, at_once
from tests.crashes import EMPTY, grant_credit
from tests.pretend_stripe import RunningStripe

pytestmark = pytest.mark.slow

OPERATOR = Actor(WORKSPACE, "", "operator")
MONTH = timedelta(days=31)


@pytest.fixture
def paid(stripe_desk: Desk) -> str:
    """A property that paid 12.20 and has 10.00 to its credit."""
    owner = stripe_desk.owner()
    plan = stripe_desk.buy(owner, stripe_desk.property_of(owner), token="pm_card_visa")
    grant_credit(stripe_desk, plan.property_id, 1000)
    return plan.property_id


def credit(desk: Desk, property_id: str) -> int:
    with desk.billing.read("test") as work:
        return credit_balance(work.session, WORKSPACE, property_id, "EUR").minor


def refund(desk: Desk, amount: str | None, key: str) -> tuple[str, int]:
    wanted = Decimal(amount) if amount else None
    made = refunds.refund(desk.billing, OPERATOR, "2026-000001", key=key, amount=wanted)
    return made.state, made.amount.minor


def test_an_amount_is_the_same_refund_however_it_is_written(stripe_desk: Desk, paid: str) -> None:
    usual = [
        refunds.usual_key(stripe_desk.billing, OPERATOR, "2026-000001", Decimal(written))
        for written in ("5", "5.0", "5.00", "05")
    ]
    assert usual == ["2026-000001 5.00"] * 4
    with pytest.raises(NotAnAmount):
        refunds.usual_key(stripe_desk.billing, OPERATOR, "2026-000001", Decimal("1.200"))


def given(stripe: RunningStripe) -> list[int]:
    return [one["amount"] for one in reversed(stripe.stripe.books.all("refund"))]


def test_parts_and_then_the_rest_of_the_credit_go_back_and_no_more(
    stripe_desk: Desk, pretend_stripe: RunningStripe, paid: str
) -> None:
    assert refund(stripe_desk, "2.50", "first") == ("succeeded", 250)
    assert credit(stripe_desk, paid) == 750
    assert refund(stripe_desk, None, "rest") == ("succeeded", 750)
    assert given(pretend_stripe) == [250, 750]
    with pytest.raises(NothingToRefund) as refused:
        refund(stripe_desk, "0.01", "more")
    assert refused.value.most.minor == 0
    assert credit(stripe_desk, paid) == 0
    assert verify(stripe_desk.billing) == ()
    assert reconcile(stripe_desk.billing, stripe_desk.clock.now - MONTH) == ()


def test_a_key_that_was_used_for_another_invoice_or_amount_is_refused_and_says_for_what(
    stripe_desk: Desk, pretend_stripe: RunningStripe, paid: str
) -> None:
    owner = stripe_desk.owner()
    other = stripe_desk.property_of(owner, "Corso")
    stripe_desk.buy(owner, other, token="pm_card_visa")
    credit_notes.issue(stripe_desk.billing, "2026-000002", Wanted())
    assert refund(stripe_desk, "2.50", "one") == ("succeeded", 250)
    assert refund(stripe_desk, "2.50", "one") == refund(stripe_desk, None, "one") == ("succeeded", 250)
    for number, amount in (
        ("2026-000002", Decimal("2.50")),
        ("2026-000002", None),
        ("2026-000001", Decimal(3)),
    ):
        with pytest.raises(RefundKeyReused) as refused:
            refunds.refund(stripe_desk.billing, OPERATOR, number, key="one", amount=amount)
        assert (refused.value.number, refused.value.amount.minor) == ("2026-000001", 250)
    assert given(pretend_stripe) == [250]
    assert verify(stripe_desk.billing) == ()


def test_more_than_can_be_given_back_is_refused(stripe_desk: Desk, paid: str) -> None:
    with pytest.raises(NothingToRefund) as refused:
        refund(stripe_desk, "10.01", "one")
    assert refused.value.most.minor == 1000
    assert stripe_desk.rows("SELECT id FROM refunds") == []


@pytest.mark.parametrize("amount", ["0", "-1", "1.001", "1.000"])
def test_what_is_no_amount_is_refused(stripe_desk: Desk, paid: str, amount: str) -> None:
    with pytest.raises(NotAnAmount):
        refund(stripe_desk, amount, "one")
    assert stripe_desk.rows("SELECT id FROM refunds") == []


def test_an_invoice_that_nobody_knows_is_refused(stripe_desk: Desk, paid: str) -> None:
    with pytest.raises(NotFound):
        refunds.refund(stripe_desk.billing, OPERATOR, "2026-999999", key="one")
    with pytest.raises(NotFound):
        refunds.refund(stripe_desk.billing, Actor("TOTHER", "", "operator"), "2026-000001", key="one")


@pytest.mark.parametrize("fault", [Fault.LOST, Fault.DEAF, Fault.ERROR, Fault.ERROR_AFTER, Fault.TOO_MANY])
def test_a_refund_of_which_nothing_is_heard_is_asked_after_and_given_once(
    stripe_desk: Desk, pretend_stripe: RunningStripe, paid: str, fault: Fault
) -> None:
    pretend_stripe.stripe.faults.plan("/refunds", fault, fault)
    assert refund(stripe_desk, "2.50", "one") == ("open", 250)
    assert credit(stripe_desk, paid) == 750  # it is held back already
    assert refund(stripe_desk, "2.50", "one")[1] == 250
    for _ in range(3):
        stripe_desk.turn(hours=25)
    assert given(pretend_stripe) == [250]
    assert [row.state for row in stripe_desk.rows("SELECT state FROM refunds")] == ["succeeded"]
    assert verify(stripe_desk.billing) == ()
    assert reconcile(stripe_desk.billing, stripe_desk.clock.now - MONTH) == ()


class Crossing(Faults):
    """Two send the same refund at once: the first has looked and is held up, the second is served with a 500."""

    def __init__(self) -> None:
        super().__init__()
        self.is_held = Event()
        self.held_for = 3
        self._coming = deque([None, Fault.SLOW, None, Fault.ERROR_AFTER])

    def next(self, path: str) -> Fault | None:
        return self._coming.popleft() if self._coming and path.endswith("/refunds") else None

    @asynccontextmanager
    async def held_up(self) -> AsyncIterator[None]:
        self.is_held.set()
        async with super().held_up():
            yield


@pytest.mark.parametrize("amount", ["2.50", "10.00"], ids=["a part", "all of the credit"])
def test_two_who_send_it_at_once_give_it_once_though_the_gateway_keeps_a_fault_of_its_own(
    stripe_desk: Desk, pretend_stripe: RunningStripe, paid: str, amount: str
) -> None:
    pretend_stripe.stripe.faults.plan("/refunds", Fault.DEAF, Fault.DEAF)
    assert refund(stripe_desk, amount, "one")[0] == "open"
    (key,) = (RefundKey(WORKSPACE, row.id) for row in stripe_desk.rows("SELECT id FROM refunds"))
    pretend_stripe.stripe.faults = crossing = Crossing()
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(poll_refund, stripe_desk.billing, key)
        assert crossing.is_held.wait(timeout=20)
        poll_refund(stripe_desk.billing, key)
        stripe_desk.billing.gateway.dispute("none")  # one more request: what was held up arrives
        first.result(timeout=20)
    minor = int(Decimal(amount) * 100)
    assert given(pretend_stripe) == [minor]
    assert stripe_desk.rows("SELECT state FROM refunds") == [("succeeded",)]
    assert credit(stripe_desk, paid) == 1000 - minor
    assert verify(stripe_desk.billing) == ()
    assert reconcile(stripe_desk.billing, stripe_desk.clock.now - MONTH) == ()


def test_one_that_is_refused_because_it_was_given_meanwhile_has_not_failed(
    stripe_desk: Desk, pretend_stripe: RunningStripe, paid: str
) -> None:
    pretend_stripe.stripe.faults.plan("/refunds", Fault.DEAF, Fault.DEAF)
    assert refund(stripe_desk, "10.00", "one")[0] == "open"
    ((refund_id,),) = stripe_desk.rows("SELECT id FROM refunds")
    (intent,) = pretend_stripe.stripe.books.all("payment_intent")
    pretend_stripe.stripe.faults = crossing = Crossing()
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(poll_refund, stripe_desk.billing, RefundKey(WORKSPACE, refund_id))
        assert crossing.is_held.wait(timeout=20)
        of_it = {
            "refund": f"{WORKSPACE}-{refund_id}"
        }  # by another process, under a key that is forgotten by now
        pretend_stripe.stripe.rules.refund(
            {"payment_intent": intent["id"], "amount": "1000", "metadata": of_it}
        )
        for _ in range(crossing.held_for):
            stripe_desk.billing.gateway.dispute("none")
        asked.result(timeout=20)
    assert given(pretend_stripe) == [1000]
    assert stripe_desk.rows("SELECT state FROM refunds") == [("succeeded",)]
    assert verify(stripe_desk.billing) == ()
    assert reconcile(stripe_desk.billing, stripe_desk.clock.now - MONTH) == ()


def test_one_that_the_gateway_refuses_gives_the_credit_back(
    stripe_desk: Desk, pretend_stripe: RunningStripe, paid: str
) -> None:
    (intent,) = pretend_stripe.stripe.books.all("payment_intent")
    pretend_stripe.stripe.rules.refund({"payment_intent": intent["id"]})  # by hand, at the gateway
    assert refund(stripe_desk, "2.50", "one") == ("failed", 250)
    assert credit(stripe_desk, paid) == 1000
    what = "The gateway gave back 12.20 EUR, our books say 0.00 EUR."
    assert reconcile(stripe_desk.billing, stripe_desk.clock.now - MONTH) == (Difference(intent["id"], what),)


def test_five_at_once_with_one_key_are_one_and_with_five_keys_stay_within_the_credit(
    stripe_desk: Desk, pretend_stripe: RunningStripe, paid: str
) -> None:
    at_once(*[lambda: refund(stripe_desk, "4.00", "one")] * 5)
    assert given(pretend_stripe) == [400]
    found = at_once(*[lambda key=key: refund(stripe_desk, "4.00", key) for key in "abcde"])
    assert sorted(given(pretend_stripe)) == [400, 400]
    assert sum(isinstance(one, NothingToRefund) for one in found) == 4
    assert verify(stripe_desk.billing) == ()


def test_the_books_are_compared_both_ways_and_differences_are_kept(
    stripe_desk: Desk, pretend_stripe: RunningStripe, paid: str
) -> None:
    (ours,) = pretend_stripe.stripe.books.all("payment_intent")
    other = pretend_stripe.stripe.rules.make_intent({"amount": "100", "currency": "eur"})
    pretend_stripe.stripe.rules.confirm(other["id"], {"payment_method": "pm_card_visa"})
    lost = pretend_stripe.stripe.rules.make_intent(
        {"amount": "200", "currency": "eur", "metadata": {"payment": "T0001-pay_lost"}}
    )
    pretend_stripe.stripe.rules.confirm(lost["id"], {"payment_method": "pm_card_visa"})
    pretend_stripe.stripe.books.keep({**ours, "amount_received": 1000})
    expected = {
        Difference(other["id"], "The gateway collected 1.00 EUR for none of ours."),
        Difference(
            lost["id"], "The gateway collected 2.00 EUR for T0001-pay_lost, which is not in our books."
        ),
        Difference(ours["id"], "The gateway collected 10.00 EUR, our books say 12.20 EUR."),
    }
    before = stripe_desk.everything(but=("gateway_mismatches",))
    for _ in range(2):
        assert set(reconcile(stripe_desk.billing, stripe_desk.clock.now - MONTH)) == expected
        stripe_desk.clock.now += timedelta(minutes=5)
    assert stripe_desk.everything(but=("gateway_mismatches",)) == before
    kept = stripe_desk.rows("SELECT first_seen_at, last_seen_at FROM gateway_mismatches")
    assert len(kept) == 3
    assert all(row.first_seen_at != row.last_seen_at for row in kept)
    pretend_stripe.stripe.books.clear()
    (gone,) = reconcile(stripe_desk.billing, stripe_desk.clock.now - MONTH)
    assert gone == Difference(ours["id"], "Our books say that 12.20 EUR was collected, the gateway's do not.")


@pytest.fixture
def at_server(stripe_desk: Desk, pretend_stripe: RunningStripe, monkeypatch: pytest.MonkeyPatch) -> None:
    """The operator's commands are of this desk."""
    url = stripe_desk.billing.engine.url.render_as_string(hide_password=False)
    settings = {
        "DATABASE_URL": url,
        "SELLER_NAME": "Venditore S.p.A.",
        "SELLER_ADDRESS": "Via dei Mille 10",
        "SELLER_VAT_NUMBER": "IT01114601006",
        **pretend_stripe.settings,
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)


@pytest.mark.usefixtures("at_server")
def test_the_operator_s_command_sends_what_was_promised_since_and_what_failed_once_more(
    stripe_desk: Desk, pretend_stripe: RunningStripe
) -> None:
    owner = stripe_desk.owner()
    stripe_desk.buy(owner, stripe_desk.property_of(owner), token="pm_card_visa")

    def run(*options: str) -> tuple[str, int]:
        told = CliRunner().invoke(program, ["refund", WORKSPACE, "2026-000001", *options])
        return told.output.removeprefix("2026-000001").strip(), told.exit_code

    issue_note(stripe_desk, "5.00")
    for _ in range(2):
        assert run() == ("5.00 EUR of 2026-000001: succeeded", 0)
    issue_note(stripe_desk, "4.00")
    for _ in range(2):
        assert run() == ("4.00 EUR of 2026-000001: succeeded", 0)
    assert given(pretend_stripe) == [500, 400]
    pretend_stripe.stripe.rules.refuse_refund(pretend_stripe.stripe.books.all("refund")[0]["id"])
    (made,) = stripe_desk.rows("SELECT id FROM refunds WHERE minor = 400")
    follow_refund(stripe_desk.billing, RefundKey(WORKSPACE, made.id))
    for _ in range(2):
        assert run() == ("4.00 EUR of 2026-000001: succeeded", 0)
    assert given(pretend_stripe) == [500, 400, 400]
    issue_note(stripe_desk, "2.00")
    pretend_stripe.stripe.faults.plan("/refunds", Fault.DEAF)
    for state in ("open", "succeeded", "succeeded"):
        assert run()[0].endswith(state)
    for _ in range(2):
        assert run("--amount", "1.20")[1] == 1
    issue_note(stripe_desk)
    for _ in range(2):
        assert run("--amount", "1.20") == ("1.20 EUR of 2026-000001: succeeded", 0)
    assert given(pretend_stripe) == [500, 400, 400, 200, 120]
    assert verify(stripe_desk.billing) == ()


@pytest.mark.usefixtures("at_server")
def test_the_operator_s_commands_say_what_was_done(
    stripe_desk: Desk, pretend_stripe: RunningStripe, paid: str
) -> None:
    run = CliRunner().invoke
    for _ in range(2):
        told = run(program, ["refund", WORKSPACE, "2026-000001", "--amount", "2.50"])
        assert (told.exit_code, told.output) == (0, "2.50 EUR of 2026-000001: succeeded\n")
    assert given(pretend_stripe) == [250]
    assert run(program, ["refund", WORKSPACE, "2026-000001", "--amount", "two"]).exit_code == 1
    too_much = run(program, ["refund", WORKSPACE, "2026-000001", "--amount", "99"])
    assert (too_much.exit_code, "At most " in too_much.output) == (1, True)
    agreed = run(program, ["reconcile", "--days", "3000"])
    assert agreed.output == "The gateway's books and ours agree for the last 3000 days.\n"
    with stripe_desk.billing.engine.begin() as connection:
        connection.execute(text("UPDATE payments SET minor = minor + 1"))
    differing = run(program, ["reconcile", "--days", "3000"])
    assert (differing.exit_code, "our books say 12.21 EUR" in differing.output) == (1, True)
    differing = run(program, ["reconcile", "--days", "3000", "--language", "it"])
    assert (differing.exit_code, "nei nostri dati risultano 12.21 EUR" in differing.output) == (1, True)
    pretend_stripe.stripe.faults.plan("/payment_intents", *[Fault.DEAF] * (len(PAUSES) + 1))
    silent = run(program, ["reconcile"])
    assert (silent.exit_code, "Nothing was compared" in silent.output) == (1, True)


def issue_note(desk: Desk, amount: str = "", number: str = "2026-000001", *, refund: bool = True) -> None:
    credit_notes.issue(desk.billing, number, Wanted(amount, refund))


def test_what_a_credit_note_promised_goes_back_first_and_the_credit_after_it(
    stripe_desk: Desk, pretend_stripe: RunningStripe
) -> None:
    owner = stripe_desk.owner()
    prop = stripe_desk.property_of(owner)
    paid = stripe_desk.buy(owner, prop, token="pm_card_visa").property_id
    stripe_desk.buy(owner, prop, "remove-branding/standard/month", "pm_card_visa")
    issue_note(stripe_desk, "10.00", "2026-000002", refund=False)
    issue_note(stripe_desk, "2.20")
    assert refund(stripe_desk, "3.00", "one") == ("succeeded", 300)
    assert credit(stripe_desk, paid) == 1000 - 80
    issue_note(stripe_desk)
    with pytest.raises(NothingToRefund) as refused:
        refund(stripe_desk, "9.21", "two")
    assert refused.value.most.minor == 920
    assert refund(stripe_desk, "9.20", "two") == ("succeeded", 920)
    assert given(pretend_stripe) == [300, 920]
    # of the second note no more was promised than the card still gave
    assert credit(stripe_desk, paid) == 920 + 80
    promised = "SELECT sum(minor) AS left FROM postings WHERE account = 'refund'"
    assert stripe_desk.rows(promised.replace("AS left", "AS open"))[0].open == 0
    assert verify(stripe_desk.billing) == ()
    assert reconcile(stripe_desk.billing, stripe_desk.clock.now - MONTH) == ()


def test_a_renewal_that_was_credited_in_part_is_collected_at_what_is_left(
    stripe_desk: Desk, pretend_stripe: RunningStripe
) -> None:
    owner = stripe_desk.owner()
    plan = stripe_desk.buy(owner, stripe_desk.property_of(owner), token="pm_card_visa")
    empty = payment_methods.keep(stripe_desk.billing, owner, plan.property_id, EMPTY, VISA)
    payment_methods.choose(stripe_desk.billing, owner, plan.id, empty)
    stripe_desk.turn_to(plan.period_end_at)
    issue_note(stripe_desk, "5.00", "2026-000002", refund=False)
    good = payment_methods.keep(stripe_desk.billing, owner, plan.property_id, "pm_card_mastercard", VISA)
    payment_methods.choose(stripe_desk.billing, owner, plan.id, good)
    (unpaid,) = payments.unpaid(stripe_desk.billing, owner, plan.id)
    assert payments.pay_now(stripe_desk.billing, owner, unpaid.id).state == "paid"
    assert pretend_stripe.collected() == [1220, 720]
    assert verify(stripe_desk.billing) == ()
    assert reconcile(stripe_desk.billing, stripe_desk.clock.now - 2 * MONTH) == ()


def test_what_is_on_its_way_back_cannot_be_given_back_once_more(
    stripe_desk: Desk, pretend_stripe: RunningStripe
) -> None:
    """There is credit enough, of another invoice; the card gave 12.20 for this one, 10.00 is asked for."""
    owner = stripe_desk.owner()
    piazza = stripe_desk.property_of(owner)
    for what in ("live-chat/basic/month", "ai-bot/small/month"):
        stripe_desk.buy(owner, piazza, what, token="pm_card_visa")
    for invoice in stripe_desk.invoices():
        credit_notes.issue(stripe_desk.billing, invoice.number, Wanted())
    pretend_stripe.stripe.faults.plan("/refunds", Fault.DEAF, Fault.DEAF)
    assert refund(stripe_desk, "10.00", "one") == ("open", 1000)
    with pytest.raises(NothingToRefund) as refused:
        refund(stripe_desk, "5.00", "two")
    assert refused.value.most.minor == 220
