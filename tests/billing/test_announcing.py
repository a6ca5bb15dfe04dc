"""What a property's channel is told: what its admins chose, in the channel that they chose, and nothing else."""

from __future__ import annotations

from datetime import timedelta

import pytest

from billing.services import members, properties, subscriptions, transfers
from billing.values.actors import Role
from billing.values.events import EVENTS, Topic
from tests.billing.desk import Desk


def test_every_event_that_a_channel_can_be_told_says_what_it_is_about() -> None:
    told_in_private = {kind for kind, event in EVENTS.items() if event.topic is None}
    assert told_in_private == {
        "ChannelUnusable",
        "RenewalOverdue",
        "DetailsMissing",
        "RoleAskedFor",
        "RoleDeclined",
        "SupportAsked",
        "SupportReceived",
        "AppInstalled",
        "ContactToConfirm",
        "ContactRefused",
        "MonthReported",
        "RefundFailed",
        "VatNumberRejected",
    }
    assert {event.topic for event in EVENTS.values()} == {None, *Topic}


def test_a_new_channel_is_told_everything(desk: Desk) -> None:
    assert desk.property_of(desk.owner()).topics == tuple(Topic)


def test_the_choice_is_kept_until_it_is_changed_and_stands_in_the_audit_log(desk: Desk) -> None:
    owner = desk.owner()
    piazza = desk.property_of(owner)
    chosen = properties.announce_in(desk.billing, owner, piazza.id, "CNEW", [Topic.RECEIPTS, Topic.ENDINGS])
    assert (chosen.billing_channel, chosen.topics) == ("CNEW", (Topic.RECEIPTS, Topic.ENDINGS))
    moved = properties.announce_in(desk.billing, owner, piazza.id, "COTHER")
    assert moved.topics == chosen.topics
    assert properties.look_at(desk.billing, owner, piazza.id).billing_channel == "COTHER"
    entry = desk.audit("property.announce_in")[-2]
    assert (entry.before or {})["channel"] == "CBILLING"
    assert entry.after == {"channel": "CNEW", "topics": ["receipts", "endings"]}


@pytest.mark.parametrize("muted", Topic)
def test_what_is_muted_is_not_told_and_all_else_is(desk: Desk, muted: Topic) -> None:
    owner = desk.owner()
    piazza = desk.property_of(owner)
    properties.announce_in(
        desk.billing, owner, piazza.id, "CBILLING", [topic for topic in Topic if topic is not muted]
    )
    plan = desk.buy(owner, piazza)
    subscriptions.cancel(desk.billing, owner, plan.id, "Too dear")
    desk.turn_to(plan.period_end_at)
    desk.member(owner, piazza, "UADMIN", Role.ADMIN)
    happened = ["SubscriptionStarted", "PaymentReceived", "SubscriptionCancelled", "SubscriptionEnded"]
    happened += ["MemberChanged"]
    assert desk.told() == [kind for kind in happened if EVENTS[kind].topic is not muted]


def test_plans_that_end_one_at_a_time_and_in_bulk_keep_to_the_same_choice(desk: Desk) -> None:
    owner = desk.owner()
    piazza = desk.property_of(owner)
    plans = [desk.buy(owner, piazza, what) for what in ("live-chat/basic/month", "ai-bot/small/month")]
    properties.announce_in(desk.billing, owner, piazza.id, "CBILLING", [])
    for plan in plans:
        subscriptions.cancel(desk.billing, owner, plan.id, "Too dear")
    told = desk.told()
    desk.turn_to(plans[0].period_end_at + timedelta(days=1))
    assert {row.status for row in desk.rows("SELECT status FROM subscriptions")} == {"ended"}
    assert desk.told() == told


def test_without_a_channel_members_come_and_go_in_silence(desk: Desk) -> None:
    owner = desk.owner()
    piazza = desk.property_of(owner, channel=None)
    desk.member(owner, piazza, "UADMIN", Role.ADMIN)
    members.remove(desk.billing, owner, piazza.id, "UADMIN")
    assert desk.told() == []


def test_a_transfer_between_two_properties_of_one_channel_is_told_once_if_either_wants_it(desk: Desk) -> None:
    owner = desk.owner()
    piazza, corso = desk.property_of(owner), desk.property_of(owner, "Corso")
    plan = desk.buy(owner, piazza, "ai-assist/growth/month")
    told = []
    for muted, to in ((None, corso), (piazza, piazza), (corso, corso)):
        for shop in (piazza, corso):
            topics = [Topic.MEMBERS] if shop is muted else list(Topic)
            properties.announce_in(desk.billing, owner, shop.id, "CBILLING", topics)
        transfers.transfer(desk.billing, owner, plan.id, to.id)
        told.append(desk.told().count("SubscriptionTransferred"))
    assert told == [1, 2, 3]
