"""A billing channel in which nothing can be announced: told once to who can choose another, and nothing is lost."""

from __future__ import annotations

from functools import partial

import pytest

from billing.services import channels, help, outbox, properties, transfers
from billing.services.verify import health
from billing.values.actors import Actor, Role
from billing.values.channels import ChannelProblem
from billing.values.events import ChannelUnusable, Topic
from billing.values.outbox import Delivery
from billing.values.refusals import NotAllowed, NotFound
from billing.values.snapshots import ChannelTrouble, PropertySnapshot
from tests.billing.desk import WORKSPACE, Desk, at_once

ARCHIVED, SHARED = ChannelProblem.ARCHIVED, ChannelProblem.SHARED


def found(desk: Desk, problem: ChannelProblem = ARCHIVED, channel: str = "CBILLING") -> None:
    channels.found_unusable(desk.billing, WORKSPACE, channel, problem)


def addresses(desk: Desk, kind: str) -> list[str]:
    """Where the untold facts of that kind are to be told, in their order."""
    sql = "SELECT address FROM outbox WHERE kind = :kind AND told_at IS NULL ORDER BY number"
    return [row.address for row in desk.rows(sql, kind=kind)]


def comes(desk: Desk, owner: Actor, prop: PropertySnapshot, *user_ids: str) -> None:
    """So many facts that the property's channel is to be told."""
    for user_id in user_ids:
        desk.member(owner, prop, user_id, Role.AGENT)


def claimed(desk: Desk) -> dict[str, Delivery]:
    return {one.to.address: one for one in outbox.claim(desk.billing)}


def trouble(desk: Desk, actor: Actor) -> ChannelTrouble | None:
    return channels.look_at(desk.billing, actor)[1]


def test_owners_and_admins_are_told_once_in_private_and_nobody_else(desk: Desk) -> None:
    owner = desk.owner()
    piazza = desk.property_of(owner)
    for user_id, role in (("UADMIN", Role.ADMIN), ("UACCOUNT", Role.ACCOUNTANT), ("UAGENT", Role.AGENT)):
        desk.member(owner, piazza, user_id, role)
    at_once(*[partial(found, desk)] * 4)
    found(desk, SHARED)
    assert addresses(desk, "ChannelUnusable") == ["UADMIN", "UOWNER"]
    told = claimed(desk)
    about = (piazza.id, "Piazza", "Europe/Rome")
    assert told["UOWNER"].event == ChannelUnusable(*about, channel="CBILLING", problem="archived")
    assert told["UOWNER"].to.reader == "UOWNER"
    assert trouble(desk, owner) == ChannelTrouble("CBILLING", SHARED, desk.clock.now)


def test_what_a_later_version_found_is_a_problem_of_which_no_more_is_known(desk: Desk) -> None:
    owner = desk.owner()
    desk.property_of(owner)
    found(desk)
    desk.execute("UPDATE unusable_channels SET problem = 'haunted'")
    about = trouble(desk, owner)
    assert about is not None
    assert about.problem is ChannelProblem.UNKNOWN
    found(desk, SHARED)
    assert trouble(desk, owner) == ChannelTrouble("CBILLING", SHARED, about.since)


def test_each_property_that_is_announced_there_is_told_of_and_no_other(desk: Desk) -> None:
    anna, bruno, carla = (desk.person(f"U{name}") for name in ("ANNA", "BRUNO", "CARLA"))
    desk.property_of(anna, "Annas")
    gone = desk.property_of(anna, "Gone")
    properties.delete(desk.billing, anna, gone.id)
    desk.property_of(bruno, "Brunos")
    desk.property_of(carla, "Carlas", "COTHER")
    properties.register_workspace(desk.billing, "T0002", "Altrove", "it")
    desk.property_of(desk.person("UFAR", workspace_id="T0002"), "Far")
    found(desk)
    assert addresses(desk, "ChannelUnusable") == ["UANNA", "UBRUNO"]
    assert trouble(desk, carla) is None


def test_once_something_was_announced_there_it_is_usable_and_the_next_trouble_is_told_again(
    desk: Desk,
) -> None:
    owner = desk.owner()
    piazza = desk.property_of(owner)
    comes(desk, owner, piazza, "UNEW")
    found(desk)
    told = claimed(desk)
    outbox.told(desk.billing, told["UOWNER"].number)
    assert trouble(desk, owner)  # that the owner was told mends nothing
    outbox.told(desk.billing, told["CBILLING"].number)
    assert trouble(desk, owner) is None
    found(desk)
    assert addresses(desk, "ChannelUnusable") == ["UOWNER"]


