"""What the fuzzers send: valid samples bent in one to three places, and noise; and what must never be said.

Plain dice, as much in a conversation is new each time and what was done stays done: no example could be made smaller.
"""

from __future__ import annotations

import json
import os
import random
import re
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from traceback import extract_tb
from typing import Any

from billing.bootstrap import LOCALES
from billing.i18n import Translator
from billing.values.errors import Unfit

SEED = int(os.environ.get("SEED", "0")) or random.SystemRandom().randint(1, 10**6)
# FUZZ_EXAMPLES=20000 for a night of it.
EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "200"))
ODD_TEXTS = (
    *(
        "",
        " ",
        "x",
        "0",
        "-1",
        "1.5",
        "1e999999",
        "NaN",
        "٣",
        "null",
        "[]",
        "{}",
        "%s",
        "{0}",
        "${x}",
        "../..",
    ),
    *("\x00", "\x1b[31m", "\u202e", "\u200b", "\ud800", "\U0010ffff", "e\u0301" * 50, "<@U1>", "<!channel>"),
    *(
        "=1+1",
        "'; DROP TABLE invoices --",
        "a" * 5_000,
        "\r\n",
        "9" * 400,
        "9" * 5_000,
        "🙂",
        "ÿ",
        "IT",
        "year",
    ),
    *("[" * 3_000, '{"a":' * 3_000, "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"),
)
ODD_VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1, 2**31, 2**63, 10**30, 1e308, -0.0, [], {}, [[]], [None], {"": None}),
    *({"id": []}, ["x"], {"value": {}}),
)
INTERNALS = re.compile(
    r"Traceback|\b\w+(Error|Exception|Refusal)\b|sqlalchemy|sqlite3\.[A-Z]|psycopg\.|pydantic|lxml|\bINSERT INTO\b"
    r"|site-packages|\.py\b|<class |object at 0x|NoneType"
)
WORDS = {language: Translator(LOCALES, language) for language in ("en", "it")}


@dataclass
class Tries:
    """So many examples, each with dice of its own; all faults found, each once, are told when all were tried."""

    part: float = 1
    found: dict[str, str] = field(default_factory=dict)

    def __iter__(self) -> Iterator[random.Random]:
        for number in range(max(1, int(EXAMPLES * self.part))):
            self.about = f"SEED={SEED}, example {number}"
            dice = random.Random(f"{SEED} {number}")  # noqa: S311  # dice, no secret
            yield dice
        assert not self.found, f"{len(self.found)} faults:\n" + "\n".join(
            f"{fault}\n    {about}" for fault, about in self.found.items()
        )

    @contextmanager
    def trying(self, what: object) -> Iterator[None]:
        """One example, made of that: whatever it raises is a fault, and the next one is tried."""
        try:
            yield
        except Exception as fault:  # noqa: BLE001  # what should not be is what is looked for
            *_, last = extract_tb(fault.__traceback__)
            self.note(f"{type(fault).__name__}: {fault!s:.300} at {last.filename}:{last.lineno}", what)

    def note(self, fault: str, what: object) -> None:
        self.found.setdefault(fault, f"{self.about}: {what!r:.2000}")


def noise(dice: random.Random) -> bytes:
    return dice.choice((dice.randbytes(dice.randint(0, 300)), text_noise(dice).encode(errors="replace")))


def text_noise(dice: random.Random) -> str:
    """Something odd, or characters from all of Unicode, lone surrogates included."""
    if dice.random() < 0.7:
        return dice.choice(ODD_TEXTS)
    return "".join(
        chr(dice.randrange(dice.choice((0x80, 0x3000, 0x110000)))) for _ in range(dice.randint(0, 30))
    )


def bent_text(dice: random.Random, text: str) -> str:
    """The text with something cut out, put in, doubled, or in the place of it."""
    at, to = sorted(dice.randint(0, len(text)) for _ in range(2))
    put = text_noise(dice)
    return dice.choice(
        (
            text[:at] + text[to:],
            text[:to],
            text[:at] + put + text[at:],
            text[:to] + text[at:],
            text[:at] + put + text[to:],
            put,
            text.swapcase(),
        )
    )


def bent_bytes(dice: random.Random, content: bytes) -> bytes:
    """The same of bytes."""
    at, to = sorted(dice.randint(0, len(content)) for _ in range(2))
    put = noise(dice)
    return dice.choice(
        (
            content[:at] + content[to:],
            content[:to],
            content[:at] + put + content[at:],
            content[:to] + content[at:],
            content[:at] + put + content[to:],
        )
    )


def bent(dice: random.Random, sample: Any) -> Any:
    """Plain data with one to three of its places bent: JSON within a text is bent by its structure, too."""
    value = deepcopy(sample)
    for _ in range(dice.randint(1, 3)):
        value = _bend(dice, value)
    return value


def _bend(dice: random.Random, value: Any) -> Any:
    """Goes down one way of it, and bends what it comes to: what stands above many is met as often as they are."""
    plain = _json_in(value)
    if plain and dice.random() < 0.7:
        return json.dumps(_bend(dice, plain))
    if isinstance(value, str):
        return bent_text(dice, value)
    if not isinstance(value, dict | list) or not value:
        return _odd(dice)
    key = dice.choice(list(value) if isinstance(value, dict) else range(len(value)))
    if isinstance(value[key], dict | list) and dice.random() < 0.7:
        value[key] = _bend(dice, value[key])
    else:
        _bend_at(dice, value, key)
    return value


def _odd(dice: random.Random) -> Any:
    return text_noise(dice) if dice.random() < 0.5 else deepcopy(dice.choice(ODD_VALUES))


def _bend_at(dice: random.Random, value: Any, key: Any) -> None:
    match dice.choice(("odd", "odd", "within", "within", "gone", "wrapped", "renamed")):
        case "within":
            value[key] = _bend(dice, value[key])
        case "wrapped":
            value[key] = dice.choice(([value[key]], {"value": value[key]}, json.dumps(value[key])))
        case "gone":
            del value[key]
        case "renamed" if isinstance(value, dict):
            value[text_noise(dice)] = value.pop(key)
        case _:
            value[key] = _odd(dice)


def _json_in(text: Any) -> Any:
    if not isinstance(text, str) or text[:1] not in ("{", "["):
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def said_of(fault: Unfit) -> None:
    """Looks at the sentence in both languages: it is ours, whole, and translated."""
    for words in WORDS.values():
        sentence = words.fault(fault)
        for one in sorted(map(str, _quoted(fault)), key=len, reverse=True):
            sentence = sentence.replace(one, "") if one else sentence
        assert not INTERNALS.search(sentence), sentence
    assert "{why}" not in _messages(fault), f"a library's own words: {fault}"


def _quoted(fault: Unfit) -> list[object]:
    """What it repeats of what was written."""
    return [
        one
        for value in fault.values.values()
        for one in (_quoted(value) if isinstance(value, Unfit) else [value])
    ]


def _messages(fault: Unfit) -> list[str]:
    nested = [one for value in fault.values.values() if isinstance(value, Unfit) for one in _messages(value)]
    return [fault.message, *nested]
