"""The words: those that are typed, and those that are said, in Italian as in English."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from babel.messages.pofile import read_po

import bot
from billing.i18n import Words
from bot.i18n import LOCALES, words
from bot.views import help, subscriptions
from tests.bot.reading import in_both_languages, strings


def _messages() -> Iterator[str]:
    """Every English sentence that stands in the bot's code, in `t("...")` or `t.plural("...", "...", n)`."""
    for path in Path(bot.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in ("t", "plural"):
                match node.args:
                    case [ast.Constant(value=str(message)), *_]:
                        yield message
    yield from ("month", "year", *(reason for _, reason in subscriptions.REASONS))


def test_every_sentence_has_its_italian_and_no_italian_is_left_over() -> None:
    with (LOCALES / "it.po").open("rb") as file:
        catalogue = {_single(message.id): message for message in read_po(file, locale="it") if message.id}
    assert set(_messages()) == set(catalogue)
    for english, message in catalogue.items():
        forms = message.string if isinstance(message.string, tuple) else (message.string,)
        assert all(forms), english
        placeholders = set(re.findall(r"{\w+}", english))
        assert set(re.findall(r"{\w+}", str(forms[-1]))) == placeholders


def _single(message: Any) -> str:
    return message if isinstance(message, str) else str(message[0])


@pytest.mark.parametrize(
    ("text", "understood"),
    [
        ("", ("home", "", None)),
        ("   ", ("home", "", None)),
        ("help", ("help", "", None)),
        ("ANNULLA", ("cancel", "", None)),
        ("disdici AI Assist", ("cancel", "AI Assist", None)),
        ("fatture  ", ("invoices", "", None)),
        ("indirizzo", ("address", "", None)),
        ("Proprieta\u0300 Piazza", ("property", "Piazza", None)),
        ("cancle", (None, "", "cancel")),
        ("anulla tutto", (None, "tutto", "annulla")),
        ("xyzzy", (None, "", None)),
    ],
)
def test_words_are_understood(text: str, understood: tuple[str | None, str, str | None]) -> None:
    assert help.understand(text) == understood


def test_an_unknown_word_gets_the_nearest_one() -> None:
    message = help.help_text(words("en"), "cancle", "cancel")
    assert message.text == 'I do not know "cancle". Did you mean `/billing cancel`?'


@in_both_languages
def test_the_help_shows_words_that_work(t: Words) -> None:
    text = "\n".join(strings(help.help_text(t, None, None).blocks, "mrkdwn"))
    shown = {help.understand(word)[0] for word in re.findall(r"`/billing ?(.*?)`", text)}
    assert shown == set(help.WORDS)


def test_italian_readers_see_italian_words() -> None:
    text = "\n".join(strings(help.help_text(words("it"), None, None).blocks, "mrkdwn"))
    assert "`/billing annulla`" in text
