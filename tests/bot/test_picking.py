"""What a name typed behind a word of the command means: whole names before beginnings, and never something else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from billing.values.snapshots import SubscriptionSnapshot
from bot.listeners import picking
from bot.refusals import NoSuchSubscription
from tests.bot import sample_plans
from tests.bot.sample_people import ORDINARY


def plan(number: int, add_on: str, plan: str, add_on_id: str = "") -> SubscriptionSnapshot:
    one = sample_plans.subscription(ORDINARY, number)
    return replace(one, add_on=add_on, plan=plan, add_on_id=add_on_id or add_on.lower().replace(" ", "-"))


CHAT = plan(0, "Chat", "Pro")
CHAT_PRO = plan(1, "Chat Pro", "Max")
BRANDING = plan(2, "No Branding", "Standard", "remove-branding")
CHOICES = (CHAT, CHAT_PRO, BRANDING)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("chat", CHAT),  # the add-on's whole name, though it begins another's
        ("Chat Pro", CHAT),  # as the page writes it: add-on and plan
        ("chat-pro-max", CHAT_PRO),
        ("  CHAT   pro   m", CHAT_PRO),
        ("no b", BRANDING),
        ("branding", BRANDING),
        ("chat max", CHAT_PRO),
        ("remove-branding", BRANDING),
    ],
)
def test_a_name_means_what_has_it_before_what_begins_with_it(typed: str, meant: SubscriptionSnapshot) -> None:
    assert picking.meant_by(typed, CHOICES) == [meant]


def test_without_a_name_all_choices_are_meant() -> None:
    assert picking.meant_by("", CHOICES, (BRANDING,)) == CHOICES


def test_a_beginning_of_several_means_all_of_them() -> None:
    assert picking.meant_by("c", CHOICES) == [CHAT, CHAT_PRO]


def test_of_two_with_one_name_the_one_that_can_be_chosen_is_meant() -> None:
    over = plan(7, "Chat", "Pro")
    assert picking.meant_by("chat", (CHAT,), (over,)) == [CHAT]
    assert picking.meant_by("chat", (over, CHAT)) == [over, CHAT]


def test_what_cannot_be_chosen_is_meant_where_it_alone_has_the_name() -> None:
    assert picking.meant_by("no branding", (CHAT,), (BRANDING,)) == [BRANDING]


@pytest.mark.parametrize(
    ("typed", "near"),
    [("remove", None), ("standard no", None), ("no brandign", "No Branding Standard"), ("xyzzy", None)],
)
def test_a_name_that_nothing_has_is_refused_even_where_there_is_only_one(
    typed: str, near: str | None
) -> None:
    only = (replace(BRANDING, add_on_id="branding"),)
    with pytest.raises(NoSuchSubscription) as refused:
        picking.meant_by(typed, only)
    assert refused.value.names == ("No Branding Standard",)
    assert refused.value.near == near
