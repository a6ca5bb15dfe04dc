"""The words: those that are typed, and those that are said, in Italian as in English."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from babel.messages.pofile import read_po

import bot
from billing.i18n import LANGUAGES, Translator
from billing.values.declines import DECLINED, REASONS, REFUND_DECLINED, REFUND_REASONS
from billing.values.snapshots import Votes
from bot.app import TAKE_NOTHING
from bot.i18n import BENEATH, LOCALES, words
from bot.sentences import SENTENCES
from bot.settings import Support
from bot.views import credit_notes, help, invoices, operator_refusals, subscriptions
from bot.views.audit import VAT_NUMBERS
from bot.views.audit_refusals import REFUSALS
from bot.views.audit_words import ACTS, DETAILS
from bot.views.phrases import DISPUTES
from bot.views.refused import FAULTS
from tests.bot.reading import in_both_languages, strings

SUPPORT = Support(
    "CSUPPORT", "https://example.com/chat", "https://example.com/call", "https://example.com/all"
)

ACCOUNTANTS = "views billing, can't change it"


def votes() -> Votes:
    return Votes("words", 76, 130, None)


def _messages() -> Iterator[str]:
    """Every English sentence: in `t("...")`, `said("...", t)`, `t.plural("...", "...", n)` or `Unfit("...")`."""
    for path in Path(bot.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in (
                "t",
                "plural",
                "Unfit",
                "said",
            ):
                match node.args:
                    case [ast.Constant(value=str(message)), *_]:
                        yield message
    yield from ("month", "year", *(reason for _, reason in subscriptions.REASONS))
    yield from (said.sentence for said in SENTENCES.values() if isinstance(said.sentence, str))
    yield from operator_refusals.SENTENCES.values()
    yield from (*FAULTS.values(), *invoices.STATES.values(), *credit_notes.E_INVOICES.values())
    yield from (*ACTS.values(), *DETAILS.values(), *REFUSALS.values(), *DISPUTES.values())
    yield from VAT_NUMBERS.values()


def test_every_sentence_has_its_italian_and_no_italian_is_left_over() -> None:
    with (LOCALES / "it.po").open("rb") as file:
        catalogue = {_single(message.id): message for message in read_po(file, locale="it") if message.id}
    assert set(_messages()) == set(catalogue)
    for english, message in catalogue.items():
        forms = message.string if isinstance(message.string, tuple) else (message.string,)
        assert all(forms), english
        placeholders = set(re.findall(r"{\w+}", english))
        assert set(re.findall(r"{\w+}", str(forms[-1]))) == placeholders


def test_why_money_did_not_move_is_said_in_slack_in_the_words_of_the_mail() -> None:
    in_mail, in_slack = Translator(BENEATH, "it"), words("it")
    for reason in (*REASONS.values(), DECLINED, *REFUND_REASONS.values(), REFUND_DECLINED):
        assert in_slack(reason) == in_mail(reason) != reason


def _single(message: Any) -> str:
    return message if isinstance(message, str) else str(message[0])


@pytest.mark.parametrize(
    ("text", "understood"),
    [
        ("", ("home", "")),
        ("   ", ("home", "")),
        ("help", ("help", "")),
        ("ANNULLA", ("cancel", "")),
        ("disdici AI Assist", ("cancel", "AI Assist")),
        ("fatture  ", ("invoices", "")),
        ("indirizzo", ("address", "")),
        ("Proprieta\u0300 Piazza", ("property", "Piazza")),
        ("cancle", (None, "")),
        ("anulla tutto", (None, "tutto")),
    ],
)
def test_words_are_understood(text: str, understood: tuple[str | None, str]) -> None:
    assert help.understand(text) == understood


@pytest.mark.parametrize(
    ("typed", "language", "meant"),
    [
        ("cancle", "en", "cancel"),
        ("cancle", "it", "annulla"),
        ("anulla", "it", "annulla"),
        ("ANULLA", "en", "cancel"),
        ("fatturee", "it", "fatture"),
        ("pian", "it", "piano"),
        ("pian", "en", "change"),
        ("xyzzy", "en", None),
    ],
)
def test_the_nearest_word_is_one_of_the_readers_language(
    typed: str, language: str, meant: str | None
) -> None:
    assert help.nearest(typed, language) == meant


def test_an_unknown_word_gets_the_nearest_one() -> None:
    in_english = help.unknown_command(words("en"), "cancle", SUPPORT)
    assert in_english.text == "Unknown command “cancle”. Did you mean `/billing cancel`?"
    in_italian = help.unknown_command(words("it"), "cancle", SUPPORT)
    assert in_italian.text == "Comando sconosciuto: «cancle». Intendevi `/billing annulla`?"


def test_a_topic_that_the_help_does_not_have_is_said() -> None:
    assert help.topic_of("cancel") == help.topic_of("") == "words"
    assert help.topic_of("prices") is None
    assert help.unknown_topic(words("en"), "prices", SUPPORT).text == "There is no help about “prices”."


def test_every_word_is_shown_to_either_reader_as_it_can_be_typed() -> None:
    """The refusal of what stands behind a word names the word."""
    for word in TAKE_NOTHING:
        for language in LANGUAGES:
            assert help.understand(words(language)(word)) == (word, "")


@in_both_languages
def test_the_help_shows_words_that_work(t: Translator) -> None:
    text = "\n".join(strings(help.help_text(t, votes(), SUPPORT).blocks, "mrkdwn"))
    shown = {help.understand(word)[0] for word in re.findall(r"`/billing ?(.*?)`", text)}
    assert shown == set(help.WORDS)


@in_both_languages
def test_what_is_not_set_up_is_not_shown(t: Translator) -> None:
    message = help.help_text(t, votes(), Support(call_url="https://example.com/call?a=1&b=2"))
    text = "\n".join(strings(message.blocks, "mrkdwn"))
    assert f"<https://example.com/call?a=1&amp;b=2|{t('Book a call')}>" in text
    for absent in (f"/billing {t('contact')}`", t("Live chat"), t("Community")):
        assert absent not in text
    assert t("Send us a message") not in str(message.blocks)
    assert "http" not in str(help.help_text(t, votes(), Support()).blocks)


@in_both_languages
def test_the_help_says_what_each_role_may_do(t: Translator) -> None:
    assert help.topic_of("ruoli") == help.topic_of("Roles") == "roles"
    text = "\n".join(strings(help.help_text(t, replace(votes(), topic="roles"), SUPPORT).blocks, "mrkdwn"))
    assert f"*{t('accountant')}*  {t(ACCOUNTANTS)}" in text


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        (Votes("words", 0, 0, None), ""),
        (Votes("words", 76, 130, None), "76 of 130 found this helpful."),
        (Votes("words", 1, 1, True), "1 of 1 found this helpful. You said yes."),
        (Votes("words", 0, 1, False), "0 of 1 found this helpful. You said no."),
    ],
)
def test_the_votes_are_said_in_words(said: Votes, shown: str) -> None:
    blocks = help.help_text(words("en"), said, SUPPORT).blocks
    assert [text for text in strings(blocks, "mrkdwn") if "helpful" in text][1:] == ([shown] if shown else [])


def test_italian_readers_see_italian_words() -> None:
    text = "\n".join(strings(help.help_text(words("it"), votes(), SUPPORT).blocks, "mrkdwn"))
    assert "`/billing annulla`" in text