def test_what_waits_is_announced_in_the_channel_that_is_chosen_in_its_order(desk: Desk) -> None:
    owner = desk.owner()
    piazza = desk.property_of(owner)
    comes(desk, owner, piazza, "UFIRST", "USECOND")
    first = claimed(desk)["CBILLING"]
    outbox.failed(desk.billing, first.number, "archived", retry_after=3600)
    found(desk)
    properties.announce_in(desk.billing, owner, piazza.id, "CNEW")
    comes(desk, owner, piazza, "UTHIRD")
    assert addresses(desk, "MemberChanged") == ["CNEW"] * 3
    told = []
    while "CNEW" in (now := claimed(desk)):
        told.append(now["CNEW"].event.as_json()["user_id"])
        outbox.told(desk.billing, now["CNEW"].number)
    assert told == ["UFIRST", "USECOND", "UTHIRD"]
    assert trouble(desk, owner) is None


def test_what_another_property_waits_with_stays_and_so_does_a_message_to_the_support(desk: Desk) -> None:
    owner = desk.owner()
    bottega, piazza = desk.property_of(owner, "Bottega"), desk.property_of(owner)
    comes(desk, owner, bottega, "UONE")
    comes(desk, owner, piazza, "UTWO")
    help.ask_support(desk.billing, owner, "Which plan fits?", "CBILLING")
    found(desk)
    properties.announce_in(desk.billing, owner, piazza.id, "CNEW")
    assert addresses(desk, "MemberChanged") == ["CBILLING", "CNEW"]
    properties.announce_in(desk.billing, owner, bottega.id, "CNEWER")
    assert addresses(desk, "MemberChanged") == ["CNEWER", "CNEW"]
    assert addresses(desk, "SupportAsked") == ["CBILLING"]


def test_what_was_posted_already_is_not_posted_again_elsewhere(desk: Desk) -> None:
    owner = desk.owner()
    piazza = desk.property_of(owner)
    comes(desk, owner, piazza, "UFIRST", "USECOND")
    outbox.posted(desk.billing, claimed(desk)["CBILLING"], "1.1")
    found(desk)
    properties.announce_in(desk.billing, owner, piazza.id, "CNEW")
    assert addresses(desk, "MemberChanged") == ["CNEW"]
    assert claimed(desk)["CNEW"].event.as_json()["user_id"] == "USECOND"


@pytest.mark.parametrize("way", ["turned off", "deleted"])
def test_nothing_waits_for_ever_where_announcements_are_turned_off_or_the_property_is_deleted(
    desk: Desk, way: str
) -> None:
    owner = desk.owner()
    piazza = desk.property_of(owner)
    comes(desk, owner, piazza, "UFIRST")
    found(desk)
    if way == "deleted":
        properties.delete(desk.billing, owner, piazza.id)
    else:
        properties.announce_in(desk.billing, owner, piazza.id, None)
    assert addresses(desk, "MemberChanged") == []


def test_what_waits_for_a_good_channel_is_announced_where_the_team_is_told_by_then_or_nowhere(
    desk: Desk,
) -> None:
    owner = desk.owner()
    bottega, piazza = desk.property_of(owner, "Bottega"), desk.property_of(owner)
    comes(desk, owner, bottega, "UONE")
    comes(desk, owner, piazza, "UTWO")
    properties.announce_in(desk.billing, owner, piazza.id, "CNEW")
    assert addresses(desk, "MemberChanged") == ["CBILLING", "CNEW"]
    properties.announce_in(desk.billing, owner, piazza.id, None)
    assert addresses(desk, "MemberChanged") == ["CBILLING"]


def test_what_waits_of_a_topic_that_is_switched_off_is_not_announced_any_more(desk: Desk) -> None:
    owner = desk.owner()
    piazza = desk.property_of(owner)
    comes(desk, owner, piazza, "UFIRST")
    desk.subscribed(owner, piazza)
    topics = [one for one in Topic if one is not Topic.RECEIPTS]
    properties.announce_in(desk.billing, owner, piazza.id, "CBILLING", topics)
    assert addresses(desk, "PaymentReceived") == []
    assert addresses(desk, "MemberChanged") == addresses(desk, "SubscriptionStarted") == ["CBILLING"]


@pytest.mark.parametrize("while_posted", [False, True])
def test_no_document_follows_into_a_channel_that_was_left(desk: Desk, *, while_posted: bool) -> None:
    owner = desk.owner()
    piazza = desk.property_of(owner)
    desk.subscribed(owner, piazza)
    desk.execute("DELETE FROM outbox WHERE kind <> 'PaymentReceived'")
    row = claimed(desk)["CBILLING"]
    if not while_posted:
        assert outbox.posted(desk.billing, row, "1.1")
    properties.announce_in(desk.billing, owner, piazza.id, "CNEW")
    assert not outbox.posted(desk.billing, row, "1.1")
    outbox.told(desk.billing, row.number, "1.1")
    assert addresses(desk, "PaymentReceived") == []


