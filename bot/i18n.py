"""The conversation's words in the reader's language."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import billing
from billing.i18n import Translator

LOCALES = Path(__file__).parent / "locales"
BENEATH = Path(billing.__file__).parent / "locales"


@cache
def words(language: str) -> Translator:
    """What is said in Slack, in `en` or `it`; what billing says itself, as billing says it."""
    return Translator(LOCALES, language, BENEATH)
