"""Turns of phrase that no reader may meet again: archaic, translated, or vague about money."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from babel.messages.pofile import read_po

ROOT = Path(__file__).parents[2]
ENGLISH = (
    *(
        "nothing more will be charged",
        "from this moment on",
        "it holds from now on",
        "anew",
        "more comes at once",
    ),
    *("less comes", "given back for", "by the {interval}", "could not be collected", "no money moved"),
    *(
        "without saying why",
        "the card that it has",
        "is paid with: ",
        "active, but unpaid",
        "before: {sentence}",
    ),
    *(
        "receipts to: ",
        "is no member",
        "they are {role}",
        "this is no valid",
        "left to transfer",
        "what comes for",
    ),
    *("attempt", "to see what that costs", "whether all is well", "i do not know", "you are in no property"),
    *("owed no more", "the support", "{brand} ending"),
)
ITALIAN = (
    *(
        "in data {date}",
        "fino al giorno",
        "che termina con",
        "invia pdf",
        "dal giorno",
        "prezzo per {interval}",
    ),
    *(
        "per cui si possa",
        "addebito ora",
        "lascia com",
        "manca ancora un metodo",
        "tentativi",
        "pagamento manuale",
    ),
)
# "What was attempted" in the audit log, and that no further try is made, are said in the field's words.
MEANT = {
    "What was done or attempted in the property *{property}*",
    "Non è ancora stato addebitato nulla e non verranno fatti altri tentativi prima della conferma.",
}


def _said(room: str) -> Iterator[tuple[list[str], list[str]]]:
    """Every sentence of a room: its English forms, and its Italian ones."""
    with (ROOT / room / "locales" / "it.po").open("rb") as file:
        for message in read_po(file, locale="it"):
            if message.id:
                yield _forms(message.id), _forms(message.string)


def _forms(said: Any) -> list[str]:
    return [said] if isinstance(said, str) else list(said)


@pytest.mark.parametrize("room", ["billing", "bot"])
def test_no_sentence_has_a_turn_that_was_given_up(room: str) -> None:
    found = [
        (turn, sentence)
        for english, italian in _said(room)
        for turns, sentences in ((ENGLISH, english), (ITALIAN, italian))
        for turn in turns
        for sentence in sentences
        if turn in sentence.casefold() and sentence not in MEANT
    ]
    assert found == []


# What billing says is read in documents and mail and by operators at a terminal, and addresses nobody as "tu".
TO_SOMEBODY = re.compile(
    r"(?i:\b((?<!si )riprova|esegui|scegli|scegline|correggi|correggile|chiedi|togli|scrivi|tienine|vedi|aggiungi"
    r"|aggiungine|tuo|tua|tuoi|tue|puoi|hai|devi|vuoi)\b)|\b[Ii]mposta [A-Z]"
)


def test_what_billing_says_in_italian_addresses_nobody() -> None:
    found = [one for _, italian in _said("billing") for one in italian if re.search(TO_SOMEBODY, one)]
    assert found == []


@pytest.mark.parametrize("room", ["billing", "bot"])
def test_italian_quotes_as_italians_do(room: str) -> None:
    assert [one for _, italian in _said(room) for one in italian if re.search("[“”]", one)] == []


def test_what_was_undone_and_what_was_dropped_are_told_apart() -> None:
    """Somebody called it off, or it fell away by itself: the mails of both began alike."""
    said = {english[0]: italian[0] for english, italian in _said("billing")}
    assert said["Scheduled change undone: {what}"] != said["Scheduled change dropped: {what}"]


@pytest.mark.parametrize("room", ["billing", "bot"])
def test_no_sentence_stands_twice_in_a_catalogue(room: str) -> None:
    """Of two, only the last is said: "Transfer" on a button was once what the audit log calls it."""
    written = (ROOT / room / "locales" / "it.po").read_text(encoding="utf-8")
    ids = re.findall(r'^msgid "(.+)"$', written, re.MULTILINE)
    assert [one for one, count in Counter(ids).items() if count > 1] == []
