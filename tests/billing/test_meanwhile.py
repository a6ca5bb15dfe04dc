"""What others do to a property while somebody waits for it is what they find, once it is theirs."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from sqlalchemy import text

from billing import Actor
from billing.locks import lock_property
from billing.models import Property
from billing.services import departures, members, payment_methods, purchases, subscriptions
from billing.services.purchases import Order
from billing.values.actors import Role
from billing.values.refusals import ChangedMeanwhile, NotAllowed, NotFound
from billing.values.snapshots import PropertySnapshot, SubscriptionSnapshot
from billing.work import Work
from tests.billing.desk import WORKSPACE, Desk
from tests.billing.waiting import once_it_waits

# SQLite has one writer: nobody finds what was otherwise a moment ago.
pytestmark = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


def meanwhile(
    desk: Desk, prop: PropertySnapshot, act: Callable[[], object], others: Callable[[Work, Property], object]
) -> Future[object]:
    """What became of the act, which waits for the property while others do theirs."""
    with ThreadPoolExecutor(1) as pool, desk.billing.work("test") as work:
        held = lock_property(work.session, WORKSPACE, prop.id)
        late = once_it_waits(desk, pool.submit(act))
        others(work, held)
    return late


LATE_ADMIN: dict[str, Callable[[Desk, Actor, SubscriptionSnapshot, Order], object]] = {
    "a card is chosen": lambda desk, admin, plan, order: payment_methods.choose(
        desk.billing, admin, plan.id, order.payment_method_id or ""
    ),
    "a plan is bought": lambda desk, admin, _, order: purchases.purchase(
        desk.billing, admin, order, key="late"
    ),
    "a plan is restarted": lambda desk, admin, plan, _: subscriptions.restart(
        desk.billing, admin, plan.id, key="late"
    ),
    "what somebody paid for who left is taken over": lambda desk, admin, _, order: departures.take_over(
        desk.billing, admin, order.property_id, "UGONE"
    ),
}


@pytest.mark.parametrize("act", LATE_ADMIN)
def test_who_lost_their_role_a_moment_ago_pays_for_nothing_from_then_on(desk: Desk, act: str) -> None:
    owner = desk.owner()
    piazza = desk.property_of(owner)
    admin, gone = (desk.member(owner, piazza, name, Role.ADMIN) for name in ("UADMIN", "UGONE"))
    plan = desk.buy(gone, piazza)
    if act == "a plan is restarted":
        subscriptions.cancel(desk.billing, owner, plan.id, "dear")
        desk.turn_to(plan.period_end_at)
    members.lose(desk.billing, gone)
    order = desk.order(owner, piazza, "remove-branding/standard/month")
    demote = text("UPDATE members SET role = 'agent' WHERE user_id = 'UADMIN'")
    late = meanwhile(
        desk,
        piazza,
        lambda: LATE_ADMIN[act](desk, admin, plan, order),
        lambda work, _: work.session.execute(demote),
    )
    with pytest.raises(NotAllowed):
        late.result()
    payers = {row.billing_admin_id for row in desk.rows("SELECT billing_admin_id FROM subscriptions")}
    assert payers == {"UGONE"}


def test_a_card_that_is_chosen_in_the_moment_in_which_it_is_removed_stays(desk: Desk) -> None:
    """Whoever removes it has the property, and waits for no subscription with that."""
    owner = desk.owner()
    piazza = desk.property_of(owner)
    desk.buy(owner, piazza)
    other = desk.card(owner, piazza, "tok_other")
    back_up = text("UPDATE subscriptions SET backup_method_id = :card")
    late = meanwhile(
        desk,
        piazza,
        lambda: payment_methods.remove(desk.billing, owner, other),
        lambda work, _: work.session.execute(back_up, {"card": other}),
    )
    with pytest.raises(ChangedMeanwhile):
        late.result()
    assert other in [card.id for card in payment_methods.listed(desk.billing, owner, piazza.id)]


def test_nothing_is_bought_for_a_property_that_is_being_deleted(desk: Desk) -> None:
    owner = desk.owner()
    piazza = desk.property_of(owner)
    order = desk.order(owner, piazza)
    late = meanwhile(
        desk,
        piazza,
        lambda: purchases.purchase(desk.billing, owner, order, key="late"),
        lambda work, held: setattr(held, "deleted_at", work.now),
    )
    with pytest.raises(NotFound):
        late.result()
    assert desk.charged() == []
