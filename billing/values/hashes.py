"""What a document's hash is made of: its JSON in the one form that is the same for ever."""

from __future__ import annotations

import hashlib
from typing import Any

import orjson


def digest_of(plain: dict[str, Any]) -> str:
    """SHA-256 of a document's canonical JSON. Raises TypeError as that does."""
    return digest_of_text(canonical(plain))


def canonical(plain: dict[str, Any]) -> str:
    """A document as JSON with sorted keys and no blanks.

    Raises TypeError for what none of ours holds: a number beyond 64 bits, half of a character.
    """
    return orjson.dumps(plain, option=orjson.OPT_SORT_KEYS).decode()


def digest_of_text(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
