"""Lists that are shown a page at a time: the one form they have, and the key that their buttons carry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from billing.i18n import Translator
from bot.blocks import Block, Element, button, context, divider, section
from bot.reading import MALFORMED, Outdated

# Stands in the place of an id for the list of the property that the reader has chosen.
ALL = "all"


class Page(Protocol):
    """One page of a list, whatever its rows are. Pages count from 1."""

    @property
    def page(self) -> int: ...
    @property
    def pages(self) -> int: ...
    @property
    def count(self) -> int: ...


@dataclass(frozen=True, slots=True)
class RowKey:
    """What stands in a button's value: a list (None: of the chosen property), one of its pages, one of its rows."""

    list_id: str | None = None
    page: int = 1
    row_id: str = ""

    @classmethod
    def read(cls, value: str) -> RowKey:
        """The key that a button carries. Raises Outdated."""
        try:
            list_id, number, *row = value.split(":")
            (row_id,) = row or [""]
            return cls(None if list_id == ALL else list_id, int(number), row_id)
        except MALFORMED:
            raise Outdated from None

    @property
    def place(self) -> tuple[str | None, int]:
        """The list and the page, as the services that list take them."""
        return self.list_id, self.page

    def at(self, page: int) -> RowKey:
        return RowKey(self.list_id, page)

    def row(self, row_id: str) -> RowKey:
        return RowKey(self.list_id, self.page, row_id)

    def __str__(self) -> str:
        return ":".join((self.list_id or ALL, str(self.page), *([self.row_id] if self.row_id else [])))


class Turning(NamedTuple):
    """The two buttons that turn pages, each with its words and what a screen reader says."""

    action_id: str
    back: tuple[str, str]
    on: tuple[str, str]


def page_blocks(
    page: Page, list_id: str | None, count: str, rows: Sequence[Block], turning: Turning, t: Translator
) -> list[Block]:
    """The rows between how many there are and which page this is, each with the button that leads on from there."""
    here = RowKey(list_id, page.page)
    place = t("Page {page} of {pages}", page=page.page, pages=page.pages)
    back = _turn(turning, turning.back, here.at(page.page - 1)) if page.page > 1 else None
    on = _turn(turning, turning.on, here.at(page.page + 1)) if page.page < page.pages else None
    # One button in each of two blocks: two with the same action id cannot stand in one.
    return [_line(count, back), divider(), *rows, divider(), _line(place, on)]


def _line(text: str, turn: Element | None) -> Block:
    return section(text, turn) if turn else context(text)


def _turn(turning: Turning, words: tuple[str, str], key: RowKey) -> Element:
    text, label = words
    return button(text, turning.action_id, str(key), label)


def as_table_button(action_id: str, key: RowKey, t: Translator) -> Element:
    """Sends the whole list as a table; `key` is the page of it that is shown."""
    return button(t("As a table"), action_id, str(key), t("Send as a table in a direct message"))
