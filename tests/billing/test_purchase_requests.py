"""Above the limit of a property another admin approves: what waits, who may say yes, and what is done then, once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import select

from billing import Actor, Billing
from billing.models import OutboxMessage
from billing.services import (
    changes,
    members,
    people,
    properties,
    purchase_limits,
    purchase_requests,
    purchases,
    subscriptions,
    transfers,
)
from billing.services.changes import PlanSelection
from billing.services.verify import verify
from billing.values.actors import Role
from billing.values.cycles import Interval
from billing.values.errors import NotAnAmount
from billing.values.events import PurchaseRequested, Topic
from billing.values.money import Money
from billing.values.refusals import (
    AlreadyBought,
    NeedsApproval,
    NeedsNoApproval,
    NobodyToApprove,
    NotAllowed,
    NotFound,
    OwnPurchaseRequest,
    PreviewChanged,
    PurchaseRequestClosed,
    RequesterLeft,
    RequestMoved,
    SamePlan,
)
from billing.values.snapshots import PropertySnapshot, SubscriptionSnapshot
from tests.billing.desk import WORKSPACE, Desk, at_once

PRO = PlanSelection("pro", Interval.MONTH)
# Live Chat Basic costs 12.20 with VAT a month, Pro 24.40.


@pytest.fixture
def anna(desk: Desk, owner: Actor, piazza: PropertySnapshot) -> Actor:
    """An admin, in a property whose owner set a limit of 10.00."""
    admin = desk.member(owner, piazza, "UANNA", Role.ADMIN)
    purchase_limits.change(desk.billing, owner, piazza.id, "10")
    return admin


def ask(desk: Desk, by: Actor, prop: PropertySnapshot, token: str = "tok_visa") -> PurchaseRequested:
    order = desk.order(by, prop, token=token)
    return purchase_requests.ask_purchase(desk.billing, by, order, key=desk.key())


def told_as(desk: Desk) -> list[tuple[str, str, str]]:
    """What is told of requests: to whom, in which state, by whom it was decided."""
    with desk.billing.read("test") as work:
        rows = work.session.scalars(select(OutboxMessage).order_by(OutboxMessage.number))
        said = [(row.address, row.fact["event"]) for row in rows if row.kind == "PurchaseRequested"]
    return [(place, event.get("state", "open"), event.get("decided_by", "")) for place, event in said]


def test_only_owners_set_a_limit_which_admins_see(desk: Desk, owner: Actor, piazza: PropertySnapshot) -> None:
    admin = desk.member(owner, piazza, "UANNA", Role.ADMIN)
    accountant = desk.member(owner, piazza, "UCONTO", Role.ACCOUNTANT)
    for nobody in (admin, accountant):
        with pytest.raises(NotAllowed) as refused:
            purchase_limits.change(desk.billing, nobody, piazza.id, "500")
        assert refused.value.needed == "owner"
    for nothing in ("0", "much", "12.345"):
        with pytest.raises(NotAnAmount):
            purchase_limits.change(desk.billing, owner, piazza.id, nothing)
    set_to = purchase_limits.change(desk.billing, owner, piazza.id, "500,50")
    assert (set_to.limit, set_to.is_alone) == (Money(50050, "EUR"), False)
    assert purchase_limits.look_at(desk.billing, admin, piazza.id).limit == Money(50050, "EUR")
    with pytest.raises(NotAllowed):
        purchase_limits.look_at(desk.billing, accountant, piazza.id)
    assert purchase_limits.change(desk.billing, owner, piazza.id, " ").limit is None
    log = [
        (one.user_id, one.before, one.after)
        for one in desk.audit("purchase_limit.change")
        if not one.refused_as
    ]
    assert log == [("UOWNER", None, {"minor": 50050}), ("UOWNER", {"minor": 50050}, None)]


def test_up_to_the_limit_nothing_changes_and_a_cent_above_it_nobody_buys_alone(
    desk: Desk, owner: Actor, anna: Actor, piazza: PropertySnapshot
) -> None:
    purchase_limits.change(desk.billing, owner, piazza.id, "12.20")
    order = desk.order(anna, piazza)
    assert purchases.preview_purchase(desk.billing, anna, order).above is None
    desk.buy(anna, piazza)
    purchase_limits.change(desk.billing, owner, piazza.id, "35.37")  # 35.38 with VAT
    order = desk.order(owner, piazza, "video-voice/standard/month")
    quote = purchases.preview_purchase(desk.billing, owner, order)
    assert (quote.charge_now, quote.above) == (Money(3538, "EUR"), Money(3537, "EUR"))
    for by in (owner, anna):
        with pytest.raises(NeedsApproval) as refused:
            purchases.purchase(
                desk.billing,
                by,
                order,
                key="alone",
                expected_quote=quote.fingerprint if by is owner else None,
            )
        assert refused.value.quote.above == Money(3537, "EUR")
    assert desk.charged() == [1220]


def test_an_upgrade_and_a_restart_need_it_too_and_what_is_charged_later_does_not(
    desk: Desk, owner: Actor, anna: Actor, piazza: PropertySnapshot
) -> None:
    purchase_limits.change(desk.billing, owner, piazza.id, "")
    chat, bot = desk.buy(owner, piazza), desk.buy(owner, piazza, "ai-assist/growth/month")
    purchase_limits.change(desk.billing, owner, piazza.id, "5")
    desk.turn(days=1)
    for wish in (PRO, PlanSelection("basic", Interval.YEAR), PlanSelection("basic", Interval.MONTH, 3)):
        with pytest.raises(NeedsApproval):
            changes.change(desk.billing, anna, chat.id, wish, key="up")
    business = PlanSelection("business", Interval.MONTH)
    assert changes.change(desk.billing, anna, bot.id, business, key="later").payment is None
    trial = desk.buy(anna, piazza, "knowledge-base/plus/month")
    assert trial.status == "trialing"
    subscriptions.cancel(desk.billing, anna, chat.id, "Too dear")
    desk.turn(days=40)
    with pytest.raises(NeedsApproval):
        subscriptions.restart(desk.billing, anna, chat.id, key="again")
    asked = purchase_requests.ask_restart(desk.billing, anna, chat.id, key="again")
    done = purchase_requests.approve(desk.billing, owner, asked.request_id)
    assert (done.state, done.charged) == ("done", Money(1220, "EUR"))
    assert desk.plan(chat.id).status == "active"
    assert verify(desk.billing) == ()


def test_what_waits_changes_nothing_and_is_done_once_it_is_approved_in_the_name_of_who_asked(
    desk: Desk, owner: Actor, anna: Actor, piazza: PropertySnapshot
) -> None:
    order, before = (
        desk.order(anna, piazza),
        desk.everything(but=("purchase_requests", "outbox", "audit_entries")),
    )
    seen = purchases.preview_purchase(desk.billing, anna, order)
    asked = purchase_requests.ask_purchase(
        desk.billing, anna, order, key="form", expected_quote=seen.fingerprint
    )
    assert desk.everything(but=("purchase_requests", "outbox", "audit_entries")) == before
    assert (asked.amount, asked.next_charge, asked.by, asked.plan) == (
        Money(1220, "EUR"),
        Money(1220, "EUR"),
        "UANNA",
        "Basic",
    )
    assert asked.expires_at == desk.clock.now + timedelta(hours=72)
    assert purchase_limits.look_at(desk.billing, owner, piazza.id).waiting == (asked,)
    reviewed = purchase_requests.review(desk.billing, owner, asked.request_id)
    assert reviewed.is_unchanged
    assert reviewed.quote.above is None
    done = purchase_requests.approve(
        desk.billing, owner, asked.request_id, expected_quote=reviewed.quote.fingerprint
    )
    assert (done.state, done.decided_by, done.charged) == ("done", "UOWNER", Money(1220, "EUR"))
    assert desk.charged() == [1220]
    assert desk.payments()[0].requested_by == "UANNA"
    (bought,) = properties.purchases(desk.billing, owner).running
    assert bought.billing_admin_id == "UANNA"
    acts = ("purchase_request.ask", "purchase_request.approve", "purchase.ask", "payment.paid")
    assert [desk.audit(act)[0].user_id for act in acts] == ["UANNA", "UOWNER", "UANNA", "UANNA"]
    assert desk.audit("purchase_request.approve")[0].after == {"requested_by": "UANNA", "minor": 1220}
    assert told_as(desk) == [
        ("CBILLING", "open", ""),
        ("CBILLING", "done", "UOWNER"),
        ("UANNA", "done", "UOWNER"),
    ]
    assert purchase_limits.look_at(desk.billing, owner, piazza.id).waiting == ()
    assert verify(desk.billing) == ()


def test_a_form_that_comes_twice_asks_once(desk: Desk, anna: Actor, piazza: PropertySnapshot) -> None:
    order = desk.order(anna, piazza)
    twice = partial(purchase_requests.ask_purchase, desk.billing, anna, order, key="form")
    assert len({one.request_id for one in at_once(twice, twice, twice)}) == 1
    assert told_as(desk) == [("CBILLING", "open", "")]


def test_what_needs_no_approval_is_not_asked_for_and_nothing_that_nobody_could_approve(
    desk: Desk, owner: Actor, anna: Actor, piazza: PropertySnapshot
) -> None:
    order = desk.order(owner, piazza)
    with pytest.raises(PreviewChanged):
        purchase_requests.ask_purchase(desk.billing, anna, order, key="form", expected_quote="another")
    members.set_role(desk.billing, owner, piazza.id, "UANNA", Role.ACCOUNTANT)
    assert purchase_limits.look_at(desk.billing, owner, piazza.id).is_alone
    with pytest.raises(NobodyToApprove) as refused:
        purchase_requests.ask_purchase(desk.billing, owner, order, key="form")
    assert refused.value.limit == Money(1000, "EUR")
    purchase_limits.change(desk.billing, owner, piazza.id, "12.20")
    with pytest.raises(NeedsNoApproval):
        purchase_requests.ask_purchase(desk.billing, owner, order, key="form")
    assert desk.rows("SELECT * FROM purchase_requests") == []


def test_nobody_approves_their_own_request_nor_who_is_no_admin_there(
    desk: Desk, owner: Actor, anna: Actor, piazza: PropertySnapshot
) -> None:
    asked = ask(desk, owner, piazza)
    accountant = desk.member(owner, piazza, "UCONTO", Role.ACCOUNTANT)
    agent = desk.member(owner, piazza, "UAGENT", Role.AGENT)
    stranger = desk.person("USTRANGER")
    desk.property_of(stranger, "Another")
    acts = (purchase_requests.review, purchase_requests.approve)
    for by, refusal in ((owner, OwnPurchaseRequest), (accountant, NotAllowed), (agent, NotAllowed)):
        for act in acts:
            with pytest.raises(refusal):
                act(desk.billing, by, asked.request_id)
    every: tuple[Callable[[Billing, Actor, str], object], ...]
    every = (*acts, purchase_requests.decline, purchase_requests.look_at)
    for one in every:
        for by, named in (
            (stranger, asked.request_id),
            (anna, "req_forged"),
            (Actor("T0002", "UANNA"), asked.request_id),
        ):
            with pytest.raises(NotFound):
                one(desk.billing, by, named)
    for by in (accountant, agent):
        with pytest.raises(NotAllowed):
            purchase_requests.decline(desk.billing, by, asked.request_id)
    assert desk.charged() == []
    refused = Counter((one.user_id, one.refused_as) for one in desk.audit("purchase_request.approve"))
    assert refused[("UOWNER", "OwnPurchaseRequest")] == 1
    assert refused[("UAGENT", "NotAllowed")] == 1


@pytest.mark.parametrize("by", ["UOWNER", "UANNA"])
def test_it_is_declined_by_another_admin_and_withdrawn_by_who_asked(
    desk: Desk, owner: Actor, anna: Actor, piazza: PropertySnapshot, by: str
) -> None:
    asked = ask(desk, anna, piazza)
    closed = purchase_requests.decline(desk.billing, Actor(WORKSPACE, by), asked.request_id)
    assert (closed.state, closed.decided_by) == ("declined" if by == "UOWNER" else "withdrawn", by)
    for act in (purchase_requests.approve, purchase_requests.review, purchase_requests.decline):
        with pytest.raises(PurchaseRequestClosed) as refused:
            act(desk.billing, owner, asked.request_id)
        assert (refused.value.state, refused.value.by) == (closed.state, by)
    hears = [("UANNA", "declined", "UOWNER")] if by == "UOWNER" else []
    assert told_as(desk) == [("CBILLING", "open", ""), ("CBILLING", closed.state, by), *hears]
    assert desk.rows("SELECT wanted FROM purchase_requests") == [(None,)]
    assert desk.charged() == []


def test_after_72_hours_it_is_expired_which_is_told_once(
    desk: Desk, owner: Actor, anna: Actor, piazza: PropertySnapshot
) -> None:
    asked = ask(desk, anna, piazza)
    desk.turn(hours=71, minutes=59)
    assert told_as(desk) == [("CBILLING", "open", "")]
    desk.clock.now += timedelta(minutes=1)
    with pytest.raises(PurchaseRequestClosed) as refused:
        purchase_requests.approve(desk.billing, owner, asked.request_id)
    assert refused.value.state == "expired"
    for _ in range(2):
        desk.turn(minutes=1)
    assert told_as(desk) == [("CBILLING", "open", ""), ("CBILLING", "expired", ""), ("UANNA", "expired", "")]
    assert [one.user_id for one in desk.audit("purchase_request.expire")] == [""]
    assert desk.charged() == []


def test_without_a_channel_that_is_told_the_other_admins_are_in_private(
    desk: Desk, owner: Actor, anna: Actor, piazza: PropertySnapshot
) -> None:
    desk.member(owner, piazza, "UCARLO", Role.ADMIN)
    topics = [topic for topic in Topic if topic is not Topic.APPROVALS]
    properties.announce_in(desk.billing, owner, piazza.id, "CBILLING", topics)
    asked = ask(desk, anna, piazza)
    purchase_requests.decline(desk.billing, owner, asked.request_id)
    assert sorted(told_as(desk)) == [
        ("UANNA", "declined", "UOWNER"),
        ("UCARLO", "declined", "UOWNER"),
        ("UCARLO", "open", ""),
        ("UOWNER", "declined", "UOWNER"),
        ("UOWNER", "open", ""),
    ]


def test_what_changed_since_by_a_cent_is_read_before_it_is_approved(
    desk: Desk, owner: Actor, anna: Actor, piazza: PropertySnapshot
) -> None:
    purchase_limits.change(desk.billing, owner, piazza.id, "")
    chat = desk.buy(owner, piazza, "live-chat/basic/year")
    purchase_limits.change(desk.billing, owner, piazza.id, "10")
    wish = PlanSelection("pro", Interval.YEAR)
    asked = purchase_requests.ask_change(desk.billing, anna, chat.id, wish, key="form")
    seen = purchase_requests.review(desk.billing, owner, asked.request_id)
    assert seen.is_unchanged
    desk.turn(days=2)
    with pytest.raises(PreviewChanged) as refused:
        purchase_requests.approve(
            desk.billing, owner, asked.request_id, expected_quote=seen.quote.fingerprint
        )
    assert refused.value.quote.charge_now.minor < asked.minor
    assert desk.charged() == [14640]
    now = purchase_requests.review(desk.billing, owner, asked.request_id)
    assert not now.is_unchanged
    done = purchase_requests.approve(
        desk.billing, owner, asked.request_id, expected_quote=now.quote.fingerprint
    )
    assert (done.state, done.charged) == ("done", now.quote.charge_now)
    assert (desk.plan(chat.id).plan, desk.charged()) == ("Pro", [14640, now.quote.charge_now.minor])
    assert verify(desk.billing) == ()


def test_a_declined_card_is_told_as_what_came_of_it(
    desk: Desk, owner: Actor, anna: Actor, piazza: PropertySnapshot
) -> None:
    asked = ask(desk, anna, piazza, token="tok_declines")
    done = purchase_requests.approve(desk.billing, owner, asked.request_id)
    assert (done.state, done.charged_minor) == ("failed", 0)
    assert told_as(desk)[1:] == [("CBILLING", "failed", "UOWNER"), ("UANNA", "failed", "UOWNER")]
    assert desk.charged() == []
    with pytest.raises(PurchaseRequestClosed):
        purchase_requests.decline(desk.billing, owner, asked.request_id)
    ask(desk, anna, piazza)


def test_what_waits_for_the_bank_is_told_so_and_then_what_came_of_it(
    desk: Desk, owner: Actor, anna: Actor, piazza: PropertySnapshot
) -> None:
    asked = ask(desk, anna, piazza, token="tok_silent_after")
    done = purchase_requests.approve(desk.billing, owner, asked.request_id)
    assert done.state == "waiting"
    desk.turn(hours=1)
    desk.turn(hours=1)
    states = [state for place, state, _ in told_as(desk) if place == "CBILLING"]
    assert states == ["open", "waiting", "done"]
    assert desk.charged() == [1220]
    assert verify(desk.billing) == ()


def test_two_who_approve_one_twice_and_one_who_declines_at_once_decide_once(
    desk: Desk, owner: Actor, anna: Actor, piazza: PropertySnapshot
) -> None:
    carlo = desk.member(owner, piazza, "UCARLO", Role.ADMIN)
    asked = ask(desk, anna, piazza)
    answers = at_once(
        partial(purchase_requests.approve, desk.billing, owner, asked.request_id),
        partial(purchase_requests.approve, desk.billing, carlo, asked.request_id),
        partial(purchase_requests.approve, desk.billing, carlo, asked.request_id),
        partial(purchase_requests.decline, desk.billing, owner, asked.request_id),
    )
    assert set(map(type, answers)) == {PurchaseRequested, PurchaseRequestClosed}
    stands = purchase_requests.look_at(desk.billing, owner, asked.request_id)
    assert desk.charged() == ([] if stands.state == "declined" else [1220])
    approved = [one for one in desk.audit("purchase_request.approve") if not one.refused_as]
    assert len(approved) == len(desk.charged())
    assert verify(desk.billing) == ()


def test_who_approved_and_presses_again_reads_how_it_stands(
    desk: Desk, owner: Actor, anna: Actor, piazza: PropertySnapshot
) -> None:
    asked = ask(desk, anna, piazza)
    first = purchase_requests.approve(desk.billing, owner, asked.request_id)
    assert purchase_requests.approve(desk.billing, owner, asked.request_id) == first
    assert desk.charged() == [1220]


def test_what_was_approved_by_a_process_that_ended_then_is_carried_out_by_the_schedule(
    desk: Desk, owner: Actor, anna: Actor, piazza: PropertySnapshot
) -> None:
    asked = ask(desk, anna, piazza)
    purchase_requests._approve(desk.billing, owner, asked.request_id, None)
    for _ in range(3):
        desk.turn(minutes=2)
    assert desk.charged() == [1220]
    assert [state for place, state, _ in told_as(desk) if place == "CBILLING"][-1] == "done"
    assert verify(desk.billing) == ()


def test_nothing_is_done_in_the_name_of_who_is_no_admin_any_more(
    desk: Desk, owner: Actor, anna: Actor, piazza: PropertySnapshot
) -> None:
    asked = ask(desk, anna, piazza)
    members.set_role(desk.billing, owner, piazza.id, "UANNA", Role.ACCOUNTANT)
    desk.member(owner, piazza, "UCARLO", Role.ADMIN)
    for act in (purchase_requests.review, purchase_requests.approve):
        with pytest.raises(RequesterLeft) as refused:
            act(desk.billing, owner, asked.request_id)
        assert refused.value.user_id == "UANNA"
    assert {one.user_id for one in desk.audit("purchase_request.approve")} == {"UOWNER"}
    assert purchase_requests.decline(desk.billing, owner, asked.request_id).state == "declined"
    assert desk.charged() == []


def test_what_is_refused_to_the_approver_stands_in_the_log_under_their_name(
    desk: Desk, owner: Actor, anna: Actor, piazza: PropertySnapshot
) -> None:
    asked, twin = ask(desk, anna, piazza), ask(desk, anna, piazza)
    purchase_requests.approve(desk.billing, owner, asked.request_id)
    with pytest.raises(AlreadyBought):
        purchase_requests.approve(desk.billing, owner, twin.request_id)
    last = desk.audit("purchase_request.approve")[-1]
    assert (last.user_id, last.refused_as, last.property_id) == ("UOWNER", "AlreadyBought", piazza.id)
    assert purchase_requests.look_at(desk.billing, owner, twin.request_id).state == "open"
    assert desk.charged() == [1220]


def upgrade(
    desk: Desk, owner: Actor, anna: Actor, piazza: PropertySnapshot
) -> tuple[SubscriptionSnapshot, str]:
    """A subscription, and the request for its upgrade."""
    purchase_limits.change(desk.billing, owner, piazza.id, "")
    chat = desk.buy(owner, piazza)
    purchase_limits.change(desk.billing, owner, piazza.id, "10")
    asked = purchase_requests.ask_change(desk.billing, anna, chat.id, PRO, key="form")
    assert (asked.had.plan, asked.wants.plan, asked.amount) == ("Basic", "Pro", Money(1220, "EUR"))
    return chat, asked.request_id


def test_a_limit_that_is_lowered_raised_or_removed_changes_no_request(
    desk: Desk, owner: Actor, anna: Actor, piazza: PropertySnapshot
) -> None:
    chat, request_id = upgrade(desk, owner, anna, piazza)
    for limit in ("1", "1000", ""):
        purchase_limits.change(desk.billing, owner, piazza.id, limit)
        assert purchase_requests.look_at(desk.billing, owner, request_id).state == "open"
    changes.change(desk.billing, anna, chat.id, PRO, key="alone")  # nothing is asked for any more
    with pytest.raises(SamePlan):
        purchase_requests.approve(desk.billing, owner, request_id)
    assert desk.charged() == [1220, 1220]


def test_a_subscription_that_was_transferred_is_not_changed_by_a_request_of_before(
    desk: Desk, owner: Actor, anna: Actor, piazza: PropertySnapshot
) -> None:
    chat, request_id = upgrade(desk, owner, anna, piazza)
    transfers.transfer(desk.billing, owner, chat.id, desk.property_of(owner, "Another").id)
    for act in (purchase_requests.review, purchase_requests.approve):
        with pytest.raises(RequestMoved):
            act(desk.billing, owner, request_id)
    assert (desk.plan(chat.id).plan, desk.charged()) == ("Basic", [1220])


def test_nothing_is_bought_for_a_property_that_was_deleted_and_its_request_expires(
    desk: Desk, owner: Actor, anna: Actor, piazza: PropertySnapshot
) -> None:
    asked = ask(desk, anna, piazza)
    properties.delete(desk.billing, owner, piazza.id)
    for act in (purchase_requests.review, purchase_requests.approve, purchase_requests.decline):
        with pytest.raises(NotFound):
            act(desk.billing, owner, asked.request_id)
    desk.turn(hours=73)
    assert [state for _, state, _ in told_as(desk)][:2] == ["open", "expired"]
    assert desk.charged() == []


def test_who_asked_and_who_decided_have_it_in_what_is_exported_of_them(
    desk: Desk, owner: Actor, anna: Actor, piazza: PropertySnapshot
) -> None:
    request = ask(desk, anna, piazza)
    purchase_requests.decline(desk.billing, owner, request.request_id)
    for person in (anna, owner):
        (found,) = people.export(desk.billing, WORKSPACE, person.user_id)["requests_for_approval"]
        assert (found["request_id"], found["requested_by"], found["decided_by"], found["state"]) == (
            request.request_id,
            anna.user_id,
            owner.user_id,
            "declined",
        )
