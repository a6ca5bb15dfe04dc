"""The conversation's words in the reader's language."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from billing.i18n import Words

LOCALES = Path(__file__).parent / "locales"


@cache
def words(language: str) -> Words:
    """What is said in Slack, in `en` or `it`."""
    return Words(LOCALES, language)
