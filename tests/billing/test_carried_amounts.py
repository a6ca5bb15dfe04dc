"""What is too little for the gateway to charge is not tried and not dunned: it is on the next invoice, once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest

from billing import Actor
from billing.adapters.gateways.sandbox import Behaviour
from billing.services import (
    agenda,
    changes,
    credit_notes,
    invoices,
    properties,
    purchases,
    refunds,
    subscriptions,
)
from billing.services.changes import PlanSelection
from billing.services.credit_notes import Wanted
from billing.services.verify import verify
from billing.values.cycles import Interval
from billing.values.money import Money
from billing.values.refusals import AmountNotCharged, AmountNotExact, NothingToRefund, RefundNotExact
from billing.values.snapshots import SubscriptionSnapshot
from tests.billing.desk import WORKSPACE, Desk
from tests.billing.sample_invoice import ENGLISH, text_of
from tests.crashes import grant_credit

PRO = PlanSelection("pro", Interval.MONTH)


def bought(desk: Desk) -> SubscriptionSnapshot:
    """Paid with 12.20 by card; from then on the gateway takes nothing below 0.50."""
    owner = desk.owner()
    plan = desk.buy(owner, desk.property_of(owner))
    desk.gateway.least = 50
    return plan


def renew(desk: Desk, plan: SubscriptionSnapshot) -> None:
    desk.turn_to(desk.plan(plan.id).period_end_at)


def renewed_with_a_rest(desk: Desk) -> SubscriptionSnapshot:
    """11.90 of the second invoice came from credit; 0.30 is left for the third."""
    plan = bought(desk)
    grant_credit(desk, plan.property_id, 1190)
    renew(desk, plan)
    return plan


def carried(desk: Desk) -> int:
    return int(desk.rows("SELECT COALESCE(SUM(minor), 0) FROM postings WHERE account = 'carried'")[0][0])


def shares(desk: Desk) -> list[tuple[str, int, int, int]]:
    return [(one.state, one.minor, one.credit_minor, one.carried_minor) for one in desk.payments()]


def test_the_rest_of_a_renewal_is_on_the_next_invoice_and_charged_with_it(desk: Desk) -> None:
    plan = renewed_with_a_rest(desk)
    assert desk.charged() == [1220]
    assert shares(desk)[1] == ("paid", 0, 1190, 30)
    assert desk.told()[-1] == "PaymentReceived"
    assert carried(desk) == 30
    second = desk.invoices()[-1].read_document()
    assert (second.credit_minor, second.carried_minor) == (1190, 30)
    assert verify(desk.billing) == ()
    for _ in range(2):
        renew(desk, plan)
    assert desk.charged() == [1220, 1250, 1220]
    assert shares(desk)[2] == ("paid", 1250, 0, -30)
    third = desk.invoices()[2].read_document()
    assert (third.total.minor, third.carried_minor) == (1220, -30)
    assert carried(desk) == 0
    assert "PaymentFailed" not in desk.told()
    assert desk.rows("SELECT COUNT(*) FROM payment_attempts")[0][0] == 3
    assert verify(desk.billing) == ()


def test_both_invoices_say_what_is_carried_from_one_to_the_other(desk: Desk) -> None:
    plan = renewed_with_a_rest(desk)
    renew(desk, plan)
    second, third = (text_of(invoice.read_document(), ENGLISH) for invoice in desk.invoices()[1:])
    assert "From your credit balance −€11.90" in second
    assert "Carried to your next invoice −€0.30" in second
    assert "€0.30 carried to your next invoice" in second
    assert "€0.30 is too little to charge by itself and is on your next invoice" in second
    assert "From earlier invoices €0.30 Visa •••• 4242 €12.50" in third
    owner = desk.owner()
    assert invoices.as_file(desk.billing, owner, desk.invoices()[2].id, "en").content.startswith(b"%PDF-")


def test_what_a_credit_note_leaves_of_an_open_invoice_is_not_dunned(desk: Desk) -> None:
    plan = bought(desk)
    desk.gateway.expect("tok_visa", Behaviour.DECLINES)
    renew(desk, plan)
    assert desk.plan(plan.id).status == "past_due"
    credit_notes.issue(desk.billing, "2026-000002", Wanted("11.90"))
    desk.turn(days=3)
    assert desk.plan(plan.id).status == "active"
    assert shares(desk)[1] == ("paid", 0, 0, 30)
    assert desk.charged() == [1220]
    assert desk.told().count("PaymentFailed") == 2  # the second says what is left, in place of the first
    renew(desk, plan)
    assert desk.charged() == [1220, 1250]
    assert verify(desk.billing) == ()


def test_an_upgrade_of_less_is_done_at_once_and_charged_with_the_renewal(desk: Desk) -> None:
    """On the last day: 0.71 for one of 28 days, less 0.36 for that of the other plan, with VAT."""
    plan = bought(desk)
    owner = desk.owner()
    desk.clock.now = plan.period_end_at - timedelta(days=1)
    shown = changes.preview_change(desk.billing, owner, plan.id, PRO)
    assert (shown.charge_now.minor, shown.carried.minor) == (0, 43)
    done = changes.change(
        desk.billing, owner, plan.id, PRO, key="up", expected_quote=shown.fingerprint
    ).subscription
    assert (done.plan, desk.charged()) == ("Pro", [1220])
    assert desk.invoices()[-1].read_document().carried_minor == 43 == desk.invoices()[-1].total_minor
    renew(desk, plan)
    assert desk.charged() == [1220, 2440 + 43]
    assert verify(desk.billing) == ()


def buying_and_restarting(
    desk: Desk, order: purchases.Order, plan: SubscriptionSnapshot
) -> tuple[Callable[[], object], ...]:
    """What asks for a first payment, and what shows it before."""
    billing, owner = desk.billing, desk.owner()
    return (
        lambda: purchases.preview_purchase(billing, owner, order),
        lambda: purchases.purchase(billing, owner, order, key="buy"),
        lambda: subscriptions.preview_restart(billing, owner, plan.id),
        lambda: subscriptions.restart(billing, owner, plan.id, key="again"),
    )


def test_what_is_bought_or_restarted_for_less_is_refused_before_anything_is_kept(desk: Desk) -> None:
    plan, owner = bought(desk), desk.owner()
    desk.gateway.least = 5000
    order = desk.order(owner, desk.property_of(owner, "Corso"))
    subscriptions.cancel(desk.billing, owner, plan.id, "Too dear")
    renew(desk, plan)
    before = desk.everything(but=("audit_entries",))
    for act in buying_and_restarting(desk, order, plan):
        with pytest.raises(AmountNotCharged) as refused:
            act()
        assert (refused.value.total.minor, refused.value.limit.minor) == (1220, 5000)
    assert desk.everything(but=("audit_entries",)) == before


def test_what_comes_to_more_than_one_charge_takes_is_refused_before_it_is_begun(desk: Desk) -> None:
    """Now, after a trial, or with the next cycle, of which nobody is charged anything yet."""
    owner, trial_of = desk.owner(), "knowledge-base/standard/month"
    prop, other = desk.property_of(owner), desk.property_of(owner, "Corso")
    chat, bot = desk.buy(owner, prop), desk.buy(owner, prop, "ai-bot/small/month")
    assist = desk.buy(owner, prop, "ai-assist/growth/month")
    desk.turn_to(chat.period_end_at - timedelta(days=3))  # little is charged of an upgrade in this cycle
    trial = desk.buy(owner, prop, trial_of)
    dear, dear_trial = desk.order(owner, other, "ai-assist/growth/month"), desk.order(owner, other, trial_of)
    desk.gateway.most = 1500
    before = desk.everything(but=("audit_entries",))
    for subscription, plan in ((chat, "pro"), (bot, "large"), (assist, "business"), (trial, "plus")):
        wish = PlanSelection(plan, Interval.MONTH)
        with pytest.raises(AmountNotCharged) as refused:
            changes.preview_change(desk.billing, owner, subscription.id, wish)
        assert refused.value.limit == Money(1500, "EUR")
        with pytest.raises(AmountNotCharged):
            changes.change(desk.billing, owner, subscription.id, wish, key=plan)
    for order in (dear, dear_trial):
        with pytest.raises(AmountNotCharged):
            purchases.purchase(desk.billing, owner, order, key="dear")
    assert desk.everything(but=("audit_entries",)) == before


def test_what_no_step_reaches_is_not_sold_nor_restarted_and_nothing_is_kept(desk: Desk) -> None:
    """A card is charged 12.00 or 13.00 there: no invoice of 12.20 is paid by either."""
    plan, owner = bought(desk), desk.owner()
    subscriptions.cancel(desk.billing, owner, plan.id, "Too dear")
    renew(desk, plan)
    desk.gateway.step = 100
    order = desk.order(owner, desk.property_of(owner, "Corso"))
    before = desk.everything(but=("audit_entries",))
    for act in buying_and_restarting(desk, order, plan):
        with pytest.raises(AmountNotExact) as refused:
            act()
        assert (refused.value.total.minor, refused.value.step.minor) == (1220, 100)
    assert desk.everything(but=("audit_entries",)) == before
    with pytest.raises(AmountNotExact):
        purchases.purchase(
            desk.billing,
            owner,
            desk.order(owner, desk.property_of(owner, "Via"), "knowledge-base/standard/month"),
            key="try",
        )
    whole = desk.order(owner, desk.property_of(owner, "Viale"), quantity=5)
    purchases.purchase(desk.billing, owner, whole, key="five")
    assert desk.charged() == [1220, 6100]


def test_a_card_gets_whole_steps_back_and_the_rest_of_a_credit_note_stays_credit(desk: Desk) -> None:
    """Between two of its steps the gateway sends nothing back: such a refund would be tried for ever."""
    owner, operator = desk.owner(), Actor(WORKSPACE, "", "operator")
    desk.buy(owner, desk.property_of(owner))
    desk.gateway.step = 100
    credit_notes.issue(desk.billing, "2026-000001", Wanted("2.50", refund=True))
    assert properties.purchases(desk.billing, owner).credit == Money(50, "EUR")
    with pytest.raises(RefundNotExact) as refused:
        refunds.refund(desk.billing, operator, "2026-000001", key="part", amount=Decimal("1.50"))
    assert (refused.value.amount.minor, refused.value.step.minor) == (150, 100)
    made = refunds.refund(desk.billing, operator, "2026-000001", key="all")
    assert (made.state, made.amount.minor) == ("succeeded", 200)
    with pytest.raises(NothingToRefund) as none:
        refunds.refund(desk.billing, operator, "2026-000001", key="rest")
    assert none.value.most.minor == 0
    assert verify(desk.billing) == ()


def test_a_purchase_that_credit_pays_but_for_so_little_is_made(desk: Desk) -> None:
    plan, owner = bought(desk), desk.owner()
    grant_credit(desk, plan.property_id, 1190)
    order = desk.order(owner, properties.look_at(desk.billing, owner), "ai-bot/small/month")
    purchases.purchase(desk.billing, owner, order, key="buy")
    assert shares(desk)[1] == ("paid", 0, 1190, 30)
    assert verify(desk.billing) == ()


def test_what_no_step_of_the_gateway_reaches_is_carried_on_until_it_does(desk: Desk) -> None:
    """It charges whole euros: of 12.20 each month 0.20 is left, and comes as a euro after five."""
    plan = bought(desk)
    desk.gateway.step = 100
    for _ in range(5):
        renew(desk, plan)
    assert desk.charged()[1:] == [1200, 1200, 1200, 1200, 1300]
    assert carried(desk) == 0
    assert verify(desk.billing) == ()


@pytest.mark.parametrize("ends", ["uncollectible", "credited"])
def test_what_was_carried_stays_owed_where_the_invoice_that_would_charge_it_is_not_paid(
    desk: Desk, ends: str
) -> None:
    plan = renewed_with_a_rest(desk)
    desk.gateway.expect("tok_visa", *[Behaviour.DECLINES] * 9)
    renew(desk, plan)
    assert shares(desk)[2] == ("open", 1250, 0, -30)
    if ends == "credited":
        credit_notes.issue(desk.billing, "2026-000003", Wanted())
    for days in (3, 5, 7, 7):
        desk.turn(days=days)
    assert desk.payments()[2].state == ends
    assert carried(desk) == 30
    assert verify(desk.billing) == ()


def test_with_its_property_what_was_carried_is_lost(desk: Desk) -> None:
    plan, owner = renewed_with_a_rest(desk), desk.owner()
    subscriptions.cancel(desk.billing, owner, plan.id, "Too dear")
    renew(desk, plan)
    assert properties.preview_delete(desk.billing, owner, plan.property_id).carried == Money(30, "EUR")
    properties.delete(desk.billing, owner, plan.property_id)
    assert carried(desk) == 0
    assert desk.rows("SELECT SUM(minor) AS lost FROM postings WHERE account = 'bad_debt'")[0].lost == 30
    assert verify(desk.billing) == ()


def test_a_rest_that_credit_will_leave_is_foreseen_wherever_the_next_charge_is_shown(desk: Desk) -> None:
    plan, owner = bought(desk), desk.owner()
    grant_credit(desk, plan.property_id, 1190)
    (shown,) = properties.purchases(desk.billing, owner).running
    rest = Money(30, "EUR")
    assert (shown.next_charge, shown.next_credit, shown.next_carried) == (
        Money(0, "EUR"),
        Money(1190, "EUR"),
        rest,
    )
    (entry,) = agenda.listed(desk.billing, owner).entries
    assert (entry.amount, entry.credit) == (shown.next_charge, shown.next_credit)
    before = desk.charged()
    renew(desk, plan)
    assert desk.charged() == before
    assert desk.payments()[-1].carried_minor == rest.minor
    (after,) = properties.purchases(desk.billing, owner).running
    assert (after.next_charge, after.next_credit, after.next_carried) == (
        Money(1250, "EUR"),
        -rest,
        Money(0, "EUR"),
    )


def test_the_rest_of_one_plan_is_foreseen_on_the_charge_of_the_other(desk: Desk) -> None:
    first, owner = bought(desk), desk.owner()
    desk.turn(hours=1)
    prop = properties.purchases(desk.billing, owner).property
    second = desk.buy(owner, prop, "ai-bot/small/month")
    grant_credit(desk, first.property_id, 1190)
    shown = {one.id: one for one in properties.purchases(desk.billing, owner).running}
    assert shown[second.id].next_credit == Money(-30, "EUR")
    expected = shown[second.id].next_charge
    assert expected is not None
    renew(desk, first)
    renew(desk, second)
    assert desk.charged()[-1] == expected.minor == second.price.minor * 122 // 100 + 30


def test_what_is_carried_is_said_where_the_next_charge_is_and_then_charged(desk: Desk) -> None:
    plan, owner = renewed_with_a_rest(desk), desk.owner()
    page = properties.purchases(desk.billing, owner)
    assert page.credit.minor == -30
    (shown,) = page.running
    assert (shown.next_charge, shown.next_credit) == (Money(1250, "EUR"), Money(-30, "EUR"))
    coming = agenda.listed(desk.billing, owner)
    assert (coming.total, coming.credit) == (Money(1250, "EUR"), Money(-30, "EUR"))
    beside = purchases.preview_purchase(
        desk.billing, owner, desk.order(owner, page.property, "ai-bot/small/month")
    )
    assert beside.carried.minor == -30  # it comes first, and takes it
    assert beside.document is not None
    assert (beside.next_credit.minor, beside.charge_now.minor) == (0, beside.document.total.minor + 30)
    change = changes.preview_change(desk.billing, owner, plan.id, PRO)
    assert (change.carried.minor, change.next_credit.minor) == (-30, 0)
    subscriptions.cancel(desk.billing, owner, plan.id, "Too dear")
    renew(desk, plan)
    page = properties.purchases(desk.billing, owner)
    assert (page.credit.minor, page.running) == (-30, ())
    assert desk.charged() == [1220]
