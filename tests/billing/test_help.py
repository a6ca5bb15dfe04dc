"""Help: one vote for each person and topic, and a message that reaches the support."""

from __future__ import annotations

from functools import partial

import pytest

from billing.services import help, outbox, properties
from billing.services.verify import verify
from billing.values.actors import Role
from billing.values.errors import BadFields
from billing.values.events import SupportAsked, SupportReceived
from billing.values.refusals import NotFound
from billing.values.snapshots import Votes
from tests.billing.desk import Desk, at_once


def test_one_vote_for_each_person_and_topic_and_it_can_be_changed(desk: Desk) -> None:
    anna, bruno = desk.person("UANNA"), desk.person("UBRUNO")
    assert help.votes(desk.billing, anna, "words") == Votes("words", 0, 0, None)
    help.vote(desk.billing, anna, "words", helpful=True)
    help.vote(desk.billing, bruno, "words", helpful=True)
    assert help.vote(desk.billing, anna, "words", helpful=True) == Votes("words", 2, 2, True)
    assert help.vote(desk.billing, anna, "words", helpful=False) == Votes("words", 1, 2, False)
    assert help.votes(desk.billing, anna, "roles") == Votes("roles", 0, 0, None)
    assert help.votes(desk.billing, bruno, "words") == Votes("words", 1, 2, True)


def test_each_workspace_counts_for_itself(desk: Desk) -> None:
    properties.register_workspace(desk.billing, "T0002", "Altrove", "it")
    here, elsewhere = desk.person("UANNA"), desk.person("UANNA", workspace_id="T0002")
    help.vote(desk.billing, here, "words", helpful=True)
    assert help.votes(desk.billing, elsewhere, "words") == Votes("words", 0, 0, None)


def test_seventy_six_of_a_hundred_and_thirty_is_right_when_all_click_at_once(desk: Desk) -> None:
    people = [desk.person(f"U{number}") for number in range(130)]
    votes = [partial(help.vote, desk.billing, one, "words", helpful=n < 76) for n, one in enumerate(people)]
    for start in range(0, len(votes), 10):
        at_once(*votes[start : start + 10])
    assert help.votes(desk.billing, people[0], "words") == Votes("words", 76, 130, True)


def test_one_person_who_clicks_many_times_at_once_is_counted_once(desk: Desk) -> None:
    anna = desk.person("UANNA")
    clicks = [partial(help.vote, desk.billing, anna, "words", helpful=n % 2 == 0) for n in range(8)]
    assert all(isinstance(answer, Votes) for answer in at_once(*clicks))
    assert help.votes(desk.billing, anna, "words").count == 1


@pytest.mark.parametrize("topic", ["", "x", "WORDS", "words ", "' OR 1=1 --", "é" * 300])
def test_a_topic_that_is_none_gets_no_vote(desk: Desk, topic: str) -> None:
    anna = desk.person("UANNA")
    with pytest.raises(NotFound):
        help.vote(desk.billing, anna, topic, helpful=True)
    with pytest.raises(NotFound):
        help.votes(desk.billing, anna, topic)
    assert desk.rows("SELECT * FROM help_votes") == []


def test_a_message_reaches_the_support_with_its_author_and_property_and_is_answered(desk: Desk) -> None:
    owner = desk.owner()
    piazza = desk.property_of(owner)
    assert help.ask_support(desk.billing, owner, " Two\nlines ", "CSUPPORT") == "Piazza"
    to_support, to_author = outbox.claim(desk.billing)
    assert (to_support.to.address, to_support.to.reader) == ("CSUPPORT", None)
    assert (to_author.to.address, to_author.to.reader) == ("UOWNER", "UOWNER")
    about = (piazza.id, "Piazza", "Europe/Rome")
    assert to_support.event == SupportAsked(*about, by="UOWNER", message="Two\nlines")
    assert to_author.event == SupportReceived(*about, message="Two\nlines")
    (entry,) = desk.audit("support.ask")
    assert (entry.property_id, entry.before, entry.after) == (piazza.id, None, None)


def every_fact(desk: Desk) -> list[str]:
    return [row.kind for row in desk.rows("SELECT kind FROM outbox ORDER BY number")]


def test_an_agent_who_sees_no_billing_can_write(desk: Desk) -> None:
    owner = desk.owner()
    agent = desk.member(owner, desk.property_of(owner, channel=None), "UAGENT", Role.AGENT)
    assert help.ask_support(desk.billing, agent, "May I?", "CSUPPORT") == "Piazza"
    assert every_fact(desk) == ["SupportAsked", "SupportReceived"]


def test_who_is_in_no_property_can_write_too(desk: Desk) -> None:
    assert help.ask_support(desk.billing, desk.person("UNEW"), "How do I begin?", "CSUPPORT") == ""
    assert every_fact(desk) == ["SupportAsked", "SupportReceived"]
    assert verify(desk.billing) == ()  # though both name no property


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ("", "missing"),
        (" \n ", "missing"),
        ("x" * 2001, "too_long"),
        ("My card is 4242 4242 4242 4242", "card_number"),
        ("a\x00b", "control_characters"),
    ],
)
def test_what_does_not_fit_is_not_sent(desk: Desk, message: str, reason: str) -> None:
    with pytest.raises(BadFields) as refused:
        help.ask_support(desk.billing, desk.person("UNEW"), message, "CSUPPORT")
    assert refused.value.faults["message"].reason == reason
    assert desk.told() == []