def test_a_transfer_is_announced_where_each_of_both_teams_is_told_by_then(desk: Desk) -> None:
    owner = desk.owner()
    piazza, corso = desk.property_of(owner), desk.property_of(owner, "Corso", "CCORSO")
    transfers.transfer(desk.billing, owner, desk.subscribed(owner, piazza).id, corso.id)
    assert addresses(desk, "SubscriptionTransferred") == ["CBILLING", "CCORSO"]
    found(desk)
    properties.announce_in(desk.billing, owner, corso.id, "CNEW")
    assert addresses(desk, "SubscriptionTransferred") == ["CBILLING", "CNEW"]
    properties.announce_in(desk.billing, owner, piazza.id, "CNEWER")
    assert addresses(desk, "SubscriptionTransferred") == ["CNEWER", "CNEW"]


def test_what_waits_in_a_channel_that_nobody_announces_in_any_more_goes_where_its_property_does(
    desk: Desk,
) -> None:
    """A purchase that was under way while its property's channel was changed is written for the one before."""
    owner = desk.owner()
    piazza, corso = desk.property_of(owner), desk.property_of(owner, "Corso")
    comes(desk, owner, piazza, "UFIRST")
    comes(desk, owner, corso, "USECOND")
    properties.announce_in(desk.billing, owner, piazza.id, "CNEW")
    properties.announce_in(desk.billing, owner, corso.id, None)
    desk.execute("UPDATE outbox SET address = 'CBILLING', told_at = NULL")
    (first, _) = desk.rows("SELECT number FROM outbox ORDER BY number")
    assert first.number in channels.found_unusable(desk.billing, WORKSPACE, "CBILLING", ARCHIVED)
    assert addresses(desk, "MemberChanged") == ["CNEW"]
    assert addresses(desk, "ChannelUnusable") == []


@pytest.mark.parametrize("way", ["found", "saved"])
def test_where_the_channel_is_good_again_what_waits_is_due_at_once(desk: Desk, way: str) -> None:
    owner = desk.owner()
    piazza = desk.property_of(owner)
    comes(desk, owner, piazza, "UFIRST")
    found(desk)
    told = claimed(desk)
    outbox.failed(desk.billing, told["CBILLING"].number, "archived", retry_after=3600)
    outbox.told(desk.billing, told["UOWNER"].number)
    assert outbox.claim(desk.billing) == []
    if way == "saved":
        properties.announce_in(desk.billing, owner, piazza.id, "CBILLING")
    else:
        channels.found_usable(desk.billing, WORKSPACE, "CBILLING")
    assert list(claimed(desk)) == ["CBILLING"]
    assert trouble(desk, owner) is None


def test_a_fact_that_cannot_be_read_keeps_nobody_from_choosing_another_channel(desk: Desk) -> None:
    owner = desk.owner()
    piazza = desk.property_of(owner)
    comes(desk, owner, piazza, "UFIRST", "USECOND")
    desk.execute("UPDATE outbox SET fact = '[]' WHERE number = (SELECT MIN(number) FROM outbox)")
    desk.property_of(owner, "Bottega")  # is announced there too: what is whose must be read
    found(desk)
    properties.announce_in(desk.billing, owner, piazza.id, "CNEW")
    assert addresses(desk, "MemberChanged") == ["CBILLING", "CNEW"]


def test_health_says_which_of_the_two_channels_is_unusable_since_when(desk: Desk) -> None:
    owner = desk.owner()
    desk.property_of(owner)
    seen = health(desk.billing, owner, support_channel="CSUPPORT")
    assert (seen.channel, seen.support_channel) == (None, None)
    found(desk, SHARED, "CSUPPORT")
    found(desk, ARCHIVED, "CELSEWHERE")
    seen = health(desk.billing, owner, support_channel="CSUPPORT")
    assert seen.channel is None
    assert seen.support_channel == ChannelTrouble("CSUPPORT", SHARED, desk.clock.now)
    found(desk)
    seen = health(desk.billing, owner)
    assert (seen.channel, seen.support_channel) == (
        ChannelTrouble("CBILLING", ARCHIVED, desk.clock.now),
        None,
    )


def test_only_who_may_change_billing_sees_what_is_wrong_with_the_channel(desk: Desk) -> None:
    owner = desk.owner()
    piazza = desk.property_of(owner)
    for user_id, role in (("UACCOUNT", Role.ACCOUNTANT), ("UAGENT", Role.AGENT)):
        with pytest.raises(NotAllowed):
            channels.look_at(desk.billing, desk.member(owner, piazza, user_id, role), piazza.id)
    with pytest.raises(NotFound):
        channels.look_at(desk.billing, desk.person("USTRANGER"), piazza.id)


def test_a_channel_is_told_of_billing_while_a_property_is_announced_there(desk: Desk) -> None:
    owner = desk.owner()
    piazza = desk.property_of(owner)
    assert channels.is_told(desk.billing, WORKSPACE, "CBILLING")
    assert not channels.is_told(desk.billing, WORKSPACE, "COTHER")
    assert not channels.is_told(desk.billing, "T0002", "CBILLING")
    properties.delete(desk.billing, owner, piazza.id)
    assert not channels.is_told(desk.billing, WORKSPACE, "CBILLING")
