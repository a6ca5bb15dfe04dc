"""A card is drawn once for each page that its reader sees, and never shows another."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from billing import Actor
from billing.values.actors import Role
from billing.values.cycles import Interval
from billing.values.snapshots import PendingSnapshot
from bot import i18n
from bot.homes import MAX_PAGES, Cards
from bot.views import home
from tests.bot.sample_people import ORDINARY
from tests.bot.sample_plans import purchases

EMMA, LUCA = Actor("T1", "UEMMA"), Actor("T1", "ULUCA")
ENGLISH, ITALIAN = i18n.words("en"), i18n.words("it")


def test_the_same_page_is_drawn_once_at_whatever_moment_it_was_read() -> None:
    cards, seen = Cards(), purchases(ORDINARY)
    later = replace(seen, now=seen.now + timedelta(days=40))
    first = cards.of(EMMA, seen, ENGLISH)
    assert first == home.card(seen, ENGLISH) == home.card(later, ENGLISH)
    assert cards.of(EMMA, later, ENGLISH) is first


def test_another_page_reader_or_language_has_a_card_of_its_own() -> None:
    cards, seen = Cards(), purchases(ORDINARY)
    of_reader = replace(seen, property=replace(seen.property, role=Role.ACCOUNTANT))
    for _ in range(2):
        for actor, shown, t in (
            (EMMA, seen, ENGLISH),
            (EMMA, seen, ITALIAN),
            (LUCA, of_reader, ENGLISH),
            (EMMA, replace(seen, unpaid={}), ENGLISH),
            (EMMA, replace(seen, running=()), ENGLISH),
            (EMMA, of_reader, ENGLISH),
        ):
            assert cards.of(actor, shown, t) == home.card(shown, t)


def test_an_equal_page_that_was_read_anew_is_drawn_anew() -> None:
    """Equality leaves out which planned change it is, and its button undoes that one alone."""
    cards, seen = Cards(), purchases(ORDINARY)
    planned = PendingSnapshot("Growth", Interval.MONTH, 1, seen.now, "first")
    first, second = (
        replace(seen, running=(replace(seen.running[0], pending=replace(planned, id=id_)),))
        for id_ in ("first", "second")
    )
    assert first == second
    drawn = cards.of(EMMA, first, ENGLISH)
    assert cards.of(EMMA, second, ENGLISH) is not drawn
    assert cards.of(EMMA, second, ENGLISH) == home.card(second, ENGLISH)


def test_a_page_that_each_connection_keeps_is_drawn_once_for_each() -> None:
    cards, seen = Cards(), purchases(ORDINARY)
    pages = [replace(seen, unpaid=dict(seen.unpaid)) for _ in range(MAX_PAGES)]
    drawn = [cards.of(EMMA, page, ENGLISH) for page in pages]
    for page, card in zip(pages * 2, drawn * 2, strict=True):
        assert cards.of(EMMA, page, ENGLISH) is card
    cards.of(EMMA, seen, ENGLISH)
    assert cards.of(EMMA, pages[0], ENGLISH) is not drawn[0]
    assert cards.of(EMMA, pages[-1], ENGLISH) is drawn[-1]


def test_of_too_many_cards_the_one_that_was_read_longest_ago_is_drawn_anew() -> None:
    cards, seen = Cards(most=2), purchases(ORDINARY)
    first = cards.of(EMMA, seen, ENGLISH)
    second = cards.of(LUCA, seen, ENGLISH)
    assert cards.of(EMMA, seen, ENGLISH) is first
    cards.of(EMMA, seen, ITALIAN)
    assert cards.of(EMMA, seen, ENGLISH) is first
    assert cards.of(LUCA, seen, ENGLISH) is not second
